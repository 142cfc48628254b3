//! Deployments as teams write them: stages side by side, certificates for other things, names
//! without what they name.

use super::{raised, raised_at};

const SIGNS: &str = "STEM_SIGNING_KEYS=primary:<secret a>\nSTEM_SIGNING_ACTIVE_KEY=primary\n";

/// What is said of a producer and a worker that sign, with these lines for each.
fn both(api: &str, worker: &str, files: &[(&str, &str)]) -> Vec<String> {
    let compose = format!(
        "services:\n  api:\n    image: a\n    labels: {{ stem.role: producer }}\n    env_file: [stem.env]\n{api}  \
         worker:\n    image: w\n    labels: {{ stem.role: worker }}\n    env_file: [stem.env]\n{worker}"
    );
    let common = format!("STEM_BROKER_URL=rediss://redis.example.com:6379/0\n{SIGNS}");
    let mut all = vec![("compose.yaml", compose.as_str()), ("stem.env", &common)];
    all.extend(files);
    raised(&all)
}

#[test]
fn env_files_of_different_stages_do_not_accuse_each_other() {
    let clear = "STEM_BROKER_URL=redis://localhost:6379/0\n";
    let encrypted = format!("STEM_BROKER_URL=rediss://redis.example.com:6379/0\n{SIGNS}");
    for (dev, prod) in [
        (".env.development", ".env.production"),
        ("dev.env", "prod.env"),
        ("worker-dev.env", "worker-staging.env"),
        (".env", ".env.prod"),
    ] {
        let found = raised_at(&[(dev, clear), (prod, &encrypted)]);
        let errors = found.iter().filter(|one| one.starts_with("error"));
        assert_eq!(errors.count(), 0, "{dev}, {prod}: {found:?}");
    }
}

#[test]
fn env_files_of_one_stage_are_judged_together() {
    let clear = "STEM_BROKER_URL=redis://redis.example.com:6379/0\n";
    let encrypted = format!("STEM_BROKER_URL=rediss://redis.example.com:6379/0\n{SIGNS}");
    for (one, other) in [
        ("worker.prod.env", "api.production.env"),
        ("worker.env", "api.env"),
    ] {
        let found = raised_at(&[(one, clear), (other, &encrypted)]);
        let expected = format!("error plaintext-url {one}:1 STEM_BROKER_URL");
        assert!(found.contains(&expected), "{one}, {other}: {found:?}");
    }
}

#[test]
fn a_ca_that_is_mounted_for_something_else_makes_nobody_lack_one() {
    let certificates: &[(&str, &str)] = &[("certs/ca.crt", "<ca.crt>\n")];
    let mount = "    volumes: ['./certs/ca.crt:/postgres/ca.crt:ro']\n";
    assert_eq!(both(mount, "", certificates), [""; 0]);
    assert_eq!(both("", mount, certificates), [""; 0]);
}

#[test]
fn a_ca_of_the_system_that_one_names_is_there_for_all() {
    let named = "    environment: { STEM_TLS_CA_CERT: /etc/ssl/certs/ca-certificates.crt }\n";
    assert_eq!(both(named, "", &[]), [""; 0]);
    let own = "    environment: { STEM_TLS_CA_CERT: /certs/ca.crt }\n";
    assert_eq!(both(own, "", &[]), ["ca-missing STEM_TLS_CA_CERT"]);
}

#[test]
fn a_client_pair_that_is_mounted_and_not_named_is_missing() {
    let redis = "  redis:\n    image: redis:7\n    command: redis-server --port 0 --tls-port 6379 --tls-cert-file /c/server.crt \
         --tls-key-file /c/server.key --tls-ca-cert-file /c/ca.crt --tls-auth-clients yes\n";
    let mount =
        "    volumes: ['./certs/client.crt:/c/client.crt', './certs/client.key:/c/client.key']\n";
    let names = "    environment: { STEM_TLS_CA_CERT: /c/ca.crt }\n";
    let pair = "    environment: { STEM_TLS_CA_CERT: /c/ca.crt, STEM_TLS_CLIENT_CERT: /c/client.crt, STEM_TLS_CLIENT_KEY: /c/client.key }\n";
    let said = |worker: &str| {
        let found = both(
            &format!("{pair}{mount}"),
            &format!("{worker}{mount}{redis}"),
            &[],
        );
        found.contains(&"missing-artifact STEM_TLS_CLIENT_CERT".to_owned())
    };
    assert!(said(names));
    assert!(!said(pair));
}

