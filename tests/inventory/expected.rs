//! Reads an `expected.txt`: line by line, with errors that name the line and what is wrong.

use stem_sec::model::artifact::Artifact;
use stem_sec::model::role::Role;

const KINDS: [&str; 5] = ["compose", "kubernetes", "systemd", "image", "files"];
const FROM: [&str; 7] = [
    "manifest", "assign", "label", "command", "image", "name", "unknown",
];
const HOW: [&str; 17] = [
    "environment",
    "env-file",
    "env-file-line",
    "interpolation",
    "env-from",
    "value-from",
    "entry",
    "mount",
    "secret",
    "config",
    "build-argument",
    "copy",
    "passed-on",
    "removed",
    "argument",
    "setting",
    "manifest",
];
const GAPS: [&str; 6] = [
    "missing",
    "optional-missing",
    "outside",
    "not-followed",
    "unreadable",
    "skipped",
];

/// A file and a line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct At {
    pub(crate) path: String,
    pub(crate) line: u32,
}

/// One line that says where something is.
#[derive(Debug)]
pub(crate) struct Statement {
    /// The line in `expected.txt`.
    pub(crate) number: usize,
    /// What was said before about where it belongs, and the line itself.
    pub(crate) text: String,
    /// What the line of `from` must show one of: the subject, the names in braces, the value.
    pub(crate) shows: Vec<String>,
    /// `from`, or the place of a gap.
    pub(crate) from: At,
    /// The places of `via`.
    pub(crate) via: Vec<At>,
}

/// A whole `expected.txt`.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    /// Deployments and processes, as they are compared.
    pub(crate) heads: Vec<String>,
    /// Everything that has a place.
    pub(crate) statements: Vec<Statement>,
}

impl Expected {
    /// Every line, with the deployment and process it belongs to.
    pub(crate) fn lines(&self) -> Vec<String> {
        let statements = self.statements.iter().map(|found| found.text.clone());
        self.heads.iter().cloned().chain(statements).collect()
    }
}

/// Reads it all, or says in which line what is wrong.
pub(crate) fn parse(text: &str) -> Result<Expected, String> {
    let mut read = Reader::default();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        read.line(number, line)
            .map_err(|error| format!("line {number}: {error}"))?;
    }
    Ok(read.expected)
}

#[derive(Default)]
struct Reader {
    expected: Expected,
    deployment: Option<String>,
    process: Option<String>,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), String> {
        if let Some(line) = line.strip_prefix("  ") {
            let process = self.process.clone().ok_or("no process above it")?;
            return match line.strip_prefix("gap ") {
                Some(gap) => self.gap(number, &process, gap),
                None => self.holding(number, &process, line, true),
            };
        }
        let (word, rest) = line.split_once(' ').ok_or("a word and more")?;
        match word {
            "deployment" => self.deployment(rest),
            "process" => self.process(rest),
            "loose" => self.holding(number, "loose", rest, false),
            "gap" => self.gap(number, "", rest),
            _ => Err(format!("`{word}` is no deployment, process, loose or gap")),
        }
    }

    fn deployment(&mut self, text: &str) -> Result<(), String> {
        let (name, kind) = braced(text)?;
        one_of(kind, &KINDS)?;
        let head = format!("deployment {name} ({kind})");
        self.add_head(head)?;
        (self.deployment, self.process) = (Some(name.to_owned()), None);
        Ok(())
    }

    fn process(&mut self, text: &str) -> Result<(), String> {
        let (text, from) = braced(text)?;
        one_of(from, &FROM)?;
        let (name, roles) = text.rsplit_once(": ").ok_or("no `NAME: ROLE`")?;
        let mut known = Vec::new();
        for role in roles.split(' ').filter(|role| *role != "?") {
            known.push(Role::from_name(role).ok_or(format!("`{role}` is no role"))?);
        }
        let deployment = self.deployment.clone().ok_or("no deployment above it")?;
        let head = process_head(&deployment, name, known, from);
        self.add_head(head)?;
        self.process = Some(format!("{deployment} / {name}"));
        Ok(())
    }

    fn add_head(&mut self, head: String) -> Result<(), String> {
        if self.expected.heads.contains(&head) {
            return Err("said twice".to_owned());
        }
        self.expected.heads.push(head);
        Ok(())
    }

    fn gap(&mut self, number: usize, owner: &str, text: &str) -> Result<(), String> {
        let (kind, place) = text.split_once(' ').ok_or("no KIND PATH:LINE")?;
        one_of(kind, &GAPS)?;
        let from = at(place)?;
        self.add(Statement {
            number,
            text: gap_line(owner, kind, &from),
            shows: Vec::new(),
            from,
            via: Vec::new(),
        })
    }

    fn holding(
        &mut self,
        number: usize,
        owner: &str,
        text: &str,
        has_subject: bool,
    ) -> Result<(), String> {
        let (text, via) = match text.rsplit_once(" via ") {
            Some((text, via)) => (text, said(via)?),
            None => (text, Vec::new()),
        };
        let (text, place) = text.rsplit_once(" from ").ok_or("no ` from `")?;
        let from = at(place)?;
        let (artifact, rest) = text.split_once(' ').ok_or("no ARTIFACT VALUE")?;
        if !Artifact::ALL.iter().any(|known| known.name() == artifact) {
            return Err(format!("`{artifact}` is no artifact"));
        }
        let (subject, value) = if has_subject {
            rest.split_once(' ').ok_or("no SUBJECT VALUE")?
        } else {
            ("", rest)
        };
        if via.iter().any(|(place, _)| *place == from) {
            return Err("`via` repeats `from`".to_owned());
        }
        let line = holding_line(owner, artifact, subject, value, &from, &via);
        self.add(Statement {
            number,
            text: line,
            shows: shows(subject, value),
            from,
            via: via.into_iter().map(|(place, _)| place).collect(),
        })
    }

    fn add(&mut self, statement: Statement) -> Result<(), String> {
        let mut others = self.expected.statements.iter();
        if let Some(other) = others.find(|other| other.text == statement.text) {
            return Err(format!("the same as line {}", other.number));
        }
        self.expected.statements.push(statement);
        Ok(())
    }
}

