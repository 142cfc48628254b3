//! `include`: other projects as part of this one, with a folder and variables of their own.

use std::collections::HashMap;
use std::sync::Arc;

use super::environment::Environment;
use super::error::{ComposeError, Problem};
use super::loader::{Loader, section, with, without};
use super::merge::{Entries, Path, joined, mapping};
use super::paths::{absolute, folder_of};
use super::sources::Scope;
use crate::formats::yaml::{Node, Value};

/// How deep projects may include each other.
const MAX_DEPTH: usize = 50;
/// What is taken over of an included project.
const SECTIONS: [&str; 4] = ["services", "volumes", "secrets", "configs"];

impl Loader<'_> {
    /// A document with what it includes.
    pub(super) fn included(
        &mut self,
        document: &Arc<Node>,
        include: &Arc<Node>,
        above: &[String],
    ) -> Result<Arc<Node>, ComposeError> {
        if self.supply.is_none() {
            let problem = Problem::Unfollowed("include");
            self.sources.trouble(include.place, problem)?;
        }
        let mut whole = without(document, "include");
        if include.is_null() {
            return Ok(whole);
        }
        let Some(items) = include.items() else {
            let problem = Problem::Shape("include".to_owned());
            self.sources.trouble(include.place, problem)?;
            return Ok(whole);
        };
        for item in items {
            if let Some(model) = self.include(item, above)? {
                whole = self.taken_over(whole, &model)?;
            }
        }
        Ok(whole)
    }

    fn include(
        &mut self,
        item: &Arc<Node>,
        above: &[String],
    ) -> Result<Option<Arc<Node>>, ComposeError> {
        let here = self.sources.scope_of(item.place);
        let mut paths = Vec::new();
        for node in several(item.get("path").unwrap_or(item)) {
            match self.sources.path(&node)? {
                Some(path) => paths.push((path, node.place)),
                None if node.scalar().is_some() => {}
                None => {
                    let problem = Problem::Shape("include".to_owned());
                    self.sources.trouble(node.place, problem)?;
                }
            }
        }
        let Some((main, place)) = paths.first().cloned() else {
            return Ok(None);
        };
        if above.contains(&main) || above.len() >= MAX_DEPTH {
            self.sources.trouble(place, Problem::Cycle(main))?;
            return Ok(None);
        }
        let folder = match item.get("project_directory") {
            Some(node) => self.sources.path(node)?,
            None => Some(folder_of(&main).to_owned()),
        };
        let folder = folder.unwrap_or_else(|| folder_of(&main).to_owned());
        let outer = Arc::clone(&self.sources.scope(here).environment);
        let scope = self.sources.add_scope(Scope {
            folder: folder.clone(),
            environment: outer,
        });
        self.variables_of(item, here, scope, &folder)?;
        let mut documents = Vec::new();
        for (path, place) in paths {
            let opened = self.open(&path, place, scope)?;
            documents.extend(opened.iter().flat_map(|all| all.iter().cloned()));
        }
        let mut above = above.to_vec();
        above.push(main);
        self.model(&documents, &above)
    }

    /// Its own variables: those known outside win.
    fn variables_of(
        &mut self,
        item: &Node,
        here: usize,
        scope: usize,
        folder: &str,
    ) -> Result<(), ComposeError> {
        let mut files = Vec::new();
        match item.get("env_file").filter(|node| !node.is_null()) {
            Some(node) => {
                for node in several(node) {
                    let path = self.sources.path(&node)?;
                    let path = path.filter(|path| path != "/dev/null");
                    let found = match path {
                        Some(path) => self.supplied(&path, node.place)?,
                        None => None,
                    };
                    files.extend(found);
                }
            }
            None => {
                let path = absolute(folder, ".env");
                files.extend(self.supply.and_then(|all| all.file(&path).ok()));
            }
        }
        let mut own = Environment::default();
        for file in files {
            let number = self.sources.add(file.name, file.source, scope);
            let outer = Arc::clone(&self.sources.scope(here).environment);
            let read = own.read((*file.bytes).as_ref(), number, &outer);
            if let Some((place, _)) = read.troubles.last().filter(|_| read.refused) {
                self.sources.trouble(*place, Problem::EnvFile)?;
            }
        }
        let known = &mut self.sources.scope_mut(scope).environment;
        Arc::make_mut(known).add_missing(&own);
        Ok(())
    }

    fn taken_over(&mut self, whole: Arc<Node>, model: &Node) -> Result<Arc<Node>, ComposeError> {
        let mut whole = whole;
        for key in SECTIONS {
            let Some(theirs) = section(model, key) else {
                continue;
            };
            let ours = section(&whole, key);
            let empty = || Arc::new(Node::new(Value::Mapping(Vec::new()), None, theirs.place));
            let ours = ours.unwrap_or_else(empty);
            let mut entries: Entries = ours.entries().unwrap_or_default().to_vec();
            let known = ours.entries().unwrap_or_default().iter();
            let known: HashMap<&str, usize> = known
                .enumerate()
                .filter_map(|(at, (name, _))| Some((name.as_text()?, at)))
                .collect();
            for (name, node) in theirs.entries().unwrap_or_default() {
                let text = name.as_text().unwrap_or_default();
                let Some(at) = known.get(text).copied() else {
                    entries.push((Arc::clone(name), Arc::clone(node)));
                    continue;
                };
                let own = Arc::clone(&entries[at].1);
                if !is_same(&own, node) {
                    // later versions of Compose put the one on top of the other
                    let problem = Problem::Conflict(format!("{key}.{text}"));
                    self.sources.trouble(own.place, problem)?;
                    let path = Path::root().of(key).of(text);
                    entries[at].1 = joined(node, &own, path, &self.sources);
                }
            }
            whole = with(&whole, key, mapping(entries, &ours));
        }
        Ok(whole)
    }
}

/// One text, or several.
fn several(node: &Arc<Node>) -> Vec<Arc<Node>> {
    node.items()
        .map_or_else(|| vec![Arc::clone(node)], <[_]>::to_vec)
}

/// Whether two nodes say the same, wherever they stand.
fn is_same(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Scalar(one), Value::Scalar(other)) => one.text == other.text,
        (Value::Sequence(one), Value::Sequence(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(a, b)| is_same(a, b))
        }
        (Value::Mapping(one), Value::Mapping(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|((a, x), (b, y))| is_same(a, b) && is_same(x, y))
        }
        _ => false,
    }
}
