//! Paths as users know them: text with `/` between, whatever the bytes of the names on disk.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// The path without `.`, empty parts and, as far as the text tells, `..`. The current folder
/// is the empty text. `None` when it climbs above the root.
pub(super) fn clean(path: &str) -> Option<String> {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&"..") | None if absolute => return None,
                Some(&"..") | None => parts.push(".."),
                Some(_) => {
                    parts.pop();
                }
            },
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    Some(if absolute {
        format!("/{joined}")
    } else {
        joined
    })
}

/// A path below a folder; both are clean.
pub(super) fn join(folder: &str, below: &str) -> String {
    match (folder, below) {
        ("", _) => below.to_owned(),
        (_, "") => folder.to_owned(),
        _ if folder.ends_with('/') => format!("{folder}{below}"),
        _ => format!("{folder}/{below}"),
    }
}

/// The way from a folder to what lies in it; both are clean.
pub(super) fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    if folder.is_empty() {
        return (!path.starts_with('/') && !is_above(path)).then_some(path);
    }
    let rest = path.strip_prefix(folder)?;
    match rest.strip_prefix('/') {
        Some(way) => Some(way),
        None if rest.is_empty() || folder == "/" => Some(rest),
        None => None,
    }
}

/// The folder in which it lies, and its name.
pub(super) fn split(path: &str) -> (&str, &str) {
    match path.rfind('/') {
        Some(0) => ("/", &path[1..]),
        Some(at) => (&path[..at], &path[at + 1..]),
        None => ("", path),
    }
}

fn is_above(path: &str) -> bool {
    path == ".." || path.starts_with("../")
}

/// A name of the system as text: bytes that are no UTF-8 become `\xNN`.
pub(super) fn shown(name: &OsStr) -> String {
    let mut text = String::with_capacity(name.len());
    push_shown(&mut text, name.as_bytes());
    text
}

/// Like [`shown`], behind what the text already holds.
pub(super) fn push_shown(text: &mut String, name: &[u8]) {
    for chunk in name.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
}

/// The name of the system that [`shown`] made a text of, if it had to change it.
pub(super) fn unshown(text: &str) -> Option<OsString> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\\x") {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let digits = rest.get(at + 2..at + 4);
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if byte >= 0x80 => {
                bytes.push(byte);
                rest = &rest[at + 4..];
            }
            _ => {
                bytes.extend_from_slice(b"\\x");
                rest = &rest[at + 2..];
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    (bytes != text.as_bytes()).then(|| OsString::from_vec(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_as_text() {
        for (path, cleaned) in [
            ("a/./b//c/", "a/b/c"),
            ("a/../b", "b"),
            ("../a/../../b", "../../b"),
            (".", ""),
            ("/a/..", "/"),
            ("/a/../b", "/b"),
        ] {
            assert_eq!(clean(path).as_deref(), Some(cleaned), "{path}");
        }
        assert_eq!(clean("/.."), None);
    }

    #[test]
    fn what_lies_below_a_folder_is_told_from_what_is_named_alike() {
        assert_eq!(below("a/b", "a"), Some("b"));
        assert_eq!(below("a", "a"), Some(""));
        assert_eq!(below("ab", "a"), None);
        assert_eq!(below("a", ""), Some("a"));
        assert_eq!(below("../a", ""), None);
        assert_eq!(below("/a", ""), None);
        assert_eq!(below("/a", "/"), Some("a"));
        assert_eq!(below("../a/b", "../a"), Some("b"));
    }

    #[test]
    fn names_that_are_no_utf8_have_a_text_that_leads_back() {
        let name = OsStr::from_bytes(b"a\xffb\x80.env");
        let text = shown(name);
        assert_eq!(text, "a\\xffb\\x80.env");
        assert_eq!(unshown(&text).as_deref(), Some(name));
        assert_eq!(unshown("plain\\x41.env"), None);
        assert_eq!(unshown("end\\x"), None);
        assert_eq!(unshown("é\\xé"), None);
    }
}
