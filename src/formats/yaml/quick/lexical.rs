//! What stands in one line: keys, plain and quoted scalars.

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

/// Whether it is a plain scalar and nothing else.
pub(super) fn is_plain(text: &str) -> bool {
    let first = text.as_bytes()[0];
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
    (!indicator || dashed)
        && !text.ends_with(':')
        && !text.contains(": ")
        && !text.contains(" #")
        && text != "..."
}

pub(super) fn unquote(text: &str) -> Option<String> {
    let inside = text.strip_prefix('"')?.strip_suffix('"')?;
    if !inside.contains(['"', '\\']) {
        return Some(inside.to_owned());
    }
    let mut plain = String::with_capacity(inside.len());
    let mut characters = inside.chars();
    while let Some(character) = characters.next() {
        plain.push(match character {
            '"' => return None,
            '\\' => match characters.next()? {
                'n' => '\n',
                't' => '\t',
                quoted @ ('"' | '\\' | '/') => quoted,
                _ => return None,
            },
            other => other,
        });
    }
    Some(plain)
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
        Some(b'{' | b'[') => matches!(value, "{}" | "[]"),
        Some(b'&' | b'*' | b'!') => false,
        _ => true,
    }
}
