//! Every minted certificate, held against other implementations of X.509 and TLS: accepted
//! for what it is for, refused for what it is not, and for the right reason.

#[path = "../common/mod.rs"]
mod common;

mod bundle;
mod exam;
mod programs;
mod question;
mod words;

use common::{folder, python, run, script, tool};
use question::{Answer, End, Question, Why, Words, judge};

/// Asks every question that concerns this verifier.
fn hold_against(
    verifier: &str,
    words: Words,
    concerns: fn(&Question) -> bool,
    ask: impl FnOnce(&[Question]) -> Vec<Answer>,
) {
    let folder = folder();
    let mut questions = exam::questions(folder.path());
    questions.retain(concerns);
    let answers = ask(&questions);
    judge(verifier, &questions, &answers, words);
}

fn each(ask: fn(&Question) -> Answer) -> impl FnOnce(&[Question]) -> Vec<Answer> {
    move |questions| questions.iter().map(ask).collect()
}

const EVERYTHING: fn(&Question) -> bool = |_| true;

/// Java and webpki take a name and a key from the root, and not its path length: RFC 5280
/// (section 6.1.1) leaves that open.
const BUT_THE_ROOTS_PATH_LENGTH: fn(&Question) -> bool =
    |question| question.expected != Some(Why::Depth);

#[test]
fn openssl_verify_agrees() {
    hold_against(
        "OpenSSL",
        words::openssl,
        EVERYTHING,
        each(programs::openssl),
    );
}

#[test]
fn gnutls_certtool_agrees() {
    hold_against(
        "certtool",
        words::gnutls,
        EVERYTHING,
        each(programs::certtool),
    );
}

#[test]
fn gnutls_agrees_in_a_handshake() {
    let servers: fn(&Question) -> bool = |question| question.judged == End::Server;
    hold_against(
        "gnutls-cli",
        words::gnutls,
        servers,
        each(programs::gnutls_cli),
    );
}

#[test]
fn rustls_webpki_agrees() {
    hold_against(
        "webpki",
        words::webpki,
        BUT_THE_ROOTS_PATH_LENGTH,
        each(programs::webpki),
    );
}

#[test]
fn the_verifier_of_python_cryptography_agrees() {
    let ask = |questions: &[Question]| {
        let mut command = python();
        programs::script_with_a_clock(questions, command.arg(script("cryptography_x509.py")))
    };
    hold_against("cryptography", words::cryptography, EVERYTHING, ask);
}

#[test]
fn python_ssl_agrees_in_a_handshake() {
    let ask = |questions: &[Question]| at_its_time(questions, common::PYTHON, "tls.py");
    hold_against("Python ssl", words::openssl, EVERYTHING, ask);
}

#[test]
fn node_agrees_in_a_handshake() {
    let ask = |questions: &[Question]| at_its_time(questions, "node", "tls.mjs");
    hold_against("Node", words::node, EVERYTHING, ask);
}

#[test]
fn java_agrees_in_a_handshake() {
    let ask = |questions: &[Question]| {
        let mut command = tool("java");
        programs::script_with_a_clock(questions, command.arg(script("Tls.java")))
    };
    hold_against("Java", words::java, BUT_THE_ROOTS_PATH_LENGTH, ask);
}

fn at_its_time(questions: &[Question], program: &str, name: &str) -> Vec<Answer> {
    let script = script(name).display().to_string();
    programs::script_at_its_time(questions, &[program, &script])
}

/// pkilint holds `redis` and `*.example.org` to be no domain names. Every verifier above
/// accepts them, and deployments need them.
#[test]
fn pkilint_finds_no_error_but_names_of_one_label_and_wildcards() {
    let folder = folder();
    let bundles = bundle::every_bundle(folder.path());
    let mut command = python();
    command.arg(script("lint.py"));
    for bundle in &bundles {
        command.args([&bundle.root, &bundle.server.chain, &bundle.client.chain]);
    }
    let found = run(&mut command).ok().stdout;
    common::note(&found);
    let wrong: Vec<&str> = found.lines().filter(|line| !is_allowed(line)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for needed in ["\"redis\"", "\"*.wild.stem.local\""] {
        assert!(
            found.contains(needed),
            "pkilint takes {needed} now: drop the exception"
        );
    }
}

/// By the value: the same code is used for an address that poses as a name.
fn is_allowed(finding: &str) -> bool {
    let value = finding
        .split_once("\tpkix.invalid_domain_name_syntax\tInvalid domain name syntax: \"")
        .and_then(|(_, rest)| rest.strip_suffix('"'));
    let is_label = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !text.is_empty()
    };
    value.is_some_and(|name| match name.strip_prefix("*.") {
        Some(domain) => domain.contains('.') && domain.split('.').all(is_label),
        None => is_label(name),
    })
}
