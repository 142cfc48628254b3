//! `stray-secret`: a secret that its holder has no use for.

use super::examples::SIGNING_ED25519;
use super::ownership;
use super::{Example, Family, Rule, file};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::model::artifact::Artifact;
use crate::model::manifest::Severity;
use crate::model::ownership::Holding;
use crate::model::posture::Signing;

pub(super) static RULE: Rule = Rule {
    id: "stray-secret",
    family: Family::Ownership,
    severity: Severity::Warning,
    says: "a secret that this process has no use for",
    why: "Nothing reads it, and so nobody notices when it leaks. Often it is left over from another way \
        of signing.",
    fix: "remove it",
    bad: Example(&[file(
        "producer.env",
        "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_ALGORITHM=ed25519
STEM_SIGNING_PUBLIC_KEYS=primary:<public a>
STEM_SIGNING_PRIVATE_KEYS=primary:<private a>
STEM_SIGNING_ACTIVE_KEY=primary
STEM_SIGNING_KEYS=old:<secret a>
",
    )]),
    good: Example(&[file("producer.env", SIGNING_ED25519)]),
    check,
};

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for kept in ownership::secrets(case) {
        // who may not hold it in this posture, but no other rule speaks of
        let is_left_over = kept.allowed == Holding::Forbidden
            && kept.artifact == Artifact::SigningSecret
            && kept.site.posture.signing == Signing::Ed25519
            && kept.subject.is_stem();
        if kept.allowed == Holding::Useless || is_left_over {
            out.push(kept.finding(&RULE));
        }
    }
}
