//! The verifiers: how each is asked.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::net::IpAddr;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::common::{Done, Server, free_port, run, run_on, server, tool};
use super::question::{Answer, End, Question, answers};

/// `openssl verify`, in its strictest form.
pub(crate) fn openssl(question: &Question) -> Answer {
    let (chain, root) = question.subject();
    let mut command = tool("openssl");
    command.args(["verify", "-x509_strict", "-no-CApath", "-no-CAstore"]);
    command
        .arg("-CAfile")
        .arg(root)
        .arg("-untrusted")
        .arg(chain);
    if let Some(at) = question.at {
        command.args(["-attime", &at.to_string()]);
    }
    match question.judged {
        End::Server if question.name.parse::<IpAddr>().is_ok() => {
            command.args(["-purpose", "sslserver", "-verify_ip", &question.name])
        }
        End::Server => command.args(["-purpose", "sslserver", "-verify_hostname", &question.name]),
        End::Client => command.args(["-purpose", "sslclient"]),
    };
    said(run(command.arg(chain)))
}

/// GnuTLS without a connection.
pub(crate) fn certtool(question: &Question) -> Answer {
    let (chain, root) = question.subject();
    let mut command = at(question.at, "certtool");
    command.arg("--verify").arg("--infile").arg(chain);
    command.arg("--load-ca-certificate").arg(root);
    match question.judged {
        End::Server => command
            .args(["--verify-purpose", "1.3.6.1.5.5.7.3.1"])
            .args(["--verify-hostname", &question.name]),
        End::Client => command.args(["--verify-purpose", "1.3.6.1.5.5.7.3.2"]),
    };
    said(run(&mut command))
}

/// GnuTLS as the client of a server that asks for its certificate.
pub(crate) fn gnutls_cli(question: &Question) -> Answer {
    let port = free_port().to_string();
    let _server = openssl_server(question, &port);
    let mut command = at(question.at, "gnutls-cli");
    command.arg("--x509cafile").arg(&question.servers_root);
    command.arg("--x509certfile").arg(&question.client.chain);
    command.arg("--x509keyfile").arg(&question.client.key);
    command.args(["--verify-hostname", &question.name]);
    command.args(["--port", &port, "127.0.0.1"]);
    said(run(&mut command))
}

/// `gnutls-serv` would listen on every address, so the other end is OpenSSL's.
fn openssl_server(question: &Question, port: &str) -> (Server, impl BufRead + use<>) {
    let mut command = server("openssl");
    command.args(["s_server", "-Verify", "2", "-rev", "-accept"]);
    command.arg(format!("127.0.0.1:{port}"));
    command.arg("-cert_chain").arg(&question.server.chain);
    command.arg("-cert").arg(&question.server.chain);
    command.arg("-key").arg(&question.server.key);
    command.arg("-CAfile").arg(&question.clients_root);
    let (server, output) = Server::start_with_output(&mut command);
    let mut output = BufReader::new(output);
    let mut lines = output.by_ref().lines().map_while(Result::ok);
    assert!(
        lines.any(|line| line.starts_with("ACCEPT")),
        "openssl s_server did not start"
    );
    (server, output)
}

/// rustls-webpki, as every program with rustls has it.
pub(crate) fn webpki(question: &Question) -> Answer {
    check_with_webpki(question).map_err(|error| format!("{error:?}"))
}

fn check_with_webpki(question: &Question) -> Result<(), webpki::Error> {
    let (chain, root) = question.subject();
    let read = |path| CertificateDer::pem_file_iter(path).expect("PEM");
    let chain: Vec<_> = read(chain).map(|block| block.expect("PEM")).collect();
    let roots: Vec<_> = read(root).map(|block| block.expect("PEM")).collect();
    let anchors = roots.iter().map(webpki::anchor_from_trusted_cert);
    let anchors: Vec<_> = anchors.collect::<Result<_, _>>()?;
    let leaf = webpki::EndEntityCert::try_from(&chain[0])?;
    let usage = match question.judged {
        End::Server => webpki::KeyUsage::server_auth(),
        End::Client => webpki::KeyUsage::client_auth(),
    };
    let algorithms = webpki::ALL_VERIFICATION_ALGS;
    leaf.verify_for_usage(
        algorithms,
        &anchors,
        &chain[1..],
        moment(question),
        usage,
        None,
        None,
    )?;
    if question.judged == End::Client {
        return Ok(());
    }
    let name = ServerName::try_from(question.name.as_str()).expect("a name");
    leaf.verify_is_valid_for_subject_name(&name)
}

fn moment(question: &Question) -> UnixTime {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.expect("a clock after 1970");
    UnixTime::since_unix_epoch(question.at.map_or(now, Duration::from_secs))
}

/// Asks a script, once for all questions: it is told the time.
pub(crate) fn script_with_a_clock(questions: &[Question], command: &mut Command) -> Vec<Answer> {
    let lines: Vec<String> = questions.iter().map(Question::line).collect();
    answers(&run_on(lines.join("\n").as_bytes(), command).ok().stdout)
}

/// Asks a script that lives by the process's clock, once for every time that is asked about.
pub(crate) fn script_at_its_time(questions: &[Question], program: &[&str]) -> Vec<Answer> {
    let mut answered: Vec<Option<Answer>> = vec![None; questions.len()];
    let times: BTreeSet<_> = questions.iter().map(|question| question.at).collect();
    for time in times {
        let places: Vec<usize> = (0..questions.len())
            .filter(|at| questions[*at].at == time)
            .collect();
        let asked: Vec<Question> = places.iter().map(|at| questions[*at].clone()).collect();
        let mut command = at(time, program[0]);
        let said = script_with_a_clock(&asked, command.args(&program[1..]));
        for (place, answer) in places.into_iter().zip(said) {
            answered[place] = Some(answer);
        }
    }
    answered
        .into_iter()
        .map(|answer| answer.expect("an answer"))
        .collect()
}

/// A program to which it is another time.
fn at(time: Option<u64>, program: &str) -> Command {
    let Some(time) = time else {
        return tool(program);
    };
    let mut command = tool("faketime");
    command.arg(format!("@{time}")).arg(program);
    command
}

fn said(done: Done) -> Answer {
    if done.success {
        return Ok(());
    }
    let said = done.said();
    Err(said.split_whitespace().collect::<Vec<_>>().join(" "))
}
