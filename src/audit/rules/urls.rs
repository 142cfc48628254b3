//! The URLs that processes connect with, for the rules about them.

use crate::audit::case::{Case, Site, Subject};
use crate::audit::finding::Finding;
use crate::audit::holding::Held;
use crate::audit::posture::PostureFrom;
use crate::audit::process::Variable;
use crate::audit::rules::Rule;
use crate::audit::url::{self, Problem, Reach, Url};
use crate::model::env;
use crate::model::manifest::Severity;

/// A variable with a URL that its process uses.
pub(super) struct Used<'s, 'c> {
    pub(super) site: &'s Site<'c>,
    pub(super) subject: &'s Subject<'c>,
    pub(super) name: &'static str,
    pub(super) variable: &'c Variable,
    /// As Stem takes it.
    pub(super) text: &'c str,
}

/// Every one of them whose value is known, but perhaps for its user information.
pub(super) fn used<'s, 'c>(case: &'s Case<'c>) -> Vec<Used<'s, 'c>> {
    let of = |(site, subject)| of(site, subject);
    case.each().flat_map(of).collect()
}

/// Those of one process. Of a process without a role all count: nobody knows what it uses.
pub(super) fn of<'s, 'c>(site: &'s Site<'c>, subject: &'s Subject<'c>) -> Vec<Used<'s, 'c>> {
    let roles = subject.roles();
    let uses =
        |name: &&str| roles.is_empty() || roles.iter().any(|role| env::is_used_by(name, *role));
    let one = |name: &'static str| {
        let variable = subject.process.variable(name)?;
        let text = variable.value.url()?;
        Some(Used {
            site,
            subject,
            name,
            variable,
            text: url::taken(name, text),
        })
    };
    url::VARIABLES
        .into_iter()
        .filter(uses)
        .filter_map(one)
        .filter(|used| used.name == env::BROKER_URL || !used.text.is_empty())
        .collect()
}

impl<'s, 'c> Used<'s, 'c> {
    /// What Stem makes of it.
    pub(super) fn read(&self) -> Result<Url<'c>, Problem> {
        url::read(self.name, self.text)
    }

    /// What Stem makes of it, if it is reached in this way.
    pub(super) fn reached(&self, by: Reach) -> Option<Url<'c>> {
        let url = self.read().ok()?;
        (url.reach(self.name) == by).then_some(url)
    }

    /// A finding about it.
    pub(super) fn finding(&self, rule: &'static Rule, message: impl Into<String>) -> Finding {
        let (subject, variable) = (self.subject, self.variable);
        let finding = Finding::new(rule, variable.place, message)
            .hitting(self.site, subject, subject.gets(variable))
            .subject(self.name);
        match env::artifact_of(self.name) {
            Some(artifact) => finding.artifact(Held::Artifact(artifact)),
            None => finding,
        }
    }

    /// How bad it is that what it carries can be read on the way: as bad as the rest of the
    /// deployment does better, and nothing to speak of where it never leaves the host.
    pub(super) fn severity_in_clear(&self, is_own_host: bool) -> Severity {
        let encrypts = self.site.posture.transport.encrypts();
        match (encrypts, self.site.posture_from) {
            (true, _) => Severity::Error,
            (false, PostureFrom::Manifest) => Severity::Note,
            (false, PostureFrom::Processes) if is_own_host => Severity::Note,
            (false, PostureFrom::Processes) => Severity::Warning,
        }
    }
}
