//! The shape of a plan file: components, start and goal; steps are read beside it.

use std::sync::Arc;

use crate::formats::yaml::{self, Node, Place};
use crate::model::posture::Signing;
use crate::model::role::Role;
use crate::rotate::plan::{Change, Component, Config, Field, Goal, Plan, Strategy, VERSION};

use super::MAX_COMPONENTS;
use super::error::{PlanError, PlanProblem, nearest, showable};
use super::fields::{at, field_named, list, name, one_of, set, signing, truth};

const TOP: [&str; 6] = ["version", "signing", "components", "start", "goal", "steps"];
const COMPONENT: [&str; 4] = ["role", "roles", "strategy", "enqueues"];
pub(super) const ALL: &str = "all";

pub(super) type Entries = [(Arc<Node>, Arc<Node>)];

/// Reads a plan.
pub(super) fn plan(bytes: &[u8]) -> Result<Plan, PlanError> {
    let documents = yaml::read(bytes, 0).map_err(|error| PlanError {
        place: error.place,
        problem: PlanProblem::Yaml(error.problem),
    })?;
    let [document] = documents.as_slice() else {
        return Err(PlanError {
            place: Place::top(0),
            problem: PlanProblem::Documents,
        });
    };
    mapping(document)?;
    version(document)?;
    known_keys(document, &TOP)?;
    let signing = signing(needed(document, "signing")?)?;
    let components = components(needed(document, "components")?)?;
    let mut reader = Reader {
        runs: vec![true; components.len()],
        components,
    };
    let start = reader.start(document.get("start"), signing)?;
    let runs = reader.runs.clone();
    let goal = reader.goal(document.get("goal"))?;
    let steps = reader.steps(document.get("steps"))?;
    Ok(Plan {
        signing,
        components: reader.components,
        start,
        runs,
        goal,
        steps,
    })
}

fn version(document: &Node) -> Result<(), PlanError> {
    let Some(node) = document.get("version") else {
        return Err(at(document, PlanProblem::NoVersion));
    };
    match node.as_text().map(str::parse::<u64>) {
        Some(Ok(VERSION)) => Ok(()),
        Some(Ok(_)) => Err(at(node, PlanProblem::OtherVersion)),
        _ => Err(at(node, PlanProblem::NoVersion)),
    }
}

pub(super) fn mapping(node: &Node) -> Result<&Entries, PlanError> {
    node.entries()
        .ok_or_else(|| at(node, PlanProblem::Not("a mapping of keys to values")))
}

pub(super) fn needed<'n>(node: &'n Node, key: &'static str) -> Result<&'n Arc<Node>, PlanError> {
    node.get(key)
        .ok_or_else(|| at(node, PlanProblem::Missing(key)))
}

