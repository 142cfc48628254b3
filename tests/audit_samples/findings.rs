//! The lines of an `expected.txt`, the findings of a document, and what differs between them.

use std::fmt;

use serde_json::Value;

use super::files::Lines;

/// A finding that is to be there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Expected {
    pub(crate) severity: String,
    pub(crate) rule: String,
    /// One of these: path and line.
    pub(crate) places: Vec<(String, u32)>,
    /// Where it is said.
    pub(crate) subject: Option<String>,
    /// Where it is said; `*` where several are hit.
    pub(crate) component: Option<String>,
}

/// A finding of the binary.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    pub(crate) severity: String,
    rule: String,
    path: String,
    line: u32,
    subject: String,
    component: String,
}

const SEVERITIES: [&str; 3] = ["error", "warning", "note"];

const RULES: [&str; 57] = [
    "signing-private-key-on-verifier",
    "signing-key-on-broker",
    "server-key-outside-broker",
    "client-key-on-broker",
    "ca-key-deployed",
    "secret-on-unrelated-process",
    "stray-secret",
    "missing-artifact",
    "shared-client-identity",
    "signing-disabled",
    "unsigned-producer",
    "active-key-missing",
    "active-key-unknown",
    "key-list-malformed",
    "algorithm-unknown",
    "algorithms-disagree",
    "duplicate-key-id",
    "weak-secret",
    "published-key",
    "placeholder-value",
    "key-length-wrong",
    "keypair-mismatch",
    "keys-disagree",
    "key-reused",
    "variable-unknown",
    "quotes-kept",
    "verify-only-worker",
    "plaintext-url",
    "url-malformed",
    "verification-disabled",
    "ca-is-leaf",
    "ca-missing",
    "client-pair-incomplete",
    "certificate-expired",
    "certificate-expiring",
    "certificate-key-mismatch",
    "chain-broken",
    "host-not-covered",
    "wrong-purpose",
    "weak-certificate",
    "store-not-verified",
    "credential-ignored",
    "plaintext-port-open",
    "client-certificate-optional",
    "broker-tls-incomplete",
    "broker-open",
    "key-file-readable",
    "key-in-git",
    "key-in-image",
    "secret-in-configmap",
    "secret-inline",
    "optional-env-file",
    "input-unreadable",
    "role-unknown",
    "reference-missing",
    "suppression-unused",
    "suppression-expired",
];

/// `SEVERITY RULE PATH:LINE[|PATH:LINE…] [SUBJECT [COMPONENT]]`, a line each; `-` says nothing.
pub(crate) fn parse(text: &str) -> Result<Vec<Expected>, String> {
    let mut all = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let one = line_of(line).map_err(|error| format!("line {number}: {error}"))?;
        all.push(one);
    }
    Ok(all)
}

fn line_of(line: &str) -> Result<Expected, String> {
    let mut words = line.split(' ');
    let mut next = |what| words.next().ok_or_else(|| format!("no {what}"));
    let severity = one_of(next("severity")?, &SEVERITIES)?;
    let rule = one_of(next("rule")?, &RULES)?;
    let places: Option<Vec<_>> = next("PATH:LINE")?.split('|').map(place).collect();
    let places = places.ok_or("no PATH:LINE")?;
    let mut said = words.map(|word| Some(word.to_owned()).filter(|word| word != "-"));
    let (subject, component) = (said.next().flatten(), said.next().flatten());
    if said.next().is_some() {
        return Err("more than a component".to_owned());
    }
    Ok(Expected {
        severity,
        rule,
        places,
        subject,
        component,
    })
}

fn place(text: &str) -> Option<(String, u32)> {
    let (path, line) = text.rsplit_once(':')?;
    Some((path.to_owned(), line.parse().ok()?))
}

fn one_of(word: &str, words: &[&str]) -> Result<String, String> {
    match words.contains(&word) {
        true => Ok(word.to_owned()),
        false => Err(format!("`{word}` is not known")),
    }
}

