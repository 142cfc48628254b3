//! A process as rules see it: its roles, what it holds, and what Stem makes of its environment.

use crate::audit::contents::Library;
use crate::audit::holding::{Held, Holding};
use crate::audit::inventory::Entry;
use crate::audit::process::{Gap, GapKind, How, Kind, Process, RolesFrom, Said, Variable};
use crate::audit::server::{self, Redis};
use crate::audit::stem::{self, Outcome};
use crate::audit::url;
use crate::formats::key_list::trim;
use crate::formats::place::Place;
use crate::model::artifact::Artifact;
use crate::model::env;
use crate::model::manifest::{Component, Manifest};
use crate::model::role::Role;

/// A process as rules see it.
#[derive(Debug)]
pub struct Subject<'c> {
    /// As it was found.
    pub process: &'c Process,
    /// Its roles and holdings.
    pub entry: &'c Entry,
    /// What the manifest declares it to be.
    pub component: Option<&'c Component>,
    /// What becomes of signing when it starts.
    pub signing: Outcome<'c>,
    /// What it is told, if it is a Redis.
    pub redis: Option<Redis>,
    /// The artifacts that it holds.
    pub(super) artifacts: Vec<Artifact>,
    /// Whether all that it gets is known, so that something may be called missing.
    pub is_complete: bool,
    /// Whether somebody configures it here: it has a variable of Stem, or was said to be what
    /// it is, and that by itself.
    pub is_configured_here: bool,
}

