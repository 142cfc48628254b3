//! How a file differs from what would be written, as a unified diff that shows no secret:
//! the secrets of the new text are known and replaced by their fingerprints; of the old text
//! only lines are shown that are known to be harmless.

use similar::TextDiff;

use super::compose::is_users_own;
use crate::model::env;
use crate::model::secret::Secret;

/// Shorter texts are no secrets that could be told from ordinary words.
const SHORTEST: usize = 8;

/// What must not be shown.
#[derive(Debug, Default)]
pub struct Mask {
    secrets: Vec<Secret>,
}

impl Mask {
    /// Hides these texts, whole and in their parts between `,` and `:`, and each line of them.
    #[must_use]
    pub fn new<'s>(secrets: impl IntoIterator<Item = &'s Secret>) -> Mask {
        let mut parts: Vec<Secret> = Vec::new();
        for secret in secrets {
            let lines = secret.expose().lines();
            for part in lines.flat_map(|line| line.split([',', ':'])) {
                if part.len() >= SHORTEST && !part.starts_with("-----") {
                    parts.push(Secret::new(part.to_owned()));
                }
            }
        }
        // a longer text first, so that one that holds another is hidden whole
        parts.sort_by(|a, b| (b.expose().len(), a.expose()).cmp(&(a.expose().len(), b.expose())));
        parts.dedup();
        Mask { secrets: parts }
    }

    fn apply(&self, line: &str) -> String {
        self.secrets.iter().fold(line.to_owned(), |line, secret| {
            if line.contains(secret.expose()) {
                line.replace(secret.expose(), &format!("<{}>", secret.fingerprint()))
            } else {
                line
            }
        })
    }
}

/// The diff of one file; empty when the texts are the same.
#[must_use]
pub fn unified(path: &str, old: Option<&str>, new: &str, mask: &Mask) -> String {
    let is_hidden = is_users_own(path);
    let before: Vec<&str> = lines(old.unwrap_or_default()).collect();
    let known: Vec<&str> = lines(new).collect();
    let shown_new: String = known
        .iter()
        .map(|line| match (is_hidden, before.contains(line)) {
            (true, true) => old_line(line),
            (true, false) => format!("new: {}", old_line(line)),
            (false, _) => mask.apply(line),
        })
        .collect();
    let shown_old: String = lines(old.unwrap_or_default())
        .map(|line| {
            if known.contains(&line) && !is_hidden {
                mask.apply(line)
            } else {
                old_line(line)
            }
        })
        .collect();
    if old == Some(new) {
        return String::new();
    }
    let from = if old.is_some() {
        format!("a/{path}")
    } else {
        "/dev/null".to_owned()
    };
    TextDiff::from_lines(&shown_old, &shown_new)
        .unified_diff()
        .header(&from, &format!("b/{path}"))
        .to_string()
}

fn lines(text: &str) -> std::str::SplitInclusive<'_, char> {
    text.split_inclusive('\n')
}

/// A line that nothing is known of: what it sets is shown, and the value where it is harmless.
fn old_line(line: &str) -> String {
    let text = line.trim_end_matches(['\n', '\r']);
    let end = &line[text.len()..];
    if let Some((name, value)) = text.split_once('=') {
        let is_harmless = env::artifact_of(name).is_some_and(|artifact| !artifact.is_secret());
        if is_harmless && !value.contains('@') {
            return line.to_owned();
        }
        if name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
        {
            return format!("{name}=<hidden>{end}");
        }
    }
    if text.is_empty() || text.starts_with("-----") {
        line.to_owned()
    } else {
        format!("<hidden>{end}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn secrets_are_hidden_on_both_sides() {
        let new = secret("primary:bmV3LXNlY3JldA==");
        let mask = Mask::new([&new]);
        let diff = unified(
            "worker/stem.env",
            Some("A=1\nSTEM_SIGNING_KEYS=primary:b2xkLXNlY3JldA==\n# note b2xkLXNlY3JldA==\n"),
            &format!("A=1\nSTEM_SIGNING_KEYS={}\n", new.expose()),
            &mask,
        );
        assert!(!diff.contains("b2xk") && !diff.contains("bmV3"), "{diff}");
        assert!(diff.contains("-STEM_SIGNING_KEYS=<hidden>"), "{diff}");
        assert!(diff.contains("+STEM_SIGNING_KEYS=primary:<"), "{diff}");
    }

    #[test]
    fn what_is_no_secret_can_be_read() {
        let diff = unified(
            "x",
            Some("STEM_SIGNING_ACTIVE_KEY=k1\n"),
            "STEM_SIGNING_ACTIVE_KEY=k2\n",
            &Mask::default(),
        );
        assert!(
            diff.contains("-STEM_SIGNING_ACTIVE_KEY=k1\n+STEM_SIGNING_ACTIVE_KEY=k2\n"),
            "{diff}"
        );
    }

    #[test]
    fn the_same_text_is_no_difference_and_a_missing_file_is_one() {
        assert_eq!(unified("x", Some("a\n"), "a\n", &Mask::default()), "");
        assert!(unified("x", None, "a\n", &Mask::default()).contains("--- /dev/null"));
    }

    #[test]
    fn a_password_in_a_url_is_hidden() {
        let url = secret("rediss://:Zz9mine0001@redis:6379/0");
        let mask = Mask::new([&secret("Zz9mine0001")]);
        let diff = unified(
            "x",
            Some("STEM_BROKER_URL=rediss://:old-password@redis/0\n"),
            &format!("STEM_BROKER_URL={}\n", url.expose()),
            &mask,
        );
        assert!(
            !diff.contains("Zz9mine0001") && !diff.contains("old-password"),
            "{diff}"
        );
    }
}
