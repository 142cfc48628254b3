//! What trees of texts and of files promise alike.

use super::*;

fn texts(files: &[(&str, &str)]) -> Tree {
    let texts = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
        .collect();
    Tree::of_texts(texts)
}

#[test]
fn the_same_path_gives_the_same_source() {
    let tree = texts(&[("a/b.env", "A=1"), ("c.env", "")]);
    let first = tree.read("a/b.env").unwrap();
    assert_eq!(tree.read("./a/x/../b.env").unwrap().number, first.number);
    assert_eq!(first.bytes, b"A=1");
    let second = tree.read("c.env").unwrap();
    assert_ne!(first.number, second.number);
    assert_eq!(tree.source(second.number).unwrap().path, "c.env");
    assert!(tree.source(2).is_none());
}

#[test]
fn what_cannot_be_read_says_why() {
    let tree = texts(&[("a/b.env", "")]);
    assert_eq!(tree.read("a").unwrap_err(), Unread::NotAFile);
    assert_eq!(tree.read("b").unwrap_err(), Unread::Missing);
    assert_eq!(tree.read("../b").unwrap_err(), Unread::Outside);
    assert_eq!(tree.read("/etc/b").unwrap_err(), Unread::Outside);
}

#[test]
fn texts_that_lie_outside_are_not_found() {
    let tree = texts(&[("../a.env", ""), ("/../b.env", ""), ("a/../c.env", "")]);
    assert_eq!(tree.found().len(), 1);
    assert_eq!(tree.read(&tree.found()[0].path).unwrap().path, "c.env");
}

#[test]
fn folders_of_texts_are_listed() {
    let tree = texts(&[("a/b/c", ""), ("a/a", ""), ("ab", "")]);
    assert_eq!(*tree.below("a"), ["a/a", "a/b/c"]);
    assert_eq!(*tree.below("."), ["a/a", "a/b/c", "ab"]);
    assert_eq!(*tree.below("ab"), Vec::<String>::new());
    assert_eq!(tree.is_folder("a/b"), Some(true));
    assert_eq!(tree.is_folder("ab"), Some(false));
    assert_eq!(tree.is_folder("b"), None);
}

#[test]
fn texts_in_stores_and_in_git_are_left_alone() {
    let tree = texts(&[
        ("a/.stem-sec/ca/x.env", ""),
        (".git/x.env", ""),
        ("a/x.env", ""),
        (".stem-sec", "STEM_TLS_CA_CERT"),
    ]);
    let found: Vec<&str> = tree
        .found()
        .iter()
        .map(|found| found.path.as_str())
        .collect();
    assert_eq!(found, [".stem-sec", "a/x.env"]);
    assert_eq!(tree.stores(), ["a/.stem-sec"]);
}

#[test]
fn standard_input_is_known_by_what_stands_in_it() {
    for (text, kind) in [
        ("apiVersion: v1\nkind: List\n", FileKind::Kubernetes),
        ("services:\n  a:\n    image: x\n", FileKind::Compose),
        ("A=1\n", FileKind::Other),
    ] {
        let tree = Tree::of_stdin(text.as_bytes().to_vec());
        let path = "-".to_owned();
        assert_eq!(tree.found(), [Found { path, kind }]);
    }
}

#[test]
fn all_files_together_are_kept_only_as_far_as_a_bound() {
    let texts = (0..5).map(|number| (format!("{number}.env"), vec![b' '; 60 << 20]));
    let tree = Tree::of_texts(texts.collect());
    let read = (0..5).map(|number| tree.read(&format!("{number}.env")).is_ok());
    assert_eq!(read.collect::<Vec<_>>(), [true, true, true, true, false]);
}