#[test]
fn an_active_key_without_keys_says_that_signing_was_meant() {
    let worker =
        "STEM_BROKER_URL=rediss://redis.example.com:6379/0\nSTEM_SIGNING_ACTIVE_KEY=primary\n";
    for keys in ["", "STEM_SIGNING_KEYS=\n", "STEM_SIGNING_KEYS='  '\n"] {
        let found = raised_at(&[("worker.env", &format!("{worker}{keys}"))]);
        let is_said = |one: &String| one.starts_with("error signing-disabled");
        assert!(found.iter().any(is_said), "{keys:?}: {found:?}");
    }
}

#[test]
fn what_a_command_line_loads_may_be_the_keys() {
    let of = |command: &str| {
        raised(&[(
            "compose.yaml",
            &format!(
                "services:\n  worker:\n    image: w\n    labels: {{ stem.role: worker }}\n    command: {command}\n    environment:\n      \
                 STEM_BROKER_URL: rediss://redis.example.com:6379/0\n      STEM_SIGNING_ACTIVE_KEY: primary\n"
            ),
        )])
    };
    for command in [
        "[sh, -c, 'source /vault/secrets/stem && exec /app/worker']",
        "[sh, -c, '. /vault/secrets/stem; exec /app/worker']",
        "[sh, -c, 'set -a; if [ -f /s ]; then . /s; fi; /app/worker']",
        "[sh, -c, 'doppler run -- /app/worker']",
        "[/usr/bin/chamber, exec, stem, --, /app/worker]",
        "op run -- /app/worker",
    ] {
        assert_eq!(of(command), [""; 0], "{command}");
    }
    for command in [
        "/app/worker run .",
        "[sh, -c, 'cd . && /app/worker']",
        "[/app/worker, --source, /data]",
        "dart run bin/worker.dart",
    ] {
        assert_eq!(
            of(command),
            ["signing-disabled STEM_SIGNING_KEYS"],
            "{command}"
        );
    }
}

#[test]
fn all_that_one_copy_brings_is_one_cause() {
    let found = raised(&[
        (
            "Dockerfile",
            "FROM debian\nLABEL stem.role=worker\nENV STEM_BROKER_URL=redis://redis:6379/0\nCOPY certs /certs\nCMD [\"/worker\"]\n",
        ),
        ("certs/client.crt", "<client.crt>\n"),
        ("certs/client.key", "<client.key>\n"),
        ("certs/b.crt", "<b-client.crt>\n"),
        ("certs/b.key", "<b-client.key>\n"),
    ]);
    let of_keys = found.iter().filter(|one| one.contains("/certs/"));
    assert_eq!(of_keys.count(), 1, "{found:?}");
}

#[test]
fn a_key_under_another_name_is_the_same_key() {
    let api = "      STEM_SIGNING_ALGORITHM: ed25519\n      STEM_SIGNING_ACTIVE_KEY: primary\n      STEM_SIGNING_PUBLIC_KEYS: ${PUBLIC}\n      \
               STEM_SIGNING_PRIVATE_KEYS: ${API_KEY}\n";
    let of = |service: &str, role: &str, env: &str, lines: &str| {
        let compose = format!(
            "services:\n  api:\n    image: a\n    labels: {{ stem.role: producer }}\n    environment:\n      \
             STEM_BROKER_URL: rediss://redis.example.com:6379/0\n{api}  {service}:\n    image: {service}\n    labels: {{ stem.role: {role} }}\n    \
             env_file: [{env}]\n    environment:\n      STEM_BROKER_URL: rediss://redis.example.com:6379/0\n{lines}"
        );
        let all = raised(&[
            ("compose.yaml", compose.as_str()),
            (
                ".env",
                "PUBLIC=primary:<public a>\nAPI_KEY=primary:<private a>\n",
            ),
            (
                "other.env",
                "PUBLIC=primary:<public a>\nMODE=primary:<secret b>\n",
            ),
        ]);
        let is_owned = |one: &String| one.ends_with("API_KEY") || one.ends_with("MODE");
        all.into_iter().filter(is_owned).collect::<Vec<_>>()
    };
    let verifies =
        "      STEM_SIGNING_ALGORITHM: ed25519\n      STEM_SIGNING_PUBLIC_KEYS: ${PUBLIC}\n";
    assert_eq!(
        of("worker", "worker", ".env", verifies),
        ["signing-private-key-on-verifier API_KEY"]
    );
    assert_eq!(
        of("nginx", "other", ".env", ""),
        ["secret-on-unrelated-process API_KEY"]
    );
    assert_eq!(of("worker", "worker", "other.env", verifies), [""; 0]);
    let signs = format!(
        "{verifies}      STEM_SIGNING_PRIVATE_KEYS: ${{API_KEY}}\n      STEM_SIGNING_ACTIVE_KEY: primary\n"
    );
    assert_eq!(of("beat", "beat", ".env", &signs), [""; 0]);
}

