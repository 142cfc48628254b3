//! Holds the ownership table against what others say: the tables of Stem's security
//! examples and a reading of Stem's source, transcribed by hand under `ownership_golden/`.
//! A cell of which none of them speaks fails, so every cell has a second opinion.
//! Each deliberate difference stands in `differences.md` with its reason.

use std::collections::BTreeSet;

use stem_sec::model::artifact::Artifact;
use stem_sec::model::ownership::{self, Holder, Holding};
use stem_sec::model::posture::Posture;
use stem_sec::model::role::Role;

const SOURCES: [(&str, &str); 5] = [
    ("prose", include_str!("ownership_golden/prose.md")),
    ("scenario-1", include_str!("ownership_golden/scenario-1.md")),
    ("scenario-2", include_str!("ownership_golden/scenario-2.md")),
    ("scenario-3", include_str!("ownership_golden/scenario-3.md")),
    (
        "stem-source",
        include_str!("ownership_golden/stem-source.md"),
    ),
];
const DIFFERENCES: &str = include_str!("ownership_golden/differences.md");

/// What a source says of one artifact and role in one line of its table.
struct Claim {
    source: &'static str,
    artifact: Artifact,
    signing: String,
    transport: String,
    role: Role,
    says: String,
}

/// A difference that was meant, one for each artifact and role that its line names.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Difference {
    source: String,
    artifact: Artifact,
    signing: String,
    role: Role,
    they_say: String,
    table_says: String,
}

/// One way in which a component can be found.
#[derive(Clone, Copy)]
struct Case {
    holds_secret: bool,
    enqueues: bool,
    serves_https: bool,
    system_ca: bool,
    broker_password: bool,
    its_own: bool,
}

impl Case {
    fn all() -> impl Iterator<Item = Case> {
        (0..64).map(|bits: u32| Case {
            holds_secret: bits & 1 != 0,
            enqueues: bits & 2 != 0,
            serves_https: bits & 4 != 0,
            system_ca: bits & 8 != 0,
            broker_password: bits & 16 != 0,
            its_own: bits & 32 != 0,
        })
    }

    fn meets(self, word: &str) -> bool {
        match word {
            "holds-secret" => self.holds_secret,
            "enqueues" => self.enqueues,
            "serves-https" => self.serves_https,
            "ca-system" => self.system_ca,
            "password" => self.broker_password,
            "its-own" => self.its_own,
            "serves-https-of-its-own" => self.serves_https && self.its_own,
            "signs" => true,
            other => panic!("no such condition: {other}"),
        }
    }

    fn holding(self, artifact: Artifact, role: Role, posture: Posture) -> Holding {
        let holder = Holder {
            roles: &[role],
            holds: if self.holds_secret {
                &[Artifact::SigningSecret]
            } else {
                &[]
            },
            enqueues: self.enqueues,
            serves_https: self.serves_https,
            system_ca: self.system_ca,
            broker_password: self.broker_password,
        };
        if self.its_own {
            ownership::holding(artifact, &holder, posture)
        } else {
            ownership::holding_of_anothers(artifact, &holder, posture)
        }
    }
}

/// The rows of the markdown table after a heading, as cells; the first row is the header.
fn table(text: &str) -> Vec<Vec<String>> {
    text.lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .filter(|line| !line.starts_with("|--"))
        .map(|line| {
            line.trim()
                .trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().to_owned())
                .collect()
        })
        .collect()
}

fn artifacts(cell: &str) -> Vec<Artifact> {
    cell.split(", ")
        .map(|name| {
            Artifact::ALL
                .into_iter()
                .find(|artifact| artifact.name() == name)
                .unwrap_or_else(|| panic!("no such artifact: {name}"))
        })
        .collect()
}

fn role(name: &str) -> Role {
    Role::from_name(name).unwrap_or_else(|| panic!("no such role: {name}"))
}

fn claims() -> Vec<Claim> {
    let mut claims = Vec::new();
    for (source, text) in SOURCES {
        let rows = table(text);
        let (header, rows) = rows.split_first().expect("a table");
        assert_eq!(
            header[..4],
            ["artifact", "as written", "signing", "transport"]
        );
        for row in rows {
            assert_eq!(row.len(), header.len(), "{source}: {row:?}");
            for artifact in artifacts(&row[0]) {
                for (name, says) in header.iter().zip(row).skip(4) {
                    claims.push(Claim {
                        source,
                        artifact,
                        signing: row[2].clone(),
                        transport: row[3].clone(),
                        role: role(name),
                        says: says.clone(),
                    });
                }
            }
        }
    }
    claims
}

