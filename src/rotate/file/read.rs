//! The shape of a plan file: components, start, goal, steps.

use std::sync::Arc;

use crate::formats::yaml::{self, Node, Place, Value};
use crate::model::posture::Signing;
use crate::model::role::Role;
use crate::rotate::plan::{
    Action, Change, Component, Config, Goal, Member, Plan, Step, Strategy, VERSION,
};

use super::error::{PlanError, PlanProblem, nearest, showable};
use super::fields::{at, field_named, list, name, one_of, set, signing, truth};
use super::{MAX_COMPONENTS, MAX_STEPS};

const TOP: [&str; 6] = ["version", "signing", "components", "start", "goal", "steps"];
const COMPONENT: [&str; 4] = ["role", "roles", "strategy", "enqueues"];
const ACTIONS: [&str; 4] = ["roll", "drain", "stop", "start"];
const ALL: &str = "all";

type Entries = [(Arc<Node>, Arc<Node>)];

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

fn mapping(node: &Node) -> Result<&Entries, PlanError> {
    node.entries()
        .ok_or_else(|| at(node, PlanProblem::Not("a mapping of keys to values")))
}

fn needed<'n>(node: &'n Node, key: &'static str) -> Result<&'n Arc<Node>, PlanError> {
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

struct Reader {
    components: Vec<Component>,
    /// Which components run at the step that is read.
    runs: Vec<bool>,
}

impl Reader {
    fn index(&self, node: &Node) -> Result<usize, PlanError> {
        let name = node.as_text();
        self.components
            .iter()
            .position(|component| name == Some(component.name.as_str()))
            .ok_or_else(|| at(node, PlanProblem::UnknownComponent))
    }

    /// The fields among these entries, for some members. What means nothing to a component is
    /// left out for `all`, and refused where the component is named.
    fn changes(
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
                let mut known: Vec<&'static str> = crate::rotate::plan::Field::ALL
                    .map(|field| field.name())
                    .to_vec();
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

    fn steps(&mut self, node: Option<&Arc<Node>>) -> Result<Vec<Step>, PlanError> {
        let Some(node) = node else {
            return Ok(Vec::new());
        };
        let items = match &node.value {
            Value::Sequence(items) => items,
            _ if node.is_null() => return Ok(Vec::new()),
            _ => return Err(at(node, PlanProblem::Not("a list of steps"))),
        };
        if items.len() > MAX_STEPS {
            return Err(at(node, PlanProblem::TooMany));
        }
        items.iter().map(|item| self.step(item)).collect()
    }

    fn step(&mut self, node: &Node) -> Result<Step, PlanError> {
        let entries = mapping(node)?;
        let mut actions = ACTIONS
            .into_iter()
            .filter(|action| node.get(action).is_some());
        let (Some(action), None) = (actions.next(), actions.next()) else {
            return Err(at(node, PlanProblem::NotOneAction));
        };
        for (number, (key, _)) in entries.iter().enumerate() {
            let is_same = |(other, _): &(Arc<Node>, Arc<Node>)| other.as_text() == key.as_text();
            if entries[..number].iter().any(is_same) {
                let shown = key.as_text().and_then(showable).unwrap_or_default();
                return Err(at(key, PlanProblem::Twice(shown)));
            }
        }
        let what = needed(node, action)?;
        let say = node.get("say").map(|node| sentence(node)).transpose()?;
        let action = match action {
            "roll" => Action::Roll(self.members(node, what, true)?),
            "start" => {
                let members = self.members(node, what, false)?;
                members
                    .iter()
                    .for_each(|member| self.runs[member.component] = true);
                Action::Start(members)
            }
            action => {
                let extra = entries
                    .iter()
                    .find(|(key, _)| key.as_text() != Some(action) && key.as_text() != Some("say"));
                if let Some((key, _)) = extra {
                    return Err(at(key, PlanProblem::NoFields(action)));
                }
                if action == "stop" {
                    let (members, _) = self.chosen(what, true)?;
                    members.iter().for_each(|&member| self.runs[member] = false);
                    Action::Stop(members)
                } else if truth(what)? {
                    Action::Drain
                } else {
                    return Err(at(what, PlanProblem::Not("`true`")));
                }
            }
        };
        Ok(Step { action, say })
    }

    /// Who is meant, and whether by name.
    fn chosen(&self, node: &Node, running: bool) -> Result<(Vec<usize>, bool), PlanError> {
        if node.as_text() == Some(ALL) {
            let fit = (0..self.components.len()).filter(|&one| self.runs[one] == running);
            return Ok((fit.collect(), false));
        }
        let mut members: Vec<usize> = Vec::new();
        let one = [node];
        let several: Vec<&Node>;
        let nodes: &[&Node] = match node.items() {
            Some(items) => {
                several = items.iter().map(AsRef::as_ref).collect();
                &several
            }
            None => &one,
        };
        for node in nodes {
            let index = self.index(node)?;
            let name = || self.components[index].name.clone();
            if members.contains(&index) {
                return Err(at(node, PlanProblem::Twice(name())));
            }
            if self.runs[index] != running {
                let problem = if running {
                    PlanProblem::DoesNotRun(name())
                } else {
                    PlanProblem::Runs(name())
                };
                return Err(at(node, problem));
            }
            members.push(index);
        }
        if members.is_empty() {
            return Err(at(
                node,
                PlanProblem::Not("`all`, or the names of components"),
            ));
        }
        Ok((members, true))
    }

    fn members(&self, step: &Node, what: &Node, running: bool) -> Result<Vec<Member>, PlanError> {
        const OTHERS: [&str; 6] = ["roll", "drain", "stop", "start", "each", "say"];
        let (chosen, named) = self.chosen(what, running)?;
        let mut changes = self.changes(mapping(step)?, &OTHERS, &chosen, named)?;
        let each = step.get("each").map(|node| mapping(node)).transpose()?;
        let mut seen: Vec<usize> = Vec::new();
        for (key, value) in each.unwrap_or_default() {
            let index = self.index(key)?;
            if seen.contains(&index) {
                return Err(at(
                    key,
                    PlanProblem::Twice(self.components[index].name.clone()),
                ));
            }
            seen.push(index);
            let Some(position) = chosen.iter().position(|&one| one == index) else {
                return Err(at(key, PlanProblem::UnknownComponent));
            };
            let own = self.changes(mapping(value)?, &[], &[index], true)?;
            for own in own {
                changes[position] = own.or(&changes[position]);
            }
        }
        let members = chosen.into_iter().zip(changes);
        Ok(members
            .map(|(component, change)| Member { component, change })
            .collect())
    }
}

/// A sentence for people, as it may be shown.
fn sentence(node: &Node) -> Result<String, PlanError> {
    let text = node
        .as_text()
        .ok_or_else(|| at(node, PlanProblem::Not("text")))?;
    Ok(text.to_owned())
}
