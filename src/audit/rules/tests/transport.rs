//! The traps of URLs and certificates, each with its near misses, which must stay silent.

mod certificates;
mod clients;
mod logins;
mod urls;

use super::super::{Family, find};
use super::raised_at;

/// What the rules of this family say of files: `SEVERITY RULE PATH:LINE SUBJECT`.
fn said(files: &[(&str, &str)]) -> Vec<String> {
    let of_family = |line: &String| {
        let id = line.split(' ').nth(1).unwrap_or_default();
        find(id).is_some_and(|rule| rule.family == Family::Transport)
    };
    raised_at(files).into_iter().filter(of_family).collect()
}

const KEYS: &str = "STEM_SIGNING_KEYS=p:<secret a>\nSTEM_SIGNING_ACTIVE_KEY=p\n";

const SILENCE: [&str; 0] = [];
