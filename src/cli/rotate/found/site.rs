//! One deployment as a plan: which processes are components, which Redis is the broker, and
//! what is not known of them.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::client::Place;
use super::names::Names;
use super::{FoundPlan, broker, client};
use crate::audit::case::{Case, Site, Subject};
use crate::audit::meant;
use crate::audit::process::{Content, GapKind, Kind, Process, Value};
use crate::audit::server::Redis;
use crate::audit::url;
use crate::formats::place::Place as Written;
use crate::mint::x509::Certificate;
use crate::model::role::Role;
use crate::report::rotate::{Failing, LeftOut, Unknown};
use crate::rotate::Plan;
use crate::rotate::connection::SYSTEM;
use crate::rotate::message::{Signs, signs};
use crate::rotate::plan::{Component, Config, Leaf, Scheme};

/// A deployment while it is read.
pub(super) struct Reading<'r, 'c> {
    pub(super) case: &'r Case<'c>,
    pub(super) site: &'r Site<'c>,
    pub(super) names: &'r mut Names,
    /// Before or after the rollout.
    when: &'static str,
    unknown: Vec<Unknown>,
    failing: Vec<Failing>,
    left_out: Vec<LeftOut>,
    assumptions: Vec<String>,
}

/// Learns of every CA whose certificate a process can read.
pub(super) fn learn(case: &Case<'_>, names: &mut Names) {
    for (_, subject) in case.each() {
        for file in &subject.process.files {
            let material = case.materials.of(file);
            for ca in material.iter().flat_map(|one| one.authorities()) {
                names.authority(ca);
            }
        }
    }
}

/// Reads a deployment.
pub(super) fn read(
    case: &Case<'_>,
    site: &Site<'_>,
    names: &mut Names,
    when: &'static str,
    root: &str,
) -> FoundPlan {
    let mut reading = Reading {
        case,
        site,
        names,
        when,
        unknown: Vec::new(),
        failing: Vec::new(),
        left_out: Vec::new(),
        assumptions: site.listed.deployment.assumptions.clone(),
    };
    let mut found = reading.read();
    found.folder = below(root, &site.listed.deployment.folder);
    found
}

/// A folder as it is called below another.
fn below(root: &str, folder: &str) -> String {
    let root = root.trim_start_matches("./").trim_end_matches('/');
    let folder = folder.trim_start_matches("./");
    let rest = folder.strip_prefix(root).unwrap_or(folder);
    rest.trim_start_matches('/').to_owned()
}

impl Reading<'_, '_> {
    fn read(&mut self) -> FoundPlan {
        let site = self.site;
        let deployment = &site.listed.deployment;
        let mut found = FoundPlan {
            name: deployment.name.clone(),
            kind: deployment.kind,
            folder: String::new(),
            plan: Plan {
                signing: site.posture.signing,
                components: Vec::new(),
                start: Vec::new(),
                runs: Vec::new(),
                goal: Vec::new(),
                steps: Vec::new(),
            },
            unknown: Vec::new(),
            failing: Vec::new(),
            left_out: Vec::new(),
            assumptions: Vec::new(),
            addresses: BTreeMap::new(),
            stores: BTreeMap::new(),
            without_broker: None,
            ports: (0, 0),
            footprint: [0; 32],
            rotation: site
                .manifest
                .map(|manifest| manifest.rotation.clone())
                .unwrap_or_default(),
        };
        for subject in &site.subjects {
            if is_redis(subject) {
                continue;
            }
            self.component(subject, &mut found);
        }
        self.broker(&mut found);
        found.unknown = std::mem::take(&mut self.unknown);
        found.failing = std::mem::take(&mut self.failing);
        found.left_out = std::mem::take(&mut self.left_out);
        found.assumptions = std::mem::take(&mut self.assumptions);
        found
    }

    fn component(&mut self, subject: &Subject<'_>, found: &mut FoundPlan) {
        let name = &called(subject.process);
        if subject.roles().is_empty() {
            return self.roleless(subject);
        }
        if !subject.is_stem() {
            let component = Component::new(name, subject.roles());
            let config = client::held(self, subject);
            return add(&mut found.plan, component, config);
        }
        if !subject.is_configured_here {
            return self.leave(subject, "it is given no variable of Stem");
        }
        let Some(client) = client::read(self, subject) else {
            return;
        };
        let mut component = Component::new(name, subject.roles());
        component.enqueues = self.enqueues(subject, &client.config);
        match client.place {
            Place::Redis(address) => drop(found.addresses.insert(name.clone(), Some(address))),
            Place::NoRedis => drop(found.addresses.insert(name.clone(), None)),
            // which is said
            Place::Unknown => {}
        }
        let stores = client.stores.into_iter();
        found
            .stores
            .extend(stores.map(|(variable, store)| ((name.clone(), variable), store)));
        add(&mut found.plan, component, client.config);
    }

