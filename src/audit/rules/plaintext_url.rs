//! `plaintext-url`: a URL of a Redis to which Stem speaks in clear.

use super::urls::{self, Used};
use super::{Example, Family, Rule, file};
use crate::audit::case::{Case, Site};
use crate::audit::finding::Finding;
use crate::audit::posture::PostureFrom;
use crate::audit::url::{Reach, Url};
use crate::formats::place::Place;
use crate::model::env;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "plaintext-url",
    family: Family::Transport,
    severity: Severity::Error,
    says: "Stem connects in clear: tasks, results and the password can be read and changed on the way",
    why: "Only `rediss://` makes Stem use TLS. With `redis://`, without a scheme, and with anything \
        made up (`redis+tls://`, `tls://`) it connects in clear and ignores every STEM_TLS_ variable \
        without a word. Each URL is judged alone: a result backend in clear gives away what an \
        encrypted broker protects.",
    fix: "write rediss:// and the port on which the server speaks TLS",
    bad: Example(&[file("worker.env", BAD)]),
    good: Example(&[file("worker.env", GOOD)]),
    check,
};

const BAD: &str = "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_RESULT_BACKEND_URL=redis://redis.example.com:6379/1
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
";

const GOOD: &str = "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_RESULT_BACKEND_URL=rediss://redis.example.com:6379/1
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
";

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for site in &case.sites {
        let all = site.subjects.iter().flat_map(|one| urls::of(site, one));
        let mut declared: Option<Place> = None;
        for used in all {
            let Some(url) = used.reached(Reach::Clear) else {
                continue;
            };
            if !is_declared(site) {
                out.push(finding(&used, &url));
                continue;
            }
            // meant so, and said once
            let place = *declared.get_or_insert(used.variable.place);
            let message = "stem-sec.yaml declares plaintext: tasks, results and the password can be read and changed on the way";
            let finding = Finding::new(&RULE, place, message)
                .hitting(site, used.subject, used.subject.gets(used.variable))
                .subject(env::BROKER_URL)
                .severity(Severity::Note)
                .fix("declare `transport: tls` in stem-sec.yaml: stem-sec rotate plan posture");
            out.push(finding);
        }
    }
}

fn is_declared(site: &Site<'_>) -> bool {
    !site.posture.transport.encrypts() && site.posture_from == PostureFrom::Manifest
}

fn finding(used: &Used<'_, '_>, url: &Url<'_>) -> Finding {
    let tls = [env::TLS_CA_CERT, env::TLS_CLIENT_CERT, env::TLS_CLIENT_KEY];
    let has_tls = tls.into_iter().any(|name| used.subject.is_set(name));
    let message = match (url.has_scheme(), has_tls) {
        (false, _) => "a URL without a scheme: Stem connects in clear",
        (true, true) => "Stem connects in clear, and ignores the STEM_TLS_ variables beside it",
        (true, false) => RULE.says,
    };
    // `redis:6379` leads to the own host, but means another
    let is_own_host = url.has_scheme() && url.is_loopback();
    let severity = used.severity_in_clear(is_own_host);
    used.finding(&RULE, message).severity(severity)
}
