//! A plan with every answer of `stem` worked out beforehand, as numbers: what simulations of a
//! hundred thousand schedules look at instead of names.

use crate::plan::{Act, Clients, Component, Config, Field, Plan, Role};
use crate::stem::{self, Signature};

/// What stands for a signature when `sign` throws.
pub const THROWS: u8 = u8::MAX;

pub struct Table {
    pub members: Vec<Member>,
    /// Every configuration that some component ever has; a number stands for one of them.
    pub configs: Vec<Deployed>,
    /// The plan's steps, with the time before the first and that after the last.
    pub phases: Vec<Phase>,
    /// The components that are brokers.
    pub brokers: Vec<usize>,
    /// Why something is refused; the first is empty: it is not.
    pub refusals: Vec<String>,
    poison: Vec<bool>,
    signatures: Vec<Signature>,
    verdicts: Vec<u8>,
    links: Vec<u8>,
    /// What messages carry that were sent by somebody who is not in the plan.
    pub elsewhere: Vec<u8>,
    /// Keys of which every message may be refused: each is a listed loss.
    given_up: Vec<String>,
}

pub struct Member {
    pub name: String,
    pub stem: bool,
    pub worker: bool,
    pub source: bool,
    /// Sends only what it can sign.
    pub modest: bool,
    pub broker: bool,
    pub recreate: bool,
}

pub struct Deployed {
    pub component: usize,
    pub config: Config,
    /// What a message that it signs carries, or `THROWS`.
    pub sign: u8,
    pub start: Result<(), String>,
    pub forbidden: Option<&'static str>,
    /// What is off here though it is on before and after the plan.
    pub unprotected: Option<&'static str>,
    pub meets_goal: bool,
}

pub struct Phase {
    pub kind: Kind,
    pub members: Vec<usize>,
    pub takes_part: Vec<bool>,
    /// For each component the configuration that it has afterwards.
    pub written: Vec<u16>,
    pub said: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing is changed: before the plan and after it.
    Run,
    Step(Act),
}

impl Table {
    pub fn new(plan: &Plan) -> Self {
        let mut table = Self {
            members: plan.components.iter().map(Member::new).collect(),
            configs: Vec::new(),
            phases: Vec::new(),
            brokers: Vec::new(),
            refusals: vec![String::new()],
            poison: vec![false],
            signatures: vec![Signature::Missing],
            verdicts: Vec::new(),
            links: Vec::new(),
            elsewhere: Vec::new(),
            given_up: Vec::new(),
        };
        let is_broker = |at: &usize| table.members[*at].broker;
        table.brokers = (0..plan.components.len()).filter(is_broker).collect();
        table.lay_out(plan);
        table.judge_each(plan);
        table.judge_pairs();
        table
    }

    /// Whether whoever runs with a configuration sends messages of its own.
    pub fn sends(&self, config: u16) -> bool {
        let deployed = &self.configs[config as usize];
        let member = &self.members[deployed.component];
        member.source && !(member.modest && deployed.sign == THROWS)
    }

    /// What the holder of a configuration says to a signature: 0, or the number of the refusal.
    pub fn verify(&self, config: u16, signature: u8) -> u8 {
        self.verdicts[config as usize * self.signatures.len() + signature as usize]
    }

    /// Whether a client gets a connection to a broker: 0, or the number of the refusal.
    pub fn connect(&self, client: u16, broker: u16) -> u8 {
        self.links[client as usize * self.configs.len() + broker as usize]
    }

    pub fn is_poison(&self, refusal: u8) -> bool {
        self.poison[refusal as usize]
    }

    /// From now on what this key has signed is lost where it is refused, and harms nobody.
    pub fn give_up(&mut self, id: &str) {
        self.given_up.push(id.to_owned());
    }

    pub fn is_given_up(&self, signature: u8) -> bool {
        match &self.signatures[signature as usize] {
            Signature::Missing => false,
            Signature::Hmac(key) | Signature::Ed25519(key) => self.given_up.contains(&key.id),
        }
    }

    pub fn signature(&self, number: u8) -> String {
        match &self.signatures[number as usize] {
            Signature::Missing => "unsigned".to_owned(),
            Signature::Hmac(key) => format!("signed by HMAC `{}` = {}", key.id, key.is),
            Signature::Ed25519(key) => format!("signed by Ed25519 `{}` = {}", key.id, key.is),
        }
    }

    fn lay_out(&mut self, plan: &Plan) {
        let mut now = plan.start.clone();
        self.phase(Kind::Run, &[], &now, "before the plan".to_owned());
        for (number, step) in plan.steps.iter().enumerate() {
            for (member, fields) in &step.members {
                fields.iter().for_each(|field| now[*member].set(field));
            }
            let members: Vec<usize> = step.members.iter().map(|(member, _)| *member).collect();
            let named: Vec<&str> = members
                .iter()
                .map(|member| plan.components[*member].name.as_str())
                .collect();
            let said = format!("step {}: {:?} {}", number + 1, step.act, named.join(", "));
            self.phase(Kind::Step(step.act), &members, &now, said);
        }
        self.phase(Kind::Run, &[], &now, "after the plan".to_owned());
    }

