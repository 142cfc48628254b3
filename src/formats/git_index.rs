//! Which paths git has under version control: the index of a repository, versions 2 to 4, with
//! SHA-1 or SHA-256 (git's own `Documentation/gitformat-index`). Only the paths are read.

/// Length of the times and numbers in front of the hash of every entry.
const STAT: usize = 40;
/// Length of the flags behind it.
const FLAGS: usize = 2;
/// An entry has two more bytes of flags.
const EXTENDED: u16 = 0x4000;

/// The paths of an index, in git's order: that of their bytes.
#[derive(Debug, Default)]
pub struct Index {
    text: Vec<u8>,
    /// Where each path ends, and the next one begins.
    ends: Vec<usize>,
}

/// Reads an index; `None` when it is none, is damaged, of another version, or only half of one
/// (a split index).
#[must_use]
pub fn read(bytes: &[u8]) -> Option<Index> {
    // the length of the hashes is written in the repository's configuration and nowhere else
    [20, 32].into_iter().find_map(|hash| read_with(bytes, hash))
}

impl Index {
    /// Whether git has it under version control. The path is from the top of the work tree.
    #[must_use]
    pub fn has(&self, path: &[u8]) -> bool {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.path(middle).cmp(path) {
                std::cmp::Ordering::Equal => return true,
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        false
    }

    fn path(&self, number: usize) -> &[u8] {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[number]]
    }
}

fn read_with(bytes: &[u8], hash: usize) -> Option<Index> {
    let mut rest = bytes.strip_prefix(b"DIRC")?;
    let version = number(&mut rest)?;
    let count = number(&mut rest)?;
    if !(2..=4).contains(&version) {
        return None;
    }
    let mut index = Index::default();
    let mut path = Vec::new();
    for _ in 0..count {
        let entry = rest;
        let fixed = STAT + hash + FLAGS;
        let flags = rest.get(fixed - FLAGS..fixed)?;
        let is_extended = u16::from_be_bytes([flags[0], flags[1]]) & EXTENDED != 0;
        rest = &rest[fixed..];
        if is_extended && version > 2 {
            rest = rest.get(2..)?;
        }
        let kept = match version {
            4 => path.len().checked_sub(variable(&mut rest)?)?,
            _ => 0,
        };
        path.truncate(kept);
        let end = memchr::memchr(0, rest)?;
        path.extend_from_slice(&rest[..end]);
        rest = &rest[end + 1..];
        if version < 4 {
            // each begins at a multiple of eight from the one before
            let length = (entry.len() - rest.len()).next_multiple_of(8);
            rest = entry.get(length..)?;
        }
        // one path may stand there thrice, while a merge is not resolved
        index.text.extend_from_slice(&path);
        index.ends.push(index.text.len());
        // prefixes that repeat could make very much of very little
        if index.text.len() > MAX_TEXT {
            return None;
        }
    }
    ends_well(rest, hash).then_some(index)
}

/// As long may all paths together be.
const MAX_TEXT: usize = 1 << 30;

/// Whether extensions and then a hash follow, and none of them says that the rest of the
/// entries is elsewhere.
fn ends_well(mut rest: &[u8], hash: usize) -> bool {
    while rest.len() > hash {
        let Some((name, mut after)) = rest.split_first_chunk::<4>() else {
            return false;
        };
        let Some(length) = number(&mut after) else {
            return false;
        };
        match after.get(length..) {
            Some(after) if name != b"link" => rest = after,
            _ => return false,
        }
    }
    rest.len() == hash
}

fn number(rest: &mut &[u8]) -> Option<usize> {
    let (bytes, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    usize::try_from(u32::from_be_bytes(*bytes)).ok()
}

/// The number of bytes to drop, as packs have their offsets.
fn variable(rest: &mut &[u8]) -> Option<usize> {
    let mut value = 0_usize;
    for more in 0..5 {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        value = (value + usize::from(more > 0)) << if more > 0 { 7 } else { 0 };
        value += usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    fn git(folder: &Path, arguments: &[&str]) {
        let done = Command::new("git")
            .args(["-c", "user.name=x", "-c", "user.email=x@example.org"])
            .args(arguments)
            .current_dir(folder)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .output()
            .unwrap();
        assert!(done.status.success(), "git {arguments:?}");
    }

    /// An index that git wrote.
    fn index(version: &str, hash: &str) -> Vec<u8> {
        let dir = tempfile::tempdir().unwrap();
        let write = |path: &str| {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        };
        git(dir.path(), &["init", "-q", "--object-format", hash]);
        for number in 0..300 {
            write(&format!("a/{}/file{number}.env", "x".repeat(number % 200)));
        }
        git(dir.path(), &["add", "."]);
        write("later");
        git(dir.path(), &["add", "-N", "later"]);
        write("not");
        git(dir.path(), &["update-index", "--index-version", version]);
        std::fs::read(dir.path().join(".git/index")).unwrap()
    }

    #[test]
    fn what_git_wrote_is_read() {
        for version in ["2", "3", "4"] {
            for hash in ["sha1", "sha256"] {
                let read = read(&index(version, hash)).unwrap();
                assert_eq!(read.ends.len(), 301, "{version} {hash}");
                for number in 0..300 {
                    let path = format!("a/{}/file{number}.env", "x".repeat(number % 200));
                    assert!(read.has(path.replace("//", "/").as_bytes()), "{path}");
                }
                assert!(read.has(b"later"));
                assert!(!read.has(b"not") && !read.has(b"") && !read.has(b"zz"));
            }
        }
    }

    #[test]
    fn half_an_index_is_none() {
        let dir = tempfile::tempdir().unwrap();
        git(dir.path(), &["init", "-q"]);
        std::fs::write(dir.path().join("a"), "").unwrap();
        git(dir.path(), &["add", "a"]);
        let path = dir.path().join(".git/index");
        assert!(read(&std::fs::read(&path).unwrap()).is_some());
        git(dir.path(), &["update-index", "--split-index"]);
        assert!(read(&std::fs::read(&path).unwrap()).is_none());
    }

    proptest! {
        #[test]
        fn any_damage_is_read(at: prop::sample::Index, byte: u8, length: prop::sample::Index) {
            let mut bytes = SAMPLE.with(Clone::clone);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            bytes.truncate(length.index(bytes.len()) + 1);
            let _ = read(&bytes);
        }
    }

    thread_local! {
        static SAMPLE: Vec<u8> = index("4", "sha1");
    }
}
