//! Which Redis of a deployment is the broker, and whether connections to it can be judged.

use sha2::{Digest, Sha256};

use super::client::Address;
use super::site::{Reading, add, called, is_redis};
use super::{FoundPlan, broker};
use crate::audit::case::Subject;
use crate::audit::meant;
use crate::audit::process::{Content, Kind, Process, Value};
use crate::audit::server::Redis;
use crate::audit::url;
use crate::model::role::Role;
use crate::rotate::connection::SYSTEM;
use crate::rotate::plan::{Component, Config, Scheme};

impl Reading<'_, '_> {
    /// Adds the one Redis that all clients mean; else no connection is judged.
    pub(super) fn broker(&mut self, found: &mut FoundPlan) {
        let site = self.site;
        let all: Vec<&Subject<'_>> = site.subjects.iter().filter(|one| is_redis(one)).collect();
        let meant = self.meant(found, &all);
        found.elsewhere = self.elsewhere(found, &all);
        let chosen = meant.and_then(|(subject, redis)| {
            system_trust(found)?;
            let (config, ports) = broker::read(self, subject, redis).map_err(|why| {
                format!(
                    "the configuration of `{}` is not known: {why}",
                    called(subject.process)
                )
            })?;
            Ok((subject, config, ports))
        });
        match chosen {
            Ok((subject, config, ports)) => {
                found.ports = ports;
                add(
                    &mut found.plan,
                    Component::new(&called(subject.process), &[Role::Broker]),
                    config,
                );
                for other in all.iter().filter(|one| !std::ptr::eq(**one, subject)) {
                    self.leave(other, "no STEM_BROKER_URL leads to it");
                }
            }
            Err(why) => {
                found.footprint = self.footprint(&all);
                for one in &all {
                    self.leave(one, &why);
                }
                self.assumptions
                    .push(format!("no connection is judged: {why}"));
                found.without_broker = Some(why);
            }
        }
    }

    /// The brokers that clients speak to and that are not among these files.
    fn elsewhere(&mut self, found: &FoundPlan, all: &[&Subject<'_>]) -> Vec<Address> {
        let mut elsewhere: Vec<Address> = Vec::new();
        for address in found.addresses.values().flatten() {
            let is_here = self.called(&address.host, all).is_some();
            if !is_here && !elsewhere.contains(address) {
                elsewhere.push(address.clone());
            }
        }
        elsewhere
    }

    fn meant<'s>(
        &mut self,
        found: &FoundPlan,
        all: &[&'s Subject<'s>],
    ) -> Result<(&'s Subject<'s>, &'s Redis), String> {
        let mut chosen: Option<&'s Subject<'s>> = None;
        for (name, address) in &found.addresses {
            let Some(address) = address else {
                return Err(format!("`{name}` speaks to no Redis that is known"));
            };
            let Some(subject) = self.called(&address.host, all) else {
                return Err(format!("the broker of `{name}` is not among these files"));
            };
            if chosen.is_some_and(|other| !std::ptr::eq(other, subject)) {
                return Err("the processes speak to several brokers".to_owned());
            }
            chosen = Some(subject);
        }
        let subject = chosen.ok_or_else(|| "no process speaks to it".to_owned())?;
        match &subject.redis {
            Some(redis) if !redis.is_sentinel => Ok((subject, redis)),
            _ => Err(format!(
                "the configuration of `{}` is not known: these files do not say how it is started",
                called(subject.process)
            )),
        }
    }

    /// The Redis that a host means. A name of the deployment's own network that is that of no
    /// process is taken for an alias of the only one that there is.
    fn called<'s>(&mut self, host: &str, all: &[&'s Subject<'s>]) -> Option<&'s Subject<'s>> {
        let same = |process: &Process| {
            let by = |one: &&&'s Subject<'s>| std::ptr::eq(one.process, process);
            all.iter().find(by).copied()
        };
        if let Some(meant) = meant::named(self.site, host) {
            return same(meant.subject.process);
        }
        let by_service = |one: &&&'s Subject<'s>| {
            let service = one.process.service.trim_end_matches(".service");
            let service = service.rsplit('/').next().unwrap_or(service);
            service.eq_ignore_ascii_case(host)
        };
        if let Some(one) = all.iter().find(by_service) {
            return Some(*one);
        }
        let is_near = match self.site.listed.deployment.kind {
            Kind::Kubernetes => !host.contains('.') || host.contains(".svc"),
            Kind::Compose => !host.contains('.'),
            Kind::Systemd => url::is_loopback(host),
            Kind::Files | Kind::Image | Kind::Environment => !host.contains('.'),
        };
        let [only] = all else {
            return None;
        };
        let is_other = self.site.listed.deployment.processes.iter();
        let mut is_other = is_other.filter(|one| !std::ptr::eq(*one, only.process));
        if !is_near || is_other.any(|one| one.service.eq_ignore_ascii_case(host)) {
            return None;
        }
        let text = format!(
            "`{}` is the broker that is called `{host}`",
            called(only.process)
        );
        if !self.assumptions.contains(&text) {
            self.assumptions.push(text);
        }
        Some(only)
    }

    /// All that is given to processes that are not judged: only whether it changes is asked.
    fn footprint(&self, all: &[&Subject<'_>]) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut take = |bytes: &[u8]| {
            hash.update(bytes.len().to_le_bytes());
            hash.update(bytes);
        };
        for subject in all {
            let process = subject.process;
            take(process.name.as_bytes());
            take(process.image.as_deref().unwrap_or_default().as_bytes());
            let mut variables: Vec<_> = process.environment.iter().collect();
            variables.sort_by(|one, other| one.name.cmp(&other.name));
            for variable in variables {
                take(variable.name.as_bytes());
                match &variable.value {
                    Value::Known(text) => take(text.expose().as_bytes()),
                    Value::WithoutLogin(..) | Value::Unknown(_) => take(b"?"),
                }
            }
            for argument in &process.arguments {
                take(argument.text.expose().as_bytes());
            }
            for file in &process.files {
                take(file.path.as_bytes());
                match &file.content {
                    Content::File(source) => {
                        let read = self.case.tree.source(*source);
                        take(read.as_ref().map_or(&b"?"[..], |read| &read.bytes));
                    }
                    Content::Text(text, _) => take(text.expose().as_bytes()),
                    Content::Unknown(_) => take(b"?"),
                }
            }
        }
        hash.finalize().into()
    }
}

/// Whether the system's CAs vouch for a certificate, no file of a deployment says.
fn system_trust(found: &FoundPlan) -> Result<(), String> {
    let trusts = |config: &Config| {
        let by_default = config.trust.is_empty() && config.leaf.is_none();
        let is_asked = config.url == Scheme::Rediss && !config.insecure;
        is_asked && (by_default || config.trust.iter().any(|one| one == SYSTEM))
    };
    let parts = found.plan.components.iter().zip(&found.plan.start);
    let mut clients = parts.filter(|(component, _)| component.is_stem());
    match clients.find(|(_, config)| trusts(config)) {
        Some((component, _)) => Err(format!(
            "`{}` trusts whom its system trusts, and no file says whom",
            component.name
        )),
        None => Ok(()),
    }
}
