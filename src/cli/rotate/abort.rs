//! `stem-sec rotate abort`: the rest of the plan becomes the way back, as proven as the way
//! there.

use clap::Args;

use super::advance::next;
use super::drift;
use super::finish::finish;
use super::session::{self, Session};
use super::walk::Walk;
use super::{record, told};
use crate::cli::place::StateArgument;
use crate::cli::{Exit, exit};
use crate::keyring::Forced;
use crate::rotate::devise::back;
use crate::rotate::moment::State;
use crate::rotate::plan::{Action, Change, Member, Plan, Step};
use crate::rotate::{prove, story};
use crate::term;

const EXAMPLES: &str = "\
Examples:
  stem-sec rotate abort --reason 'the worker image is broken'
  stem-sec rotate abort --force --reason 'lost messages are accepted'   where no way back is safe";

/// Turn back: the rest of the plan becomes the way to where the rotation began
///
/// The way back has steps and gates like the way there. Where none is safe it is refused.
#[derive(Args)]
#[command(before_help = EXAMPLES, after_help = exit::TABLE, help_template = exit::TEMPLATE)]
pub(super) struct AbortArguments {
    /// Why, for the history
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Turn back in one step where no way back is safe; needs a reason
    #[arg(long, requires = "reason")]
    force: bool,
    #[command(flatten)]
    state: StateArgument,
}

/// Runs `rotate abort`.
pub(super) fn run(arguments: &AbortArguments) -> anyhow::Result<Exit> {
    let session = Session::open(&arguments.state)?;
    let Some(mut walk) = session.walk()? else {
        return Ok(session::nothing());
    };
    let reason = record::reason(arguments.reason.as_deref())?;
    if drift::has_moved(&walk, &session.manifest) {
        term::say(
            "stem-sec.yaml says the new posture already: the end of the rotation was interrupted",
        );
        term::hint("finish it first: stem-sec rotate advance; then rotate back from there");
        return Ok(Exit::No);
    }
    drift::ensure_none(&walk, &session.manifest)?;
    if walk.rotation.back_from.is_some() {
        term::say("the rotation is on its way back already");
        term::hint("see where it stands: stem-sec rotate status");
        return Ok(Exit::No);
    }
    let step = walk.rotation.step;
    let plan = match back(&walk.plan, step) {
        Some(plan) => plan,
        None if arguments.force => {
            let plan = at_once(&walk.plan, step);
            for trouble in &prove(&plan).troubles {
                let headline = story::headline(&plan, trouble);
                term::warn(&term::clean(&headline));
            }
            walk.rotation.forced.push(Forced {
                step,
                when: session.now,
                who: record::who(),
                reason: reason.clone().unwrap_or_default(),
            });
            plan
        }
        None => {
            let plan = at_once(&walk.plan, step);
            let verdict = prove(&plan);
            term::say(&format!("no way back from {} is safe", told::number(&walk)));
            if let Some(trouble) = verdict.shortest() {
                let headline = story::headline(&plan, trouble);
                term::say(&term::clean(&format!(
                    "if everybody went back at once: {headline}"
                )));
            }
            term::hint(
                "go on to the end and rotate back from there, or turn back all the same: stem-sec rotate abort --force \
                 --reason TEXT",
            );
            return Ok(Exit::No);
        }
    };
    turn(session, walk, plan, reason.as_deref())
}

fn turn(
    mut session: Session,
    walk: Walk,
    plan: Plan,
    reason: Option<&str>,
) -> anyhow::Result<Exit> {
    let (manifest, now) = (session.manifest.clone(), session.now);
    let from = told::number(&walk);
    let mut rotation = walk.rotation;
    rotation.plan = plan.text();
    rotation.back_from = Some(rotation.step);
    rotation.accepted = Some(prove(&plan).troubles.len());
    let is_there = plan.steps.len() == rotation.step;
    let mut walk = Walk { rotation, plan };
    let what = format!("turned back in {from}: {}", walk.rotation.title);
    record::add(&mut session.keyring, now, what, reason);
    if is_there {
        finish(session, &walk, reason)?;
        term::say("nothing had changed yet: everything is as it was before");
        return Ok(Exit::Yes);
    }
    next(&mut walk, now);
    session.commit(&walk)?;
    told::say_step(&walk, &manifest, now);
    Ok(Exit::Yes)
}

/// Everybody back to where they began, in one go. Nobody says that it is safe.
fn at_once(plan: &Plan, step: usize) -> Plan {
    let mut state = State::at_start(plan);
    for (index, step) in plan.steps.iter().take(step).enumerate() {
        state.pass(index + 1, &step.action);
    }
    let member = |component: usize| Member {
        component,
        change: Change::between(&state.configs[component], &plan.start[component]),
    };
    let all = 0..plan.components.len();
    let changed = all.clone().filter(|&one| state.runs[one] && plan.runs[one]);
    let rolled: Vec<Member> = changed
        .map(member)
        .filter(|member| !member.change.is_empty())
        .collect();
    let started: Vec<Member> = all
        .filter(|&one| !state.runs[one] && plan.runs[one])
        .map(member)
        .collect();
    let mut steps: Vec<Step> = plan.steps.iter().take(step).cloned().collect();
    let say = Some("everybody goes back at once, which is not safe".to_owned());
    let actions = [
        (!rolled.is_empty()).then_some(Action::Roll(rolled)),
        (!started.is_empty()).then_some(Action::Start(started)),
    ];
    for action in actions.into_iter().flatten() {
        steps.push(Step {
            action,
            say: say.clone(),
        });
    }
    Plan {
        steps,
        goal: Vec::new(),
        ..plan.clone()
    }
}
