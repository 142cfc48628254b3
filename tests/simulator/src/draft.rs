//! A plan as it is being written: text for every value, so that any mistake can be made in it.

use std::fmt::Write as _;

/// Names of fields with their values, as YAML has them.
pub(crate) type Values = Vec<(&'static str, String)>;

#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) roles: Vec<&'static str>,
    pub(crate) recreate: bool,
    pub(crate) enqueues: Option<bool>,
}

impl Part {
    pub(crate) fn is(&self, role: &str) -> bool {
        self.roles.contains(&role)
    }

    pub(crate) fn is_stem(&self) -> bool {
        let stem = ["producer", "worker", "beat", "cli", "dashboard"];
        stem.iter().any(|role| self.is(role))
    }

    /// Whether it may have a private key.
    pub(crate) fn may_sign(&self) -> bool {
        self.is("producer")
            || self.is("beat")
            || (self.is("dashboard") && self.enqueues == Some(true))
    }

    pub(crate) fn is_source(&self) -> bool {
        self.may_sign() && self.enqueues != Some(false)
    }
}

#[derive(Clone)]
pub(crate) struct Move {
    pub(crate) act: &'static str,
    pub(crate) members: Vec<String>,
    pub(crate) values: Values,
    pub(crate) each: Vec<(String, Values)>,
}

#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) signing: &'static str,
    pub(crate) parts: Vec<Part>,
    pub(crate) start: Vec<(String, Values)>,
    pub(crate) goal: Vec<(String, Values)>,
    pub(crate) moves: Vec<Move>,
}

impl Draft {
    /// The plan file.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("version: 1\nsigning: {}\ncomponents:\n", self.signing);
        for part in &self.parts {
            let _ = writeln!(text, "  {}: {{ {} }}", part.name, about(part));
        }
        for (word, named) in [("start", &self.start), ("goal", &self.goal)] {
            if !named.is_empty() {
                let _ = writeln!(text, "{word}:");
            }
            for (name, values) in named {
                let _ = writeln!(text, "  {name}: {{ {} }}", flow(values));
            }
        }
        let _ = writeln!(
            text,
            "steps:{}",
            if self.moves.is_empty() { " []" } else { "" }
        );
        for one in &self.moves {
            let _ = writeln!(text, "  - {{ {} }}", step(one, self.parts.len()));
        }
        text
    }
}

fn about(part: &Part) -> String {
    let mut text = match part.roles.as_slice() {
        [role] => format!("role: {role}"),
        many => format!("roles: [{}]", many.join(", ")),
    };
    if part.recreate {
        text.push_str(", strategy: recreate");
    }
    if let Some(told) = part.enqueues {
        let _ = write!(text, ", enqueues: {told}");
    }
    text
}

fn flow(values: &Values) -> String {
    let pairs = values
        .iter()
        .map(|(name, value)| format!("{name}: {value}"));
    pairs.collect::<Vec<_>>().join(", ")
}

fn step(one: &Move, parts: usize) -> String {
    if one.act == "drain" {
        return "drain: true".to_owned();
    }
    let members = one.members.join(", ");
    let mut text = match one.members.as_slice() {
        [name] => format!("{}: {name}", one.act),
        many if many.len() == parts => format!("{}: all", one.act),
        _ => format!("{}: [{members}]", one.act),
    };
    if !one.values.is_empty() {
        let _ = write!(text, ", {}", flow(&one.values));
    }
    let each = one.each.iter().filter(|(_, values)| !values.is_empty());
    let each: Vec<String> = each
        .map(|(name, values)| format!("{name}: {{ {} }}", flow(values)))
        .collect();
    if !each.is_empty() {
        let _ = write!(text, ", each: {{ {} }}", each.join(", "));
    }
    text
}
