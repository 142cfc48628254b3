//! What changes between two deployments and stands in no plan: addresses, numbers of ports,
//! stores, brokers that are elsewhere. Where it matters, the proof says nothing of it.

use super::FoundPlan;
use super::client::Address;
use super::rollout::AFTER;
use crate::model::posture::Signing;
use crate::model::role::Role;
use crate::report::rotate::Unknown;
use crate::rotate::plan::{Config, Scheme};

/// What nobody can say, and what is only to be noted.
pub(super) fn unsaid(from: &FoundPlan, to: &FoundPlan) -> (Vec<Unknown>, Vec<String>) {
    let mut unknown = of_clients(from, to);
    unknown.extend(of_broker(from, to));
    let mut notes = Vec::new();
    for (key, after) in &to.stores {
        let (process, variable) = key;
        let before = from.stores.get(key);
        let is_same = before.is_some_and(|before| before.print == after.print);
        let follows = after.follows && before.is_none_or(|before| before.follows);
        let is_near = after.is_near || before.is_some_and(|before| before.is_near);
        if follows || is_same && (!is_near || is_still(from, to, process)) {
            continue;
        }
        if !is_near {
            notes.push(format!(
                "`{variable}` of `{process}` changes: connections to stores are not judged"
            ));
            continue;
        }
        let why = "it leads to the broker's own Redis, but not with the scheme and the password of STEM_BROKER_URL";
        let remedy = format!("have both alike, or change {variable} in a rollout of its own");
        unknown.push(unknown_of(process, variable, why, &remedy));
    }
    (unknown, notes)
}

/// A deployment that is new while others are gone.
pub(super) fn taking_over(to: &FoundPlan, gone: &[String]) -> Vec<Unknown> {
    let names: Vec<String> = gone.iter().map(|name| format!("`{name}`")).collect();
    let why = format!(
        "it is new while {} is gone: whether it takes over its messages is not known",
        names.join(" and ")
    );
    let remedy = "if it is the same, have it under the same name or in the same folder in both";
    let unknown = unknown_of(&to.name, "what it was before", &why, remedy);
    (!gone.is_empty()).then_some(unknown).into_iter().collect()
}

/// Whether nothing of a client's connection changes, nor the broker.
fn is_still(from: &FoundPlan, to: &FoundPlan, process: &str) -> bool {
    let broker = |found: &FoundPlan| {
        let at = found.plan.component(&broker_name(found))?;
        Some(found.plan.start[at].clone())
    };
    transport(from, process) == transport(to, process)
        && broker(from) == broker(to)
        && from.footprint == to.footprint
}

fn unknown_of(process: &str, what: &str, why: &str, remedy: &str) -> Unknown {
    Unknown {
        deployment: AFTER,
        process: process.to_owned(),
        what: what.to_owned(),
        why: why.to_owned(),
        location: None,
        remedy: remedy.to_owned(),
    }
}

/// Whether connections can be judged in both.
fn is_judged(from: &FoundPlan, to: &FoundPlan) -> bool {
    from.without_broker.is_none() && to.without_broker.is_none()
}

fn of_clients(from: &FoundPlan, to: &FoundPlan) -> Vec<Unknown> {
    let mut unknown = Vec::new();
    let mut say = |process: &str, what: &str, why: &str, remedy: &str| {
        unknown.push(unknown_of(process, what, why, remedy));
    };
    let judged = is_judged(from, to);
    for (process, after) in &to.addresses {
        let Some(before) = from.addresses.get(process) else {
            if !judged && !is_known_elsewhere(from, to, process) {
                let why = "it is new, and connects as no process did";
                let remedy = "have the broker's own files among these";
                say(process, "how it connects", why, remedy);
            }
            continue;
        };
        if moves(before.as_ref(), after.as_ref()) {
            let why = "the host, the database or the kind of broker changes: whether both lead to one broker is not known, and messages do not \
                       move from one to another";
            let remedy = "change it in a rollout of its own, with the queues empty";
            say(process, "STEM_BROKER_URL", why, remedy);
        } else if is_other_port(before.as_ref(), after.as_ref(), (from, to), judged) {
            let why =
                "the port changes: whether the broker listens on both in between is not known";
            let remedy = "change it in a rollout of its own, with the broker on both ports";
            say(process, "STEM_BROKER_URL", why, remedy);
        } else if !judged && transport(from, process) != transport(to, process) {
            let why = "how it connects to the broker changes, and the broker cannot be judged";
            let remedy = "have the broker's own files among these";
            say(process, "how it connects", why, remedy);
        }
    }
    unknown
}

