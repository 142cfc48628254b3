//! Compose projects as Docker Compose reads them: stem-sec's reader is held against Compose
//! itself, over a corpus and over projects that are made up.

#[path = "../common/mod.rs"]
mod common;
mod corpus;
mod differential;
mod hostile;
mod ours;
mod real;

use std::fs;
use std::path::Path;

/// Holds stem-sec against Compose over these files; the project is in the folder `app`. Says
/// whether Compose takes it.
#[track_caller]
fn agree(name: &str, files: &[(String, String)]) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), files);
    let theirs = real::project(&folder.path().join("app"));
    let ours = ours::project(files);
    let Some(theirs) = theirs else {
        assert!(
            !ours.refusals.is_empty(),
            "{name}: Compose refuses it, and stem-sec says nothing\n{}",
            shown(files)
        );
        return false;
    };
    assert!(
        ours.refusals.is_empty(),
        "{name}: {:?}\n{files:#?}",
        ours.refusals
    );
    let mut expected = theirs;
    for (service, is_build, variable) in &ours.unknown {
        // nothing is set in Compose's own environment here: what is unknown is null or blank
        if let Some(service) = expected.services.get_mut(service) {
            let variables = match is_build {
                true => &mut service.build,
                false => &mut service.environment,
            };
            if let Some(value) = variables.get_mut(variable) {
                *value = None;
            }
        }
    }
    for (service, theirs) in &mut expected.services {
        theirs.build.retain(|_, value| value.is_some());
        let Some(ours) = ours.project.services.get(service) else {
            continue;
        };
        for (path, text) in &mut theirs.files {
            // Compose does not say what is in a secret that a variable holds
            if text.is_none() {
                *text = ours.files.get(path).cloned().flatten();
            }
        }
        // what Compose makes a folder of
        let gone = ours.files.iter().filter(|(_, text)| text.is_none());
        for (path, _) in gone {
            theirs.files.entry(path.clone()).or_insert(None);
        }
    }
    assert_eq!(ours.project, expected, "{name}\n{}", shown(files));
    true
}

fn write(folder: &Path, files: &[(String, String)]) {
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder is made");
        fs::write(path, text).expect("a file is written");
    }
}

fn shown(files: &[(String, String)]) -> String {
    let files = files.iter();
    files
        .map(|(path, text)| format!("--- {path}\n{text}"))
        .collect()
}
