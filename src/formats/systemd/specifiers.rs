//! `%i` and the other specifiers of systemd.unit(5), as far as a unit's name and the kind of
//! host settle them. What only the host knows is said to be unknown.

/// Whose manager starts a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The system's.
    System,
    /// A user's: most paths are that user's.
    User,
}

/// A unit's name, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitName {
    /// All of it.
    pub full: String,
    /// What stands before `@`, or before the suffix.
    pub prefix: String,
    /// What stands after `@`; empty in a template.
    pub instance: Option<String>,
}

impl UnitName {
    /// Takes a service's name apart; `None` where it is no service's.
    #[must_use]
    pub fn of(name: &str) -> Option<UnitName> {
        let stem = name.strip_suffix(".service")?;
        let (prefix, instance) = match stem.split_once('@') {
            Some((prefix, instance)) => (prefix, Some(instance.to_owned())),
            None => (stem, None),
        };
        let in_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || b":-_.\\@".contains(&byte);
        let is_valid = !prefix.is_empty() && name.bytes().all(in_alphabet) && name.len() < 256;
        is_valid.then(|| UnitName {
            full: name.to_owned(),
            prefix: prefix.to_owned(),
            instance,
        })
    }

    /// Whether instances are made of it.
    #[must_use]
    pub fn is_template(&self) -> bool {
        self.instance.as_deref() == Some("")
    }

    /// The template that it is an instance of.
    #[must_use]
    pub fn template(&self) -> Option<String> {
        let instance = self.instance.as_deref()?;
        (!instance.is_empty()).then(|| format!("{}@.service", self.prefix))
    }

    /// The names whose `.d` folders hold its drop-ins, most specific first: its own, that of
    /// its template, and of all prefixes that end in a dash. `service` comes after them.
    #[must_use]
    pub fn dropin_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut prefix = self.prefix.as_str();
        loop {
            match self.instance.as_deref() {
                None => names.push(format!("{prefix}.service")),
                Some("") => names.push(format!("{prefix}@.service")),
                Some(instance) => {
                    names.push(format!("{prefix}@{instance}.service"));
                    names.push(format!("{prefix}@.service"));
                }
            }
            let inner = prefix.strip_suffix('-').unwrap_or(prefix);
            match inner.rfind('-') {
                Some(dash) if dash > 0 => prefix = &prefix[..=dash],
                _ => return names,
            }
        }
    }
}

/// A text after its specifiers.
#[derive(Clone, PartialEq, Eq)]
pub struct Expanded {
    /// What it is, as far as it is known.
    pub text: String,
    /// The first specifier that only the host knows.
    pub unknown: Option<char>,
}

impl std::fmt::Debug for Expanded {
    // settings may be secret
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Expanded({:?})", self.unknown)
    }
}

/// Replaces every specifier; `None` where a letter or digit is none, which systemd refuses.
#[must_use]
pub fn expand(text: &str, unit: &UnitName, scope: Scope) -> Option<Expanded> {
    let mut expanded = Expanded {
        text: String::with_capacity(text.len()),
        unknown: None,
    };
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        expanded.text.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let Some(letter) = after.chars().next() else {
            expanded.text.push('%');
            return Some(expanded);
        };
        match meaning(letter, unit, scope) {
            Meaning::Text(text) => expanded.text.push_str(&text),
            Meaning::HostOnly => {
                expanded.unknown = expanded.unknown.or(Some(letter));
                expanded.text.extend(['%', letter]);
            }
            Meaning::Nothing if letter.is_ascii_alphanumeric() => return None,
            Meaning::Nothing => expanded.text.extend(['%', letter]),
        }
        rest = &after[letter.len_utf8()..];
    }
    expanded.text.push_str(rest);
    Some(expanded)
}

enum Meaning {
    Text(String),
    HostOnly,
    /// No specifier.
    Nothing,
}

