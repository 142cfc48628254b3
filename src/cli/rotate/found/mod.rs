//! Deployments as they are found, as plans: each process a component with what it really
//! gets. Nothing is guessed: what the files do not say is listed, and then nothing can be
//! proven.

pub(in crate::cli::rotate) mod alone;
mod broker;
mod changes;
mod client;
mod ends;
mod gaps;
mod meant;
mod names;
mod pairs;
pub(in crate::cli) mod rollout;
mod senders;
mod site;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use client::{Address, Store};
use names::Names;

use crate::audit::case::Case;
use crate::audit::process::Kind;
use crate::model::manifest::Rotation;
use crate::report::rotate::{Failing, LeftOut, Unknown};
use crate::rotate::Plan;

/// A deployment as a plan without steps, and what cannot be said of it.
#[derive(Debug)]
pub(super) struct FoundPlan {
    /// The deployment's name.
    pub(super) name: String,
    /// What starts its processes.
    pub(super) kind: Kind,
    /// Its folder, below the one that was named.
    pub(super) folder: String,
    /// Its components, and how they are configured.
    pub(super) plan: Plan,
    /// What the files do not say, though a proof needs it.
    pub(super) unknown: Vec<Unknown>,
    /// Processes that do not start, for a reason that no plan can express.
    pub(super) failing: Vec<Failing>,
    /// Processes that are no part of the plan, and why.
    pub(super) left_out: Vec<LeftOut>,
    /// What was taken for granted to read it so.
    pub(super) assumptions: Vec<String>,
    /// Where its clients find the broker: no plan says it, and it must stay as it is.
    addresses: BTreeMap<String, Option<Address>>,
    /// Brokers that are not among its own files.
    elsewhere: Vec<Address>,
    /// Its other URLs, by process and variable.
    stores: BTreeMap<(String, &'static str), Store>,
    /// What says who takes what, by process and variable.
    queues: BTreeMap<(String, &'static str), String>,
    /// Keys that are none, a sentence each.
    weak: Vec<String>,
    /// Why no connection is judged, where none is.
    without_broker: Option<String>,
    /// The ports of the broker: in clear, and with TLS.
    ports: (u16, u16),
    /// Of all that a broker is given that is not judged.
    footprint: [u8; 32],
    /// What a wait rests on.
    pub(super) rotation: Rotation,
}

impl FoundPlan {
    /// Whether there is nothing in it to judge.
    fn is_empty(&self) -> bool {
        self.plan.components.is_empty() && self.unknown.is_empty() && self.failing.is_empty()
    }
}

/// What is below one folder.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Its deployments.
    pub(super) plans: Vec<FoundPlan>,
    /// What is none, and why it is left out.
    pub(super) left_out: Vec<String>,
}

/// Reads every deployment of a tree. CAs have to be known beforehand.
fn present(case: &Case<'_>, names: &mut Names, when: &'static str, root: &str) -> Found {
    let mut found = Found::default();
    for site in &case.sites {
        let deployment = &site.listed.deployment;
        if matches!(deployment.kind, Kind::Image | Kind::Environment) {
            found.left_out.push(format!(
                "`{}`: an image is no deployment; what runs it says what it is given",
                deployment.name
            ));
            continue;
        }
        let plan = site::read(case, site, names, when, root);
        if plan.is_empty() {
            let line = format!("`{}`: no process of Stem is in it", deployment.name);
            found.left_out.push(line);
            continue;
        }
        found.plans.push(plan);
    }
    found
}
