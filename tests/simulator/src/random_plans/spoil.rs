//! The mistakes that people make in plans.

use super::{names, values};
use crate::draft::{Draft, Move, Part, Values};
use crate::random::Random;

/// One more change: most make a right plan wrong, some do no harm.
pub(crate) fn once(draft: &mut Draft, random: &mut Random) {
    let count = draft.moves.len();
    let at = random.below(count.max(1));
    match random.below(12) {
        0 if count > 1 => remove(draft, at),
        1 | 2 if at + 1 < count => swap(draft, at),
        3 => draft.moves.retain(|one| one.act != "drain"),
        4 if at + 1 < count => merge(draft, at),
        5 if count > 0 => lose_value(&mut draft.moves[at], random),
        6 if count > 0 => lose_member(&mut draft.moves[at], random),
        7 => restart(draft, random, at),
        8 => change_some_value(draft, random, at),
        9 => draft.moves.insert(at, drain()),
        10 => change_strategy(draft, random),
        11 => forget_at_start(draft, random),
        _ => {}
    }
}

/// Only moves that leave the file in order: what runs is rolled or stopped, what is stopped started.
pub(crate) fn in_order(draft: &Draft) -> bool {
    let mut stopped: Vec<&String> = Vec::new();
    draft.moves.iter().all(|one| {
        let is_stopped = |name: &String| stopped.contains(&name);
        let right = match one.act {
            "start" => one.members.iter().all(is_stopped),
            _ => !one.members.iter().any(is_stopped),
        };
        match one.act {
            "stop" => stopped.extend(&one.members),
            "start" => stopped.retain(|name| !one.members.contains(*name)),
            _ => {}
        }
        right
    })
}

fn if_in_order(draft: &mut Draft, change: impl FnOnce(&mut Draft)) {
    let mut changed = draft.clone();
    change(&mut changed);
    if in_order(&changed) {
        *draft = changed;
    }
}

fn remove(draft: &mut Draft, at: usize) {
    if_in_order(draft, |draft| {
        draft.moves.remove(at);
    });
}

fn swap(draft: &mut Draft, at: usize) {
    if_in_order(draft, |draft| draft.moves.swap(at, at + 1));
}

/// Two moves of the same kind at once.
fn merge(draft: &mut Draft, at: usize) {
    let [first, second] = [&draft.moves[at], &draft.moves[at + 1]];
    if first.act != second.act || first.act == "drain" {
        return;
    }
    let mut members = first.members.clone();
    let fresh = |name: &&String| !first.members.contains(name);
    members.extend(second.members.iter().filter(fresh).cloned());
    let mut each: Vec<(String, Values)> = Vec::new();
    for member in &members {
        let mut own = Values::new();
        for one in [first, second] {
            if one.members.contains(member) {
                own.extend(one.values.iter().cloned());
                let extra = one.each.iter().filter(|(name, _)| name == member);
                own.extend(extra.flat_map(|(_, values)| values.iter().cloned()));
            }
        }
        each.push((member.clone(), last_of_each(own)));
    }
    draft.moves[at] = Move {
        act: first.act,
        members,
        values: Vec::new(),
        each,
    };
    draft.moves.remove(at + 1);
}

fn last_of_each(own: Values) -> Values {
    let mut kept = Values::new();
    for (name, value) in own {
        kept.retain(|(known, _)| *known != name);
        kept.push((name, value));
    }
    kept
}

fn lose_value(one: &mut Move, random: &mut Random) {
    if !one.values.is_empty() {
        one.values.remove(random.below(one.values.len()));
    }
}

fn lose_member(one: &mut Move, random: &mut Random) {
    if one.act == "roll" && one.members.len() > 1 {
        let name = one.members.remove(random.below(one.members.len()));
        one.each.retain(|(known, _)| *known != name);
    }
}

/// A roll that changes nothing.
fn restart(draft: &mut Draft, random: &mut Random, at: usize) {
    let part = random.pick(&draft.parts).name.clone();
    if_in_order(draft, |draft| {
        draft.moves.insert(
            at,
            Move {
                act: "roll",
                members: vec![part],
                values: Vec::new(),
                each: Vec::new(),
            },
        );
    });
}

fn change_some_value(draft: &mut Draft, random: &mut Random, at: usize) {
    let pool: [(&str, &str); 14] = [
        ("keys", "[k1]"),
        ("keys", "[k2]"),
        ("keys", "[k1, k2]"),
        ("keys", "[{ id: k1, is: other }, k2]"),
        ("active", "k1"),
        ("active", "null"),
        ("public", "[k2]"),
        ("public", "[k2, { id: k1, is: k9 }]"),
        ("signing", "none"),
        ("signing", "ed25519"),
        ("url", "redis"),
        ("insecure", "true"),
        ("trust", "[ca2]"),
        ("leaf", "{ ca: ca2, cert: new }"),
    ];
    let (name, value) = *random.pick(&pool);
    let stem = names(draft, Part::is_stem);
    let Some(one) = draft.moves.get_mut(at) else {
        return;
    };
    let meant = one.members.iter().all(|member| stem.contains(member));
    if meant && matches!(one.act, "roll" | "start") {
        one.values.retain(|(known, _)| *known != name);
        one.values.extend(values(&[(name, value)]));
    }
}

fn drain() -> Move {
    Move {
        act: "drain",
        members: Vec::new(),
        values: Vec::new(),
        each: Vec::new(),
    }
}

fn change_strategy(draft: &mut Draft, random: &mut Random) {
    let at = random.below(draft.parts.len());
    draft.parts[at].recreate ^= true;
}

/// A deployment that was not in order to begin with.
fn forget_at_start(draft: &mut Draft, random: &mut Random) {
    if random.chance(1, 3)
        && let Some((_, values)) = draft.start.first_mut()
        && !values.is_empty()
    {
        values.remove(random.below(values.len()));
    }
}
