//! A compose project: what each service gets of variables, env files and mounts, with the
//! place where that is said. Pure: bytes in; which other files they name is said, not read.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::{ComposeError, Problem};
use super::interpolate::{Expanded, expand};
use super::merge;
use super::reader::Reader;
use super::written_out::written_out;
use crate::formats::dotenv::{self, Dialect, Trouble};
use crate::formats::yaml::{self, Node, Place};
use crate::model::secret::Secret;

/// A project's files and what Compose finds beside them.
#[derive(Debug)]
pub struct Files<'f> {
    /// Compose files, each on top of those before, with the names that messages use.
    pub compose: Vec<(String, &'f [u8])>,
    /// The folder of the first one, from which its paths count: absolute.
    pub folder: &'f str,
    /// What `~` stands for.
    pub home: Option<&'f str>,
    /// `.env` of that folder, with the name that messages use.
    pub dotenv: Option<(String, &'f [u8])>,
}

/// A project as Compose sees it.
#[derive(Debug)]
pub struct Project {
    /// The names of its files; places refer to them by index.
    pub files: Vec<String>,
    /// Its services in the order of the files.
    pub services: Vec<Service>,
    dotenv: BTreeMap<String, Secret>,
}

/// A service.
#[derive(Debug)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// All of it, merged.
    pub node: Arc<Node>,
    /// `environment`, in order.
    pub environment: Vec<Variable>,
    /// Whether `environment` is a list to Compose, in which nothing can be reset: written so,
    /// or joined of several files.
    pub environment_is_list: bool,
    /// `env_file`, in order: what comes later wins.
    pub env_files: Vec<EnvFile>,
    /// `volumes`.
    pub mounts: Vec<Mount>,
    /// `secrets` and `configs`.
    pub grants: Vec<Grant>,
}

/// An entry of `environment`.
#[derive(Debug)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value, where the project's files say it.
    pub value: Option<Secret>,
    /// Its value as it is written; null where it is taken over from Compose's own environment.
    pub node: Arc<Node>,
}

/// An entry of `env_file`.
#[derive(Debug)]
pub struct EnvFile {
    /// Absolute path.
    pub path: String,
    /// As Compose reads it.
    pub format: Dialect,
    /// `required: false` is not set.
    pub required: bool,
    /// The entry.
    pub node: Arc<Node>,
}

/// An entry of `volumes`.
#[derive(Debug)]
pub struct Mount {
    /// The absolute path on the host, if it is one.
    pub host: Option<String>,
    /// The path in the container.
    pub target: String,
    /// The entry.
    pub node: Arc<Node>,
}

/// An entry of `secrets` or `configs`.
#[derive(Debug)]
pub struct Grant {
    /// `secrets` or `configs`.
    pub section: &'static str,
    /// What is in it.
    pub content: Content,
    /// The entry.
    pub node: Arc<Node>,
}

/// What a secret or config of the project is made of.
#[derive(Debug)]
pub enum Content {
    /// A file: absolute path.
    File(String),
    /// A variable of Compose's environment: its name, and its value if `.env` has it.
    Environment(String, Option<Secret>),
    /// Text in the compose file.
    Inline(Secret),
    /// Somewhere else.
    External,
}

impl Project {
    /// Reads a project.
    ///
    /// # Errors
    /// When a file is not what Compose takes, or leads where it cannot be followed.
    pub fn read(files: &Files<'_>) -> Result<Project, ComposeError> {
        let mut names: Vec<String> = files.compose.iter().map(|(name, _)| name.clone()).collect();
        names.extend(files.dotenv.iter().map(|(name, _)| name.clone()));
        let mut root: Option<Arc<Node>> = None;
        for (source, (_, bytes)) in files.compose.iter().enumerate() {
            let node = compose_file(bytes, source, &names)?;
            root = Some(match root {
                None => merge::settled(&node),
                Some(base) => merge::merged(&base, &node),
            });
        }
        let mut project = Project {
            dotenv: dotenv(files, &names)?,
            files: names,
            services: Vec::new(),
        };
        if let Some(root) = root {
            let reader = Reader {
                project: &project,
                root: &root,
                folder: files.folder,
                home: files.home,
            };
            project.services = reader.services()?;
        }
        Ok(project)
    }

    /// The service with this name.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.name == name)
    }

    /// What `.env` says of a variable.
    #[must_use]
    pub fn lookup(&self, name: &str) -> Option<String> {
        self.dotenv.get(name).map(|value| value.expose().to_owned())
    }

    /// A text of the project after interpolation.
    #[must_use]
    pub fn expand(&self, text: &str) -> Expanded {
        expand(text, &|name| self.lookup(name))
    }

    /// An error at a place of the project.
    #[must_use]
    pub fn error(&self, place: Place, problem: Problem) -> ComposeError {
        ComposeError::new(&self.files, place, problem)
    }

    /// The absolute paths of the env files that services name.
    pub fn env_files(&self) -> impl Iterator<Item = &str> {
        let files = self.services.iter().flat_map(|service| &service.env_files);
        files.map(|file| file.path.as_str())
    }

    /// The absolute paths of what services see of the host.
    pub fn host_paths(&self) -> impl Iterator<Item = &str> {
        self.services.iter().flat_map(Service::host_paths)
    }
}

