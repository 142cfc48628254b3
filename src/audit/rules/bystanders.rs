//! Secrets that only lie about: what tests and vendored code bring along, and the values that
//! documentation and source code show. A process can read them where all of a repository is
//! copied into its image, and nothing depends on them.

use super::guessable;
use super::places::written;
use crate::audit::case::Case;
use crate::audit::holding::{Held, Holding};
use crate::audit::process::How;
use crate::audit::tree::FileKind;
use crate::formats::key_list;
use crate::formats::place::Place;
use crate::formats::url;
use crate::model::artifact::Artifact;

/// Folders of tests, and of the code of others.
const FOLDERS: [&str; 15] = [
    "test",
    "tests",
    "__tests__",
    "testdata",
    "test-data",
    "test_data",
    "fixtures",
    "spec",
    "vendor",
    "node_modules",
    "third_party",
    "site-packages",
    ".venv",
    "venv",
    ".pub-cache",
];

/// Whether what a process holds only came with the rest of a folder that was copied into its
/// image.
pub(super) fn came_along(case: &Case<'_>, holding: &Holding) -> bool {
    let mut copies = holding.said.iter().filter(|said| said.how == How::Copy);
    let Some(copy) = copies.next() else {
        return false;
    };
    let path = case.tree.path(holding.place.source);
    match folder(&path) {
        // unless it was meant
        Some(name) => !line_of(case, copy.place).is_some_and(|line| line.contains(name)),
        None => is_shown_only(case, &path, holding.artifact, holding.place),
    }
}

/// Whether a secret that no process is given lies among tests, or is only shown.
pub(super) fn lies_about(case: &Case<'_>, path: &str, artifact: Held, place: Place) -> bool {
    folder(path).is_some() || is_shown_only(case, path, artifact, place)
}

/// The folder of tests or of others' code that a file lies in.
fn folder(path: &str) -> Option<&'static str> {
    let (folders, _) = path.rsplit_once('/')?;
    let mut parts = folders.split('/');
    parts.find_map(|part| FOLDERS.into_iter().find(|name| part == *name))
}

/// Whether a page or a program shows a value that protects nothing: a sample of Stem's, one to
/// fill in, one that can be guessed.
fn is_shown_only(case: &Case<'_>, path: &str, artifact: Held, place: Place) -> bool {
    let found = case.tree.found();
    let at = found.binary_search_by(|found| found.path.as_str().cmp(path));
    let is_text = at.is_ok_and(|at| found[at].kind == FileKind::Other);
    let value = written(case, place).filter(|_| is_text);
    value.is_some_and(|value| protects_nothing(artifact, key_list::trim(value.expose())))
}

fn protects_nothing(artifact: Held, text: &str) -> bool {
    match artifact {
        Held::Artifact(Artifact::SigningSecret | Artifact::SigningPrivateKey) => {
            let mut entries = key_list::entries(text);
            entries.all(|entry| guessable::entry(&entry).is_some())
        }
        Held::Artifact(Artifact::BrokerPassword) => match url::redis_password(text) {
            Some(password) => guessable::password(password.expose()).is_some(),
            None => guessable::password(text).is_some(),
        },
        _ => false,
    }
}

/// The line that a place is on.
pub(super) fn line_of(case: &Case<'_>, place: Place) -> Option<String> {
    let source = case.tree.source(place.source)?;
    let number = usize::try_from(place.line).ok()?.checked_sub(1)?;
    let line = source.bytes.split(|byte| *byte == b'\n').nth(number)?;
    Some(String::from_utf8_lossy(line).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_tests_are_known_by_their_names_alone() {
        assert_eq!(folder("a/tests/fixtures/b.key"), Some("tests"));
        assert_eq!(folder("node_modules/x/key.pem"), Some("node_modules"));
        for path in ["tests", "test.env", "latest/a.key", "deploy/testing/a.key"] {
            assert_eq!(folder(path), None, "{path}");
        }
    }
}
