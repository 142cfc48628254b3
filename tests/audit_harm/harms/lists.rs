//! Lists that Stem refuses, or reads otherwise than they were meant.

use super::signing::{ACTIVE, ALGORITHM, KEYS};
use super::{Expected, Harm};
use crate::case::{Case, Target};
use crate::mint::{entry, pair};
use crate::project::{Project, Spot};

pub(super) fn harms() -> Vec<Harm> {
    let verifying = Case::verifying_list;
    let signing = Case::signing_list;
    let mut harms = vec![
        value(
            "an empty list",
            "signing-disabled",
            Case::signs,
            "worker",
            verifying,
            vec![",", " ", ",,"],
        ),
        value(
            "an empty secret",
            "signing-disabled",
            Case::hmac,
            "worker",
            |_| KEYS,
            vec!["primary:"],
        ),
        value(
            "wrong active key",
            "active-key-unknown",
            Case::hmac,
            "worker",
            |_| ACTIVE,
            vec!["other", "Primary"],
        ),
        value(
            "wrong active key",
            "active-key-unknown",
            Case::signs,
            "producer",
            |_| ACTIVE,
            vec!["other", "Primary"],
        ),
        value(
            "wrong active key",
            "active-key-unknown",
            Case::signs,
            "beat",
            |_| ACTIVE,
            vec!["other"],
        ),
        value(
            "unknown algorithm",
            "algorithm-unknown",
            Case::signs,
            "worker",
            |_| ALGORITHM,
            vec!["hs256", "hmac", "ed-25519", "rs256"],
        ),
        value(
            "unknown algorithm",
            "algorithm-unknown",
            Case::signs,
            "producer",
            |_| ALGORITHM,
            vec!["eddsa", "hmac-sha512"],
        ),
    ];
    let bad = vec![
        "primary:!!Zq8vT5mW2xLk9RbN!!", // not base64
        "KEY",                          // no id
        ":KEY",                         // an empty id
        "primary:KEY:extra",            // one part too many
        "primary:BARE",                 // no padding
        "primary:KEY;next:KEY",         // another separator
    ];
    harms.push(value(
        "a malformed list",
        "key-list-malformed",
        Case::signs,
        "worker",
        verifying,
        bad.clone(),
    ));
    harms.push(value(
        "a malformed list",
        "key-list-malformed",
        Case::signs,
        "producer",
        signing,
        bad,
    ));
    harms.push(
        Harm::new(
            "producer: one id twice",
            "duplicate-key-id",
            Case::signs,
            |project| {
                let list = project.case.signing_list();
                let own = project.known("producer", list);
                let twice = match project.variant.get() {
                    0 => format!("{},{own}", entry("primary", "first")),
                    _ => format!("{own},{own}"),
                };
                Expected::at(project.set("producer", list, &twice), "producer")
            },
        )
        .ways(2),
    );
    harms.push(Harm::new(
        "worker: one id twice",
        "duplicate-key-id",
        Case::signs,
        |project| {
            let list = project.case.verifying_list();
            let own = project.known("worker", list);
            let other = match project.case.ed25519() {
                true => pair("primary", "first").1,
                false => entry("primary", "first"),
            };
            Expected::at(
                project.set("worker", list, &format!("{other},{own}")),
                "worker",
            )
        },
    ));
    for component in ["worker", "producer"] {
        harms.push(
            Harm::new(
                format!("{component}: quotes that no loader takes away"),
                "quotes-kept",
                Case::signs,
                move |project| {
                    let case = project.case;
                    let variables = [case.verifying_list(), ACTIVE, ALGORITHM];
                    let variable =
                        variables[project.variant.get() % if case.ed25519() { 3 } else { 2 }];
                    let quoted = format!("\"{}\"", project.known(component, variable));
                    Expected::at(project.set(component, variable, &quoted), component)
                },
            )
            .ways(3),
        );
    }
    harms.push(Harm::new(
        "worker: a list entry whose quotes YAML keeps",
        "quotes-kept",
        |case| case.signs() && case.target == Target::Compose,
        |project| {
            let list = project.case.verifying_list();
            let line = format!("      - {list}=\"{}\"", project.known("worker", list));
            project.add_to_service("worker", "environment:", &line);
            Expected::at(Spot::line("deploy/compose.yaml", line.trim()), "worker")
        },
    ));
    harms
}

/// Another value for one variable of one component.
fn value(
    name: &str,
    rule: &'static str,
    applies: impl Fn(Case) -> bool + Send + Sync + 'static,
    component: &'static str,
    variable: impl Fn(Case) -> &'static str + Send + Sync + 'static,
    values: Vec<&'static str>,
) -> Harm {
    let count = values.len();
    let apply = move |project: &Project| {
        let value = values[project.variant.get() % values.len()];
        let variable = variable(project.case);
        let key = project.known("producer", project.case.signing_list());
        let key = key.split_once(':').expect("an entry").1;
        let value = value
            .replace("KEY", key)
            .replace("BARE", key.trim_end_matches('='));
        Expected::at(project.set(component, variable, &value), component)
    };
    Harm::new(format!("{component}: {name}"), rule, applies, apply).ways(count)
}
