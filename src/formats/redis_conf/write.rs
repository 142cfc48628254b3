//! Writes `redis.conf`: one directive a line, its arguments so that Redis splits them into what
//! they were.

use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};
use serde::Serialize;

use crate::model::posture::Transport;
use crate::model::secret::Secret;

const TEMPLATE: &str = include_str!("../../../templates/redis.conf");

/// What a broker wants of its clients' certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clients {
    /// `tls-auth-clients yes`
    Required,
    /// `tls-auth-clients optional`: one that is shown must be good.
    Optional,
    /// `tls-auth-clients no`
    Ignored,
}

/// Where a broker listens, and whom it lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listens {
    /// The port without TLS.
    pub plain: Option<u16>,
    /// The port with TLS.
    pub tls: Option<u16>,
    /// What it asks for on the port with TLS.
    pub clients: Clients,
}

impl Listens {
    /// On one port, as a transport has it.
    #[must_use]
    pub fn on(transport: Transport, port: u16) -> Listens {
        let encrypts = transport.encrypts();
        Listens {
            plain: (!encrypts).then_some(port),
            tls: encrypts.then_some(port),
            clients: match transport {
                Transport::Mtls => Clients::Required,
                Transport::Tls | Transport::Plaintext => Clients::Ignored,
            },
        }
    }

    /// Whether it is as no posture has it. Without a password Redis would then refuse clients
    /// from other hosts, which no plan reckons with.
    fn is_in_between(&self) -> bool {
        let is_optional = self.clients == Clients::Optional;
        self.tls.is_some()
            && (self.plain.is_some() && self.clients == Clients::Ignored || is_optional)
    }

    /// The port that its own health check asks at: the one with TLS, where there is one.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.tls.or(self.plain)
    }
}

/// What a broker's configuration depends on.
#[derive(Clone, Debug)]
pub struct Broker {
    /// How clients reach it, for the heading.
    pub transport: Transport,
    /// Where it listens.
    pub listens: Listens,
    /// The folder in which its TLS files will lie on the target, without a trailing slash.
    pub folder: String,
    /// What clients without a certificate show.
    pub password: Option<Secret>,
}

#[derive(Serialize)]
struct Fields<'a> {
    transport: &'static str,
    plain_port: Option<u16>,
    tls_port: Option<u16>,
    clients: Option<&'static str>,
    is_unguarded: bool,
    server_certificate: String,
    server_key: String,
    ca_certificate: String,
    password: Option<&'a str>,
}

/// The configuration, ready for `redis-server`.
#[must_use]
pub fn render(broker: &Broker) -> Secret {
    let file = |name: &str| format!("{}/{name}", broker.folder);
    let clients = match broker.listens.clients {
        Clients::Required => "required",
        Clients::Optional => "optional",
        Clients::Ignored => "ignored",
    };
    let has_tls = broker.listens.tls.is_some();
    let fields = Fields {
        transport: broker.transport.name(),
        plain_port: broker.listens.plain,
        tls_port: broker.listens.tls,
        clients: has_tls.then_some(clients),
        is_unguarded: broker.listens.is_in_between() && broker.password.is_none(),
        server_certificate: file("server.crt"),
        server_key: file("server.key"),
        ca_certificate: file("ca.crt"),
        password: broker.password.as_ref().map(Secret::expose),
    };
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(write_argument);
    let text = environment
        .render_str(TEMPLATE, minijinja::value::Serde(&fields))
        .expect("the embedded template fits its fields");
    Secret::new(text + "\n")
}

/// Encodes every value that the template names, so that it cannot write a raw one.
fn write_argument(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let text = match value.kind() {
        ValueKind::String => value.as_str().unwrap_or_default().to_owned(),
        ValueKind::Number => value.to_string(),
        _ => {
            return Err(Error::new(
                ErrorKind::InvalidOperation,
                "only text and numbers are written",
            ));
        }
    };
    out.write_str(&argument(&text)).map_err(Error::from)
}

/// One argument as Redis reads it back.
#[must_use]
pub fn argument(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@+=,".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    quoted(text)
}

/// An argument in quotes, whatever it is.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            b' '..=b'~' => quoted.push(char::from(byte)),
            other => quoted.push_str(&format!("\\x{other:02x}")),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broker(transport: Transport, password: Option<&str>) -> Broker {
        Broker {
            transport,
            listens: Listens::on(transport, 6379),
            folder: "/etc/stem/redis".to_owned(),
            password: password.map(|text| Secret::new(text.to_owned())),
        }
    }

    fn directives(broker: &Broker) -> Vec<String> {
        let text = render(broker);
        let lines = text
            .expose()
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(str::to_owned).collect()
    }

    #[test]
    fn mutual_tls_has_no_plaintext_port_and_asks_for_certificates() {
        let lines = directives(&broker(Transport::Mtls, None));
        for expected in [
            "port 0",
            "tls-port 6379",
            "tls-auth-clients yes",
            "tls-key-file /etc/stem/redis/server.key",
        ] {
            assert!(
                lines.iter().any(|line| line == expected),
                "{expected}: {lines:#?}"
            );
        }
    }

    #[test]
    fn tls_asks_for_the_password_instead() {
        let lines = directives(&broker(Transport::Tls, Some("secret")));
        for expected in [
            "port 0",
            "tls-auth-clients no",
            "requirepass secret",
            "masterauth secret",
        ] {
            assert!(
                lines.iter().any(|line| line == expected),
                "{expected}: {lines:#?}"
            );
        }
    }

    #[test]
    fn plaintext_names_no_tls_at_all() {
        let lines = directives(&broker(Transport::Plaintext, Some("secret")));
        assert!(
            lines.iter().all(|line| !line.starts_with("tls")),
            "{lines:#?}"
        );
        assert!(lines.contains(&"port 6379".to_owned()), "{lines:#?}");
    }

    #[test]
    fn both_ports_are_open_while_clients_move() {
        let mut moving = broker(Transport::Plaintext, Some("secret"));
        moving.listens = Listens {
            plain: Some(6379),
            tls: Some(6380),
            clients: Clients::Optional,
        };
        let lines = directives(&moving);
        for expected in ["port 6379", "tls-port 6380", "tls-auth-clients optional"] {
            assert!(
                lines.iter().any(|line| line == expected),
                "{expected}: {lines:#?}"
            );
        }
        moving.password = None;
        assert!(directives(&moving).contains(&"protected-mode no".to_owned()));
    }

    #[test]
    fn no_value_can_begin_a_directive_of_its_own() {
        let lines = directives(&broker(
            Transport::Tls,
            Some("x\nprotected-mode no\n\"y\" é"),
        ));
        assert!(
            lines.contains(
                &"requirepass \"x\\x0aprotected-mode no\\x0a\\\"y\\\" \\xc3\\xa9\"".to_owned()
            ),
            "{lines:#?}"
        );
    }
}