impl<'c> Subject<'c> {
    pub(super) fn new(
        process: &'c Process,
        entry: &'c Entry,
        kind: Kind,
        manifest: Option<&'c Manifest>,
        library: &Library<'_>,
    ) -> Subject<'c> {
        let mut artifacts: Vec<Artifact> = entry
            .holdings
            .iter()
            .filter_map(|holding| match holding.artifact {
                Held::Artifact(artifact) => Some(artifact),
                Held::PrivateKey => None,
            })
            .collect();
        artifacts.dedup();
        let is_declared = entry.assigned.from == RolesFrom::Manifest;
        let manifest = manifest.filter(|_| is_declared);
        Subject {
            process,
            entry,
            component: manifest
                .zip(entry.assigned.component.as_deref())
                .and_then(|(manifest, name)| manifest.component(name)),
            signing: stem::signing(process),
            redis: server::redis(process, library),
            artifacts,
            is_complete: is_complete(process, entry, kind),
            is_configured_here: has_variables(process),
        }
    }

    /// Its roles; none where nothing says them.
    #[must_use]
    pub fn roles(&self) -> &'c [Role] {
        &self.entry.assigned.roles
    }

    /// Whether it has the role.
    #[must_use]
    pub fn is(&self, role: Role) -> bool {
        self.roles().contains(&role)
    }

    /// Whether it runs Stem's code.
    #[must_use]
    pub fn is_stem(&self) -> bool {
        self.roles().iter().any(|role| role.is_stem())
    }

    /// Whether it puts messages into queues: producers, beats, and dashboards that are said to.
    #[must_use]
    pub fn enqueues(&self) -> bool {
        let is_said = self.component.is_some_and(|component| component.enqueues);
        self.is(Role::Producer) || self.is(Role::Beat) || (self.is(Role::Dashboard) && is_said)
    }

    /// Whether it holds the artifact, or what carries it is set to something unknown.
    #[must_use]
    pub fn holds(&self, artifact: Artifact) -> bool {
        self.artifacts.contains(&artifact)
    }

    /// Its holdings of one artifact.
    pub fn held(&self, artifact: Artifact) -> impl Iterator<Item = &'c Holding> {
        let all = self.entry.holdings.iter();
        all.filter(move |holding| holding.artifact == Held::Artifact(artifact))
    }

    /// The known value of a variable, trimmed as Stem does, if it is not empty.
    #[must_use]
    pub fn given(&self, name: &str) -> Option<(&'c str, &'c Variable)> {
        let variable = self.process.variable(name)?;
        let text = trim(variable.value.known()?);
        (!text.is_empty()).then_some((text, variable))
    }

    /// The value of a variable that carries a URL, where at least all but its user information
    /// is known, trimmed, if it is not empty.
    #[must_use]
    pub fn url(&self, name: &str) -> Option<&'c str> {
        let text = trim(self.process.variable(name)?.value.url()?);
        (!text.is_empty()).then_some(text)
    }

    /// Whether a variable is there to Stem: not empty, or set to something unknown.
    #[must_use]
    pub fn is_set(&self, name: &str) -> bool {
        let variable = self.process.variable(name);
        let text = variable.map(|variable| variable.value.known());
        text.is_some_and(|text| text.is_none_or(|text| !trim(text).is_empty()))
    }

    /// Whether it is told to trust a CA that is none of the system's.
    #[must_use]
    pub fn names_own_ca(&self) -> bool {
        let folders = ["/etc/ssl/", "/etc/pki/", "/usr/"];
        let is_system = |path: &str| folders.into_iter().any(|folder| path.starts_with(folder));
        let named = self.given(env::TLS_CA_CERT);
        self.is_set(env::TLS_CA_CERT) && !named.is_some_and(|(path, _)| is_system(path))
    }

    /// Its variables of Stem.
    pub fn stem_variables(&self) -> impl Iterator<Item = &'c Variable> {
        let all = self.process.environment.iter();
        all.filter(|variable| variable.name.starts_with("STEM_"))
    }

    /// Whether it may speak to the broker that another speaks to: what one signs reaches the
    /// other. Only two URLs that are known can say no.
    #[must_use]
    pub fn may_meet(&self, other: &Subject<'_>) -> bool {
        let broker = |text| url::read(env::BROKER_URL, text).ok();
        let own = self.url(env::BROKER_URL).and_then(broker);
        let others = other.url(env::BROKER_URL).and_then(broker);
        match (own, others) {
            (Some(own), Some(others)) => own.may_meet(&others),
            _ => true,
        }
    }

    /// Whether a variable has the value that these files say, whatever else is not known: of a
    /// process that gets more than they say, where what was written for it alone wins.
    #[must_use]
    pub fn is_certain(&self, kind: Kind, name: &str) -> bool {
        if self.is_complete {
            return true;
        }
        let Some(variable) = self.process.variable(name) else {
            return false;
        };
        let mut said = variable.said.iter();
        let first = said.find(|said| said.how != How::Overridden);
        let is_own = first.is_some_and(|first| match kind {
            Kind::Kubernetes => matches!(first.how, How::Environment | How::ValueFrom),
            // what an image sets, an env file overrides
            Kind::Compose => {
                first.how == How::Environment && first.place.source == self.process.place.source
            }
            Kind::Systemd | Kind::Image | Kind::Files | Kind::Environment => false,
        });
        is_own && !loads_variables(self.process)
    }

    /// Where something that it lacks should be written: the one file that holds all of its
    /// variables of Stem, else where it is declared.
    #[must_use]
    pub fn home(&self) -> Place {
        let mut sources = self.stem_variables().map(|variable| variable.place.source);
        let own = self.process.place;
        match sources.next() {
            Some(first) if first != own.source && sources.all(|source| source == first) => {
                Place::top(first)
            }
            _ => own,
        }
    }

    /// Where it gets a variable: the entry of its own declaration, else the value itself.
    #[must_use]
    pub fn gets(&self, variable: &Variable) -> Place {
        let won = |said: &&Said| said.how != How::Overridden;
        let first = variable.said.iter().find(won);
        first.map_or(variable.place, |said| said.place)
    }

    /// Where it gets something that it holds.
    #[must_use]
    pub fn way_to(&self, holding: &Holding) -> Place {
        let won = |said: &&Said| said.how != How::Overridden;
        let first = holding.said.iter().find(won);
        first.map_or(holding.place, |said| said.place)
    }

    /// Whether it has an HTTPS listener of its own: `ENQUEUER_TLS_CERT` and its like.
    pub(super) fn listens(&self) -> bool {
        let mut all = self.process.environment.iter();
        all.any(|variable| {
            !variable.name.starts_with("STEM_") && variable.name.ends_with("_TLS_CERT")
        })
    }
}

