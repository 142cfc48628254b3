//! What a service sees of the host and of the project: `volumes`, `tmpfs`, `secrets`,
//! `configs`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::error::{ComposeError, Problem};
use super::merge;
use super::paths::{in_container, is_path, mount_parts};
use super::project::{Content, Grant, Mount, Volume};
use super::reader::{Reader, given, said};
use super::sources::Text;
use crate::formats::yaml::Node;

impl Reader<'_> {
    pub(super) fn mounts(&self, service: &Node) -> Result<Vec<Mount>, ComposeError> {
        let mut found = Vec::new();
        if let Some(node) = given(service, "volumes") {
            let Some(items) = node.items() else {
                self.shape(node, "volumes")?;
                return Ok(found);
            };
            let items = match self.sources.is_strict {
                true => items.to_vec(),
                false => merge::by_target(items, "", self.sources),
            };
            for item in &items {
                found.extend(self.mount(item)?);
            }
        }
        if let (Some(node), false) = (given(service, "tmpfs"), self.sources.is_strict) {
            for item in node.items().unwrap_or(std::slice::from_ref(node)) {
                if let Some(target) = self.known(item)? {
                    let target = target.value.expose().split(':').next().unwrap_or_default();
                    found.push(self.at(item, item, target, None, Volume::Temporary));
                }
            }
        }
        if !self.sources.is_strict {
            self.ensure_distinct(&found)?;
        }
        Ok(found)
    }

    /// Two mounts in one place are none to Compose.
    fn ensure_distinct(&self, mounts: &[Mount]) -> Result<(), ComposeError> {
        let mut known = BTreeSet::new();
        for mount in mounts {
            if !known.insert(&mount.target) {
                let problem = Problem::Repeated(mount.target.clone());
                self.sources.trouble(mount.node.place, problem)?;
            }
        }
        Ok(())
    }

    fn at(
        &self,
        item: &Arc<Node>,
        source: &Node,
        target: &str,
        host: Option<String>,
        volume: Volume,
    ) -> Mount {
        Mount {
            host,
            target: in_container(target),
            volume,
            place: self.sources.located(source.place),
            node: Arc::clone(item),
        }
    }

    fn mount(&self, item: &Arc<Node>) -> Result<Option<Mount>, ComposeError> {
        if item.scalar().is_some() {
            return self.short_mount(item);
        }
        let (Some(target), true) = (given(item, "target"), item.entries().is_some()) else {
            self.shape(item, "volumes")?;
            return Ok(None);
        };
        let Some(target) = self.known(target)? else {
            return Ok(None);
        };
        let kind = self.text_at(item, "type")?;
        let kind = kind.as_ref().map_or("volume", said);
        let source = given(item, "source");
        let (host, volume) = match (kind, source) {
            ("bind", Some(source)) => (self.sources.path(source)?, Volume::Bind),
            ("tmpfs", _) => (None, Volume::Temporary),
            ("volume", Some(source)) => match self.known(source)? {
                Some(text) if is_path(said(&text)) => {
                    (self.sources.path_of(&text, source.place)?, Volume::Bind)
                }
                Some(text) => (
                    self.device(item, &text)?,
                    Volume::Named(said(&text).to_owned()),
                ),
                None => (None, Volume::Bind),
            },
            _ => (None, Volume::Other),
        };
        let host = self.below(item, host)?;
        let source = source.map_or(item, |source| source);
        Ok(Some(self.at(item, source, said(&target), host, volume)))
    }

    /// The part of a volume that is mounted.
    fn below(&self, item: &Node, host: Option<String>) -> Result<Option<String>, ComposeError> {
        let options = given(item, "volume");
        let below = options.map_or(Ok(None), |options| self.text_at(options, "subpath"))?;
        Ok(match (host, below) {
            (Some(host), Some(below)) => Some(super::paths::absolute(&host, said(&below))),
            (host, _) => host,
        })
    }

    fn short_mount(&self, item: &Arc<Node>) -> Result<Option<Mount>, ComposeError> {
        let Some(text) = self.known(item)? else {
            return Ok(None);
        };
        let parts = mount_parts(said(&text));
        let [source, target, ..] = parts.as_slice() else {
            return Ok(Some(self.at(item, item, said(&text), None, Volume::Other)));
        };
        let source = Text {
            value: crate::model::secret::Secret::new((*source).to_owned()),
            ..text.clone()
        };
        let (host, volume) = if is_path(said(&source)) {
            (self.sources.path_of(&source, item.place)?, Volume::Bind)
        } else {
            (
                self.device(item, &source)?,
                Volume::Named(said(&source).to_owned()),
            )
        };
        Ok(Some(self.at(item, item, target, host, volume)))
    }

    /// The path on the host that a named volume is, if it is one.
    fn device(&self, item: &Node, name: &Text) -> Result<Option<String>, ComposeError> {
        let volume = given(self.root, "volumes").and_then(|all| all.get(said(name)));
        if volume.is_none() && !self.sources.is_strict {
            let problem = Problem::Undeclared(format!("volumes.{}", said(name)));
            self.sources.trouble(item.place, problem)?;
        }
        let Some(options) = volume.and_then(|volume| given(volume, "driver_opts")) else {
            return Ok(None);
        };
        let flags = self.text_at(options, "o")?;
        let flags = flags.as_ref().map_or("", said);
        let is_bind = flags
            .split(',')
            .any(|flag| flag == "bind" || flag == "rbind");
        match given(options, "device").filter(|_| is_bind) {
            Some(device) => self.sources.path(device),
            None => Ok(None),
        }
    }

    pub(super) fn grants(
        &self,
        service: &Node,
        section: &'static str,
    ) -> Result<Vec<Grant>, ComposeError> {
        let Some(node) = given(service, section) else {
            return Ok(Vec::new());
        };
        let Some(items) = node.items() else {
            self.shape(node, section)?;
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for item in items {
            let source = item.get("source").unwrap_or(item);
            let Some(name) = self.sources.text(source)? else {
                self.shape(item, section)?;
                continue;
            };
            found.push(self.grant(item, section, &name)?);
        }
        Ok(found)
    }

    fn grant(
        &self,
        item: &Arc<Node>,
        section: &'static str,
        name: &Text,
    ) -> Result<Grant, ComposeError> {
        let declared = given(self.root, section).and_then(|all| all.get(said(name)));
        if declared.is_none() && !self.sources.is_strict {
            let problem = Problem::Undeclared(format!("{section}.{}", said(name)));
            self.sources.trouble(item.place, problem)?;
        }
        let target = self.text_at(item, "target")?;
        let target = target.as_ref().map_or(said(name), said);
        let target = match (section, target.starts_with('/')) {
            (_, true) => target.to_owned(),
            ("secrets", false) => format!("/run/secrets/{target}"),
            (_, false) => format!("/{target}"),
        };
        Ok(Grant {
            section,
            content: declared.map_or(Ok(Content::External), |node| self.content(node))?,
            target: in_container(&target),
            declared: declared.map(|node| self.sources.located(node.place)),
            place: name.entry,
            node: Arc::clone(item),
        })
    }

    fn content(&self, node: &Node) -> Result<Content, ComposeError> {
        if let Some(file) = given(node, "file") {
            let path = self.sources.path(file)?;
            return Ok(path.map_or(Content::External, Content::File));
        }
        if let Some(variable) = self.text_at(node, "environment")? {
            let name = said(&variable).to_owned();
            let scope = self.sources.scope_of(node.place);
            let found = self.sources.scope(scope).environment.get(&name);
            let place = found.map(|found| self.sources.located(found.place));
            let value = found.map(|found| found.value.clone());
            return Ok(Content::Environment(name, value, place));
        }
        Ok(match self.text_at(node, "content")? {
            Some(content) => {
                Content::Inline(content.value.clone(), content.place, content.via.clone())
            }
            None => Content::External,
        })
    }

    /// The text, where all of its variables are set.
    fn known(&self, node: &Node) -> Result<Option<Text>, ComposeError> {
        let Some(text) = self.sources.text(node)? else {
            self.shape(node, "a path")?;
            return Ok(None);
        };
        if let Some(name) = text.unset.first() {
            self.sources
                .trouble(node.place, Problem::Unset(name.clone()))?;
            return Ok(None);
        }
        if text.malformed {
            if self.sources.is_strict {
                self.sources.trouble(node.place, Problem::Interpolation)?;
            }
            return Ok(None);
        }
        Ok(Some(text))
    }
}
