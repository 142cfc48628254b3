//! What a piece is about, seen without parsing it: each of these can say too much, none too
//! little of what a machine or a person writes.

use memchr::memmem::Finder;

/// The words that follow a key with this ending, in YAML and in JSON.
pub fn after<'b>(bytes: &'b [u8], key: &Finder<'_>) -> impl Iterator<Item = &'b [u8]> {
    let length = key.needle().len();
    let places: Vec<usize> = key.find_iter(bytes).collect();
    places.into_iter().filter_map(move |at| {
        let rest = &bytes[at + length..];
        let rest = rest
            .strip_prefix(b"\"")
            .or(rest.strip_prefix(b"'"))
            .unwrap_or(rest);
        let rest = rest
            .trim_ascii_start()
            .strip_prefix(b":")?
            .trim_ascii_start();
        let rest = rest
            .strip_prefix(b"\"")
            .or(rest.strip_prefix(b"'"))
            .unwrap_or(rest);
        let ends = |byte: &u8| {
            byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b',' | b'}' | b']' | b'#')
        };
        let end = rest.iter().position(ends).unwrap_or(rest.len());
        (end > 0).then(|| &rest[..end])
    })
}

/// Marks of Stem, of brokers and stores, and of keys.
pub struct Marks {
    plain: Vec<Finder<'static>>,
    words: Vec<Finder<'static>>,
}

/// The last three as base64 writes them.
const PLAIN: [&str; 6] = [
    "-----BEGIN",
    "redis",
    "postgres",
    "LS0tLS1CRUdJTi",
    "cmVkaX",
    "cG9zdGdyZX",
];

impl Default for Marks {
    fn default() -> Marks {
        Marks {
            plain: PLAIN.map(Finder::new).to_vec(),
            words: ["stem", "STEM"].map(Finder::new).to_vec(),
        }
    }
}

impl Marks {
    /// Whether any of them stands there; `system` is no mark.
    #[must_use]
    pub fn any(&self, bytes: &[u8]) -> bool {
        let word = |at: usize| at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        self.words
            .iter()
            .any(|mark| mark.find_iter(bytes).any(word))
            || self.plain.iter().any(|mark| mark.find(bytes).is_some())
    }
}
