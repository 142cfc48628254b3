//! `certificate-key-mismatch`: a certificate and a key that are named together and do not
//! belong together.

use super::certificates::{self, Use};
use super::{Example, Family, File, Rule};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::formats::pem::fingerprint;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "certificate-key-mismatch",
    family: Family::Transport,
    severity: Severity::Error,
    says: "the key does not belong to the certificate that is named with it",
    why: "The process refuses the pair when it starts or connects. It happens when one half of a \
        renewed pair was copied, or when a file holds the CA before the certificate: the first \
        one counts.",
    fix: "copy certificate and key of one pair, the certificate before its CA",
    bad: Example(&BAD),
    good: Example(&certificates::GOOD),
    check,
};

const BAD: [File; 9] = certificates::example(
    ["<ca.crt>\n", "<client.crt>\n", "<b-client.key>\n"],
    certificates::SERVER,
    certificates::URL,
);

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for used in certificates::uses(case) {
        out.extend(mismatch(case, &used));
    }
}

fn mismatch(case: &Case<'_>, used: &Use<'_, '_>) -> Option<Finding> {
    let setting = used.key.as_ref()?;
    let (place, certificate) = used.shown()?;
    let file = case.materials.at(used.subject.process, &setting.path)?;
    let (at, key) = file.keys().next()?;
    if key.fingerprint()? == fingerprint(&certificate.public_key) {
        return None;
    }
    let others = used.material.certificates().skip(1);
    let mut others = others.map(|(_, one)| fingerprint(&one.public_key));
    let message = match others.any(|one| Some(one) == key.fingerprint()) {
        true => "the certificate of this key is not the first one in its file",
        false => RULE.says,
    };
    Some(
        Finding::new(&RULE, at, message)
            .hitting(used.site, used.subject, setting.place)
            .subject(&setting.name)
            .related(place, "the certificate"),
    )
}
