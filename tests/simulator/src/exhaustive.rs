//! Every interleaving of a plan with few replicas and messages: a small-step semantics of its own,
//! whose reachable states are all visited.
//!
//! Replicas of a component are counted, not told apart. A message in a stream, in the delayed set
//! or pending with nobody at work on it is one and the same here: some worker may read it at any time.

mod mail;

use std::collections::HashSet;

use crate::outcome::Harm;
use crate::plan::Act;
use crate::table::{Kind, Table};

const COMPONENTS: usize = 6;
const MESSAGES: usize = 2;

/// Processes with the configuration before the step and with the one after it.
const SIDES: [usize; 2] = [OLD, NEW];
const OLD: usize = 0;
const NEW: usize = 1;

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Message {
    None,
    Waiting {
        signature: u8,
        marked: bool,
    },
    Held {
        signature: u8,
        marked: bool,
        component: u8,
        side: u8,
    },
}

/// How many replicas of a component have only their old process, only their new one, or both.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
struct Count {
    old: u8,
    new: u8,
    both: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct State {
    phase: u8,
    counts: [Count; COMPONENTS],
    messages: [Message; MESSAGES],
}

pub struct Exhaustive<'t> {
    table: &'t Table,
    replicas: u8,
    messages: usize,
    /// For each phase, for each component: a step has stopped it and none has started it.
    stopped: Vec<Vec<bool>>,
    known: HashSet<State>,
    open: Vec<State>,
    pub harms: u8,
}

/// The kinds of harm in all interleavings, as bits; nothing when there are more than `limit` states.
pub fn harms(table: &Table, replicas: u8, messages: usize, limit: usize) -> Option<u8> {
    assert!(table.members.len() <= COMPONENTS && messages <= MESSAGES);
    let mut search = Exhaustive {
        table,
        replicas,
        messages,
        stopped: stopped(table),
        known: HashSet::new(),
        open: Vec::new(),
        harms: 0,
    };
    search.come_up();
    while let Some(state) = search.open.pop() {
        if search.known.len() > limit {
            return None;
        }
        search.connect(&state);
        search.mail(&state);
        search.roll(&state);
        search.advance(&state);
    }
    Some(search.harms)
}

fn stopped(table: &Table) -> Vec<Vec<bool>> {
    let mut now = vec![false; table.members.len()];
    let mut phases = Vec::new();
    for phase in &table.phases {
        for member in &phase.members {
            now[*member] |= phase.kind == Kind::Step(Act::Stop);
        }
        phases.push(now.clone());
        for member in &phase.members {
            now[*member] &= phase.kind != Kind::Step(Act::Start);
        }
    }
    phases
}