fn differences() -> BTreeSet<Difference> {
    let rows = table(DIFFERENCES);
    let mut differences = BTreeSet::new();
    for row in &rows[1..] {
        let [
            source,
            artifact,
            signing,
            roles,
            they_say,
            table_says,
            because,
        ] = row.as_slice()
        else {
            panic!("not seven cells: {row:?}");
        };
        assert!(!because.is_empty(), "no reason: {row:?}");
        for artifact in artifacts(artifact) {
            for name in roles.split(", ") {
                let new = differences.insert(Difference {
                    source: source.clone(),
                    artifact,
                    signing: signing.clone(),
                    role: role(name),
                    they_say: they_say.clone(),
                    table_says: table_says.clone(),
                });
                assert!(new, "listed twice: {row:?}");
            }
        }
    }
    differences
}

fn covers(list: &str, name: &str) -> bool {
    list == "any" || list.split(", ").any(|word| word == name)
}

/// What a mark allows; `None` where the source says nothing of this case.
fn allowed(says: &str, case: Case) -> Option<&'static [Holding]> {
    if says == "?" {
        return None;
    }
    let Some((mark, rest)) = says.split_once(" if ") else {
        return Some(meaning(says));
    };
    let (condition, otherwise) = match rest.split_once(" else ") {
        Some((condition, otherwise)) => (condition, Some(otherwise)),
        None => (rest, None),
    };
    let met = match condition.strip_prefix("not ") {
        Some(condition) => !case.meets(condition),
        None => case.meets(condition),
    };
    if met {
        Some(meaning(mark))
    } else {
        otherwise.map(meaning)
    }
}

fn meaning(mark: &str) -> &'static [Holding] {
    use Holding::{Accepted, Forbidden, Required, Useless, Written};
    match mark {
        "yes" => &[Required, Written],
        "opt" | "m" => &[Written, Accepted],
        "." => &[Accepted, Useless, Forbidden],
        "no" | "X" => &[Forbidden],
        "N" => &[Required],
        "ok" => &[Required, Written, Accepted],
        "-" => &[Useless],
        "nohold" => &[Useless, Forbidden],
        other => panic!("no such mark: {other}"),
    }
}

/// The cells of the table that contradict a claim, as the table prints them.
fn contradictions(claim: &Claim) -> BTreeSet<String> {
    Posture::all()
        .filter(|posture| {
            covers(&claim.signing, posture.signing.name())
                && covers(&claim.transport, posture.transport.name())
        })
        .filter(|posture| {
            Case::all().any(|case| {
                let holding = case.holding(claim.artifact, claim.role, *posture);
                allowed(&claim.says, case).is_some_and(|allowed| !allowed.contains(&holding))
            })
        })
        .map(|posture| ownership::cell(claim.artifact, claim.role, posture).to_string())
        .collect()
}

#[test]
fn the_table_agrees_with_its_sources_but_for_the_differences_that_are_listed() {
    let mut unused = differences();
    let mut unlisted = Vec::new();
    for claim in claims() {
        for table_says in contradictions(&claim) {
            let difference = Difference {
                source: claim.source.to_owned(),
                artifact: claim.artifact,
                signing: claim.signing.clone(),
                role: claim.role,
                they_say: claim.says.clone(),
                table_says,
            };
            if !unused.remove(&difference) {
                unlisted.push(difference);
            }
        }
    }
    assert!(unlisted.is_empty(), "not listed: {unlisted:#?}");
    assert!(unused.is_empty(), "explain no difference: {unused:#?}");
}

#[test]
fn every_cell_has_a_second_opinion() {
    let claims = claims();
    for artifact in Artifact::ALL {
        for role in Role::ALL {
            for posture in Posture::all() {
                let spoken_of = claims.iter().any(|claim| {
                    claim.artifact == artifact
                        && claim.role == role
                        && claim.says != "?"
                        && covers(&claim.signing, posture.signing.name())
                        && covers(&claim.transport, posture.transport.name())
                });
                assert!(spoken_of, "{artifact}, {role}, {posture}");
            }
        }
    }
}

#[test]
fn a_cell_and_a_component_of_one_role_say_the_same() {
    use ownership::Condition;
    for artifact in Artifact::ALL {
        for role in Role::ALL {
            for posture in Posture::all() {
                for case in Case::all() {
                    let cell = ownership::cell(artifact, role, posture);
                    let resolved = cell.resolve(|condition| match condition {
                        Condition::HoldsSigningSecret => case.holds_secret,
                        Condition::Enqueues => case.enqueues,
                        Condition::ServesHttps => case.serves_https,
                        Condition::SystemCa => case.system_ca,
                        Condition::BrokerPassword => case.broker_password,
                        Condition::ItsOwn => case.its_own,
                    });
                    assert_eq!(
                        resolved,
                        case.holding(artifact, role, posture),
                        "{artifact}, {role}, {posture}"
                    );
                }
            }
        }
    }
}
