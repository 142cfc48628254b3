//! The variables of a process while they come together: a later one of a name wins over the
//! earlier, and finding one takes as long whatever their number.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use super::process::Variable;

/// What has been set so far, in the order in which the names came.
#[derive(Default)]
pub(super) struct Variables {
    all: Vec<Variable>,
    /// Where in these each name stands, which is kept there only.
    by_name: HashTable<usize>,
    hasher: RandomState,
}

impl Variables {
    /// Those of a process that has each name once.
    pub(super) fn of(all: Vec<Variable>) -> Variables {
        let mut variables = Variables::with_room_for(all.len());
        for variable in all {
            variables.set(variable);
        }
        variables
    }

    /// None yet, with room for so many.
    pub(super) fn with_room_for(number: usize) -> Variables {
        Variables {
            all: Vec::with_capacity(number),
            ..Variables::default()
        }
    }

    /// The variable with this name.
    pub(super) fn get(&self, name: &str) -> Option<&Variable> {
        Some(&self.all[self.at(name)?])
    }

    /// Sets one; an earlier one of that name gives way.
    pub(super) fn set(&mut self, newer: Variable) {
        match self.at(&newer.name) {
            Some(at) => self.all[at].give_way(newer),
            None => self.push(newer),
        }
    }

    /// Sets one; of an earlier one of that name nothing is left.
    pub(super) fn replace(&mut self, newer: Variable) {
        match self.at(&newer.name) {
            Some(at) => self.all[at] = newer,
            None => self.push(newer),
        }
    }

    /// All of them, each name once.
    pub(super) fn into_all(mut self) -> Vec<Variable> {
        self.all.shrink_to_fit();
        self.all
    }

    fn at(&self, name: &str) -> Option<usize> {
        let is_it = |at: &usize| self.all[*at].name == name;
        self.by_name
            .find(self.hasher.hash_one(name), is_it)
            .copied()
    }

    fn push(&mut self, variable: Variable) {
        let hash = self.hasher.hash_one(variable.name.as_str());
        let hash_of = |at: &usize| self.hasher.hash_one(self.all[*at].name.as_str());
        self.by_name.insert_unique(hash, self.all.len(), hash_of);
        self.all.push(variable);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::process::{How, Value};
    use crate::formats::place::Place;

    fn variable(name: &str, line: u32) -> Variable {
        Variable {
            name: name.to_owned(),
            value: Value::Unknown(String::new()),
            place: Place::line(0, line),
            said: Vec::new(),
        }
    }

    #[test]
    fn the_later_of_two_wins_where_the_first_stood() {
        let mut variables = Variables::of(vec![variable("A", 1), variable("B", 2)]);
        variables.set(variable("A", 3));
        variables.replace(variable("B", 4));
        assert!(variables.get("C").is_none());
        let all = variables.into_all();
        let lines: Vec<u32> = all.iter().map(|one| one.place.line).collect();
        assert_eq!(lines, [3, 4]);
        assert_eq!(all[0].said[0].how, How::Overridden);
        assert!(all[1].said.is_empty());
    }
}
