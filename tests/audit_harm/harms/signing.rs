//! Lists, keys and algorithms that are broken, weak, known or do not agree.

use super::{Expected, Harm};
use crate::case::{Case, Target};
use crate::mint::{base64, bytes, entry, pair, public, seed_of};
use crate::project::{Project, STEM, Spot};

const ALGORITHM: &str = "STEM_SIGNING_ALGORITHM";
const KEYS: &str = "STEM_SIGNING_KEYS";
const PUBLIC: &str = "STEM_SIGNING_PUBLIC_KEYS";
const PRIVATE: &str = "STEM_SIGNING_PRIVATE_KEYS";
const ACTIVE: &str = "STEM_SIGNING_ACTIVE_KEY";

pub(super) fn harms() -> Vec<Harm> {
    let mut harms = dropped();
    harms.extend(broken_lists());
    harms.extend(bad_keys());
    harms.extend(disagreements());
    harms.extend(misspelt());
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
        let value = values[project.variant % values.len()];
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
    let mut harms = Vec::new();
    for component in ["producer", "worker", "beat", "dashboard"] {
        let off = "signing-disabled";
        harms.push(drop_of(component, &[KEYS], off, Case::hmac));
        harms.push(drop_of(component, &[PUBLIC], off, Case::ed25519));
        harms.push(drop_of(component, &[ALGORITHM], off, Case::ed25519));
        harms.push(Harm::new(
            format!("{component} without {ACTIVE}"),
            "active-key-missing",
            move |case| case.hmac() || (case.ed25519() && matches!(component, "producer" | "beat")),
            move |project| {
                project.unset(component, ACTIVE);
                let list = project.case.signing_list();
                Expected::at(place_of(project, component, list), component)
            },
        ));
    }
    harms.push(drop_of(
        "worker",
        &[KEYS, ACTIVE],
        "signing-disabled",
        Case::hmac,
    ));
    harms.push(drop_of(
        "worker",
        &[ALGORITHM, PUBLIC, ACTIVE],
        "signing-disabled",
        Case::ed25519,
    ));
    for component in ["producer", "beat"] {
        let unsigned = "unsigned-producer";
        harms.push(drop_of(component, &[KEYS, ACTIVE], unsigned, Case::hmac));
        harms.push(drop_of(component, &[PRIVATE], unsigned, Case::ed25519));
        harms.push(drop_of(
            component,
            &[ALGORITHM, PUBLIC, PRIVATE, ACTIVE],
            unsigned,
            Case::ed25519,
        ));
    }
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

/// Where a component's variable is written.
fn place_of(project: &Project, component: &str, variable: &str) -> Spot {
    let value = project.known(component, variable);
    project.set(component, variable, &value)
}

fn broken_lists() -> Vec<Harm> {
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
        "primary:!!!not/base64!!!", // not base64
        "KEY",                      // no id
        ":KEY",                     // an empty id
        "primary:KEY:extra",        // one part too many
        "primary:BARE",             // no padding
        "primary:KEY;next:KEY",     // another separator
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
                let twice = match project.variant {
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
                    let variable = variables[project.variant % if case.ed25519() { 3 } else { 2 }];
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

/// Sets a variable wherever it is, and names the place at one component.
fn everywhere(project: &Project, variable: &str, value: &str, shown: &str) -> Expected {
    let mut found = None;
    for component in STEM {
        if project.value(component, variable).is_some() {
            let spot = project.set(component, variable, value);
            if component == shown {
                found = Some(spot);
            }
        }
    }
    Expected::at(
        found.unwrap_or_else(|| panic!("{shown} has no {variable}")),
        shown,
    )
}

fn bad_keys() -> Vec<Harm> {
    let weak = |name: &str, component: &'static str, key: fn() -> Vec<u8>| {
        Harm::new(
            format!("{name} at {component}"),
            "weak-secret",
            Case::hmac,
            move |project| {
                everywhere(
                    project,
                    KEYS,
                    &format!("primary:{}", base64(key())),
                    component,
                )
            },
        )
    };
    let mut harms = Vec::new();
    for component in ["worker", "producer"] {
        harms.push(weak("a short secret", component, || {
            bytes("short")[..16].to_vec()
        }));
        harms.push(weak("a secret that is a text", component, || {
            b"our production signing secret of 2026".to_vec()
        }));
        harms.push(weak("a secret of one byte", component, || vec![0xA7; 32]));
        harms.push(
            Harm::new(
                format!("a placeholder at {component}"),
                "placeholder-value",
                Case::hmac,
                move |project| {
                    let texts = [
                        "primary:changeme",
                        "primary:<base64-secret>",
                        "primary:replace-me",
                        "primary:your-secret-here",
                    ];
                    everywhere(
                        project,
                        KEYS,
                        texts[project.variant % texts.len()],
                        component,
                    )
                },
            )
            .ways(4),
        );
        harms.push(
            Harm::new(
                format!("Stem's sample secret at {component}"),
                "published-key",
                Case::hmac,
                move |project| {
                    let word = ["super", "next", "hello-stem-signing"][project.variant % 3];
                    let text = match word {
                        "hello-stem-signing" => format!("{word}-secret"),
                        _ => format!("{word}-secret-{word}-secret"),
                    };
                    everywhere(
                        project,
                        KEYS,
                        &format!("primary:{}", base64(text)),
                        component,
                    )
                },
            )
            .ways(3),
        );
    }
    harms.push(Harm::new(
        "a weak seed at producer",
        "weak-secret",
        Case::ed25519,
        |project| {
            let seed = [0x01; 32];
            everywhere(
                project,
                PUBLIC,
                &format!("primary:{}", base64(public(&seed))),
                "worker",
            );
            everywhere(
                project,
                PRIVATE,
                &format!("primary:{}", base64(seed)),
                "producer",
            )
        },
    ));
    harms.push(Harm::new(
        "Stem's sample pair",
        "published-key",
        Case::ed25519,
        |project| {
            let seed = sample_seed();
            everywhere(
                project,
                PUBLIC,
                &format!("primary:{}", base64(public(&seed))),
                "worker",
            );
            everywhere(
                project,
                PRIVATE,
                &format!("primary:{}", base64(seed)),
                "producer",
            )
        },
    ));
    harms.push(Harm::new(
        "a private key with its public half",
        "key-length-wrong",
        Case::ed25519,
        |project| {
            let seed = seed_of(&project.known("producer", PRIVATE));
            let long = [seed, public(&seed)].concat();
            everywhere(
                project,
                PRIVATE,
                &format!("primary:{}", base64(long)),
                "producer",
            )
        },
    ));
    harms.push(Harm::new(
        "a private key in DER",
        "key-length-wrong",
        Case::ed25519,
        |project| {
            let mut der = vec![
                0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
            ];
            der.extend(seed_of(&project.known("producer", PRIVATE)));
            everywhere(
                project,
                PRIVATE,
                &format!("primary:{}", base64(der)),
                "producer",
            )
        },
    ));
    harms.push(Harm::new(
        "a public key in DER",
        "key-length-wrong",
        Case::ed25519,
        |project| {
            let mut der = vec![0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];
            der.extend(public(&seed_of(&project.known("producer", PRIVATE))));
            everywhere(
                project,
                PUBLIC,
                &format!("primary:{}", base64(der)),
                "worker",
            )
        },
    ));
    harms.push(Harm::new(
        "a public key that was cut off",
        "key-length-wrong",
        Case::ed25519,
        |project| {
            let cut = &public(&seed_of(&project.known("producer", PRIVATE)))[..30];
            let list = format!("primary:{}", base64(cut));
            Expected::at(project.set("worker", PUBLIC, &list), "worker")
        },
    ));
    harms
}

/// The seed of Stem's own examples, which everybody knows.
fn sample_seed() -> [u8; 32] {
    let parts = ["v/eFuFJGEl0", "ieIlYionIcF", "jYKmKK/lMrfi", "+pGcLsKew="];
    seed_of(&format!("sample:{}", parts.concat()))
}

fn disagreements() -> Vec<Harm> {
    let mut harms = Vec::new();
    for component in ["producer", "beat"] {
        harms.push(Harm::new(
            format!("{component}: a private key that is not the public one's"),
            "keypair-mismatch",
            Case::ed25519,
            move |project| {
                let private = project.set(component, PRIVATE, &pair("primary", "mismatch").0);
                let public = place_of(project, component, PUBLIC);
                Expected::any(vec![private, public], component)
            },
        ));
    }
    harms.push(Harm::new(
        "worker: another key under the id",
        "keys-disagree",
        Case::signs,
        |project| {
            let case = project.case;
            let other = match case.ed25519() {
                true => pair("primary", "other").1,
                false => entry("primary", "other"),
            };
            Expected::at(
                project.set("worker", case.verifying_list(), &other),
                "worker",
            )
        },
    ));
    harms.push(Harm::new(
        "worker: not the producer's key",
        "keys-disagree",
        Case::signs,
        |project| {
            let case = project.case;
            let other = match case.ed25519() {
                true => pair("second", "other").1,
                false => entry("second", "other"),
            };
            project.set("worker", ACTIVE, "second");
            Expected::at(
                project.set("worker", case.verifying_list(), &other),
                "worker",
            )
        },
    ));
    harms.push(Harm::new(
        "a rotation that begins at the producer",
        "keys-disagree",
        Case::signs,
        |project| {
            let own = |variable| project.known("producer", variable);
            if project.case.ed25519() {
                let (private, public) = pair("second", "rotated");
                project.set("producer", PRIVATE, &format!("{},{private}", own(PRIVATE)));
                project.set("producer", PUBLIC, &format!("{},{public}", own(PUBLIC)));
            } else {
                project.set(
                    "producer",
                    KEYS,
                    &format!("{},{}", own(KEYS), entry("second", "rotated")),
                );
            }
            project.set("producer", ACTIVE, "second");
            Expected::at(
                place_of(project, "worker", project.case.verifying_list()),
                "worker",
            )
        },
    ));
    harms.push(Harm::new(
        "worker: HMAC among Ed25519",
        "algorithms-disagree",
        Case::ed25519,
        |project| {
            project.set("worker", KEYS, &entry("primary", "hmac"));
            Expected::at(project.set("worker", ALGORITHM, "hmac-sha256"), "worker")
        },
    ));
    harms.push(Harm::new(
        "producer: Ed25519 among HMAC",
        "algorithms-disagree",
        Case::hmac,
        |project| {
            let (private, public) = pair("primary", "ed25519");
            project.set("producer", PRIVATE, &private);
            project.set("producer", PUBLIC, &public);
            Expected::at(project.set("producer", ALGORITHM, "ed25519"), "producer")
        },
    ));
    harms.push(Harm::new(
        "worker: the algorithm of keys that it does not have",
        "signing-disabled",
        Case::signs,
        |project| {
            let other = if project.case.ed25519() {
                "hmac-sha256"
            } else {
                "ed25519"
            };
            let spot = project.set("worker", ALGORITHM, other);
            let mut spots = project.homes("worker");
            spots.push(spot);
            Expected::near(spots, "worker")
        },
    ));
    harms.push(Harm::new(
        "one key under two ids",
        "key-reused",
        Case::signs,
        |project| {
            let list = project.case.verifying_list();
            let own = project.known("worker", list);
            let again = own.replace("primary:", "second:");
            Expected::near(
                vec![project.set("worker", list, &format!("{own},{again}"))],
                "worker",
            )
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
            let name = &names[project.variant % count];
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
