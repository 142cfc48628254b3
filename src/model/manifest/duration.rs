//! Spans of time as people write them: `7d`, `6h`, `1h30m`.

use std::time::Duration;

const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// Reads `7d`, `1h30m`: whole numbers with d, h, m or s, largest first, each once, at most
/// 100 years. `None` for anything else.
pub(super) fn parse(text: &str) -> Option<Duration> {
    const LONGEST: u64 = 100 * 365 * 86_400;
    let mut seconds: u64 = 0;
    let mut rest = text;
    let mut units = UNITS.iter();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        let (_, length) = units.find(|(letter, _)| *letter == unit)?;
        seconds = seconds.checked_add(number.checked_mul(*length)?)?;
        rest = &rest[digits + 1..];
    }
    (!text.is_empty() && seconds <= LONGEST).then(|| Duration::from_secs(seconds))
}

/// The shortest text that [`parse`] reads back; fractions of a second are cut off.
pub(super) fn text(duration: Duration) -> String {
    let mut seconds = duration.as_secs();
    let mut text = String::new();
    for (letter, length) in UNITS {
        let count = seconds / length;
        seconds %= length;
        if count > 0 {
            text.push_str(&format!("{count}{letter}"));
        }
    }
    if text.is_empty() {
        text.push_str("0s");
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_are_whole_numbers_with_falling_units() {
        assert_eq!(parse("7d"), Some(Duration::from_secs(7 * 86_400)));
        assert_eq!(parse("1h30m"), Some(Duration::from_secs(5_400)));
        assert_eq!(parse("0s"), Some(Duration::ZERO));
        for bad in [
            "",
            "7",
            "d",
            "7 d",
            "-1h",
            "1.5h",
            "30m1h",
            "1h1h",
            "1w",
            "7D",
            "+1h",
            "٣d",
            "99999999999999999999d",
            "18446744073709551615s",
            "36501d",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_duration_reads_back(seconds in 0_u64..=100 * 365 * 86_400) {
            let duration = Duration::from_secs(seconds);
            prop_assert_eq!(parse(&text(duration)), Some(duration));
        }

        #[test]
        fn any_text_is_read_without_panic(text in ".*") {
            let _ = parse(&text);
        }
    }
}
