//! Where secrets lie: what counts as one, by which way it came, and who else can have it.

mod files;
mod written;

use super::{judged, raised};

const KEYS: &str = "STEM_SIGNING_KEYS=primary:<secret a>\nSTEM_SIGNING_ACTIVE_KEY=primary\n";

const FAMILY: [&str; 6] = [
    "key-file-readable",
    "key-in-git",
    "key-in-image",
    "optional-env-file",
    "secret-in-configmap",
    "secret-inline",
];

/// What the family says of files on disk: its rule, severity, file and line.
fn on_disk(files: &[(&str, &str, u32, bool)]) -> Vec<String> {
    let mut found = Vec::new();
    judged(files, |finding, path| {
        if FAMILY.contains(&finding.rule.id) {
            let name = path.rsplit('/').next().unwrap_or_default();
            let severity = finding.severity.name();
            let line = finding.place.line;
            found.push(format!("{severity} {} {name}:{line}", finding.rule.id));
        }
    });
    found
}

fn in_memory(files: &[(&str, &str)]) -> Vec<String> {
    let mut all = raised(files);
    all.retain(|one| FAMILY.iter().any(|rule| one.starts_with(rule)));
    all
}