fn of_broker(from: &FoundPlan, to: &FoundPlan) -> Option<Unknown> {
    let say = |process: &str, what: &str, why: &str, remedy: &str| {
        Some(unknown_of(process, what, why, remedy))
    };
    let judged = is_judged(from, to);
    if judged && is_other_number(from.ports, to.ports) {
        let why = "a port of the broker gets another number: clients that are not restarted yet look for it at the old one";
        let remedy = "let it listen on both in between";
        return say(&broker_name(to), "its port", why, remedy);
    }
    if from.without_broker.is_some() != to.without_broker.is_some() {
        let why = "the broker can be judged in one of the two only";
        return say(
            "the broker",
            "its configuration",
            why,
            "have its files in both",
        );
    }
    if !judged && from.footprint != to.footprint {
        let why = "it changes, and cannot be judged";
        let remedy = "have all of its configuration among these files";
        return say("the broker", "its configuration", why, remedy);
    }
    None
}

fn moves(before: Option<&Address>, after: Option<&Address>) -> bool {
    match (before, after) {
        (Some(before), Some(after)) => {
            before.host != after.host || before.database != after.database
        }
        (before, after) => before.is_some() != after.is_some(),
    }
}

/// Whether it looks for the broker at another port, and not because that speaks TLS there.
fn is_other_port(
    before: Option<&Address>,
    after: Option<&Address>,
    (from, to): (&FoundPlan, &FoundPlan),
    judged: bool,
) -> bool {
    let Some((before, after)) = before.zip(after) else {
        return false;
    };
    let fits = |address: &Address, found: &FoundPlan| match address.scheme {
        Scheme::Redis => address.port == found.ports.0,
        Scheme::Rediss => address.port == found.ports.1,
    };
    let is_turned = before.scheme != after.scheme;
    let is_fine = match (is_turned, judged) {
        (true, true) => fits(before, from) && fits(after, to),
        (true, false) => true, // said anyway
        (false, _) => before.port == after.port,
    };
    !is_fine
}

fn is_other_number(from: (u16, u16), to: (u16, u16)) -> bool {
    let other = |from: u16, to: u16| from != 0 && to != 0 && from != to;
    other(from.0, to.0) || other(from.1, to.1)
}

fn broker_name(found: &FoundPlan) -> String {
    let mut all = found.plan.components.iter();
    let broker = all.find(|component| component.has(Role::Broker));
    broker.map_or_else(|| "the broker".to_owned(), |one| one.name.clone())
}

/// All that a connection depends on, to be compared and never shown.
fn transport(found: &FoundPlan, process: &str) -> Option<Config> {
    let config = &found.plan.start[found.plan.component(process)?];
    let mut transport = Config {
        url: config.url,
        insecure: config.insecure,
        trust: config.trust.clone(),
        leaf: config.leaf.clone(),
        password: config.password.clone(),
        ..Config::new(Signing::None)
    };
    if let Some(leaf) = &mut transport.leaf {
        // which certificate of that CA makes no difference
        leaf.cert = None;
    }
    Some(transport)
}

/// Whether a new process connects as some process did before.
fn is_known_elsewhere(from: &FoundPlan, to: &FoundPlan, process: &str) -> bool {
    let wanted = (transport(to, process), to.addresses.get(process));
    let mut before = from.addresses.iter();
    before.any(|(other, address)| (transport(from, other), Some(address)) == wanted)
}
