//! The harms: what each is called, which rule must name it, where it makes sense, and what it
//! does. One row of the table each.

mod agreement;
mod broker;
mod certificates;
mod keys;
mod lists;
mod ownership;
mod places;
mod signing;
mod sources;
mod transport;

use std::sync::Arc;

use crate::case::Case;
use crate::mechanism::At;
use crate::project::{Project, Spot};

/// One kind of harm.
pub(crate) struct Harm {
    pub(crate) name: String,
    /// The rule that must find it.
    pub(crate) rule: &'static str,
    /// What the inventory must show at the component that got it, if it is a secret that moves.
    pub(crate) moves: Option<&'static str>,
    /// In which cases it makes sense.
    pub(crate) applies: Box<dyn Fn(Case) -> bool + Send + Sync>,
    /// In how many ways it can be done.
    pub(crate) variants: Box<dyn Fn(Case) -> usize + Send + Sync>,
    /// Does it.
    pub(crate) apply: Box<dyn Fn(&Project) -> Expected + Send + Sync>,
}

/// What must be found.
pub(crate) struct Expected {
    pub(crate) at: At,
    /// Empty where several components are hit, or none.
    pub(crate) component: String,
}

impl Expected {
    /// In one of these places and no other.
    pub(crate) fn at(spot: Spot, component: &str) -> Expected {
        Expected::any(vec![spot], component)
    }

    /// In any of these places.
    pub(crate) fn any(spots: Vec<Spot>, component: &str) -> Expected {
        Expected {
            at: At::Exactly(spots),
            component: component.to_owned(),
        }
    }

    /// In any of these places, or related to one.
    pub(crate) fn near(spots: Vec<Spot>, component: &str) -> Expected {
        Expected {
            at: At::Named(spots),
            component: component.to_owned(),
        }
    }
}

impl Harm {
    /// A harm that can be done in one way.
    pub(crate) fn new(
        name: impl Into<String>,
        rule: &'static str,
        applies: impl Fn(Case) -> bool + Send + Sync + 'static,
        apply: impl Fn(&Project) -> Expected + Send + Sync + 'static,
    ) -> Harm {
        Harm {
            name: name.into(),
            rule,
            moves: None,
            applies: Box::new(applies),
            variants: Box::new(|_| 1),
            apply: Box::new(apply),
        }
    }

    /// The same in several ways.
    pub(crate) fn ways(self, count: usize) -> Harm {
        Harm {
            variants: Box::new(move |_| count),
            ..self
        }
    }
}

/// Several harms as one kind: its ways are those of all of them. They share a rule.
fn folded(name: &str, harms: Vec<Harm>) -> Harm {
    let rule = harms[0].rule;
    let moves = harms[0].moves;
    assert!(
        harms
            .iter()
            .all(|harm| harm.rule == rule && harm.moves == moves)
    );
    let harms = Arc::new(harms);
    let [some, more] = [Arc::clone(&harms), Arc::clone(&harms)];
    let ways = |harm: &Harm, case| match (harm.applies)(case) {
        true => (harm.variants)(case),
        false => 0,
    };
    let apply = move |project: &Project| {
        let mut way = project.variant.get();
        for harm in harms.iter() {
            let own = ways(harm, project.case);
            if way < own {
                project.variant.set(way);
                return (harm.apply)(project);
            }
            way -= own;
        }
        panic!("no such way")
    };
    Harm {
        moves,
        variants: Box::new(move |case| some.iter().map(|harm| ways(harm, case)).sum()),
        ..Harm::new(
            name,
            rule,
            move |case| more.iter().any(|harm| (harm.applies)(case)),
            apply,
        )
    }
}

/// All of them.
pub(crate) fn all() -> Vec<Harm> {
    let parts = [
        ownership::harms(),
        signing::harms(),
        lists::harms(),
        keys::harms(),
        agreement::harms(),
        transport::harms(),
        certificates::harms(),
        broker::harms(),
        places::harms(),
        sources::harms(),
    ];
    parts.into_iter().flatten().collect()
}
