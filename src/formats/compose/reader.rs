//! What the services of a merged project say, key by key.

use std::sync::Arc;

use super::error::{ComposeError, Problem};
use super::merge;
use super::paths::{absolute, mount_parts};
use super::project::{Content, EnvFile, Grant, Mount, Project, Service, Variable};
use crate::formats::dotenv::Dialect;
use crate::formats::yaml::Node;
use crate::model::secret::Secret;

/// A merged project that is being read.
pub(super) struct Reader<'p> {
    pub(super) project: &'p Project,
    pub(super) root: &'p Node,
    pub(super) folder: &'p str,
    pub(super) home: Option<&'p str>,
}

impl Reader<'_> {
    pub(super) fn services(&self) -> Result<Vec<Service>, ComposeError> {
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
                None => Dialect::Compose,
                Some("raw") => Dialect::ComposeRaw,
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