/// The findings of a document, those that are suppressed left out.
pub(crate) fn of_document(list: &[Value], lines: &Lines) -> Vec<Found> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let counts = |one: &&Value| matches!(one["suppressed"], Value::Null | Value::Bool(false));
    let read = |one: &Value| {
        let path = text(&one["location"]["path"]);
        let line = one["location"]["line"].as_u64().unwrap_or_default();
        let before = usize::try_from(line).ok().and_then(|line| {
            let index = line.checked_sub(1)?;
            lines.get(&path)?.get(index).copied()
        });
        Found {
            severity: text(&one["severity"]),
            rule: text(&one["rule"]),
            line: before.unwrap_or(u32::try_from(line).unwrap_or_default()),
            path,
            subject: text(&one["subject"]),
            component: text(&one["component"]),
        }
    };
    list.iter().filter(counts).map(read).collect()
}

/// What was expected and is not there, and what is there beyond that.
pub(crate) fn compare(expected: &[Expected], found: &[Found]) -> (Vec<Expected>, Vec<Found>) {
    let (mut missing, mut surplus) = (Vec::new(), found.to_vec());
    let mut wanted = expected.to_vec();
    // those that say most choose first
    wanted.sort_by_key(|one| (one.component.is_none(), one.subject.is_none()));
    for one in wanted {
        match surplus.iter().position(|other| one.is(other)) {
            Some(index) => drop(surplus.remove(index)),
            None => missing.push(one),
        }
    }
    missing.sort();
    surplus.sort();
    (missing, surplus)
}

impl Expected {
    fn is(&self, found: &Found) -> bool {
        let component = match self.component.as_deref() {
            Some("*") => Some(""),
            said => said,
        };
        self.severity == found.severity
            && self.rule == found.rule
            && self
                .places
                .iter()
                .any(|(path, line)| (path, *line) == (&found.path, found.line))
            && self
                .subject
                .as_ref()
                .is_none_or(|said| *said == found.subject)
            && component.is_none_or(|said| said == found.component)
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |word: &Option<String>| word.clone().unwrap_or_else(|| "-".to_owned());
        let place = |(path, line): &(String, u32)| format!("{path}:{line}");
        let places: Vec<String> = self.places.iter().map(place).collect();
        let (places, subject) = (places.join("|"), said(&self.subject));
        let (severity, rule, component) = (&self.severity, &self.rule, said(&self.component));
        write!(f, "{severity} {rule} {places} {subject} {component}")
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |word: &str, nothing: &str| match word {
            "" => nothing.to_owned(),
            word => word.to_owned(),
        };
        let (subject, component) = (said(&self.subject, "-"), said(&self.component, "*"));
        let (severity, rule, path, line) = (&self.severity, &self.rule, &self.path, self.line);
        write!(f, "{severity} {rule} {path}:{line} {subject} {component}")
    }
}

#[test]
fn what_is_wrong_in_a_line_is_said_with_its_number() {
    let cases = [
        ("bad weak-secret a:1", "line 2: `bad` is not known"),
        ("error weak a:1", "line 2: `weak` is not known"),
        ("error weak-secret a", "line 2: no PATH:LINE"),
        (
            "error weak-secret a:1 b c d",
            "line 2: more than a component",
        ),
    ];
    for (line, error) in cases {
        assert_eq!(parse(&format!("# x\n{line}\n")), Err(error.to_owned()));
    }
}

#[test]
fn a_difference_has_two_sides() {
    let expected = parse("error weak-secret a:1 K api\nnote role-unknown b:2\n").unwrap();
    let document = serde_json::json!([
        { "severity": "error", "rule": "weak-secret", "subject": "K", "component": "",
          "location": { "path": "a", "line": 1 }, "suppressed": null },
        { "severity": "note", "rule": "role-unknown", "subject": "x", "component": "x",
          "location": { "path": "b", "line": 5 }, "suppressed": null },
        { "severity": "note", "rule": "role-unknown",
          "location": { "path": "c", "line": 1 }, "suppressed": { "reason": "so" } },
    ]);
    let lines = Lines::from([("b".to_owned(), vec![1, 2, 2, 2, 2])]);
    let found = of_document(document.as_array().unwrap(), &lines);
    let (missing, surplus) = compare(&expected, &found);
    let [missing] = &missing[..] else { panic!() };
    assert_eq!(missing.to_string(), "error weak-secret a:1 K api");
    let [surplus] = &surplus[..] else { panic!() };
    assert_eq!(surplus.to_string(), "error weak-secret a:1 K *");
}
