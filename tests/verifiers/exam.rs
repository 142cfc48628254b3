//! The questions: every bundle for what it is for, and for each thing that it is not for.

use std::net::IpAddr;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::bundle::{self, Bundle};
use super::question::{End, Identity, Question, Why};

const HOUR: u64 = 3600;
const YEAR: u64 = 365 * 24 * HOUR;

/// Mints every kind of bundle in this folder, and asks everything about each.
pub(crate) fn questions(folder: &Path) -> Vec<Question> {
    let bundles = bundle::every_bundle(folder);
    let steady = bundle::long_lived(folder);
    let mut all = Vec::new();
    for bundle in &bundles {
        let exam = Exam {
            bundle,
            other: &steady,
        };
        exam.names(&mut all);
        exam.ends(&mut all);
        exam.issuers(&mut all);
        exam.times(&mut all);
    }
    forgeries(folder, &bundles[0], &mut all);
    all
}

struct Exam<'a> {
    bundle: &'a Bundle,
    /// Its root is not trusted by this bundle; its certificates live longer.
    other: &'a Bundle,
}

impl Exam<'_> {
    /// Both ends from the same bundle, and nothing wrong with them.
    fn plain(&self, judged: End, about: &str, expected: Option<Why>) -> Question {
        let bundle = self.bundle;
        Question {
            label: format!("{}: {judged:?} {about}", bundle.label),
            judged,
            server: bundle.server.clone(),
            client: bundle.client.clone(),
            servers_root: bundle.root.clone(),
            clients_root: bundle.root.clone(),
            name: name_below(bundle.hosts[0]),
            at: None,
            expected,
        }
    }

    fn named(&self, name: &str, expected: Option<Why>) -> Question {
        Question {
            name: name.to_owned(),
            ..self.plain(End::Server, &format!("as {name}"), expected)
        }
    }

    fn names(&self, all: &mut Vec<Question>) {
        let covered: Vec<String> = self
            .bundle
            .hosts
            .iter()
            .map(|host| name_below(host))
            .collect();
        all.extend(covered.iter().map(|name| self.named(name, None)));
        let others = [
            "other.local",
            "stem.local",
            "stem.local.example",
            "wild.stem.local",
            "two.any.wild.stem.local",
            "127.0.0.1",
            "127.0.0.2",
            "::1",
            "fd00::6",
        ];
        let others = others
            .iter()
            .filter(|name| !covered.contains(&(**name).to_owned()));
        all.extend(others.map(|name| self.named(name, Some(Why::Name))));
    }

    /// Each certificate at its own end, and at the other.
    fn ends(&self, all: &mut Vec<Question>) {
        let wrong = Some(Why::Purpose);
        all.push(self.plain(End::Client, "as itself", None));
        all.push(Question {
            client: self.bundle.server.clone(),
            ..self.plain(
                End::Client,
                "with the server's certificate",
                wrong.filter(|_| !self.bundle.is_peer),
            )
        });
        all.push(Question {
            server: self.bundle.client.clone(),
            name: first_name(&self.bundle.client.chain),
            ..self.plain(End::Server, "with the client's certificate", wrong)
        });
    }

    fn issuers(&self, all: &mut Vec<Question>) {
        all.push(Question {
            servers_root: self.other.root.clone(),
            ..self.plain(
                End::Server,
                "where another root is trusted",
                Some(Why::Issuer),
            )
        });
        all.push(Question {
            clients_root: self.other.root.clone(),
            ..self.plain(
                End::Client,
                "where another root is trusted",
                Some(Why::Issuer),
            )
        });
    }

    /// Only the judged end is of this bundle, so that only its certificate has run out.
    fn times(&self, all: &mut Vec<Question>) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.expect("a clock after 1970").as_secs();
        for (about, at, expected) in [
            ("in 360 days", now + 360 * 24 * HOUR, None),
            ("in a year", now + YEAR + HOUR, Some(Why::Expired)),
        ] {
            all.push(Question {
                at: Some(at),
                client: self.other.client.clone(),
                clients_root: self.other.root.clone(),
                ..self.plain(End::Server, about, expected)
            });
            all.push(Question {
                at: Some(at),
                server: self.other.server.clone(),
                servers_root: self.other.root.clone(),
                name: name_below(self.other.hosts[0]),
                ..self.plain(End::Client, about, expected)
            });
        }
        all.push(Question {
            at: Some(now - 2 * HOUR),
            ..self.plain(End::Server, "two hours ago", Some(Why::Early))
        });
    }
}

/// What whoever holds the root's key, or a server's, might sign with it.
fn forgeries(folder: &Path, bundle: &Bundle, all: &mut Vec<Question>) {
    let exam = Exam {
        bundle,
        other: bundle,
    };
    let mut forged = |about: &str, server: Identity, why: Why| {
        all.push(Question {
            server,
            name: "stem.local".to_owned(),
            ..exam.plain(End::Server, about, Some(why))
        });
    };
    let deep = bundle::below_a_second_ca(folder, bundle);
    forged("below a second CA", deep, Why::Depth);
    let forgery = bundle::signed_by_a_server(folder, bundle);
    forged("signed by a server", forgery, Why::Signer);
}

/// A name that a host covers, as a client would ask for it.
fn name_below(host: &str) -> String {
    if let Some(domain) = host.strip_prefix("*.") {
        return format!("any.{domain}");
    }
    if host.parse::<IpAddr>().is_ok() {
        return host.to_owned();
    }
    match host {
        "bücher.example" => "xn--bcher-kva.example".to_owned(),
        _ => host.to_owned(),
    }
}

/// The first name that a certificate bears.
fn first_name(certificate: &Path) -> String {
    use x509_parser::prelude::{GeneralName, Pem};
    let bytes = std::fs::read(certificate).expect("a certificate");
    let pem = Pem::iter_from_buffer(&bytes).next().expect("a PEM block");
    let pem = pem.expect("a PEM block");
    let parsed = pem.parse_x509().expect("a certificate");
    let names = parsed.subject_alternative_name().expect("one extension");
    let name = names.and_then(|names| match names.value.general_names.first() {
        Some(GeneralName::DNSName(name)) => Some((*name).to_owned()),
        _ => None,
    });
    name.expect("a DNS name")
}
