//! The house holds: imports only point down, one module writes files, one reads the clock.

use std::fs;
use std::path::{Path, PathBuf};

/// What each module at the top of `src/` may import.
const MAY_IMPORT: [(&str, &[&str]); 12] = [
    ("audit", &["audit", "disk", "formats", "mint", "model"]),
    ("model", &["model"]),
    ("mint", &["mint", "model"]),
    ("formats", &["formats", "mint", "model"]),
    ("disk", &["disk"]),
    ("term", &["term"]),
    ("keyring", &["disk", "keyring", "mint", "model"]),
    ("pki", &["disk", "mint", "model", "pki"]),
    // of a rotation only the types that say what a component is configured with
    (
        "render",
        &["formats", "keyring", "mint", "model", "render", "rotate"],
    ),
    ("rotate", &["formats", "model", "rotate"]),
    (
        "report",
        &["audit", "formats", "model", "report", "rotate", "term"],
    ),
    (
        "cli",
        &[
            "audit", "cli", "disk", "formats", "keyring", "mint", "model", "pki", "render",
            "report", "rotate", "term",
        ],
    ),
];

#[test]
fn imports_only_point_down() {
    let mut wrong = Vec::new();
    for (module, path, text) in sources() {
        let allowed = MAY_IMPORT
            .iter()
            .find(|(name, _)| *name == module)
            .unwrap_or_else(|| panic!("say in this test what `{module}` may import"))
            .1;
        for imported in crate_paths(&text) {
            if !allowed.contains(&imported.as_str()) {
                wrong.push(format!("{} imports {imported}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn only_disk_writes_files() {
    let writing = [
        "fs::write",
        "File::create",
        "OpenOptions",
        "create_dir",
        "fs::rename",
        "remove_file",
        "set_permissions",
    ];
    assert_eq!(found_outside("disk", &writing), Vec::<String>::new());
}

#[test]
fn only_the_command_line_reads_the_clock() {
    assert_eq!(
        found_outside("cli", &["now_utc", "now_local", "SystemTime::now"]),
        Vec::<String>::new()
    );
}

#[test]
fn every_file_says_why_it_exists() {
    let silent: Vec<PathBuf> = sources()
        .into_iter()
        .filter(|(_, _, text)| !text.starts_with("//! "))
        .map(|(_, path, _)| path)
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

fn found_outside(module: &str, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (inside, path, text) in sources() {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let is_test = path
            .iter()
            .any(|part| part == "tests" || part == "tests.rs");
        if inside != module && !is_test {
            let hits = words.iter().filter(|word| code.contains(**word));
            found.extend(hits.map(|word| format!("{}: {word}", path.display())));
        }
    }
    found
}

/// Every source file below a top-level module: the module's name, the path, the text.
fn sources() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 10, "the sources were not found");
    files
        .into_iter()
        .filter_map(|path| {
            let inside = path.strip_prefix(&root).ok()?;
            let module = Path::new(inside.iter().next()?)
                .file_stem()?
                .to_str()?
                .to_owned();
            let text = fs::read_to_string(&path).ok()?;
            (!matches!(module.as_str(), "lib" | "main")).then_some((module, path, text))
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The module names after `crate::`.
fn crate_paths(text: &str) -> Vec<String> {
    text.match_indices("crate::")
        .filter(|(at, _)| !text[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        .map(|(at, found)| {
            let rest = &text[at + found.len()..];
            rest.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        })
        .collect()
}
