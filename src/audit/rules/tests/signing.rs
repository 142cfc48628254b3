//! The traps of lists of keys, active keys and names (stem-semantics 1 to 3), and what is
//! near them and must stay unsaid.

mod agreement;
mod names;
mod process;

use super::raised;
use crate::audit::rules::{self, Family};

const BROKER: &str = "STEM_BROKER_URL=rediss://redis.example.com:6379/0\n";

/// What of the family one env file raises.
fn file(name: &str, lines: &str) -> Vec<String> {
    of_family(raised(&[(name, &format!("{BROKER}{lines}"))]))
}

fn of_family(raised: Vec<String>) -> Vec<String> {
    let is_one = |line: &String| {
        let id = line.split(' ').next().unwrap_or_default();
        rules::find(id).is_some_and(|rule| rule.family == Family::Signing)
    };
    raised.into_iter().filter(is_one).collect()
}

/// What of the family a producer and a worker raise.
fn both(api: &str, worker: &str) -> Vec<String> {
    let compose = "\
services:
  api: { image: a, labels: { stem.role: producer }, env_file: [api.env] }
  worker: { image: w, labels: { stem.role: worker }, env_file: [worker.env] }
";
    of_family(raised(&[
        ("compose.yaml", compose),
        ("api.env", &format!("{BROKER}{api}")),
        ("worker.env", &format!("{BROKER}{worker}")),
    ]))
}

fn assert_all(of: impl Fn(&str) -> Vec<String>, cases: &[(&str, &[&str])]) {
    let mut wrong = Vec::new();
    for (text, expected) in cases {
        let found = of(text);
        if found != *expected {
            wrong.push(format!(
                "{text}\n  found {found:?}\n  instead of {expected:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
