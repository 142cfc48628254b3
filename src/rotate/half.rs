//! What a proof of a plan cannot say because the other half is not in it: who takes the
//! messages, who the broker is, who its clients are. What is not there is refused by nobody.

use super::Plan;
use super::message::{Signs, signs};
use super::moment::play;
use super::plan::{Change, Component, Config, Field};
use crate::model::role::Role;

/// What a client and a broker have to agree on.
const CONNECTION: [Field; 6] = [
    Field::Url,
    Field::Insecure,
    Field::Trust,
    Field::Password,
    Field::Ports,
    Field::Clients,
];

/// A half that is not in a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What is not known without it.
    pub why: String,
    /// What to add to the plan.
    pub remedy: &'static str,
}

/// The halves that are missing and that the plan's changes concern.
#[must_use]
pub fn missing(plan: &Plan) -> Vec<Missing> {
    let is_anybody = |is: fn(&Component) -> bool| plan.components.iter().any(is);
    let mut halves = Vec::new();
    if !is_anybody(Component::verifies) {
        halves.extend(new_signature(plan));
    }
    let (brokers, clients) = (
        is_anybody(|one| one.has(Role::Broker)),
        is_anybody(Component::is_stem),
    );
    if !brokers && changes_connections(plan, Component::is_stem) {
        halves.push(Missing {
            why:
                "the broker is not in this plan, so whether it takes these connections is not known"
                    .to_owned(),
            remedy: "add the broker to the plan, with what it has",
        });
    }
    if !clients && changes_connections(plan, |one| one.has(Role::Broker)) {
        halves.push(Missing {
            why: "no client of the broker is in this plan, so whether they still connect is not known"
                .to_owned(),
            remedy: "add those who connect to the plan, with what they have",
        });
    }
    halves
}

/// The first step in which something is signed otherwise than before the plan.
fn new_signature(plan: &Plan) -> Option<Missing> {
    let (moments, _) = play(plan);
    let signed = |at: usize| {
        let senders = moments[at]
            .live
            .iter()
            .filter(|live| plan.components[live.component].is_source());
        senders.filter_map(|live| match signs(&live.config) {
            Signs::As(signature) => Some((signature, &live.config)),
            Signs::Throws(_) => None,
        })
    };
    let known: Vec<_> = signed(0).map(|(signature, _)| signature).collect();
    let mut later = (1..moments.len()).flat_map(|at| signed(at).map(move |it| (at, it)));
    let (step, (_, config)) = later.find(|(_, (signature, _))| !known.contains(signature))?;
    Some(Missing {
        why: format!(
            "nobody in this plan takes messages, so whether whoever does accepts {} when step {step} begins is not known",
            name(config)
        ),
        remedy: "add the workers to the plan, with what they have",
    })
}

fn name(config: &Config) -> String {
    match &config.active {
        Some(active) => format!("what `{active}` signs"),
        None => "what is not signed".to_owned(),
    }
}

fn changes_connections(plan: &Plan, is: impl Fn(&Component) -> bool) -> bool {
    let (moments, _) = play(plan);
    let mut live = moments.iter().flat_map(|moment| &moment.live);
    live.any(|live| {
        let before = &plan.start[live.component];
        let change = Change::between(before, &live.config);
        let issuer = |config: &Config| config.leaf.as_ref().map(|leaf| leaf.ca.clone());
        is(&plan.components[live.component])
            && (CONNECTION.iter().any(|field| change.says(*field))
                // another certificate of the same CA is taken like the one before
                || issuer(before) != issuer(&live.config))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(text: &str) -> Vec<String> {
        let plan = Plan::parse(text.as_bytes()).expect("a plan");
        missing(&plan).into_iter().map(|half| half.why).collect()
    }

    const SENDER: &str = "
version: 1
signing: hmac-sha256
components: { api: { role: producer } }
start: { api: { keys: [k1], active: k1, url: rediss, trust: [ca1], leaf: { ca: ca1, cert: a } } }
steps:
";

    #[test]
    fn a_sender_alone_may_learn_a_key_but_who_takes_what_it_signs_is_not_known() {
        let learns = format!("{SENDER}  - {{ roll: [api], keys: [k1, k2] }}\n");
        assert_eq!(unknown(&learns), Vec::<String>::new());
        let signs = format!("{learns}  - {{ roll: [api], active: k2 }}\n");
        assert_eq!(
            unknown(&signs),
            [
                "nobody in this plan takes messages, so whether whoever does accepts what `k2` signs when step 2 begins is not known"
            ]
        );
    }

    #[test]
    fn a_client_alone_may_get_another_certificate_but_not_of_another_ca() {
        let renewed = format!("{SENDER}  - {{ roll: [api], leaf: {{ ca: ca1, cert: b }} }}\n");
        assert_eq!(unknown(&renewed), Vec::<String>::new());
        let moved = format!("{SENDER}  - {{ roll: [api], leaf: {{ ca: ca2, cert: b }} }}\n");
        let [line] = &unknown(&moved)[..] else {
            panic!("one line");
        };
        assert!(line.starts_with("the broker is not in this plan"), "{line}");
    }

    #[test]
    fn a_broker_alone_may_close_its_port_to_clients_that_nobody_has_named() {
        let [line] = &unknown(
            "
version: 1
signing: none
components: { redis: { role: broker } }
start: { redis: { ports: [plain, tls], trust: [ca1], leaf: ca1 } }
steps:
  - { roll: [redis], ports: [tls] }
",
        )[..] else {
            panic!("one line");
        };
        assert!(line.starts_with("no client of the broker"), "{line}");
    }
}
