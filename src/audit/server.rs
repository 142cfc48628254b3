//! What a Redis ends with: every directive of its configuration, what that includes, and its
//! command line over them, with the place of each.

use super::contents::Library;
use super::options::{bytes_of, included, of_argument, program, readable, words_of};
use super::process::{Content, GapKind, Process, Readable, Said};
use crate::formats::command_line;
use crate::formats::place::Place;
use crate::formats::redis_conf::{self, DEFAULT_USER, DefaultUser};
use crate::model::secret::Secret;

/// A Redis, Valkey or Sentinel as it is told to run.
#[derive(Debug)]
pub struct Redis {
    /// In the order in which they take effect: of most, the last one wins.
    pub directives: Vec<Told>,
    /// Whether everything that it is told could be read.
    pub is_complete: bool,
    /// Whether it is a Sentinel.
    pub is_sentinel: bool,
    /// What the file that `aclfile` names makes of the user `default`, where it could be read.
    pub user_of_file: Option<DefaultUser>,
    /// Where its configuration is named, or its command line stands.
    pub place: Place,
}

/// A directive and where it is said.
#[derive(Clone, Debug)]
pub struct Told {
    /// In lower case.
    pub name: String,
    /// Its arguments; may be secret.
    pub arguments: Vec<Secret>,
    /// Where its first argument is written, else its line.
    pub place: Place,
    /// The way from the process to it.
    pub said: Vec<Said>,
    /// Whether part of it is put in by something that the files do not say.
    pub is_open: bool,
}

impl Redis {
    /// The last directive of that name, unless part of it is unknown.
    #[must_use]
    pub fn last(&self, name: &str) -> Option<&Told> {
        self.directives.iter().rev().find(|told| told.name == name)
    }

    /// The first argument of the last directive of that name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        let first = self.last(name)?.arguments.first()?;
        Some(first.expose())
    }

    /// The port on which it speaks in clear; 0 for none. `None` where it cannot be told.
    #[must_use]
    pub fn plain_port(&self) -> Option<u16> {
        self.port("port", 6379)
    }

    /// The port on which it speaks TLS; 0 for none.
    #[must_use]
    pub fn tls_port(&self) -> Option<u16> {
        self.port("tls-port", 0)
    }

    fn port(&self, name: &str, otherwise: u16) -> Option<u16> {
        match self.last(name) {
            Some(told) if told.is_open => None,
            Some(told) => told.arguments.first()?.expose().parse().ok(),
            None if self.is_complete => Some(otherwise),
            None => None,
        }
    }

    /// Whether a client must show a certificate: `tls-auth-clients`, which is `yes` unless told.
    #[must_use]
    pub fn asks_for_certificates(&self) -> bool {
        self.tls_port().is_some_and(|port| port != 0)
            && self
                .value("tls-auth-clients")
                .is_none_or(|value| value.eq_ignore_ascii_case("yes"))
    }

    /// Whether who comes without a password is refused; `None` where that is not known.
    #[must_use]
    pub fn asks_for_password(&self) -> Option<bool> {
        Some(!self.default_user()?.is_free)
    }

    /// What may be done without logging in; `None` where that is not known.
    #[must_use]
    pub fn default_user(&self) -> Option<DefaultUser> {
        let is_set = |told: &&Told| {
            let first = told.arguments.first();
            told.is_open || first.is_some_and(|first| !first.expose().is_empty())
        };
        if self.last("aclfile").is_some_and(|told| is_set(&told)) {
            return self.user_of_file;
        }
        let mut users = self.directives.iter().filter(|told| told.name == "user");
        let default = users.find(|told| {
            let name = told.arguments.first().map_or("", Secret::expose);
            name == DEFAULT_USER || told.is_open && (name.is_empty() || name.contains('$'))
        });
        if let Some(told) = default {
            let rules = told.arguments.iter().skip(1);
            let rules: Vec<&str> = rules.map(Secret::expose).collect();
            return (!told.is_open).then(|| DefaultUser::by_rules(&rules));
        }
        // who puts in something that is not known means a password
        let has_password = self.last("requirepass").filter(is_set).is_some();
        (has_password || self.is_complete).then(|| DefaultUser::without_rules(has_password))
    }
}

