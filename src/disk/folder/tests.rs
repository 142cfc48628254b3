//! What design promises of files: the old state or the new one, nothing lost, nobody else's
//! files touched, private from the first byte.

mod crashes;
mod refusals;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::*;
use crate::disk::Owner;
use crate::disk::journal::{JOURNAL, Move};

const PRIVATE: Access = Access::PRIVATE;
const PRIVATE_FOLDER: Access = Access::PRIVATE_FOLDER;

fn place() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Every path below, sorted, with content; folders end with a slash.
fn everything(dir: &Path) -> Vec<(String, String)> {
    fn walk(dir: &Path, prefix: &str, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(dir).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                found.push((format!("{name}/"), String::new()));
                walk(&entry.path(), &format!("{name}/"), found);
            } else {
                let content = fs::read_to_string(entry.path()).unwrap_or_default();
                found.push((name, content));
            }
        }
    }
    let mut found = Vec::new();
    walk(dir, "", &mut found);
    found.sort();
    found
}

fn names(dir: &Path) -> Vec<String> {
    everything(dir).into_iter().map(|(name, _)| name).collect()
}

fn put(dir: &Path, existing: Existing, files: &[(&str, &str)]) -> Result<Vec<Kept>, DiskError> {
    let mut folder = Folder::create(dir, PRIVATE_FOLDER)?;
    for (name, content) in files {
        folder.stage(name, content.as_bytes(), PRIVATE, existing)?;
    }
    folder.commit()
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn committed_files_are_all_there_and_nothing_else_is() {
    let place = place();
    put(
        place.path(),
        Existing::Refuse,
        &[("a", "1"), ("certs/x/b", "2"), ("certs/c", "3")],
    )
    .unwrap();
    let expected = [
        ("a", "1"),
        ("certs/", ""),
        ("certs/c", "3"),
        ("certs/x/", ""),
        ("certs/x/b", "2"),
    ];
    assert_eq!(
        everything(place.path()),
        expected.map(|(name, content)| (name.to_owned(), content.to_owned()))
    );
}

#[test]
fn what_was_committed_is_read_back_and_what_is_not_there_is_none() {
    let place = place();
    put(place.path(), Existing::Refuse, &[("certs/a", "1")]).unwrap();
    let folder = Folder::open(place.path()).unwrap();
    assert_eq!(folder.read("certs/a").unwrap(), Some(b"1".to_vec()));
    assert_eq!(folder.read("certs/b").unwrap(), None);
    assert_eq!(folder.read("other/b").unwrap(), None);
}

#[test]
fn a_folder_takes_several_commits_one_after_the_other() {
    let place = place();
    for number in 0..3 {
        put(
            place.path(),
            Existing::Refuse,
            &[(&format!("{number}"), "")],
        )
        .unwrap();
    }
    assert_eq!(names(place.path()), ["0", "1", "2"]);
}

#[test]
fn replaced_files_are_kept_under_one_number_that_none_of_them_uses_yet() {
    let place = place();
    put(place.path(), Existing::Refuse, &[("a", "1"), ("s/b", "1")]).unwrap();
    fs::write(place.path().join("s/b.old-1"), "mine").unwrap();
    symlink("nowhere", place.path().join("a.old-2")).unwrap();
    let kept = put(
        place.path(),
        Existing::Keep,
        &[("a", "2"), ("s/b", "2"), ("c", "2")],
    )
    .unwrap();
    let expected = ["a", "s/b"].map(|name| Kept {
        path: place.path().join(name),
        kept: place.path().join(format!("{name}.old-3")),
    });
    assert_eq!(kept, expected);
    for (name, content) in [
        ("a", "2"),
        ("a.old-3", "1"),
        ("c", "2"),
        ("s/b", "2"),
        ("s/b.old-1", "mine"),
        ("s/b.old-3", "1"),
    ] {
        assert_eq!(
            fs::read_to_string(place.path().join(name)).unwrap(),
            content,
            "{name}"
        );
    }
}

#[test]
fn a_single_replaced_file_is_kept_too() {
    let place = place();
    put(place.path(), Existing::Refuse, &[("a", "1")]).unwrap();
    put(place.path(), Existing::Keep, &[("a", "2")]).unwrap();
    put(place.path(), Existing::Keep, &[("a", "3")]).unwrap();
    let expected = [("a", "3"), ("a.old-1", "1"), ("a.old-2", "2")];
    assert_eq!(
        everything(place.path()),
        expected.map(|(name, content)| (name.to_owned(), content.to_owned()))
    );
}

#[test]
fn the_tools_own_files_are_replaced_without_a_trace() {
    let place = place();
    put(place.path(), Existing::Replace, &[("a", "1"), ("b", "1")]).unwrap();
    put(place.path(), Existing::Replace, &[("a", "2"), ("b", "2")]).unwrap();
    put(place.path(), Existing::Replace, &[("a", "3")]).unwrap();
    let expected = [("a", "3"), ("b", "2")];
    assert_eq!(
        everything(place.path()),
        expected.map(|(name, content)| (name.to_owned(), content.to_owned()))
    );
}

#[test]
fn files_and_folders_have_exactly_the_bits_asked_for() {
    let place = place();
    let mut folder = Folder::create(&place.path().join("new/store"), PRIVATE_FOLDER).unwrap();
    folder.folder("open", Access::PUBLIC_FOLDER).unwrap();
    folder
        .stage("key", b"x", PRIVATE, Existing::Refuse)
        .unwrap();
    folder
        .stage("open/crt", b"x", Access::PUBLIC, Existing::Refuse)
        .unwrap();
    folder
        .stage(
            "made/crt",
            b"x",
            Access {
                mode: 0o440,
                ..PRIVATE
            },
            Existing::Refuse,
        )
        .unwrap();
    folder.commit().unwrap();
    for (name, bits) in [
        ("", 0o700),
        ("key", 0o600),
        ("open", 0o755),
        ("open/crt", 0o644),
        ("made", 0o700),
        ("made/crt", 0o440),
    ] {
        assert_eq!(
            mode(&place.path().join("new/store").join(name)),
            bits,
            "{name}"
        );
    }
}

#[test]
fn folders_that_were_there_keep_their_bits() {
    let place = place();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o751)).unwrap();
    fs::create_dir(place.path().join("inner")).unwrap();
    fs::set_permissions(
        place.path().join("inner"),
        fs::Permissions::from_mode(0o750),
    )
    .unwrap();
    put(place.path(), Existing::Refuse, &[("inner/a", "x")]).unwrap();
    assert_eq!(mode(place.path()), 0o751);
    assert_eq!(mode(&place.path().join("inner")), 0o750);
}

