//! A compose project that is there already, as its files were read: the bytes that the
//! caller hands in, and which of them are wanted.

use std::collections::BTreeMap;

use super::error::ComposeRenderError;
use crate::formats::compose::paths::relative;
use crate::formats::compose::project::{Files, Project};
use crate::model::secret::Secret;

/// A project as it was found on disk. Paths are absolute and without `.` and `..`.
#[derive(Debug)]
pub struct Existing {
    /// Its compose files in the order in which Compose takes them: name for messages, bytes.
    pub compose: Vec<(String, Secret)>,
    /// The folder of the first.
    pub folder: String,
    /// Where the components' folders are written.
    pub out: String,
    /// What no service may see whole: the store and `out`, with all links resolved.
    pub guarded: Vec<String>,
    /// What `~` stands for.
    pub home: Option<String>,
    /// `.env` in the project's folder.
    pub dotenv: Option<Secret>,
    /// The env files that services name, by path; `None` for one that is not there.
    pub env_files: BTreeMap<String, Option<Secret>>,
    /// What services see of the host, by path.
    pub mounts: BTreeMap<String, Mounted>,
}

/// What lies at a path that is mounted.
#[derive(Debug, Default)]
pub struct Mounted {
    /// The path with all links resolved.
    pub real: String,
    /// The file itself, or every file below the folder.
    pub files: Vec<MountedFile>,
    /// Whether there were more than could be looked at.
    pub is_cut: bool,
}

/// A file that a container sees.
#[derive(Debug)]
pub struct MountedFile {
    /// Its path on the host.
    pub path: String,
    /// What stands in it, where [`may_matter`] says so.
    pub text: Option<Secret>,
}

/// Whether a mounted file may hold what an override must take away: PEM, or Stem's variables.
#[must_use]
pub fn may_matter(bytes: &[u8]) -> bool {
    let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    holds(b"-----BEGIN ") || holds(b"STEM_SIGNING_")
}

impl Existing {
    /// Reads the project, with more files on top of its own.
    ///
    /// # Errors
    /// When it cannot be followed.
    pub fn project(&self, on_top: &[(String, &str)]) -> Result<Project, ComposeRenderError> {
        let own = self.compose.iter();
        let mut compose: Vec<(String, &[u8])> = own
            .map(|(name, text)| (name.clone(), text.expose().as_bytes()))
            .collect();
        compose.extend(
            on_top
                .iter()
                .map(|(name, text)| (name.clone(), text.as_bytes())),
        );
        let dotenv = self.dotenv.as_ref();
        let project = Project::read(&Files {
            compose,
            folder: &self.folder,
            home: self.home.as_deref(),
            dotenv: dotenv.map(|text| (".env".to_owned(), text.expose().as_bytes())),
        })?;
        Ok(project)
    }

    /// The values of the user's variables: some of them are secret, and nothing says which.
    #[must_use]
    pub fn values(&self) -> Vec<Secret> {
        let services = self
            .project(&[])
            .map_or(Vec::new(), |project| project.services);
        let variables = services.into_iter().flat_map(|service| service.environment);
        let written = variables.filter_map(|variable| Some(variable.node.as_text()?.to_owned()));
        written.map(Secret::new).collect()
    }

    /// A path as the user writes it in the project.
    #[must_use]
    pub fn shown(&self, path: &str) -> String {
        let way = relative(&self.folder, path);
        way.strip_prefix("./").map_or(way.clone(), str::to_owned)
    }
}
