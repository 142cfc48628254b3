//! What a rule reports: what is wrong, with which processes, where it is written and what to
//! change. Holds no value of a secret.

use sha2::{Digest, Sha256};

use super::case::{Site, Subject};
use super::holding::Held;
use super::rules::Rule;
use super::tree::Tree;
use super::veil;
use crate::formats::place::Place;
use crate::model::manifest::Severity;
use crate::model::role::Role;

/// One thing that is wrong.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that says so.
    pub rule: &'static Rule,
    /// How bad it is here.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop; names no process.
    pub message: String,
    /// The deployment; empty for what belongs to none.
    pub deployment: String,
    /// The processes that it hits, in the order of the deployment.
    pub hits: Vec<Hit>,
    /// What it is about.
    pub artifact: Option<Held>,
    /// The variable, file or option; empty where there is none.
    pub subject: String,
    /// The id of the key, where it is about one of a list.
    pub key_id: Option<String>,
    /// Where the cause is written.
    pub place: Place,
    /// Places that have to do with it.
    pub related: Vec<Related>,
    /// What to change, as an instruction.
    pub fix: String,
    /// Why it does not count, where someone said so.
    pub suppressed: Option<Suppressed>,
    /// Subjects besides its own whose findings of weaker rules it explains.
    pub(super) explains: Vec<String>,
}

/// A process that a finding hits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its name.
    pub process: String,
    /// Its roles.
    pub roles: Vec<Role>,
    /// Where it gets what the finding is about, else where it is declared.
    pub place: Place,
}

/// A place that has to do with a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub place: Place,
    /// What is there, in a phrase.
    pub message: String,
}

/// Why a finding does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppressed {
    /// By which means.
    pub by: SuppressedBy,
    /// The reason that was given; empty for a baseline.
    pub reason: String,
}

/// By which means a finding is suppressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SuppressedBy {
    /// A comment beside it, `stem-sec: allow`.
    Inline,
    /// `audit.ignore` of the manifest.
    Manifest,
    /// A baseline.
    Baseline,
}

impl Finding {
    /// A finding of a rule, as bad as the rule says, at a place.
    #[must_use]
    pub fn new(rule: &'static Rule, place: Place, message: impl Into<String>) -> Finding {
        Finding {
            rule,
            severity: rule.severity,
            message: veil::shown(&message.into()),
            deployment: String::new(),
            hits: Vec::new(),
            artifact: None,
            subject: String::new(),
            key_id: None,
            place,
            related: Vec::new(),
            fix: rule.fix.to_owned(),
            suppressed: None,
            explains: Vec::new(),
        }
    }

    /// With the deployment that it belongs to.
    #[must_use]
    pub fn within(mut self, site: &Site<'_>) -> Finding {
        self.deployment.clone_from(&site.listed.deployment.name);
        self
    }

    /// With a process that it hits, and the place where that one gets it.
    #[must_use]
    pub fn hitting(mut self, site: &Site<'_>, subject: &Subject<'_>, at: Place) -> Finding {
        self = self.within(site);
        self.hits.push(Hit {
            process: subject.process.name.clone(),
            roles: subject.roles().to_vec(),
            place: at,
        });
        self
    }

    /// With another severity than the rule's.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Finding {
        self.severity = severity;
        self
    }

    /// With what it is about.
    #[must_use]
    pub fn artifact(mut self, artifact: Held) -> Finding {
        self.artifact = Some(artifact);
        self
    }

    /// With the variable, file or option; what looks like a secret in it is not shown.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Finding {
        self.subject = veil::shown(&subject.into());
        self
    }

    /// With the id of a key that stands in a list before it, or what may be shown of it: people
    /// put keys in its place.
    #[must_use]
    pub fn key(mut self, id: impl AsRef<str>) -> Finding {
        self.key_id = Some(veil::key_id(id.as_ref(), true));
        self
    }

    /// With what is perhaps the id of a key: nothing else says that it is one.
    #[must_use]
    pub fn perhaps_key(mut self, id: impl AsRef<str>) -> Finding {
        self.key_id = Some(veil::key_id(id.as_ref(), false));
        self
    }

    /// With another place.
    #[must_use]
    pub fn related(mut self, place: Place, message: impl Into<String>) -> Finding {
        let message = veil::shown(&message.into());
        self.related.push(Related { place, message });
        self
    }

    /// With another instruction than the rule's.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Finding {
        self.fix = fix.into();
        self
    }

    /// With subjects whose findings of weaker rules are symptoms of this one.
    #[must_use]
    pub fn explaining<S: Into<String>>(mut self, subjects: impl IntoIterator<Item = S>) -> Finding {
        self.explains.extend(subjects.into_iter().map(Into::into));
        self
    }

    /// The process that it hits; empty where there are several or none.
    #[must_use]
    pub fn component(&self) -> &str {
        match self.hits.as_slice() {
            [hit] => &hit.process,
            _ => "",
        }
    }

    /// The roles of all processes that it hits, each once.
    #[must_use]
    pub fn roles(&self) -> Vec<Role> {
        let mut roles: Vec<Role> = self.hits.iter().flat_map(|hit| hit.roles.clone()).collect();
        roles.sort();
        roles.dedup();
        roles
    }

    /// The places that have to do with it: where each process that it hits gets it, then the
    /// rule's own; each once, and never that of the finding itself.
    #[must_use]
    pub fn places(&self) -> Vec<Related> {
        let ways = self.hits.iter().map(|hit| Related {
            place: hit.place,
            message: format!("`{}` gets it here", hit.process),
        });
        let mut places: Vec<Related> = Vec::new();
        for related in ways.chain(self.related.iter().cloned()) {
            let at = |place: Place| (place.source, place.line);
            let is_here = at(related.place) == at(self.place);
            if !is_here && !places.contains(&related) {
                places.push(related);
            }
        }
        places
    }

    /// What it is known by from run to run: 16 hex digits of its rule, deployment, component,
    /// path, subject and key id. Lines and values have no part in it, nor where the tool was
    /// started.
    #[must_use]
    pub fn fingerprint(&self, tree: &Tree) -> String {
        let shown = tree.path(self.place.source);
        let path = tree.lasting_path(&shown);
        // a file is the same, whatever stands before its path
        let beside = shown.rsplit_once('/').and_then(|(folder, _)| {
            let rest = self.subject.strip_prefix(folder)?;
            rest.strip_prefix('/').map(str::to_owned)
        });
        let is_elsewhere = self.subject.starts_with('/') || self.subject.starts_with("../");
        let subject = match beside {
            Some(rest) => rest,
            None if is_elsewhere => tree.lasting_path(&self.subject),
            None => self.subject.clone(),
        };
        let mut hash = Sha256::new();
        hash.update(b"stem-sec finding v1\0");
        let key = self.key_id.as_deref().unwrap_or_default();
        let component = self.component();
        for part in [
            self.rule.id,
            &self.deployment,
            component,
            &path,
            &subject,
            key,
        ] {
            hash.update(part.len().to_le_bytes());
            hash.update(part.as_bytes());
        }
        let digest = hash.finalize();
        digest[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}
