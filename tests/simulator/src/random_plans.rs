//! Random plans: a right one for some purpose, split and spoilt at random. About a third are safe.

mod spoil;

use crate::draft::{Draft, Move, Part, Values};
use crate::random::Random;

/// The plan file of a seed. `most` is how many components of one role there are at most.
pub fn plan(seed: u64, most: usize) -> String {
    let mut random = Random::new(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ most as u64);
    let mut draft = purpose(parts(&mut random, most), &mut random);
    split(&mut draft, &mut random);
    if random.chance(1, 4) {
        let mut other = purpose(draft.parts.clone(), &mut random);
        split(&mut other, &mut random);
        join(&mut draft, other, &mut random);
    }
    for _ in 0..random.below(9) {
        spoil::once(&mut draft, &mut random);
    }
    if random.chance(1, 3) {
        draft.goal.clear();
    }
    draft.text()
}

fn purpose(parts: Vec<Part>, random: &mut Random) -> Draft {
    let mut draft = Draft {
        signing: "none",
        parts,
        start: Vec::new(),
        goal: Vec::new(),
        moves: Vec::new(),
    };
    let has_broker = draft.parts.iter().any(|part| part.is("broker"));
    match random.below(if has_broker { 12 } else { 7 }) {
        0 | 1 => hmac_keys(&mut draft),
        2 | 3 => ed25519_keys(&mut draft),
        4 => same_id(&mut draft),
        5 | 6 => algorithms(&mut draft, random),
        7 | 8 => authorities(&mut draft),
        9 | 10 => transport(&mut draft, random),
        _ => password(&mut draft),
    }
    draft
}

/// Two purposes in one plan, the moves of both in any mixture that is in order.
fn join(draft: &mut Draft, other: Draft, random: &mut Random) {
    if draft.signing != "none" && other.signing != "none" {
        return;
    }
    if other.signing != "none" {
        draft.signing = other.signing;
    }
    for (mine, theirs) in [
        (&mut draft.start, other.start),
        (&mut draft.goal, other.goal),
    ] {
        for (name, values) in theirs {
            match mine.iter_mut().find(|(known, _)| *known == name) {
                Some((_, own)) => {
                    own.retain(|(field, _)| values.iter().all(|(new, _)| field != new));
                    own.extend(values);
                }
                None => mine.push((name, values)),
            }
        }
    }
    let mut at = random.below(draft.moves.len() + 1);
    for one in other.moves {
        draft.moves.insert(at, one);
        at += 1;
        at += random.below(draft.moves.len() + 1 - at);
    }
    if !spoil::in_order(draft) {
        draft
            .moves
            .retain(|one| matches!(one.act, "roll" | "drain"));
    }
}

fn parts(random: &mut Random, most: usize) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut add = |random: &mut Random, name: &str, roles: &[&'static str], enqueues| {
        let number = 1 + random.below(most);
        for at in 1..=number {
            parts.push(Part {
                name: format!("{name}{at}"),
                roles: roles.to_vec(),
                recreate: random.chance(1, 4),
                enqueues,
            });
        }
    };
    if random.chance(7, 8) {
        add(random, "api", &["producer"], None);
    }
    match random.below(6) {
        0 => add(random, "worker", &["worker", "producer"], Some(false)),
        1 => add(random, "worker", &["worker", "producer"], None),
        _ => add(random, "worker", &["worker"], None),
    }
    if random.chance(1, 4) {
        add(random, "beat", &["beat"], None);
    }
    if random.chance(1, 6) {
        add(random, "cli", &["cli"], None);
    }
    if random.chance(1, 5) {
        let enqueues = *random.pick(&[None, Some(true), Some(false)]);
        add(random, "board", &["dashboard"], enqueues);
    }
    if random.chance(2, 3) {
        add(random, "redis", &["broker"], None);
    }
    if random.chance(1, 8) {
        add(random, "nginx", &["other"], None);
    }
    parts
}

fn names(draft: &Draft, is_one: impl Fn(&Part) -> bool) -> Vec<String> {
    let chosen = draft.parts.iter().filter(|part| is_one(part));
    chosen.map(|part| part.name.clone()).collect()
}

