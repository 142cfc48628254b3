//! `placeholder-value`: what marks a place to fill in, where a secret belongs.

use super::examples::WORKER;
use super::guessable::{self, Flaw};
use super::key_list_malformed::artifact;
use super::{Example, Family, Rule, file, lists, passwords};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::audit::holding::Held;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "placeholder-value",
    family: Family::Signing,
    severity: Severity::Error,
    says: "a text that marks a place to fill in stands where a secret belongs",
    why: "`changeme` and its like are the first that anybody tries. Some of them are valid base64, so that Stem \
        takes them for a key; at the others it does not start.",
    fix: "fill in a key of your own: stem-sec keygen",
    bad: Example(&[file(
        "worker.env",
        "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_KEYS=primary:changeme
STEM_SIGNING_ACTIVE_KEY=primary
",
    )]),
    good: Example(&[WORKER]),
    check,
};

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for (site, subject) in case.each() {
        for list in lists::of(subject) {
            let variable = list.variable;
            let marks = list.flawed().filter(|(_, flaw)| *flaw == Flaw::Placeholder);
            for (entry, _) in marks {
                let finding = Finding::new(&RULE, variable.place, RULE.says)
                    .hitting(site, subject, subject.gets(variable))
                    .artifact(Held::Artifact(artifact(list.holds)))
                    .subject(&variable.name);
                out.push(match lists::id(&entry) {
                    Some(id) => finding.perhaps_key(id),
                    None => finding,
                });
            }
        }
    }
    for site in &case.sites {
        let passwords = passwords::judge(site, &RULE, |text, _| {
            let is_mark = guessable::password(text) == Some(Flaw::Placeholder);
            is_mark
                .then_some("a text that marks a place to fill in stands where a password belongs")
        });
        let fix = "fill in a long random password";
        out.extend(passwords.into_iter().map(|finding| finding.fix(fix)));
    }
}
