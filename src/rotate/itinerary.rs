//! A plan as people carry it out: step by step, who restarts, which variables and settings
//! change, what must be true before the next step, and how to go back from there. Ids and
//! names, never values.

use crate::model::env;
use crate::model::role::Role;

use super::devise::back;
use super::moment::State;
use super::plan::{Action, Change, ClientAuth, Component, Field, Key, Member, Plan};

/// A plan, told for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Itinerary {
    /// One a step.
    pub stages: Vec<Stage>,
}

/// A step, told for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Its number, from 1.
    pub number: usize,
    /// What is done with whom: roll, stop, start, or wait.
    pub verb: Verb,
    /// The components, in the plan's order.
    pub members: Vec<String>,
    /// What changes, for each group of components to which the same happens.
    pub changes: Vec<Group>,
    /// Why.
    pub say: Option<String>,
    /// What must be true before the next step.
    pub gate: Gate,
    /// How to take a broker's settings over, where the step changes any.
    pub reload: Vec<&'static str>,
    /// The steps that lead back from here; `None` when there is no safe way.
    pub back: Option<Vec<String>>,
}

/// What is done in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Restart into the new configuration, in any order.
    Roll,
    /// Stop.
    Stop,
    /// Start.
    Start,
    /// Wait.
    Wait,
}

impl Verb {
    /// The word for it in plans.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Verb::Roll => "roll",
            Verb::Stop => "stop",
            Verb::Start => "start",
            Verb::Wait => "wait",
        }
    }
}

/// Components that are given the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Their names.
    pub members: Vec<String>,
    /// Variable or setting, and what it becomes.
    pub settings: Vec<(String, String)>,
}

/// What must be true before the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Every process of these components runs the new configuration, every old one is gone.
    Rolled,
    /// They have exited.
    Stopped,
    /// They run.
    Started,
    /// Nothing is left that was signed before.
    Drained,
}

impl Gate {
    /// The gate in words.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Gate::Rolled => {
                "every process of these components runs the new configuration, and every old one has exited"
            }
            Gate::Stopped => "every process of these components has exited",
            Gate::Started => "every process of these components runs",
            Gate::Drained => {
                "nothing is left that was signed before: not in the streams after the group's last delivered entry, \
                 not pending, not delayed"
            }
        }
    }
}

/// What to watch from the first step to a while after the last.
pub const WATCH: [&str; 4] = [
    "the metric stem.tasks.signature_invalid: it must not rise",
    "dead letters (stem:dead:QUEUE) with the reason signature-invalid: there must be no new ones",
    "pending entries that are delivered again and again",
    "processes that do not start or do not connect",
];

/// Redis reads certificates when told to; which way works depends on what runs.
const RELOAD_TLS: [&str; 3] = [
    "Redis 7 and newer, Valkey: replace the files, then CONFIG SET tls-ca-cert-file PATH tls-cert-file PATH tls-key-file PATH in one \
     command, the same paths again; connections that are open stay as they are",
    "Redis 6: the same, a setting at a time; a key that does not fit the certificate yet is refused, so restart it instead",
    "Sentinel: restart it; it takes no certificates while it runs",
];
const RELOAD_PORTS: [&str; 1] =
    ["ports, requirepass and tls-auth-clients: restart the broker; clients connect anew"];

impl Itinerary {
    /// The plan, told.
    #[must_use]
    pub fn of(plan: &Plan) -> Itinerary {
        let mut state = State::at_start(plan);
        let mut stages = Vec::new();
        for (index, step) in plan.steps.iter().enumerate() {
            let before = state.clone();
            state.pass(index + 1, &step.action);
            stages.push(stage(plan, index, &before));
        }
        Itinerary { stages }
    }
}

fn stage(plan: &Plan, index: usize, before: &State) -> Stage {
    let step = &plan.steps[index];
    let name = |component: usize| plan.components[component].name.clone();
    let (verb, gate, members): (Verb, Gate, &[Member]) = match &step.action {
        Action::Roll(members) => (Verb::Roll, Gate::Rolled, members),
        Action::Start(members) => (Verb::Start, Gate::Started, members),
        Action::Stop(_) => (Verb::Stop, Gate::Stopped, &[]),
        Action::Drain => (Verb::Wait, Gate::Drained, &[]),
    };
    let named = match &step.action {
        Action::Stop(stopped) => stopped.iter().copied().map(name).collect(),
        _ => members
            .iter()
            .map(|member| name(member.component))
            .collect(),
    };
    let real: Vec<Member> = members
        .iter()
        .map(|member| {
            let old = &before.configs[member.component];
            let change = Change::between(old, &member.change.applied_to(old));
            Member {
                component: member.component,
                change,
            }
        })
        .collect();
    Stage {
        number: index + 1,
        verb,
        members: named,
        changes: groups(plan, &real),
        say: step.say.clone(),
        gate,
        reload: reload(plan, &real),
        back: back(plan, index + 1).map(|back| told(&back, index + 1)),
    }
}

/// The steps after the first few, a line each.
fn told(plan: &Plan, gone: usize) -> Vec<String> {
    let mut state = State::at_start(plan);
    let mut lines = Vec::new();
    for (index, step) in plan.steps.iter().enumerate() {
        state.pass(index + 1, &step.action);
        if index >= gone {
            lines.push(line(plan, &step.action));
        }
    }
    lines
}