fn values(pairs: &[(&'static str, &str)]) -> Values {
    let owned = pairs
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    owned.collect()
}

impl Draft {
    fn add(&mut self, act: &'static str, members: Vec<String>, pairs: &[(&'static str, &str)]) {
        if !members.is_empty() || act == "drain" {
            self.moves.push(Move {
                act,
                members,
                values: values(pairs),
                each: Vec::new(),
            });
        }
    }

    /// More for those members of the last move that may sign.
    fn and_for_signers(&mut self, pairs: &[(&'static str, &str)]) {
        let signers = names(self, Part::may_sign);
        if let Some(last) = self.moves.last_mut() {
            let own = signers.iter().filter(|name| last.members.contains(name));
            last.each = own.map(|name| (name.clone(), values(pairs))).collect();
        }
    }

    fn for_signers(&self, pairs: &[(&'static str, &str)]) -> Vec<(String, Values)> {
        let signers = names(self, Part::may_sign).into_iter();
        signers.map(|name| (name, values(pairs))).collect()
    }
}

fn hmac_keys(draft: &mut Draft) {
    draft.signing = "hmac-sha256";
    let all = names(draft, Part::is_stem);
    draft.start = vec![("all".into(), values(&[("keys", "[k1]"), ("active", "k1")]))];
    draft.goal = vec![("all".into(), values(&[("keys", "[k2]"), ("active", "k2")]))];
    draft.add(
        "roll",
        all.clone(),
        &[("keys", "[k1, k2]"), ("active", "k1")],
    );
    draft.add("roll", all.clone(), &[("active", "k2")]);
    draft.add("drain", Vec::new(), &[]);
    draft.add("roll", all, &[("keys", "[k2]"), ("active", "k2")]);
}

fn ed25519_keys(draft: &mut Draft) {
    draft.signing = "ed25519";
    let all = names(draft, Part::is_stem);
    let signers = names(draft, Part::may_sign);
    draft.start = draft.for_signers(&[("public", "[k1]"), ("private", "[k1]"), ("active", "k1")]);
    draft.start.insert(
        0,
        (
            "all".into(),
            values(&[("public", "[k1]"), ("active", "k1")]),
        ),
    );
    draft.goal = vec![("all".into(), values(&[("public", "[k2]")]))];
    draft.add("roll", all.clone(), &[("public", "[k1, k2]")]);
    draft.add("roll", signers, &[("private", "[k2]"), ("active", "k2")]);
    draft.add("drain", Vec::new(), &[]);
    draft.add("roll", all, &[("public", "[k2]"), ("active", "k2")]);
}

/// Sources stop, everything is read, the others change, sources start changed.
fn pause(draft: &mut Draft, pairs: &[(&'static str, &str)], for_signers: &[(&'static str, &str)]) {
    let sources = names(draft, Part::is_source);
    let others = names(draft, |part| part.is_stem() && !part.is_source());
    draft.add("stop", sources.clone(), &[]);
    draft.add("drain", Vec::new(), &[]);
    for (act, members) in [("roll", others), ("start", sources)] {
        if !members.is_empty() {
            draft.add(act, members, pairs);
            draft.and_for_signers(for_signers);
        }
    }
    let shared = pairs
        .iter()
        .chain(for_signers)
        .filter(|(name, _)| *name == "signing");
    let shared: Vec<_> = shared.copied().collect();
    draft.goal = vec![("all".into(), values(&shared))];
}

fn same_id(draft: &mut Draft) {
    draft.signing = "hmac-sha256";
    let old = [("keys", "[{ id: p, is: a }]"), ("active", "p")];
    draft.start = vec![("all".into(), values(&old))];
    pause(draft, &[("keys", "[{ id: p, is: b }]")], &[]);
}

fn algorithms(draft: &mut Draft, random: &mut Random) {
    let postures: [(&str, Values, Values); 3] = [
        (
            "none",
            values(&[("keys", "[]"), ("public", "[]"), ("active", "null")]),
            Vec::new(),
        ),
        (
            "hmac-sha256",
            values(&[("keys", "[k1]"), ("public", "[]"), ("active", "k1")]),
            Vec::new(),
        ),
        (
            "ed25519",
            values(&[("keys", "[]"), ("public", "[k2]"), ("active", "k2")]),
            values(&[("private", "[k2]")]),
        ),
    ];
    let from = random.below(3);
    let to = (from + 1 + random.below(2)) % 3;
    draft.signing = postures[from].0;
    draft.start = vec![("all".into(), postures[from].1.clone())];
    if from == 2 {
        draft
            .start
            .extend(draft.for_signers(&[("private", "[k2]")]));
    }
    let (signing, shared, own) = &postures[to];
    let mut shared: Vec<(&str, &str)> = shared.iter().map(|(n, v)| (*n, v.as_str())).collect();
    shared.push(("signing", signing));
    let mut own: Vec<(&str, &str)> = own.iter().map(|(n, v)| (*n, v.as_str())).collect();
    if to != 2 {
        own.push(("private", "[]"));
    }
    pause(draft, &shared, &own);
}

fn authorities(draft: &mut Draft) {
    let all = names(draft, |part| part.is_stem() || part.is("broker"));
    let stem = names(draft, Part::is_stem);
    let brokers = names(draft, |part| part.is("broker"));
    let start = [
        ("url", "rediss"),
        ("ports", "[tls]"),
        ("trust", "[ca1]"),
        ("leaf", "ca1"),
    ];
    draft.start = vec![("all".into(), values(&start))];
    draft.goal = vec![("all".into(), values(&[("trust", "[ca2]"), ("leaf", "ca2")]))];
    draft.add("roll", all.clone(), &[("trust", "[ca1, ca2]")]);
    draft.add("roll", brokers, &[("leaf", "ca2")]);
    draft.add("roll", stem, &[("leaf", "ca2")]);
    draft.add("roll", all, &[("trust", "[ca2]")]);
}

fn transport(draft: &mut Draft, random: &mut Random) {
    let stem = names(draft, Part::is_stem);
    let brokers = names(draft, |part| part.is("broker"));
    let clients = *random.pick(&["optional", "ignored"]);
    draft.goal = vec![(
        "all".into(),
        values(&[("url", "rediss"), ("ports", "[tls]")]),
    )];
    let open = [
        ("ports", "[plain, tls]"),
        ("leaf", "ca1"),
        ("trust", "[ca1]"),
        ("clients", clients),
    ];
    draft.add("roll", brokers.clone(), &open);
    if random.coin() {
        draft.add(
            "roll",
            stem.clone(),
            &[("url", "rediss"), ("trust", "[ca1]")],
        );
        draft.add("roll", brokers.clone(), &[("ports", "[tls]")]);
        draft.add("roll", stem, &[("leaf", "ca1")]);
        draft.add("roll", brokers, &[("clients", "required")]);
    } else {
        draft.add(
            "roll",
            stem,
            &[("url", "rediss"), ("trust", "[ca1]"), ("leaf", "ca1")],
        );
        draft.add(
            "roll",
            brokers,
            &[("ports", "[tls]"), ("clients", "required")],
        );
    }
}

fn password(draft: &mut Draft) {
    let stem = names(draft, Part::is_stem);
    let brokers = names(draft, |part| part.is("broker"));
    draft.start = vec![("all".into(), values(&[("password", "p")]))];
    draft.goal = vec![("all".into(), values(&[("password", "q")]))];
    draft.add("stop", stem.clone(), &[]);
    draft.add("stop", brokers.clone(), &[]);
    draft.add("start", brokers, &[("password", "q")]);
    draft.add("start", stem, &[("password", "q")]);
}

/// Moves of several members become several moves, in any order.
fn split(draft: &mut Draft, random: &mut Random) {
    let mut moves = Vec::new();
    for whole in std::mem::take(&mut draft.moves) {
        if whole.members.len() < 2 || random.chance(2, 3) {
            moves.push(whole);
            continue;
        }
        let mut members = whole.members.clone();
        random.shuffle(&mut members);
        let rest = members.split_off(1 + random.below(members.len() - 1));
        for members in [members, rest] {
            let mut part = whole.clone();
            part.each.retain(|(name, _)| members.contains(name));
            part.members = members;
            moves.push(part);
        }
    }
    draft.moves = moves;
}
