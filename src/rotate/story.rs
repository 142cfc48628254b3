//! A trouble as a story that an operator understands: who was deployed, what was sent, who
//! refused it, in Stem's own words. Values, never secrets: ids and names of plans.

use crate::model::posture::Signing;

use super::message::{Refusal, Signature, is_signing_on};
use super::moment::{Phase, State};
use super::plan::{Action, Change, Config, Field, Key, Plan};
use super::verdict::{Event, Kind, Origin, Process, Trouble, Verdict};

/// A trouble in one line: when, who, what.
#[must_use]
pub fn headline(plan: &Plan, trouble: &Trouble) -> String {
    let name = |component: usize| format!("`{}`", plan.components[component].name);
    let what = match &trouble.event {
        Event::Message { by, refusal, .. } => {
            format!(
                "{} refuses a message: {}",
                name(by.component),
                refusal.text()
            )
        }
        Event::CannotSign { by, why } => {
            format!("{} cannot sign its messages: {why}", name(by.component))
        }
        Event::NeverEnds => "the wait never ends: no worker takes what is queued".to_owned(),
        Event::Connection {
            client,
            broker,
            why,
        } => format!(
            "{} does not come through to {}: {why}",
            name(client.component),
            name(broker.component)
        ),
        Event::BrokerGone { client, broker } => {
            format!(
                "{} runs while {} does not",
                name(client.component),
                name(*broker)
            )
        }
        Event::NoStart { process, why } => {
            format!("{} does not start: {why}", name(process.component))
        }
        Event::SigningOff { process } => {
            let accepts = plan.components[process.component].verifies();
            let so = if accepts {
                "it accepts anything"
            } else {
                "it sends unsigned"
            };
            format!("signing is off in {}: {so}", name(process.component))
        }
        Event::InClear { process } => {
            format!("TLS is off in {}", name(process.component))
        }
        Event::Unguarded { process, what } => {
            format!("{} asks for no {what} in between", name(process.component))
        }
        Event::Holds { process, artifact } => format!(
            "{} holds a {artifact}, which its role must not",
            name(process.component)
        ),
        Event::NotReached { component, field } => format!(
            "the goal is not reached: {} ends with another `{}`",
            name(*component),
            field.name()
        ),
        Event::LeftStopped { component } => format!("{} is left stopped", name(*component)),
        Event::LeftRunning { component } => format!("{} still runs", name(*component)),
    };
    format!("{}: {what}", when(plan, trouble))
}

fn when(plan: &Plan, trouble: &Trouble) -> String {
    match trouble.step {
        _ if trouble.kind() == Kind::Incomplete => "at the end".to_owned(),
        0 => "before the first step".to_owned(),
        step => match plan.steps[step - 1].action {
            Action::Roll(_) | Action::Start(_) | Action::Stop(_) => format!("during step {step}"),
            Action::Drain => format!("in step {step}"),
        },
    }
}

/// What leads to a trouble, a sentence an event.
#[must_use]
pub fn of(plan: &Plan, trouble: &Trouble) -> Vec<String> {
    let told = Told { plan };
    match &trouble.event {
        Event::Message {
            signature,
            origin,
            by,
            refusal,
        } => told.message(trouble.step, signature, *origin, *by, refusal),
        Event::CannotSign { by, why } => vec![
            told.runs(trouble.step, *by),
            format!(
                "it wants to send a message; signing throws ({why}), and the message is never sent"
            ),
        ],
        Event::NeverEnds => vec![
            told.begins(trouble.step),
            "messages wait in the queues, and no worker runs to take them".to_owned(),
        ],
        Event::Connection {
            client,
            broker,
            why,
        } => vec![
            told.runs(trouble.step, *client),
            told.runs(trouble.step, *broker),
            format!("{} connects: {why}", told.name(client.component)),
        ],
        Event::BrokerGone { client, broker } => vec![
            told.begins(trouble.step),
            format!(
                "{} connects while {} does not run",
                told.name(client.component),
                told.name(*broker)
            ),
        ],
        Event::NoStart { process, why } => vec![
            told.runs(trouble.step, *process),
            format!("a replica restarts: {why}"),
        ],
        Event::SigningOff { process }
        | Event::InClear { process }
        | Event::Unguarded { process, .. }
        | Event::Holds { process, .. } => {
            vec![told.runs(trouble.step, *process)]
        }
        Event::NotReached { component, field } => vec![told.differs(*component, *field)],
        Event::LeftStopped { .. } | Event::LeftRunning { .. } => Vec::new(),
    }
}

struct Told<'p> {
    plan: &'p Plan,
}