impl Exhaustive<'_> {
    fn come_up(&mut self) {
        let mut counts = [Count::default(); COMPONENTS];
        for (component, count) in counts.iter_mut().enumerate().take(self.table.members.len()) {
            if self.try_start(self.table.phases[0].written[component]) {
                count.old = self.replicas;
            }
        }
        let messages = [Message::None; MESSAGES];
        self.visit(State {
            phase: 0,
            counts,
            messages,
        });
    }

    fn visit(&mut self, mut state: State) {
        state.messages.sort_unstable();
        if self.known.insert(state) {
            self.open.push(state);
        }
    }

    fn harm(&mut self, harm: Harm) {
        self.harms |= harm.bit();
    }

    /// Whether a process with this configuration comes up; what is wrong with it is noted.
    fn try_start(&mut self, config: u16) -> bool {
        let deployed = &self.table.configs[config as usize];
        if deployed.forbidden.is_some() {
            self.harm(Harm::Forbidden);
        }
        if deployed.unprotected.is_some() {
            self.harm(Harm::Unprotected);
        }
        if deployed.start.is_err() {
            self.harm(Harm::NoStart);
        }
        deployed.start.is_ok()
    }

    /// The configuration of a side's processes, when some run.
    fn running(&self, state: &State, component: usize, side: usize) -> Option<u16> {
        let phase = state.phase as usize;
        let count = state.counts[component];
        let (there, of) = match side {
            OLD => (count.old + count.both, phase.saturating_sub(1)),
            _ => (count.new + count.both, phase),
        };
        (there > 0).then(|| self.table.phases[of].written[component])
    }

    fn connect(&mut self, state: &State) {
        let members = &self.table.members;
        for client in (0..members.len()).filter(|at| members[*at].stem) {
            if SIDES
                .iter()
                .any(|side| self.is_refused(state, client, *side))
            {
                self.harms |= Harm::Refused.bit();
            }
        }
    }

    fn is_refused(&self, state: &State, client: usize, side: usize) -> bool {
        let Some(client) = self.running(state, client, side) else {
            return false;
        };
        self.table.brokers.iter().any(|broker| {
            let servers = SIDES.map(|side| self.running(state, *broker, side));
            let refuses = |server: &u16| self.table.connect(client, *server) != 0;
            let down = self.stopped[state.phase as usize][*broker];
            servers.iter().flatten().any(refuses) || (down && servers == [None, None])
        })
    }

    /// Everything that the step's members can do.
    fn roll(&mut self, state: &State) {
        let table = self.table;
        let phase = &table.phases[state.phase as usize];
        let Kind::Step(act) = phase.kind else { return };
        for member in &phase.members {
            let count = state.counts[*member];
            let gone = self.replicas - count.old - count.new - count.both;
            if count.old > 0 {
                self.set(state, *member, |count| count.old -= 1);
            }
            if act == Act::Stop {
                continue;
            }
            if count.both > 0 {
                self.set(state, *member, |count| {
                    count.both -= 1;
                    count.new += 1;
                });
            }
            let recreate = table.members[*member].recreate;
            if recreate && count.old > 0 {
                continue;
            }
            if !self.try_start(phase.written[*member]) {
                continue;
            }
            if gone > 0 {
                self.set(state, *member, |count| count.new += 1);
            }
            if count.old > 0 {
                self.set(state, *member, |count| {
                    count.old -= 1;
                    count.both += 1;
                });
            }
        }
    }

    fn set(&mut self, state: &State, component: usize, change: impl Fn(&mut Count)) {
        let mut next = *state;
        change(&mut next.counts[component]);
        let after = next;
        // what the last process of a side held stays pending
        for message in &mut next.messages {
            if let Message::Held {
                signature,
                marked,
                component,
                side,
            } = *message
                && self
                    .running(&after, component as usize, side as usize)
                    .is_none()
            {
                *message = Message::Waiting { signature, marked };
            }
        }
        self.visit(next);
    }

    /// The next phase, when this one is through.
    fn advance(&mut self, state: &State) {
        let table = self.table;
        let phase = &table.phases[state.phase as usize];
        let through = match phase.kind {
            Kind::Run => true,
            Kind::Step(Act::Drain) => self.is_drained(state),
            Kind::Step(act) => phase.members.iter().all(|member| {
                let count = state.counts[*member];
                let starts = table.configs[phase.written[*member] as usize].start.is_ok();
                let due = if act == Act::Stop || !starts {
                    0
                } else {
                    self.replicas
                };
                count.old == 0 && count.both == 0 && count.new == due
            }),
        };
        if !through {
            return;
        }
        if state.phase as usize + 1 == table.phases.len() {
            return self.end(state);
        }
        let mut next = *state;
        next.phase += 1;
        for count in &mut next.counts {
            count.old += count.new;
            count.new = 0;
        }
        let drains = table.phases[next.phase as usize].kind == Kind::Step(Act::Drain);
        for message in &mut next.messages {
            match message {
                Message::None => {}
                Message::Waiting { marked, .. } => *marked = drains,
                Message::Held { marked, side, .. } => {
                    *marked = drains;
                    *side = OLD as u8;
                }
            }
        }
        self.visit(next);
    }

    fn is_drained(&mut self, state: &State) -> bool {
        let members = &self.table.members;
        let runs = |at: usize| {
            SIDES
                .iter()
                .any(|side| self.running(state, at, *side).is_some())
        };
        let sends = |at: usize| {
            let running = |side: &usize| self.running(state, at, *side);
            SIDES
                .iter()
                .filter_map(running)
                .any(|config| self.table.sends(config))
        };
        let source = (0..members.len()).any(sends);
        let worker = (0..members.len()).any(|at| members[at].worker && runs(at));
        let waits_for = |message: &Message| match message {
            Message::None => false,
            Message::Waiting { marked, .. } | Message::Held { marked, .. } => *marked || !source,
        };
        let left = state.messages.iter().any(waits_for);
        if left && !worker {
            // it never ends; whoever gives up goes on
            self.harm(Harm::Refused);
        }
        !left || !worker
    }

    fn end(&mut self, state: &State) {
        let phase = &self.table.phases[state.phase as usize];
        let stopped = self.stopped[state.phase as usize].contains(&true);
        let meets = |config: &u16| self.table.configs[*config as usize].meets_goal;
        if stopped || !phase.written.iter().all(meets) {
            self.harm(Harm::Incomplete);
        }
    }
}