    /// A dashboard of which nobody says whether it starts messages does so if it can.
    fn enqueues(&mut self, subject: &Subject<'_>, config: &Config) -> Option<bool> {
        if !subject.is(Role::Dashboard) {
            return None;
        }
        if let Some(declared) = subject.component {
            return Some(declared.enqueues);
        }
        let can = matches!(signs(config), Signs::As(_));
        let name = called(subject.process);
        self.assumptions.push(match can {
            true => format!(
                "`{name}` starts messages, as dashboards may: stem-sec.yaml can say that it does not"
            ),
            false => format!("`{name}` starts no messages, since it cannot sign any"),
        });
        Some(can)
    }

    /// What reads Stem's variables may be anything, a worker too.
    fn roleless(&mut self, subject: &Subject<'_>) {
        let name = &subject.process.name;
        if !subject.is_configured_here {
            return self.leave(
                subject,
                "nothing says its role, and it is given no variable of Stem",
            );
        }
        let remedy = format!(
            "say what it is: --assign '{name}=worker', a label `stem.role`, or stem-sec.yaml"
        );
        let what = "its role";
        self.unknown_of(subject, what, "nothing says it", None, remedy);
    }

    fn leave(&mut self, subject: &Subject<'_>, why: &str) {
        self.left_out.push(LeftOut {
            deployment: self.when,
            process: called(subject.process),
            why: why.to_owned(),
        });
    }

    // --- what is not known ---

    fn unknown_of(
        &mut self,
        subject: &Subject<'_>,
        what: &str,
        why: &str,
        place: Option<Written>,
        remedy: String,
    ) {
        let location = place.map(|place| self.location(place));
        self.unknown.push(Unknown {
            deployment: self.when,
            process: called(subject.process),
            what: what.to_owned(),
            why: why.to_owned(),
            location,
            remedy,
        });
    }

    fn location(&self, place: Written) -> String {
        format!("{}:{}", self.case.tree.path(place.source), place.line)
    }

    /// Whether a variable is known; what is not is listed.
    pub(super) fn known(&mut self, subject: &Subject<'_>, name: &str) -> bool {
        let Some(variable) = subject.process.variable(name) else {
            return true;
        };
        let why = match &variable.value {
            Value::Known(_) => return true,
            Value::Unknown(why) => why,
            Value::WithoutLogin(parts) => &parts.1,
        };
        let remedy = self.remedy().to_owned();
        self.unknown_of(subject, name, why, Some(variable.place), remedy);
        false
    }