impl Told<'_> {
    fn name(&self, component: usize) -> String {
        format!("`{}`", self.plan.components[component].name)
    }

    fn message(
        &self,
        step: usize,
        signature: &Signature,
        origin: Origin,
        by: Process,
        refusal: &Refusal,
    ) -> Vec<String> {
        let signed = match signature {
            Signature::Unsigned => "unsigned".to_owned(),
            Signature::Signed(_, key) => format!("signed with `{key}`"),
        };
        let mut told = vec![self.runs(origin.step, origin.by)];
        told.push(match (origin.is_own, origin.is_elsewhere) {
            (true, _) => format!("it sends a message, {signed}"),
            (_, true) => format!(
                "a message is on its way that somebody sent who is not in the plan, {signed}, as it is taken here"
            ),
            _ => format!(
                "it publishes a message again (a retry), {signed}: its own key counts, not the sender's"
            ),
        });
        if origin.step < step {
            told.push(
                "the message waits: in a queue, for its time, or to be delivered again".to_owned(),
            );
        }
        told.push(self.runs(step, by));
        told.push(format!(
            "it takes the message, and refuses it: {}",
            refusal.text()
        ));
        told.push(match refusal {
            Refusal::DeadLetter(_) => {
                "Stem acknowledges the message and dead-letters it (signature-invalid): it is lost; \
                 a replay fails as well, since it keeps the old signature"
                    .to_owned()
            }
            Refusal::Poison => {
                "the message is neither acknowledged nor dead-lettered: it is delivered again without end"
                    .to_owned()
            }
        });
        told
    }

    fn begins(&self, step: usize) -> String {
        match step {
            0 => "before the first step".to_owned(),
            step => format!("step {step} begins"),
        }
    }

    /// Which configuration a process runs.
    fn runs(&self, step: usize, process: Process) -> String {
        let name = self.name(process.component);
        let config = self.config(step, process);
        let component = &self.plan.components[process.component];
        let has = described(&config, component.is_stem(), self.changed(step, process));
        match (step, process.phase) {
            (0, _) => format!("before the first step {name} has {has}"),
            (_, Phase::New) => {
                format!("step {step}: a replica of {name} runs the new configuration: {has}")
            }
            (_, Phase::Old) if self.changes(step, process.component) => {
                format!("step {step}: a replica of {name} still runs the old configuration: {has}")
            }
            (_, Phase::Old) => format!("step {step}: {name} has {has}"),
        }
    }

    fn config(&self, step: usize, process: Process) -> Config {
        let mut state = State::at_start(self.plan);
        let whole = match process.phase {
            Phase::New => step,
            Phase::Old => step.saturating_sub(1),
        };
        for (number, step) in self.plan.steps.iter().take(whole).enumerate() {
            state.pass(number + 1, &step.action);
        }
        state.configs.swap_remove(process.component)
    }

    /// The part of a step that is a component's, if it changes anything there.
    fn change(&self, step: usize, component: usize) -> Option<&Change> {
        let step = self.plan.steps.get(step.checked_sub(1)?)?;
        match &step.action {
            Action::Roll(members) | Action::Start(members) => members
                .iter()
                .find(|member| member.component == component)
                .map(|member| &member.change),
            Action::Drain | Action::Stop(_) => None,
        }
    }

    fn changes(&self, step: usize, component: usize) -> bool {
        self.change(step, component)
            .is_some_and(|change| !change.is_empty())
    }

    fn changed(&self, step: usize, process: Process) -> Option<&Change> {
        self.change(step, process.component)
    }

    fn differs(&self, component: usize, field: Field) -> String {
        let process = Process {
            component,
            phase: Phase::New,
        };
        let config = self.config(self.plan.steps.len(), process);
        let ends = described(&config, self.plan.components[component].is_stem(), None);
        format!(
            "{} ends with {ends}; the goal has another `{}`",
            self.name(component),
            field.name()
        )
    }
}

/// What stands in a configuration: of signing, and of transport where it is not the default.
#[must_use]
pub fn described(config: &Config, is_stem: bool, change: Option<&Change>) -> String {
    let mut parts = Vec::new();
    if is_stem {
        signing(config, &mut parts);
    }
    let touches_tls = change.is_some_and(|change| {
        [
            Field::Url,
            Field::Trust,
            Field::Leaf,
            Field::Ports,
            Field::Clients,
            Field::Password,
        ]
        .into_iter()
        .any(|field| change.says(field))
    });
    if touches_tls || !is_stem || config.trust.len() > 1 {
        transport(config, is_stem, &mut parts);
    }
    parts.join(", ")
}

fn signing(config: &Config, parts: &mut Vec<String>) {
    if !is_signing_on(config) {
        parts.push("signing off".to_owned());
    }
    match config.signing {
        Signing::None => {}
        Signing::HmacSha256 => parts.extend(list("keys", &config.keys)),
        Signing::Ed25519 => {
            parts.extend(list("public", &config.public));
            parts.extend(list("private", &config.private));
        }
    }
    if let Some(active) = config
        .active
        .as_ref()
        .filter(|_| config.signing != Signing::None)
    {
        parts.push(format!("active {active}"));
    }
}

fn transport(config: &Config, is_stem: bool, parts: &mut Vec<String>) {
    if is_stem {
        parts.push(format!("{}://", config.url.name()));
    } else {
        let ports = [(config.ports.plain, "plain"), (config.ports.tls, "tls")];
        let open: Vec<&str> = ports
            .into_iter()
            .filter(|(is_open, _)| *is_open)
            .map(|(_, name)| name)
            .collect();
        parts.push(format!("ports {}", open.join(" and ")));
    }
    if !config.trust.is_empty() {
        parts.push(format!("trusts {}", config.trust.join(" and ")));
    }
    match &config.leaf {
        Some(leaf) => parts.push(format!("shows a certificate, {leaf}")),
        None if is_stem && config.url == super::plan::Scheme::Rediss => {
            parts.push("shows no certificate".to_owned());
        }
        None => {}
    }
    if !is_stem && config.ports.tls {
        parts.push(format!("client certificates {}", config.clients.name()));
    }
    if let Some(password) = &config.password {
        parts.push(format!("password {password}"));
    }
}

fn list(name: &str, keys: &[Key]) -> Option<String> {
    let ids: Vec<String> = keys.iter().map(ToString::to_string).collect();
    (!ids.is_empty()).then(|| format!("{name} {}", ids.join(" and ")))
}

impl Verdict {
    /// The trouble with the shortest story: the earliest, and of those one whose message is
    /// sent and refused in the same step.
    #[must_use]
    pub fn shortest(&self) -> Option<&Trouble> {
        self.troubles.iter().min_by_key(|trouble| {
            let is_later = match &trouble.event {
                Event::Message { origin, .. } => origin.step < trouble.step || !origin.is_own,
                _ => false,
            };
            (trouble.step, is_later)
        })
    }
}
