//! Why no compose files are written: where it stands, and what to change. Never a value.

use crate::formats::compose::ComposeError;
use crate::formats::yaml::Place;

/// Why no compose files are written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComposeRenderError {
    /// The project that is there cannot be followed.
    #[error(transparent)]
    Project(#[from] ComposeError),
    /// The manifest names a project, and nobody read it.
    #[error("the project `{0}` was not read")]
    NotRead(String),
    /// The manifest's component is no service of the project.
    #[error(
        "component `{component}` should be service `{service}`, and `{file}` has none of that name"
    )]
    NoService {
        /// The component.
        component: String,
        /// The service.
        service: String,
        /// The project's file.
        file: String,
        /// The services that it has.
        known: Vec<String>,
    },
    /// A service runs with one set of files.
    #[error("components `{first}` and `{second}` are both the service `{service}`")]
    SameService {
        /// The one.
        first: String,
        /// The other.
        second: String,
        /// The service.
        service: String,
    },
    /// Compose has narrower names than other process managers.
    #[error("component `{component}` cannot be called `{service}` in Compose")]
    ServiceName {
        /// The component.
        component: String,
        /// What its service would be called.
        service: String,
    },
    /// No file can be mounted there.
    #[error("a container cannot have its files in `{0}`")]
    Folder(String),
    /// No process can be started with it.
    #[error("a zero byte stands in what component `{0}` runs")]
    ZeroByte(String),
    /// An old secret would still be in reach, or something would break unseen.
    #[error(transparent)]
    Unsafe(Box<Unsafe>),
}

/// What stands in the way of an override that keeps its promise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{file}`, line {line}: service `{service}` {problem}")]
pub struct Unsafe {
    /// The file's name as the user knows it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The service.
    pub service: String,
    /// What it does.
    pub problem: Reach,
}

/// What a service does that it must not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reach {
    /// No component, and given an old secret.
    #[error("is no component, and is given {0}")]
    Stranger(String),
    /// Given an old secret in a place that is not rewritten.
    #[error("is given {what} as part of `{place}`")]
    Value {
        /// The old secret.
        what: String,
        /// The variable or key.
        place: String,
    },
    /// A folder of keys that is more than that.
    #[error("mounts `{folder}`, where {what} lies among other files, like `{other}`")]
    Mixed {
        /// As the user knows it.
        folder: String,
        /// The old secret.
        what: String,
        /// One of the other files.
        other: String,
    },
    /// The folder of secrets is inside.
    #[error("mounts `{folder}`, in which `{inside}` lies")]
    Covers {
        /// As the user knows it.
        folder: String,
        /// What lies inside.
        inside: String,
    },
    /// A kept variable depends on one that goes.
    #[error("sets `{variable}` by means of `{lost}`, which this file will not set any more")]
    Refers {
        /// The variable that is kept.
        variable: String,
        /// Stem's variable.
        lost: String,
    },
    /// The broker would not read its configuration.
    #[error("has an `entrypoint` of its own, which may not read redis.conf")]
    Entrypoint,
    /// A variable of Stem's has another value in the merged project than it should.
    #[error("would not get its own `{0}`")]
    Overridden(String),
}

impl ComposeRenderError {
    /// What to type next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            ComposeRenderError::Project(error) => return error.hint(),
            ComposeRenderError::NotRead(_) => "run stem-sec render where that file is".to_owned(),
            ComposeRenderError::NoService { known, .. } => format!(
                "say `service: NAME` of the component, or `image:` to have it added; the project has {}",
                known.join(", ")
            ),
            ComposeRenderError::SameService { .. } => {
                "make them one component with both roles, or two services".to_owned()
            }
            ComposeRenderError::ServiceName { .. } => {
                "say `service:` in stem-sec.yaml: letters, digits, `_`, `-` and `.`".to_owned()
            }
            ComposeRenderError::Folder(_) => {
                "say `render.install: /etc/stem`, or another absolute path".to_owned()
            }
            ComposeRenderError::ZeroByte(_) => "leave it out".to_owned(),
            ComposeRenderError::Unsafe(found) => found.hint(),
        };
        Some(hint)
    }
}

impl Unsafe {
    fn hint(&self) -> String {
        match &self.problem {
            Reach::Stranger(_) => format!(
                "make it a component and it loses that, `{0}: {{ role: other }}` in stem-sec.yaml or init's --component {0}=other; or take it from it there",
                self.service
            ),
            Reach::Value { .. } => "take it out there".to_owned(),
            Reach::Mixed { .. } => {
                "move the key out of that folder, or mount the other files one by one".to_owned()
            }
            Reach::Covers { .. } => {
                "mount only the folders that the service needs, not one above the secrets"
                    .to_owned()
            }
            Reach::Refers { .. } => "write its value out there".to_owned(),
            Reach::Entrypoint => {
                "take it out there, or say the broker's `command:` in stem-sec.yaml".to_owned()
            }
            Reach::Overridden(_) => "take it out of the place above".to_owned(),
        }
    }
}

impl Unsafe {
    /// A problem at a place of the project's files.
    pub(super) fn at(
        files: &[String],
        place: Place,
        service: &str,
        problem: Reach,
    ) -> ComposeRenderError {
        let file = files.get(place.source as usize).cloned();
        Unsafe::in_file(&file.unwrap_or_default(), place.line, service, problem)
    }

    /// A problem on a line of a file.
    pub(super) fn in_file(
        file: &str,
        line: u32,
        service: &str,
        problem: Reach,
    ) -> ComposeRenderError {
        ComposeRenderError::Unsafe(Box::new(Unsafe {
            file: file.to_owned(),
            line,
            service: service.to_owned(),
            problem,
        }))
    }
}
