//! Processes: they start, connect, exit and die.

use crate::outcome::Harm;
use crate::plan::Act;
use crate::schedule::{Life, Schedule};
use crate::story::Subject;
use crate::table::Kind;

impl Schedule<'_> {
    /// Starts a process with the configuration that is written for its component.
    pub(crate) fn start(&mut self, process: usize) {
        let table = self.table;
        let component = self.processes[process].component as usize;
        let config = table.phases[self.phase].written[component];
        let deployed = &table.configs[config as usize];
        self.processes[process].config = config;
        let subject = [Subject::Process(process)];
        if let Some(what) = deployed.forbidden {
            self.harm(Harm::Forbidden, &subject, |run| {
                format!("{} holds {what}", run.name(process))
            });
        }
        if let Some(what) = deployed.unprotected {
            self.harm(Harm::Unprotected, &subject, |run| {
                format!("{}: {what}", run.name(process))
            });
        }
        if let Err(text) = &deployed.start {
            self.processes[process].life = Life::Failed;
            self.harm(Harm::NoStart, &subject, |run| {
                format!("{} does not start: {text}", run.name(process))
            });
            return;
        }
        self.processes[process].life = Life::Alive;
        self.note(&subject, |run| format!("{} starts", run.name(process)));
        let member = &table.members[component];
        let number = process as u16;
        if table.sends(config) {
            self.sources.push(number);
        }
        if member.worker {
            self.workers.push(number);
        }
        if member.broker {
            self.servers[component].push(number);
            self.reconnect();
        }
        if member.stem && !table.brokers.is_empty() {
            self.clients.push(number);
            self.connect(process);
        }
    }

    /// An exit in order, or not: what the process worked on is finished or left pending.
    pub(crate) fn leave(&mut self, process: usize) {
        if self.random.coin() {
            self.finish_work_of(process);
        }
        self.exit(process);
    }

    fn exit(&mut self, process: usize) {
        let table = self.table;
        let component = self.processes[process].component as usize;
        let member = &table.members[component];
        self.processes[process].life = Life::Absent;
        self.note(&[Subject::Process(process)], |run| {
            format!("{} exits", run.name(process))
        });
        let number = process as u16;
        if member.source {
            remove(&mut self.sources, number);
        }
        if member.worker {
            remove(&mut self.workers, number);
            self.abandon_work_of(process);
        }
        if member.stem && !table.brokers.is_empty() {
            remove(&mut self.clients, number);
        }
        if member.broker {
            remove(&mut self.servers[component], number);
            self.reconnect();
            self.reconnect();
        }
    }

    /// Some replica dies at once and comes back with what is written for it now.
    pub(crate) fn crash(&mut self) {
        let replica = self.random.below(self.present.len());
        let component = replica / self.replicas;
        let (old, new) = self.sides(replica);
        let victim = match self.processes[old].life {
            Life::Alive => old,
            _ => new,
        };
        if self.processes[victim].life != Life::Alive {
            return;
        }
        let step = &self.table.phases[self.phase];
        let takes_part = step.takes_part[component] && self.is_open(replica);
        self.exit(victim);
        match step.kind {
            Kind::Step(Act::Stop) if takes_part => {}
            Kind::Step(Act::Roll) if takes_part && victim == old => {
                if self.processes[new].life == Life::Absent && self.may_start(component) {
                    self.start(new);
                }
            }
            _ => self.start(victim),
        }
    }

    /// Some client connects anew.
    pub(crate) fn reconnect(&mut self) {
        if !self.clients.is_empty() {
            let at = self.random.below(self.clients.len());
            self.connect(self.clients[at] as usize);
        }
    }

    /// A client connects to every broker, to whichever of its processes takes the call.
    fn connect(&mut self, client: usize) {
        let table = self.table;
        for broker in &table.brokers {
            let servers = &self.servers[*broker];
            if servers.is_empty() {
                // a restart is no refusal, and a broker that failed to start is harm enough
                if self.stopped[*broker] {
                    self.harm(Harm::Refused, &[Subject::Process(client)], |run| {
                        let name = &run.table.members[*broker].name;
                        format!("{} runs, {name} does not", run.name(client))
                    });
                }
                continue;
            }
            let server = servers[self.random.below(servers.len())] as usize;
            let ends = (self.processes[client].config, self.processes[server].config);
            let refusal = table.connect(ends.0, ends.1);
            if refusal != 0 {
                let subjects = [Subject::Process(client), Subject::Process(server)];
                self.harm(Harm::Refused, &subjects, |run| {
                    let text = &run.table.refusals[refusal as usize];
                    format!("{} at {}: {text}", run.name(client), run.name(server))
                });
            }
        }
    }

    /// A process as the story has it: which replica of what, configured when.
    pub(crate) fn name(&self, process: usize) -> String {
        let Self { table, .. } = self;
        let one = &self.processes[process];
        let name = &table.members[one.component as usize].name;
        let number = process / 2 % self.replicas + 1;
        format!("{name} {number} (configuration {})", one.config)
    }
}

fn remove(list: &mut Vec<u16>, number: u16) {
    if let Some(at) = list.iter().position(|known| *known == number) {
        list.swap_remove(at);
    }
}
