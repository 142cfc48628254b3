//! A worker and a broker, and the certificates that they show each other.

use super::{KEYS, SILENCE, said};

/// A worker and a broker with their certificates; what each has under `/tls`.
fn deployment(url: &str, options: &str, files: &[(&str, &str)]) -> Vec<String> {
    let compose = format!(
        "\
services:
  worker:
    image: example/worker
    labels: {{ stem.role: worker }}
    env_file: [worker.env]
    volumes: [./tls/worker:/tls:ro]
  redis:
    image: redis:7.4
    command: >-
      redis-server --port 0 --tls-port 6379 --tls-cert-file /tls/server.crt
      --tls-key-file /tls/server.key --tls-ca-cert-file /tls/ca.crt {options}
    volumes: [./tls/redis:/tls:ro]
"
    );
    let env = format!(
        "\
STEM_BROKER_URL={url}
STEM_TLS_CA_CERT=/tls/ca.crt
STEM_TLS_CLIENT_CERT=/tls/client.crt
STEM_TLS_CLIENT_KEY=/tls/client.key
{KEYS}"
    );
    let mut all = vec![
        ("compose.yaml", compose.as_str()),
        ("worker.env", env.as_str()),
    ];
    let usual = [
        ("tls/worker/ca.crt", "<ca.crt>\n"),
        ("tls/worker/client.crt", "<client.crt>\n"),
        ("tls/worker/client.key", "<client.key>\n"),
        ("tls/redis/ca.crt", "<ca.crt>\n"),
        ("tls/redis/server.crt", "<server.crt>\n"),
        ("tls/redis/server.key", "<server.key>\n"),
    ];
    let is_other = |path: &str| files.iter().any(|(other, _)| *other == path);
    all.extend(usual.iter().filter(|(path, _)| !is_other(path)));
    all.extend(files);
    said(&all)
}

fn with(files: &[(&str, &str)]) -> Vec<String> {
    deployment("rediss://redis:6379/0", "", files)
}

#[test]
fn certificates_that_fit_together_are_no_matter() {
    assert_eq!(with(&[]), SILENCE);
    // two CAs side by side, as while one takes the place of the other
    let both = "<other-ca.crt>\n<ca.crt>\n";
    assert_eq!(
        with(&[("tls/worker/ca.crt", both), ("tls/redis/ca.crt", both)]),
        SILENCE
    );
    // a chain with its root behind
    assert_eq!(
        with(&[("tls/redis/server.crt", "<server.crt>\n<ca.crt>\n")]),
        SILENCE
    );
    // nobody uses it
    assert_eq!(
        with(&[("tls/redis/old.crt", "<expired-server.crt>\n")]),
        SILENCE
    );
    // a CA file that is something else entirely
    assert_eq!(with(&[("tls/worker/notes.txt", "nothing\n")]), SILENCE);
}

#[test]
fn certificates_past_their_time_are_said_where_they_lie() {
    assert_eq!(
        with(&[
            ("tls/worker/client.crt", "<expired-client.crt>\n"),
            ("tls/worker/client.key", "<expired-client.key>\n"),
        ]),
        ["error certificate-expired tls/worker/client.crt:1 /tls/client.crt"]
    );
    assert_eq!(
        with(&[("tls/redis/ca.crt", "<ca.crt>\n<expired-ca.crt>\n")]).len(),
        1
    );
    let beside = with(&[("tls/worker/ca.crt", "<ca.crt>\n<expired-ca.crt>\n")]);
    assert!(
        beside.len() == 1
            && beside[0].starts_with("warning certificate-expired tls/worker/ca.crt:"),
        "{beside:?}"
    );
    let alone = with(&[("tls/worker/ca.crt", "<expired-ca.crt>\n")]);
    assert!(
        alone.contains(&"error certificate-expired tls/worker/ca.crt:1 /tls/ca.crt".to_owned()),
        "{alone:?}"
    );
}