    fn remedy(&self) -> &'static str {
        match self.site.listed.deployment.kind {
            Kind::Kubernetes => {
                "put the Secret that the cluster has beside the manifests, in a folder that is never committed: kubectl get \
                 secret NAME -o yaml"
            }
            Kind::Compose => {
                "give compose the value in an `.env` file beside the compose file, or in an `env_file`"
            }
            _ => "give the value in a file that the process reads, below the folder that is named",
        }
    }

    /// What it gets beside what these files say may be any variable that they do not set.
    pub(super) fn incomplete(&mut self, subject: &Subject<'_>) {
        let process = subject.process;
        let is_open = |kind| {
            matches!(
                kind,
                GapKind::Missing | GapKind::Outside | GapKind::NotFollowed | GapKind::Unreadable
            )
        };
        let mut gaps = process.gaps.iter().take(process.gaps_of_environment);
        let gap = gaps.find(|gap| is_open(gap.kind));
        let (why, place) = match gap {
            Some(gap) => (gap.text.clone(), Some(gap.place)),
            None if self.site.listed.deployment.kind == Kind::Files => {
                let why = "nothing says that the process reads this file alone";
                (why.to_owned(), None)
            }
            None => {
                let why = "its command line brings variables that these files do not say";
                (why.to_owned(), None)
            }
        };
        let remedy = self.remedy().to_owned();
        self.unknown_of(subject, "its other variables", &why, place, remedy);
    }

    pub(super) fn file_unknown(&mut self, subject: &Subject<'_>, variable: &str, path: &str) {
        let place = subject.process.variable(variable).map(|one| one.place);
        let files = &subject.process.files;
        let why = files
            .iter()
            .find(|file| file.path == path)
            .and_then(|file| match &file.content {
                Content::Unknown(why) => Some(why.clone()),
                _ => None,
            })
            .unwrap_or_else(|| "the file that it names is not among these".to_owned());
        let remedy =
            "put the file where the process is given it from, below the folder that is named";
        self.unknown_of(subject, variable, &why, place, remedy.to_owned());
    }

    pub(super) fn fails(&mut self, subject: &Subject<'_>, why: &str, place: Option<Written>) {
        let location = place.map(|place| self.location(place));
        self.failing.push(Failing {
            deployment: self.when,
            process: called(subject.process),
            why: why.to_owned(),
            location,
        });
    }

    // --- certificates ---

    /// The CAs in the file at a path; `None` where it is not at hand.
    pub(super) fn trust(&mut self, subject: &Subject<'_>, path: &str) -> Option<Vec<String>> {
        let material = self.case.materials.at(subject.process, path)?;
        let mut trust: Vec<String> = Vec::new();
        for (_, one) in material.certificates() {
            let name = match one.is_ca {
                true => self.names.authority(one),
                false => self.names.no_authority(one),
            };
            if !trust.contains(&name) {
                trust.push(name);
            }
        }
        if trust.is_empty() {
            trust.push("no CA".to_owned());
        }
        Some(trust)
    }

    /// What a client shows, with the certificate itself.
    pub(super) fn shown(
        &mut self,
        subject: &Subject<'_>,
        variable: &str,
        path: &str,
    ) -> Option<(Leaf, Certificate)> {
        let Some(material) = self.case.materials.at(subject.process, path) else {
            self.file_unknown(subject, variable, path);
            return None;
        };
        let all: Vec<&Certificate> = material.certificates().map(|(_, one)| one).collect();
        let place = subject.process.variable(variable).map(|one| one.place);
        let Some(first) = all.first() else {
            let why = format!("there is no certificate in the file of {variable}");
            self.fails(subject, &why, place);
            return None;
        };
        let Some(leaf) = self.names.leaf(first, &all) else {
            let why = "who issued the certificate cannot be told";
            let remedy = "put the CA's certificate beside it";
            self.unknown_of(subject, variable, why, place, remedy.to_owned());
            return None;
        };
        Some((leaf, (*first).clone()))
    }

    // --- the broker ---

    /// Adds the one Redis that all clients mean; else no connection is judged.
    fn broker(&mut self, found: &mut FoundPlan) {
        let site = self.site;
        let all: Vec<&Subject<'_>> = site.subjects.iter().filter(|one| is_redis(one)).collect();
        let meant = self.meant(found, &all);
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
                found.without_broker = Some(why);
            }
        }
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

/// What a process is called in plans, which keep `:` and `,` for themselves.
fn called(process: &Process) -> String {
    let name = match process.name.split_once(':') {
        Some((workload, container)) if workload.ends_with(&format!("/{container}")) => workload,
        _ => &process.name,
    };
    let fit = |c: char| {
        if c.is_control() || matches!(c, ':' | ',') {
            '/'
        } else {
            c
        }
    };
    let name: String = name.trim().chars().take(180).map(fit).collect();
    match name.as_str() {
        "" | "all" => format!("({name})"),
        _ => name,
    }
}

fn is_redis(subject: &Subject<'_>) -> bool {
    let is_stem = subject.is_stem() && subject.is_configured_here;
    (subject.redis.is_some() || subject.is(Role::Broker)) && !is_stem
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

/// Two processes of one name are told apart by a number.
fn add(plan: &mut Plan, mut component: Component, mut config: Config) {
    if !component.is_stem() {
        // it means nothing to it, and is not said of it
        config.signing = plan.signing;
    }
    let name = component.name.clone();
    let taken: BTreeSet<&str> = plan
        .components
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    let mut numbered = (2..).map(|number: u32| format!("{name} ({number})"));
    if taken.contains(name.as_str()) {
        component.name = numbered
            .find(|name| !taken.contains(name.as_str()))
            .unwrap_or(name);
    }
    plan.components.push(component);
    plan.start.push(config);
    plan.runs.push(true);
}
