//! Which objects a patch is for.

use regex_lite::Regex;

use super::resource::Resource;
use crate::formats::yaml::Node;

/// The `target` of a patch.
pub(super) struct Selector {
    group: Pattern,
    version: Pattern,
    kind: Pattern,
    name: Pattern,
    namespace: Pattern,
    labels: Vec<Requirement>,
    annotations: Vec<Requirement>,
}

enum Pattern {
    Any,
    Is(Regex),
}

enum Requirement {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Absent(String),
}

impl Selector {
    /// The selector that a node is; `None` where it is not understood.
    pub(super) fn of(node: &Node) -> Option<Selector> {
        let text = |key: &str| {
            node.get(key)
                .and_then(|node| node.as_text())
                .unwrap_or_default()
        };
        Some(Selector {
            group: Pattern::of(text("group"))?,
            version: Pattern::of(text("version"))?,
            kind: Pattern::of(text("kind"))?,
            name: Pattern::of(text("name"))?,
            namespace: Pattern::of(text("namespace"))?,
            labels: requirements(text("labelSelector"))?,
            annotations: requirements(text("annotationSelector"))?,
        })
    }

    pub(super) fn takes(&self, resource: &Resource) -> bool {
        let (now, first) = (resource.id(), resource.first_id());
        let either = |pattern: &Pattern, one: &str, other: &str| {
            pattern.matches(one) || pattern.matches(other)
        };
        let metadata = |of: &str, requirements: &[Requirement]| {
            requirements.iter().all(|requirement| {
                requirement.holds(|key| {
                    let value = resource.object.metadata(of, key)?;
                    value.as_text()
                })
            })
        };
        either(&self.namespace, &first.namespace, &now.namespace)
            && either(&self.name, &first.name, &now.name)
            && self.group.matches(&now.group)
            && self.version.matches(&now.version)
            && self.kind.matches(&now.kind)
            && metadata("labels", &self.labels)
            && metadata("annotations", &self.annotations)
    }
}

impl Pattern {
    fn of(text: &str) -> Option<Pattern> {
        if text.is_empty() {
            return Some(Pattern::Any);
        }
        let anchored = format!("^(?:{text})$");
        Regex::new(&anchored).ok().map(Pattern::Is)
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Pattern::Any => true,
            Pattern::Is(pattern) => pattern.is_match(text),
        }
    }
}

impl Requirement {
    fn holds<'t>(&self, value: impl Fn(&str) -> Option<&'t str>) -> bool {
        let one_of = |key: &str, values: &[String]| {
            value(key).is_some_and(|value| values.iter().any(|other| other == value))
        };
        match self {
            Requirement::In(key, values) => one_of(key, values),
            Requirement::NotIn(key, values) => !one_of(key, values),
            Requirement::Exists(key) => value(key).is_some(),
            Requirement::Absent(key) => value(key).is_none(),
        }
    }
}

/// `a=b, c in (d, e), !f`.
fn requirements(text: &str) -> Option<Vec<Requirement>> {
    let mut depth = 0_u32;
    let parts = text.split(|c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    parts
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(requirement)
        .collect()
}

fn requirement(part: &str) -> Option<Requirement> {
    let own = |key: &str| key.trim().to_owned();
    if let Some(key) = part.strip_prefix('!') {
        return Some(Requirement::Absent(own(key)));
    }
    if let Some((key, value)) = part.split_once("!=") {
        return Some(Requirement::NotIn(own(key), vec![own(value)]));
    }
    if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        return Some(Requirement::In(own(key), vec![own(value)]));
    }
    if let Some((left, values)) = part.split_once('(') {
        let values = values.strip_suffix(')')?.split(',').map(own).collect();
        let mut words = left.split_whitespace();
        let key = words.next()?.to_owned();
        return match (words.next(), words.next(), words.next()) {
            (Some("in"), None, _) => Some(Requirement::In(key, values)),
            (Some("notin"), None, _) => Some(Requirement::NotIn(key, values)),
            _ => None,
        };
    }
    (!part.contains(char::is_whitespace)).then(|| Requirement::Exists(own(part)))
}
