//! The manifest as users meet it: the example, what is refused and how it is said, and what
//! holds for any manifest and any bytes.

#[path = "common/manifests.rs"]
mod manifests;

use manifests::any_manifest;
use proptest::prelude::*;
use stem_sec::model::artifact::Artifact;
use stem_sec::model::manifest::{LOST_RETRIES, Manifest, Severity, Target};
use stem_sec::model::role::Role;

const EXAMPLE: &str = include_str!("manifest/example.yaml");

/// The example with one text in place of another, which must be there.
fn with(before: &str, after: &str) -> String {
    assert!(EXAMPLE.contains(before), "{before}");
    EXAMPLE.replacen(before, after, 1)
}

fn complaint(text: &str) -> String {
    match Manifest::parse(text) {
        Ok(_) => panic!("accepted:\n{text}"),
        Err(error) => {
            assert!(error.hint().is_some(), "no hint: {error}");
            error.to_string()
        }
    }
}

/// Changes the example and expects a complaint about the place that `§` marks.
fn assert_complaint(before: &str, after: &str, said: &str) {
    let marked = with(before, after);
    let (ahead, _) = marked.split_once('§').expect("a marked place");
    let line = 1 + ahead.matches('\n').count();
    let column = 1 + ahead
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count();
    assert_eq!(
        complaint(&marked.replace('§', "")),
        format!("line {line}, column {column}: {said}"),
        "{after}"
    );
}

#[test]
fn the_example_is_read_as_it_is_meant() {
    let manifest = Manifest::parse(EXAMPLE).unwrap();
    let names: Vec<&str> = manifest
        .components
        .iter()
        .map(|c| c.name.as_str())
        .collect();
    assert_eq!(names, ["producer", "worker", "beat", "cli", "redis"]);
    assert_eq!(manifest.component("redis").unwrap().roles, [Role::Broker]);
    assert_eq!(manifest.component("redis").unwrap().uid, Some(999));
    assert_eq!(manifest.broker.url.host(), "redis");
    assert_eq!(manifest.render.target, Target::Compose);
    assert_eq!(manifest.audit.fail_on, Severity::Error);
    assert_eq!(
        manifest.rotation.max_delay.map(|span| span.as_secs()),
        Some(7 * 86_400)
    );
    assert!(manifest.loses_retries(manifest.component("worker").unwrap()));
    assert!(!manifest.loses_retries(manifest.component("producer").unwrap()));
}

#[test]
fn the_example_is_written_as_it_stands_with_the_sentence_about_retries() {
    let text = Manifest::parse(EXAMPLE).unwrap().text();
    let (comments, rest): (Vec<&str>, Vec<&str>) = text
        .lines()
        .partition(|line| line.trim_start().starts_with('#'));
    assert_eq!(rest.join("\n") + "\n", EXAMPLE);
    let sentence: Vec<&str> = comments
        .iter()
        .map(|line| line.trim_start().trim_start_matches("# "))
        .collect();
    assert_eq!(sentence.join(" "), LOST_RETRIES);
}

#[test]
fn what_is_left_out_has_the_documented_defaults() {
    let manifest = Manifest::parse(
        "version: 1\nposture: { signing: none, transport: tls }\nbroker: { url: rediss://r.example }\n\
         components: { app: { roles: [producer, worker] } }\n",
    )
    .unwrap();
    assert_eq!(manifest.broker.names, ["r.example"]);
    assert_eq!(manifest.render.out, "deploy");
    assert_eq!(manifest.render.target, Target::Dotenv);
    assert_eq!(manifest.rotation.max_delay, None);
    assert_eq!(manifest.rotation.max_backlog, None);
    assert_eq!(manifest.rotation.max_run_time.as_secs(), 3_600);
    assert_eq!(manifest.rotation.clock_skew.as_secs(), 300);
    assert_eq!(manifest.audit.fail_on, Severity::Error);
}

#[test]
fn unknown_keys_are_refused_at_every_level_with_a_suggestion() {
    for (known, wrong) in [
        ("posture", "postrue"),
        ("signing", "singing"),
        ("url", "urll"),
        ("backend", "bakend"),
        ("role", "rol"),
        ("install", "instal"),
        ("max-delay", "max_delay"),
        ("fail-on", "failon"),
        ("reason", "raeson"),
    ] {
        assert_complaint(
            &format!("{known}:"),
            &format!("§{wrong}:"),
            &format!("unknown key `{wrong}`; did you mean `{known}`?"),
        );
    }
    assert_complaint("render:", "§zzz:", "unknown key `zzz`");
}

