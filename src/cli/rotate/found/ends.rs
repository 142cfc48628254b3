//! How it ends, where no proof says it: queues that nobody takes from any more, workers that
//! accept anything.

use super::FoundPlan;
use super::rollout::AFTER;
use super::senders::{Peer, verifiers};
use crate::report::rotate::Unknown;
use crate::rotate::message::{Signature, is_signing_on};

/// Variables that say who takes what.
pub(super) const OF_QUEUES: [&str; 4] = [
    "STEM_WORKER_QUEUES",
    "STEM_WORKER_BROADCASTS",
    "STEM_DEFAULT_QUEUE",
    "STEM_ROUTING_CONFIG",
];

/// What is wrong in the end, a sentence each.
pub(super) fn harms(from: Option<&FoundPlan>, to: &FoundPlan, peers: &[Peer]) -> Vec<String> {
    let mut harms = to.weak.clone();
    let beside = || peers.iter().filter(|peer| peer.is_beside(to, from));
    let takes = |found: &FoundPlan| verifiers(&found.plan).next().is_some();
    let is_all_known = to.unknown.is_empty() && to.failing.is_empty();
    let is_taken = takes(to) || beside().any(|peer| !peer.verifiers.is_empty());
    if is_all_known && !is_taken && from.is_some_and(takes) {
        harms.push("no worker is left: whatever is in the queues stays there".to_owned());
    }
    let (signed, unsigned) = sides(to);
    let is_signature = |one: &Signature| matches!(one, Signature::Signed(..));
    let others_sign = signed || beside().any(|peer| peer.signed.iter().any(is_signature));
    if others_sign {
        harms.extend(unsigned);
    }
    harms
}

/// That nobody signs any more, where somebody did.
pub(super) fn unsigned(from: Option<&FoundPlan>, to: &FoundPlan) -> Option<String> {
    let was_on = from.is_some_and(|from| sides(from).0);
    let (is_on, off) = sides(to);
    let text =
        "afterwards signing is off everywhere: whoever reaches the broker can have anything done";
    (was_on && !is_on && !off.is_empty()).then(|| text.to_owned())
}

/// Whether some process signs or verifies, and what is said of those that do not.
fn sides(found: &FoundPlan) -> (bool, Vec<String>) {
    let parts = found.plan.components.iter().zip(&found.plan.start);
    let mut is_on = false;
    let mut off = Vec::new();
    // how a process signs of which not all is known, is not known
    let mut open: Vec<&str> = found.unknown.iter().map(|one| &*one.process).collect();
    open.extend(found.failing.iter().map(|one| &*one.process));
    for (component, config) in parts.filter(|(component, _)| component.signs()) {
        if open.contains(&&*component.name) {
            continue;
        }
        if is_signing_on(config) {
            is_on = true;
            continue;
        }
        let what = match component.verifies() {
            true => "it accepts anything",
            false => "nothing that it sends is signed",
        };
        off.push(format!(
            "afterwards signing is off in `{}`: {what}",
            component.name
        ));
    }
    (is_on, off)
}

/// Queues that change: the proof is of those that stay.
pub(super) fn queues(from: &FoundPlan, to: &FoundPlan) -> Vec<Unknown> {
    let mut unknown = Vec::new();
    for ((process, variable), after) in &to.queues {
        let Some(before) = from.queues.get(&(process.clone(), *variable)) else {
            continue;
        };
        if before != after {
            let why = "it changes: who takes what waits in its queues, and what goes there, is not judged";
            unknown.push(unknown_of(process, variable, why));
        }
    }
    let own = |found: &FoundPlan, name: &str| {
        let key =
            |variable: &&'static str| found.queues.get(&(name.to_owned(), *variable)).cloned();
        OF_QUEUES.iter().map(key).collect::<Vec<_>>()
    };
    for (worker, _) in verifiers(&from.plan) {
        let stays = to.plan.component(&worker.name).is_some();
        let queues = own(from, &worker.name);
        let mut others = verifiers(&to.plan).peekable();
        let is_last = others.peek().is_none();
        if !stays && !is_last && !others.any(|(other, _)| own(to, &other.name) == queues) {
            let why = format!(
                "`{}` is gone, and no other worker is given the same queues",
                worker.name
            );
            unknown.push(unknown_of(&to.name, "who takes from its queues", &why));
        }
    }
    unknown
}

fn unknown_of(process: &str, what: &str, why: &str) -> Unknown {
    Unknown {
        deployment: AFTER,
        process: process.to_owned(),
        what: what.to_owned(),
        why: why.to_owned(),
        location: None,
        remedy: "change it in a rollout of its own, with the queues empty".to_owned(),
    }
}
