//! Variables of signing that are dropped or misspelt.

use super::{Expected, Harm, folded};
use crate::case::Case;
use crate::project::{Project, Spot};

pub(super) const ALGORITHM: &str = "STEM_SIGNING_ALGORITHM";
pub(super) const KEYS: &str = "STEM_SIGNING_KEYS";
pub(super) const PUBLIC: &str = "STEM_SIGNING_PUBLIC_KEYS";
pub(super) const PRIVATE: &str = "STEM_SIGNING_PRIVATE_KEYS";
pub(super) const ACTIVE: &str = "STEM_SIGNING_ACTIVE_KEY";

pub(super) fn harms() -> Vec<Harm> {
    let mut harms = dropped();
    harms.extend(misspelt());
    harms
}

fn drop_of(
    component: &'static str,
    variables: &'static [&'static str],
    rule: &'static str,
    applies: impl Fn(Case) -> bool + Send + Sync + 'static,
) -> Harm {
    let name = format!("{component} without {}", variables.join(" and "));
    Harm::new(name, rule, applies, move |project| {
        for variable in variables {
            if project.value(component, variable).is_some() {
                project.unset(component, variable);
            }
        }
        Expected::near(project.homes(component), component)
    })
}

fn dropped() -> Vec<Harm> {
    let all = ["producer", "worker", "beat", "dashboard"];
    let signers = ["producer", "beat"];
    let (off, unsigned) = ("signing-disabled", "unsigned-producer");
    let each = |names: &[&'static str], variables, rule, applies: fn(Case) -> bool| {
        let harms = names
            .iter()
            .map(|name| drop_of(name, variables, rule, applies));
        folded(&format!("no {}", variables.join(" and ")), harms.collect())
    };
    let active = |component: &'static str| {
        Harm::new(
            component,
            "active-key-missing",
            move |case| case.hmac() || (case.ed25519() && signers.contains(&component)),
            move |project| {
                project.unset(component, ACTIVE);
                let list = project.case.signing_list();
                Expected::at(place_of(project, component, list), component)
            },
        )
    };
    let mut harms = vec![
        each(&all, &[KEYS], off, Case::hmac),
        each(&all, &[PUBLIC], off, Case::ed25519),
        each(&all, &[ALGORITHM], off, Case::ed25519),
        each(&["worker"], &[KEYS, ACTIVE], off, Case::hmac),
        each(
            &["worker"],
            &[ALGORITHM, PUBLIC, ACTIVE],
            off,
            Case::ed25519,
        ),
        each(&signers, &[KEYS, ACTIVE], unsigned, Case::hmac),
        each(&signers, &[PRIVATE], unsigned, Case::ed25519),
        each(
            &signers,
            &[ALGORITHM, PUBLIC, PRIVATE, ACTIVE],
            unsigned,
            Case::ed25519,
        ),
        folded("no active key", all.map(active).into()),
    ];
    harms.push(Harm::new(
        "nothing declares that a worker's retries may be lost",
        "verify-only-worker",
        Case::ed25519,
        |project| {
            project.replace_line("stem-sec.yaml", "worker:", "  worker: { role: worker }");
            let mut spots = project.homes("worker");
            spots.push(place_of(project, "worker", PUBLIC));
            spots.push(Spot::line("stem-sec.yaml", "worker:"));
            Expected::near(spots, "worker")
        },
    ));
    harms
}

fn misspelt() -> Vec<Harm> {
    let renamed = |component: &'static str,
                   from: fn(Case) -> &'static str,
                   names: fn(&str) -> Vec<String>,
                   applies: fn(Case) -> bool,
                   count: usize| {
        move |project: &Project| {
            debug_assert!(applies(project.case));
            let variable = from(project.case);
            let names = names(variable);
            assert_eq!(names.len(), count);
            let name = &names[project.variant.get() % count];
            let value = match name.ends_with("_FILE") || name.ends_with("_PATH") {
                true => "/run/secrets/stem".to_owned(),
                false => project.known(component, variable),
            };
            project.unset(component, variable);
            Expected::at(project.set(component, name, &value), component)
        }
    };
    let near = |variable: &str| {
        let singular = variable.trim_end_matches('S').to_owned();
        let lower = variable.to_ascii_lowercase();
        let swapped = variable.replace("SIGNING", "SINGING");
        vec![singular, lower, swapped, format!("{variable}_FILE")]
    };
    let url = |_: &str| {
        ["STEM_REDIS_URL", "STEM_BROKER_URI", "STEM_BROKER_ULR"]
            .map(str::to_owned)
            .to_vec()
    };
    let ca = |variable: &str| {
        vec![
            format!("{variable}_FILE"),
            format!("{variable}_PATH"),
            "STEM_TLS_CA_CRET".to_owned(),
            "STEM_TLS_CACERT".to_owned(),
        ]
    };
    vec![
        Harm::new(
            "worker: a list under a wrong name",
            "variable-unknown",
            Case::signs,
            renamed("worker", Case::verifying_list, near, Case::signs, 4),
        )
        .ways(4),
        Harm::new(
            "producer: a list under a wrong name",
            "variable-unknown",
            Case::signs,
            renamed("producer", Case::signing_list, near, Case::signs, 4),
        )
        .ways(4),
        Harm::new(
            "worker: the algorithm under a wrong name",
            "variable-unknown",
            Case::ed25519,
            renamed(
                "worker",
                |_| ALGORITHM,
                |_| {
                    vec![
                        "STEM_SIGNING_ALGORITM".to_owned(),
                        "STEM_SIGNING_ALGO_RITHM".to_owned(),
                    ]
                },
                Case::ed25519,
                2,
            ),
        )
        .ways(2),
        Harm::new(
            "producer: the broker under a wrong name",
            "variable-unknown",
            |_| true,
            renamed("producer", |_| "STEM_BROKER_URL", url, |_| true, 3),
        )
        .ways(3),
        Harm::new(
            "worker: the CA under a wrong name",
            "variable-unknown",
            Case::encrypts,
            renamed("worker", |_| "STEM_TLS_CA_CERT", ca, Case::encrypts, 4),
        )
        .ways(4),
    ]
}

/// Where a component's variable is written.
pub(super) fn place_of(project: &Project, component: &str, variable: &str) -> Spot {
    let value = project.known(component, variable);
    project.set(component, variable, &value)
}
