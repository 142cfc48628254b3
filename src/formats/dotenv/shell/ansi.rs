//! `$'…'`: the escapes of C, as bash knows them. They make bytes, not characters.

use crate::formats::dotenv::Trouble;
use crate::formats::dotenv::reading::Reading;

/// Takes the rest of it, the opening quote behind the cursor; `None` where it makes no text.
pub(super) fn quoted(reading: &mut Reading<'_>) -> Result<Option<String>, Trouble> {
    let rest = reading.cursor.rest();
    let mut escaped = false;
    let closing = rest.bytes().position(|byte| {
        let closes = byte == b'\'' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    });
    let inside = reading.cursor.take(closing.ok_or(Trouble::Unterminated)?);
    reading.cursor.take(1);
    let mut bytes = Vec::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        match escape(&rest[at + 1..], &mut bytes) {
            Some(after) => rest = after,
            None => return Ok(String::from_utf8(bytes).ok()),
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    Ok(String::from_utf8(bytes).ok())
}

/// Adds what an escape means, and gives what follows it; `None` behind a NUL, which ends all.
fn escape<'t>(text: &'t str, bytes: &mut Vec<u8>) -> Option<&'t str> {
    let Some(c) = text.chars().next() else {
        bytes.push(b'\\');
        return Some("");
    };
    let after = &text[c.len_utf8()..];
    let byte = match c {
        'a' => 0x07,
        'b' => 0x08,
        'e' | 'E' => 0x1b,
        'f' => 0x0c,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0b,
        '\\' | '\'' | '"' | '?' => c as u8,
        '0'..='7' => return number(text, 8, 3, bytes, "", false),
        'x' => return number(after, 16, 2, bytes, "\\x", false),
        'u' => return number(after, 16, 4, bytes, "\\u", true),
        'U' => return number(after, 16, 8, bytes, "\\U", true),
        'c' => return control(after, bytes),
        other => {
            let mut buffer = [0; 4];
            bytes.push(b'\\');
            bytes.extend_from_slice(other.encode_utf8(&mut buffer).as_bytes());
            return Some(after);
        }
    };
    bytes.push(byte);
    Some(after)
}

fn number<'t>(
    text: &'t str,
    radix: u32,
    most: usize,
    bytes: &mut Vec<u8>,
    otherwise: &str,
    is_character: bool,
) -> Option<&'t str> {
    let is_digit = |c: &char| c.is_digit(radix);
    let digits = text.chars().take(most).take_while(is_digit).count();
    let (digits, after) = text.split_at(digits);
    let Ok(number) = u32::from_str_radix(digits, radix) else {
        bytes.extend_from_slice(otherwise.as_bytes());
        return Some(after);
    };
    match char::from_u32(number).filter(|_| is_character) {
        _ if number == 0 => return None,
        Some(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        // no character either: no text comes of it
        None => bytes.push(if is_character {
            0xff
        } else {
            (number & 0xff) as u8
        }),
    }
    Some(after)
}

fn control<'t>(text: &'t str, bytes: &mut Vec<u8>) -> Option<&'t str> {
    let Some(c) = text.chars().next() else {
        bytes.extend_from_slice(b"\\c");
        return Some("");
    };
    if !c.is_ascii() {
        bytes.push(0xff);
        return Some(&text[c.len_utf8()..]);
    }
    let byte = match c {
        '?' => 0x7f,
        c => c.to_ascii_uppercase() as u8 & 0x1f,
    };
    if byte == 0 {
        return None;
    }
    bytes.push(byte);
    Some(&text[1..])
}
