//! URLs, and what the other variables of TLS say, of one process.

use super::{KEYS, said};

/// What they say of one variable of one process, beside a broker that speaks TLS: `SEVERITY RULE`.
fn of_variable(file: &str, line: &str) -> Vec<String> {
    let broker = match line.starts_with("STEM_BROKER_URL") {
        true => String::new(),
        false => "STEM_BROKER_URL=rediss://redis.example.com:6379/0\n".to_owned(),
    };
    let text = format!("{line}\n{broker}{KEYS}");
    let found = said(&[(file, &text)]);
    let short = |line: &String| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    found.iter().map(short).collect()
}

fn table(rows: &[(&str, &str, &str)]) {
    let mut wrong = Vec::new();
    for (file, line, expected) in rows {
        let found = of_variable(file, line).join(", ");
        if found != *expected {
            wrong.push(format!("{file}: {line}: {found:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_broker_is_reached_in_clear_by_everything_but_rediss() {
    let clear = "warning plaintext-url";
    table(&[
        (
            "worker.env",
            "STEM_BROKER_URL=redis://redis.example.com:6379/0",
            clear,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=REDIS://redis.example.com:6379/0",
            clear,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=redis+tls://redis.example.com:6379/0",
            clear,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=tls://redis.example.com:6379/0",
            clear,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=valkeys://redis.example.com:6379/0",
            clear,
        ),
        ("worker.env", "STEM_BROKER_URL=redis:6379", clear),
        (
            "worker.env",
            "STEM_BROKER_URL=redis.example.com:6379",
            clear,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=redis://redis.example.com:6379/0\n",
            clear,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=redis://localhost:6379/0",
            "note plaintext-url",
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=redis://127.0.0.1:6379/0",
            "note plaintext-url",
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=redis://[::1]:6379/0",
            "note plaintext-url",
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=ReDiSs://redis.example.com:6379/0",
            "",
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=rediss://redis.example.com",
            "",
        ),
        ("worker.env", "STEM_BROKER_URL=memory://", ""),
        (
            "worker.env",
            "STEM_BROKER_URL=https://queue.example.com",
            "",
        ),
    ]);
}

#[test]
fn each_url_is_judged_alone_where_it_is_used() {
    let clear = "error plaintext-url";
    table(&[
        (
            "worker.env",
            "STEM_RESULT_BACKEND_URL=redis://redis.example.com:6379/1",
            clear,
        ),
        (
            "worker.env",
            "STEM_RESULT_BACKEND_URL='  redis://redis.example.com:6379/1'",
            clear,
        ),
        (
            "worker.env",
            "STEM_REVOKE_STORE_URL=redis://redis.example.com:6379/1",
            clear,
        ),
        (
            "beat.env",
            "STEM_SCHEDULE_STORE_URL=redis://redis.example.com:6379/1",
            clear,
        ),
        (
            "dashboard.env",
            "STEM_WORKFLOW_STORE_URL=redis://redis.example.com:6379/1",
            clear,
        ),
        // set, but nothing reads it there
        (
            "worker.env",
            "STEM_SCHEDULE_STORE_URL=redis://redis.example.com:6379/1",
            "",
        ),
        (
            "producer.env",
            "STEM_REVOKE_STORE_URL=redis://redis.example.com:6379/1",
            "",
        ),
        (
            "worker.env",
            "STEM_WORKFLOW_STORE_URL=redis://redis.example.com:6379/1",
            "",
        ),
        // nothing that goes over a network
        (
            "worker.env",
            "STEM_REVOKE_STORE_URL=/var/lib/stem/revoked.json",
            "",
        ),
        (
            "worker.env",
            "STEM_REVOKE_STORE_URL=file:///var/lib/stem/revoked.json",
            "",
        ),
        (
            "worker.env",
            "STEM_RESULT_BACKEND_URL=sqlite:///var/lib/stem/results.db",
            "",
        ),
        ("dashboard.env", "STEM_WORKFLOW_STORE_URL=memory", ""),
        ("worker.env", "STEM_RESULT_BACKEND_URL=", ""),
    ]);
}

#[test]
fn urls_that_stem_cannot_use_are_said() {
    let malformed = "error url-malformed";
    table(&[
        (
            "worker.env",
            "STEM_BROKER_URL=' rediss://redis.example.com:6379/0'",
            malformed,
        ),
        ("worker.env", "STEM_BROKER_URL=''", malformed),
        ("worker.env", "STEM_BROKER_URL='  '", malformed),
        (
            "worker.env",
            "STEM_BROKER_URL='rediss://redis.example.com:6379\n'",
            malformed,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL='rediss://redis.example.com\r'",
            malformed,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=rediss://redis.example.com:65536/0",
            malformed,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=rediss://:pa/ss@redis.example.com:6379/0",
            malformed,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL='rediss://:pa#ss@redis.example.com:6379/0'",
            malformed,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=rediss://:pa@ss@redis.example.com:6379/0",
            malformed,
        ),
        ("worker.env", "STEM_BROKER_URL=10.0.0.5:6379", malformed),
        ("worker.env", "STEM_BROKER_URL=rediss://:6379/0", malformed),
        (
            "worker.env",
            "STEM_BROKER_URL=rediss://:<password a>@/0",
            malformed,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=amqp://mq.example.com:5672",
            malformed,
        ),
        (
            "beat.env",
            "STEM_SCHEDULE_STORE_URL=mysql://db.example.com/stem",
            malformed,
        ),
        // a line end behind the path is harmless, and the others are trimmed
        (
            "worker.env",
            "STEM_BROKER_URL='rediss://redis.example.com:6379/0\n'",
            "",
        ),
        (
            "worker.env",
            "STEM_RESULT_BACKEND_URL='\n rediss://redis.example.com:6379\n'",
            "",
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=rediss://[fd00::5]:6379/0",
            "",
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=rediss://redis.example.com:/0",
            "",
        ),
        ("worker.env", "STEM_BROKER_URL=rediss:///0", ""),
    ]);
}

#[test]
fn postgres_is_verified_by_verify_full_alone() {
    let (error, warning) = ("error store-not-verified", "warning store-not-verified");
    let url = |rest: &str| format!("STEM_RESULT_BACKEND_URL='postgres{rest}'");
    for (rest, expected) in [
        ("://stem@db.example.com/stem", error),
        ("ql+ssl://stem@db.example.com/stem", error),
        ("://stem@db.example.com/stem?sslmode=disable", error),
        ("://stem@db.example.com/stem?sslmode=require", error),
        (
            "://stem@db.example.com/stem?sslmode=verify-ca&sslrootcert=/ca.crt",
            error,
        ),
        (
            "://stem@db.example.com/stem?sslmode=verify-full&sslmode=prefer",
            error,
        ),
        ("://stem@db.example.com/stem?sslmode=verify-full", ""),
        (
            "://stem@db.example.com/stem?application_name=x&sslmode=verifyfull",
            "",
        ),
    ] {
        table(&[("worker.env", &url(rest), expected)]);
    }
    table(&[
        (
            "worker.env",
            "STEM_BROKER_URL=postgres://stem@db.example.com/stem",
            warning,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=postgres://stem@localhost/stem",
            "note store-not-verified",
        ),
    ]);
}

#[test]
fn of_credentials_only_a_plain_password_arrives() {
    let ignored = "warning credential-ignored";
    let url = |text: &str| format!("STEM_BROKER_URL=rediss://{text}@redis.example.com:6379/0");
    for (text, expected) in [
        ("app:<password a>", ignored),
        (":p%40<password a>", ignored),
        ("app:x:<password a>", ignored),
        (":<password a>^", ignored),
        (":<password a>", ""),
        ("<password a>", ""),
        ("default:<password a>", ""),
        (":<password a>-._~!", ""),
    ] {
        table(&[("worker.env", &url(text), expected)]);
    }
}

#[test]
fn what_turns_verification_off_is_what_stem_takes_for_true() {
    let off = "error verification-disabled";
    for (value, expected) in [
        ("true", off),
        ("TRUE", off),
        ("1", off),
        ("'untrue'", off),
        ("'false # was true'", off),
        ("false", ""),
        ("yes", ""),
        ("on", ""),
        ("' 1'", ""),
        ("0", ""),
        ("false # was true", ""),
    ] {
        let line = format!("STEM_TLS_ALLOW_INSECURE={value}");
        table(&[("worker.env", &line, expected)]);
    }
    // nothing of Stem reads it there
    table(&[("redis.env", "STEM_TLS_ALLOW_INSECURE=true", "")]);
}

#[test]
fn half_a_pair_and_a_pair_without_a_ca_are_said() {
    let (half, no_ca) = ("error client-pair-incomplete", "error ca-missing");
    let (ca, cert, key) = (
        "STEM_TLS_CA_CERT=/tls/ca.crt\n",
        "STEM_TLS_CLIENT_CERT=/tls/a.crt\n",
        "STEM_TLS_CLIENT_KEY=/tls/a.key\n",
    );
    for (lines, expected) in [
        (format!("{ca}{cert}"), half),
        (format!("{ca}{key}"), half),
        (format!("{cert}STEM_TLS_CLIENT_KEY=\n{ca}"), half),
        (format!("{cert}{key}"), no_ca),
        (format!("{cert}{key}STEM_TLS_CA_CERT=\n"), no_ca),
        (format!("{ca}{cert}{key}"), ""),
        (ca.to_owned(), ""),
        (String::new(), ""),
    ] {
        table(&[("worker.env", &lines, expected)]);
    }
}

#[test]
fn half_a_pair_may_come_from_where_nothing_is_known() {
    let compose = "\
services:
  worker:
    image: example/worker
    labels: { stem.role: worker }
    env_file: [worker.env]
    environment: [STEM_TLS_CLIENT_KEY, STEM_TLS_CA_CERT]
";
    let env = format!(
        "STEM_BROKER_URL=rediss://redis.example.com:6379/0\nSTEM_TLS_CLIENT_CERT=/tls/a.crt\n{KEYS}"
    );
    assert_eq!(
        said(&[("compose.yaml", compose), ("worker.env", &env)]),
        [""; 0]
    );
}

#[test]
fn a_url_with_options_is_read_as_everything_but_a_shell_reads_it() {
    table(&[(
        "worker.env",
        "STEM_RESULT_BACKEND_URL=postgres://u@db.example.com/x?sslmode=verify-ca&sslrootcert=/x",
        "error store-not-verified",
    )]);
}
