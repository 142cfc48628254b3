//! One run of a plan, from before its first step until nothing is left of any message: who restarts
//! when, who reads what, who dies, as the seed has it.
//!
//! Time is the order of events. What in a deployment is a matter of luck (a slow rollout, a long
//! backlog, a retry hours later, a crash) is drawn here, with a liking for what does harm.

use crate::outcome::Harm;
use crate::plan::Act;
use crate::queue::{Message, Stream};
use crate::random::Random;
use crate::story::{Story, Subject};
use crate::table::{Kind, Table};

/// How many messages a schedule has at least.
const MESSAGES: usize = 6;
/// How many events a wait may take before it counts as endless.
const PATIENCE: u32 = 4000;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    Absent,
    Alive,
    /// It was started and did not come up.
    Failed,
}

/// Each replica has two of these: the one that runs and the one that replaces it.
#[derive(Clone, Copy)]
pub(crate) struct Process {
    pub(crate) component: u16,
    pub(crate) config: u16,
    pub(crate) life: Life,
}

pub(crate) struct Schedule<'t> {
    pub(crate) table: &'t Table,
    pub(crate) random: Random,
    pub(crate) phase: usize,
    /// The place in the order of events.
    pub(crate) now: u32,
    pub(crate) replicas: usize,
    /// Two for each replica, side by side.
    pub(crate) processes: Vec<Process>,
    /// For each replica which of its two is the present one (0 or 1).
    pub(crate) present: Vec<u8>,
    pub(crate) sources: Vec<u16>,
    pub(crate) workers: Vec<u16>,
    pub(crate) clients: Vec<u16>,
    /// For each component its running broker processes.
    pub(crate) servers: Vec<Vec<u16>>,
    /// The components that a step has stopped.
    pub(crate) stopped: Vec<bool>,
    pub(crate) messages: Vec<Message>,
    /// The messages that something may still happen to.
    pub(crate) open: Vec<u8>,
    /// One for each priority.
    pub(crate) streams: [Stream; 2],
    /// A wait is going on: what would happen some day happens now.
    pub(crate) waiting: bool,
    /// The replicas that the present step has not finished with.
    pub(crate) todo: Vec<u16>,
    /// A phase in which much of what was delayed before is due, and which takes its time.
    pub(crate) focus: usize,
    /// Until then workers are too busy to read anything new.
    pub(crate) backlog: usize,
    pub(crate) harms: u8,
    pub(crate) losses: u32,
    pub(crate) done: u32,
    pub(crate) story: Option<Story>,
}

impl<'t> Schedule<'t> {
    pub(crate) fn new(table: &'t Table, replicas: usize) -> Self {
        let count = table.members.len();
        Self {
            table,
            random: Random::new(0),
            phase: 0,
            now: 0,
            replicas,
            processes: Vec::new(),
            present: Vec::new(),
            sources: Vec::new(),
            workers: Vec::new(),
            clients: Vec::new(),
            servers: vec![Vec::new(); count],
            stopped: vec![false; count],
            messages: Vec::new(),
            open: Vec::new(),
            streams: [Stream::default(), Stream::default()],
            waiting: false,
            todo: Vec::new(),
            focus: 0,
            backlog: 0,
            harms: 0,
            losses: 0,
            done: 0,
            story: None,
        }
    }

    /// Runs the whole plan once.
    pub(crate) fn run(&mut self, random: Random) {
        self.random = random;
        self.forget();
        self.focus = self.random.below(self.table.phases.len());
        self.backlog = if self.random.chance(1, 4) {
            self.focus
        } else {
            0
        };
        for phase in 0..self.table.phases.len() {
            self.begin(phase);
            match self.table.phases[phase].kind {
                Kind::Run if phase == 0 => self.come_up(),
                Kind::Run => {}
                Kind::Step(Act::Drain) => self.drain(),
                Kind::Step(_) => self.carry_out(),
            }
            let rest = self.random.below(10);
            (0..rest).for_each(|_| self.event());
        }
        self.settle();
        self.compare_with_goal();
    }

    /// The same run, told: what was wrong in the first harm of this kind, and what led to it.
    pub(crate) fn tell(&mut self, random: Random, harm: Harm) -> (String, Vec<String>) {
        self.story = Some(Story::of(harm));
        self.run(random);
        let story = self.story.take();
        story.map(Story::end).unwrap_or_default()
    }

