//! Messages in the broker as Stem leaves them there: streams that a group reads in order, entries
//! pending until they are acknowledged, a delayed set, dead letters.

use crate::outcome::Harm;
use crate::schedule::Schedule;
use crate::story::Subject;
use crate::table::THROWS;

/// After so many deliveries a message is done, or Stem gives up on it.
const DELIVERIES: u8 = 6;

/// A stream and how far its group has read. Entries are never trimmed.
#[derive(Default)]
pub(crate) struct Stream {
    entries: Vec<u8>,
    last_delivered: usize,
}

impl Stream {
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.last_delivered = 0;
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Unborn,
    /// In the delayed set until `due`.
    Delayed,
    /// Behind the group's last-delivered position.
    Stream,
    /// Pending, and the holder works on it.
    Held,
    /// Pending, and whoever had it is gone or choked on it: claimed again some time after `due`.
    Abandoned,
    /// Acknowledged, dead-lettered or lost.
    Gone,
}

pub(crate) struct Message {
    place: Place,
    signature: u8,
    /// When it was signed last.
    pub(crate) signed_at: u32,
    /// The phase from which on it can be published, or is due.
    due: u8,
    holder: u16,
    deliveries: u8,
    priority: u8,
}

impl Message {
    /// A message that some source sends in that phase, or later when none runs.
    pub(crate) fn unborn(phase: u8) -> Self {
        Self {
            place: Place::Unborn,
            signature: 0,
            signed_at: 0,
            due: phase,
            holder: 0,
            deliveries: 0,
            priority: 0,
        }
    }

    /// Whether it is in the broker and not done with.
    pub(crate) fn is_there(&self) -> bool {
        !matches!(self.place, Place::Unborn | Place::Gone)
    }
}

