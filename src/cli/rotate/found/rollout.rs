//! `stem-sec rotate check --from DIR --to DIR`: is one rollout between two deployments safe, in
//! any order?

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Context;
use time::OffsetDateTime;

use super::client::Address;
use super::names::Names;
use super::{Found, FoundPlan, pairs, present, site};
use crate::audit::inventory::Request;
use crate::audit::judge;
use crate::audit::roles::Assignment;
use crate::cli::Exit;
use crate::cli::inventory::{manifest, tree};
use crate::report::rotate::{self as report, Compared, Format, Unknown, Way};
use crate::rotate::between::{Limits, between, joined, steps};
use crate::rotate::drain::Bound;
use crate::rotate::plan::{Config, Scheme};
use crate::rotate::{Kind, Plan, Verdict, prove, story};
use crate::term;

/// Before and after, as reports name them.
const BEFORE: &str = "before";
const AFTER: &str = "after";

/// Compares two folders.
pub(in crate::cli) fn run(
    from: &PathBuf,
    to: &PathBuf,
    assign: &[Assignment],
    format: Format,
) -> anyhow::Result<Exit> {
    let (before, after) = read(from, to, assign)?;
    if before.plans.is_empty() || after.plans.is_empty() {
        let empty = if before.plans.is_empty() { from } else { to };
        term::say(&format!(
            "nothing in `{}` has to do with Stem",
            empty.display()
        ));
        term::hint(
            "name the folders of the deployment files: stem-sec rotate check --from OLD --to NEW",
        );
        return Ok(Exit::Nothing);
    }
    let mut left_out = before.left_out;
    left_out.extend(after.left_out);
    left_out.dedup();
    let pairs = pairs::of(before.plans, after.plans).into_iter();
    let compared: Vec<Compared> = pairs.map(|(from, to)| compare(from, to)).collect();
    let text = report::rollouts(&compared, &left_out, format);
    term::result(text.as_bytes()).context("cannot write to standard output")?;
    let is_safe = compared.iter().all(Compared::is_safe);
    Ok(if is_safe { Exit::Yes } else { Exit::No })
}

/// The deployments below one folder.
pub(in crate::cli::rotate) fn deployments(
    folder: &PathBuf,
    assign: &[Assignment],
) -> anyhow::Result<Found> {
    let tree = tree(std::slice::from_ref(folder), false)?;
    let request = Request {
        assignments: assign.to_vec(),
        manifest: manifest()?,
        ..Request::default()
    };
    let root = folder.to_string_lossy();
    Ok(judge::look(
        &tree,
        &request,
        OffsetDateTime::now_utc(),
        |case| {
            let mut names = Names::default();
            site::learn(case, &mut names);
            present(case, &mut names, BEFORE, &root)
        },
    ))
}

/// Both folders, so that equal values have equal names.
fn read(from: &PathBuf, to: &PathBuf, assign: &[Assignment]) -> anyhow::Result<(Found, Found)> {
    let (before, after) = (
        tree(std::slice::from_ref(from), false)?,
        tree(std::slice::from_ref(to), false)?,
    );
    let request = Request {
        assignments: assign.to_vec(),
        manifest: manifest()?,
        ..Request::default()
    };
    let at = OffsetDateTime::now_utc();
    let (from, to) = (from.to_string_lossy(), to.to_string_lossy());
    Ok(judge::look(&before, &request, at, |before| {
        judge::look(&after, &request, at, |after| {
            let mut names = Names::default();
            site::learn(before, &mut names);
            site::learn(after, &mut names);
            (
                present(before, &mut names, BEFORE, &from),
                present(after, &mut names, AFTER, &to),
            )
        })
    }))
}

