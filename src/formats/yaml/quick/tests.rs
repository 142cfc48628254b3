//! What is read quickly is read as the real parser reads it.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::formats::yaml::read_from;

/// All of a tree, with every place.
pub(crate) fn shown(node: &Node) -> String {
    let what = match &node.value {
        Value::Scalar(scalar) => format!("{:?}/{}", scalar.text, scalar.plain),
        Value::Sequence(items) => {
            let items: Vec<String> = items.iter().map(|item| shown(item)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Mapping(entries) => {
            let entries = entries.iter();
            let entries: Vec<String> = entries
                .map(|(key, value)| format!("{}: {}", shown(key), shown(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    };
    let Place {
        line,
        column,
        start,
        end,
        ..
    } = node.place;
    format!("{what}@{line}:{column}:{start}-{end}")
}

fn quickly(text: &str) -> Option<String> {
    let all = |_: &[&str], _: &str| false;
    read_quickly(text.as_bytes(), Place::top(0), false, all).map(|node| shown(&node))
}

pub(crate) fn really(text: &str) -> Option<String> {
    let documents = read_from(text.as_bytes(), Place::top(0)).ok()?;
    match documents.as_slice() {
        [one] => Some(shown(one)),
        _ => None,
    }
}

#[test]
fn what_machines_write_is_read_quickly_and_alike() {
    for text in [
        "a: b\n",
        "---\na: b c\n# comment\n\nd:\n  e: \"f\"\n  g: 'it''s'\n",
        "a:\n- b\n- c: d\n  e: f\n-   - g\n    - h\n",
        "a:\n  - b\n  -\n    c: d\n",
        "a: {}\nb: []\nc: ~\n",
        "a: |\n  b\n   c\nd: |-\n  e\nf: 1\n",
        "- a: |\n    b\n- c\n",
        "\"a b\": \"c\\n\\\"d\\\"\"\n'e': -1\n",
        "a.b/c-d: http://x:1/y?z#w\n",
        "a: --x=y\nb: $(A) %x\n",
        "a: [b, \"c, ]\", 'd''e', --f=g, -h, i j, k:1, http://l:2/m]\nn: {o: p, \"q\": 'r' , s-t: {u: [v]}}\n",
        "- [a, [b], {}]\n- { c: d }\n- - [e]\n",
        "a: b # c\nd: \"e\"  # f\ng: 'h' #\ni: [j] # k\nl: m#n\no: # p\n  q: r\ns: # t\n  - # u\n    v: w\n  - x # y\n",
        "a: é\n\"ü\": 'ö' # ß\nb:\n- \"日本\"\n- c: 語 d\ne: [\"é\", f]\ng: |\n  é\n  h\ni: j\n",
    ] {
        let quick = quickly(text);
        assert!(quick.is_some(), "{text}");
        assert_eq!(quick, really(text), "{text}");
    }
}

#[test]
fn everything_else_is_left_to_the_real_parser() {
    for text in [
        "a: b\n  c\n",
        "a: \"b\n  c\"\n",
        "a: {b:\n  c}\n",
        "a: [b\n  ]\n",
        "a: [b: c]\n",
        "a: {b}\n",
        "a: {b: }\n",
        "a: [b, ]\n",
        "a: [b] c\n",
        "a: [b #c]\n",
        "a: [bé, c]\n",
        "a: {bé: c}\n",
        "a: [\"b\"é]\n",
        "a: [[b]é]\n",
        "a: [*b]\n",
        "a: [\"b\" c]\n",
        "[a]: b\n",
        "a: &x b\nc: *x\n",
        "a: !t b\n",
        "a:\n",
        "a: \u{2028}\n",
        "a: \u{85}\n",
        "\u{feff}a: b\n",
        "a: \u{ffff}\n",
        "a: \"b\"# c\n",
        "a: b: c\n",
        "? a\n: b\n",
        "a: |2\n   b\n",
        "a: b\n- c\n",
        "a: b\n c: d\n",
        "a: b",
        "a: 'b' c\n",
        "a\n",
    ] {
        assert_eq!(quickly(text), None, "{text}");
    }
}

#[test]
fn what_is_skipped_is_gone_and_the_rest_stays_where_it_was() {
    let skip = |way: &[&str], key: &str| way.is_empty() && key == "status";
    let read = |text: &str| {
        let node = read_quickly(text.as_bytes(), Place::top(0), false, skip);
        node.map(|node| shown(&node))
    };
    let rest = "spec:\n  status: y\n";
    let with = format!(
        "a: b\nstatus:\n  c: \"d\"\n  e:\n  - 'f'\n  g: {{}}\n  h: {{i: [\"]\", 'j']}}\n{rest}"
    );
    let skipped = with.len() - "a: b\n".len() - rest.len();
    let hidden: String = with["a: b\n".len()..][..skipped]
        .chars()
        .map(|c| if c == '\n' { c } else { '#' })
        .collect();
    let without = format!("a: b\n{hidden}{rest}");
    assert_eq!(read(&with), really(&without));
    for open in [
        "status:\n  c: \"d\nspec: e\"\n",
        "status:\n  c: {\nd: e}\n",
        "status:\n  c: [d, \"]\nd: e\"]\n",
        "status:\n  c: [d #]\n  ]\n",
        "status:\n  c: 'd''\n",
    ] {
        assert_eq!(read(open), None, "{open}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1500,
        rng_seed: RngSeed::Fixed(7),
        ..ProptestConfig::default()
    })]

    #[test]
    fn nothing_is_read_quickly_that_reads_otherwise(
        text in prop::collection::vec(
            (0_usize..5, "(- )?(- )?(\"[abé\\\\n:#'\"]{0,3}\"|[abé'][-abü:# .]{0,3}|x)?(:| )?( )?(\\||\\|-|'a'|\"b\"|[ab:#\\[{\\-]{0,3}|\\{\\}|\\[\\]|\\.\\.\\.|---)?"),
            1..8,
        )
    ) {
        let lines = text.iter().map(|(indent, line)| format!("{}{line}\n", " ".repeat(*indent)));
        let text: String = lines.collect();
        if let Some(quick) = quickly(&text) {
            prop_assert_eq!(Some(quick), really(&text), "{}", text);
        }
    }

    #[test]
    fn no_brackets_are_read_quickly_that_read_otherwise(
        parts in prop::collection::vec(prop::sample::select(vec![
            "[", "]", "{", "}", ",", ", ", ": ", ":", " ", "a", "b c", "-", "--d", "\"e\"", "\"\\n\"", "'f'", "''", "#",
            "1", "~", "&g", "*", "!", "?", "|", "...", "$(H)", "a: ", "[a]", "{a: b}", "\n", "\"", "x:1", "%", "@", "`",
            "é", "xé", "é ", "\"é\"", "'€'", "\u{85}", "\u{2028}",
        ]), 0..10),
        before in prop::sample::select(vec!["a: [", "a: {b: ", "- [", "- {", "a:\n- - {", "a:\n  b: [[a], "]),
        after in prop::sample::select(vec!["]\n", "}\n", "\n", "]\nc: d\n", "}\n- d\n"]),
    ) {
        let text = format!("{before}{}{after}", parts.concat());
        if let Some(quick) = quickly(&text) {
            prop_assert_eq!(Some(quick), really(&text), "{}", text);
        }
    }

    #[test]
    fn any_bytes_are_read_or_left(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let skip = |_: &[&str], key: &str| key == "a";
        for dash in [false, true] {
            let _ = read_quickly(&bytes, Place::top(0), dash, skip);
        }
    }
}
