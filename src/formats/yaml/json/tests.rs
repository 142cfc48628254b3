//! What is read quickly is read as the real parsers read it.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::formats::yaml::quick::tests::{really, shown};

fn quickly(text: &str) -> Option<String> {
    let all = |_: &[&str], _: &str| false;
    read_json_quickly(text.as_bytes(), Place::top(0), all).map(|node| shown(&node))
}

#[test]
fn json_is_read_alike() {
    for text in [
        "{}",
        "{\"a\": [1, -2.5e+3, true, null, \"b\\n\\\"c\\\"\\u00e9\"],\n \"d\": {\"e\": []}\n}",
        "{\"a\":{\"b\":\"\\\\\"},\"c\":\"d\"}\n",
    ] {
        assert_eq!(quickly(text), really(text), "{text}");
        assert!(quickly(text).is_some(), "{text}");
    }
}

#[test]
fn halves_of_characters_are_put_together() {
    let all = |_: &[&str], _: &str| false;
    let node = read_json_quickly(b"{\"a\": \"\\ud83d\\ude00\"}", Place::top(0), all);
    let node = node.expect("JSON");
    assert_eq!(node.get("a").and_then(|a| a.as_text()), Some("\u{1f600}"));
    assert_eq!(quickly("{\"a\": \"\\ud83d\"}"), None);
    assert_eq!(quickly("{\"a\": \"\\ud83d\\u0041\"}"), None);
}

#[test]
fn what_is_skipped_is_gone() {
    let skip = |way: &[&str], key: &str| way == ["a"] && key == "b";
    let text = b"{\"a\": {\"b\": {\"]\": [\"}\"]}, \"c\": 1}, \"b\": {}}";
    let node = read_json_quickly(text, Place::top(0), skip).expect("JSON");
    let keys = |node: &Node| node.entries().map_or(0, <[_]>::len);
    assert_eq!((keys(&node), node.get("a").map(|a| keys(a))), (2, Some(1)));
}

#[test]
fn what_is_no_json_is_left_to_the_parser() {
    for text in [
        "{a: b}",
        "{\"a\": b}",
        "{\"a\": 1,}",
        "{\"a\": 1} x",
        "{\"a\": é}",
        "[]",
        "{\"a\" 1}",
        "{\"a\": 'b'}",
        "{\"a\": 0x}",
    ] {
        assert_eq!(quickly(text), None, "{text}");
    }
    assert_eq!(
        quickly(&("{\"a\": ".repeat(200) + "1" + &"}".repeat(200))),
        None
    );
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1500,
        rng_seed: RngSeed::Fixed(11),
        ..ProptestConfig::default()
    })]

    #[test]
    fn nothing_is_read_quickly_that_reads_otherwise(
        parts in prop::collection::vec(prop::sample::select(vec![
            "{", "}", "[", "]", ",", ":", "\"a\"", "\"b c\"", "\"\\n\"", "1", "-", "true", " ", "\n", "\"a\": ", "\"\\u0041\"", "nul", "2.5", "\"",
        ]), 0..14)
    ) {
        let text = format!("{{{}", parts.concat());
        if let Some(quick) = quickly(&text) {
            prop_assert_eq!(Some(quick), really(&text), "{}", text);
        }
    }
}
