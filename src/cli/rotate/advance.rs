//! `stem-sec rotate advance`: goes on to the next step when what must be true before it is
//! confirmed, or the wait is over.

use std::path::PathBuf;

use clap::Args;
use time::OffsetDateTime;

use super::drift;
use super::evidence;
use super::finish::finish;
use super::session::{self, Session};
use super::walk::{Gate, Walk};
use super::{record, told};
use crate::cli::place::StateArgument;
use crate::cli::{Exit, Usage, exit};
use crate::keyring::{Confirmed, Forced};
use crate::mint::x509::moment;
use crate::rotate::itinerary::Verb;
use crate::term;

const EXAMPLES: &str = "\
Examples:
  stem-sec rotate advance --confirmed worker,beat       they run the new files, and no old process is left
  stem-sec rotate advance --evidence /srv/deploy        confirm whom the files there show to be ready
  stem-sec rotate advance                               after a wait
  stem-sec rotate advance --force --reason 'queues are empty, looked at 14:00'";

/// Go on to the next step, when everybody has the present one
///
/// Refuses with the reason, and the date where there is one: exit code 1. What was confirmed
/// is remembered. The files of the step have to be written: stem-sec render.
#[derive(Args)]
#[command(before_help = EXAMPLES, after_help = exit::TABLE, help_template = exit::TEMPLATE)]
pub(super) struct AdvanceArguments {
    /// Components whose every process is as the present step says, no old one left
    #[arg(long, value_name = "NAME", value_delimiter = ',', num_args = 1..)]
    confirmed: Vec<String>,
    /// Deployment files that show it: what a component is given there is what the step says
    #[arg(long, value_name = "PATH", num_args = 1..)]
    evidence: Vec<PathBuf>,
    /// Go on without that; needs a reason
    #[arg(long, requires = "reason")]
    force: bool,
    /// Why, for the history
    #[arg(long, value_name = "TEXT", requires = "force")]
    reason: Option<String>,
    /// The step that is meant; refused where another is the present one
    #[arg(long, value_name = "N")]
    step: Option<usize>,
    #[command(flatten)]
    state: StateArgument,
}

/// Runs `rotate advance`.
pub(super) fn run(arguments: &AdvanceArguments) -> anyhow::Result<Exit> {
    let mut session = Session::open(&arguments.state)?;
    let Some(mut walk) = session.walk()? else {
        return Ok(session::nothing());
    };
    let reason = record::reason(arguments.reason.as_deref())?;
    drift::ensure_none(&walk, &session.manifest)?;
    if session.now < walk.rotation.since() {
        term::warn(&told::clock(&walk));
    }
    if let Some(step) = arguments.step.filter(|step| *step != walk.rotation.step) {
        term::say(&format!(
            "step {step} is not the present one: it is {}",
            told::number(&walk)
        ));
        term::hint("see where it stands: stem-sec rotate status");
        return Ok(Exit::No);
    }
    ensure_known(&walk, &arguments.confirmed)?;
    let now = session.now;
    let is_meant = arguments.force && arguments.step.is_some();
    if !is_meant && !session.standing()?.to_write.is_empty() {
        return Ok(unwritten(&walk, arguments.force));
    }
    let mut news: Vec<(String, String)> = Vec::new();
    for name in &arguments.confirmed {
        news.push((name.clone(), record::who()));
    }
    if !arguments.evidence.is_empty() {
        news.extend(evidence::found(&mut session, &walk, &arguments.evidence)?);
    }
    let mut added = Vec::new();
    for (component, by) in news {
        if !walk.rotation.is_confirmed(&component) {
            added.push(component.clone());
            let when = now;
            walk.rotation.confirmed.push(Confirmed {
                component,
                when,
                by,
            });
        }
    }
    if !added.is_empty() {
        let what = format!(
            "confirmed for {}: {}",
            told::number(&walk),
            added.join(", ")
        );
        record::add(&mut session.keyring, now, what, None);
    }
    let gate = walk.gate(&session.manifest, now);
    let is_forced = gate != Gate::Open && arguments.force;
    if gate != Gate::Open && !is_forced {
        if !added.is_empty() {
            session.commit(&walk)?;
        }
        return Ok(refuse(&walk, &gate, &added));
    }
    if is_forced {
        if let Gate::Unconfirmed(names) = &gate {
            let names = names.join(", ");
            term::warn(&term::clean(&format!(
                "nobody confirmed {names}: left all the same"
            )));
        }
        walk.rotation.forced.push(Forced {
            step: walk.rotation.step,
            when: now,
            who: record::who(),
            reason: reason.clone().unwrap_or_default(),
        });
    }
    go_on(session, walk, is_forced, reason.as_deref())
}

