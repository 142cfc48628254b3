//! `url-malformed`: a URL with which Stem does not start, or that leads nowhere.

use super::examples::WORKER;
use super::{Example, Family, Rule, file, urls};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::audit::url::Problem;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "url-malformed",
    family: Family::Transport,
    severity: Severity::Error,
    says: "a URL that Stem cannot use: the process does not start, or cannot connect",
    why: "STEM_BROKER_URL is not trimmed: a leading blank stops the process, and so does the line \
        end that `echo` puts behind a port. A password with `/`, `?`, `#` or `@` in it ends the \
        URL in the middle.",
    fix: "write rediss://HOST:PORT/0, without blanks and quotes, and with a password of letters and digits",
    bad: Example(&[file("worker.env", BAD)]),
    good: Example(&[WORKER]),
    check,
};

const BAD: &str = "\
STEM_BROKER_URL=rediss://redis.example.com:6379x/0
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
";

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for used in urls::used(case) {
        let Err(problem) = used.read() else {
            continue;
        };
        let message = match problem {
            Problem::Empty => "the URL is empty: the process does not start",
            Problem::Blank => "a blank before the URL: Stem does not trim it and does not start",
            Problem::Scheme => "what stands before the first `:` is no scheme: Stem does not start",
            Problem::UserInfo => {
                "`@`, `[` or `]` in the password: Stem does not start, and decodes no escapes"
            }
            Problem::NoHost => "no host in the URL: Stem connects to the own one",
            Problem::Host => "the host holds a character that no host has",
            Problem::Port => "what stands behind the host is no port: Stem does not start",
            Problem::LineEnd => {
                "a line end or blank behind the host: it belongs to the URL, as Stem does not trim it"
            }
            Problem::UnknownScheme => "a scheme that Stem does not know",
        };
        out.push(used.finding(&RULE, message));
    }
}
