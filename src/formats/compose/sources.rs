//! The files of a project as far as they were read: under which environment the texts of each
//! are completed, from which folder its paths count, and what was wrong in them.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::sync::Arc;

use super::environment::{Environment, Setting};
use super::error::{ComposeError, Problem};
use super::interpolate::{Expanded, expand};
use super::paths::absolute;
use crate::formats::place::Place;
use crate::formats::yaml::Node;
use crate::model::secret::Secret;

/// The most bytes that interpolation makes in one project.
const MAX_MADE: usize = 32 << 20;

/// What was read. Places in nodes name an entry of `files`; one file may have been read more
/// than once, under different scopes.
#[derive(Debug, Default)]
pub(super) struct Sources {
    pub(super) files: Vec<String>,
    /// What the caller calls each of the files.
    pub(super) numbers: Vec<u32>,
    scopes: Vec<usize>,
    known: Vec<Scope>,
    pub(super) home: Option<String>,
    /// Whether whatever is wrong ends the reading.
    pub(super) is_strict: bool,
    service: RefCell<Option<String>>,
    pub(super) troubles: RefCell<Vec<Trouble>>,
    made: Cell<usize>,
}

/// Where the texts of a file belong.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// From which its paths count.
    pub(super) folder: String,
    pub(super) environment: Arc<Environment>,
}

/// Something that Compose would refuse, or that could not be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The service that it is about, if it is one's.
    pub service: Option<String>,
    /// Where; the source is the caller's own number.
    pub place: Place,
    /// What.
    pub problem: Problem,
}

/// A text after interpolation.
#[derive(Clone, Debug)]
pub struct Text {
    /// What it says; where a variable is set nowhere, as if it were empty.
    pub value: Secret,
    /// Where that is written.
    pub place: Place,
    /// Where it stands in the compose file.
    pub entry: Place,
    /// The other statements that set variables in it, in the order of their use.
    pub via: Vec<Place>,
    /// The variables that are set nowhere.
    pub unset: Vec<String>,
    /// Where in the value each of them would stand.
    pub missing: Vec<usize>,
    /// Whether a `$` in it begins nothing that Compose knows.
    pub malformed: bool,
    pub(super) parts: Vec<(Range<usize>, Place)>,
}

impl Sources {
    pub(super) fn add_scope(&mut self, scope: Scope) -> usize {
        self.known.push(scope);
        self.known.len() - 1
    }

    /// Takes note of a file; the answer is what places in it say.
    pub(super) fn add(&mut self, name: String, number: u32, scope: usize) -> u32 {
        self.files.push(name);
        self.numbers.push(number);
        self.scopes.push(scope);
        u32::try_from(self.files.len() - 1).unwrap_or(u32::MAX)
    }

    pub(super) fn scope(&self, number: usize) -> &Scope {
        &self.known[number]
    }

    pub(super) fn scope_mut(&mut self, number: usize) -> &mut Scope {
        &mut self.known[number]
    }

    pub(super) fn scope_of(&self, place: Place) -> usize {
        let known = self.scopes.get(place.source as usize);
        known.copied().unwrap_or_default()
    }

    /// What is known of the project's variables while everything is read that is no part of an
    /// included file.
    pub(super) fn environment(&self) -> &Environment {
        &self.known[0].environment
    }

    pub(super) fn about(&self, service: Option<&str>) {
        *self.service.borrow_mut() = service.map(str::to_owned);
    }

    pub(super) fn error(&self, place: Place, problem: Problem) -> ComposeError {
        ComposeError::new(&self.files, place, problem)
    }

    /// Refuses the project, or goes on without what is wrong.
    pub(super) fn trouble(&self, place: Place, problem: Problem) -> Result<(), ComposeError> {
        if self.is_strict {
            return Err(self.error(place, problem));
        }
        let mut troubles = self.troubles.borrow_mut();
        let trouble = Trouble {
            service: self.service.borrow().clone(),
            place: self.located(place),
            problem,
        };
        if troubles.last() != Some(&trouble) {
            troubles.push(trouble);
        }
        Ok(())
    }

    /// A place as the caller counts files.
    pub(super) fn located(&self, place: Place) -> Place {
        let number = self.numbers.get(place.source as usize);
        Place {
            source: number.copied().unwrap_or(place.source),
            ..place
        }
    }

