//! From files to one model, as Compose goes about it: each file's merge keys, its `extends`,
//! its `include`, then on top of the files before.

use std::collections::HashMap;
use std::sync::Arc;

use super::error::{ComposeError, Problem};
use super::merge::{self, Entries};
use super::merge_keys::without_merge_keys;
use super::sources::Sources;
use super::supply::{Absent, Supply};
use crate::formats::place::Place;
use crate::formats::yaml::{self, Node, Value};

/// How many files one project may be made of, each counted as often as it is included.
const MAX_FILES: usize = 1_000;
/// How many bytes they may have together.
const MAX_BYTES: usize = 64 << 20;

/// The documents of a file.
pub(super) type Documents = Arc<Vec<Arc<Node>>>;

/// A mapping of services, and its services by name.
type Named = (Arc<Node>, HashMap<String, Arc<Node>>);

/// A project that is being read.
pub(super) struct Loader<'s> {
    pub(super) sources: Sources,
    pub(super) supply: Option<&'s dyn Supply>,
    /// By path and scope.
    opened: HashMap<(String, usize), Option<Documents>>,
    /// What services become with what they extend; by the mapping that they stand in.
    pub(super) extended: HashMap<(usize, String), (Arc<Node>, Arc<Node>)>,
    /// The services of files that `extends` names, by path and the scope that names them.
    pub(super) foreign: HashMap<(String, usize), Option<Arc<Node>>>,
    /// The services of a mapping by name, and the mapping, so that nothing else takes its place.
    named: HashMap<usize, Named>,
    /// How many nodes `extends` made.
    pub(super) made: u64,
    files: usize,
    bytes: usize,
}

impl<'s> Loader<'s> {
    pub(super) fn new(sources: Sources, supply: Option<&'s dyn Supply>) -> Loader<'s> {
        Loader {
            sources,
            supply,
            opened: HashMap::new(),
            extended: HashMap::new(),
            foreign: HashMap::new(),
            named: HashMap::new(),
            made: 0,
            files: 0,
            bytes: 0,
        }
    }

    /// The service with this name.
    pub(super) fn named(&mut self, services: &Arc<Node>, name: &str) -> Option<Arc<Node>> {
        let key = Arc::as_ptr(services) as usize;
        let (_, named) = self.named.entry(key).or_insert_with(|| {
            let entries = services.entries().unwrap_or_default().iter();
            let named = entries
                .filter_map(|(name, node)| Some((name.as_text()?.to_owned(), Arc::clone(node))));
            (Arc::clone(services), named.collect())
        });
        named.get(name).cloned()
    }

    /// The documents of a file that is already among the sources, merge keys written out.
    pub(super) fn parse(&mut self, bytes: &[u8], file: u32) -> Result<Documents, ComposeError> {
        let documents = match yaml::read(bytes, file) {
            Ok(documents) => documents,
            Err(error) => {
                self.sources
                    .trouble(error.place, Problem::Yaml(error.problem))?;
                return Ok(Arc::default());
            }
        };
        let is_one = documents.len() == 1;
        if documents.is_empty() || (self.sources.is_strict && !is_one) {
            self.sources.trouble(Place::top(file), Problem::Documents)?;
        }
        let mut written = Vec::new();
        for document in &documents {
            let document = without_merge_keys(document, &self.sources)?;
            if document.entries().is_none() {
                let problem = Problem::Shape("a compose file".to_owned());
                self.sources.trouble(document.place, problem)?;
                continue;
            }
            written.push(document);
        }
        Ok(Arc::new(written))
    }

    /// The documents of a file that another one names at `place`.
    pub(super) fn open(
        &mut self,
        path: &str,
        place: Place,
        scope: usize,
    ) -> Result<Option<Documents>, ComposeError> {
        let key = (path.to_owned(), scope);
        if let Some(known) = self.opened.get(&key) {
            return Ok(known.clone());
        }
        let documents = match self.supplied(path, place)? {
            None => None,
            Some(file) => {
                let bytes = (*file.bytes).as_ref();
                self.files += 1;
                self.bytes += bytes.len();
                if self.files > MAX_FILES || self.bytes > MAX_BYTES {
                    self.sources.trouble(place, Problem::TooMuch)?;
                    None
                } else {
                    let number = self.sources.add(file.name, file.source, scope);
                    Some(self.parse(bytes, number)?)
                }
            }
        };
        self.opened.insert(key, documents.clone());
        Ok(documents)
    }

    pub(super) fn supplied(
        &self,
        path: &str,
        place: Place,
    ) -> Result<Option<super::supply::Supplied>, ComposeError> {
        let found = self
            .supply
            .map_or(Err(Absent::Outside), |all| all.file(path));
        let problem = match found {
            Ok(file) => return Ok(Some(file)),
            Err(Absent::Missing) => Problem::NoFile(path.to_owned()),
            Err(Absent::Outside) => Problem::Outside(path.to_owned()),
            Err(Absent::Unreadable) => Problem::Unreadable(path.to_owned()),
        };
        self.sources.trouble(place, problem)?;
        Ok(None)
    }

    /// What the documents say, each on top of those before. `above` are the files that led here.
    pub(super) fn model(
        &mut self,
        documents: &[Arc<Node>],
        above: &[String],
    ) -> Result<Option<Arc<Node>>, ComposeError> {
        let mut root: Option<Arc<Node>> = None;
        for document in documents {
            let mut document = Arc::clone(document);
            let services = document.get("services");
            if let (Some(node), false) = (services, self.sources.is_strict)
                && node.is_null()
            {
                let problem = Problem::Shape("services".to_owned());
                self.sources.trouble(node.place, problem)?;
            }
            if let Some(services) = section(&document, "services") {
                let services = self.extended_services(&services)?;
                document = with(&document, "services", services);
            }
            if let Some(include) = document.get("include").cloned() {
                document = self.included(&document, &include, above)?;
            }
            root = Some(match root {
                None => merge::settled(&document),
                Some(base) => merge::merged(&base, &document, &self.sources),
            });
        }
        Ok(root)
    }
}

/// A key's value, if there is one.
pub(super) fn section(document: &Node, key: &str) -> Option<Arc<Node>> {
    let value = document.get(key).filter(|value| !value.is_null());
    value.cloned()
}

/// A mapping with another value for a key.
pub(super) fn with(node: &Node, key: &str, value: Arc<Node>) -> Arc<Node> {
    let mut entries: Entries = node.entries().unwrap_or_default().to_vec();
    let mut known = entries.iter_mut();
    match known.find(|(name, _)| name.as_text() == Some(key)) {
        Some((_, old)) => *old = value,
        None => entries.push((Arc::new(Node::text(key, value.place)), value)),
    }
    merge::mapping(entries, node)
}

/// A mapping without a key.
pub(super) fn without(node: &Node, key: &str) -> Arc<Node> {
    let entries = node.entries().unwrap_or_default().iter();
    let kept = entries.filter(|(name, _)| name.as_text() != Some(key));
    Arc::new(Node::new(
        Value::Mapping(kept.cloned().collect()),
        node.tag.clone(),
        node.place,
    ))
}
