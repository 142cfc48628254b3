//! The steps of a plan file.

use std::sync::Arc;

use crate::formats::yaml::{Node, Value};
use crate::rotate::plan::{Action, Member, Step};

use super::MAX_STEPS;
use super::error::{PlanError, PlanProblem, showable};
use super::fields::{at, truth};
use super::read::{ALL, Reader, mapping, needed};

const ACTIONS: [&str; 4] = ["roll", "drain", "stop", "start"];

impl Reader {
    pub(super) fn steps(&mut self, node: Option<&Arc<Node>>) -> Result<Vec<Step>, PlanError> {
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
