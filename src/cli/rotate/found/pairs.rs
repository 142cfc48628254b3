//! Which deployment of one folder is which of the other. Names of folders may differ: what is
//! compared is often checked out twice.

use super::FoundPlan;

/// The same deployment before and after; one of them is missing where it comes or goes.
pub(super) type Pair = (Option<FoundPlan>, Option<FoundPlan>);

/// Says whether two are the same; the first that says so of only two does.
type Same = fn(&FoundPlan, &FoundPlan) -> bool;

const BY: [Same; 4] = [
    |one, other| one.kind == other.kind && one.folder == other.folder && one.name == other.name,
    |one, other| one.kind == other.kind && one.folder == other.folder,
    |one, other| one.kind == other.kind && one.name == other.name,
    |one, other| one.kind == other.kind,
];

/// Puts them together, in the order of the first folder, and what is new at the end.
pub(super) fn of(from: Vec<FoundPlan>, to: Vec<FoundPlan>) -> Vec<Pair> {
    let mut from: Vec<Option<FoundPlan>> = from.into_iter().map(Some).collect();
    let mut to: Vec<Option<FoundPlan>> = to.into_iter().map(Some).collect();
    let mut pairs: Vec<(usize, Pair)> = Vec::new();
    for same in BY {
        for at in 0..from.len() {
            let Some(other) = counterpart(&from, &to, at, same) else {
                continue;
            };
            pairs.push((at, (from[at].take(), to[other].take())));
        }
    }
    let gone = from.into_iter().enumerate();
    pairs.extend(gone.filter_map(|(at, one)| Some((at, (Some(one?), None)))));
    pairs.sort_by_key(|(at, _)| *at);
    let new = to.into_iter().flatten().map(|one| (None, Some(one)));
    pairs.into_iter().map(|(_, pair)| pair).chain(new).collect()
}

/// The one that is the same, if it is so of nothing else.
fn counterpart(
    from: &[Option<FoundPlan>],
    to: &[Option<FoundPlan>],
    at: usize,
    same: Same,
) -> Option<usize> {
    let one = from[at].as_ref()?;
    let is_it = |other: &FoundPlan| same(one, other);
    let mut here = to
        .iter()
        .enumerate()
        .filter(|(_, other)| other.as_ref().is_some_and(is_it));
    let (found, other) = here.next()?;
    let other = other.as_ref()?;
    let rivals = from.iter().flatten().filter(|one| same(one, other)).count();
    (here.next().is_none() && rivals == 1).then_some(found)
}