fn meaning(letter: char, unit: &UnitName, scope: Scope) -> Meaning {
    let is_template = unit.is_template();
    let instance = unit.instance.as_deref().unwrap_or_default();
    let last_part = |text: &str| text.rsplit('-').next().unwrap_or_default().to_owned();
    let of_instance = |text: String| match is_template {
        true => Meaning::HostOnly,
        false => Meaning::Text(text),
    };
    match letter {
        '%' => Meaning::Text("%".to_owned()),
        'n' => of_instance(unit.full.clone()),
        'N' => of_instance(unit.full.trim_end_matches(".service").to_owned()),
        'p' => Meaning::Text(unit.prefix.clone()),
        'P' => unescaped(&unit.prefix),
        'j' => Meaning::Text(last_part(&unit.prefix)),
        'J' => unescaped(&last_part(&unit.prefix)),
        'i' => of_instance(instance.to_owned()),
        'I' | 'f' if is_template => Meaning::HostOnly,
        'I' => unescaped(instance),
        'f' => match unescape(if instance.is_empty() {
            &unit.prefix
        } else {
            instance
        }) {
            Some(path) => Meaning::Text(format!("/{}", path.trim_start_matches('/'))),
            None => Meaning::HostOnly,
        },
        'd' if scope == Scope::System => of_instance(format!("/run/credentials/{}", unit.full)),
        letter if scope == Scope::System && system_path(letter).is_some() => {
            Meaning::Text(system_path(letter).unwrap_or_default().to_owned())
        }
        'a' | 'A' | 'b' | 'B' | 'c' | 'C' | 'd' | 'D' | 'E' | 'g' | 'G' | 'h' | 'H' | 'l' | 'L'
        | 'm' | 'M' | 'o' | 'q' | 'r' | 'R' | 's' | 'S' | 't' | 'T' | 'u' | 'U' | 'v' | 'V'
        | 'w' | 'W' | 'y' | 'Y' => Meaning::HostOnly,
        _ => Meaning::Nothing,
    }
}

/// What is the same on every host, for the system's manager.
fn system_path(letter: char) -> Option<&'static str> {
    Some(match letter {
        't' => "/run",
        'S' => "/var/lib",
        'C' => "/var/cache",
        'L' => "/var/log",
        'E' => "/etc",
        'D' => "/usr/share",
        'h' => "/root",
        'u' | 'g' => "root",
        'U' | 'G' => "0",
        'T' => "/tmp",
        'V' => "/var/tmp",
        _ => return None,
    })
}

fn unescaped(text: &str) -> Meaning {
    unescape(text).map_or(Meaning::HostOnly, Meaning::Text)
}

/// What `systemd-escape` has escaped: `-` is `/`, `\xNN` a byte. `None` where it is no text.
fn unescape(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'-' => out.push(b'/'),
            b'\\' => {
                let digits = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'x')?;
                out.push(u8::from_str_radix(digits, 16).ok()?);
                at += 3;
            }
            other => out.push(*other),
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str, unit: &str) -> (String, Option<char>) {
        let unit = UnitName::of(unit).expect("a service");
        let expanded = expand(text, &unit, Scope::System).expect("taken");
        (expanded.text, expanded.unknown)
    }

    #[test]
    fn names_are_taken_apart() {
        let unit = "stem-mail-er@a-b\\x20c.service";
        let cases = [
            ("%i", "a-b\\x20c"),
            ("%I", "a/b c"),
            (
                "%n|%N",
                "stem-mail-er@a-b\\x20c.service|stem-mail-er@a-b\\x20c",
            ),
            ("%p|%P|%j|%J", "stem-mail-er|stem/mail/er|er|er"),
            ("%f", "/a/b c"),
            ("%d", "/run/credentials/stem-mail-er@a-b\\x20c.service"),
            ("%t %S %% %. 100%", "/run /var/lib % %. 100%"),
        ];
        for (text, expected) in cases {
            assert_eq!(expanded(text, unit), (expected.to_owned(), None), "{text}");
        }
        let name = UnitName::of(unit).expect("a service");
        assert_eq!(expand("%z", &name, Scope::System), None);
        assert_eq!(expanded("%H-%m", "a.service").1, Some('H'));
        assert_eq!(expanded("%i", "a@.service").1, Some('i'));
        assert_eq!(expanded("%f", "a-b.service").0, "/a/b");
    }

    #[test]
    fn drop_ins_come_by_prefixes_too() {
        let names = |unit: &str| UnitName::of(unit).expect("a service").dropin_names();
        assert_eq!(
            names("a-b-c.service"),
            ["a-b-c.service", "a-b-.service", "a-.service"]
        );
        assert_eq!(
            names("a-b@x.service"),
            [
                "a-b@x.service",
                "a-b@.service",
                "a-@x.service",
                "a-@.service"
            ]
        );
    }
}
