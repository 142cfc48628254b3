//! The tree: places, tags, what is shared, and that nothing makes it large.

use super::*;

fn one(text: &str) -> Arc<Node> {
    let mut documents = read(text.as_bytes(), 7).expect("YAML");
    assert_eq!(documents.len(), 1);
    documents.remove(0)
}

fn problem(text: &[u8]) -> (u32, u32, YamlProblem) {
    let error = read(text, 0).expect_err("no YAML");
    (error.place.line, error.place.column, error.problem)
}

#[test]
fn every_value_knows_its_file_line_and_column() {
    let root = one("a:\n  - é: {b: 'c'}\n    # comment\n  - \"d\"\n");
    let items = root.get("a").and_then(|a| a.items()).expect("a list");
    let c = items[0].get("é").and_then(|e| e.get("b")).expect("c");
    let at = |line, column, start, end| Place {
        source: 7,
        line,
        column,
        start,
        end,
    };
    assert_eq!((c.as_text(), c.place), (Some("c"), at(2, 12, 15, 18)));
    assert_eq!(
        (items[1].as_text(), items[1].place),
        (Some("d"), at(4, 5, 38, 41))
    );
}

#[test]
fn composes_tags_are_kept_and_yamls_own_are_not() {
    let root = one("a: !reset null\nb: !override [1]\nc: !!str 5\nd: ! e\n");
    let tag = |key| root.get(key).and_then(|node| node.tag.clone());
    assert_eq!(tag("a").as_deref(), Some("!reset"));
    assert_eq!(tag("b").as_deref(), Some("!override"));
    assert_eq!(tag("c"), None);
    let c = root
        .get("c")
        .and_then(|node| node.scalar().cloned())
        .expect("c");
    assert!(!c.plain);
}

#[test]
fn only_a_bare_word_is_null() {
    let root = one("- ~\n- null\n-\n- 'null'\n- \"\"\n- nul\n");
    let nulls: Vec<bool> = root
        .items()
        .expect("a list")
        .iter()
        .map(|node| node.is_null())
        .collect();
    assert_eq!(nulls, [true, true, true, false, false, false]);
}

#[test]
fn aliases_share_what_they_name() {
    let root = one("a: &x {k: v}\nb: *x\n");
    let (a, b) = (root.get("a").expect("a"), root.get("b").expect("b"));
    assert!(Arc::ptr_eq(a, b));
}

#[test]
fn an_alias_bomb_is_too_large_and_costs_nothing() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..40 {
        let inner = format!("*a{}", level - 1);
        text.push_str(&format!(
            "a{level}: &a{level} [{}]\n",
            vec![inner; 9].join(", ")
        ));
    }
    assert_eq!(problem(text.as_bytes()).2, YamlProblem::TooLarge);
}

#[test]
fn depth_is_bounded_also_where_aliases_lead() {
    let deep = "[".repeat(60) + &"]".repeat(60);
    assert!(read(format!("a: &a {deep}\nb: 1\n").as_bytes(), 0).is_ok());
    let twice = "[".repeat(60) + "*a" + &"]".repeat(60);
    assert_eq!(
        problem(format!("a: &a {deep}\nb: {twice}\n").as_bytes()).2,
        YamlProblem::TooLarge
    );
    for opening in ["[", "- ", "{a: ", "? "] {
        assert!(
            read(opening.repeat(100_000).as_bytes(), 0).is_err(),
            "{opening}"
        );
    }
}

#[test]
fn what_is_no_yaml_is_said_with_its_place_and_without_its_text() {
    assert_eq!(problem(b"a: b\nc: \xff\n"), (2, 4, YamlProblem::Encoding));
    assert_eq!(problem(b"a: [b\n").2, YamlProblem::Syntax);
    assert_eq!(problem(b"a: &a [*a]\n").2, YamlProblem::Cycle);
    assert_eq!(problem(b"a: *b\n").2, YamlProblem::Syntax);
    let secret = read(b"hunter2: [", 0).expect_err("no YAML").to_string();
    assert!(!secret.contains("hunter2"), "{secret}");
    let debug = format!("{:?} {:?}", one("hunter2"), one("hunter2").scalar());
    assert!(!debug.contains("hunter2"), "{debug}");
}

#[test]
fn documents_are_told_apart() {
    assert_eq!(
        read(b"a\n---\nb\n", 0).map(|documents| documents.len()),
        Ok(2)
    );
    assert_eq!(read(b"", 0).map(|documents| documents.len()), Ok(0));
    assert_eq!(
        read(b"# nothing\n", 0).map(|documents| documents.len()),
        Ok(0)
    );
    assert!(read(b"a: &x 1\n---\nb: *x\n", 0).is_err());
}

mod any_bytes {
    use proptest::prelude::*;

    use super::read;

    proptest! {
        #[test]
        fn are_read_or_refused(bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            "[ \n\\[\\]{}:,&*!|>'\"#%@`a-c-]{0,200}".prop_map(String::into_bytes),
        ]) {
            if let Ok(documents) = read(&bytes, 0) {
                let shown: Vec<String> = documents.iter().map(|node| format!("{node:?}")).collect();
                prop_assert_eq!(shown.len(), documents.len());
            }
        }
    }
}
