//! What is opened and what is not, by name; how paths are shown; what git has.

use super::*;

#[test]
fn deployment_files_are_chosen_before_anything_is_opened() {
    let files = [
        ("README.md", "STEM_SIGNING_KEYS"),
        ("k8s/a.json", r#"{"apiVersion":"v1","kind":"Pod"}"#),
        (
            "web/node_modules/x/package.json",
            r#"{"apiVersion":"v1","kind":"Pod"}"#,
        ),
        ("app.yml", "apiVersion: v1\nkind: Pod\n"),
        ("other.yml", "a: 1\n"),
        ("x.env", ""),
    ];
    let dir = folder(&files);
    let by_name = walk(dir.path(), BY_NAME);
    assert_eq!(
        found(&by_name, dir.path()),
        ["app.yml", "k8s/a.json", "x.env"]
    );
    assert_eq!(walk(dir.path(), EVERYTHING).found().len(), 5);
}

#[test]
fn what_is_named_is_opened_or_said() {
    let dir = folder(&[
        ("a/compose.yaml", ""),
        ("a/.env", ""),
        ("a/b/notes", ""),
        ("c/x.env", ""),
    ]);
    let path = |below: &str| dir.path().join(below);
    let gone: TreeError = Tree::walk(&[path("gone")], &EVERYTHING).unwrap_err();
    assert_eq!((gone.path, gone.why), (text(&dir, "gone"), Unread::Missing));

    // a file: whatever is in it, and what it refers to beside it
    let tree = Tree::walk(&[path("a/b/notes"), path("a/compose.yaml")], &EVERYTHING).unwrap();
    assert_eq!(found(&tree, dir.path()), ["a/b/notes", "a/compose.yaml"]);
    assert!(tree.read(&text(&dir, "a/.env")).is_ok());
    assert_eq!(
        tree.read(&text(&dir, "c/x.env")).unwrap_err(),
        Unread::Outside
    );

    // a folder in a folder, and a file in it, are found once
    let named: [PathBuf; 4] = [path("a/b"), path("a"), path("a/./b"), path("a/b/notes")];
    let tree = Tree::walk(&named, &EVERYTHING).unwrap();
    assert_eq!(
        found(&tree, dir.path()),
        ["a/.env", "a/b/notes", "a/compose.yaml"]
    );

    // by a link, it is known as it was named
    symlink(path("c"), path("link")).unwrap();
    let tree = Tree::walk(&[path("link")], &EVERYTHING).unwrap();
    assert_eq!(found(&tree, dir.path()), ["link/x.env"]);
    let real = path("c/x.env").to_str().unwrap().to_owned();
    assert_eq!(tree.read(&real).unwrap().path, text(&dir, "link/x.env"));
}

#[test]
fn paths_in_the_current_folder_are_short() {
    // a small folder of this package, where tests run
    let tree = Tree::walk(&[PathBuf::from("src/../completions")], &EVERYTHING).unwrap();
    let below = tree.below("completions");
    assert!(below.iter().all(|path| path.starts_with("completions/")) && !below.is_empty());
    let here = std::env::current_dir().unwrap();
    let absolute = here.join("completions/../").join(&below[0]);
    let read = tree.read(absolute.to_str().unwrap()).unwrap();
    assert_eq!(read.path, below[0]);
    assert_eq!(tree.read("Cargo.toml").unwrap_err(), Unread::Outside);
}

#[test]
fn git_says_what_is_tracked() {
    let dir = folder(&[("sub/a.key", ""), ("sub/b.key", ""), ("copy/c.key", "")]);
    let git = |folder: &str, arguments: &[&str]| {
        let done = Command::new("git")
            .args(["-c", "user.name=x", "-c", "user.email=x@example.org"])
            .args(arguments)
            .current_dir(dir.path().join(folder))
            .output()
            .unwrap();
        assert!(done.status.success(), "git {arguments:?}");
    };
    // the repository lies above what is looked at
    let tree = || walk(&dir.path().join("sub"), EVERYTHING);
    let tracked = |tree: &Tree, name: &str| tree.tracked(&text(&dir, &format!("sub/{name}")));
    assert_eq!(tracked(&tree(), "a.key"), None);
    git("", &["init", "-q"]);
    assert_eq!(tracked(&tree(), "a.key"), Some(false));
    git("", &["add", "sub/a.key"]);
    git("", &["commit", "-q", "-m", "x"]);
    let seen = tree();
    assert_eq!(tracked(&seen, "a.key"), Some(true));
    assert_eq!(tracked(&seen, "b.key"), Some(false));
    // another work tree of it
    git("", &["worktree", "add", "-q", "sub/other"]);
    let seen = tree();
    assert_eq!(tracked(&seen, "other/sub/a.key"), Some(true));
    write(&dir.path().join("sub/other/d.key"), "");
    assert_eq!(tracked(&seen, "other/d.key"), Some(false));
    write(&dir.path().join(".git/index"), "damaged");
    assert_eq!(tracked(&tree(), "a.key"), None);
}
