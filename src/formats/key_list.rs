//! Values of Stem's variables as Stem reads them: lists of signing keys, its dialect of
//! base64, its idea of true (stem-semantics 1.1 to 1.3; `_parseKeyList` of Stem's
//! `signing.dart`, `base64.decode` of Dart).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// One entry of `STEM_SIGNING_KEYS` and the like.
pub struct Entry<'t> {
    /// All of it, without the white space around it: a part of the list.
    pub text: &'t str,
    /// What Stem makes of it.
    pub key: Result<Key<'t>, EntryProblem>,
}

/// A key of a list.
pub struct Key<'t> {
    /// Its id, trimmed.
    pub id: &'t str,
    /// Its value as it is written, trimmed.
    pub value: &'t str,
    /// What the value stands for.
    pub bytes: Zeroizing<Vec<u8>>,
}

/// Why Stem does not start with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryProblem {
    /// Not exactly one `:`.
    #[error("not of the form id:base64")]
    Form,
    /// Nothing before the `:`.
    #[error("without an id")]
    NoId,
    /// The value is not what Dart's decoder takes.
    #[error("not base64 as Dart reads it")]
    Base64,
}

impl std::fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({:?})", self.id)
    }
}

/// The entries of a list, in order; empty ones are none. Of entries with one id, Stem takes
/// the last.
pub fn entries(list: &str) -> impl Iterator<Item = Entry<'_>> {
    let parts = trim(list).split(',').map(trim);
    parts.filter(|part| !part.is_empty()).map(|text| Entry {
        text,
        key: key(text),
    })
}

fn key(text: &str) -> Result<Key<'_>, EntryProblem> {
    let (id, value) = text.split_once(':').ok_or(EntryProblem::Form)?;
    if value.contains(':') {
        return Err(EntryProblem::Form);
    }
    let (id, value) = (trim(id), trim(value));
    if id.is_empty() {
        return Err(EntryProblem::NoId);
    }
    let bytes = decode(value).ok_or(EntryProblem::Base64)?;
    Ok(Key { id, value, bytes })
}

/// What Dart's `base64.decode` makes of a text: both alphabets, even mixed; padding is
/// required and may be written `%3D`; only canonical spellings.
#[must_use]
pub fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let padded = text.trim_end_matches("%3D").trim_end_matches("%3d").len() != text.len();
    let text = if padded {
        Zeroizing::new(text.replace("%3D", "=").replace("%3d", "="))
    } else {
        Zeroizing::new(text.to_owned())
    };
    let standard: Zeroizing<String> = Zeroizing::new(
        text.chars()
            .map(|c| match c {
                '-' => '+',
                '_' => '/',
                other => other,
            })
            .collect(),
    );
    STANDARD
        .decode(standard.as_bytes())
        .ok()
        .map(Zeroizing::new)
}

/// Whether Stem takes the value of `STEM_TLS_ALLOW_INSECURE` for true: anything that contains
/// `true`, in any case, or is `1`.
#[must_use]
pub fn is_insecure(value: &str) -> bool {
    let lower = value.to_lowercase();
    lower.contains("true") || lower == "1"
}

/// Dart's `trim`, which takes a byte order mark for white space.
#[must_use]
pub fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(list: &str) -> Vec<Result<(&str, usize), EntryProblem>> {
        let read = |entry: Entry<'_>| entry.key.map(|key| (key.id.len(), key.bytes.len()));
        entries(list)
            .map(|entry| {
                let id = entry.key.as_ref().map(|key| key.id).unwrap_or_default();
                let id: &'static str = Box::leak(id.to_owned().into_boxed_str());
                read(entry).map(|(_, length)| (id, length))
            })
            .collect()
    }

    #[test]
    fn lists_are_cut_and_trimmed_as_stem_does() {
        assert_eq!(
            ids("\u{feff} a:AAAA ,, b : AAA= ,"),
            [Ok(("a", 3)), Ok(("b", 2))]
        );
        assert_eq!(ids(" , "), []);
        assert_eq!(ids("a:"), [Ok(("a", 0))]);
        assert_eq!(
            ids("a,b:c:d,:AAAA,a:AAA"),
            [
                Err(EntryProblem::Form),
                Err(EntryProblem::Form),
                Err(EntryProblem::NoId),
                Err(EntryProblem::Base64)
            ]
        );
    }

    #[test]
    fn base64_is_darts_and_no_other() {
        let length = |text| decode(text).map(|bytes| bytes.len());
        assert_eq!(length("-_+/"), Some(3));
        assert_eq!(length("AA%3D%3d"), Some(1));
        assert_eq!(length("AA=="), Some(1));
        assert_eq!(length(""), Some(0));
        for refused in [
            "AA", "AAA", "AB==", "AA ==", "AA==AAAA", "AÄ==", "AA%3", "%3DAAA",
        ] {
            assert_eq!(length(refused), None, "{refused}");
        }
    }

    #[test]
    fn truth_is_what_stem_takes_for_it() {
        for yes in [
            "true",
            "TRUE",
            "\"true\"",
            "untrue",
            "false # was true",
            "1",
        ] {
            assert!(is_insecure(yes), "{yes}");
        }
        for no in ["yes", "on", " 1", "0", "t", ""] {
            assert!(!is_insecure(no), "{no}");
        }
    }
}