    pub(crate) fn harm(
        &mut self,
        harm: Harm,
        subjects: &[Subject],
        words: impl FnOnce(&Self) -> String,
    ) {
        self.harms |= harm.bit();
        if self.story.is_some() {
            let words = words(self);
            if let Some(story) = &mut self.story {
                story.harm(harm, subjects, words);
            }
        }
    }

    pub(crate) fn note(&mut self, subjects: &[Subject], words: impl FnOnce(&Self) -> String) {
        if self.story.is_some() {
            let words = words(self);
            if let Some(story) = &mut self.story {
                story.note(subjects, words);
            }
        }
    }

    fn forget(&mut self) {
        let table = self.table;
        let replicas = self.replicas;
        self.processes.clear();
        for component in 0..table.members.len() {
            let process = Process {
                component: component as u16,
                config: table.phases[0].written[component],
                life: Life::Absent,
            };
            (0..2 * replicas).for_each(|_| self.processes.push(process));
            self.servers[component].clear();
            self.stopped[component] = false;
        }
        self.present.clear();
        self.present.resize(table.members.len() * replicas, 0);
        self.sources.clear();
        self.workers.clear();
        self.clients.clear();
        self.streams.iter_mut().for_each(Stream::clear);
        self.messages.clear();
        self.open.clear();
        let phases = table.phases.len();
        for number in 0..MESSAGES.max(phases) {
            let birth = self.random.below(phases) as u8;
            self.messages.push(Message::unborn(birth));
            self.open.push(number as u8);
        }
        self.waiting = false;
        self.now = 0;
        self.harms = 0;
        self.losses = 0;
        self.done = 0;
    }

    fn begin(&mut self, phase: usize) {
        self.phase = phase;
        self.now += 1;
        self.note(&[], |run| run.table.phases[phase].said.clone());
    }

    fn come_up(&mut self) {
        // brokers are there before their clients, as they have been for a long time
        for first in [true, false] {
            for replica in 0..self.present.len() {
                let component = replica / self.replicas;
                if self.table.members[component].broker == first {
                    self.start(2 * replica);
                }
            }
        }
    }

    fn drain(&mut self) {
        self.now += 1;
        let began = self.now;
        self.waiting = true;
        let mut patience = PATIENCE;
        while self.holds(began) {
            if self.workers.is_empty() || patience == 0 {
                self.harm(Harm::Refused, &[], |_| {
                    "the drain never ends: messages are left that no worker takes".to_owned()
                });
                break;
            }
            patience -= 1;
            self.event();
        }
        self.waiting = false;
    }

    /// Whether a message is there that a drain waits for.
    fn holds(&self, began: u32) -> bool {
        let any = self.sources.is_empty();
        self.open.iter().any(|at| {
            let message = &self.messages[*at as usize];
            message.is_there() && (any || message.signed_at < began)
        })
    }

    /// Long after the last step everything that is left is read.
    fn settle(&mut self) {
        self.waiting = true;
        let mut patience = PATIENCE;
        while patience > 0 && !self.workers.is_empty() && self.holds(u32::MAX) {
            patience -= 1;
            self.event();
        }
        self.waiting = false;
    }

    fn event(&mut self) {
        if self.random.chance(1, 8) {
            self.disturb();
        } else {
            self.message();
        }
    }

    /// A client connects anew, or something dies.
    pub(crate) fn disturb(&mut self) {
        if self.random.chance(2, 3) {
            self.reconnect();
        } else {
            self.crash();
        }
    }

    fn compare_with_goal(&mut self) {
        for component in 0..self.table.members.len() {
            let name = |run: &Self| run.table.members[component].name.clone();
            if self.stopped[component] {
                self.harm(Harm::Incomplete, &[], |run| {
                    format!("{} is left stopped", name(run))
                });
            }
            let last = self.table.phases[self.phase].written[component];
            if !self.table.configs[last as usize].meets_goal {
                self.harm(Harm::Incomplete, &[], |run| {
                    format!("{} does not end as the goal has it", name(run))
                });
            }
        }
    }
}
