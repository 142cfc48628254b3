//! Steps that change processes: their replicas restart, exit or start in any order.

use crate::plan::Act;
use crate::schedule::{Life, Schedule};
use crate::table::Kind;

impl Schedule<'_> {
    /// A roll, a stop or a start.
    pub(crate) fn carry_out(&mut self) {
        let table = self.table;
        let step = &table.phases[self.phase];
        self.todo.clear();
        for member in &step.members {
            for replica in member * self.replicas..(member + 1) * self.replicas {
                self.todo.push(replica as u16);
            }
            if step.kind == Kind::Step(Act::Stop) {
                self.stopped[*member] = true;
            }
        }
        // the configuration is written: whoever dies now comes back with it
        if self.random.chance(1, 4) {
            self.crash();
        }
        // how many of sixteen events concern messages: a rollout may be over at once, or take long
        let fastest = if self.phase == self.focus { 11 } else { 2 };
        let pace = fastest + self.random.below(16 - fastest);
        while !self.todo.is_empty() {
            if self.random.chance(pace, 16) {
                self.message();
            } else if self.random.chance(1, 8) {
                self.disturb();
            } else {
                let at = self.random.below(self.todo.len());
                if self.advance(self.todo[at] as usize) {
                    self.todo.swap_remove(at);
                }
            }
        }
        if step.kind == Kind::Step(Act::Start) {
            step.members
                .iter()
                .for_each(|member| self.stopped[*member] = false);
        }
    }

    /// One more restart, exit or start of a replica in the present step; whether that was its last.
    fn advance(&mut self, replica: usize) -> bool {
        let table = self.table;
        let component = replica / self.replicas;
        let (old, new) = self.sides(replica);
        let kind = table.phases[self.phase].kind;
        let old_runs = self.processes[old].life == Life::Alive;
        if kind == Kind::Step(Act::Stop) {
            if old_runs {
                self.leave(old);
            }
            return true;
        }
        let is_new = self.processes[new].life == Life::Absent;
        if old_runs {
            let first_out = table.members[component].recreate || self.random.coin();
            if is_new && !first_out {
                self.start(new);
            } else {
                self.leave(old);
            }
        } else if is_new && self.may_start(component) {
            self.start(new);
        }
        self.hand_over(replica)
    }

    /// Makes the new process the present one when nothing is left to do for a replica.
    fn hand_over(&mut self, replica: usize) -> bool {
        let (old, new) = self.sides(replica);
        let over =
            self.processes[old].life != Life::Alive && self.processes[new].life != Life::Absent;
        if over {
            self.processes[old].life = Life::Absent;
            self.present[replica] ^= 1;
        }
        over
    }

    pub(crate) fn sides(&self, replica: usize) -> (usize, usize) {
        let present = self.present[replica] as usize;
        (2 * replica + present, 2 * replica + (present ^ 1))
    }

    /// Whether a new process of a component may start beside the old ones that still run.
    pub(crate) fn may_start(&self, component: usize) -> bool {
        if !self.table.members[component].recreate {
            return true;
        }
        let mut replicas = component * self.replicas..(component + 1) * self.replicas;
        // one that the step is through with is itself new
        replicas.all(|replica| {
            !self.is_open(replica) || self.processes[self.sides(replica).0].life != Life::Alive
        })
    }

    /// Whether the present step still has something to do for a replica.
    pub(crate) fn is_open(&self, replica: usize) -> bool {
        self.todo.contains(&(replica as u16))
    }
}
