//! One deployment as a plan: which processes are components, which Redis is the broker, and
//! what is not known of them.

use std::collections::{BTreeMap, BTreeSet};

use super::client::Place;
use super::names::Names;
use super::{FoundPlan, client, ends};
use crate::audit::case::{Case, Site, Subject};
use crate::audit::process::Process;
use crate::model::role::Role;
use crate::report::rotate::{Failing, LeftOut, Unknown};
use crate::rotate::Plan;
use crate::rotate::message::{Signs, signs};
use crate::rotate::plan::{Component, Config};

/// A deployment while it is read.
pub(super) struct Reading<'r, 'c> {
    pub(super) case: &'r Case<'c>,
    pub(super) site: &'r Site<'c>,
    pub(super) names: &'r mut Names,
    /// Before or after the rollout.
    pub(super) when: &'static str,
    pub(super) unknown: Vec<Unknown>,
    pub(super) failing: Vec<Failing>,
    left_out: Vec<LeftOut>,
    pub(super) assumptions: Vec<String>,
}

/// Learns of every CA whose certificate a process can read.
pub(super) fn learn(case: &Case<'_>, names: &mut Names) {
    for (_, subject) in case.each() {
        for file in &subject.process.files {
            let material = case.materials.of(file);
            for ca in material.iter().flat_map(|one| one.authorities()) {
                names.authority(ca);
            }
        }
    }
}

/// Reads a deployment.
pub(super) fn read(
    case: &Case<'_>,
    site: &Site<'_>,
    names: &mut Names,
    when: &'static str,
    root: &str,
) -> FoundPlan {
    let mut reading = Reading {
        case,
        site,
        names,
        when,
        unknown: Vec::new(),
        failing: Vec::new(),
        left_out: Vec::new(),
        assumptions: site.listed.deployment.assumptions.clone(),
    };
    let mut found = reading.read();
    found.folder = below(root, &site.listed.deployment.folder);
    found
}

/// A folder as it is called below another.
fn below(root: &str, folder: &str) -> String {
    let root = root.trim_start_matches("./").trim_end_matches('/');
    let folder = folder.trim_start_matches("./");
    let rest = folder.strip_prefix(root).unwrap_or(folder);
    rest.trim_start_matches('/').to_owned()
}

impl Reading<'_, '_> {
    fn read(&mut self) -> FoundPlan {
        let site = self.site;
        let deployment = &site.listed.deployment;
        let mut found = FoundPlan {
            name: deployment.name.clone(),
            kind: deployment.kind,
            folder: String::new(),
            plan: Plan {
                signing: site.posture.signing,
                components: Vec::new(),
                start: Vec::new(),
                runs: Vec::new(),
                goal: Vec::new(),
                steps: Vec::new(),
            },
            unknown: Vec::new(),
            failing: Vec::new(),
            left_out: Vec::new(),
            assumptions: Vec::new(),
            addresses: BTreeMap::new(),
            elsewhere: Vec::new(),
            stores: BTreeMap::new(),
            queues: BTreeMap::new(),
            weak: Vec::new(),
            without_broker: None,
            ports: (0, 0),
            footprint: [0; 32],
            rotation: site
                .manifest
                .map(|manifest| manifest.rotation.clone())
                .unwrap_or_default(),
        };
        for subject in &site.subjects {
            if is_redis(subject) {
                continue;
            }
            self.component(subject, &mut found);
        }
        self.broker(&mut found);
        found.unknown = std::mem::take(&mut self.unknown);
        found.failing = std::mem::take(&mut self.failing);
        found.left_out = std::mem::take(&mut self.left_out);
        found.assumptions = std::mem::take(&mut self.assumptions);
        found
    }