impl Service {
    /// The absolute paths of what it sees of the host.
    pub fn host_paths(&self) -> impl Iterator<Item = &str> {
        let mounts = self.mounts.iter().filter_map(|mount| mount.host.as_deref());
        let grants = self.grants.iter().filter_map(|grant| match &grant.content {
            Content::File(path) => Some(path.as_str()),
            _ => None,
        });
        mounts.chain(grants)
    }
}

fn compose_file(bytes: &[u8], source: usize, names: &[String]) -> Result<Arc<Node>, ComposeError> {
    let source = u32::try_from(source).unwrap_or(u32::MAX);
    let start = Place::top(source);
    let documents = yaml::read(bytes, source)
        .map_err(|error| ComposeError::new(names, error.place, Problem::Yaml(error.problem)))?;
    let [document] = documents.as_slice() else {
        return Err(ComposeError::new(names, start, Problem::Documents));
    };
    written_out(document, names)
}

fn dotenv(files: &Files<'_>, names: &[String]) -> Result<BTreeMap<String, Secret>, ComposeError> {
    let Some((_, bytes)) = &files.dotenv else {
        return Ok(BTreeMap::new());
    };
    let source = u32::try_from(files.compose.len()).unwrap_or(u32::MAX);
    let read = dotenv::read(bytes, source, Dialect::Compose, &|_| None);
    if let Some(place) = refusal(&read) {
        return Err(ComposeError::new(names, place, Problem::EnvFile));
    }
    let pairs = read.assignments.into_iter();
    Ok(pairs
        .filter_map(|found| Some((found.name, found.value?)))
        .collect())
}

/// Where Compose would not take an env file, or where it is not known what it makes of it.
#[must_use]
pub fn refusal(read: &dotenv::EnvFile) -> Option<Place> {
    // what is to be set outside may be, and what has no name sets nothing
    let is_harmless = |trouble| matches!(trouble, Trouble::Required | Trouble::NoName);
    let mut troubles = read.troubles.iter().rev();
    let (place, _) = troubles.find(|(_, trouble)| read.refused || !is_harmless(*trouble))?;
    Some(*place)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(base: &str, over: &str) -> Result<Project, ComposeError> {
        Project::read(&Files {
            compose: vec![
                ("base".to_owned(), base.as_bytes()),
                ("over".to_owned(), over.as_bytes()),
            ],
            folder: "/project",
            home: Some("/home/me"),
            dotenv: Some((".env".to_owned(), b"IN=side\nKEY=primary:abc\n")),
        })
    }

    #[test]
    fn paths_count_from_the_projects_folder() {
        let project = read(
            "services: { a: { env_file: [ a.env, ./b/../c.env ], volumes: [ '~/x:/x', '../y:/y', named:/z, '${IN}:/w', './${IN}:/v' ] } }",
            "{}",
        )
        .expect("a project");
        let paths: Vec<&str> = project.env_files().collect();
        assert_eq!(paths, ["/project/a.env", "/project/c.env"]);
        let hosts: Vec<&str> = project.host_paths().collect();
        assert_eq!(hosts, ["/home/me/x", "/y", "/project/side"]);
    }

    #[test]
    fn a_variable_without_a_value_is_that_of_the_project() {
        let project = read(
            "services: { a: { environment: [ KEY, OTHER, 'X=${KEY}' ] } }",
            "{}",
        )
        .expect("a project");
        let values: Vec<Option<&str>> = project.services[0]
            .environment
            .iter()
            .map(|variable| variable.value.as_ref().map(Secret::expose))
            .collect();
        assert_eq!(values, [Some("primary:abc"), None, Some("primary:abc")]);
    }

    #[test]
    fn what_is_reset_in_a_list_stays_as_it_does_for_compose() {
        let over = "services: { a: { environment: { KEY: !reset null } } }";
        let names = |base| -> Vec<String> {
            let project = read(base, over).expect("a project");
            let variables = project.services[0].environment.iter();
            variables.map(|variable| variable.name.clone()).collect()
        };
        assert_eq!(
            names("services: { a: { environment: { KEY: x, B: y } } }"),
            ["B"]
        );
        assert_eq!(
            names("services: { a: { environment: [ KEY=x, B=y ] } }"),
            ["KEY", "B"]
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(base in "[ \n\\[\\]{}:,&*!$|'\"a-c-]{0,80}", over in prop_oneof![
            Just("services: { a: { volumes: [ x ] } }".to_owned()),
            "services: [ \n\\[\\]{}:,&*!$|'\"a-c-]{0,80}",
        ]) {
            if let Err(error) = read(&base, &over) {
                prop_assert!(!error.to_string().is_empty() && error.hint().is_some());
            }
        }
    }
}
