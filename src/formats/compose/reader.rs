//! What the services of a merged project say, key by key.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::error::{ComposeError, Problem};
use super::merge;
use super::project::{EnvFile, Service, Variable};
use super::scalars;
use super::sources::{Sources, Text};
use super::words;
use crate::formats::dotenv::Dialect;
use crate::formats::yaml::{Node, Value};
use crate::model::secret::Secret;

/// A merged project that is being read.
pub(super) struct Reader<'p> {
    pub(super) sources: &'p Sources,
    pub(super) root: &'p Node,
}

impl Reader<'_> {
    pub(super) fn services(&self) -> Result<Vec<Service>, ComposeError> {
        let Some(services) = given(self.root, "services") else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for (name, node) in services.entries().unwrap_or_default() {
            let text = name.as_text().unwrap_or_default();
            self.sources.about(Some(text));
            if node.entries().is_none() {
                self.shape(node, &format!("services.{text}"))?;
                continue;
            }
            found.push(self.service(name, node)?);
        }
        self.sources.about(None);
        Ok(found)
    }

    fn service(&self, name: &Node, node: &Arc<Node>) -> Result<Service, ComposeError> {
        let volumes_from = given(node, "volumes_from");
        if let (Some(from), true) = (volumes_from, self.sources.is_strict) {
            let problem = Problem::Unfollowed("volumes_from");
            self.sources.trouble(from.place, problem)?;
        }
        let environment = given(node, "environment");
        let mut grants = self.grants(node, "secrets")?;
        grants.extend(self.grants(node, "configs")?);
        let build = given(node, "build");
        Ok(Service {
            name: name.as_text().unwrap_or_default().to_owned(),
            place: self.sources.located(name.place),
            environment: self.variables(node, "environment")?,
            environment_is_list: environment.is_some_and(|node| merge::is_listed(node)),
            env_files: self.env_files(node)?,
            mounts: self.mounts(node)?,
            grants,
            image: self.text_at(node, "image")?,
            is_built: build.is_some(),
            build_arguments: build.map_or(Ok(Vec::new()), |build| self.variables(build, "args"))?,
            entrypoint: self.command(node, "entrypoint")?,
            command: self.command(node, "command")?,
            labels: self.variables(node, "labels")?,
            profiles: self.texts(node, "profiles")?,
            volumes_from: self.texts(node, "volumes_from")?,
            ports: self.ports(node)?,
            network_mode: self.text_at(node, "network_mode")?,
            names: self.names(node)?,
            reaches_beyond: self.reaches_beyond(node),
            node: Arc::clone(node),
        })
    }

    fn variables(&self, service: &Node, key: &str) -> Result<Vec<Variable>, ComposeError> {
        let Some(node) = given(service, key) else {
            return Ok(Vec::new());
        };
        let items = node.items().unwrap_or_default();
        if node.scalar().is_some() || items.iter().any(|item| item.scalar().is_none()) {
            self.shape(node, key)?;
        }
        let mut found = Vec::new();
        for (name, value) in merge::variables(node, self.sources) {
            if value.scalar().is_some() {
                // only the environment is completed where it stands
                let is_listed = key == "environment" && merge::is_listed(node);
                found.push(self.variable(&name, &value, is_listed)?);
            } else {
                self.shape(&value, key)?;
            }
        }
        Ok(found)
    }

    fn variable(
        &self,
        name: &Node,
        node: &Arc<Node>,
        is_listed: bool,
    ) -> Result<Variable, ComposeError> {
        let name_text = name.as_text().unwrap_or_default().to_owned();
        let mut text = self.sources.text(node)?;
        if node.is_null() {
            text = self.passed_on(&name_text, name, is_listed);
        } else if let (Some(text), Some(scalar)) = (&mut text, node.scalar())
            && !scalar.text.contains('$')
        {
            text.value = Secret::new(scalars::text(scalar));
        }
        let is_known =
            |text: &&Text| self.sources.is_strict || (text.unset.is_empty() && !text.malformed);
        Ok(Variable {
            value: text
                .as_ref()
                .filter(is_known)
                .map(|text| text.value.clone()),
            text,
            name: name_text,
            place: self.sources.located(name.place),
            node: Arc::clone(node),
        })
    }

    /// A name alone: the value is the project's. In a list Compose looks it up where it
    /// stands, in a mapping at the very end.
    fn passed_on(&self, variable: &str, name: &Node, is_listed: bool) -> Option<Text> {
        let environment = match is_listed {
            true => {
                &self
                    .sources
                    .scope(self.sources.scope_of(name.place))
                    .environment
            }
            false => self.sources.environment(),
        };
        let found = environment.get(variable)?;
        let located = |place| self.sources.located(place);
        Some(Text {
            value: found.value.clone(),
            place: located(found.place),
            entry: located(name.place),
            via: found.via.iter().copied().map(located).collect(),
            unset: Vec::new(),
            missing: Vec::new(),
            malformed: false,
            parts: Vec::new(),
        })
    }

    fn env_files(&self, service: &Node) -> Result<Vec<EnvFile>, ComposeError> {
        let Some(node) = given(service, "env_file") else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        let items = node.items().unwrap_or(std::slice::from_ref(node));
        for item in &self.each_once(items)? {
            let path = item.get("path").unwrap_or(item);
            if path.scalar().is_none() {
                self.shape(item, "env_file")?;
                continue;
            }
            let required = self.text_at(item, "required")?;
            let format = match self.text_at(item, "format")?.as_ref().map(said) {
                None | Some("") => Dialect::Compose,
                Some("raw") => Dialect::ComposeRaw,
                Some(_) => {
                    self.shape(item, "env_file")?;
                    continue;
                }
            };
            let Some(absolute) = self.sources.path(path)? else {
                continue;
            };
            found.push(EnvFile {
                path: absolute,
                format,
                required: required.as_ref().map(said) != Some("false"),
                place: self.sources.located(path.place),
                node: Arc::clone(item),
            });
        }
        Ok(found)
    }

    /// A file that is named again takes its new entry to its old place.
    fn each_once(&self, items: &[Arc<Node>]) -> Result<Vec<Arc<Node>>, ComposeError> {
        if self.sources.is_strict {
            return Ok(items.to_vec());
        }
        let mut kept: Vec<Arc<Node>> = Vec::new();
        let mut known: HashMap<(usize, String), usize> = HashMap::new();
        for item in items {
            let path = item.get("path").unwrap_or(item);
            let text = self.sources.text(path)?;
            let text = text.map_or_else(String::new, |text| said(&text).to_owned());
            let key = (self.sources.scope_of(path.place), text);
            let at = *known.entry(key).or_insert(kept.len());
            match kept.get_mut(at) {
                Some(old) => *old = Arc::clone(item),
                None => kept.push(Arc::clone(item)),
            }
        }
        Ok(kept)
    }

    /// Its words, the shell form split; nothing where it is not given.
    fn command(&self, service: &Node, key: &str) -> Result<Option<Vec<Text>>, ComposeError> {
        let Some(node) = given(service, key) else {
            return Ok(None);
        };
        if self.sources.is_strict {
            return Ok(None);
        }
        if node.scalar().is_none() {
            return self.texts(service, key).map(Some);
        }
        let Some(text) = self.sources.text(node)? else {
            return Ok(None);
        };
        let Some(words) = words::split(text.value.expose()) else {
            self.sources.trouble(node.place, Problem::Words)?;
            return Ok(None);
        };
        let word = |(word, range): words::Word| word_of(&text, word, range);
        Ok(Some(words.into_iter().map(word).collect()))
    }

    /// One text or a list of them.
    fn texts(&self, node: &Node, key: &str) -> Result<Vec<Text>, ComposeError> {
        let Some(node) = given(node, key) else {
            return Ok(Vec::new());
        };
        if self.sources.is_strict {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for item in node.items().unwrap_or(std::slice::from_ref(node)) {
            match self.sources.text(item)? {
                Some(text) => found.push(text),
                None => self.shape(item, key)?,
            }
        }
        Ok(found)
    }

    pub(super) fn text_at(&self, node: &Node, key: &str) -> Result<Option<Text>, ComposeError> {
        match given(node, key) {
            Some(value) if matches!(value.value, Value::Scalar(_)) => self.sources.text(value),
            Some(value) if !self.sources.is_strict => self.shape(value, key).map(|()| None),
            _ => Ok(None),
        }
    }

    pub(super) fn shape(&self, at: &Node, what: &str) -> Result<(), ComposeError> {
        let problem = Problem::Shape(what.to_owned());
        self.sources.trouble(at.place, problem)
    }
}

pub(super) fn said(text: &Text) -> &str {
    text.value.expose()
}

/// A key's value, unless it is null.
pub(super) fn given<'n>(node: &'n Node, key: &str) -> Option<&'n Arc<Node>> {
    node.get(key).filter(|value| !value.is_null())
}

/// A word of a command line. Which word an empty variable stood in is not known: each may be
/// another one then.
fn word_of(line: &Text, word: String, range: Option<Range<usize>>) -> Text {
    let mut text = Text {
        value: Secret::new(word),
        place: line.entry,
        entry: line.entry,
        via: Vec::new(),
        unset: line.unset.first().cloned().into_iter().collect(),
        missing: Vec::new(),
        malformed: line.malformed,
        parts: Vec::new(),
    };
    let Some(range) = range else {
        text.via.clone_from(&line.via);
        return text;
    };
    let first = line
        .parts
        .partition_point(|(part, _)| part.start < range.start);
    for (part, place) in line.parts[first..]
        .iter()
        .take_while(|(part, _)| part.end <= range.end)
    {
        if *part == range {
            text.place = *place;
        } else {
            text.via.push(*place);
        }
    }
    text
}
