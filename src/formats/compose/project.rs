//! A compose project: what each service gets of variables, env files and mounts, with the
//! place where that is said. Pure: bytes in; which other files it names is said, not read.

use std::sync::Arc;

use super::environment::{Environment, Setting};
use super::error::{ComposeError, Problem};
use super::interpolate::{Expanded, expand};
use super::loader::Loader;
use super::ports::Port;
use super::reader::Reader;
use super::sources::{Scope, Sources, Text, Trouble};
use super::supply::{Supplied, Supply};
use crate::formats::dotenv::{self, Dialect};
use crate::formats::yaml::{Node, Place};
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

/// A project as somebody starts it, whose further files are read as they are named.
#[derive(Debug)]
pub struct Start {
    /// Compose files, each on top of those before, with their paths.
    pub compose: Vec<(String, Supplied)>,
    /// The folder of the first one.
    pub folder: String,
    /// `.env` of that folder.
    pub dotenv: Option<Supplied>,
}

/// A project as Compose sees it.
#[derive(Debug)]
pub struct Project {
    /// The names of its files; places in nodes refer to them by index.
    pub files: Vec<String>,
    /// What the caller calls those files.
    pub numbers: Vec<u32>,
    /// What it calls itself, if it does.
    pub name: Option<Text>,
    /// Its services in the order of the files.
    pub services: Vec<Service>,
    /// What Compose would refuse, or could not be followed.
    pub troubles: Vec<Trouble>,
    environment: Arc<Environment>,
}

/// A service.
#[derive(Debug)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub place: Place,
    /// All of it, merged.
    pub node: Arc<Node>,
    /// `environment`, in order.
    pub environment: Vec<Variable>,
    /// Whether `environment` is a list to Compose, in which nothing can be reset: written so,
    /// or joined of several files.
    pub environment_is_list: bool,
    /// `env_file`, in order: what comes later wins.
    pub env_files: Vec<EnvFile>,
    /// `volumes` and `tmpfs`.
    pub mounts: Vec<Mount>,
    /// `secrets` and `configs`.
    pub grants: Vec<Grant>,
    /// `image`.
    pub image: Option<Text>,
    /// Whether it has `build`.
    pub is_built: bool,
    /// `build.args`.
    pub build_arguments: Vec<Variable>,
    /// `entrypoint`, word by word.
    pub entrypoint: Option<Vec<Text>>,
    /// `command`, word by word.
    pub command: Option<Vec<Text>>,
    /// `labels`.
    pub labels: Vec<Variable>,
    /// `profiles`.
    pub profiles: Vec<Text>,
    /// `volumes_from`.
    pub volumes_from: Vec<Text>,
    /// `ports`.
    pub ports: Vec<Port>,
    /// `network_mode`.
    pub network_mode: Option<Text>,
    /// `container_name`, and the aliases that its `networks` give it.
    pub names: Vec<String>,
    /// Whether names may lead it to others than the project's services: by a network that is
    /// not the project's own, by links, or by what it is told of hosts.
    pub reaches_beyond: bool,
}

/// An entry of `environment`, `labels` or `args`.
#[derive(Debug)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value, where the project's files say it.
    pub value: Option<Secret>,
    /// Its value with where it comes from; nothing where Compose's own environment has it.
    pub text: Option<Text>,
    /// Where its name stands.
    pub place: Place,
    /// Its value as it is written; null where it is taken over from Compose's own environment.
    pub node: Arc<Node>,
}

/// An entry of `env_file`.
#[derive(Debug)]
pub struct EnvFile {
    /// Its path; absolute where the project's folder is.
    pub path: String,
    /// As Compose reads it.
    pub format: Dialect,
    /// `required: false` is not set.
    pub required: bool,
    /// Where it is named.
    pub place: Place,
    /// The entry.
    pub node: Arc<Node>,
}

/// An entry of `volumes`.
#[derive(Debug)]
pub struct Mount {
    /// The path on the host, if it is one.
    pub host: Option<String>,
    /// The path in the container.
    pub target: String,
    /// What is mounted.
    pub volume: Volume,
    /// Where it is said.
    pub place: Place,
    /// The entry.
    pub node: Arc<Node>,
}

/// What is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Volume {
    /// A path on the host.
    Bind,
    /// A volume of the project; a path on the host where its options say so.
    Named(String),
    /// Memory.
    Temporary,
    /// Something that begins empty, or is nothing of this project.
    Other,
}

/// An entry of `secrets` or `configs`.
#[derive(Debug)]
pub struct Grant {
    /// `secrets` or `configs`.
    pub section: &'static str,
    /// What is in it.
    pub content: Content,
    /// The path in the container.
    pub target: String,
    /// Where the project declares it.
    pub declared: Option<Place>,
    /// Where the service names it.
    pub place: Place,
    /// The entry.
    pub node: Arc<Node>,
}

/// What a secret or config of the project is made of.
#[derive(Debug)]
pub enum Content {
    /// A file: its path.
    File(String),
    /// A variable of Compose's environment: its name, its value if `.env` has it, and where.
    Environment(String, Option<Secret>, Option<Place>),
    /// Text in the compose file, where, and the statements that set variables in it.
    Inline(Secret, Place, Vec<Place>),
    /// Somewhere else.
    External,
}

