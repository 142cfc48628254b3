//! Walking real folders: links, loops, special files, bounds, and trees that change.

mod chosen;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::Mode;
use tempfile::TempDir;

use crate::audit::tree::files::{MAX_FILE, PASS};
use crate::audit::tree::{FileKind, Options, Tree, TreeError, Unread};

const EVERYTHING: Options = Options {
    deployment_files: false,
};
const BY_NAME: Options = Options {
    deployment_files: true,
};

fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        write(&dir.path().join(path), text);
    }
    dir
}

fn write(path: &Path, text: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn walk(path: &Path, options: Options) -> Tree {
    Tree::walk(&[path.to_owned()], &options).unwrap()
}

/// Paths below the folder.
fn found(tree: &Tree, dir: &Path) -> Vec<String> {
    let below = |path: &str| {
        let way = Path::new(path).strip_prefix(dir).unwrap();
        way.to_str().unwrap().to_owned()
    };
    tree.found()
        .iter()
        .map(|found| below(&found.path))
        .collect()
}

fn text(dir: &TempDir, below: &str) -> String {
    dir.path().join(below).to_str().unwrap().to_owned()
}

#[test]
fn git_and_the_tools_own_store_are_not_walked_and_gitignore_is_not_heeded() {
    let dir = folder(&[
        (".gitignore", "*.env\n"),
        ("secret.env", ""),
        (".git/x.env", ""),
        ("a/.git", "gitdir: ../.git"),
        ("a/.stem-sec/keyring.yaml", "STEM_SIGNING_KEYS"),
        ("a/deploy/worker/worker.env", ""),
    ]);
    let tree = walk(dir.path(), EVERYTHING);
    assert_eq!(
        found(&tree, dir.path()),
        ["a/deploy/worker/worker.env", "secret.env"]
    );
    assert_eq!(tree.stores(), [text(&dir, "a/.stem-sec")]);
    assert!(tree.skipped().is_empty());
}

#[test]
fn links_do_not_lead_out_and_do_not_double_what_is_inside() {
    let outside = folder(&[("key.env", "A=1")]);
    let dir = folder(&[("a/one.env", "A=1"), ("b/two.env", "")]);
    let link = |target: &Path, name: &str| symlink(target, dir.path().join(name)).unwrap();
    link(Path::new("a"), "link");
    link(Path::new("../a/one.env"), "b/current.env");
    link(&outside.path().join("key.env"), "out.env");
    link(outside.path(), "out");
    link(Path::new(".."), "a/up");
    link(Path::new("loop"), "loop");
    link(Path::new("gone"), "dangling");
    let tree = walk(dir.path(), EVERYTHING);
    assert_eq!(found(&tree, dir.path()), ["a/one.env", "b/two.env"]);
    let all = tree.skipped();
    let skipped: Vec<&str> = all.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(skipped, [text(&dir, "out"), text(&dir, "out.env")]);
    assert!(
        tree.skipped()
            .iter()
            .all(|file| file.why == Unread::Outside)
    );

    let number = |path: &str| tree.read(&text(&dir, path)).map(|source| source.number);
    let first = number("a/one.env").unwrap();
    for path in ["link/one.env", "b/current.env", "a/up/link/one.env"] {
        assert_eq!(number(path), Ok(first), "{path}");
    }
    assert_eq!(number("out/key.env"), Err(Unread::Outside));
    assert_eq!(number("out.env"), Err(Unread::Outside));
    assert_eq!(number("dangling"), Err(Unread::Missing));
    assert!(matches!(number("loop"), Err(Unread::Refused(_))));
    assert_eq!(*tree.below(&text(&dir, "link")), [text(&dir, "a/one.env")]);
    assert_eq!(tree.is_folder(&text(&dir, "link")), Some(true));
    assert_eq!(tree.is_folder(&text(&dir, "out")), None);
}

#[test]
fn pipes_and_other_special_files_are_left_alone() {
    let dir = folder(&[("a.env", "")]);
    for name in ["pipe.env", "pipe"] {
        let made = Command::new("mkfifo").arg(dir.path().join(name)).status();
        assert!(made.unwrap().success());
    }
    let _listener = std::os::unix::net::UnixListener::bind(dir.path().join("socket.env")).unwrap();
    let tree = walk(dir.path(), EVERYTHING);
    assert_eq!(found(&tree, dir.path()), ["a.env"]);
    assert_eq!(
        tree.read(&text(&dir, "pipe.env")).unwrap_err(),
        Unread::NotAFile
    );
    assert_eq!(*tree.below(&text(&dir, "")), [text(&dir, "a.env")]);
    let named = Tree::walk(&[dir.path().join("pipe")], &EVERYTHING);
    assert_eq!(named.unwrap_err().why, Unread::NotAFile);
}

/// Runs it in a thread that may not do what root may.
fn as_nobody<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            if rustix::process::geteuid().is_root() {
                let nobody = rustix::process::Uid::from_raw(65_534);
                rustix::thread::set_thread_res_uid(None, nobody, None).unwrap();
            }
            run()
        });
        thread.join().unwrap()
    })
}

