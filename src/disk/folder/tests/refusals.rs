//! What is refused, and that a refusal leaves the disk as it was.

use super::*;

#[test]
fn nothing_is_overwritten_and_every_file_in_the_way_is_named() {
    let place = place();
    put(
        place.path(),
        Existing::Refuse,
        &[("a", "old"), ("s/b", "old")],
    )
    .unwrap();
    let before = everything(place.path());
    let error = put(
        place.path(),
        Existing::Refuse,
        &[("new", "x"), ("a", "x"), ("s/b", "x")],
    )
    .unwrap_err();
    let DiskError::Exists(paths) = error else {
        panic!("{error}")
    };
    assert_eq!(paths, ["a", "s/b"].map(|name| place.path().join(name)));
    assert_eq!(everything(place.path()), before);
}

#[test]
fn links_are_refused_wherever_they_stand() {
    let place = place();
    let elsewhere = tempfile::tempdir().unwrap();
    fs::write(elsewhere.path().join("victim"), "mine").unwrap();
    fs::create_dir(place.path().join("real")).unwrap();
    symlink(elsewhere.path(), place.path().join("folder")).unwrap();
    symlink(elsewhere.path(), place.path().join("real/inner")).unwrap();
    symlink(
        elsewhere.path().join("victim"),
        place.path().join("real/target"),
    )
    .unwrap();
    symlink("nowhere", place.path().join("real/dangling")).unwrap();
    let before = everything(place.path());
    let real = place.path().join("real");
    let dot = place.path().join("folder/.");
    for (dir, name) in [
        (&place.path().join("folder"), "a"),
        (&place.path().join("folder/"), "a"),
        (&dot, "a"),
        (&real.join("dangling"), "a"),
        (&real, "inner/a"),
        (&real, "inner/deep/a"),
        (&real, "target"),
        (&real, "dangling"),
    ] {
        for existing in [Existing::Refuse, Existing::Keep, Existing::Replace] {
            let error = put(dir, existing, &[("first", "x"), (name, "x")]).unwrap_err();
            assert!(
                matches!(error, DiskError::Symlink(_)),
                "{dir:?} {name}: {error}"
            );
        }
    }
    let folder = Folder::open(&real).unwrap();
    assert!(matches!(folder.read("target"), Err(DiskError::Symlink(_))));
    assert!(matches!(
        folder.read("inner/victim"),
        Err(DiskError::Symlink(_))
    ));
    assert_eq!(everything(place.path()), before);
    assert_eq!(names(elsewhere.path()), ["victim"]);
}

#[test]
fn what_is_no_folder_or_no_file_is_said_to_be_so() {
    let place = place();
    fs::write(place.path().join("file"), "").unwrap();
    fs::create_dir(place.path().join("dir")).unwrap();
    let before = everything(place.path());
    for (dir, name) in [
        ("file", "a"),
        ("file/x", "a"),
        ("file/x/y", "a"),
        (".", "file/a"),
    ] {
        let dir = place.path().join(dir);
        let error = put(&dir, Existing::Keep, &[(name, "x")]).unwrap_err();
        let DiskError::NotAFolder(path) = error else {
            panic!("{dir:?} {name}: {error}")
        };
        assert_eq!(path, place.path().join("file"));
    }
    for existing in [Existing::Keep, Existing::Replace] {
        let error = put(place.path(), existing, &[("a", "x"), ("dir", "x")]).unwrap_err();
        assert!(matches!(error, DiskError::NotAFile(_)), "{error}");
    }
    assert_eq!(everything(place.path()), before);
}

#[test]
fn a_name_that_leads_out_of_the_folder_is_refused() {
    let place = place();
    for name in ["../a", "/a", "s/../../a", "", ".", "..", "s/", "s//a"] {
        let error = put(&place.path().join("d"), Existing::Refuse, &[(name, "x")]).unwrap_err();
        assert!(matches!(error, DiskError::Io { .. }), "{name}: {error}");
    }
    assert_eq!(names(place.path()), [""; 0]);
}

#[test]
fn one_name_cannot_be_staged_twice() {
    let place = place();
    assert!(put(place.path(), Existing::Keep, &[("a", "1"), ("a", "2")]).is_err());
    assert_eq!(names(place.path()), [""; 0]);
}

#[test]
fn the_owner_is_set_by_whoever_may_and_refused_otherwise() {
    let place = place();
    let owner = Owner {
        uid: Some(4711),
        gid: Some(4712),
    };
    let access = PRIVATE.owned_by(Some(owner));
    let root = rustix::process::geteuid().is_root();
    let mut folder = Folder::create(&place.path().join("d"), PRIVATE_FOLDER).unwrap();
    let staged = folder.stage("key", b"x", access, Existing::Refuse);
    assert_eq!(staged.is_ok(), root);
    if root {
        folder.commit().unwrap();
        let metadata = fs::metadata(place.path().join("d/key")).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (4711, 4712));
        assert_eq!(mode(&place.path().join("d/key")), 0o600);
    } else {
        drop(folder);
        assert_eq!(names(place.path()), [""; 0]);
    }
}

#[test]
fn what_is_not_committed_leaves_no_trace_and_no_folder() {
    let place = place();
    fs::create_dir(place.path().join("there")).unwrap();
    let deep = place.path().join("there/a/b/c");
    let mut folder = Folder::create(&deep, PRIVATE_FOLDER).unwrap();
    folder.folder("sub/sub", PRIVATE_FOLDER).unwrap();
    folder
        .stage("certs/x", b"x", PRIVATE, Existing::Refuse)
        .unwrap();
    folder.stage("y", b"x", PRIVATE, Existing::Refuse).unwrap();
    assert!(deep.join("certs").is_dir());
    drop(folder);
    assert_eq!(names(place.path()), ["there/"]);
    Folder::create(&deep, PRIVATE_FOLDER)
        .unwrap()
        .commit()
        .unwrap();
    assert_eq!(names(place.path()), ["there/"]);
}

#[test]
fn a_folder_into_which_somebody_put_something_stays() {
    let place = place();
    let folder = Folder::create(&place.path().join("a/b"), PRIVATE_FOLDER).unwrap();
    fs::write(place.path().join("a/theirs"), "").unwrap();
    drop(folder);
    assert_eq!(names(place.path()), ["a/", "a/theirs"]);
}

#[test]
fn a_folder_that_is_worked_in_is_locked_after_two_seconds_and_untouched() {
    let place = place();
    let mut holder = Folder::create(place.path(), PRIVATE_FOLDER).unwrap();
    holder.stage("a", b"x", PRIVATE, Existing::Refuse).unwrap();
    let before = everything(place.path());
    let start = Instant::now();
    let error = put(place.path(), Existing::Refuse, &[("b", "x")]).unwrap_err();
    assert!(matches!(error, DiskError::Locked(_)), "{error}");
    assert!(start.elapsed() >= Duration::from_secs(2));
    assert_eq!(everything(place.path()), before);
    holder.commit().unwrap();
    assert_eq!(names(place.path()), ["a"]);
}

#[test]
fn whoever_waits_for_the_lock_goes_on_when_it_is_free() {
    let place = place();
    let dir = place.path().join("new");
    let holder = Folder::create(&dir, PRIVATE_FOLDER).unwrap();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| put(&dir, Existing::Refuse, &[("a", "x")]));
        std::thread::sleep(Duration::from_millis(200));
        // the holder gives up and takes its folder away, so that the waiter must make it anew
        drop(holder);
        waiter.join().unwrap().unwrap();
    });
    assert_eq!(names(place.path()), ["new/", "new/a"]);
}