    fn phase(&mut self, kind: Kind, members: &[usize], now: &[Config], said: String) {
        let numbered = now.iter().enumerate();
        let written = numbered
            .map(|(component, config)| self.number(component, config))
            .collect();
        let takes_part = (0..now.len()).map(|at| members.contains(&at)).collect();
        self.phases.push(Phase {
            kind,
            members: members.to_vec(),
            takes_part,
            written,
            said,
        });
    }

    fn number(&mut self, component: usize, config: &Config) -> u16 {
        let same = |known: &Deployed| known.component == component && known.config == *config;
        let at = self.configs.iter().position(same).unwrap_or_else(|| {
            self.configs.push(Deployed {
                component,
                config: config.clone(),
                sign: THROWS,
                start: Ok(()),
                forbidden: None,
                unprotected: None,
                meets_goal: true,
            });
            self.configs.len() - 1
        });
        u16::try_from(at).expect("fewer configurations than that")
    }

    fn judge_each(&mut self, plan: &Plan) {
        let ends = [&self.phases[0], &self.phases[self.phases.len() - 1]];
        let ends = ends.map(|phase| phase.written.clone());
        for at in 0..self.configs.len() {
            let component = self.configs[at].component;
            let [first, last] = [&ends[0], &ends[1]]
                .map(|written| self.configs[written[component] as usize].config.clone());
            let declared = &plan.components[component];
            let goal: &[Field] = &plan.goal[component];
            let deployed = &mut self.configs[at];
            let config = &deployed.config;
            deployed.start = stem::start(declared, config);
            deployed.forbidden = stem::forbidden(declared, config);
            deployed.unprotected = unprotected(declared, &first, config, &last);
            deployed.meets_goal = goal.iter().all(|field| config.has(field));
            if let Ok(signature) = stem::sign(config) {
                deployed.sign = place(&mut self.signatures, signature);
            }
        }
        self.expect_others();
    }

    /// Where nobody in the plan sends, somebody else did before it.
    fn expect_others(&mut self) {
        if self.members.iter().any(|member| member.source) {
            return;
        }
        for component in 0..self.members.len() {
            let deployed = &self.configs[self.phases[0].written[component] as usize];
            if !self.members[component].worker || deployed.start.is_err() {
                continue;
            }
            for signature in stem::expected(&deployed.config) {
                let number = place(&mut self.signatures, signature);
                self.elsewhere.push(number);
            }
        }
    }

    fn judge_pairs(&mut self) {
        for at in 0..self.configs.len() {
            for signature in self.signatures.clone() {
                let answer = stem::verify(&self.configs[at].config, &signature);
                let answer = match answer {
                    Ok(()) => 0,
                    Err(refusal) => self.refusal(refusal.text, refusal.poison),
                };
                self.verdicts.push(answer);
            }
            for other in 0..self.configs.len() {
                let answer = stem::connect(&self.configs[at].config, &self.configs[other].config);
                let answer = match answer {
                    Ok(()) => 0,
                    Err(text) => self.refusal(text, false),
                };
                self.links.push(answer);
            }
        }
    }

    fn refusal(&mut self, text: String, poison: bool) -> u8 {
        let number = place(&mut self.refusals, text);
        self.poison.resize(self.refusals.len(), poison);
        number
    }
}

/// Where something is in a list, at whose end it is put when it is not there.
fn place<T: PartialEq>(list: &mut Vec<T>, wanted: T) -> u8 {
    let at = list.iter().position(|known| *known == wanted);
    let at = at.unwrap_or_else(|| {
        list.push(wanted);
        list.len() - 1
    });
    u8::try_from(at)
        .ok()
        .filter(|at| *at != THROWS)
        .expect("fewer than that")
}

fn unprotected(
    component: &Component,
    first: &Config,
    now: &Config,
    last: &Config,
) -> Option<&'static str> {
    let between = |is_on: &dyn Fn(&Config) -> bool| is_on(first) && is_on(last) && !is_on(now);
    if component.is_stem() && between(&|config| !stem::signing_is_off(config)) {
        return Some("signing is off");
    }
    if component.is_stem() && between(&|config| config.tls) {
        return Some("it speaks in the clear");
    }
    if component.is(Role::Broker) && between(&|config| !config.ports.plain) {
        return Some("its plaintext port is open");
    }
    let asks = |config: &Config| config.ports.tls && config.clients == Clients::Required;
    if component.is(Role::Broker) && between(&asks) {
        return Some("it asks for no certificate");
    }
    if component.is(Role::Broker) && between(&|config| config.password.is_some()) {
        return Some("it asks for no password");
    }
    None
}

impl Member {
    fn new(component: &Component) -> Self {
        Self {
            name: component.name.clone(),
            stem: component.is_stem(),
            worker: component.is(Role::Worker),
            source: component.is_source(),
            modest: component.sends_what_it_can(),
            broker: component.is(Role::Broker),
            recreate: component.recreate,
        }
    }
}
