//! What processes of one deployment say of each other.

use super::super::raised;
use super::{BROKER, both, of_family};

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