#[test]
fn the_urls_host_must_be_among_the_names_as_a_client_compares_them() {
    const NAMES: &str = "[redis, stem.local, 10.0.0.5]";
    for (host, names, covered) in [
        ("Redis.Example", "[redis.example]", true),
        ("redis.example", "[other.example, \"*.example\"]", true),
        ("a.redis.example", "[\"*.example\"]", false),
        ("redis.test", "[\"*.example\"]", false),
        ("redis", "[\"*.example\"]", false),
        ("example", "[\"*.example\"]", false),
        ("[::1]", "[\"0:0:0:0:0:0:0:1\"]", true),
        ("10.0.0.5", "[10.0.0.6]", false),
        ("redis.example.", "[redis.example]", true),
        ("bücher.example", "[xn--bcher-kva.example]", true),
    ] {
        let text = with("redis:6379/0", &format!("{host}:6379/0")).replacen(NAMES, names, 1);
        assert_eq!(Manifest::parse(&text).is_ok(), covered, "{host} in {names}");
    }
    let plaintext = with("mtls", "plaintext").replace("rediss:", "redis:");
    let plaintext = plaintext.replacen(NAMES, "[]", 1);
    assert!(Manifest::parse(&plaintext).is_ok());
}

#[test]
fn a_component_is_judged_by_everything_that_is_said_of_it() {
    let text = with(
        "{ role: beat }",
        "{ roles: [dashboard, cli], enqueues: true, serves: https, ca: system, holds: [server-key] }",
    );
    let text = text.replacen("  names:", "  password-env: PASSWORD\n  names:", 1);
    let manifest = Manifest::parse(text).unwrap();
    let holder = manifest.holder(manifest.component("beat").unwrap());
    assert_eq!(holder.roles, [Role::Dashboard, Role::Cli]);
    assert_eq!(holder.holds, [Artifact::ServerKey]);
    assert!(holder.enqueues && holder.serves_https && holder.system_ca);
    assert!(holder.broker_password);
    let bare = Manifest::parse(EXAMPLE).unwrap();
    let holder = bare.holder(bare.component("beat").unwrap());
    assert!(!holder.enqueues && !holder.serves_https && !holder.system_ca);
    assert!(!holder.broker_password);
}

#[test]
fn retries_are_lost_only_where_a_worker_verifies_ed25519_and_does_not_sign() {
    for (before, after, lost) in [
        ("role: worker", "role: worker", true),
        ("role: worker", "roles: [worker, cli]", true),
        ("role: worker", "roles: [worker, producer]", false),
        ("ed25519", "hmac-sha256", false),
        ("ed25519", "none", false),
    ] {
        let manifest = Manifest::parse(with(before, after)).unwrap();
        let worker = manifest.component("worker").unwrap();
        assert_eq!(manifest.loses_retries(worker), lost, "{after}");
    }
}

#[test]
fn what_is_missing_is_named() {
    let without = with("posture: { signing: ed25519, transport: mtls }\n", "");
    assert_eq!(
        complaint(&without),
        "line 1, column 1: `posture` is missing"
    );
    let without = with("signing: ed25519, ", "");
    assert!(complaint(&without).starts_with("line 2,"));
    assert!(complaint(&without).ends_with("`signing` is missing"));
    let without = with("reason: \"local only\", ", "");
    assert!(complaint(&without).ends_with("`reason` is missing"));
}

#[test]
fn a_newer_manifest_is_refused_before_its_unknown_keys_are() {
    let newer = with("version: 1", "version: 2\nshards: 4");
    let error = Manifest::parse(&newer).unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 1, column 10: this manifest is version 2; this stem-sec reads version 1"
    );
    assert_eq!(error.hint().unwrap(), "upgrade stem-sec to read it");
}

