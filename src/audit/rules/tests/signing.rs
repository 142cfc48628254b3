//! The traps of lists of keys, active keys and names (stem-semantics 1 to 3), and what is
//! near them and must stay unsaid.

use super::{findings, raised};
use crate::audit::rules::{self, Family};
use crate::model::manifest::Severity;

const BROKER: &str = "STEM_BROKER_URL=rediss://redis.example.com:6379/0\n";

/// What of the family one env file raises.
fn file(name: &str, lines: &str) -> Vec<String> {
    of_family(raised(&[(name, &format!("{BROKER}{lines}"))]))
}

fn of_family(raised: Vec<String>) -> Vec<String> {
    let is_one = |line: &String| {
        let id = line.split(' ').next().unwrap_or_default();
        rules::find(id).is_some_and(|rule| rule.family == Family::Signing)
    };
    raised.into_iter().filter(is_one).collect()
}

/// What of the family a producer and a worker raise.
fn both(api: &str, worker: &str) -> Vec<String> {
    let compose = "\
services:
  api: { image: a, labels: { stem.role: producer }, env_file: [api.env] }
  worker: { image: w, labels: { stem.role: worker }, env_file: [worker.env] }
";
    of_family(raised(&[
        ("compose.yaml", compose),
        ("api.env", &format!("{BROKER}{api}")),
        ("worker.env", &format!("{BROKER}{worker}")),
    ]))
}