/// The line of a process.
pub(crate) fn process_head(
    deployment: &str,
    name: &str,
    mut roles: Vec<Role>,
    from: &str,
) -> String {
    roles.sort();
    let words: Vec<&str> = roles.into_iter().map(Role::name).collect();
    let roles = if words.is_empty() {
        "?".to_owned()
    } else {
        words.join(" ")
    };
    format!("{deployment} / {name}: {roles} ({from})")
}

/// The line of a gap.
pub(crate) fn gap_line(owner: &str, kind: &str, place: &At) -> String {
    let words = format!("gap {kind} {}:{}", place.path, place.line);
    match owner {
        "" => words,
        _ => format!("{owner} / {words}"),
    }
}

/// The line of something held, or loose.
pub(crate) fn holding_line(
    owner: &str,
    artifact: &str,
    subject: &str,
    value: &str,
    from: &At,
    via: &[(At, String)],
) -> String {
    let blank = if subject.is_empty() { "" } else { " " };
    let mut line = format!(
        "{owner} / {artifact} {subject}{blank}{value} from {}:{}",
        from.path, from.line
    );
    for (index, (place, how)) in via.iter().enumerate() {
        line.push_str(if index == 0 { " via " } else { ", " });
        line.push_str(&format!("{}:{} {how}", place.path, place.line));
    }
    line
}

/// What must stand in the line of `from`: one of these.
fn shows(subject: &str, value: &str) -> Vec<String> {
    // what is not here, or damaged, shows neither its path nor its value
    if subject.starts_with('/') && ["unknown", "(malformed)"].contains(&value) {
        return Vec::new();
    }
    let mut shows = vec![subject.to_owned(), value.to_owned()];
    for key in value.split(',') {
        let name = key.split_once('=').map_or(key, |(_, name)| name);
        shows.push(name.replace("(weak)", "{{weak."));
    }
    if let Some((scheme, _)) = value.split_once("://") {
        shows.push(format!("{scheme}://"));
    }
    shows.retain(|word| !word.is_empty());
    shows
}

fn said(text: &str) -> Result<Vec<(At, String)>, String> {
    let mut said = Vec::new();
    for part in text.split(", ") {
        let (place, how) = part.split_once(' ').ok_or("no PATH:LINE HOW in `via`")?;
        one_of(how, &HOW)?;
        said.push((at(place)?, how.to_owned()));
    }
    Ok(said)
}

fn at(text: &str) -> Result<At, String> {
    let (path, line) = text
        .rsplit_once(':')
        .ok_or(format!("`{text}` is no PATH:LINE"))?;
    let line = line.parse().map_err(|_| format!("`{line}` is no line"))?;
    let path = path.to_owned();
    Ok(At { path, line })
}

fn braced(text: &str) -> Result<(&str, &str), String> {
    text.strip_suffix(')')
        .and_then(|text| text.rsplit_once(" ("))
        .ok_or("no `(…)` at its end".to_owned())
}

fn one_of(word: &str, words: &[&str]) -> Result<(), String> {
    if words.contains(&word) {
        return Ok(());
    }
    Err(format!("`{word}` is none of {}", words.join(", ")))
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    let head = "deployment a (compose)\nprocess b: worker (name)\n";
    let cases = [
        ("deployment a (podman)", "line 3: `podman` is none of"),
        ("process b: boss (name)", "line 3: `boss` is no role"),
        ("  signing-secret A b", "line 3: no ` from `"),
        ("  gold A b from c:1", "line 3: `gold` is no artifact"),
        ("  signing-secret A b from c", "line 3: `c` is no PATH:LINE"),
        (
            "  signing-secret A b from c:1 via c:2 luck",
            "line 3: `luck` is none of",
        ),
        (
            "  signing-secret A b from c:1 via c:1 mount",
            "line 3: `via` repeats `from`",
        ),
        ("  gap note c:1", "line 3: `note` is none of"),
        ("process b: worker (name)", "line 3: said twice"),
    ];
    for (line, error) in cases {
        let said = parse(&format!("{head}{line}\n")).expect_err(line);
        assert!(said.starts_with(error), "{said}");
    }
    assert!(parse("  gap missing a:1").is_err());
}
