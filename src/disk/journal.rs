//! The record that makes several renames one: written whole before the first of them, acted
//! upon again after a crash, removed after the last. Paths in it are relative to the folder
//! it lies in, and it moves only files that bear this tool's mark. It holds for the folder in
//! which it was written and no other: one that came with a clone or an archive is not obeyed.

use serde::{Deserialize, Serialize};

/// The journal's name in its folder.
pub(super) const JOURNAL: &str = ".stem-sec-journal";
/// What every staged file's name ends with.
pub(super) const STAGED: &str = ".stem-sec-staged";
const VERSION: u32 = 2;

/// Which folder it is, to the system: device and inode.
pub(super) type Identity = (u64, u64);

/// One file to be put into its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Move {
    /// Name of the staged file, in the folder itself.
    pub(super) staged: String,
    /// Where it goes, relative to the folder.
    pub(super) target: String,
    /// Where a file that is there already is kept.
    pub(super) keep: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Journal {
    version: u32,
    folder: Identity,
    moves: Vec<Move>,
}

pub(super) fn write(moves: &[Move], folder: Identity) -> Vec<u8> {
    let journal = Journal {
        version: VERSION,
        folder,
        moves: moves.to_vec(),
    };
    serde_json::to_vec(&journal).expect("strings and numbers always serialise")
}

/// `None` when it is not a journal that [`write`] made for this folder.
pub(super) fn read(bytes: &[u8], folder: Identity) -> Option<Vec<Move>> {
    let journal: Journal = serde_json::from_slice(bytes).ok()?;
    let trusted = |entry: &Move| {
        entry.staged.starts_with('.')
            && entry.staged.ends_with(STAGED)
            && !entry.staged.contains('/')
            && is_inside(&entry.target)
            && entry.keep.as_deref().is_none_or(is_inside)
    };
    let is_ours = journal.version == VERSION && journal.folder == folder;
    (is_ours && journal.moves.iter().all(trusted)).then_some(journal.moves)
}

/// Whether a path leads to something in the folder, and not out of it.
pub(super) fn is_inside(path: &str) -> bool {
    !path.is_empty() && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Identity = (1, 2);

    fn entry(staged: &str, target: &str) -> Move {
        Move {
            staged: staged.to_owned(),
            target: target.to_owned(),
            keep: None,
        }
    }

    #[test]
    fn what_was_written_is_read_back() {
        let moves = vec![entry(".a.00.stem-sec-staged", "certs/a.crt")];
        assert_eq!(read(&write(&moves, HERE), HERE), Some(moves));
    }

    #[test]
    fn a_journal_that_reaches_outside_its_folder_is_not_trusted() {
        for target in ["../a", "/etc/passwd", "a//b", "a/./b", "", "a/.."] {
            assert_eq!(
                read(
                    &write(&[entry(".a.00.stem-sec-staged", target)], HERE),
                    HERE
                ),
                None,
                "{target}"
            );
        }
    }

    #[test]
    fn a_journal_that_moves_a_file_of_somebody_else_is_not_trusted() {
        for staged in ["server.key", "../.a.stem-sec-staged", ".ssh"] {
            assert_eq!(
                read(&write(&[entry(staged, "a")], HERE), HERE),
                None,
                "{staged}"
            );
        }
    }

    #[test]
    fn half_a_journal_is_not_trusted() {
        let whole = write(&[entry(".a.00.stem-sec-staged", "a")], HERE);
        for end in 0..whole.len() {
            assert_eq!(read(&whole[..end], HERE), None);
        }
    }

    #[test]
    fn a_journal_of_another_folder_is_not_trusted() {
        let journal = write(&[entry(".a.00.stem-sec-staged", "a")], HERE);
        assert!(read(&journal, HERE).is_some());
        assert_eq!(read(&journal, (1, 3)), None);
    }
}
