//! How long it takes until nothing is left that an old key signed: a bound from what the
//! manifest says of the deployment. The broker's own answer is better where it can be had.

use std::time::Duration;

use crate::model::manifest::Rotation;

/// A bound on a wait, counted from the exit of the last process that could sign with the old
/// key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The sum of what is known.
    pub known: Duration,
    /// What nobody said, by its name in the manifest; with any of these there is no bound.
    pub unknown: Vec<&'static str>,
}

impl Bound {
    /// max-delay + max-backlog + max-run-time + max-backoff + clock-skew.
    #[must_use]
    pub fn of(rotation: &Rotation) -> Bound {
        let asked = [
            ("max-delay", rotation.max_delay),
            ("max-backlog", rotation.max_backlog),
        ];
        let given = asked.iter().filter_map(|(_, duration)| *duration);
        let known = given.sum::<Duration>()
            + rotation.max_run_time
            + rotation.max_backoff
            + rotation.clock_skew;
        let unknown = asked
            .iter()
            .filter(|(_, duration)| duration.is_none())
            .map(|(name, _)| *name);
        Bound {
            known,
            unknown: unknown.collect(),
        }
    }

    /// The whole wait, if it is known.
    #[must_use]
    pub fn whole(&self) -> Option<Duration> {
        self.unknown.is_empty().then_some(self.known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn the_bound_is_the_sum_of_all_that_can_hold_a_message_back() {
        let rotation = Rotation {
            max_delay: Some(24 * HOUR),
            max_backlog: Some(6 * HOUR),
            ..Rotation::default()
        };
        let whole = (24 + 6 + 1 + 1) * HOUR + Duration::from_secs(300);
        assert_eq!(Bound::of(&rotation).whole(), Some(whole));
    }

    #[test]
    fn without_a_word_on_delay_and_backlog_there_is_no_bound() {
        let bound = Bound::of(&Rotation::default());
        assert_eq!(bound.unknown, ["max-delay", "max-backlog"]);
        assert_eq!(bound.whole(), None);
        let half = Rotation {
            max_delay: Some(HOUR),
            ..Rotation::default()
        };
        assert_eq!(Bound::of(&half).unknown, ["max-backlog"]);
    }
}
