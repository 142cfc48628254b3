//! `extends`: a service on top of another one, of its own file or of a further one, whose
//! paths count from where that one lies.

use std::sync::Arc;

use super::error::{ComposeError, Problem};
use super::loader::{Loader, section, without};
use super::merge::{self, Entries, Path, joined, mapping};
use super::paths::folder_of;
use super::sources::Scope;
use crate::formats::place::Place;
use crate::formats::yaml::{self, Node, Value};

/// How many services may extend each other in a row.
const MAX_EXTENDS: usize = 50;

/// How many nodes services may take over from each other.
const MAX_MADE: u64 = yaml::MAX_NODES / 2;

/// Which services led to the one that is looked at, by the mapping that they stand in.
type Chain = Vec<(usize, String)>;

impl Loader<'_> {
    /// The services of one document, with what they extend.
    pub(super) fn extended_services(
        &mut self,
        services: &Arc<Node>,
    ) -> Result<Arc<Node>, ComposeError> {
        let Some(entries) = services.entries() else {
            let problem = Problem::Shape("services".to_owned());
            self.sources.trouble(services.place, problem)?;
            return Ok(Arc::new(Node::new(
                Value::Mapping(Vec::new()),
                None,
                services.place,
            )));
        };
        let mut written: Entries = Vec::with_capacity(entries.len());
        for (name, service) in entries {
            let text = name.as_text().unwrap_or_default();
            self.sources.about(Some(text));
            let service = self.extended(services, text, service, &mut Vec::new())?;
            written.push((Arc::clone(name), service));
        }
        self.sources.about(None);
        Ok(mapping(written, services))
    }

    fn extended(
        &mut self,
        services: &Arc<Node>,
        name: &str,
        service: &Arc<Node>,
        chain: &mut Chain,
    ) -> Result<Arc<Node>, ComposeError> {
        let Some(extends) = section(service, "extends") else {
            return Ok(Arc::clone(service));
        };
        let key = (Arc::as_ptr(services) as usize, name.to_owned());
        if let Some((_, known)) = self.extended.get(&key) {
            return Ok(Arc::clone(known));
        }
        let own = without(service, "extends");
        if chain.contains(&key) || chain.len() >= MAX_EXTENDS {
            self.sources.trouble(extends.place, Problem::Extends)?;
            return Ok(own);
        }
        chain.push(key.clone());
        let base = self.base(services, &extends, chain)?;
        chain.pop();
        let whole = match base {
            None => own,
            Some(base) => self.on_top(&base, own, name, extends.place)?,
        };
        let kept = (Arc::clone(services), Arc::clone(&whole));
        self.extended.insert(key, kept);
        Ok(whole)
    }

    fn on_top(
        &mut self,
        base: &Arc<Node>,
        own: Arc<Node>,
        name: &str,
        place: Place,
    ) -> Result<Arc<Node>, ComposeError> {
        self.made = self.made.saturating_add(base.size());
        if self.made > MAX_MADE {
            self.sources.trouble(place, Problem::TooMuch)?;
            return Ok(own);
        }
        let path = Path::root().of("services").of(name);
        Ok(joined(base, &own, path, &self.sources))
    }

    /// The service that is extended, with what it extends itself.
    fn base(
        &mut self,
        services: &Arc<Node>,
        extends: &Arc<Node>,
        chain: &mut Chain,
    ) -> Result<Option<Arc<Node>>, ComposeError> {
        let file = extends.get("file").filter(|file| !file.is_null()).cloned();
        let services = match &file {
            Some(file) => self.services_of(file, extends.place)?,
            None => Some(Arc::clone(services)),
        };
        let Some(services) = services else {
            return Ok(None);
        };
        let name = extends.get("service").unwrap_or(extends);
        let name = self.sources.text(name)?;
        let name = name.as_ref().map(|name| name.value.expose());
        let found = name.and_then(|name| Some((name, self.named(&services, name)?)));
        let Some((name, service)) = found else {
            self.sources.trouble(extends.place, Problem::Extends)?;
            return Ok(None);
        };
        if service.is_null() {
            return Ok(None);
        }
        self.extended(&services, name, &service, chain).map(Some)
    }

    /// The services of another file; its texts are completed as here.
    fn services_of(
        &mut self,
        file: &Arc<Node>,
        place: Place,
    ) -> Result<Option<Arc<Node>>, ComposeError> {
        if self.supply.is_none() {
            let problem = Problem::Unfollowed("extends: file");
            return self.sources.trouble(place, problem).map(|()| None);
        }
        let Some(path) = self.sources.path(file)? else {
            return Ok(None);
        };
        let here = self.sources.scope_of(file.place);
        if let Some(known) = self.foreign.get(&(path.clone(), here)) {
            return Ok(known.clone());
        }
        let scope = Scope {
            folder: folder_of(&path).to_owned(),
            environment: Arc::clone(&self.sources.scope(here).environment),
        };
        let scope = self.sources.add_scope(scope);
        let services = match self.open(&path, file.place, scope)? {
            None => None,
            Some(documents) => {
                let mut root: Option<Arc<Node>> = None;
                for document in documents.iter() {
                    root = Some(match root {
                        None => merge::settled(document),
                        Some(base) => merge::merged(&base, document, &self.sources),
                    });
                }
                root.and_then(|root| section(&root, "services"))
            }
        };
        self.foreign.insert((path, here), services.clone());
        Ok(services)
    }
}