/// One deployment, before and after. One that is missing has no components.
pub(super) fn compare(from: Option<FoundPlan>, to: Option<FoundPlan>) -> Compared {
    let mut unknown = match (&from, &to) {
        (Some(from), Some(to)) => unsaid(from, to),
        _ => Vec::new(),
    };
    let limits = limits(from.as_ref(), to.as_ref());
    let both = || from.iter().chain(&to);
    unknown.splice(0..0, both().flat_map(|one| one.unknown.clone()));
    let failing: Vec<_> = both().flat_map(|one| one.failing.clone()).collect();
    let mut left_out: Vec<_> = both().flat_map(|one| one.left_out.clone()).collect();
    left_out.dedup_by(|one, other| one.process == other.process && one.why == other.why);
    let mut assumptions: Vec<String> = both().flat_map(|one| one.assumptions.clone()).collect();
    if let Some(why) = both().find_map(|one| one.without_broker.as_ref()) {
        assumptions.push(format!("no connection is judged: {why}"));
    }
    assumptions.dedup();
    // of what is not known or does not start, nothing is concluded
    let open: BTreeSet<&str> = unknown
        .iter()
        .map(|one| one.process.as_str())
        .chain(failing.iter().map(|one| one.process.as_str()))
        .collect();
    let plan = |found: Option<&FoundPlan>| match found {
        Some(found) => without(&found.plan, &open),
        None => nothing(),
    };
    let (before, after) = (plan(from.as_ref()), plan(to.as_ref()));
    let rollout = between(&before, &after);
    let verdict = prove(&rollout);
    let is_open = !unknown.is_empty() || !failing.is_empty();
    let way = way(&before, &after, &verdict, is_open, limits);
    let named = to.as_ref().or(from.as_ref());
    let rotation = named.map(|one| one.rotation.clone()).unwrap_or_default();
    Compared {
        name: named.map(|one| one.name.clone()).unwrap_or_default(),
        folder: named.map(|one| one.folder.clone()).unwrap_or_default(),
        kind: named.map_or("", |one| one.kind.name()),
        rollout,
        verdict,
        unknown,
        failing,
        left_out,
        assumptions,
        way,
        bound: Bound::of(&rotation),
    }
}

fn nothing() -> Plan {
    Plan {
        signing: crate::model::posture::Signing::None,
        components: Vec::new(),
        start: Vec::new(),
        runs: Vec::new(),
        goal: Vec::new(),
        steps: Vec::new(),
    }
}

/// The plan without some components.
fn without(plan: &Plan, names: &BTreeSet<&str>) -> Plan {
    let mut kept = Plan {
        signing: plan.signing,
        ..nothing()
    };
    for ((component, config), runs) in plan.components.iter().zip(&plan.start).zip(&plan.runs) {
        if !names.contains(component.name.as_str()) {
            kept.components.push(component.clone());
            kept.start.push(config.clone());
            kept.runs.push(*runs);
        }
    }
    kept
}

/// What leads safely from one to the other, where one rollout does not.
fn way(from: &Plan, to: &Plan, verdict: &Verdict, is_open: bool, limits: Limits) -> Way {
    if verdict.is_safe() || is_open {
        return Way::NotAsked;
    }
    let first = |plan: &Plan| {
        let verdict = prove(plan);
        let mut hard = verdict
            .troubles
            .iter()
            .filter(|one| one.kind() != Kind::Forbidden);
        hard.next().map(|trouble| story::headline(plan, trouble))
    };
    if let Some(headline) = first(from) {
        return Way::StartUnsound(headline);
    }
    let end = prove(to);
    if let Some(trouble) = end.troubles.first() {
        return Way::GoalUnsound(story::headline(to, trouble));
    }
    match steps(&joined(from, to), limits) {
        Some(plan) => Way::Steps(Box::new(plan)),
        None => Way::NoOrder,
    }
}

/// A broker cannot listen in clear and with TLS on one port.
fn limits(from: Option<&FoundPlan>, to: Option<&FoundPlan>) -> Limits {
    let one_port = from.zip(to).is_some_and(|(from, to)| {
        let meets = |plain: u16, tls: u16| plain != 0 && plain == tls;
        meets(from.ports.0, to.ports.1) || meets(to.ports.0, from.ports.1)
    });
    Limits { one_port }
}

/// What changes and stands in no plan: then the proof says nothing of it.
fn unsaid(from: &FoundPlan, to: &FoundPlan) -> Vec<Unknown> {
    let mut unknown = Vec::new();
    let mut say = |process: &str, what: &str, why: &str, remedy: &str| {
        unknown.push(Unknown {
            deployment: AFTER,
            process: process.to_owned(),
            what: what.to_owned(),
            why: why.to_owned(),
            location: None,
            remedy: remedy.to_owned(),
        });
    };
    let judged = from.without_broker.is_none() && to.without_broker.is_none();
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
    if judged && is_other_number(from.ports, to.ports) {
        let why = "a port of the broker gets another number: clients that are not restarted yet look for it at the old one";
        let remedy = "let it listen on both in between";
        say(&broker_name(to), "its port", why, remedy);
    }
    if from.without_broker.is_some() != to.without_broker.is_some() {
        let why = "the broker can be judged in one of the two only";
        say(
            "the broker",
            "its configuration",
            why,
            "have its files in both",
        );
    } else if !judged && from.footprint != to.footprint {
        let why = "it changes, and cannot be judged";
        say(
            "the broker",
            "its configuration",
            why,
            "have all of its configuration among these files",
        );
    }
    unknown
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
    use crate::model::role::Role;
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
        ..Config::new(crate::model::posture::Signing::None)
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
