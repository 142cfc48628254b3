//! The audit against what `init` writes: it finds nothing there; and after one harm to the
//! files it finds that one, by the rule that names it, at the right place.
//!
//! What is checked is the command line's contract. Each harm is done in every posture and for
//! every target where it makes sense, in one of its ways; with `ALL=1` in each of them, with
//! `HARM=TEXT` only those whose name holds the text, with `RULE=ID,ID` only those of these rules.
//! With `SURPLUS=1` an error of another rule, which nothing in the table's list explains, fails.

#[path = "../common/mod.rs"]
mod common;

mod audit;
mod case;
mod files;
mod harmless;
mod harms;
mod mechanism;
mod mint;
mod project;
mod roundtrip;
mod set;
mod table;

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use case::Case;
use harms::Harm;
use project::Project;
use table::Outcome;

/// From one case to the next, so many ways on: those that lie together are alike.
const STRIDE: usize = 13;

/// One harm to be done: which, in which case, in which way.
type Job = (usize, Case, usize);

#[test]
fn there_are_harms_enough() {
    let harms = harms::all();
    assert!(harms.len() >= 40, "only {}", harms.len());
    let names: BTreeSet<&str> = harms.iter().map(|harm| harm.name.as_str()).collect();
    let rules: BTreeSet<&str> = harms.iter().map(|harm| harm.rule).collect();
    common::note(&format!("{} names, {} rules", names.len(), rules.len()));
    for harm in &harms {
        let applies = Case::all().into_iter().any(|case| (harm.applies)(case));
        assert!(applies, "{} applies nowhere", harm.name);
    }
}

#[test]
fn every_harm_changes_the_files() {
    let harms = harms::all();
    let wrong = in_threads(&jobs(&harms, is_all()), |(number, case, variant)| {
        let harm = &harms[number];
        // what an edit looks for may not be there, or the place that it says it made
        let done = std::panic::catch_unwind(AssertUnwindSafe(|| changes(harm, case, variant)));
        (!done.unwrap_or_default()).then(|| format!("{} {case} way {variant}", harm.name))
    });
    assert_none(wrong);
}

fn assert_none(complaints: Vec<impl IntoIterator<Item = String>>) {
    let all: Vec<String> = complaints.into_iter().flatten().collect();
    let text = all.join("\n");
    assert!(all.is_empty(), "{text}\n{} in all", all.len());
}

fn changes(harm: &Harm, case: Case, variant: usize) -> bool {
    let project = Project::new(case, variant);
    let before = project.state();
    let expected = (harm.apply)(&project);
    let (mechanism::At::Exactly(spots) | mechanism::At::Named(spots)) = &expected.at;
    let is_file = |path: &str| path == "stem-sec.yaml" || project.exists(path);
    let lines = spots.iter().filter(|spot| is_file(&spot.path));
    let there: Vec<_> = lines.map(|spot| spot.range(&project)).collect();
    !there.is_empty() && before != project.state()
}

#[test]
fn what_is_written_passes() {
    let wrong = in_threads(&Case::all(), roundtrip::complaints);
    assert_none(wrong);
}

#[test]
fn what_is_no_harm_is_no_finding() {
    let wrong = in_threads(&harmless_jobs(), |(number, case)| {
        let change = &harmless::all()[number];
        let project = Project::new(case, 0);
        (change.apply)(&project);
        let mut wrong = Vec::new();
        let what = change.name;
        roundtrip::collect(
            &mut wrong,
            case,
            what,
            audit::audit(project.root(), "."),
            &[],
        );
        wrong
    });
    assert_none(wrong);
}

#[test]
fn what_is_no_harm_changes_the_files_too() {
    let wrong = in_threads(&harmless_jobs(), |(number, case)| {
        let change = &harmless::all()[number];
        let project = Project::new(case, 0);
        let before = project.state();
        (change.apply)(&project);
        (before == project.state()).then(|| format!("{} {case}", change.name))
    });
    assert_none(wrong);
}

fn harmless_jobs() -> Vec<(usize, Case)> {
    let only = std::env::var("HARM").unwrap_or_default();
    let mut jobs = Vec::new();
    for (number, change) in harmless::all().iter().enumerate() {
        let cases = Case::all()
            .into_iter()
            .filter(|case| (change.applies)(*case));
        let cases = cases.filter(|_| change.name.contains(&only));
        jobs.extend(cases.map(|case| (number, case)));
    }
    jobs
}

#[test]
fn every_harm_is_found_by_its_rule_at_its_place() {
    let harms = harms::all();
    let outcomes = in_threads(&jobs(&harms, is_all()), |job| outcome(&harms[job.0], job));
    let names: Vec<_> = harms
        .iter()
        .map(|harm| (harm.name.clone(), harm.rule))
        .collect();
    table::print(&names, &outcomes);
    let missed = outcomes.iter().filter(|one| one.miss.is_some()).count();
    assert_eq!(missed, 0, "of {} harms", outcomes.len());
    if std::env::var_os("SURPLUS").is_some() {
        let unexplained = table::unexplained(&names, &outcomes);
        assert!(unexplained.is_empty(), "{unexplained:#?}");
    }
}

fn outcome(harm: &Harm, (number, case, variant): Job) -> Outcome {
    let project = Project::new(case, variant);
    let expected = (harm.apply)(&project);
    let found = audit::audit(project.root(), ".");
    let miss = match &found {
        Ok(findings) => audit::miss(&project, harm, &expected, findings),
        Err(error) => Some(error.clone()),
    };
    let findings = found.unwrap_or_default().into_iter();
    let others = findings.filter(|one| one.severity == "error" && one.rule != harm.rule);
    Outcome {
        harm: number,
        case,
        variant,
        miss,
        surplus: others.map(|one| one.rule).collect(),
    }
}

/// What is to be done: of each harm in each case one way, another one from case to case; or all.
fn jobs(harms: &[Harm], all: bool) -> Vec<Job> {
    let only = std::env::var("HARM").unwrap_or_default();
    let rules = std::env::var("RULE").unwrap_or_default();
    let mut jobs = Vec::new();
    for (number, harm) in harms.iter().enumerate() {
        let is_asked_for = rules.is_empty() || rules.split(',').any(|rule| rule == harm.rule);
        if !harm.name.contains(&only) || !is_asked_for {
            continue;
        }
        let mut turn = number;
        for case in Case::all() {
            if !(harm.applies)(case) {
                continue;
            }
            let ways = (harm.variants)(case);
            let way = turn * STRIDE % ways;
            let chosen = if all { 0..ways } else { way..way + 1 };
            jobs.extend(chosen.map(|way| (number, case, way)));
            turn += 1;
        }
    }
    jobs
}

/// Whether every way of every harm is asked for.
fn is_all() -> bool {
    std::env::var_os("ALL").is_some()
}

/// Does every job, on as many threads as there are cores; the answers in the order of the jobs.
fn in_threads<J: Copy + Sync, T: Send>(jobs: &[J], work: impl Fn(J) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(at) else { return };
                    let answer = work(*job);
                    done.lock().expect("no thread failed").push((at, answer));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no thread failed");
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, answer)| answer).collect()
}
