//! Other certificates, and another CA: trusted by everybody before anybody shows one.

use crate::model::role::Role;
use crate::rotate::plan::{Component, Config, Leaf, Plan, Scheme, Step};

use super::DeviseError;
use super::draft::Draft;

/// Orders for another CA.
pub(super) fn authority(
    present: &Plan,
    to: &str,
    cert: &str,
) -> Result<Vec<Vec<Step>>, DeviseError> {
    let mut leaves = present
        .start
        .iter()
        .filter_map(|config| config.leaf.as_ref());
    if leaves.next().is_none() {
        return Err(DeviseError::NoCertificates);
    }
    let mut draft = Draft::new(present);
    draft.roll(
        "everybody trusts both CAs: the old one and the new one stand in one file",
        |component, config| trusting(component, config, |trust| with(trust, to)),
    );
    draft.roll(
        "everybody who shows a certificate gets one of the new CA",
        |_, config| showing(config, to, cert),
    );
    draft.roll("the old CA goes out", |component, config| {
        trusting(component, config, |_| vec![to.to_owned()])
    });
    Ok(vec![draft.steps])
}

/// New certificates of the same CA, for the broker or for its clients.
pub(super) fn renewal(
    present: &Plan,
    cert: &str,
    clients: bool,
) -> Result<Vec<Vec<Step>>, DeviseError> {
    let say = if clients {
        "every client shows its new certificate"
    } else {
        "the broker shows its new certificate"
    };
    let mut draft = Draft::new(present);
    draft.roll(say, |component, config| {
        let is_meant = component.has(Role::Broker) != clients;
        match &config.leaf {
            Some(leaf) if is_meant => showing(config, &leaf.ca.clone(), cert),
            _ => config.clone(),
        }
    });
    if draft.steps.is_empty() {
        return Err(DeviseError::NoCertificates);
    }
    Ok(vec![draft.steps])
}

/// Whether a component judges certificates by CAs of its own.
fn judges(component: &Component, config: &Config) -> bool {
    let speaks = component.is_stem() && config.url == Scheme::Rediss;
    let listens = component.has(Role::Broker) && config.ports.tls;
    (speaks || listens) && !config.trust.is_empty()
}

fn trusting(
    component: &Component,
    config: &Config,
    trust: impl Fn(&[String]) -> Vec<String>,
) -> Config {
    let mut next = config.clone();
    if judges(component, config) {
        next.trust = trust(&config.trust);
    }
    next
}

fn with(trust: &[String], ca: &str) -> Vec<String> {
    let mut trust = trust.to_vec();
    if !trust.iter().any(|one| one == ca) {
        trust.push(ca.to_owned());
    }
    trust
}

fn showing(config: &Config, ca: &str, cert: &str) -> Config {
    let mut next = config.clone();
    if config.leaf.is_some() {
        next.leaf = Some(Leaf {
            ca: ca.to_owned(),
            cert: Some(cert.to_owned()),
        });
    }
    next
}
