//! A compose project: what each service gets of variables, env files and mounts, with the
//! place where that is said. Pure: bytes in; which other files they name is said, not read.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::env_file::{self, Format};
use super::error::{ComposeError, Problem};
use super::interpolate::{Expanded, expand};
use super::merge;
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
    pub format: Format,
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
    let start = Place {
        source,
        line: 1,
        column: 1,
    };
    let documents = yaml::read(bytes, source)
        .map_err(|error| ComposeError::new(names, error.place, Problem::Yaml(error.problem)))?;
    let [document] = documents.as_slice() else {
        return Err(ComposeError::new(names, start, Problem::Documents));
    };
    merge::written_out(document, names)
}

fn dotenv(files: &Files<'_>, names: &[String]) -> Result<BTreeMap<String, Secret>, ComposeError> {
    let Some((_, bytes)) = &files.dotenv else {
        return Ok(BTreeMap::new());
    };
    let source = u32::try_from(files.compose.len()).unwrap_or(u32::MAX);
    let refused = |line| {
        let place = Place {
            source,
            line,
            column: 1,
        };
        ComposeError::new(names, place, Problem::EnvFile)
    };
    let text = std::str::from_utf8(bytes).map_err(|_| refused(1))?;
    let statements = env_file::read(text, Format::Compose, &|_| None).map_err(refused)?;
    let pairs = statements
        .into_iter()
        .filter_map(|found| Some((found.name.to_owned(), found.value?)));
    Ok(pairs.collect())
}

struct Reader<'p> {
    project: &'p Project,
    root: &'p Node,
    folder: &'p str,
    home: Option<&'p str>,
}

