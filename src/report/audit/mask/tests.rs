//! What is shown of lines of every format, and that no secret is.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::masked;
use crate::term::clean;

#[test]
fn names_stay_and_values_go_at_equal_width() {
    for (line, shown) in [
        ("STEM_SIGNING_KEYS=a:bcd", "STEM_SIGNING_KEYS=*****"),
        (
            "export STEM_SIGNING_KEYS='a:b'  # old",
            "export STEM_SIGNING_KEYS='***'  *****",
        ),
        (
            "      - STEM_SIGNING_KEYS=a:b",
            "      - STEM_SIGNING_KEYS=***",
        ),
        (
            "      STEM_SIGNING_KEYS: \"a:b\"",
            "      STEM_SIGNING_KEYS: \"***\"",
        ),
        (
            "  \"STEM_SIGNING_KEYS\": \"a:b\",",
            "  \"STEM_SIGNING_KEYS\": \"***\",",
        ),
        (
            "  environment: { A: b, C: d }",
            "  environment: { A: *, C: * }",
        ),
        (
            "command: [redis-server, --requirepass, x]",
            "command: [************, *************, *]",
        ),
        (
            "Environment=STEM_SIGNING_KEYS=a:b",
            "Environment=STEM_SIGNING_KEYS=***",
        ),
        (
            "Environment=\"STEM_SIGNING_KEYS=a:b\"",
            "Environment=\"STEM_SIGNING_KEYS=***\"",
        ),
        ("ENV STEM_SIGNING_KEYS=a:b", "ENV STEM_SIGNING_KEYS=***"),
        ("requirepass hunter2", "requirepass *******"),
        ("tls-key-file-pass hunter2", "tls-key-file-pass *******"),
        ("            value: a:b", "            value: ***"),
        ("PASSWORD={a, b: c}", "PASSWORD=*********"),
        ("requirepass [a=b]", "requirepass *****"),
        ("# KEY=a", "#******"),
        ("correct horse battery", "*********************"),
        ("größe", "*****"),
        ("-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----"),
        (
            "STEM_BROKER_URL=rediss://:p@ss@redis:6379/0",
            "STEM_BROKER_URL=rediss://*****@redis:6379/0",
        ),
        ("STEM_BROKER_URL=rediss://:p", "STEM_BROKER_URL=***********"),
        (
            "STEM_SCHEDULE_STORE_URL=postgres://u:p@db/x",
            "STEM_SCHEDULE_STORE_URL=postgres://***@db**",
        ),
    ] {
        assert_eq!(masked(line), shown);
    }
}

#[test]
fn what_says_where_something_is_stays() {
    for line in [
        "STEM_SIGNING_ALGORITHM=ed25519",
        "STEM_SIGNING_ACTIVE_KEY=primary-2026-01",
        "STEM_TLS_CLIENT_KEY=/etc/stem/client.key",
        "STEM_BROKER_URL=rediss://redis.example.com:6379/0",
        "    env_file: [common.env, worker.env]",
        "      - ./worker.env",
        "      - ./certs:/etc/stem:ro",
        "  labels: { stem.role: worker }",
        "  - name: STEM_SIGNING_KEYS",
        "EnvironmentFile=-/etc/stem/worker.env",
        "EnvironmentFile=/etc/stem/worker-%i.env",
        "tls-key-file /etc/redis/server.key",
        "port 6379",
        "COPY ca.key /etc/stem/ca.key",
        "  worker:",
        "      STEM_SIGNING_KEYS: ${STEM_SIGNING_KEYS}",
        "",
    ] {
        assert_eq!(masked(line), line);
    }
}

/// Where people write values, well or badly; `@` stands for it.
const LINES: [&str; 26] = [
    "STEM_SIGNING_KEYS=@",
    "STEM_SIGNING_KEYS = primary:@",
    "STEM_SIGNING_ACTIVE_KEY=@",
    "STEM_TLS_CA_CERT=@",
    "STEM_BROKER_URL=rediss://:@@redis:6379/0",
    "STEM_BROKER_URL=rediss://@",
    "STEM_BROKER_URL=rediss://redis:6379/0?password=@",
    "environment: { STEM_SIGNING_KEYS: @, B: 'x:@' }",
    "environment: [\"STEM_SIGNING_KEYS=k:@\", @]",
    "{\"kind\":\"Secret\",\"data\":{\"STEM_SIGNING_KEYS\":\"@\"}}",
    "      - @",
    "@",
    "  @: @",
    "@=@",
    "  \"@\": \"@\",",
    "# @",
    "key: |- # @",
    "env_file: @",
    "image: @",
    "name: @",
    "requirepass @",
    "COPY @ /x",
    "ENV @ @",
    "ExecStart=/usr/bin/worker --key @",
    "STEM_SIGNING_KEYS=\"@",
    "x: {a: [b, {c: @}], d: @",
];

proptest! {
    #[test]
    fn no_secret_is_shown_wherever_it_stands(number: u64) {
        let bytes = Sha256::digest(number.to_be_bytes());
        for secret in [STANDARD.encode(bytes), URL_SAFE_NO_PAD.encode(bytes), bytes.iter().map(|byte| format!("{byte:02x}")).collect()] {
            for line in LINES {
                let line = line.replace("@@", "\u{0}").replace('@', &secret).replace('\u{0}', &format!("{secret}@"));
                let shown = masked(&line);
                prop_assert_eq!(shown.chars().count(), line.chars().count());
                let parts = secret.as_bytes().windows(8).map(|part| String::from_utf8_lossy(part));
                for part in parts {
                    prop_assert!(!shown.contains(&*part), "{} shows {}", line, part);
                }
            }
        }
    }

    #[test]
    fn any_line_is_masked_at_equal_width_and_moves_no_cursor(
        line in "[^\n]{0,200}",
        marks in "[ =:\"'{}\\[\\],#@/\\\\a\u{b}\u{85}\u{2028}\u{1b}\u{202e}>|-]{0,60}",
    ) {
        for line in [line, marks] {
            let shown = masked(&line);
            prop_assert_eq!(shown.chars().count(), line.chars().count());
            let shown = shown.replace('\t', " ");
            prop_assert_eq!(clean(&shown), shown.as_str());
        }
    }
}
