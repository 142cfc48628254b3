//! The only module that prints.
//!
//! Results go to standard output, and nothing else does. Everything else goes to standard
//! error, one line a thing, prefixed `stem-sec: `, lower case, without a full stop; a line
//! `hint: ` says what to type next. Text from outside (names of files, hosts, keys) goes
//! through [`clean`] first. A reader that went away is no error.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// Writes a result to standard output.
///
/// # Errors
/// When it cannot be written, a broken pipe excepted.
pub fn result(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    forgive_closed(out.write_all(bytes).and_then(|()| out.flush()))
}

/// The permission bits of the file that standard output goes to, if it goes to one.
#[must_use]
pub fn result_file_mode() -> Option<u32> {
    let stat = rustix::fs::fstat(io::stdout()).ok()?;
    let is_file = rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file();
    is_file.then_some(stat.st_mode & 0o777)
}

/// How many columns the terminal has that standard output goes to, if it goes to one.
#[must_use]
pub fn result_width() -> Option<u16> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    (size.ws_col > 0).then_some(size.ws_col)
}

/// Whether standard output goes to a terminal that shows colours, and nobody asked for none.
#[must_use]
pub fn result_has_colours() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_none_or(|value| value == "dumb");
    io::stdout().is_terminal() && !is_set("NO_COLOR") && !is_dumb
}

/// Says something on standard error.
pub fn say(message: &str) {
    line("stem-sec: ", message);
}

/// Says on standard error what deserves attention but stops nothing.
pub fn warn(message: &str) {
    line("stem-sec: warning: ", message);
}

/// Says on standard error what to type next.
pub fn hint(message: &str) {
    line("hint: ", message);
}

/// Says on standard error, to someone who answers questions there.
pub fn tell(message: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", clean_lines(message));
}

/// The terminal on which questions are asked, as it was before the first one.
pub struct Terminal(Termios);

impl Terminal {
    /// `None` unless someone reads standard error and types on standard input.
    #[must_use]
    pub fn attached() -> Option<Terminal> {
        let attached = io::stdin().is_terminal() && io::stderr().is_terminal();
        attached.then(|| tcgetattr(io::stdin()).ok().map(Terminal))?
    }

    /// Gives it back: its modes as they were, the cursor visible, on a new line.
    pub fn restore(&self) {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
        let _ = io::stderr().lock().write_all(b"\r\n\x1b[?25h");
    }
}

/// Shows a help page that nobody asked for, on standard error.
pub fn help(page: &str) {
    let _ = io::stderr().lock().write_all(page.as_bytes());
}

fn line(prefix: &str, message: &str) {
    let mut text = String::with_capacity(prefix.len() + message.len() + 1);
    for (number, part) in clean_lines(message).lines().enumerate() {
        text.push_str(if number == 0 { prefix } else { "  " });
        text.push_str(part);
        text.push('\n');
    }
    // nobody is left to tell when standard error is closed
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

fn forgive_closed(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// The text with everything escaped that could move the cursor, hide, or reorder: control
/// characters (line breaks too), bidirectional overrides, zero-width characters.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    clean_but(text, |_| false)
}

/// The same for a JSON document, which keeps its meaning.
#[must_use]
pub fn clean_json(document: &str) -> String {
    let mut clean = String::with_capacity(document.len());
    for character in document.chars() {
        if character == '\n' || !is_treacherous(character) {
            clean.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            let _ = write!(clean, "\\u{unit:04x}");
        }
    }
    clean
}

fn clean_lines(text: &str) -> Cow<'_, str> {
    clean_but(text, |character| character == '\n')
}

fn clean_but(text: &str, allowed: impl Fn(char) -> bool) -> Cow<'_, str> {
    let bad = |character: char| is_treacherous(character) && !allowed(character);
    // nearly all text is, and its bytes are looked at many at a time
    let is_printable = text
        .bytes()
        .fold(true, |is, byte| is & (0x20..0x7f).contains(&byte));
    if is_printable || !text.contains(bad) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if bad(character) {
            let _ = write!(clean, "{}", character.escape_unicode());
        } else {
            clean.push(character);
        }
    }
    Cow::Owned(clean)
}

fn is_treacherous(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_are_shown_not_obeyed() {
        assert_eq!(
            clean("a\u{1b}]52;c;eA==\u{7}b"),
            "a\\u{1b}]52;c;eA==\\u{7}b"
        );
    }

    #[test]
    fn text_cannot_be_reordered_or_hidden() {
        assert_eq!(clean("a\u{202e}b\u{200b}c"), "a\\u{202e}b\\u{200b}c");
    }

    #[test]
    fn a_json_document_is_the_same_without_them() {
        let value =
            serde_json::json!({"a\u{9b}31m": ["\u{1b}[31m", "\u{202e}\u{e0041}", "grün\n"]});
        let document = serde_json::to_string_pretty(&value).unwrap();
        let clean = clean_json(&document);
        assert!(
            !clean.contains(|c: char| is_treacherous(c) && c != '\n'),
            "{clean}"
        );
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&clean).unwrap(),
            value
        );
    }

    #[test]
    fn ordinary_text_is_left_alone() {
        assert!(matches!(clean("grün — 東京"), Cow::Borrowed(_)));
    }
}