impl Project {
    /// Reads a project that is all in these files.
    ///
    /// # Errors
    /// When a file is not what Compose takes, or leads where it cannot be followed.
    pub fn read(files: &Files<'_>) -> Result<Project, ComposeError> {
        let mut sources = Sources::default();
        sources.home = files.home.map(str::to_owned);
        sources.is_strict = true;
        let scope = sources.add_scope(Scope {
            folder: files.folder.to_owned(),
            environment: Arc::default(),
        });
        let mut loader = Loader::new(sources, None);
        let mut documents = Vec::new();
        for (name, bytes) in &files.compose {
            let number = loader.sources.add(name.clone(), 0, scope);
            documents.extend(loader.parse(bytes, number)?.iter().cloned());
        }
        if let Some((name, bytes)) = &files.dotenv {
            let number = loader.sources.add(name.clone(), 0, scope);
            read_dotenv(&mut loader.sources, bytes, number)?;
        }
        Project::of(loader, &documents, &[])
    }

    /// Reads a project and every file that it leads to. What is wrong or not to be had is left
    /// out and told in `troubles`.
    #[must_use]
    pub fn follow(start: &Start, supply: &dyn Supply) -> Project {
        let mut sources = Sources::default();
        let scope = sources.add_scope(Scope {
            folder: start.folder.clone(),
            environment: Arc::default(),
        });
        if let Some(file) = &start.dotenv {
            let number = sources.add(file.name.clone(), file.source, scope);
            // never an error, as nothing is strict here
            let _ = read_dotenv(&mut sources, (*file.bytes).as_ref(), number);
        }
        let mut loader = Loader::new(sources, Some(supply));
        let mut documents = Vec::new();
        for (_, file) in &start.compose {
            let number = loader.sources.add(file.name.clone(), file.source, scope);
            let read = loader.parse((*file.bytes).as_ref(), number);
            documents.extend(read.iter().flat_map(|all| all.iter().cloned()));
        }
        let paths: Vec<String> = start.compose.iter().map(|(path, _)| path.clone()).collect();
        Project::of(loader, &documents, &paths).unwrap_or_else(|_| Project {
            files: Vec::new(),
            numbers: Vec::new(),
            name: None,
            services: Vec::new(),
            troubles: Vec::new(),
            environment: Arc::default(),
        })
    }

    fn of(
        mut loader: Loader<'_>,
        documents: &[Arc<Node>],
        above: &[String],
    ) -> Result<Project, ComposeError> {
        let root = loader.model(documents, above)?;
        let sources = loader.sources;
        let (mut services, mut name) = (Vec::new(), None);
        if let Some(root) = &root {
            let reader = Reader {
                sources: &sources,
                root,
            };
            services = reader.services()?;
            name = reader.text_at(root, "name")?;
        }
        Ok(Project {
            environment: Arc::clone(&sources.scope(0).environment),
            troubles: sources.troubles.into_inner(),
            files: sources.files,
            numbers: sources.numbers,
            name,
            services,
        })
    }

    /// The service with this name.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.name == name)
    }

    /// What `.env` says of a variable.
    #[must_use]
    pub fn lookup(&self, name: &str) -> Option<String> {
        let found = self.environment.get(name)?;
        Some(found.value.expose().to_owned())
    }

    /// Where what `.env` says of a variable is written, and the statements that lead there, as
    /// the caller counts files.
    #[must_use]
    pub fn written(&self, name: &str) -> Option<(Place, Vec<Place>)> {
        let Setting { place, via, .. } = self.environment.get(name)?;
        let located = |place: Place| Place {
            source: self
                .numbers
                .get(place.source as usize)
                .copied()
                .unwrap_or_default(),
            ..place
        };
        Some((located(*place), via.iter().copied().map(located).collect()))
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
    /// The paths of what it sees of the host.
    pub fn host_paths(&self) -> impl Iterator<Item = &str> {
        let mounts = self.mounts.iter().filter_map(|mount| mount.host.as_deref());
        let grants = self.grants.iter().filter_map(|grant| match &grant.content {
            Content::File(path) => Some(path.as_str()),
            _ => None,
        });
        mounts.chain(grants)
    }
}

fn read_dotenv(sources: &mut Sources, bytes: &[u8], number: u32) -> Result<(), ComposeError> {
    let mut environment = Environment::default();
    let read = environment.read(bytes, number, &Environment::default());
    let refused = match sources.is_strict {
        true => refusal(&read),
        false => read.refused.then(|| refusal(&read)).flatten(),
    };
    if let Some(place) = refused {
        sources.trouble(place, Problem::EnvFile)?;
    }
    sources.scope_mut(0).environment = Arc::new(environment);
    Ok(())
}

/// Where Compose would not take an env file, or where it is not known what it makes of it.
#[must_use]
pub fn refusal(read: &dotenv::EnvFile) -> Option<Place> {
    // what is to be set outside may be, and what has no name sets nothing
    let is_harmless =
        |trouble| matches!(trouble, dotenv::Trouble::Required | dotenv::Trouble::NoName);
    let mut troubles = read.troubles.iter().rev();
    let (place, _) = troubles.find(|(_, trouble)| read.refused || !is_harmless(*trouble))?;
    Some(*place)
}

#[cfg(test)]
mod tests;
