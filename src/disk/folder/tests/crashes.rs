//! What an interrupted run leaves, and what the next one makes of it.

use super::*;

type Spoil = fn(&Path);

/// Leaves what a process leaves that dies while it stages.
fn die_before_the_decision(dir: &Path) {
    fs::write(dir.join(".0123456789abcdef.stem-sec-staged"), "half").unwrap();
    fs::write(dir.join(".0123456789abcdee.stem-sec-staged"), "").unwrap();
}

/// Leaves what a process leaves that dies after the journal has its name: `done` of the moves
/// are made.
fn die_after_the_decision(dir: &Path, targets: &[(&str, Option<&str>)], done: usize) {
    let moves: Vec<Move> = targets
        .iter()
        .enumerate()
        .map(|(number, (target, keep))| Move {
            staged: format!(".{number:016x}{STAGED}"),
            target: (*target).to_owned(),
            keep: keep.map(str::to_owned),
        })
        .collect();
    for entry in &moves {
        fs::write(dir.join(&entry.staged), "new").unwrap();
    }
    let path = dir.join(JOURNAL);
    let stat = fs::metadata(dir).unwrap();
    let journal = journal::write(&moves, (stat.dev(), stat.ino()));
    fs::write(&path, journal).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    for entry in &moves[..done] {
        if let Some(keep) = &entry.keep {
            let _ = fs::hard_link(dir.join(&entry.target), dir.join(keep));
        }
        fs::rename(dir.join(&entry.staged), dir.join(&entry.target)).unwrap();
    }
}

#[test]
fn after_a_crash_before_the_decision_the_old_state_is_there() {
    let place = place();
    fs::write(place.path().join("a"), "old").unwrap();
    die_before_the_decision(place.path());
    let folder = Folder::open(place.path()).unwrap();
    assert!(!folder.finished_earlier());
    assert_eq!(
        everything(place.path()),
        [("a".to_owned(), "old".to_owned())]
    );
}

#[test]
fn after_a_crash_after_the_decision_the_new_state_is_there() {
    for done in 0..=3 {
        let place = place();
        fs::create_dir(place.path().join("s")).unwrap();
        fs::write(place.path().join("a"), "old").unwrap();
        fs::write(place.path().join("r"), "old").unwrap();
        let targets = [
            ("a", Some("a.old-1")),
            ("s/b", Some("s/b.old-1")),
            ("r", None),
        ];
        die_after_the_decision(place.path(), &targets, done);
        die_before_the_decision(place.path());
        let folder = Folder::create(place.path(), PRIVATE_FOLDER).unwrap();
        assert!(folder.finished_earlier());
        drop(folder);
        let expected = [
            ("a", "new"),
            ("a.old-1", "old"),
            ("r", "new"),
            ("s/", ""),
            ("s/b", "new"),
        ];
        assert_eq!(
            everything(place.path()),
            expected.map(|(name, content)| (name.to_owned(), content.to_owned())),
            "{done} done"
        );
        assert!(!Folder::open(place.path()).unwrap().finished_earlier());
    }
}

#[test]
fn a_crash_between_keeping_the_old_file_and_placing_the_new_one_is_healed() {
    let place = place();
    fs::write(place.path().join("a"), "old").unwrap();
    die_after_the_decision(place.path(), &[("a", Some("a.old-1"))], 0);
    fs::hard_link(place.path().join("a"), place.path().join("a.old-1")).unwrap();
    Folder::open(place.path()).unwrap();
    let expected = [("a", "new"), ("a.old-1", "old")];
    assert_eq!(
        everything(place.path()),
        expected.map(|(name, content)| (name.to_owned(), content.to_owned()))
    );
}

#[test]
fn recovery_never_loses_a_file_for_another_that_took_the_kept_name() {
    let place = place();
    fs::write(place.path().join("a"), "old").unwrap();
    die_after_the_decision(place.path(), &[("a", Some("a.old-1"))], 0);
    fs::write(place.path().join("a.old-1"), "theirs").unwrap();
    let before = everything(place.path());
    let error = Folder::open(place.path()).err().unwrap();
    assert!(matches!(error, DiskError::Interrupted { .. }), "{error}");
    assert_eq!(everything(place.path()), before);
}

