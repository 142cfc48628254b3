//! What others say of who may hold what, read from the tables beside this file: Stem's
//! security examples and a reading of Stem's source. Judges nothing, and asks the ownership
//! table nothing.

// every test crate takes what it needs
#![allow(dead_code)]

use std::collections::BTreeSet;

use stem_sec::model::artifact::Artifact;
use stem_sec::model::ownership::Holding;
use stem_sec::model::role::Role;

const SOURCES: [(&str, &str); 5] = [
    ("prose", include_str!("prose.md")),
    ("scenario-1", include_str!("scenario-1.md")),
    ("scenario-2", include_str!("scenario-2.md")),
    ("scenario-3", include_str!("scenario-3.md")),
    ("stem-source", include_str!("stem-source.md")),
];
const DIFFERENCES: &str = include_str!("differences.md");

/// What a source says of one artifact and role in one line of its table.
pub(crate) struct Claim {
    pub(crate) source: &'static str,
    pub(crate) artifact: Artifact,
    pub(crate) signing: String,
    pub(crate) transport: String,
    pub(crate) role: Role,
    pub(crate) says: String,
}

/// A difference that was meant, one for each artifact and role that its line names.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Difference {
    pub(crate) source: String,
    pub(crate) artifact: Artifact,
    pub(crate) signing: String,
    pub(crate) role: Role,
    pub(crate) they_say: String,
    pub(crate) table_says: String,
}

/// One way in which a component can be found.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) holds_secret: bool,
    pub(crate) enqueues: bool,
    pub(crate) serves_https: bool,
    pub(crate) system_ca: bool,
    pub(crate) broker_password: bool,
    pub(crate) its_own: bool,
}

impl Case {
    pub(crate) fn all() -> impl Iterator<Item = Case> {
        (0..64).map(|bits: u32| Case {
            holds_secret: bits & 1 != 0,
            enqueues: bits & 2 != 0,
            serves_https: bits & 4 != 0,
            system_ca: bits & 8 != 0,
            broker_password: bits & 16 != 0,
            its_own: bits & 32 != 0,
        })
    }

    pub(crate) fn meets(self, word: &str) -> bool {
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

pub(crate) fn claims() -> Vec<Claim> {
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

pub(crate) fn differences() -> BTreeSet<Difference> {
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

pub(crate) fn covers(list: &str, name: &str) -> bool {
    list == "any" || list.split(", ").any(|word| word == name)
}

/// What a mark allows; `None` where the source says nothing of this case.
pub(crate) fn allowed(says: &str, case: Case) -> Option<&'static [Holding]> {
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
