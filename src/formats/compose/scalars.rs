//! What a value without quotes is to Compose when it needs text: numbers and booleans in the
//! spelling of Go, everything else as it stands.

use crate::formats::yaml::Scalar;

/// The text that Compose makes of a plain scalar in a mapping of variables.
pub(super) fn text(scalar: &Scalar) -> String {
    if !scalar.plain {
        return scalar.text.clone();
    }
    typed(&scalar.text).unwrap_or_else(|| scalar.text.clone())
}

fn typed(text: &str) -> Option<String> {
    match text {
        "true" | "True" | "TRUE" => return Some("true".to_owned()),
        "false" | "False" | "FALSE" => return Some("false".to_owned()),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Some("+Inf".to_owned()),
        "-.inf" | "-.Inf" | "-.INF" => return Some("-Inf".to_owned()),
        ".nan" | ".NaN" | ".NAN" => return Some("NaN".to_owned()),
        _ => {}
    }
    let first = text.bytes().next()?;
    if !(first.is_ascii_digit() || b"+-.".contains(&first)) {
        return None;
    }
    whole(&text.replace('_', "")).or_else(|| float(text))
}

fn whole(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix(['+', '-']) {
        Some(digits) if text.starts_with('-') => ("-", digits),
        Some(digits) => ("", digits),
        None => ("", text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.get(..2) {
        Some("0x") => (16, &lower[2..]),
        Some("0o") => (8, &lower[2..]),
        Some("0b") => (2, &lower[2..]),
        _ if lower.len() > 1 && lower.starts_with('0') => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    let is_number = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    let number = is_number.then(|| u64::from_str_radix(digits, radix).ok())??;
    if sign == "-" && number > 1 << 63 {
        return None;
    }
    let sign = if number == 0 { "" } else { sign };
    Some(format!("{sign}{number}"))
}

/// Digits with a point or an exponent, in the shortest spelling that means the same number.
fn float(text: &str) -> Option<String> {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_float = rest.bytes().any(|byte| byte.is_ascii_digit())
        && rest
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b".eE+-_".contains(&byte))
        && !rest.starts_with(['e', 'E', '_', '+', '-']);
    let number: f64 = is_float.then(|| text.replace('_', "").parse().ok())??;
    let exponential = format!("{number:e}");
    let (digits, exponent) = exponential.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    if number != 0.0 && !(-4..21).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return Some(format!("{digits}e{sign}{:02}", exponent.abs()));
    }
    Some(format!("{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spelled_as_compose_does() {
        let cases = [
            ("0123", "83"),
            ("0x10", "16"),
            ("1.0", "1"),
            ("1e3", "1000"),
            ("True", "true"),
            ("1_000", "1000"),
            ("yes", "yes"),
            ("12345678901234567890123", "1.2345678901234568e+22"),
            ("1e30", "1e+30"),
            ("0o17", "15"),
            ("-5", "-5"),
            (".inf", "+Inf"),
            ("00", "0"),
            ("089", "89"),
            ("1.", "1"),
            (".5", "0.5"),
            ("190:20:30", "190:20:30"),
            ("0b11", "3"),
            ("+5", "5"),
            ("08.5", "8.5"),
            ("1.2.3", "1.2.3"),
            ("-", "-"),
            ("1e-7", "1e-07"),
        ];
        for (plain, expected) in cases {
            let scalar = |plain_too| Scalar {
                text: plain.to_owned(),
                plain: plain_too,
            };
            assert_eq!(text(&scalar(true)), expected, "{plain}");
            assert_eq!(text(&scalar(false)), plain);
        }
    }
}