#[test]
fn what_makes_no_sense_is_refused_where_it_stands() {
    for (before, after, said) in [
        ("version: 1", "version: §0", "`version` must be 1"),
        ("version: 1", "version: §one", "this must be a whole number"),
        (
            "ed25519",
            "§ed25591",
            "this must be `none`, `hmac-sha256` or `ed25519`; did you mean `ed25519`?",
        ),
        ("ed25519", "§[ed25519]", "this must be one word"),
        (
            "rediss://redis:6379/0",
            "§rediss://:pw@redis",
            "a password or user name must not stand in this URL",
        ),
        (
            "rediss://redis:6379/0",
            "§redis://redis:6379/0",
            "the URL's scheme must be `rediss`",
        ),
        (
            "rediss://redis:6379/0",
            "§rediss:///0",
            "the URL has no valid host",
        ),
        (
            "rediss://redis:6379/0",
            "§[x]",
            "this must be a single value",
        ),
        (
            "rediss://redis:6379/1",
            "§redis://redis:6379/1",
            "the URL's scheme must be `rediss`, `postgres` or `postgresql`",
        ),
        (
            "[redis, stem.local",
            "§[stem.local",
            "`names` does not cover the host in the broker's URL, so every client would refuse the certificate",
        ),
        (
            "stem.local",
            "§\"a b\"",
            "this is no host name or IP address",
        ),
        (
            "[redis, stem.local, 10.0.0.5]",
            "§[]",
            "`names` is empty: the broker's certificate would cover nothing",
        ),
        (
            "  names:",
            "  password-file: a\n  password-env: §B\n  names:",
            "`password-file` and `password-env` exclude each other",
        ),
        (
            "  names:",
            "  password-env: §a-b\n  names:",
            "this is no name of an environment variable",
        ),
        (
            "beat: {",
            "§Beat: {",
            "a component's name is made of a-z, 0-9 and `-`, begins and ends with a letter or digit, and has at most 63 characters",
        ),
        (
            "beat: {",
            "§all: {",
            "a component cannot be named `all`: it means every component in a rotation plan",
        ),
        (
            "cli: {",
            "§beat: {",
            "this key stands twice in the same mapping",
        ),
        (
            "beat: { role: beat }",
            "§beat: {}",
            "component `beat` has no role",
        ),
        (
            "beat: { role: beat }",
            "§beat: { roles: [] }",
            "component `beat` has no role",
        ),
        (
            "beat: { role: beat }",
            "§beat: { role: beat, roles: [beat] }",
            "component `beat` has both `role` and `roles`",
        ),
        (
            "{ role: beat }",
            "{ roles: [beat, §beat] }",
            "`beat` is listed twice",
        ),
        (
            "{ role: beat }",
            "{ role: beat, retries: §lost }",
            "`retries` is about a worker, and component `beat` is none",
        ),
        (
            "{ role: beat }",
            "{ role: beat, enqueues: §true }",
            "`enqueues` is about a dashboard, and component `beat` is none",
        ),
        (
            "{ role: beat }",
            "{ role: dashboard, enqueues: §yes }",
            "this must be `true` or `false`",
        ),
        (
            "{ role: beat }",
            "{ role: beat, serves: §https }",
            "component `beat` may hold no server certificate, so it cannot serve HTTPS",
        ),
        (
            "{ role: beat }",
            "{ role: other, ca: §system }",
            "`ca` is about a client of the broker, and component `beat` is none",
        ),
        (
            "{ role: beat }",
            "{ role: beat, holds: [§ca-key] }",
            "component `beat` must not hold ca-key under ed25519 + mtls",
        ),
        (
            "{ role: beat }",
            "{ role: worker, holds: [§signing-private-key] }",
            "component `beat` must not hold signing-private-key under ed25519 + mtls",
        ),
        (
            "{ role: beat }",
            "{ role: beat, uid: §-1 }",
            "this must be a whole number",
        ),
        (
            "{ role: beat }",
            "§[beat]",
            "this must be a mapping of keys to values",
        ),
        (
            "/etc/stem",
            "§etc/stem",
            "`install` must be an absolute path: where the folders will live on the target",
        ),
        ("out: deploy", "out: §\"\"", "this is no path"),
        ("7d", "§7", "this is no duration"),
        ("secret-inline", "§Secret", "this is no rule id"),
        ("\"local only\"", "§\" \"", "a suppression needs a reason"),
        ("2027-01-31", "§2027-02-30", "this is no date"),
    ] {
        assert_complaint(before, after, said);
    }
}