impl Schedule<'_> {
    /// The next thing that happens to some message.
    pub(crate) fn message(&mut self) {
        self.now += 1;
        if self.open.is_empty() {
            return;
        }
        let at = self.open[self.random.below(self.open.len())] as usize;
        match self.messages[at].place {
            Place::Gone => {}
            Place::Unborn if self.is_due(at) => self.enqueue(at),
            Place::Delayed if self.is_due(at) => self.append(at),
            Place::Stream => self.read(self.messages[at].priority as usize),
            Place::Abandoned if self.is_due(at) => self.claim(at),
            Place::Held => self.work_on(at),
            _ => {}
        }
    }

    fn is_due(&self, at: usize) -> bool {
        let message = &self.messages[at];
        let due = message.due as usize <= self.phase;
        due || (self.waiting && message.place != Place::Unborn)
    }

    /// A source signs a message and sends it.
    fn enqueue(&mut self, at: usize) {
        if self.phase == 0 && !self.table.elsewhere.is_empty() {
            let signature = *self.random.pick(&self.table.elsewhere);
            self.publish(at, signature);
            self.note(&[Subject::Message(at)], |run| {
                let signed = run.table.signature(signature);
                format!("somebody else has sent message {at}, {signed}")
            });
            return self.append(at);
        }
        if self.sources.is_empty() {
            return;
        }
        let source = *self.random.pick(&self.sources) as usize;
        let signature = self.sign(source);
        let subjects = [Subject::Message(at), Subject::Process(source)];
        let component = self.processes[source].component as usize;
        if signature == THROWS && self.table.members[component].modest {
            return self.end(at);
        }
        if signature == THROWS {
            self.end(at);
            self.harm(Harm::Refused, &subjects, |run| {
                format!("{} cannot sign what it wants to send", run.name(source))
            });
            return;
        }
        self.messages[at].priority = u8::from(self.random.chance(1, 4));
        self.publish(at, signature);
        self.note(&subjects, |run| {
            let signed = run.table.signature(signature);
            format!("{} sends message {at}, {signed}", run.name(source))
        });
        if self.random.chance(1, 4) {
            self.delay(at); // for a date, by `notBefore`
        } else {
            self.append(at);
        }
    }

    fn sign(&self, process: usize) -> u8 {
        let config = self.processes[process].config;
        self.table.configs[config as usize].sign
    }

    fn publish(&mut self, at: usize, signature: u8) {
        let message = &mut self.messages[at];
        message.signature = signature;
        message.signed_at = self.now;
    }

    /// Into the delayed set: soon, or for a time long after.
    fn delay(&mut self, at: usize) {
        self.messages[at].place = Place::Delayed;
        self.messages[at].due = self.some_day();
    }

    /// A phase from now on: half of the time this one.
    fn some_day(&mut self) -> u8 {
        let day = match self.random.below(6) {
            0..=2 => self.phase,
            3 => self.phase + 1,
            4 => self.focus.max(self.phase),
            _ => self.phase + self.random.below(self.table.phases.len() - self.phase),
        };
        day as u8
    }

    /// Onto the end of its stream.
    fn append(&mut self, at: usize) {
        let message = &mut self.messages[at];
        message.place = Place::Stream;
        self.streams[message.priority as usize]
            .entries
            .push(at as u8);
    }

    /// A worker reads the entry after the group's last-delivered one.
    fn read(&mut self, priority: usize) {
        if self.workers.is_empty() || (self.phase < self.backlog && !self.waiting) {
            return;
        }
        let stream = &mut self.streams[priority];
        let Some(at) = stream.entries.get(stream.last_delivered) else {
            return;
        };
        stream.last_delivered += 1;
        let at = *at as usize;
        let worker = *self.random.pick(&self.workers) as usize;
        self.deliver(at, worker);
    }

    /// The visibility timeout is over: a worker claims what another one has left.
    fn claim(&mut self, at: usize) {
        if !self.workers.is_empty() {
            let worker = *self.random.pick(&self.workers) as usize;
            self.deliver(at, worker);
        }
    }

    /// A worker gets a message and verifies it.
    fn deliver(&mut self, at: usize, worker: usize) {
        let table = self.table;
        let signature = self.messages[at].signature;
        self.messages[at].holder = worker as u16;
        self.messages[at].deliveries = self.messages[at].deliveries.saturating_add(1);
        let refusal = table.verify(self.processes[worker].config, signature);
        let subjects = [Subject::Message(at), Subject::Process(worker)];
        if refusal == 0 {
            self.messages[at].place = Place::Held;
            self.note(&subjects, |run| {
                format!("{} takes message {at}", run.name(worker))
            });
            return;
        }
        if table.is_poison(refusal) {
            self.lose_worker(at);
        } else {
            self.end(at);
            if table.is_given_up(signature) {
                self.losses += 1;
                return;
            }
        }
        self.harm(Harm::Refused, &subjects, |run| {
            let text = &run.table.refusals[refusal as usize];
            let signed = run.table.signature(signature);
            format!(
                "{} refuses message {at}, {signed}: {text}",
                run.name(worker)
            )
        });
    }

    /// What comes of a task that a worker has in hand.
    fn work_on(&mut self, at: usize) {
        match self.random.below(16) {
            0..=4 => self.end_work(at),
            5..=11 => self.retry(at),
            12 => self.lose_worker(at),
            _ => {} // it takes its time
        }
    }

    fn end_work(&mut self, at: usize) {
        self.end(at);
        self.done += 1;
    }

    fn end(&mut self, at: usize) {
        self.messages[at].place = Place::Gone;
        if let Some(place) = self.open.iter().position(|open| *open as usize == at) {
            self.open.swap_remove(place);
        }
    }

    /// A retry, a rate limit or a paused queue: acknowledged, signed anew, published again.
    fn retry(&mut self, at: usize) {
        let worker = self.messages[at].holder as usize;
        if self.messages[at].deliveries >= DELIVERIES {
            return self.end_work(at);
        }
        let signature = self.sign(worker);
        let subjects = [Subject::Message(at), Subject::Process(worker)];
        if signature == THROWS {
            // acknowledged already: gone, in no dead letters
            self.end(at);
            self.losses += 1;
            return;
        }
        self.publish(at, signature);
        self.note(&subjects, |run| {
            let signed = run.table.signature(signature);
            format!(
                "{} publishes message {at} again, {signed}",
                run.name(worker)
            )
        });
        if self.random.chance(1, 4) {
            self.append(at);
        } else {
            self.delay(at);
        }
    }

    /// The connection or the task breaks: the entry stays pending, with the signature that it has.
    fn lose_worker(&mut self, at: usize) {
        self.messages[at].place = Place::Abandoned;
        self.messages[at].due = self.some_day();
    }

    /// An orderly exit: what is in hand ends, or goes back for a retry.
    pub(crate) fn finish_work_of(&mut self, process: usize) {
        for at in 0..self.messages.len() {
            if self.has(process, at) {
                if self.random.coin() {
                    self.retry(at);
                } else {
                    self.end_work(at);
                }
            }
        }
    }

    pub(crate) fn abandon_work_of(&mut self, process: usize) {
        for at in 0..self.messages.len() {
            if self.has(process, at) {
                self.lose_worker(at);
            }
        }
    }

    fn has(&self, process: usize, at: usize) -> bool {
        let message = &self.messages[at];
        message.place == Place::Held && message.holder as usize == process
    }
}
