//! `stem-sec rotate check --from DIR --to DIR`: is one rollout between two deployments safe, in
//! any order?

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Context;
use time::OffsetDateTime;

use super::changes::{taking_over, unsaid};
use super::names::Names;
use super::senders::{self, Peer};
use super::{Found, FoundPlan, ends, pairs, present, site};
use crate::audit::inventory::Request;
use crate::audit::judge;
use crate::audit::roles::Assignment;
use crate::cli::Exit;
use crate::cli::inventory::{manifest, tree};
use crate::model::role::Role;
use crate::report::rotate::{self as report, Compared, Format, Way};
use crate::rotate::between::{Joined, Left, Limits, between, steps};
use crate::rotate::drain::Bound;
use crate::rotate::plan::{Action, Key};
use crate::rotate::{Kind, Plan, prove, story};
use crate::term;

/// Before and after, as reports name them.
const BEFORE: &str = "before";
pub(super) const AFTER: &str = "after";

/// What there is beside a deployment.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// Deployments that are there before and not afterwards.
    pub(super) gone: Vec<String>,
    /// All deployments, before and after.
    pub(super) peers: Vec<Peer>,
}

/// Compares two folders.
pub(in crate::cli) fn run(
    from: &PathBuf,
    to: &PathBuf,
    assign: &[Assignment],
    left: Left,
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
    let peers = before.plans.iter().chain(&after.plans).map(Peer::of);
    let peers = peers.collect();
    let pairs = pairs::of(before.plans, after.plans);
    let gone = gone(&pairs);
    left_out.extend(
        gone.iter()
            .map(|name| format!("`{name}` is gone afterwards: what waits in its queues waits")),
    );
    let beside = Beside { gone, peers };
    let (compared, empty): (Vec<Compared>, Vec<Compared>) = pairs
        .into_iter()
        .filter_map(|(from, to)| Some(compare(from, to?, &beside, left)))
        .partition(Compared::says_something);
    left_out.extend(empty.iter().map(Compared::says_nothing));
    if compared.is_empty() {
        term::say("no process of Stem is among these deployments");
        term::hint(
            "say what processes are: --assign 'PATTERN=ROLE'; see them: stem-sec inventory DIR",
        );
        return Ok(Exit::Nothing);
    }
    let text = report::rollouts(&compared, &left_out, format);
    term::result(text.as_bytes()).context("cannot write to standard output")?;
    let is_safe = compared.iter().all(Compared::is_safe);
    Ok(if is_safe { Exit::Yes } else { Exit::No })
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

/// What is there before and not afterwards.
fn gone(pairs: &[pairs::Pair]) -> Vec<String> {
    let gone = pairs.iter().filter(|(_, to)| to.is_none());
    gone.filter_map(|(from, _)| from.as_ref())
        .filter(|from| !from.plan.components.is_empty())
        .map(|from| from.name.clone())
        .collect()
}

/// One deployment, before and after. One that is new is judged as it will be; where others
/// are gone, it may be what has become of them.
pub(super) fn compare(
    from: Option<FoundPlan>,
    to: FoundPlan,
    beside: &Beside,
    left: Left,
) -> Compared {
    let (mut unknown, notes) = match &from {
        Some(from) => unsaid(from, &to),
        None => (taking_over(&to, &beside.gone), Vec::new()),
    };
    unknown.extend(senders::unsaid(from.as_ref(), &to, &beside.peers));
    unknown.extend(from.iter().flat_map(|from| ends::queues(from, &to)));
    let harms = ends::harms(from.as_ref(), &to, &beside.peers);
    let limits = limits(from.as_ref(), &to);
    let both = || from.iter().chain([&to]);
    unknown.splice(0..0, both().flat_map(|one| one.unknown.clone()));
    let failing: Vec<_> = both().flat_map(|one| one.failing.clone()).collect();
    let mut left_out: Vec<_> = both().flat_map(|one| one.left_out.clone()).collect();
    let mut said = BTreeSet::new();
    left_out.retain(|one| said.insert((one.process.clone(), one.why.clone())));
    let mut assumptions: Vec<String> = both().flat_map(|one| one.assumptions.clone()).collect();
    assumptions.extend(notes);
    let mut said = BTreeSet::new();
    assumptions.retain(|one| said.insert(one.clone()));
    // of what is not known or does not start, nothing is concluded
    let open: BTreeSet<&str> = unknown
        .iter()
        .map(|one| one.process.as_str())
        .chain(failing.iter().map(|one| one.process.as_str()))
        .collect();
    let mut open = open;
    let is_judged = both().all(|one| one.without_broker.is_none());
    let brokers = both().flat_map(|one| &one.plan.components);
    let brokers = brokers.filter(|one| !is_judged && one.has(Role::Broker));
    open.extend(brokers.map(|one| one.name.as_str()));
    let after = without(&to.plan, &open);
    let before = match &from {
        Some(from) => without(&from.plan, &open),
        None => after.clone(),
    };
    let both = Joined::new(&before, &after, left);
    let rollout = between(&both);
    let verdict = prove(&rollout);
    let is_open = !unknown.is_empty() || !failing.is_empty();
    let way = match verdict.is_safe() || is_open {
        true => Way::NotAsked,
        false => match harms.first() {
            Some(harm) => Way::GoalUnsound(harm.clone()),
            None => way(&before, &after, &both, limits),
        },
    };
    let mut advice = advice(&before, &after, &way);
    advice.extend(ends::unsigned(from.as_ref(), &to));
    Compared {
        kind: to.kind.name(),
        bound: Bound::of(&to.rotation),
        name: to.name,
        folder: to.folder,
        rollout,
        verdict,
        unknown,
        failing,
        harms,
        left_out,
        assumptions,
        way,
        advice,
    }
}

/// The plan without some components.
fn without(plan: &Plan, names: &BTreeSet<&str>) -> Plan {
    let mut kept = Plan {
        components: Vec::new(),
        start: Vec::new(),
        runs: Vec::new(),
        ..plan.clone()
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
fn way(from: &Plan, to: &Plan, both: &Joined, limits: Limits) -> Way {
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
    match steps(both, limits) {
        Some(plan) => Way::Steps(Box::new(plan)),
        None => Way::NoOrder,
    }
}

/// What would spare a pause.
fn advice(from: &Plan, to: &Plan, way: &Way) -> Vec<String> {
    let pauses = |plan: &Plan| {
        let mut steps = plan.steps.iter();
        steps.any(|step| matches!(step.action, Action::Stop(_)))
    };
    let Way::Steps(plan) = way else {
        return Vec::new();
    };
    let keys = |plan: &Plan| -> Vec<Key> {
        let lists = plan.start.iter();
        lists
            .flat_map(|one| one.keys.iter().chain(&one.public).cloned())
            .collect()
    };
    let before = keys(from);
    let is_replaced = |key: &Key| {
        before
            .iter()
            .any(|old| old.id == key.id && old.is != key.is)
    };
    let replaced: BTreeSet<String> = keys(to)
        .into_iter()
        .filter(is_replaced)
        .map(|key| key.id)
        .collect();
    replaced
        .into_iter()
        .filter(|_| pauses(plan))
        .map(|id| {
            format!(
                "the key `{id}` gets another value under the same id, so that nobody can accept the old and the new: \
                 under an id of its own it needs no pause"
            )
        })
        .collect()
}

/// A broker cannot listen in clear and with TLS on one port.
fn limits(from: Option<&FoundPlan>, to: &FoundPlan) -> Limits {
    let one_port = from.is_some_and(|from| {
        let meets = |plain: u16, tls: u16| plain != 0 && plain == tls;
        meets(from.ports.0, to.ports.1) || meets(to.ports.0, from.ports.1)
    });
    Limits { one_port }
}