fn assert_all(of: impl Fn(&str) -> Vec<String>, cases: &[(&str, &[&str])]) {
    let mut wrong = Vec::new();
    for (text, expected) in cases {
        let found = of(text);
        if found != *expected {
            wrong.push(format!(
                "{text}\n  found {found:?}\n  instead of {expected:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_worker_with_hmac_is_judged_as_stem_reads_it() {
    assert_all(
        |lines| file("worker.env", lines),
        &[
            // fails open
            ("", &["signing-disabled STEM_SIGNING_KEYS"]),
            (
                "STEM_SIGNING_KEYS=",
                &["signing-disabled STEM_SIGNING_KEYS"],
            ),
            (
                "STEM_SIGNING_KEYS=' '",
                &["signing-disabled STEM_SIGNING_KEYS"],
            ),
            (
                "STEM_SIGNING_KEYS=,",
                &["signing-disabled STEM_SIGNING_KEYS"],
            ),
            (
                "STEM_SIGNING_ACTIVE_KEY=a",
                &["signing-disabled STEM_SIGNING_KEYS"],
            ),
            (
                "STEM_SIGNING_KEYS=a:\nSTEM_SIGNING_ACTIVE_KEY=a",
                &["signing-disabled STEM_SIGNING_KEYS a"],
            ),
            (
                "STEM_SIGNING_KEYS=a:,b:<secret b>,c:\nSTEM_SIGNING_ACTIVE_KEY=b",
                &[
                    "signing-disabled STEM_SIGNING_KEYS a",
                    "signing-disabled STEM_SIGNING_KEYS c",
                ],
            ),
            // does not start
            (
                "STEM_SIGNING_KEYS=a:<secret a>",
                &["active-key-missing STEM_SIGNING_ACTIVE_KEY"],
            ),
            (
                "STEM_SIGNING_KEYS=a:<secret a>\nSTEM_SIGNING_ACTIVE_KEY=' '",
                &["active-key-missing STEM_SIGNING_ACTIVE_KEY"],
            ),
            (
                "STEM_SIGNING_KEYS=a:<secret a>\nSTEM_SIGNING_ACTIVE_KEY=A",
                &["active-key-unknown STEM_SIGNING_ACTIVE_KEY A"],
            ),
            (
                "STEM_SIGNING_KEYS=<secret a>\nSTEM_SIGNING_ACTIVE_KEY=a",
                &["key-list-malformed STEM_SIGNING_KEYS"],
            ),
            (
                "STEM_SIGNING_KEYS=a:b:<secret a>\nSTEM_SIGNING_ACTIVE_KEY=a",
                &["key-list-malformed STEM_SIGNING_KEYS"],
            ),
            (
                "STEM_SIGNING_KEYS=:<secret a>\nSTEM_SIGNING_ACTIVE_KEY=a",
                &["key-list-malformed STEM_SIGNING_KEYS"],
            ),
            (
                "STEM_SIGNING_KEYS=a:AAAAA\nSTEM_SIGNING_ACTIVE_KEY=a",
                &["key-list-malformed STEM_SIGNING_KEYS a"],
            ),
            (
                "STEM_SIGNING_KEYS=\"a:<secret a> <secret b>\"\nSTEM_SIGNING_ACTIVE_KEY=a",
                &["key-list-malformed STEM_SIGNING_KEYS a"],
            ),
            (
                "STEM_SIGNING_ALGORITHM=ed-25519\nSTEM_SIGNING_KEYS=a:<secret a>\nSTEM_SIGNING_ACTIVE_KEY=a",
                &["algorithm-unknown STEM_SIGNING_ALGORITHM"],
            ),
            // taken although it should not be
            (
                "STEM_SIGNING_KEYS=a:<text a>\nSTEM_SIGNING_ACTIVE_KEY=a",
                &["weak-secret STEM_SIGNING_KEYS a"],
            ),
            (
                "STEM_SIGNING_KEYS='a:<published x>,b:<secret b>,c:<paste-here>'\nSTEM_SIGNING_ACTIVE_KEY=b",
                &[
                    "placeholder-value STEM_SIGNING_KEYS c",
                    "published-key STEM_SIGNING_KEYS a",
                ],
            ),
            (
                "STEM_SIGNING_KEYS=a:<secret a>,a:<secret a>\nSTEM_SIGNING_ACTIVE_KEY=a",
                &["duplicate-key-id STEM_SIGNING_KEYS a"],
            ),
            (
                "STEM_SIGNING_KEYS=a:<secret a>,b:<secret b>,c:<secret a>\nSTEM_SIGNING_ACTIVE_KEY=a",
                &["key-reused STEM_SIGNING_KEYS c"],
            ),
            // fine
            (
                "STEM_SIGNING_KEYS=' a : <secret a> ,, b:<short x>AAAAAAAAAAAAAAAAAAAAAAAAAAAA,'\nSTEM_SIGNING_ACTIVE_KEY=' a '",
                &["key-list-malformed STEM_SIGNING_KEYS b"],
            ),
            (
                "STEM_SIGNING_KEYS=' a : <secret a> ,,'\nSTEM_SIGNING_ACTIVE_KEY=' a '",
                &[],
            ),
            (
                "STEM_SIGNING_KEYS=a:<long a>\nSTEM_SIGNING_ACTIVE_KEY=a",
                &[],
            ),
            (
                "STEM_SIGNING_ALGORITHM=HMAC-SHA256\nSTEM_SIGNING_KEYS=\"a:<secret a>\"\nSTEM_SIGNING_ACTIVE_KEY='a'",
                &[],
            ),
            // Ed25519 keys are not looked at
            (
                "STEM_SIGNING_KEYS=a:<secret a>\nSTEM_SIGNING_ACTIVE_KEY=a\nSTEM_SIGNING_PUBLIC_KEYS=not a list",
                &[],
            ),
        ],
    );
}

#[test]
fn a_producer_with_ed25519_is_judged_as_stem_reads_it() {
    let of = |lines: &str| {
        file(
            "api.env",
            &format!("STEM_SIGNING_ALGORITHM=Ed25519\n{lines}"),
        )
    };
    assert_all(
        of,
        &[
            ("", &["signing-disabled STEM_SIGNING_PUBLIC_KEYS"]),
            (
                "STEM_SIGNING_KEYS=a:<secret a>",
                &["signing-disabled STEM_SIGNING_PUBLIC_KEYS"],
            ),
            (
                "STEM_SIGNING_PUBLIC_KEYS=,\nSTEM_SIGNING_PRIVATE_KEYS=a:<private a>\nSTEM_SIGNING_ACTIVE_KEY=a",
                &["signing-disabled STEM_SIGNING_PUBLIC_KEYS"],
            ),
            (
                "STEM_SIGNING_PUBLIC_KEYS=a:<public a>\nSTEM_SIGNING_ACTIVE_KEY=a",
                &["unsigned-producer STEM_SIGNING_PRIVATE_KEYS"],
            ),
            (
                "STEM_SIGNING_PUBLIC_KEYS=a:<public a>",
                &["unsigned-producer STEM_SIGNING_PRIVATE_KEYS"],
            ),
            (
                "STEM_SIGNING_PUBLIC_KEYS=a:<public a>\nSTEM_SIGNING_PRIVATE_KEYS=a:<private a>",
                &["active-key-missing STEM_SIGNING_ACTIVE_KEY"],
            ),
            (
                "STEM_SIGNING_PUBLIC_KEYS=a:<public a>\nSTEM_SIGNING_PRIVATE_KEYS=a:<private a>\nSTEM_SIGNING_ACTIVE_KEY=b",
                &["active-key-unknown STEM_SIGNING_ACTIVE_KEY b"],
            ),
            (
                "STEM_SIGNING_PUBLIC_KEYS=a:<public a>\nSTEM_SIGNING_PRIVATE_KEYS=b:<private b>\nSTEM_SIGNING_ACTIVE_KEY=b",
                &["active-key-unknown STEM_SIGNING_ACTIVE_KEY b"],
            ),
            (
                "STEM_SIGNING_PUBLIC_KEYS=a:<public a>\nSTEM_SIGNING_PRIVATE_KEYS=a:<long a>\nSTEM_SIGNING_ACTIVE_KEY=a",
                &["key-length-wrong STEM_SIGNING_PRIVATE_KEYS a"],
            ),
            (
                "STEM_SIGNING_PUBLIC_KEYS=a:<public a>,b:\nSTEM_SIGNING_PRIVATE_KEYS=a:<private a>\nSTEM_SIGNING_ACTIVE_KEY=a",
                &["key-length-wrong STEM_SIGNING_PUBLIC_KEYS b"],
            ),
            (
                "STEM_SIGNING_PUBLIC_KEYS=a:<public a>,b:<public a>\nSTEM_SIGNING_PRIVATE_KEYS=a:<private a>,b:<private a>\nSTEM_SIGNING_ACTIVE_KEY=b",
                &["key-reused STEM_SIGNING_PRIVATE_KEYS b"],
            ),
            (
                "STEM_SIGNING_PUBLIC_KEYS=a:<public a>,b:<public b>\nSTEM_SIGNING_PRIVATE_KEYS=b:<private b>\nSTEM_SIGNING_ACTIVE_KEY=b",
                &[],
            ),
        ],
    );
}

#[test]
fn what_one_signs_the_other_must_trust() {
    let hmac = |keys: &str, active: &str| {
        format!("STEM_SIGNING_KEYS={keys}\nSTEM_SIGNING_ACTIVE_KEY={active}\n")
    };
    let a = hmac("k:<secret a>", "k");
    assert_eq!(both(&a, &a), [""; 0]);
    assert_eq!(
        both(&a, &hmac("k:<secret b>", "k")),
        ["keys-disagree STEM_SIGNING_KEYS k"]
    );
    assert_eq!(
        both(&hmac("k:<secret a>,n:<secret n>", "n"), &a),
        ["keys-disagree STEM_SIGNING_KEYS n"]
    );
    // the verifier learns first: that is the safe order
    assert_eq!(both(&a, &hmac("k:<secret a>,n:<secret n>", "k")), [""; 0]);
    // the order of a list, and a key that nobody signs with, mean nothing
    assert_eq!(
        both(
            &hmac("n:<secret n>,k:<secret a>", "k"),
            &hmac("k:<secret a>,o:<secret o>", "k")
        ),
        [""; 0]
    );
    assert_eq!(both("", &a), ["unsigned-producer STEM_SIGNING_KEYS"]);
    assert_eq!(both(&a, ""), ["signing-disabled STEM_SIGNING_KEYS"]);
    let ed25519 = "STEM_SIGNING_ALGORITHM=ed25519\nSTEM_SIGNING_PUBLIC_KEYS=k:<public a>\n";
    let signs =
        format!("{ed25519}STEM_SIGNING_PRIVATE_KEYS=k:<private a>\nSTEM_SIGNING_ACTIVE_KEY=k\n");
    let other = ed25519.replace("<public a>", "<public b>");
    assert_eq!(
        both(&signs, ed25519),
        ["verify-only-worker STEM_SIGNING_PRIVATE_KEYS"]
    );
    assert_eq!(
        both(&signs, &other),
        [
            "keys-disagree STEM_SIGNING_PUBLIC_KEYS k",
            "verify-only-worker STEM_SIGNING_PRIVATE_KEYS"
        ]
    );
    let mismatched = signs.replace("<public a>", "<public b>");
    assert_eq!(
        both(&mismatched, &other),
        [
            "keypair-mismatch STEM_SIGNING_PUBLIC_KEYS k",
            "verify-only-worker STEM_SIGNING_PRIVATE_KEYS"
        ]
    );
    assert_eq!(
        both(&signs, "STEM_SIGNING_PUBLIC_KEYS=k:<public a>"),
        ["signing-disabled STEM_SIGNING_ALGORITHM"]
    );
    assert_eq!(
        both(&signs, &hmac("k:<secret hmac>", "k")),
        ["algorithms-disagree STEM_SIGNING_ALGORITHM"]
    );
}

#[test]
fn workers_must_trust_what_other_workers_sign_again() {
    let compose = "\
services:
  one: { image: w, labels: { stem.role: worker }, env_file: [one.env] }
  two: { image: w, labels: { stem.role: worker }, env_file: [two.env] }
";
    let keys = |keys: &str, active: &str| {
        format!("{BROKER}STEM_SIGNING_KEYS={keys}\nSTEM_SIGNING_ACTIVE_KEY={active}\n")
    };
    let found = raised(&[
        ("compose.yaml", compose),
        ("one.env", &keys("k:<secret a>", "k")),
        ("two.env", &keys("k:<secret a>,n:<secret n>", "n")),
    ]);
    assert_eq!(of_family(found), ["keys-disagree STEM_SIGNING_KEYS n"]);
}

#[test]
fn processes_at_different_brokers_need_not_know_each_others_keys() {
    let compose = "\
services:
  api: { image: a, labels: { stem.role: producer }, env_file: [api.env] }
  worker: { image: w, labels: { stem.role: worker }, env_file: [worker.env] }
";
    let of = |api: &str, worker: &str| {
        let keys = |url: &str, name: &str| {
            format!(
                "STEM_BROKER_URL={url}\nSTEM_SIGNING_KEYS=k:<secret {name}>\nSTEM_SIGNING_ACTIVE_KEY=k\n"
            )
        };
        of_family(raised(&[
            ("compose.yaml", compose),
            ("api.env", &keys(api, "a")),
            ("worker.env", &keys(worker, "b")),
        ]))
    };
    for (api, worker) in [
        ("rediss://one.example.com", "rediss://two.example.com"),
        (
            "rediss://r.example.com:6379/0",
            "rediss://r.example.com:6379/1",
        ),
        ("rediss://r.example.com:6379", "rediss://r.example.com:6380"),
    ] {
        assert_eq!(of(api, worker), [""; 0], "{api} {worker}");
    }
    for (api, worker) in [
        ("rediss://R.example.com", "rediss://r.example.com:6379/0"),
        (
            "rediss://:<password a>@r.example.com/0",
            "rediss://r.example.com:6379",
        ),
    ] {
        assert_eq!(
            of(api, worker),
            ["keys-disagree STEM_SIGNING_KEYS k"],
            "{api} {worker}"
        );
    }
}

#[test]
fn deployments_do_not_accuse_each_other() {
    let compose = "\
services:
  api: { image: a, labels: { stem.role: producer }, env_file: [.env] }
  worker: { image: w, labels: { stem.role: worker }, env_file: [.env] }
";
    let keys = |name: &str| {
        format!("{BROKER}STEM_SIGNING_KEYS=k:<secret {name}>\nSTEM_SIGNING_ACTIVE_KEY=k\n")
    };
    let found = raised(&[
        ("dev/compose.yaml", compose),
        ("dev/.env", &keys("dev")),
        ("prod/compose.yaml", compose),
        ("prod/.env", &keys("prod")),
    ]);
    assert_eq!(of_family(found), [""; 0]);
}

#[test]
fn nothing_is_claimed_where_the_files_do_not_say() {
    let service = |more: &str| {
        format!("services:\n  worker:\n    image: w\n    labels: {{ stem.role: worker }}\n{more}\n")
    };
    let environment = |lines: &[&str]| {
        let lines: String = lines.iter().map(|line| format!("      {line}\n")).collect();
        service(&format!(
            "    environment:\n      STEM_BROKER_URL: rediss://redis.example.com:6379/0\n{lines}"
        ))
    };
    for compose in [
        environment(&[
            "STEM_SIGNING_KEYS: ${STEM_SIGNING_KEYS:?}",
            "STEM_SIGNING_ACTIVE_KEY: primary",
        ]),
        environment(&[
            "STEM_SIGNING_ALGORITHM: ${ALGORITHM:?}",
            "STEM_SIGNING_KEYS: a:<secret a>",
        ]),
        environment(&[
            "STEM_SIGNING_KEYS: a:<secret a>",
            "STEM_SIGNING_ACTIVE_KEY: ${ACTIVE:?}",
        ]),
        service(
            "    env_file: [missing.env]\n    environment: { STEM_BROKER_URL: \"rediss://redis.example.com:6379/0\" }",
        ),
    ] {
        let found = of_family(raised(&[("compose.yaml", &compose)]));
        assert_eq!(found, [""; 0], "{compose}");
    }
}

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
    let minted = super::Minted::new();
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