#[test]
fn what_is_no_manifest_at_all_is_said_so() {
    for (text, said) in [
        ("", "line 1, column 1: the manifest is empty"),
        ("# nothing\n\n", "line 1, column 1: the manifest is empty"),
        (
            "version: 1\ncomponents: {}\nbroker: {url: redis://r}\nposture: {signing: none, transport: plaintext}",
            "line 2, column 13: a manifest needs at least one component",
        ),
        (
            "version: 1\n---\nversion: 1\n",
            "line 3, column 1: the manifest must be one YAML document",
        ),
        (
            "version: 1\nposture: {",
            "line 2, column 10: this is not valid YAML",
        ),
        ("version: 1\n", "line 1, column 1: `posture` is missing"),
        (
            "just text",
            "line 1, column 1: this must be a mapping of keys to values",
        ),
    ] {
        assert_eq!(complaint(text), said);
    }
    let error = Manifest::parse(b"version: 1\n# \xc3\xa9\xff".as_slice()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 2, column 4: this is not UTF-8 text"
    );
}

#[test]
fn deep_and_repeating_input_ends_quickly() {
    let mut bomb = String::from("version: 1\na: &a [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..20 {
        let before = (b'a' + level - 1) as char;
        let name = (b'a' + level) as char;
        let list = vec![format!("*{before}"); 9].join(", ");
        bomb.push_str(&format!("{name}: &{name} [{list}]\n"));
    }
    for text in [
        bomb,
        format!("version: 1\nx: {}", "[".repeat(200_000)),
        format!("version: 1\nx: {}", "{a: ".repeat(200_000)),
        format!("version: 1\nx:\n{}", "- ".repeat(200_000)),
        "? ".repeat(200_000),
    ] {
        assert!(Manifest::parse(text).is_err());
    }
}

#[test]
fn a_complaint_never_repeats_a_key_that_does_not_look_like_one() {
    for key in [
        "s3cr3t/k3y+==",
        "c3VwZXItc2VjcmV0LXN1cGVyLXNlY3JldA",
        "a b",
        "\"\\e[31m\"",
    ] {
        let said = complaint(&with("render:", &format!("{key}:")));
        assert_eq!(said, "line 13, column 1: unknown key");
    }
}

proptest! {
    #[test]
    fn a_manifest_that_is_written_reads_back_the_same(manifest in any_manifest()) {
        let text = manifest.text();
        let read = Manifest::parse(&text);
        prop_assert_eq!(read.as_ref(), Ok(&manifest), "{}", text);
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Manifest::parse(bytes);
    }

    #[test]
    fn any_change_of_the_example_is_read_without_panic(
        start in 0..EXAMPLE.len(), length in 0_usize..20, new in "[\\[\\]{}:,#&*!|>'\"%@` \n\ta-z0-9é-]{0,8}",
    ) {
        let mut bytes = EXAMPLE.as_bytes().to_vec();
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, new.into_bytes());
        let _ = Manifest::parse(bytes);
    }

    #[test]
    fn a_complaint_never_repeats_a_value(
        place in 0_usize..64, decoration in 0_usize..8,
    ) {
        const MARKER: &str = "Hunter2Hunter2Hunter2Hunter2";
        let values: Vec<(usize, &str)> = EXAMPLE
            .split_inclusive([' ', '\n'])
            .scan(0, |at, word| { let start = *at; *at += word.len(); Some((start, word)) })
            .filter(|(_, word)| !word.trim().is_empty())
            .collect();
        let (start, word) = values[place % values.len()];
        let planted = match decoration {
            0 => MARKER.to_owned(),
            1 => format!("\"{MARKER}\""),
            2 => format!("[{MARKER}]"),
            3 => format!("{{ {MARKER}: {MARKER} }}"),
            4 => format!("!{MARKER} {MARKER}"),
            5 => format!("*{MARKER}"),
            6 => format!("rediss://:{MARKER}@redis/0"),
            _ => format!("rediss://{MARKER}:{MARKER}/{MARKER}"),
        };
        let text = format!("{}{planted} {}", &EXAMPLE[..start], &EXAMPLE[start + word.trim_end().len()..]);
        if let Err(error) = Manifest::parse(text) {
            let said = format!("{error} {error:?} {:?}", error.hint());
            prop_assert!(!said.to_lowercase().contains("hunter2"), "{}", said);
        }
    }
}
