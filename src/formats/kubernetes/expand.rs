//! `$(NAME)` in the values of a container's `env`, its `command` and `args`: the rules of the
//! kubelet. `$$` is one `$`, what is not known stays as it stands.

/// A part of a text with references.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'t> {
    /// Text that means itself.
    Text(&'t str),
    /// The variable between `$(` and `)`.
    Variable(&'t str),
}

/// The parts of a text.
#[must_use]
pub fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    // where none follows, no later `$(` is a reference either
    let mut closes = true;
    while let Some(at) = rest.find('$') {
        let after = &rest[at + 1..];
        let end = match after.strip_prefix('(') {
            Some(name) if closes => name.find(')'),
            _ => None,
        };
        closes &= end.is_some() || !after.starts_with('(');
        let (text_end, next) = match end {
            Some(end) => (at, at + end + 3),
            None if after.starts_with('$') => (at + 1, at + 2),
            None => (at + 1, at + 1),
        };
        if text_end > 0 {
            parts.push(Part::Text(&rest[..text_end]));
        }
        parts.extend(end.map(|end| Part::Variable(&after[1..=end])));
        rest = &rest[next..];
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    parts
}

/// The text with every variable replaced by what `value` says of it, or left where it says
/// nothing.
#[must_use]
pub fn expand<'v>(text: &str, value: impl Fn(&str) -> Option<&'v str>) -> String {
    let mut expanded = String::with_capacity(text.len());
    for part in parts(text) {
        match part {
            Part::Text(text) => expanded.push_str(text),
            Part::Variable(name) => match value(name) {
                Some(value) => expanded.push_str(value),
                None => {
                    expanded.push_str("$(");
                    expanded.push_str(name);
                    expanded.push(')');
                }
            },
        }
    }
    expanded
}

#[cfg(test)]
mod tests;
