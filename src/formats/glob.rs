//! Patterns of paths as glob(3) matches them, for `EnvironmentFile=` of systemd and `include` of
//! Redis: `*`, `?` and `[…]` within one part of a path, `\` before what means itself.

/// Whether there is anything in it that does not mean itself.
#[must_use]
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// Whether a backslash stands before everything in it that would be a pattern.
#[must_use]
pub fn is_escaped(text: &str) -> bool {
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => drop(characters.next()),
            '*' | '?' | '[' => return false,
            _ => {}
        }
    }
    true
}

/// A text in which nothing is a pattern, without its backslashes.
#[must_use]
pub fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => out.extend(characters.next()),
            c => out.push(c),
        }
    }
    out
}

/// The folder above the first part of a pattern that is one.
#[must_use]
pub fn fixed_folder(pattern: &str) -> &str {
    let first = pattern.find(['*', '?', '[', '\\']).unwrap_or(pattern.len());
    match pattern[..first].rfind('/') {
        Some(0) => "/",
        Some(slash) => &pattern[..slash],
        None => "",
    }
}

/// Whether a path matches, part by part.
#[must_use]
pub fn matches(pattern: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    let mut patterns = pattern.split('/');
    loop {
        match (patterns.next(), parts.next()) {
            (None, None) => return true,
            (Some(pattern), Some(part)) if matches_part(pattern, part) => {}
            _ => return false,
        }
    }
}

/// Whether a path, or a folder above it, matches a pattern of `.dockerignore`, in which `**`
/// stands for any number of parts.
#[must_use]
pub fn ignores(pattern: &str, path: &str) -> bool {
    let patterns: Vec<&str> = pattern.split('/').collect();
    // which of the patterns may come next, after the parts so far
    let mut open = vec![false; patterns.len() + 1];
    open[0] = true;
    skip_stars(&patterns, &mut open);
    for part in path.split('/') {
        let mut next = vec![false; patterns.len() + 1];
        for (number, pattern) in patterns.iter().enumerate().filter(|(n, _)| open[*n]) {
            if *pattern == "**" {
                next[number] = true;
            } else if matches_any_part(pattern, part) {
                next[number + 1] = true;
            }
        }
        skip_stars(&patterns, &mut next);
        if next[patterns.len()] {
            return true;
        }
        open = next;
    }
    false
}

/// `**` may stand for nothing; not at the end, where something has to come.
fn skip_stars(patterns: &[&str], open: &mut [bool]) {
    for number in 0..patterns.len() {
        if open[number] && patterns[number] == "**" {
            open[number + 1] = true;
        }
    }
}

/// One part; a dot at its beginning is matched by a dot only.
fn matches_part(pattern: &str, part: &str) -> bool {
    let is_hidden = part.starts_with('.') && !pattern.starts_with(['.', '\\']);
    !is_hidden && matches_any_part(pattern, part)
}

/// One part, dot or not.
#[must_use]
pub fn matches_any_part(pattern: &str, part: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let part: Vec<char> = part.chars().collect();
    let (mut p, mut t) = (0, 0);
    // where the last star stood, and how far it has eaten: the only place to come back to
    let mut star = None;
    while t < part.len() {
        if pattern.get(p) == Some(&'*') {
            star = Some((p + 1, t));
            p += 1;
            continue;
        }
        match one(&pattern[p..], part[t]) {
            Some(length) => (p, t) = (p + length, t + 1),
            None => match star {
                Some((after, eaten)) => {
                    star = Some((after, eaten + 1));
                    (p, t) = (after, eaten + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// How much of the pattern one character takes.
fn one(pattern: &[char], c: char) -> Option<usize> {
    match pattern.first()? {
        '?' => Some(1),
        '[' => match set(pattern, c) {
            Some((length, true)) => Some(length),
            Some((_, false)) => None,
            None => (c == '[').then_some(1),
        },
        '\\' if pattern.len() > 1 => (pattern[1] == c).then_some(2),
        same => (*same == c).then_some(1),
    }
}

/// The length of `[…]`, and whether the character is in it.
fn set(pattern: &[char], c: char) -> Option<(usize, bool)> {
    let negated = matches!(pattern.get(1)?, '!' | '^');
    let first = 1 + usize::from(negated);
    let mut at = first;
    let mut inside = false;
    loop {
        let low = *pattern.get(at)?;
        if low == ']' && at > first {
            return Some((at + 1, inside != negated));
        }
        let is_range = pattern.get(at + 1) == Some(&'-')
            && pattern.get(at + 2).is_some_and(|high| *high != ']');
        let high = if is_range { pattern[at + 2] } else { low };
        inside |= (low..=high).contains(&c);
        at += if is_range { 3 } else { 1 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stay_within_a_part() {
        let cases = [
            ("/etc/*.env", "/etc/a.env", true),
            ("/etc/*.env", "/etc/a/b.env", false),
            ("/etc/*.env", "/etc/.env", false),
            ("/etc/.*", "/etc/.env", true),
            ("/e?c/[a-c]*[!0-9]", "/etc/bad", true),
            ("/etc/[!a]x", "/etc/ax", false),
            ("/etc/\\*", "/etc/*", true),
            ("/etc/\\*", "/etc/a", false),
            ("/a[b", "/a[b", true),
            ("*a*b*c", "xxaxxbxxc", true),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
        assert_eq!(fixed_folder("/etc/a/*.d/x"), "/etc/a");
        assert_eq!(literal("/a\\*b"), "/a*b");
        assert!(is_escaped("/\\[a-z\\]\\*\\?/x") && is_escaped("/x"));
        assert!(!is_escaped("/\\*?") && !is_escaped("/\\\\*"));
    }

    #[test]
    fn docker_ignores_what_lies_below_a_match_too() {
        let cases = [
            ("**/*.md", "a/b.md", true),
            ("**/*.md", "b.md", true),
            ("*Dockerfile", "x.Dockerfile", true),
            ("*Dockerfile", "a/Dockerfile", false),
            ("certs/old", "certs/old/ca.key", true),
            ("certs", "certs2/a", false),
            ("a/**", "a/b/c", true),
            ("**", "a", true),
            ("*.env", ".env", true),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(ignores(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let pattern = "*a".repeat(1_000);
        assert!(!matches(&pattern, &"a".repeat(900)));
    }
}