/// Nobody can run what is not written. It also tells a command that is repeated from one that
/// is meant for this step: nothing of the next step is written yet when the one before ends.
fn unwritten(walk: &Walk, is_forced: bool) -> Exit {
    let number = told::number(walk);
    term::say(&format!(
        "the files of {number} are not written, so nobody can run them yet"
    ));
    let step = walk.rotation.step;
    let hint = match is_forced {
        true => format!(
            "stem-sec render; to leave it all the same: stem-sec rotate advance --step {step} --force --reason TEXT"
        ),
        false => "stem-sec render, hand the files out, and confirm then".to_owned(),
    };
    term::hint(&hint);
    Exit::No
}

/// Names of components that have no part in the step are slips, or of another step.
fn ensure_known(walk: &Walk, confirmed: &[String]) -> Result<(), Usage> {
    let members = walk.members();
    let unknown = confirmed
        .iter()
        .find(|name| !members.contains(&name.as_str()));
    let Some(name) = unknown else { return Ok(()) };
    let hint = match members.is_empty() {
        true => "this step waits, and has nobody to confirm: stem-sec rotate advance".to_owned(),
        false => format!("it has {}", members.join(", ")),
    };
    Err(Usage {
        message: format!("`{name}` has no part in {}", told::number(walk)),
        hint,
    })
}

fn refuse(walk: &Walk, gate: &Gate, added: &[String]) -> Exit {
    if !added.is_empty() {
        term::say(&term::clean(&format!("confirmed: {}", added.join(", "))));
    }
    let verb = told::stage(walk).map_or(Verb::Roll, |stage| stage.verb);
    let number = told::number(walk);
    let (reason, hint) = match gate {
        Gate::Unconfirmed(names) => {
            let what = match verb {
                Verb::Stop => "have all stopped",
                Verb::Start => "have started",
                Verb::Roll | Verb::Wait => "run the new configuration, with no old process left",
            };
            (
                format!("{number} is not done: nobody confirmed that these {what}: {}", names.join(", ")),
                format!("stem-sec rotate advance --confirmed {}", names.join(",")),
            )
        }
        Gate::Until(end) => (
            format!(
                "{number} is not over: what was signed before {} may be on its way until {}",
                moment(walk.rotation.since()),
                moment(*end)
            ),
            "come back then; if the queues are known to be empty: stem-sec rotate advance --force --reason TEXT"
                .to_owned(),
        ),
        Gate::Unknown(settings) => (
            format!("{number} is not over, and {}", told::unknown(settings)),
            "like rotation: { max-delay: 1h, max-backlog: 6h }; if the queues are known to be empty: stem-sec rotate \
             advance --force --reason TEXT"
                .to_owned(),
        ),
        Gate::Open => (String::new(), String::new()),
    };
    term::say(&term::clean(&reason));
    term::hint(&term::clean(&hint));
    Exit::No
}

/// The next step, or the end.
fn go_on(
    mut session: Session,
    mut walk: Walk,
    is_forced: bool,
    reason: Option<&str>,
) -> anyhow::Result<Exit> {
    let (manifest, now) = (session.manifest.clone(), session.now);
    let forced = if is_forced {
        ", without waiting for its gate"
    } else {
        ""
    };
    if walk.is_last() {
        let title = walk.rotation.title.clone();
        let unproven = told::unproven(&walk);
        finish(session, &walk, reason)?;
        let end = match walk.rotation.back_from {
            Some(_) => "everything is as it was before",
            None => "it is done",
        };
        term::say(&term::clean(&format!(
            "left {}{forced}; {end}: {title}",
            told::number(&walk)
        )));
        if let Some(unproven) = unproven {
            term::warn(&unproven);
        }
        term::hint("stem-sec render --check shows whether every file is as it should be");
        return Ok(Exit::Yes);
    }
    let what = format!("left {}{forced}", told::number(&walk));
    record::add(&mut session.keyring, now, what, reason);
    next(&mut walk, now);
    session.commit(&walk)?;
    told::say_step(&walk, &manifest, now);
    Ok(Exit::Yes)
}

/// The next step begins.
pub(super) fn next(walk: &mut Walk, now: OffsetDateTime) {
    walk.rotation.step += 1;
    walk.rotation.entered.push(now);
    walk.rotation.confirmed.clear();
}