/// That a key is none of those that are read.
pub(super) fn unknown_key(key: &Node, known: &[&'static str]) -> PlanError {
    let text = key.as_text().unwrap_or_default();
    let problem = PlanProblem::UnknownKey {
        key: showable(text),
        nearest: nearest(text, known),
    };
    at(key, problem)
}

fn known_keys(node: &Node, known: &[&'static str]) -> Result<(), PlanError> {
    let entries = mapping(node)?;
    for (number, (key, _)) in entries.iter().enumerate() {
        let text = key.as_text().filter(|text| known.contains(text));
        let Some(text) = text else {
            return Err(unknown_key(key, known));
        };
        if entries[..number]
            .iter()
            .any(|(earlier, _)| earlier.as_text() == Some(text))
        {
            return Err(at(key, PlanProblem::Twice(text.to_owned())));
        }
    }
    Ok(())
}

fn components(node: &Node) -> Result<Vec<Component>, PlanError> {
    let entries = mapping(node)?;
    if entries.is_empty() {
        return Err(at(node, PlanProblem::Missing("components")));
    }
    if entries.len() > MAX_COMPONENTS {
        return Err(at(node, PlanProblem::TooMany));
    }
    let mut components: Vec<Component> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let name = name(key, "the name of a component")?;
        if name == ALL {
            return Err(at(key, PlanProblem::Reserved));
        }
        if components.iter().any(|one| one.name == name) {
            return Err(at(key, PlanProblem::Twice(name)));
        }
        components.push(component(name, value)?);
    }
    Ok(components)
}

fn component(name: String, node: &Node) -> Result<Component, PlanError> {
    known_keys(node, &COMPONENT)?;
    let role = |node: &Node| one_of(node, Role::ALL, Role::name);
    let roles = match (node.get("role"), node.get("roles")) {
        (Some(one), None) => vec![role(one)?],
        (None, Some(several)) => list(several, role)?,
        _ => Vec::new(),
    };
    if roles.is_empty() {
        return Err(at(node, PlanProblem::Missing("role")));
    }
    let strategy = match node.get("strategy") {
        None => Strategy::Rolling,
        Some(node) => one_of(
            node,
            [Strategy::Rolling, Strategy::Recreate],
            Strategy::name,
        )?,
    };
    let enqueues = node.get("enqueues").map(|node| truth(node)).transpose()?;
    Ok(Component {
        name,
        roles,
        strategy,
        enqueues,
    })
}

pub(super) struct Reader {
    pub(super) components: Vec<Component>,
    /// Which components run at the step that is read.
    pub(super) runs: Vec<bool>,
}

impl Reader {
    pub(super) fn index(&self, node: &Node) -> Result<usize, PlanError> {
        let name = node.as_text();
        self.components
            .iter()
            .position(|component| name == Some(component.name.as_str()))
            .ok_or_else(|| at(node, PlanProblem::UnknownComponent))
    }

    /// The fields among these entries, for some members. What means nothing to a component is
    /// left out for `all`, and refused where the component is named.
    pub(super) fn changes(
        &self,
        entries: &Entries,
        skipped: &[&str],
        members: &[usize],
        named: bool,
    ) -> Result<Vec<Change>, PlanError> {
        let mut changes = vec![Change::default(); members.len()];
        for (key, value) in entries {
            let text = key.as_text().unwrap_or_default();
            if skipped.contains(&text) {
                continue;
            }
            let Some(field) = field_named(text) else {
                let mut known: Vec<&'static str> = Field::ALL.map(|field| field.name()).to_vec();
                if skipped.contains(&"roll") {
                    known.extend(["roll", "drain", "stop", "start", "each", "say"]);
                }
                return Err(unknown_key(key, &known));
            };
            let mut read = Change::default();
            set(&mut read, field, value)?;
            for (change, &member) in changes.iter_mut().zip(members) {
                let component = &self.components[member];
                if component.uses(field) {
                    if change.says(field) {
                        return Err(at(key, PlanProblem::Twice(text.to_owned())));
                    }
                    *change = std::mem::take(change).or(&read);
                } else if named {
                    let problem = PlanProblem::Meaningless {
                        field: field.name(),
                        component: component.name.clone(),
                    };
                    return Err(at(key, problem));
                }
            }
        }
        Ok(changes)
    }

    /// `all: …, NAME: …`: what each component is given; `None` where `NAME: null` stands.
    fn each(&self, node: Option<&Arc<Node>>) -> Result<Vec<Option<Change>>, PlanError> {
        let mut each = vec![Some(Change::default()); self.components.len()];
        let Some(node) = node else { return Ok(each) };
        let everybody: Vec<usize> = (0..self.components.len()).collect();
        if let Some(all) = node.get(ALL) {
            let changes = self.changes(mapping(all)?, &[], &everybody, false)?;
            each = changes.into_iter().map(Some).collect();
        }
        let mut named: Vec<usize> = Vec::new();
        let mut seen_all = false;
        for (key, value) in mapping(node)? {
            if key.as_text() == Some(ALL) {
                if std::mem::replace(&mut seen_all, true) {
                    return Err(at(key, PlanProblem::Twice(ALL.to_owned())));
                }
                continue;
            }
            let index = self.index(key)?;
            if named.contains(&index) {
                return Err(at(
                    key,
                    PlanProblem::Twice(self.components[index].name.clone()),
                ));
            }
            named.push(index);
            each[index] = if value.is_null() {
                None
            } else {
                let own = self.changes(mapping(value)?, &[], &[index], true)?;
                let shared = each[index].take().unwrap_or_default();
                own.into_iter().next().map(|own| own.or(&shared))
            };
        }
        Ok(each)
    }

    fn start(
        &mut self,
        node: Option<&Arc<Node>>,
        signing: Signing,
    ) -> Result<Vec<Config>, PlanError> {
        let fresh = Config::new(signing);
        let each = self.each(node)?;
        for (runs, change) in self.runs.iter_mut().zip(&each) {
            *runs = change.is_some();
        }
        let configs = each.iter().map(|change| {
            change
                .as_ref()
                .map_or_else(|| fresh.clone(), |it| it.applied_to(&fresh))
        });
        Ok(configs.collect())
    }

    fn goal(&self, node: Option<&Arc<Node>>) -> Result<Vec<Goal>, PlanError> {
        if node.is_none() {
            return Ok(Vec::new());
        }
        let each = self.each(node)?.into_iter();
        Ok(each.map(|one| one.map_or(Goal::Gone, Goal::Runs)).collect())
    }
}
