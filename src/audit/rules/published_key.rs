//! `published-key`: a key or password out of Stem's own public samples.

use super::examples::WORKER;
use super::guessable::{self, Flaw};
use super::key_list_malformed::artifact;
use super::lists::{self, Holds};
use super::{Example, Family, Rule, file, passwords};
use crate::audit::case::{Case, Site, Subject};
use crate::audit::finding::Finding;
use crate::audit::holding::Held;
use crate::audit::process::Readable;
use crate::formats::place::Place;
use crate::mint::x509::PublicKey;
use crate::model::artifact::Artifact;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "published-key",
    family: Family::Signing,
    severity: Severity::Error,
    says: "a key that stands in Stem's public samples",
    why: "The keys in the example folders of Stem's repository are known to everybody: whoever reaches the \
        broker can sign tasks with them. That holds for the sample's public key as well, since its private \
        half is published beside it; and for the certificates there: who trusts that CA trusts everybody.",
    fix: "make a key of your own under a new id: stem-sec keygen",
    bad: Example(&[file(
        "worker.env",
        "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_KEYS=primary:<published sample>
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
            let published = list.flawed().filter(|(_, flaw)| *flaw == Flaw::Published);
            for (entry, _) in published {
                let message = match list.holds {
                    Holds::PublicKeys => {
                        "a public key whose private half stands in Stem's public samples"
                    }
                    Holds::Secrets | Holds::PrivateKeys => RULE.says,
                };
                out.push(
                    Finding::new(&RULE, variable.place, message)
                        .hitting(site, subject, subject.gets(variable))
                        .artifact(Held::Artifact(artifact(list.holds)))
                        .subject(&variable.name)
                        .perhaps_key(lists::id(&entry).unwrap_or_default()),
                );
            }
        }
    }
    for (site, subject) in case.each() {
        for file in &subject.process.files {
            out.extend(pairs(case, site, subject, file));
        }
    }
    for site in &case.sites {
        out.extend(passwords::judge(site, &RULE, |text, _| {
            let is_published = guessable::password(text) == Some(Flaw::Published);
            is_published.then_some("a password that stands in Stem's public samples")
        }));
    }
}

/// The private keys and certificates of Stem's examples in a file.
fn pairs(case: &Case<'_>, site: &Site<'_>, subject: &Subject<'_>, file: &Readable) -> Vec<Finding> {
    let Some(material) = case.materials.of(file) else {
        return Vec::new();
    };
    let finding = |place: Place, held: Artifact, message: &str| {
        let way = file.said.first().map_or(place, |said| said.place);
        Finding::new(&RULE, place, message)
            .hitting(site, subject, way)
            .artifact(Held::Artifact(held))
            .subject(&file.path)
            .fix("make your own: stem-sec certs create")
    };
    let is_published = |key: &PublicKey| guessable::is_published(&key.bits);
    let keys = material.keys().filter_map(|(place, key)| {
        let public = key.public.as_ref().filter(|public| is_published(public))?;
        let fingerprint = crate::formats::pem::fingerprint(public);
        let held = case.library.key_of(&fingerprint);
        let message = "a private key that stands in Stem's public samples";
        Some(finding(place, held.unwrap_or(Artifact::ServerKey), message))
    });
    let certificates = material
        .certificates()
        .filter(|(_, certificate)| is_published(&certificate.public_key))
        .map(|(place, certificate)| {
            let (held, message) = match certificate.is_ca {
                true => (
                    Artifact::CaCertificate,
                    "a CA whose key stands in Stem's public samples: anybody can issue what it vouches for",
                ),
                false => (
                    Artifact::ServerCertificate,
                    "a certificate whose key stands in Stem's public samples",
                ),
            };
            finding(place, held, message)
        });
    keys.chain(certificates).collect()
}