#[test]
fn a_kept_file_keeps_its_bits_and_a_replaced_one_gets_new_ones() {
    let place = place();
    fs::write(place.path().join("key"), "old").unwrap();
    fs::set_permissions(place.path().join("key"), fs::Permissions::from_mode(0o644)).unwrap();
    put(place.path(), Existing::Keep, &[("key", "new")]).unwrap();
    assert_eq!(mode(&place.path().join("key")), 0o600);
    assert_eq!(mode(&place.path().join("key.old-1")), 0o644);
}

#[test]
fn a_private_file_is_private_while_it_is_still_being_staged() {
    let place = place();
    let mut folder = Folder::create(place.path(), PRIVATE_FOLDER).unwrap();
    folder
        .stage("key", b"x", PRIVATE, Existing::Refuse)
        .unwrap();
    folder
        .stage("sub/key", b"x", PRIVATE, Existing::Refuse)
        .unwrap();
    for (name, _) in everything(place.path()) {
        assert_eq!(mode(&place.path().join(&name)) & 0o077, 0, "{name}");
    }
}

#[test]
fn a_path_may_be_written_in_many_ways() {
    let place = place();
    let dir: PathBuf = place.path().join("./x//y/./");
    put(&dir, Existing::Refuse, &[("a", "1")]).unwrap();
    put(
        &place.path().join("x/y/../y"),
        Existing::Refuse,
        &[("b", "1")],
    )
    .unwrap();
    assert_eq!(names(place.path()), ["x/", "x/y/", "x/y/a", "x/y/b"]);
}

#[test]
fn a_folder_tells_its_names_and_their_access() {
    let place = place();
    put(
        place.path(),
        Existing::Refuse,
        &[("s/b", "x"), ("s/a", "x")],
    )
    .unwrap();
    symlink("a", place.path().join("s/link")).unwrap();
    let folder = Folder::open(place.path()).unwrap();
    assert_eq!(folder.names("s").unwrap(), ["a", "b", "link"]);
    assert_eq!(folder.names("t").unwrap(), [""; 0]);
    assert!(matches!(folder.names("s/a"), Err(DiskError::NotAFolder(_))));
    let access = folder.access_of("s/a").unwrap().unwrap();
    assert_eq!(access.mode, 0o600);
    let me = fs::metadata(place.path()).unwrap();
    let owner = Owner {
        uid: Some(me.uid()),
        gid: Some(me.gid()),
    };
    assert_eq!(access.owner, Some(owner));
    assert_eq!(folder.access_of("t/a").unwrap(), None);
    assert!(matches!(
        folder.access_of("s/link"),
        Err(DiskError::Symlink(_))
    ));
}

#[test]
fn a_file_is_there_as_asked_for_only_with_that_content_and_access() {
    let place = place();
    put(place.path(), Existing::Refuse, &[("a", "x")]).unwrap();
    let folder = Folder::open(place.path()).unwrap();
    let there = |content: &[u8], access| folder.is_there_as("a", content, access).unwrap();
    assert!(there(b"x", PRIVATE));
    assert!(!there(b"y", PRIVATE));
    assert!(!there(b"x", Access::PUBLIC));
    let other = Owner {
        uid: Some(4711),
        gid: None,
    };
    assert!(!there(b"x", PRIVATE.owned_by(Some(other))));
    assert!(!folder.is_there_as("b", b"x", PRIVATE).unwrap());
}

#[test]
fn what_would_be_refused_can_be_asked_beforehand() {
    let place = place();
    put(place.path(), Existing::Refuse, &[("a", "x")]).unwrap();
    let mut folder = Folder::open(place.path()).unwrap();
    folder.stage("b", b"x", PRIVATE, Existing::Refuse).unwrap();
    assert!(folder.check().is_ok());
    folder.stage("a", b"x", PRIVATE, Existing::Refuse).unwrap();
    assert!(matches!(folder.check(), Err(DiskError::Exists(_))));
}
