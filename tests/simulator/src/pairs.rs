//! The reduction that proofs rest on, in its shortest form: which signatures may exist at each
//! moment, and whether each configuration that may live then takes each of them.

use std::collections::BTreeSet;

use crate::outcome::Harm;
use crate::plan::Act;
use crate::table::{Kind, Phase, THROWS, Table};

type Signatures = BTreeSet<u8>;

/// One configuration that may live during a phase.
#[derive(Clone, Copy)]
struct Live {
    component: usize,
    config: u16,
    is_new: bool,
}

/// The kinds of harm of a plan, as bits.
pub fn harms(table: &Table) -> u8 {
    let mut harms = 0;
    let mut stopped = vec![false; table.members.len()];
    let mut present = vec![None; table.members.len()];
    let mut signatures: Signatures = table.elsewhere.iter().copied().collect();
    for (number, phase) in table.phases.iter().enumerate() {
        let starts = |component: &usize| match phase.kind {
            Kind::Run => number == 0,
            Kind::Step(act) => act != Act::Stop && phase.takes_part[*component],
        };
        let started: Vec<usize> = (0..table.members.len()).filter(starts).collect();
        let mut live = Vec::new();
        for (component, config) in present.iter().enumerate() {
            live.extend(config.map(|config| Live {
                component,
                config,
                is_new: false,
            }));
        }
        for component in &started {
            let deployed = &table.configs[phase.written[*component] as usize];
            harms |= bit(Harm::Forbidden, deployed.forbidden.is_some());
            harms |= bit(Harm::Unprotected, deployed.unprotected.is_some());
            harms |= bit(Harm::NoStart, deployed.start.is_err());
            live.extend(deployed.start.is_ok().then_some(Live {
                component: *component,
                config: phase.written[*component],
                is_new: true,
            }));
        }
        for member in &phase.members {
            stopped[*member] |= phase.kind == Kind::Step(Act::Stop);
        }
        harms |= bit(Harm::Refused, links(table, &live, &stopped));
        if phase.kind == Kind::Step(Act::Drain) {
            let mut workers = live
                .iter()
                .filter(|one| table.members[one.component].worker);
            if workers.next().is_some() {
                signatures.clear();
            }
            harms |= bit(Harm::Refused, !signatures.is_empty());
        }
        harms |= bit(Harm::Refused, mail(table, phase, &live, &signatures));
        signatures = closure(table, &live, &signatures);
        for member in &phase.members {
            stopped[*member] &= phase.kind != Kind::Step(Act::Start);
            present[*member] = None;
        }
        for one in live.iter().filter(|one| one.is_new) {
            present[one.component] = Some(one.config);
        }
    }
    let last = &table.phases[table.phases.len() - 1].written;
    let meets = |config: &u16| table.configs[*config as usize].meets_goal;
    harms
        | bit(
            Harm::Incomplete,
            stopped.contains(&true) || !last.iter().all(meets),
        )
}

fn bit(harm: Harm, is_there: bool) -> u8 {
    if is_there { harm.bit() } else { 0 }
}

/// Whether a client meets a broker that does not take it, or none at all.
fn links(table: &Table, live: &[Live], stopped: &[bool]) -> bool {
    let clients = live.iter().filter(|one| table.members[one.component].stem);
    let servers = |one: &&Live| table.members[one.component].broker;
    let down = table.brokers.iter().any(|broker| stopped[*broker]);
    clients.into_iter().any(|client| {
        let refuses = |server: &Live| table.connect(client.config, server.config) != 0;
        down || live.iter().filter(servers).any(refuses)
    })
}

/// Whether a message can exist that somebody who lives does not take or cannot sign.
fn mail(table: &Table, phase: &Phase, live: &[Live], before: &Signatures) -> bool {
    let throws = |one: &&Live| table.configs[one.config as usize].sign == THROWS;
    let mut sources = live
        .iter()
        .filter(|one| table.members[one.component].source && !table.members[one.component].modest);
    if sources.any(|one| throws(&one)) {
        return true;
    }
    let mut workers = live
        .iter()
        .filter(|one| table.members[one.component].worker);
    workers.any(|worker| {
        // a recreated component's old processes never see what its new ones sign
        let apart = phase.kind == Kind::Step(Act::Roll)
            && table.members[worker.component].recreate
            && !worker.is_new;
        let beside = |one: &&Live| !(apart && one.is_new && one.component == worker.component);
        let beside: Vec<Live> = live.iter().filter(beside).copied().collect();
        let signatures = closure(table, &beside, before);
        let refuses = |signature: &u8| table.verify(worker.config, *signature) != 0;
        signatures.iter().any(refuses)
    })
}

/// Every signature that may exist when these have existed before and these processes live.
fn closure(table: &Table, live: &[Live], before: &Signatures) -> Signatures {
    let mut signatures = before.clone();
    loop {
        let known = signatures.len();
        for one in live {
            let member = &table.members[one.component];
            let takes = |signature: &u8| table.verify(one.config, *signature) == 0;
            let sign = table.configs[one.config as usize].sign;
            if sign != THROWS && (member.source || (member.worker && signatures.iter().any(takes)))
            {
                signatures.insert(sign);
            }
        }
        if signatures.len() == known {
            return signatures;
        }
    }
}