impl Redis {
    /// Takes over what a configuration says.
    fn read(&mut self, process: &Process, file: &Readable, way: &[Said], library: &Library<'_>) {
        let Some((source, bytes)) = bytes_of(file, library) else {
            self.is_complete = false;
            return;
        };
        let none = redis_conf::Conf::default();
        let all = redis_conf::effective(Some((source, &bytes)), &none, &mut |path, _| {
            included(process, path, library)
        });
        self.is_complete &= all.unread.is_empty() && all.troubles.is_empty();
        self.place = match &file.content {
            Content::Text(_, around) => *around,
            Content::File(_) | Content::Unknown(_) => Place::top(source),
        };
        for setting in all.settings {
            let directive = setting.directive;
            let place = first_place(&directive);
            let place = match &file.content {
                Content::Text(_, around) => library.inside(*around, place),
                Content::File(_) | Content::Unknown(_) => place,
            };
            self.directives.push(Told {
                name: directive.name,
                arguments: directive.arguments,
                place,
                said: way.to_vec(),
                is_open: false,
            });
        }
    }
}

impl Redis {
    /// Looks into the file of its users.
    fn read_users(&mut self, process: &Process, library: &Library<'_>) {
        let path = self.last("aclfile").filter(|told| !told.is_open);
        let file = path
            .and_then(|told| told.arguments.first())
            .and_then(|path| readable(process, path.expose()));
        let bytes = file.and_then(|file| bytes_of(file, library));
        self.user_of_file = bytes
            .and_then(|(_, bytes)| String::from_utf8(bytes).ok())
            .map(|text| DefaultUser::by_file(&text));
    }
}

/// The Redis of an image that is started as it comes: nothing is told to it.
fn by_image(process: &Process) -> Option<Redis> {
    let image = process.image.as_deref()?;
    let is_told = match maker(image)? {
        Maker::Redis => false,
        Maker::Valkey => is_given(process, |name| name == "VALKEY_EXTRA_FLAGS"),
        Maker::Bitnami => {
            let may_be_empty = process.variable("ALLOW_EMPTY_PASSWORD");
            let may_be_empty = may_be_empty.and_then(|variable| variable.value.known());
            let may_be_empty = may_be_empty.is_some_and(|value| {
                let value = value.to_ascii_lowercase();
                matches!(value.as_str(), "yes" | "true" | "1")
            });
            !may_be_empty || !process.files.is_empty() || is_given(process, is_of_server)
        }
        Maker::Other => !process.files.is_empty() || is_given(process, is_of_server),
    };
    (process.arguments.is_empty() && !is_told).then(|| Redis {
        directives: Vec::new(),
        is_complete: true,
        is_sentinel: false,
        user_of_file: None,
        place: process.place,
    })
}

/// Who made an image of a server, and so what tells it how to run.
enum Maker {
    /// Looks at its command line only.
    Redis,
    /// And at `VALKEY_EXTRA_FLAGS`.
    Valkey,
    /// At variables, and at files of its own; without a password it starts only if told so.
    Bitnami,
    /// Taken to look at variables and at any file.
    Other,
}

/// `None` of an image that is no server.
fn maker(image: &str) -> Option<Maker> {
    let without_digest = image.split('@').next().unwrap_or(image);
    let (folder, name) = match without_digest.rsplit_once('/') {
        Some((folder, name)) => (folder, name),
        None => ("", without_digest),
    };
    let name = name.split(':').next().unwrap_or_default();
    let folder = folder.strip_prefix("docker.io").unwrap_or(folder);
    match (folder.trim_start_matches('/'), name) {
        ("" | "library", "redis") => Some(Maker::Redis),
        ("valkey", "valkey") => Some(Maker::Valkey),
        ("bitnami" | "bitnamilegacy", "redis" | "valkey") => Some(Maker::Bitnami),
        (_, "redis" | "valkey" | "redis-stack-server") => Some(Maker::Other),
        _ => None,
    }
}

