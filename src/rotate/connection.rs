//! Whether a client and the broker let each other in, each with one configuration. Redis 7
//! and Dart as they are configured by Stem's variables; read, and held against a real Redis
//! where the rotation tests run one.

use super::plan::{ClientAuth, Config, Scheme};

/// The name in plans for the CAs of the operating system.
pub const SYSTEM: &str = "system";

/// Why a broker would not start.
#[must_use]
pub fn broker_start_failure(broker: &Config) -> Option<&'static str> {
    let asks = broker.clients != ClientAuth::Ignored;
    match broker.ports.tls {
        true if broker.leaf.is_none() => Some("tls-port without tls-cert-file and tls-key-file"),
        true if asks && broker.trust.is_empty() => {
            Some("tls-auth-clients asks for certificates, and tls-ca-cert-file is not set")
        }
        _ => None,
    }
}

/// Why a client and a broker do not come together, in the words that one of them would use.
#[must_use]
pub fn refused(client: &Config, broker: &Config) -> Option<String> {
    match client.url {
        Scheme::Redis if !broker.ports.plain => {
            Some("Connection refused: the broker has no port without TLS".to_owned())
        }
        Scheme::Rediss if !broker.ports.tls => {
            Some("Connection refused: the broker has no port with TLS".to_owned())
        }
        Scheme::Rediss => broker_refused(client, broker).or_else(|| client_refused(client, broker)),
        Scheme::Redis => None,
    }
    .or_else(|| password_refused(client, broker))
}

/// The client's judgement of the broker's certificate.
fn broker_refused(client: &Config, broker: &Config) -> Option<String> {
    if client.insecure {
        return None;
    }
    let ca = broker.leaf.as_ref().map(|leaf| leaf.ca.as_str())?;
    // Stem makes a trust store of its own as soon as one of its variables is set
    let trusts = match client.trust.as_slice() {
        [] if client.leaf.is_none() => ca == SYSTEM,
        trusted => trusted.iter().any(|one| one == ca),
    };
    (!trusts).then(|| {
        format!(
            "HandshakeException: CERTIFICATE_VERIFY_FAILED: unable to get local issuer certificate \
             (the broker's is from `{ca}`)"
        )
    })
}

/// The broker's judgement of the client's certificate.
fn client_refused(client: &Config, broker: &Config) -> Option<String> {
    let is_known = |ca: &String| broker.trust.contains(ca);
    match (broker.clients, &client.leaf) {
        (ClientAuth::Ignored, _) | (ClientAuth::Optional, None) => None,
        (ClientAuth::Required, None) => {
            Some("peer did not return a certificate (tls-auth-clients yes)".to_owned())
        }
        (_, Some(leaf)) if is_known(&leaf.ca) => None,
        (_, Some(leaf)) => Some(format!(
            "certificate verify failed: the broker does not trust `{}`, which issued the client's",
            leaf.ca
        )),
    }
}

fn password_refused(client: &Config, broker: &Config) -> Option<String> {
    match (&client.password, &broker.password) {
        (None, Some(_)) => Some("NOAUTH Authentication required.".to_owned()),
        (Some(_), None) => Some(
            "ERR AUTH <password> called without any password configured for the default user"
                .to_owned(),
        ),
        (Some(one), Some(other)) if one != other => {
            Some("WRONGPASS invalid username-password pair or user is disabled.".to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::posture::Signing;
    use crate::rotate::plan::{Leaf, Ports};

    fn leaf(ca: &str) -> Option<Leaf> {
        Some(Leaf {
            ca: ca.to_owned(),
            cert: None,
        })
    }

    fn client(trust: &[&str], of: Option<&str>) -> Config {
        Config {
            url: Scheme::Rediss,
            trust: trust.iter().map(|&ca| ca.to_owned()).collect(),
            leaf: of.and_then(leaf),
            ..Config::new(Signing::None)
        }
    }

    fn broker(clients: ClientAuth) -> Config {
        Config {
            ports: Ports {
                plain: false,
                tls: true,
            },
            trust: vec!["ca1".to_owned()],
            leaf: leaf("ca1"),
            clients,
            ..Config::new(Signing::None)
        }
    }

    #[test]
    fn both_sides_judge_the_other() {
        let strict = broker(ClientAuth::Required);
        assert_eq!(refused(&client(&["ca1"], Some("ca1")), &strict), None);
        assert!(refused(&client(&["ca1"], None), &strict).is_some());
        assert!(refused(&client(&["ca1"], Some("ca2")), &strict).is_some());
        assert!(refused(&client(&["ca2"], Some("ca1")), &strict).is_some());
        assert_eq!(
            refused(&client(&["ca2", "ca1"], Some("ca1")), &strict),
            None
        );
    }

    #[test]
    fn a_certificate_that_is_shown_must_be_good_where_it_is_optional() {
        let broker = broker(ClientAuth::Optional);
        assert_eq!(refused(&client(&["ca1"], None), &broker), None);
        assert!(refused(&client(&["ca1"], Some("ca2")), &broker).is_some());
    }

    #[test]
    fn with_a_client_certificate_nothing_is_trusted_that_is_not_named() {
        let mut broker = broker(ClientAuth::Ignored);
        broker.leaf = leaf(SYSTEM);
        assert_eq!(refused(&client(&[], None), &broker), None);
        assert!(refused(&client(&[], Some("ca1")), &broker).is_some());
    }

    #[test]
    fn schemes_and_ports_must_fit() {
        let mut broker = broker(ClientAuth::Ignored);
        let plain = Config::new(Signing::None);
        assert!(refused(&plain, &broker).is_some());
        broker.ports.plain = true;
        assert_eq!(refused(&plain, &broker), None);
        broker.ports.tls = false;
        assert!(refused(&client(&["ca1"], None), &broker).is_some());
    }

    #[test]
    fn passwords_must_be_the_same_or_none() {
        let word = |of: Option<&str>| Config {
            password: of.map(str::to_owned),
            ..Config::new(Signing::None)
        };
        assert_eq!(refused(&word(None), &word(None)), None);
        assert_eq!(refused(&word(Some("p")), &word(Some("p"))), None);
        for (one, other) in [(None, Some("p")), (Some("p"), None), (Some("p"), Some("q"))] {
            assert!(refused(&word(one), &word(other)).is_some());
        }
    }

    #[test]
    fn a_broker_with_tls_needs_a_pair_and_a_ca() {
        assert_eq!(broker_start_failure(&broker(ClientAuth::Required)), None);
        let mut bare = broker(ClientAuth::Required);
        bare.trust.clear();
        assert!(broker_start_failure(&bare).is_some());
        bare.clients = ClientAuth::Ignored;
        assert_eq!(broker_start_failure(&bare), None);
        bare.leaf = None;
        assert!(broker_start_failure(&bare).is_some());
    }
}
