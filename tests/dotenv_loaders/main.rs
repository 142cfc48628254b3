//! Env files, held against the loaders that really read them. How each is asked is said in
//! `README.md`.

#[path = "../common/mod.rs"]
mod common;
mod files;
mod known;
mod loaders;
#[path = "../render_systemd/manager.rs"]
#[allow(dead_code)]
mod manager;

use std::collections::BTreeMap;

use files::{Flavour, generated};
use loaders::{Loader, OUTSIDE, Seen, ask, lookup};
use stem_sec::formats::dotenv::{Dialect, EnvFile, Trouble, read};

/// What our reader says a loader makes of a file: `None` where it refuses it, and `None` for
/// a value that is not known.
type Expected = Option<BTreeMap<String, Option<String>>>;

fn expected(dialect: Dialect, found: &EnvFile) -> Expected {
    let demands = |(_, trouble): &(_, Trouble)| *trouble == Trouble::Required;
    let is_compose = matches!(dialect, Dialect::Compose);
    if found.refused || (is_compose && found.troubles.iter().any(demands)) {
        return None;
    }
    let mut all = BTreeMap::new();
    for one in &found.assignments {
        let value = match (&one.value, one.exact) {
            (Some(value), _) => Some(value.expose().to_owned()),
            (None, false) => None,
            (None, true) => match (lookup(&one.name), dialect) {
                (Some(value), _) => Some(value),
                (None, Dialect::Kubectl) => Some(String::new()),
                (None, _) => continue,
            },
        };
        all.insert(one.name.clone(), value);
    }
    Some(all)
}

/// Holds our reading of these files against the loader's.
#[track_caller]
fn compare(dialect: Dialect, loader: Loader, files: &[Vec<u8>]) {
    let found: Vec<EnvFile> = files
        .iter()
        .map(|bytes| read(bytes, 0, dialect, &lookup))
        .collect();
    let said: Vec<Expected> = found.iter().map(|found| expected(dialect, found)).collect();
    let taken: Vec<bool> = said.iter().map(Option::is_some).collect();
    let real = ask(loader, files, &taken);
    let mut wrong = Vec::new();
    for (((bytes, found), said), real) in files.iter().zip(&found).zip(&said).zip(&real) {
        if !agree(found, said, real) {
            let text = String::from_utf8_lossy(bytes);
            wrong.push(format!(
                "{text:?}\n  ours: {said:?}\n  real: {real:?}\n  {:?}",
                found.troubles
            ));
        }
    }
    let number = wrong.len();
    wrong.truncate(12);
    assert!(
        wrong.is_empty(),
        "{loader:?}: {number} of {} differ\n{}",
        files.len(),
        wrong.join("\n")
    );
}

fn agree(found: &EnvFile, said: &Expected, real: &Option<Seen>) -> bool {
    let (Some(said), Some(real)) = (said, real) else {
        return said.is_none() == real.is_none();
    };
    let runs = found
        .troubles
        .iter()
        .any(|(_, trouble)| *trouble == Trouble::Command);
    let is_said = |(name, value): (&String, &String)| match said.get(name) {
        Some(Some(text)) => text == value,
        Some(None) => true,
        // without a name it is no variable that a process could ask for
        None => runs || name.is_empty(),
    };
    let is_real = |(name, value): (&String, &Option<String>)| {
        real.contains_key(name) || value.is_none() || outside_already(name, value.as_deref())
    };
    real.iter().all(is_said) && said.iter().all(is_real)
}

/// Shells are asked for their whole environment: what is as it was is left out.
fn outside_already(name: &str, value: Option<&str>) -> bool {
    OUTSIDE
        .iter()
        .any(|(key, set)| *key == name && Some(*set) == value)
}

#[test]
fn compose_reads_generated_files_as_we_do() {
    compare(
        Dialect::Compose,
        Loader::Compose,
        &generated(Flavour::Compose, 400, 40),
    );
}

#[test]
fn compose_reads_raw_files_as_we_do() {
    compare(
        Dialect::ComposeRaw,
        Loader::ComposeRaw,
        &generated(Flavour::Lines, 200, 20),
    );
}

#[test]
fn the_docker_client_reads_generated_files_as_we_do() {
    compare(
        Dialect::Docker,
        Loader::Docker,
        &generated(Flavour::Lines, 200, 20),
    );
}

#[test]
fn kubectl_reads_generated_files_as_we_do() {
    compare(
        Dialect::Kubectl,
        Loader::Kubectl,
        &generated(Flavour::Keys, 40, 20),
    );
}

#[test]
fn kustomize_reads_generated_files_as_we_do() {
    compare(
        Dialect::Kustomize,
        Loader::Kustomize,
        &generated(Flavour::Keys, 200, 20),
    );
}

#[test]
fn systemd_reads_generated_files_as_we_do() {
    compare(
        Dialect::Systemd,
        Loader::Systemd,
        &generated(Flavour::Systemd, 120, 20),
    );
}

#[test]
fn bash_reads_generated_files_as_we_do() {
    compare(
        Dialect::Shell,
        Loader::Bash,
        &generated(Flavour::Shell, 600, 0),
    );
}

#[test]
fn dash_reads_generated_files_as_we_do_where_they_are_plain() {
    compare(
        Dialect::Shell,
        Loader::Dash,
        &generated(Flavour::PlainShell, 300, 0),
    );
}

#[test]
fn python_dotenv_reads_generated_files_as_we_do() {
    compare(
        Dialect::Python,
        Loader::Python,
        &generated(Flavour::Python, 600, 60),
    );
}
