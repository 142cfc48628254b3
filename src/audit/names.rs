//! Names that are taken, so that what comes later with one of them is called otherwise. Finding
//! a free one takes as long however many are taken.

use std::collections::{HashMap, HashSet};

/// The names so far.
#[derive(Default)]
pub(super) struct Names {
    taken: HashSet<String>,
    /// The number that is tried next, by the name in front of it.
    next: HashMap<String, usize>,
}

impl Names {
    /// Takes the name itself, else the one that says more, else the first of those with a
    /// number, from 2 on.
    pub(super) fn take(
        &mut self,
        name: &str,
        longer: impl FnOnce() -> String,
        numbered: impl Fn(&str, usize) -> String,
    ) -> String {
        let mut free = name.to_owned();
        if self.taken.contains(&free) {
            let longer = longer();
            free.clone_from(&longer);
            while self.taken.contains(&free) {
                let number = self.next.entry(longer.clone()).or_insert(2);
                free = numbered(&longer, *number);
                *number += 1;
            }
        }
        self.taken.insert(free.clone());
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_says_more_and_then_counts() {
        let mut names = Names::default();
        let mut take = |name: &str| {
            let longer = || format!("{name} in a");
            names.take(name, longer, |name, number| format!("{name} ({number})"))
        };
        let taken = ["x", "x", "x in a (2)", "x", "x"].map(&mut take);
        assert_eq!(
            taken,
            ["x", "x in a", "x in a (2)", "x in a (3)", "x in a (4)"]
        );
    }
}
