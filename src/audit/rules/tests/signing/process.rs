//! What one process is given, judged as Stem reads it.

use super::super::raised_at;
use super::{assert_all, file};

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
fn a_line_with_export_is_the_cause_where_systemd_passes_over_it() {
    let unit =
        "[Service]\nEnvironmentFile=/etc/stem/common.env\nExecStart=/usr/bin/stem worker start\n";
    let found = raised_at(&[
        ("etc/systemd/system/mail.service", unit),
        ("etc/systemd/system/report.service", unit),
        (
            "etc/stem/common.env",
            "STEM_BROKER_URL=rediss://redis.example.com:6379/0\nSTEM_SIGNING_ACTIVE_KEY=k1\nexport STEM_SIGNING_KEYS=k1:<secret a>\n",
        ),
    ]);
    let found: Vec<&String> = found
        .iter()
        .filter(|one| one.contains("signing-disabled"))
        .collect();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("common.env:3"), "{found:?}");
}