fn is_of_server(name: &str) -> bool {
    name.starts_with("REDIS_") || name.starts_with("VALKEY_")
}

/// Whether it has such a variable, or may have: what brings it variables was not read.
fn is_given(process: &Process, is_it: impl Fn(&str) -> bool) -> bool {
    let mut names = process.environment.iter().map(|one| one.name.as_str());
    let mut gaps = process.gaps.iter().take(process.gaps_of_environment);
    names.any(is_it) || gaps.any(|gap| !matches!(gap.kind, GapKind::Skipped | GapKind::Note))
}

/// The Redis of a unit whose own file is not here, but a configuration that it is given.
fn by_file(process: &Process, library: &Library<'_>) -> Option<Redis> {
    if process.image.is_some() || !process.arguments.is_empty() {
        return None;
    }
    let is_conf = |name: &str| matches!(name, "redis.conf" | "valkey.conf");
    let file = process
        .files
        .iter()
        .find(|file| is_conf(file.path.rsplit('/').next().unwrap_or_default()))?;
    let mut redis = Redis {
        directives: Vec::new(),
        is_complete: true,
        is_sentinel: false,
        user_of_file: None,
        place: process.place,
    };
    redis.read(process, file, &file.said, library);
    redis.read_users(process, library);
    Some(redis)
}

/// The Redis that a process runs; `None` where it runs something else.
pub(super) fn redis(process: &Process, library: &Library<'_>) -> Option<Redis> {
    let Some(program) = program(process) else {
        return by_image(process).or_else(|| by_file(process, library));
    };
    let words = words_of(&program);
    let command = redis_conf::of_command(&words)?;
    // what is put in for the value of one directive says nothing of the others
    let is_told = |word: &command_line::Word| {
        let mut values = command.options.directives.iter();
        word.is_known || values.any(|directive| directive.argument_places.contains(&word.place))
    };
    let mut redis = Redis {
        directives: Vec::new(),
        is_complete: !command.reads_stdin && program.words.iter().all(is_told),
        is_sentinel: command.is_sentinel,
        user_of_file: None,
        place: process.place,
    };
    if let Some((path, word)) = &command.file {
        let argument = of_argument(process, *word);
        let mut way: Vec<Said> = argument
            .map(|argument| argument.said.clone())
            .unwrap_or_default();
        redis.place = argument.map_or(process.place, |argument| argument.place);
        match readable(process, path) {
            None => redis.is_complete = false,
            Some(file) => {
                way.extend(file.said.iter().cloned());
                redis.read(process, file, &way, library);
            }
        }
    }
    for directive in command.options.directives {
        let argument = of_argument(process, first_place(&directive));
        redis.directives.push(Told {
            place: argument.map_or(process.place, |argument| argument.place),
            said: argument
                .map(|argument| argument.said.clone())
                .unwrap_or_default(),
            is_open: argument.is_some_and(|argument| argument.is_open)
                || is_put_in(&program, &directive),
            name: directive.name,
            arguments: directive.arguments,
        });
    }
    redis.read_users(process, library);
    Some(redis)
}

/// Whether an argument of a directive is one that only the run shows: a variable of a shell that
/// is not known, or what a command of it prints.
fn is_put_in(program: &command_line::Program, directive: &redis_conf::Directive) -> bool {
    let unknown = program.words.iter().filter(|word| !word.is_known);
    let mut unknown = unknown.filter(|word| directive.argument_places.contains(&word.place));
    unknown.any(|word| {
        let mut parts = word.text.expose().split_whitespace();
        parts.any(|part| directive.arguments.iter().any(|one| one.expose() == part))
    })
}

fn first_place(directive: &redis_conf::Directive) -> Place {
    directive
        .argument(0)
        .map_or(directive.place, |(_, place)| place)
}
