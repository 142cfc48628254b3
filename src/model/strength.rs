//! Whether key bytes look as random bytes do. Decides what may be shown by fingerprint: a
//! hash of something that can be guessed would give it away.

/// What speaks against key bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Weakness {
    /// Nothing at all.
    #[error("empty")]
    Empty,
    /// Fewer than 32 bytes.
    #[error("shorter than 32 bytes")]
    Short,
    /// All of them are printable ASCII: a text, not random bytes.
    #[error("a text instead of random bytes")]
    Text,
    /// Few different bytes, or a piece that repeats.
    #[error("it repeats itself")]
    Repeated,
    /// Each byte differs from the one before by the same.
    #[error("a regular sequence")]
    Sequence,
}

/// The least bytes of a key.
pub const MIN_BYTES: usize = 32;

/// What speaks against key bytes, if anything does. Of 32 random bytes it says nothing: the
/// most likely false word has a probability below 2⁻⁴⁰.
#[must_use]
pub fn weakness(bytes: &[u8]) -> Option<Weakness> {
    if bytes.is_empty() {
        return Some(Weakness::Empty);
    }
    if bytes.len() < MIN_BYTES {
        return Some(Weakness::Short);
    }
    if bytes
        .iter()
        .all(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n'))
    {
        return Some(Weakness::Text);
    }
    if distinct(bytes) <= bytes.len().min(64) / 3 || has_period(bytes) {
        return Some(Weakness::Repeated);
    }
    if is_sequence(bytes) {
        return Some(Weakness::Sequence);
    }
    None
}

fn distinct(bytes: &[u8]) -> usize {
    let mut seen = [false; 256];
    for byte in bytes {
        seen[usize::from(*byte)] = true;
    }
    seen.iter().filter(|seen| **seen).count()
}

/// Whether the whole is one piece of at most half its length, over and over.
fn has_period(bytes: &[u8]) -> bool {
    let periods = 1..=bytes.len() / 2;
    periods
        .clone()
        .any(|period| bytes[period..] == bytes[..bytes.len() - period])
}

/// Whether more than half of the steps from byte to byte are the same.
fn is_sequence(bytes: &[u8]) -> bool {
    let mut steps = [0_usize; 256];
    for pair in bytes.windows(2) {
        steps[usize::from(pair[1].wrapping_sub(pair[0]))] += 1;
    }
    steps.iter().any(|count| *count > bytes.len() / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn what_can_be_guessed_is_weak() {
        let counted: Vec<u8> = (0..32).collect();
        let halves = [[1, 2, 3, 4, 5, 6, 7, 8, 200, 201, 220, 230, 90, 91, 92, 0]; 2].concat();
        for (bytes, expected) in [
            (&b""[..], Weakness::Empty),
            (&[7; 31], Weakness::Short),
            (b"super-secret-super-secret-super-secret", Weakness::Text),
            (&[0; 32], Weakness::Repeated),
            (&halves, Weakness::Repeated),
            (&counted, Weakness::Sequence),
        ] {
            assert_eq!(weakness(bytes), Some(expected), "{bytes:?}");
        }
    }

    #[test]
    fn random_bytes_are_never_called_weak() {
        // a million, as hashes of a counter: the same ones each time
        for number in 0..1_000_000_u32 {
            let bytes = Sha256::digest(number.to_le_bytes());
            assert_eq!(weakness(&bytes), None, "{number}");
        }
    }
}
