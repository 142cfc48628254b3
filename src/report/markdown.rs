//! What every document in Markdown needs. Knows nothing of what is reported.

use crate::term::clean;

/// Text that ends no cell and begins no markup.
pub(super) fn cell(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in clean(text).chars() {
        if matches!(
            character,
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '#' | '~'
        ) {
            safe.push('\\');
        }
        safe.push(character);
    }
    safe
}
