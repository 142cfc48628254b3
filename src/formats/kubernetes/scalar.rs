//! What a plain scalar is to Kubernetes, whose YAML is that of Go (YAML 1.1 with a few
//! differences): text, or something that is refused where text is wanted.

use crate::formats::yaml::{Node, Scalar};

/// What a scalar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Nothing.
    Null,
    /// `true`, `yes`, `off` and their likes, with its value.
    Boolean(bool),
    /// A number.
    Number,
}

/// What this scalar is.
#[must_use]
pub fn kind(scalar: &Scalar) -> Kind {
    if !scalar.plain {
        return Kind::Text;
    }
    match scalar.text.as_str() {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => {
            Kind::Boolean(true)
        }
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => {
            Kind::Boolean(false)
        }
        text if is_number(text) => Kind::Number,
        _ => Kind::Text,
    }
}

/// Whether it is `true` in one of its spellings.
#[must_use]
pub fn is_true(node: &Node) -> bool {
    node.scalar()
        .is_some_and(|scalar| kind(scalar) == Kind::Boolean(true))
}

fn is_number(text: &str) -> bool {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(body, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let starts = |c: char| c.is_ascii_digit() || c == '.';
    if body.len() == text.len() && !body.starts_with(starts) {
        return false;
    }
    let digits = body.replace('_', "");
    let radix = |prefix: &str, radix: u32| {
        digits
            .strip_prefix(prefix)
            .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_digit(radix)))
    };
    radix("0x", 16) || radix("0b", 2) || radix("0o", 8) || is_decimal(&digits)
}

fn is_decimal(digits: &str) -> bool {
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let sound = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && all_digits(exponent)
    });
    sound && !(whole.is_empty() && fraction.is_empty()) && all_digits(whole) && all_digits(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_are_what_gos_yaml_takes_them_for() {
        let plain = |text: &str| {
            kind(&Scalar {
                text: text.to_owned(),
                plain: true,
            })
        };
        for number in [
            "1", "-1", "6379", "1_000", "0x1f", "0o7", "1e3", ".5", "1.", "+.inf",
        ] {
            assert_eq!(plain(number), Kind::Number, "{number}");
        }
        for text in [
            "1.2.3",
            "a",
            "1a",
            "redis://x",
            "-",
            ".",
            "e3",
            "0x",
            "1e",
            "1:20",
        ] {
            assert_eq!(plain(text), Kind::Text, "{text}");
        }
        assert_eq!(plain("yes"), Kind::Boolean(true));
        assert_eq!(plain("~"), Kind::Null);
        let quoted = Scalar {
            text: "1".to_owned(),
            plain: false,
        };
        assert_eq!(kind(&quoted), Kind::Text);
    }
}
