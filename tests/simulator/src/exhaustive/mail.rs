//! What can happen to a message: sent, read, refused, worked on, published again, left pending.

use super::{Exhaustive, MESSAGES, Message, SIDES, State};
use crate::outcome::Harm;
use crate::table::THROWS;

impl Exhaustive<'_> {
    /// Everything that can happen to a message.
    pub(super) fn mail(&mut self, state: &State) {
        for at in 0..self.messages {
            // messages are sorted: those that are not there come first
            let place = MESSAGES - self.messages + at;
            match state.messages[place] {
                Message::None => self.send(state, place),
                Message::Waiting { signature, marked } => {
                    self.deliver(state, place, signature, marked);
                }
                Message::Held { .. } => self.work(state, place),
            }
        }
    }

    fn put(&mut self, state: &State, place: usize, message: Message) {
        let mut next = *state;
        next.messages[place] = message;
        self.visit(next);
    }

    fn publish(&mut self, state: &State, place: usize, signature: u8) {
        let marked = false;
        self.put(state, place, Message::Waiting { signature, marked });
    }

    fn send(&mut self, state: &State, place: usize) {
        if state.phase == 0 {
            for at in 0..self.table.elsewhere.len() {
                self.publish(state, place, self.table.elsewhere[at]);
            }
        }
        for component in 0..self.table.members.len() {
            for side in SIDES {
                let source = self.table.members[component].source;
                let Some(config) = self.running(state, component, side).filter(|_| source) else {
                    continue;
                };
                match self.table.configs[config as usize].sign {
                    THROWS if self.table.members[component].modest => {}
                    THROWS => self.harm(Harm::Refused),
                    signature => self.publish(state, place, signature),
                }
            }
        }
    }

    fn deliver(&mut self, state: &State, place: usize, signature: u8, marked: bool) {
        for component in 0..self.table.members.len() {
            for side in SIDES {
                let worker = self.table.members[component].worker;
                let Some(config) = self.running(state, component, side).filter(|_| worker) else {
                    continue;
                };
                let refusal = self.table.verify(config, signature);
                let message = Message::Held {
                    signature,
                    marked,
                    component: component as u8,
                    side: side as u8,
                };
                if refusal == 0 {
                    self.put(state, place, message);
                    continue;
                }
                self.harm(Harm::Refused);
                if !self.table.is_poison(refusal) {
                    self.put(state, place, Message::None);
                }
            }
        }
    }

    /// It ends, is published again, or the worker dies over it.
    fn work(&mut self, state: &State, place: usize) {
        let Message::Held {
            signature,
            marked,
            component,
            side,
        } = state.messages[place]
        else {
            return;
        };
        self.put(state, place, Message::None);
        self.put(state, place, Message::Waiting { signature, marked });
        let config = self.running(state, component as usize, side as usize);
        let config = config.expect("only a running worker holds a message");
        let signature = self.table.configs[config as usize].sign;
        if signature != THROWS {
            self.publish(state, place, signature);
        }
    }
}