impl Reader<'_> {
    fn services(&self) -> Result<Vec<Service>, ComposeError> {
        let Some(services) = self.root.get("services").filter(|node| !node.is_null()) else {
            return Ok(Vec::new());
        };
        let entries = services.entries().unwrap_or_default();
        entries
            .iter()
            .map(|(name, node)| self.service(name.as_text().unwrap_or_default(), node))
            .collect()
    }

    fn service(&self, name: &str, node: &Arc<Node>) -> Result<Service, ComposeError> {
        if node.entries().is_none() {
            return Err(self.shape(node, &format!("services.{name}")));
        }
        if let Some(from) = given(node, "volumes_from") {
            let problem = Problem::Unfollowed("volumes_from");
            return Err(self.project.error(from.place, problem));
        }
        let environment = given(node, "environment");
        let mut grants = self.grants(node, "secrets")?;
        grants.extend(self.grants(node, "configs")?);
        Ok(Service {
            name: name.to_owned(),
            environment: environment.map_or(Ok(Vec::new()), |node| self.environment(node))?,
            environment_is_list: environment.is_some_and(|node| merge::is_listed(node)),
            env_files: self.env_files(node)?,
            mounts: self.mounts(node)?,
            grants,
            node: Arc::clone(node),
        })
    }

    fn environment(&self, node: &Arc<Node>) -> Result<Vec<Variable>, ComposeError> {
        let items = node.items().unwrap_or_default();
        if node.scalar().is_some() || items.iter().any(|item| item.scalar().is_none()) {
            return Err(self.shape(node, "environment"));
        }
        let variable = |(key, value): (Arc<Node>, Arc<Node>)| {
            let text = value
                .as_text()
                .ok_or_else(|| self.shape(&value, "environment"))?;
            let name = key.as_text().unwrap_or_default();
            let name = self.project.expand(name).text;
            let text = match value.is_null() {
                false => Some(self.project.expand(text).text),
                true => self.project.lookup(&name),
            };
            Ok(Variable {
                value: text.map(Secret::new),
                name,
                node: value,
            })
        };
        merge::variables(node).into_iter().map(variable).collect()
    }

    fn env_files(&self, service: &Node) -> Result<Vec<EnvFile>, ComposeError> {
        let Some(node) = given(service, "env_file") else {
            return Ok(Vec::new());
        };
        let items = node.items().unwrap_or(std::slice::from_ref(node));
        let file = |item: &Arc<Node>| {
            let path = item.get("path").unwrap_or(item);
            let text = path.as_text().ok_or_else(|| self.shape(item, "env_file"))?;
            let required = item.get("required").and_then(|node| node.as_text());
            let format = match item.get("format").and_then(|node| node.as_text()) {
                None => Format::Compose,
                Some("raw") => Format::Raw,
                Some(_) => return Err(self.shape(item, "env_file")),
            };
            Ok(EnvFile {
                path: self.path(text, path)?,
                format,
                required: required != Some("false"),
                node: Arc::clone(item),
            })
        };
        items.iter().map(file).collect()
    }

    fn mounts(&self, service: &Node) -> Result<Vec<Mount>, ComposeError> {
        let Some(node) = given(service, "volumes") else {
            return Ok(Vec::new());
        };
        let items = node.items().ok_or_else(|| self.shape(node, "volumes"))?;
        items.iter().map(|item| self.mount(item)).collect()
    }

    fn mount(&self, item: &Arc<Node>) -> Result<Mount, ComposeError> {
        let mount = |host, target: &str| Mount {
            host,
            target: target.trim_end_matches('/').to_owned(),
            node: Arc::clone(item),
        };
        if let Some(text) = item.as_text() {
            let parts = mount_parts(text);
            let [source, target, ..] = parts.as_slice() else {
                return Ok(mount(None, &self.known(text, item)?));
            };
            let target = self.known(target, item)?;
            return Ok(mount(self.source(source, item, false)?, &target));
        }
        let text = |key| item.get(key).and_then(|node: &Arc<Node>| node.as_text());
        let target = self.known(text("target").unwrap_or_default(), item)?;
        let host = match (text("type"), text("source")) {
            (Some("bind"), Some(source)) => self.source(source, item, true)?,
            (Some("volume") | None, Some(source)) => self.source(source, item, false)?,
            (Some(_), _) | (None, None) => None,
        };
        Ok(mount(host, &target))
    }

    /// The path on the host that is mounted. A name is a volume's, which may be one too.
    fn source(&self, text: &str, at: &Node, is_path: bool) -> Result<Option<String>, ComposeError> {
        let source = self.known(text, at)?;
        if is_path || source.starts_with(['.', '/', '~']) {
            return self.path(text, at).map(Some);
        }
        let volume = self.root.get("volumes").and_then(|all| all.get(&source));
        let options = volume.and_then(|volume| volume.get("driver_opts"));
        let text = |key| options.and_then(|options| options.get(key)?.as_text());
        let is_bind = text("o").is_some_and(|options| options.split(',').any(|o| o == "bind"));
        match text("device").filter(|_| is_bind) {
            Some(device) => self.path(device, at).map(Some),
            None => Ok(None),
        }
    }

    fn grants(&self, service: &Node, section: &'static str) -> Result<Vec<Grant>, ComposeError> {
        let Some(node) = given(service, section) else {
            return Ok(Vec::new());
        };
        let items = node.items().ok_or_else(|| self.shape(node, section))?;
        let grant = |item: &Arc<Node>| {
            let source = item.get("source").unwrap_or(item).as_text();
            let source = source.ok_or_else(|| self.shape(item, section))?;
            let all = self.root.get(section);
            let declared = all.and_then(|all| all.get(&self.project.expand(source).text));
            Ok(Grant {
                section,
                content: declared.map_or(Ok(Content::External), |node| self.content(node))?,
                node: Arc::clone(item),
            })
        };
        items.iter().map(grant).collect()
    }

    fn content(&self, node: &Node) -> Result<Content, ComposeError> {
        let text = |key| node.get(key).and_then(|node: &Arc<Node>| node.as_text());
        Ok(match (text("file"), text("environment"), text("content")) {
            (Some(file), ..) => Content::File(self.path(file, node)?),
            (_, Some(name), _) => Content::Environment(name.to_owned(), self.lookup(name)),
            (.., Some(content)) => Content::Inline(Secret::new(self.project.expand(content).text)),
            _ => Content::External,
        })
    }

    fn lookup(&self, name: &str) -> Option<Secret> {
        self.project.lookup(name).map(Secret::new)
    }

    /// The text, where all of its variables are set.
    fn known(&self, text: &str, at: &Node) -> Result<String, ComposeError> {
        let expanded = self.project.expand(text);
        if let Some(name) = expanded.unset.into_iter().next() {
            return Err(self.project.error(at.place, Problem::Unset(name)));
        }
        if expanded.malformed {
            return Err(self.project.error(at.place, Problem::Interpolation));
        }
        Ok(expanded.text)
    }

    fn path(&self, text: &str, at: &Node) -> Result<String, ComposeError> {
        let path = self.known(text, at)?;
        let path = match (path.strip_prefix('~'), self.home) {
            (Some(below), Some(home)) if below.is_empty() || below.starts_with('/') => {
                format!("{home}{below}")
            }
            (Some(_), _) => return Err(self.shape(at, "~")),
            (None, _) => path,
        };
        Ok(absolute(self.folder, &path))
    }

    fn shape(&self, at: &Node, what: &str) -> ComposeError {
        self.project
            .error(at.place, Problem::Shape(what.to_owned()))
    }
}

/// A key's value, unless it is null.
fn given<'n>(node: &'n Node, key: &str) -> Option<&'n Arc<Node>> {
    node.get(key).filter(|value| !value.is_null())
}

/// `path` from `folder`, without `.` and `..`: as text, whatever links there are.
#[must_use]
pub fn absolute(folder: &str, path: &str) -> String {
    let whole = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{folder}/{path}")
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The way from one absolute folder to another path, as compose files write it.
#[must_use]
pub fn relative(folder: &str, path: &str) -> String {
    let parts = |text: &str| -> Vec<String> {
        let parts = text.split('/').filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    };
    let (from, to) = (parts(folder), parts(path));
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from.len() - common;
    let mut way: Vec<String> = if up == 0 {
        vec![".".to_owned()]
    } else {
        vec!["..".to_owned(); up]
    };
    way.extend_from_slice(&to[common..]);
    way.join("/")
}

/// `SOURCE:TARGET:OPTIONS` at its colons, those of `${NAME:-default}` excepted.
pub(super) fn mount_parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut open, mut start) = (0_u32, 0);
    for (at, c) in text.char_indices() {
        match c {
            '{' => open += 1,
            '}' => open = open.saturating_sub(1),
            ':' if open == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}
