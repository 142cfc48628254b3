//! Kustomizations and objects as stem-sec reads them, held against kubectl.

#[path = "../common/mod.rs"]
mod common;

mod corpus;
mod generated;
mod kubectl;
mod scalars;

use corpus::Case;
use kubectl::{agrees, build};

#[test]
fn every_kustomization_of_the_corpus_comes_to_what_kubectl_makes_of_it() {
    let cases = Case::all();
    assert!(cases.len() >= 25, "{} cases", cases.len());
    let built = build(&cases);
    let wrong: Vec<String> = cases
        .iter()
        .zip(&built)
        .filter_map(|(case, theirs)| agrees(case, theirs).err())
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