const CLEAN: &str = "STEM_BROKER_URL=rediss://redis.example.com:6379/0\n";

#[test]
fn a_certificate_itself_is_no_path_of_one() {
    for value in [
        "'-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'",
        "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t",
    ] {
        let worker = format!("STEM_TLS_CA_CERT={value}\n{CLEAN}{SIGNS}");
        let found = raised_at(&[("worker.env", &worker)]);
        assert_eq!(
            found,
            ["error reference-missing worker.env:1 STEM_TLS_CA_CERT"]
        );
    }
}

#[test]
fn a_password_is_wanted_where_the_url_leads_to_the_broker_that_asks() {
    let lacks = |host: &str| {
        let redis = "    environment: { A: b }\n  redis: { image: 'redis:7', command: redis-server --requirepass <password a> }\n";
        let compose = format!(
            "services:\n  worker:\n    image: w\n    labels: {{ stem.role: worker }}\n    env_file: [worker.env]\n{redis}"
        );
        let worker = format!("STEM_BROKER_URL=rediss://{host}:6379/0\n{SIGNS}");
        let found = raised(&[("compose.yaml", &compose), ("worker.env", &worker)]);
        found
            .iter()
            .any(|one| one.starts_with("missing-artifact STEM_BROKER_URL"))
    };
    assert!(lacks("redis"));
    // somebody else's
    assert!(!lacks("redis.example.com"));
}

#[test]
fn an_exporter_is_to_have_a_user_of_its_own() {
    let said = |variable: &str| {
        let compose = "services:\n  exporter:\n    image: oliver006/redis_exporter\n    env_file: [exporter.env]\n  worker:\n    image: w\n    labels: { stem.role: worker }\n    env_file: [worker.env]\n";
        let worker = format!("STEM_BROKER_URL=rediss://:<password a>@redis.example.com/0\n{SIGNS}");
        raised_at(&[
            ("compose.yaml", compose),
            ("exporter.env", variable),
            ("worker.env", &worker),
        ])
    };
    assert_eq!(
        said("REDIS_PASSWORD=<password a>\n"),
        ["error secret-on-unrelated-process exporter.env:1 REDIS_PASSWORD"]
    );
    assert_eq!(
        said("STEM_BROKER_URL=rediss://:<password a>@redis.example.com/0\n"),
        ["error secret-on-unrelated-process exporter.env:1 STEM_BROKER_URL"]
    );
}

#[test]
fn what_says_where_a_secret_is_kept_is_not_judged_as_one() {
    for keys in [
        "op://vault/stem/keys",
        "vault:secret/data/stem#keys",
        "'ENC[AES256_GCM,data:abc=,iv:x=,tag:y=,type:str]'",
        "'<path:secret/data/stem#keys>'",
        "${STEM_SIGNING_KEYS}",
        "${KEYS_OF_PRODUCTION}",
    ] {
        let worker = format!("{CLEAN}STEM_SIGNING_KEYS={keys}\nSTEM_SIGNING_ACTIVE_KEY=primary\n");
        assert_eq!(raised_at(&[("worker.env", &worker)]), [""; 0], "{keys}");
    }
    let keys = "STEM_SIGNING_KEYS: 'vault:secret/data/stem#keys'";
    let map =
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: c }}\ndata: {{ {keys} }}\n");
    assert_eq!(raised_at(&[("c.yaml", &map)]), [""; 0]);
}