fn line(plan: &Plan, action: &Action) -> String {
    let names = |members: &[Member]| {
        let names: Vec<&str> = members
            .iter()
            .map(|member| plan.components[member.component].name.as_str())
            .collect();
        names.join(", ")
    };
    let with = |members: &[Member]| {
        let groups = groups(plan, members);
        let told: Vec<String> = groups
            .iter()
            .map(|group| {
                let settings: Vec<String> = group
                    .settings
                    .iter()
                    .map(|(name, value)| format!("{name} {value}"))
                    .collect();
                format!("{}: {}", group.members.join(", "), settings.join("; "))
            })
            .collect();
        told.join(" | ")
    };
    match action {
        Action::Drain => "wait until nothing is left that was signed in between".to_owned(),
        Action::Stop(members) => {
            let names: Vec<&str> = members
                .iter()
                .map(|&member| plan.components[member].name.as_str())
                .collect();
            format!("stop {}", names.join(", "))
        }
        Action::Start(members) if members.iter().all(|member| member.change.is_empty()) => {
            format!("start {}", names(members))
        }
        Action::Start(members) => format!("start {}, with {}", names(members), with(members)),
        Action::Roll(members) => format!("roll {}", with(members)),
    }
}

fn groups(plan: &Plan, members: &[Member]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for member in members.iter().filter(|member| !member.change.is_empty()) {
        let component = &plan.components[member.component];
        let settings = settings(component, &member.change);
        match groups.iter_mut().find(|group| group.settings == settings) {
            Some(group) => group.members.push(component.name.clone()),
            None => groups.push(Group {
                members: vec![component.name.clone()],
                settings,
            }),
        }
    }
    groups
}

fn reload(plan: &Plan, members: &[Member]) -> Vec<&'static str> {
    let of_brokers = || {
        members
            .iter()
            .filter(|member| plan.components[member.component].has(Role::Broker))
    };
    let says = |fields: &[Field]| {
        of_brokers().any(|member| fields.iter().any(|field| member.change.says(*field)))
    };
    let mut lines = Vec::new();
    if says(&[Field::Ports, Field::Clients, Field::Password]) {
        lines.extend(RELOAD_PORTS);
    } else if says(&[Field::Trust, Field::Leaf]) {
        lines.extend(RELOAD_TLS);
    }
    lines
}

/// Which variables, or settings of Redis, a change is about, and what they become.
fn settings(component: &Component, change: &Change) -> Vec<(String, String)> {
    let is_broker = component.has(Role::Broker);
    Field::ALL
        .into_iter()
        .filter(|field| change.says(*field))
        .map(|field| {
            (
                variable(field, is_broker).to_owned(),
                value(change, field, is_broker),
            )
        })
        .collect()
}

fn variable(field: Field, is_broker: bool) -> &'static str {
    match (field, is_broker) {
        (Field::Signing, _) => env::SIGNING_ALGORITHM,
        (Field::Keys, _) => env::SIGNING_KEYS,
        (Field::Public, _) => env::SIGNING_PUBLIC_KEYS,
        (Field::Private, _) => env::SIGNING_PRIVATE_KEYS,
        (Field::Active, _) => env::SIGNING_ACTIVE_KEY,
        (Field::Url, _) => "URLs of the broker and of stores on it",
        (Field::Insecure, _) => env::TLS_ALLOW_INSECURE,
        (Field::Trust, false) => "the file of STEM_TLS_CA_CERT",
        (Field::Trust, true) => "the file of tls-ca-cert-file",
        (Field::Leaf, false) => "the files of STEM_TLS_CLIENT_CERT and STEM_TLS_CLIENT_KEY",
        (Field::Leaf, true) => "the files of tls-cert-file and tls-key-file",
        (Field::Password, false) => "the password in its URLs",
        (Field::Password, true) => "requirepass",
        (Field::Ports, _) => "port and tls-port",
        (Field::Clients, _) => "tls-auth-clients",
    }
}

fn value(change: &Change, field: Field, is_broker: bool) -> String {
    let keys = |keys: &Option<Vec<Key>>| {
        let ids: Vec<String> = keys.iter().flatten().map(ToString::to_string).collect();
        or_none(&ids.join(", "))
    };
    let word = |word: &Option<Option<String>>| {
        or_none(word.clone().flatten().as_deref().unwrap_or_default())
    };
    match field {
        Field::Signing => change
            .signing
            .map_or_else(String::new, |signing| signing.to_string()),
        Field::Keys => keys(&change.keys),
        Field::Public => keys(&change.public),
        Field::Private => keys(&change.private),
        Field::Active => word(&change.active),
        Field::Url => change
            .url
            .map_or_else(String::new, |url| format!("{}://", url.name())),
        Field::Insecure => change
            .insecure
            .map_or_else(String::new, |insecure| insecure.to_string()),
        Field::Trust => or_none(&change.trust.clone().unwrap_or_default().join(" and ")),
        Field::Leaf => match change.leaf.clone().flatten() {
            Some(leaf) => leaf.to_string(),
            None => "none".to_owned(),
        },
        Field::Password => word(&change.password),
        Field::Ports => {
            let ports = change.ports.map(|ports| (ports.plain, ports.tls));
            match ports {
                Some((true, true)) => "one without TLS and one with it",
                Some((true, false)) => "only one without TLS",
                Some((false, true)) => "only one with TLS",
                _ => "none",
            }
            .to_owned()
        }
        Field::Clients => match change.clients {
            Some(ClientAuth::Required) => "yes",
            Some(ClientAuth::Optional) => "optional",
            _ if is_broker => "no",
            _ => "",
        }
        .to_owned(),
    }
}

fn or_none(text: &str) -> String {
    if text.is_empty() { "none" } else { text }.to_owned()
}