pub(super) fn has_variables(process: &Process) -> bool {
    let mut names = process.environment.iter().map(|variable| &variable.name);
    names.any(|name| name.starts_with("STEM_"))
}

/// Whether the user said what it is. What is said of a workload is said of the container that
/// runs Stem, and not of those beside it.
pub(super) fn is_said_to_be(subject: &Subject<'_>, all: &[Subject<'_>]) -> bool {
    let said = matches!(
        subject.entry.assigned.from,
        RolesFrom::Manifest | RolesFrom::Assign | RolesFrom::Label
    );
    let is_beside = |other: &&Subject<'_>| {
        !std::ptr::eq(*other, subject) && other.process.service == subject.process.service
    };
    let mut beside = all.iter().filter(is_beside);
    said && !beside.any(|other| has_variables(other.process))
}

/// An image is given the rest when it runs; of an env file that nothing names, only what a
/// process needs in any case tells that it is not one of several.
fn is_complete(process: &Process, entry: &Entry, kind: Kind) -> bool {
    let is_whole = match kind {
        Kind::Image => false,
        Kind::Files => {
            let is_declared = entry.assigned.from == RolesFrom::Manifest;
            is_declared || process.variable(env::BROKER_URL).is_some()
        }
        Kind::Compose | Kind::Kubernetes | Kind::Systemd | Kind::Environment => true,
    };
    let is_open = |kind: GapKind| {
        matches!(
            kind,
            GapKind::Missing | GapKind::Outside | GapKind::NotFollowed | GapKind::Unreadable
        )
    };
    // what is not known of one variable says nothing of those that are not there
    let is_of_a_variable = |gap: &Gap| {
        let at = |place: Place| (place.source, place.line, place.column);
        let mut all = process.environment.iter();
        all.any(|variable| {
            let own = variable
                .said
                .iter()
                .filter(|said| !matches!(said.how, How::EnvFile | How::EnvFrom));
            let mut places = own.map(|said| said.place);
            at(variable.place) == at(gap.place) || places.any(|place| at(place) == at(gap.place))
        })
    };
    let mut gaps = process.gaps.iter().take(process.gaps_of_environment);
    is_whole
        && !loads_variables(process)
        && !gaps.any(|gap| is_open(gap.kind) && !is_of_a_variable(gap))
}

/// Whether its command line brings it variables that these files do not say: a shell that reads
/// a file (`. /vault/secrets/stem && exec worker`), or a program that fetches secrets and starts
/// another.
pub(in crate::audit) fn loads_variables(process: &Process) -> bool {
    let texts = process.arguments.iter();
    let texts: Vec<&str> = texts.map(|argument| argument.text.expose()).collect();
    let reads = |word: &str, next: Option<&&str>| matches!(word, "." | "source") && next.is_some();
    let in_shell = |text: &&str| {
        let mut commands = text.split(['\n', ';', '&', '|', '(', '{']);
        commands.any(|command| {
            let words: Vec<&str> = command.split_whitespace().collect();
            let first = words
                .iter()
                .position(|word| !matches!(*word, "if" | "then" | "do" | "else"));
            let words = &words[first.unwrap_or(words.len())..];
            words
                .split_first()
                .is_some_and(|(word, rest)| reads(word, rest.first()))
        })
    };
    let is_fetcher = |pair: &[&str]| match *pair {
        [program, task] => {
            let name = program.rsplit('/').next().unwrap_or(program);
            let starts = matches!(task, "run" | "exec" | "exec-env" | "--");
            starts && FETCHERS.contains(&name)
        }
        _ => false,
    };
    let words: Vec<&str> = texts
        .iter()
        .flat_map(|text| text.split_whitespace())
        .collect();
    texts.iter().any(in_shell) || words.windows(2).any(is_fetcher)
}

/// Programs that put secrets of some store into the environment of what they start.
const FETCHERS: [&str; 10] = [
    "aws-vault",
    "berglas",
    "chamber",
    "doppler",
    "dotenv",
    "infisical",
    "op",
    "sops",
    "summon",
    "teller",
];
