//! Entries as a pod sees them.

use super::*;
use crate::formats::kubernetes::object::objects;
use crate::formats::yaml::read;

fn one(text: &str) -> Bundle {
    let document = &read(text.as_bytes(), 0).expect("YAML")[0];
    bundles(&objects(document)[0]).pop().expect("a bundle")
}

fn text<'b>(bundle: &'b Bundle, key: &str) -> &'b str {
    match &bundle.entry(key).expect("an entry").held {
        Held::Text(text) => text.expose(),
        Held::Binary => "<binary>",
        Held::Unknown(_) => "<unknown>",
    }
}

#[test]
fn string_data_wins_and_base64_may_have_line_breaks() {
    let secret = one(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: new}\ndata:\n  a: b2xk\n  b: |\n    YWJj\n    ZGVm\n  c: \"/////w==\"\n  d: 'YQ'\n  e:\n  f: YR==\n",
    );
    assert_eq!(text(&secret, "a"), "new");
    assert_eq!(text(&secret, "b"), "abcdef");
    assert_eq!(text(&secret, "c"), "<binary>");
    assert_eq!(text(&secret, "d"), "<unknown>");
    assert_eq!(text(&secret, "e"), "");
    assert_eq!(text(&secret, "f"), "a");
    let lines: Vec<u32> = secret
        .troubles
        .iter()
        .map(|(place, _)| place.line)
        .collect();
    assert_eq!(lines, [11]);
}

#[test]
fn numbers_are_refused_where_text_is_wanted() {
    let map = one(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\ndata: {a: 1, b: yes, c: '1', d: x}\n",
    );
    assert_eq!(map.troubles.len(), 2);
    assert_eq!(text(&map, "a"), "1");
}

#[test]
fn what_controllers_make_is_known_by_name() {
    let sealed = one(
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: s}\nspec: {encryptedData: {A: x}, template: {metadata: {name: t}}}\n",
    );
    assert_eq!(
        (sealed.name.as_str(), text(&sealed, "A")),
        ("t", "<unknown>")
    );
    assert!(sealed.open.is_none());
    let external = one(
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: s}\nspec: {data: [{secretKey: A}], dataFrom: [{}]}\n",
    );
    assert_eq!(
        (external.name.as_str(), text(&external, "A")),
        ("s", "<unknown>")
    );
    assert_eq!(external.open.as_deref(), Some("ExternalSecret"));
}

#[test]
fn nothing_that_is_encrypted_is_taken_for_its_own_value() {
    let secret = one(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nsops: {mac: x}\nstringData: {a: 'ENC[AES256_GCM,data:x]', b: open}\n",
    );
    assert_eq!(
        (text(&secret, "a"), text(&secret, "b")),
        ("<unknown>", "open")
    );
}
