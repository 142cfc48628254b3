//! What is said of a deployment while it is read: what is not known, what does not start. And
//! the certificates in its files, of which either may be said.

use super::site::{Reading, called};
use crate::audit::case::Subject;
use crate::audit::process::{Content, GapKind, Kind, Value};
use crate::formats::place::Place;
use crate::mint::x509::Certificate;
use crate::report::rotate::{Failing, Unknown};
use crate::rotate::plan::Leaf;

impl Reading<'_, '_> {
    pub(super) fn unknown_of(
        &mut self,
        subject: &Subject<'_>,
        what: &str,
        why: &str,
        place: Option<Place>,
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

    fn location(&self, place: Place) -> String {
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

    pub(super) fn fails(&mut self, subject: &Subject<'_>, why: &str, place: Option<Place>) {
        let location = place.map(|place| self.location(place));
        self.failing.push(Failing {
            deployment: self.when,
            process: called(subject.process),
            why: why.to_owned(),
            location,
        });
    }

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
}
