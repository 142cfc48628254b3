//! Text as YAML that YAML 1.1 and 1.2 readers read alike: go-yaml, PyYAML, Ruby, Node. They
//! differ in which bare words are numbers, dates, booleans or null, so a text stands bare
//! only where it can be nothing else; every other one stands in double quotes, in ASCII.

/// One scalar, on one line. Good for a value or a key in block style, never inside `[]` or `{}`.
#[must_use]
pub fn scalar(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        push_escaped(&mut quoted, character);
    }
    quoted.push('"');
    quoted
}

/// The text as a literal block whose lines are indented by this many spaces, where it is made
/// of lines that need no escape, as PEM is. The last line carries no line break.
#[must_use]
pub fn block(text: &str, indent: usize) -> Option<String> {
    let lines = text.strip_suffix('\n')?;
    let fits = |line: &str| {
        line.starts_with(|first: char| first.is_ascii_graphic())
            && line.bytes().all(|byte| matches!(byte, b' '..=b'~'))
    };
    if !lines.contains('\n') || !lines.split('\n').all(fits) {
        return None;
    }
    let margin = " ".repeat(indent);
    Some(format!(
        "|\n{margin}{}",
        lines.replace('\n', &format!("\n{margin}"))
    ))
}

/// Words that some reader takes for a boolean or null.
const TAKEN: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// Begins with a letter or a slash, or is an option, so that it is no number, date or
/// indicator; a `:` that ends it would make it a key.
fn is_plain(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@+=".contains(&byte);
    let option = text.strip_prefix("--").or(text.strip_prefix('-'));
    option
        .unwrap_or(text)
        .starts_with(|first: char| first.is_ascii_alphabetic() || first == '/' && option.is_none())
        && text.bytes().all(inside)
        && !text.ends_with(':')
        && !TAKEN.iter().any(|word| word.eq_ignore_ascii_case(text))
}

fn push_escaped(quoted: &mut String, character: char) {
    match character {
        '"' | '\\' => quoted.extend(['\\', character]),
        ' '..='~' => quoted.push(character),
        '\n' => quoted.push_str("\\n"),
        '\t' => quoted.push_str("\\t"),
        other => {
            let number = u32::from(other);
            quoted.push_str(&match number {
                0..=0xff => format!("\\x{number:02x}"),
                0x100..=0xffff => format!("\\u{number:04x}"),
                _ => format!("\\U{number:08x}"),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_paths_images_and_urls_stand_bare() {
        for text in [
            "stem-worker",
            "/etc/stem",
            "registry.example:5000/app:1",
            "rediss://redis:6379/0",
            "a1+/==",
            "-p",
            "--tls",
        ] {
            assert_eq!(scalar(text), text);
        }
    }

    #[test]
    fn what_some_reader_takes_for_no_text_is_quoted() {
        for text in [
            "",
            "~",
            "null",
            "Yes",
            "n",
            "OFF",
            "1",
            "007",
            "1e3",
            "0x1f",
            "1:20",
            "2026-11-23",
            ".inf",
            "=",
            "<<",
            "-",
            "a: b",
            "a:",
            "a #b",
            "*a",
            "&a",
            "!a",
            "[a",
            "{a",
            "%a",
            " a",
            "'",
            ",",
        ] {
            assert_eq!(scalar(text), format!("\"{text}\""));
        }
    }

    #[test]
    fn what_is_not_printable_ascii_is_escaped() {
        assert_eq!(
            scalar("a\"\\\n\t\0\u{7f}\u{85}é\u{2028}\u{feff}😀"),
            r#""a\"\\\n\t\x00\x7f\x85\xe9\u2028\ufeff\U0001f600""#
        );
    }

    #[test]
    fn lines_of_pem_stand_as_a_block() {
        assert_eq!(
            block("-----BEGIN X-----\nYQ==\n-----END X-----\n", 2).as_deref(),
            Some("|\n  -----BEGIN X-----\n  YQ==\n  -----END X-----")
        );
    }

    #[test]
    fn lines_that_a_block_could_change_do_not() {
        for text in [
            "a", "a\n", "a\nb", "a\n\n", "\na\n", " a\nb\n", "a\n\tb\n", "a\r\nb\n", "a\né\n",
        ] {
            assert_eq!(block(text, 2), None, "{text:?}");
        }
    }
}
