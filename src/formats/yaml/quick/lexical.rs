//! What stands in one line: keys, plain and quoted scalars.

use super::flow;

pub(super) fn is_item(text: &str) -> bool {
    text == "-" || text.starts_with("- ")
}

/// A key as it stands there, what it says, and what comes behind its colon.
pub(super) type Key<'t> = (&'t str, &'t str, &'t str);

/// Splits what begins with a key.
pub(super) fn split_key(text: &str) -> Option<Key<'_>> {
    let inside =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'-');
    let (key, name) = match text.as_bytes().first()? {
        quote @ (b'"' | b'\'') => {
            let end = memchr::memchr(*quote, &text.as_bytes()[1..])? + 1;
            (&text[..=end], &text[1..end])
        }
        b'-' => return None,
        _ => {
            let end = text.bytes().position(|byte| !inside(&byte))?;
            (&text[..end], &text[..end])
        }
    };
    if key.is_empty() || name.contains('\\') {
        return None;
    }
    let rest = text[key.len()..].strip_prefix(':')?;
    (rest.is_empty() || rest.starts_with(' ')).then_some((key, name, rest))
}

/// Whether nothing or only a comment stands behind a key's colon or the dash of an item.
pub(super) fn is_blank(value: &str) -> bool {
    value.is_empty() || value.starts_with('#')
}

/// Whether nothing or only a comment comes behind a value.
pub(super) fn ends(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(' ') && is_blank(rest.trim_start_matches(' '))
}

/// A plain scalar without the comment behind it.
pub(super) fn without_comment(text: &str) -> &str {
    let mut marks = memchr::memchr_iter(b'#', text.as_bytes());
    match marks.find(|at| text[..*at].ends_with(' ')) {
        Some(at) => text[..at].trim_end_matches(' '),
        None => text,
    }
}

/// Whether a text without a comment is a plain scalar and nothing else.
pub(super) fn is_plain(text: &str) -> bool {
    let Some(first) = text.bytes().next() else {
        return false;
    };
    let indicator = matches!(
        first,
        b'-' | b'?'
            | b':'
            | b','
            | b'['
            | b']'
            | b'{'
            | b'}'
            | b'#'
            | b'&'
            | b'*'
            | b'!'
            | b'|'
            | b'>'
            | b'\''
            | b'"'
            | b'%'
            | b'@'
            | b'`'
    );
    let dashed =
        first == b'-' && text.len() > 1 && !text.starts_with("- ") && !text.starts_with("---");
    (!indicator || dashed) && !text.ends_with(':') && !text.contains(": ") && text != "..."
}

/// The text between the double quotes that a text begins with, and how long it is with them.
pub(super) fn double_quoted(text: &str) -> Option<(usize, String)> {
    let inside = text.strip_prefix('"')?;
    let end = memchr::memchr2(b'"', b'\\', inside.as_bytes())?;
    if inside.as_bytes()[end] == b'"' {
        return Some((end + 2, inside[..end].to_owned()));
    }
    let mut plain = String::with_capacity(inside.len());
    let mut characters = inside.char_indices();
    while let Some((at, character)) = characters.next() {
        plain.push(match character {
            '"' => return Some((at + 2, plain)),
            '\\' => match characters.next()?.1 {
                'n' => '\n',
                't' => '\t',
                quoted @ ('"' | '\\' | '/') => quoted,
                _ => return None,
            },
            other => other,
        });
    }
    None
}

/// The same of single quotes.
pub(super) fn single_quoted(text: &str) -> Option<(usize, String)> {
    let inside = text.strip_prefix('\'')?;
    let mut end = 0;
    loop {
        end += memchr::memchr(b'\'', &inside.as_bytes()[end..])?;
        if inside.as_bytes().get(end + 1) != Some(&b'\'') {
            return Some((end + 2, inside[..end].replace("''", "'")));
        }
        end += 2;
    }
}

/// Whether nothing that begins in this line goes on in a later one, whatever its indentation.
pub(super) fn closes(text: &str) -> bool {
    let mut value = text;
    while let Some(item) = value.strip_prefix("- ") {
        value = item.trim_start_matches(' ');
    }
    if !value.starts_with(['"', '\'']) {
        value = value.split_once(": ").map_or(value, |(_, value)| value);
    }
    let value = value.trim_start_matches(' ');
    let count = |quote: char| value.matches(quote).count();
    match value.as_bytes().first() {
        Some(b'"') => !value.contains('\\') && count('"') % 2 == 0,
        Some(b'\'') => count('\'') % 2 == 0,
        Some(b'{' | b'[') => flow::closes(value),
        Some(b'&' | b'*' | b'!') => false,
        _ => true,
    }
}
