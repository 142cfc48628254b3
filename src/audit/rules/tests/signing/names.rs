//! Quotes, misspelt names, passwords, and ids that are keys.

use super::super::minted::Minted;
use super::super::{findings, raised};
use super::{BROKER, assert_all, file, of_family};
use crate::model::manifest::Severity;

#[test]
fn only_quotes_that_reach_stem_are_said() {
    let with = |environment: &str| {
        let compose = format!(
            "services:\n  worker:\n    image: w\n    labels: {{ stem.role: worker }}\n    env_file: [worker.env]\n    environment:\n{environment}"
        );
        let keys =
            format!("{BROKER}STEM_SIGNING_KEYS=\"a:<secret a>\"\nSTEM_SIGNING_ACTIVE_KEY='a'\n");
        of_family(raised(&[("compose.yaml", &compose), ("worker.env", &keys)]))
    };
    assert_eq!(
        with("      STEM_SIGNING_ALGORITHM: \"hmac-sha256\"\n"),
        [""; 0]
    );
    assert_eq!(
        with("      - \"STEM_SIGNING_ALGORITHM=hmac-sha256\"\n"),
        [""; 0]
    );
    assert_eq!(with("      - STEM_LABEL=\"x\"\n"), [""; 0]);
    for quoted in ["\"hmac-sha256\"", "'hmac-sha256'"] {
        assert_eq!(
            with(&format!("      - STEM_SIGNING_ALGORITHM={quoted}\n")),
            ["quotes-kept STEM_SIGNING_ALGORITHM"]
        );
    }
    assert_eq!(
        with("      - STEM_SIGNING_KEYS=\"a:<secret a>\"\n      - STEM_SIGNING_ACTIVE_KEY=\"a\"\n"),
        [
            "quotes-kept STEM_SIGNING_ACTIVE_KEY",
            "quotes-kept STEM_SIGNING_KEYS"
        ]
    );
}

#[test]
fn a_misspelt_name_explains_what_it_turns_off() {
    assert_all(
        |lines| file("worker.env", lines),
        &[
            (
                "STEM_SIGNING_KEYS_FILE=/run/secrets/keys\nSTEM_SIGNING_ACTIVE_KEY=a",
                &["variable-unknown STEM_SIGNING_KEYS_FILE"],
            ),
            (
                "STEM_SIGNING_KEYS=a:<secret a>\nSTEM_SIGNING_ACTIVE_KEYS=a",
                &["variable-unknown STEM_SIGNING_ACTIVE_KEYS"],
            ),
            (
                "STEM_SIGNING_ALGORITM=ed25519\nSTEM_SIGNING_PUBLIC_KEYS=a:<public a>",
                &["variable-unknown STEM_SIGNING_ALGORITM"],
            ),
            (
                "STEM_SIGNING_KEYS=a:<secret a>\nSTEM_SIGNING_ACTIVE_KEY=a\nSTEM_LOG_LEVEL=info\nSTEM_WORKER_QUEUES=a\nSTEM_PREFETCH_MULTIPLIER=2\nSTEM_REGION=eu",
                &[],
            ),
        ],
    );
    // where the real one is there, the other does no harm
    let found = findings(&[(
        "worker.env",
        &format!(
            "{BROKER}STEM_REDIS_URL=x\nSTEM_SIGNING_KEYS=a:<secret a>\nSTEM_SIGNING_ACTIVE_KEY=a"
        ),
    )]);
    let unknown: Vec<_> = found
        .iter()
        .filter(|one| one.rule.id == "variable-unknown")
        .collect();
    assert_eq!(unknown.len(), 1);
    assert_eq!(unknown[0].severity, Severity::Warning);
}

#[test]
fn a_name_that_something_reads_after_all_is_not_unknown() {
    let compose = "\
services:
  worker:
    image: w
    labels: { stem.role: worker }
    env_file: [.env]
    environment:
      STEM_BROKER_URL: ${STEM_REDIS_URL}
    command: sh -c 'export STEM_SIGNING_KEYS=$$(cat $$STEM_SIGNING_KEYS_FILE) && run'
";
    let found = raised(&[
        ("compose.yaml", compose),
        (
            ".env",
            "STEM_REDIS_URL=rediss://redis.example.com:6379/0\nSTEM_SIGNING_KEYS_FILE=/run/secrets/keys\nSTEM_SIGNING_ACTIVE_KEY=a\n",
        ),
    ]);
    assert_eq!(of_family(found), [""; 0]);
}

#[test]
fn a_password_is_judged_wherever_it_is_told() {
    let compose = |password: &str| {
        format!(
            "\
services:
  redis: {{ image: redis:7, command: [redis-server, --requirepass, '{password}'] }}
  worker:
    image: w
    labels: {{ stem.role: worker }}
    environment:
      STEM_BROKER_URL: rediss://:{password}@redis.example.com:6379/0
      STEM_RESULT_BACKEND_URL: rediss://:{password}@redis.example.com:6379/1
      STEM_SIGNING_KEYS: a:<secret a>
      STEM_SIGNING_ACTIVE_KEY: a
"
        )
    };
    for (password, expected) in [
        ("changeme", "placeholder-value"),
        ("hunter2", "weak-secret"),
        ("<password a>", ""),
    ] {
        let found = of_family(raised(&[("compose.yaml", &compose(password))]));
        let places = ["STEM_BROKER_URL", "STEM_RESULT_BACKEND_URL", "requirepass"];
        let all = places.map(|place| format!("{expected} {place}"));
        let all = if expected.is_empty() { &[] } else { &all[..] };
        assert_eq!(found, all, "{password}");
    }
    let url = "STEM_RESULT_BACKEND_URL=postgres://stem:change-me@db/stem?sslmode=verify-full\n\
        STEM_SIGNING_KEYS=a:<secret a>\nSTEM_SIGNING_ACTIVE_KEY=a";
    assert_eq!(
        file("worker.env", url),
        ["placeholder-value STEM_RESULT_BACKEND_URL"]
    );
}

#[test]
fn a_key_where_its_id_belongs_is_not_shown() {
    let minted = Minted::new();
    let secret = minted.fill("<secret a>");
    for lines in [
        format!("STEM_SIGNING_KEYS={secret}:a\nSTEM_SIGNING_ACTIVE_KEY=a"),
        format!("STEM_SIGNING_KEYS={secret}:AAAA\nSTEM_SIGNING_ACTIVE_KEY=a"),
        format!("STEM_SIGNING_KEYS=a:{secret}\nSTEM_SIGNING_ACTIVE_KEY={secret}"),
        format!("STEM_SIGNING_KEYS={secret}\nSTEM_SIGNING_ACTIVE_KEY={secret}"),
    ] {
        let found = findings(&[("worker.env", &format!("{BROKER}{lines}"))]);
        assert!(!found.is_empty());
        let shown = format!("{found:?}");
        assert!(!shown.contains(&secret[4..16]), "{shown}");
    }
}