    fn component(&mut self, subject: &Subject<'_>, found: &mut FoundPlan) {
        let name = &called(subject.process);
        if subject.roles().is_empty() {
            return self.roleless(subject);
        }
        if !subject.is_stem() {
            let component = Component::new(name, subject.roles());
            let config = client::held(self, subject);
            return add(&mut found.plan, component, config);
        }
        if !subject.is_configured_here {
            return self.leave(subject, "it is given no variable of Stem");
        }
        let Some(client) = client::read(self, subject) else {
            return;
        };
        let mut component = Component::new(name, subject.roles());
        component.enqueues = self.enqueues(subject, &client.config);
        match client.place {
            Place::Redis(address) => drop(found.addresses.insert(name.clone(), Some(address))),
            Place::NoRedis => drop(found.addresses.insert(name.clone(), None)),
            // which is said
            Place::Unknown => {}
        }
        for variable in ends::OF_QUEUES {
            let text = subject.given(variable).map(|(text, _)| text.to_owned());
            let is_of_workers = variable.contains("_WORKER_");
            if component.verifies() || !is_of_workers {
                let key = (name.clone(), variable);
                found.queues.insert(key, text.unwrap_or_default());
            }
        }
        found.weak.extend(client.weak);
        let stores = client.stores.into_iter();
        found
            .stores
            .extend(stores.map(|(variable, store)| ((name.clone(), variable), store)));
        add(&mut found.plan, component, client.config);
    }

    /// A dashboard of which nobody says whether it starts messages does so if it can.
    fn enqueues(&mut self, subject: &Subject<'_>, config: &Config) -> Option<bool> {
        if !subject.is(Role::Dashboard) {
            return None;
        }
        if let Some(declared) = subject.component {
            return Some(declared.enqueues);
        }
        let can = matches!(signs(config), Signs::As(_));
        let name = called(subject.process);
        self.assumptions.push(match can {
            true => format!(
                "`{name}` starts messages, as dashboards may: stem-sec.yaml can say that it does not"
            ),
            false => format!("`{name}` starts no messages, since it cannot sign any"),
        });
        Some(can)
    }

    /// What reads Stem's variables may be anything, a worker too.
    fn roleless(&mut self, subject: &Subject<'_>) {
        let name = &subject.process.name;
        if !subject.is_configured_here {
            return self.leave(
                subject,
                "nothing says its role, and it is given no variable of Stem",
            );
        }
        let remedy = format!(
            "say what it is: --assign '{name}=worker', a label `stem.role`, or stem-sec.yaml"
        );
        let what = "its role";
        self.unknown_of(subject, what, "nothing says it", None, remedy);
    }

    pub(super) fn leave(&mut self, subject: &Subject<'_>, why: &str) {
        self.left_out.push(LeftOut {
            deployment: self.when,
            process: called(subject.process),
            why: why.to_owned(),
        });
    }
}

/// What a process is called in plans, which keep `:` and `,` for themselves.
pub(super) fn called(process: &Process) -> String {
    let name = match process.name.split_once(':') {
        Some((workload, container)) if workload.ends_with(&format!("/{container}")) => workload,
        _ => &process.name,
    };
    let fit = |c: char| {
        if c.is_control() || matches!(c, ':' | ',') {
            '/'
        } else {
            c
        }
    };
    let name: String = name.trim().chars().take(180).map(fit).collect();
    match name.as_str() {
        "" | "all" => format!("({name})"),
        _ => name,
    }
}

pub(super) fn is_redis(subject: &Subject<'_>) -> bool {
    let is_stem = subject.is_stem() && subject.is_configured_here;
    (subject.redis.is_some() || subject.is(Role::Broker)) && !is_stem
}

/// Two processes of one name are told apart by a number.
pub(super) fn add(plan: &mut Plan, mut component: Component, mut config: Config) {
    if !component.is_stem() {
        // it means nothing to it, and is not said of it
        config.signing = plan.signing;
    }
    let name = component.name.clone();
    let taken: BTreeSet<&str> = plan
        .components
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    let mut numbered = (2..).map(|number: u32| format!("{name} ({number})"));
    if taken.contains(name.as_str()) {
        component.name = numbered
            .find(|name| !taken.contains(name.as_str()))
            .unwrap_or(name);
    }
    plan.components.push(component);
    plan.start.push(config);
    plan.runs.push(true);
}