#[test]
fn what_may_not_be_read_is_said() {
    let dir = folder(&[
        ("a/b.txt", ""),
        ("closed/c.env", ""),
        ("d.env", "A=1"),
        ("e.txt", ""),
    ]);
    let allow = |path: &str, mode| {
        fs::set_permissions(dir.path().join(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    allow("", 0o755);
    allow("a/b.txt", 0);
    allow("closed", 0);
    allow("d.env", 0);
    let tree = as_nobody(|| {
        let tree = walk(dir.path(), EVERYTHING);
        assert!(matches!(
            tree.read(&text(&dir, "d.env")),
            Err(Unread::Refused(_))
        ));
        assert!(matches!(
            tree.read(&text(&dir, "closed/c.env")),
            Err(Unread::Refused(_))
        ));
        let named = Tree::walk(&[dir.path().join("d.env")], &EVERYTHING);
        assert!(matches!(named.unwrap_err().why, Unread::Refused(_)));
        tree
    });
    allow("closed", 0o700);
    let all = tree.skipped();
    let skipped: Vec<&str> = all.iter().map(|file| file.path.as_str()).collect();
    // what is kept by its name is opened when something asks for it, and said then
    let refused = ["a/b.txt", "closed", "d.env"].map(|path| text(&dir, path));
    assert_eq!(skipped, refused);
    let refused = Unread::Refused("no permission".to_owned());
    assert!(tree.skipped().iter().all(|file| file.why == refused));
    assert_eq!(found(&tree, dir.path()), ["d.env"]);
}

#[test]
fn names_that_are_no_utf8_are_found_and_read() {
    let dir = folder(&[]);
    let name = OsStr::from_bytes(b"caf\xe9");
    write(
        &dir.path().join(name).join(OsStr::from_bytes(b"\xff.env")),
        "A=1",
    );
    let tree = walk(dir.path(), EVERYTHING);
    assert_eq!(found(&tree, dir.path()), ["caf\\xe9/\\xff.env"]);
    assert_eq!(tree.read(&tree.found()[0].path).unwrap().bytes, b"A=1");
    assert_eq!(
        *tree.below(&text(&dir, "caf\\xe9")),
        [text(&dir, "caf\\xe9/\\xff.env")]
    );
}

#[test]
fn a_mark_is_seen_wherever_the_blocks_of_a_file_end() {
    let dir = folder(&[]);
    let mark = "\nSTEM_SIGNING_KEYS=";
    let block = 128 << 10;
    for at in (block - 20..block + 200).step_by(7).chain([3 * block - 5]) {
        let mut text = "x".repeat(at);
        text.push_str(mark);
        text.push_str(&"y".repeat(at % 3 * block));
        write(&dir.path().join(format!("{at}.txt")), text);
    }
    let tree = walk(dir.path(), EVERYTHING);
    assert_eq!(tree.found().len(), 33);
    assert!(
        tree.found()
            .iter()
            .all(|found| found.kind == FileKind::Other)
    );
}

#[test]
fn a_file_that_is_too_large_is_looked_at_and_said() {
    let dir = folder(&[]);
    let mut bytes = vec![b'x'; usize::try_from(MAX_FILE).unwrap()];
    write(&dir.path().join("dull.txt"), [&bytes[..], b"x"].concat());
    bytes.extend_from_slice(b"\nSTEM_SIGNING_KEYS=");
    write(&dir.path().join("log.txt"), &bytes);
    let tree = walk(dir.path(), EVERYTHING);
    assert_eq!(found(&tree, dir.path()), Vec::<String>::new());
    assert_eq!(tree.skipped().len(), 1);
    assert_eq!(tree.skipped()[0].path, text(&dir, "log.txt"));
    assert_eq!(tree.skipped()[0].why, Unread::TooLarge(MAX_FILE));
    let read = tree.read(&text(&dir, "log.txt"));
    assert_eq!(read.unwrap_err(), Unread::TooLarge(MAX_FILE));
}

#[test]
fn ten_thousand_levels_of_folders_are_walked() {
    let dir = tempfile::tempdir().unwrap();
    let mut at = rustix::fs::open(dir.path(), PASS, Mode::empty()).unwrap();
    for _ in 0..10_000 {
        rustix::fs::mkdirat(&at, "d", Mode::RWXU).unwrap();
        at = rustix::fs::openat(&at, "d", PASS, Mode::empty()).unwrap();
    }
    let file = rustix::fs::OFlags::CREATE | rustix::fs::OFlags::WRONLY;
    let file = rustix::fs::openat(&at, "x.env", file, Mode::RUSR).unwrap();
    rustix::io::write(&file, b"A=1").unwrap();
    let tree = walk(dir.path(), EVERYTHING);
    let read = tree.found().first().map(|found| tree.read(&found.path));
    let below = tree.below(dir.path().to_str().unwrap());
    // the library's own would nest as deep
    assert!(
        Command::new("rm")
            .arg("-rf")
            .arg(dir.path())
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(read.unwrap().unwrap().bytes, b"A=1");
    assert_eq!(below.len(), 1);
}

#[test]
fn many_files_and_folders_are_found_by_several_threads() {
    let dir = folder(&[]);
    for number in 0..3_000 {
        let folder = if number % 3 == 0 {
            "flat".to_owned()
        } else {
            format!("d{}", number % 100)
        };
        write(&dir.path().join(folder).join(format!("{number}.env")), "");
    }
    let tree = walk(dir.path(), EVERYTHING);
    assert_eq!(tree.found().len(), 3_000);
    assert!(tree.found().is_sorted());
}

#[test]
fn a_tree_that_changes_while_it_is_walked_does_no_harm() {
    let dir = folder(&[("stays/one.env", "A=1")]);
    let path = |name: &str| dir.path().join(name);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                for number in 0..40 {
                    write(
                        &path(&format!("comes/{number}/x.txt")),
                        "STEM_SIGNING_KEYS=",
                    );
                }
                fs::rename(path("comes"), path("moved")).unwrap();
                symlink("moved", path("comes")).unwrap();
                fs::remove_file(path("comes")).unwrap();
                write(&path("comes"), "now a file");
                fs::remove_file(path("comes")).unwrap();
                fs::remove_dir_all(path("moved")).unwrap();
            }
        });
        for _ in 0..60 {
            let tree = walk(dir.path(), EVERYTHING);
            let stays = text(&dir, "stays/one.env");
            assert!(tree.found().iter().any(|found| found.path == stays));
            for found in tree.found() {
                let _ = tree.read(&found.path);
            }
            assert!(tree.skipped().is_empty(), "{:?}", tree.skipped());
        }
        stop.store(true, Ordering::Relaxed);
    });
}