#[test]
fn recovery_makes_a_folder_anew_that_somebody_removed() {
    let place = place();
    for name in ["s", "t"] {
        fs::create_dir(place.path().join(name)).unwrap();
    }
    die_after_the_decision(place.path(), &[("t/a", None), ("s/b", None)], 1);
    for name in ["s", "t"] {
        fs::remove_dir_all(place.path().join(name)).unwrap();
    }
    Folder::open(place.path()).unwrap();
    assert_eq!(names(place.path()), ["s/", "s/b", "t/"]);
}

#[test]
fn a_journal_that_is_not_this_users_own_is_left_alone() {
    let spoil: [(&str, Spoil); 6] = [
        ("others can read it", |path| {
            fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
        }),
        ("another version", |path| {
            let text = fs::read_to_string(path).unwrap();
            fs::write(path, text.replace("\"version\":2", "\"version\":3")).unwrap();
        }),
        ("another folder's", |path| {
            let inode = fs::metadata(path.parent().unwrap()).unwrap().ino();
            let text = fs::read_to_string(path).unwrap();
            fs::write(path, text.replace(&inode.to_string(), "4711")).unwrap();
        }),
        ("cut short", |path| {
            let text = fs::read_to_string(path).unwrap();
            fs::write(path, &text[..text.len() / 2]).unwrap();
        }),
        ("a link", |path| {
            fs::rename(path, path.with_extension("real")).unwrap();
            symlink(path.with_extension("real"), path).unwrap();
        }),
        ("another user's", |path| {
            // only root can give files away; elsewhere the bits stand for it
            if std::os::unix::fs::chown(path, Some(4711), None).is_err() {
                fs::set_permissions(path, fs::Permissions::from_mode(0o660)).unwrap();
            }
        }),
    ];
    for (why, spoil) in spoil {
        let place = place();
        fs::write(place.path().join("a"), "old").unwrap();
        die_after_the_decision(place.path(), &[("a", None), ("b", None)], 0);
        spoil(&place.path().join(JOURNAL));
        let before = everything(place.path());
        let error = Folder::open(place.path()).err().unwrap();
        assert!(matches!(error, DiskError::Journal(_)), "{why}: {error}");
        assert!(error.hint().unwrap().contains(JOURNAL), "{why}");
        assert_eq!(everything(place.path()), before, "{why}");
    }
}

#[test]
fn files_of_others_that_look_alike_are_no_leftovers() {
    let place = place();
    for name in [".a.stem-sec-staged.txt", "b.stem-sec-staged", ".c"] {
        fs::write(place.path().join(name), "").unwrap();
    }
    let before = everything(place.path());
    Folder::open(place.path()).unwrap();
    assert_eq!(everything(place.path()), before);
}

#[test]
fn a_file_that_appears_at_the_last_moment_is_kept() {
    let place = place();
    for others in [&[][..], &["b"]] {
        let mut folder = Folder::create(&place.path().join("d"), PRIVATE_FOLDER).unwrap();
        folder
            .stage("a", b"new", PRIVATE, Existing::Refuse)
            .unwrap();
        for other in others {
            folder
                .stage(other, b"new", PRIVATE, Existing::Refuse)
                .unwrap();
        }
        let moves = folder.plan().unwrap();
        fs::write(place.path().join("d/a"), "theirs").unwrap();
        let kept = folder.put_in_place(&moves).unwrap();
        assert_eq!(kept[0].kept, place.path().join("d/a.old-1"));
        assert_eq!(fs::read_to_string(&kept[0].kept).unwrap(), "theirs");
        assert_eq!(fs::read_to_string(&kept[0].path).unwrap(), "new");
        fs::remove_dir_all(place.path().join("d")).unwrap();
    }
}
