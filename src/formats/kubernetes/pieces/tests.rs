//! Cuts are where the objects are, and nothing is lost.

use super::*;

fn texts(text: &str) -> Vec<(u32, &str)> {
    let pieces = cut(text.as_bytes(), 0);
    pieces
        .iter()
        .map(|piece| {
            let (start, end) = (piece.place.start as usize, piece.place.end as usize);
            (piece.place.line, &text[start..end])
        })
        .collect()
}

#[test]
fn documents_are_cut_at_their_markers() {
    let text = "a: 1\n--- # x\nb: |\n ---\n---x\n...\n---\nc: 1";
    assert_eq!(
        texts(text),
        [
            (1, "a: 1\n"),
            (2, "--- # x\nb: |\n ---\n---x\n"),
            (7, "---\nc: 1")
        ]
    );
}

#[test]
fn items_are_cut_at_their_own_indentation() {
    for indent in ["", "  "] {
        let text = format!(
            "apiVersion: v1\nitems:\n{indent}- a:\n{indent}    - b\n\n{indent}  c: |\n{indent}    - d\n# e\n{indent}-\n{indent}  f: g\nkind: PodList\nmetadata: {{}}\n"
        );
        let cuts: Vec<u32> = texts(&text).iter().map(|(line, _)| *line).collect();
        assert_eq!(cuts, [3, 9], "{indent:?}");
        assert!(cut(text.as_bytes(), 0)[0].dash);
    }
}

#[test]
fn what_is_no_list_is_left_whole() {
    for text in [
        "items:\n- a\nkind: Other\n",
        "items: [a]\nkind: List\n",
        "items:\n - a\n- b\nkind: List\n",
        "{items: [a], kind: List}\n",
        "'a\nitems:\n- b\nkind: List'\n",
        "kind: List\n",
    ] {
        assert_eq!(texts(text).len(), 1, "{text}");
    }
}

#[test]
fn json_is_cut_at_its_brackets() {
    let text =
        "{\"items\": [ {\"a\": \"}\\\"{\"}, {\"b\": [1]}\n], \"kind\": \"List\"} {\"c\": {}}";
    assert_eq!(
        texts(text),
        [
            (1, "{\"a\": \"}\\\"{\"}"),
            (1, "{\"b\": [1]}"),
            (2, "{\"c\": {}}")
        ]
    );
    assert_eq!(cut(text.as_bytes(), 0)[0].place.column, 13);
    assert_eq!(texts("{\"items\": [{}], \"kind\": \"Other\"}").len(), 1);
    assert_eq!(texts("{\"a\": [").len(), 1);
}

#[test]
fn system_is_no_mark() {
    let marks = words::Marks::default();
    assert!(!marks.any(b"namespace: kube-system"));
    assert!(marks.any(b"image: a/stem-worker"));
    assert!(marks.any(b"STEM_SIGNING_KEYS"));
}