#[test]
fn a_chain_is_broken_on_the_side_that_differs() {
    assert_eq!(
        with(&[("tls/worker/ca.crt", "<other-ca.crt>\n")]),
        ["error chain-broken tls/worker/ca.crt:1 STEM_TLS_CA_CERT"]
    );
    assert_eq!(
        with(&[
            ("tls/worker/client.crt", "<foreign-client.crt>\n"),
            ("tls/worker/client.key", "<foreign-client.key>\n"),
        ]),
        ["error chain-broken tls/worker/client.crt:1 STEM_TLS_CLIENT_CERT"]
    );
    // the broker does not ask for it
    assert_eq!(
        deployment(
            "rediss://redis:6379/0",
            "--tls-auth-clients no",
            &[
                ("tls/worker/client.crt", "<foreign-client.crt>\n"),
                ("tls/worker/client.key", "<foreign-client.key>\n"),
            ]
        ),
        SILENCE
    );
    // more CAs may lie in a folder that is not at hand
    assert_eq!(
        deployment(
            "rediss://redis:6379/0",
            "--tls-ca-cert-dir /etc/ssl/certs",
            &[
                ("tls/worker/client.crt", "<foreign-client.crt>\n"),
                ("tls/worker/client.key", "<foreign-client.key>\n"),
            ]
        ),
        SILENCE
    );
}

#[test]
fn a_url_that_leads_elsewhere_is_not_held_against_the_broker_here() {
    let elsewhere = [
        ("tls/worker/ca.crt", "<other-ca.crt>\n"),
        ("tls/worker/client.crt", "<foreign-client.crt>\n"),
        ("tls/worker/client.key", "<foreign-client.key>\n"),
    ];
    for url in [
        "rediss://redis.example.com:6379/0",
        "rediss://redis.prod.internal:6379/0",
        "rediss://redis:6390/0",
        "rediss://localhost:6379/0",
    ] {
        assert_eq!(deployment(url, "", &elsewhere), SILENCE, "{url}");
    }
}

#[test]
fn a_host_is_held_against_the_certificate_of_the_broker_that_is_meant() {
    let uncovered = ["error host-not-covered worker.env:1 STEM_BROKER_URL"];
    let elsewhere = [
        ("tls/redis/server.crt", "<elsewhere-server.crt>\n"),
        ("tls/redis/server.key", "<elsewhere-server.key>\n"),
    ];
    assert_eq!(with(&elsewhere), uncovered);
    // it trusts the CA that issued it, and there is no other
    let by_ca = |url| deployment(url, "", &[]);
    assert_eq!(by_ca("rediss://broker.internal:6379/0"), uncovered);
    assert_eq!(by_ca("rediss://10.0.0.5:6379/0"), uncovered);
    assert_eq!(by_ca("rediss://localhost:6379/0"), SILENCE);
    assert_eq!(by_ca("rediss://REDIS:6379/0"), SILENCE);
    assert_eq!(by_ca("rediss://redis:6390/0"), SILENCE);
}

#[test]
fn a_pair_is_held_together_by_its_first_certificate() {
    assert_eq!(
        with(&[("tls/redis/server.key", "<b-server.key>\n")]),
        ["error certificate-key-mismatch tls/redis/server.key:1 tls-key-file"]
    );
    let found = with(&[("tls/redis/server.crt", "<ca.crt>\n<server.crt>\n")]);
    assert_eq!(
        found,
        ["error certificate-key-mismatch tls/redis/server.key:1 tls-key-file"]
    );
}

#[test]
fn what_is_no_ca_is_no_ca_on_either_side() {
    assert_eq!(
        with(&[("tls/redis/ca.crt", "<server.crt>\n")]),
        ["error ca-is-leaf compose.yaml:10 tls-ca-cert-file"]
    );
    assert_eq!(
        with(&[("tls/worker/ca.crt", "<client.crt>\n<ca.crt>\n")]),
        SILENCE
    );
    assert_eq!(
        with(&[("tls/worker/ca.crt", "# to be filled\n")]),
        ["error ca-missing tls/worker/ca.crt:1 STEM_TLS_CA_CERT"]
    );
}