    /// A scalar after interpolation, by the variables of the file that it stands in.
    pub(super) fn text(&self, node: &Node) -> Result<Option<Text>, ComposeError> {
        let Some(raw) = node.as_text() else {
            return Ok(None);
        };
        let scope = self.scope_of(node.place);
        self.completed(raw, node.place, scope).map(Some)
    }

    pub(super) fn completed(
        &self,
        raw: &str,
        place: Place,
        scope: usize,
    ) -> Result<Text, ComposeError> {
        let entry = self.located(place);
        let mut text = Text {
            value: Secret::new(String::new()),
            place: entry,
            entry,
            via: Vec::new(),
            unset: Vec::new(),
            missing: Vec::new(),
            malformed: false,
            parts: Vec::new(),
        };
        if !raw.contains('$') {
            text.value = Secret::new(raw.to_owned());
            return Ok(text);
        }
        if self.made.get() > MAX_MADE {
            self.trouble(place, Problem::TooMuch)?;
            text.malformed = true;
            return Ok(text);
        }
        let environment = &self.known[scope].environment;
        let expanded = expand(raw, &|name| {
            let found = environment.get(name)?;
            Some(found.value.expose().to_owned())
        });
        let made = self.made.get().saturating_add(expanded.text.len());
        self.made.set(made);
        if !self.is_strict {
            self.lenient(&expanded, place)?;
        }
        for (range, name) in &expanded.replaced {
            if let Some(found) = environment.get(name) {
                self.came_from(&mut text, found, range, expanded.text.len());
            }
        }
        // Compose takes a lone `$` for text; who writes files rather asks
        text.malformed = expanded.broken || (self.is_strict && expanded.malformed);
        text.unset = expanded.unset;
        text.missing = expanded.missing;
        text.value = Secret::new(expanded.text);
        Ok(text)
    }

    fn lenient(&self, expanded: &Expanded, place: Place) -> Result<(), ComposeError> {
        let problem = if expanded.too_long {
            Problem::TooMuch
        } else if expanded.broken {
            Problem::Interpolation
        } else if expanded.required {
            Problem::Required(expanded.unset.first().cloned().unwrap_or_default())
        } else {
            return Ok(());
        };
        self.trouble(place, problem)
    }

    fn came_from(&self, text: &mut Text, found: &Setting, range: &Range<usize>, length: usize) {
        let written = self.located(found.place);
        let others = found.via.iter().map(|place| self.located(*place));
        for place in others.chain([written]) {
            if !text.via.contains(&place) && text.via.len() < MAX_VIA {
                text.via.push(place);
            }
        }
        if *range == (0..length) && length > 0 {
            text.place = written;
            text.via.retain(|place| *place != written);
        }
        text.parts.push((range.clone(), written));
    }

    /// A path, from the folder that it counts from; nothing where it cannot be told.
    pub(super) fn path(&self, node: &Node) -> Result<Option<String>, ComposeError> {
        match self.text(node)? {
            Some(text) => self.path_of(&text, node.place),
            None => Ok(None),
        }
    }

    pub(super) fn path_of(
        &self,
        text: &Text,
        place: Place,
    ) -> Result<Option<String>, ComposeError> {
        if let Some(name) = text.unset.first() {
            self.trouble(place, Problem::Unset(name.clone()))?;
            return Ok(None);
        }
        if text.malformed {
            if self.is_strict {
                self.trouble(place, Problem::Interpolation)?;
            }
            return Ok(None);
        }
        let path = text.value.expose();
        let path = match (path.strip_prefix('~'), self.home.as_deref()) {
            (Some(below), Some(home)) if below.is_empty() || below.starts_with('/') => {
                format!("{home}{below}")
            }
            (Some(_), _) => {
                let problem = if self.is_strict {
                    Problem::Shape("~".to_owned())
                } else {
                    Problem::Outside("~".to_owned())
                };
                self.trouble(place, problem)?;
                return Ok(None);
            }
            (None, _) => path.to_owned(),
        };
        let folder = &self.known[self.scope_of(place)].folder;
        Ok(Some(absolute(folder, &path)))
    }
}

/// How many statements one text tells of.
const MAX_VIA: usize = 100;
