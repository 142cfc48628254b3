//! `credential-ignored`: a user name or password in a Redis URL that does not reach Redis as
//! it is meant.

use super::{Example, Family, Rule, file, urls};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::audit::url::Reach;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "credential-ignored",
    family: Family::Transport,
    severity: Severity::Warning,
    says: "Stem does not send what stands before the `@` as it is meant",
    why: "Stem sends Redis a password and never a user name, so users of Redis (ACL) cannot be \
        told apart. It decodes no percent escapes, and of `user:part:part` it sends the user as \
        the password.",
    fix: "write rediss://:PASSWORD@HOST:PORT/0 with a password of letters and digits",
    bad: Example(&[file("worker.env", BAD)]),
    good: Example(&[file("worker.env", GOOD)]),
    check,
};

const BAD: &str = "\
STEM_BROKER_URL=rediss://worker:<password a>@redis.example.com:6379/0
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
";

const GOOD: &str = "\
STEM_BROKER_URL=rediss://:<password a>@redis.example.com:6379/0
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
";

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for used in urls::used(case) {
        let url = used
            .reached(Reach::Tls)
            .or_else(|| used.reached(Reach::Clear));
        let Some(text) = url.and_then(|url| url.user_info) else {
            continue;
        };
        if let Some(message) = misread(text) {
            out.push(used.finding(&RULE, message));
        }
    }
}

fn misread(user_info: &str) -> Option<&'static str> {
    let parts: Vec<&str> = user_info.split(':').collect();
    let (user, password) = match parts.as_slice() {
        [password] => ("", *password),
        [user, password] => (*user, *password),
        _ => {
            return Some(
                "more than one `:` before the `@`: Stem sends what stands before the first as the password",
            );
        }
    };
    if is_changed(password) {
        return Some(
            "the password is written in escapes, or holds what Stem escapes: Redis gets it with the escapes",
        );
    }
    // the default user is the one that a password alone stands for
    (!user.is_empty() && user != "default")
        .then_some("the user name before the `@` is ignored: Stem sends Redis the password alone")
}

/// Whether Redis gets something else than what is written, or than what is meant.
fn is_changed(password: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=".contains(c);
    // what nothing replaced is another matter
    !password.contains("${") && !password.chars().all(is_plain)
}
