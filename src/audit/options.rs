//! What the server programs beside Stem are told: Redis by its command line and the
//! configuration that it reads, Postgres by its command line. Only what an artifact lies in.

use super::case::loads_variables;
use super::contents::Library;
use super::process::{Argument, Content, Gap, GapKind, How, Process, Readable, Said, Value};
use crate::formats::command_line::{self, Program};
use crate::formats::glob;
use crate::formats::place::Place;
use crate::formats::redis_conf::{self, Command, Effective, Included, Word};
use crate::model::artifact::Artifact;
use crate::model::secret::Secret;

/// An option that carries an artifact.
pub(super) struct Setting {
    pub(super) artifact: Artifact,
    /// As its program calls it.
    pub(super) name: &'static str,
    /// `None` where the files do not say it.
    pub(super) value: Option<Secret>,
    pub(super) place: Place,
    pub(super) said: Vec<Said>,
}

/// Directives of Redis with one value, and the artifact in it.
const REDIS: [(&str, Artifact); 7] = [
    ("requirepass", Artifact::BrokerPassword),
    ("masterauth", Artifact::BrokerPassword),
    ("tls-cert-file", Artifact::ServerCertificate),
    ("tls-key-file", Artifact::ServerKey),
    ("tls-ca-cert-file", Artifact::CaCertificate),
    ("tls-client-cert-file", Artifact::ClientCertificate),
    ("tls-client-key-file", Artifact::ClientKey),
];

/// Settings of Postgres.
const POSTGRES: [(&str, Artifact); 3] = [
    ("ssl_cert_file", Artifact::ServerCertificate),
    ("ssl_key_file", Artifact::ServerKey),
    ("ssl_ca_file", Artifact::CaCertificate),
];

/// The options that a process is started with.
pub(super) fn of(process: &Process, library: &Library<'_>) -> Vec<Setting> {
    let Some(program) = program(process) else {
        return Vec::new();
    };
    let words = words_of(&program);
    match redis_conf::of_command(&words) {
        Some(command) => redis(process, &program, &command, library),
        None => postgres(process, &program),
    }
}

/// The program that a process runs, with the variables that a shell puts into its words where
/// the deployment gives them and nothing on the command line can have set them anew.
pub(super) fn program(process: &Process) -> Option<Program> {
    let mut program = process.program()?;
    if loads_variables(process) {
        return Some(program);
    }
    let given = |word: &command_line::Word| {
        let text = word.text.expose().strip_prefix('$')?;
        let braced = text
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'));
        let name = braced.unwrap_or(text);
        let value = process.variable(name)?.value.known()?;
        let is_one_word = !value.is_empty() && !value.contains(char::is_whitespace);
        (is_one_word && is_named_once(process, name)).then(|| Secret::new(value.to_owned()))
    };
    for word in program.words.iter_mut().skip(1) {
        if !word.is_known
            && let Some(value) = given(word)
        {
            word.text = value;
            word.is_known = true;
        }
    }
    Some(program)
}

/// Whether a command line names a variable once: what sets it would name it too, unless it
/// evaluates what it makes.
fn is_named_once(process: &Process, name: &str) -> bool {
    let in_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let names = process.arguments.iter().flat_map(|argument| {
        let words = argument.text.expose().split(|c| !in_name(c));
        words.filter(|word| *word == name || *word == "eval")
    });
    names.count() == 1
}

pub(super) fn words_of(program: &Program) -> Vec<Word<'_>> {
    let words = program.words.iter();
    words
        .map(|word| Word {
            text: word.text.expose(),
            place: word.place,
        })
        .collect()
}

fn redis(
    process: &Process,
    program: &Program,
    command: &Command,
    library: &Library<'_>,
) -> Vec<Setting> {
    let mut settings = Vec::new();
    let file = command.file.as_ref();
    if let Some((path, word)) = file
        && let Some(readable) = readable(process, path)
        && let Some((source, bytes)) = bytes_of(readable, library)
    {
        let mut way: Vec<Said> = of_argument(process, *word)
            .map(|argument| argument.said.clone())
            .unwrap_or_default();
        extend(&mut way, &readable.said);
        let none = redis_conf::Conf::default();
        let all = redis_conf::effective(Some((source, &bytes)), &none, &mut |path, _| {
            included(process, path, library)
        });
        let inside = |place| match &readable.content {
            Content::Text(_, around) => library.inside(*around, place),
            Content::File(_) | Content::Unknown(_) => place,
        };
        from_file(&all, &way, &inside, &mut settings);
    }
    for directive in &command.options.directives {
        let Some((name, artifact, value, word)) = artifact_of(directive) else {
            continue;
        };
        let Some(argument) = of_argument(process, word) else {
            continue;
        };
        settings.retain(|setting: &Setting| setting.name != name);
        // nothing is what Redis takes for no password, and for no file
        if value.expose().is_empty() && !argument.is_open {
            continue;
        }
        let mut setting = from_argument(process, argument, name, artifact, value);
        let is_known = |text: &Secret| {
            let mut words = program.words.iter();
            words.any(|word| word.text == *text && word.is_known)
        };
        setting.value = setting.value.filter(is_known);
        settings.push(setting);
    }
    settings
}

/// What the program refuses in the configuration that it is started with.
pub(super) fn gaps(process: &Process, library: &Library<'_>) -> Vec<Gap> {
    let refused = |readable: &Readable| {
        let (source, bytes) = bytes_of(readable, library)?;
        Some(redis_conf::read(&bytes, source).troubles)
    };
    let Some(file) = program(process).and_then(|program| {
        let words = words_of(&program);
        redis_conf::of_command(&words)?.file
    }) else {
        return Vec::new();
    };
    let troubles = readable(process, &file.0)
        .and_then(refused)
        .unwrap_or_default();
    let gap = |(place, problem): (Place, redis_conf::ConfProblem)| Gap {
        place,
        kind: GapKind::Unreadable,
        text: problem.to_string(),
    };
    troubles.into_iter().map(gap).collect()
}

fn extend(way: &mut Vec<Said>, said: &[Said]) {
    for one in said {
        if !way.contains(one) {
            way.push(one.clone());
        }
    }
}

pub(super) fn of_argument(process: &Process, word: Place) -> Option<&Argument> {
    process.arguments.get(usize::try_from(word.source).ok()?)
}

/// The artifact in a directive, with its value and where that stands.
fn artifact_of(
    directive: &redis_conf::Directive,
) -> Option<(&'static str, Artifact, &Secret, Place)> {
    if directive.name == "sentinel" {
        let (word, _) = directive.argument(0)?;
        let (value, place) = directive.argument(2)?;
        let is_password = word.expose().eq_ignore_ascii_case("auth-pass");
        return is_password.then_some(("auth-pass", Artifact::BrokerPassword, value, place));
    }
    let (name, artifact) = REDIS.iter().find(|(name, _)| *name == directive.name)?;
    let (value, place) = directive.argument(0)?;
    Some((name, *artifact, value, place))
}

/// Of a directive with one value, the last one counts.
fn from_file(
    all: &Effective,
    way: &[Said],
    inside: &dyn Fn(Place) -> Place,
    out: &mut Vec<Setting>,
) {
    for setting in &all.settings {
        let Some((name, artifact, value, place)) = artifact_of(&setting.directive) else {
            continue;
        };
        let through = setting.through.iter().map(|place| Said {
            place: *place,
            how: How::Setting,
        });
        if name != "auth-pass" {
            out.retain(|earlier: &Setting| earlier.name != name);
        }
        if value.expose().is_empty() {
            continue;
        }
        out.push(Setting {
            artifact,
            name,
            value: Some(value.clone()),
            place: inside(place),
            said: way.iter().cloned().chain(through).collect(),
        });
    }
}

pub(super) fn included(process: &Process, path: &str, library: &Library<'_>) -> Included {
    let is_it = |file: &&Readable| match glob::is_pattern(path) {
        true => glob::matches(path, &file.path),
        false => file.path == path,
    };
    let mut files: Vec<&Readable> = process.files.iter().filter(is_it).collect();
    files.sort_by(|one, other| one.path.cmp(&other.path));
    let found: Vec<(u32, Vec<u8>)> = files
        .into_iter()
        .filter_map(|file| bytes_of(file, library))
        .collect();
    match (found.is_empty(), glob::is_pattern(path)) {
        (false, _) => Included::Files(found),
        (true, true) => Included::Nothing,
        (true, false) => Included::Unread("it is not among what the process can read".to_owned()),
    }
}

pub(super) fn readable<'p>(process: &'p Process, path: &str) -> Option<&'p Readable> {
    process.files.iter().find(|file| file.path == path)
}

pub(super) fn bytes_of(file: &Readable, library: &Library<'_>) -> Option<(u32, Vec<u8>)> {
    match &file.content {
        Content::File(source) => Some((*source, library.bytes(*source)?)),
        Content::Text(text, place) => Some((place.source, text.expose().as_bytes().to_vec())),
        Content::Unknown(_) => None,
    }
}

/// An option of the command line. Where its value is that of a variable of the process, it is
/// written where that is.
fn from_argument(
    process: &Process,
    argument: &Argument,
    name: &'static str,
    artifact: Artifact,
    value: &Secret,
) -> Setting {
    let mut said = argument.said.clone();
    let mut place = argument.place;
    let is_own = said.len() <= 1;
    let variable = process
        .environment
        .iter()
        .find(|variable| match &variable.value {
            Value::Known(known) => known == value && !value.expose().is_empty(),
            Value::WithoutLogin(_) | Value::Unknown(_) => false,
        });
    if let Some(variable) = variable.filter(|_| is_own && artifact.is_secret()) {
        extend(&mut said, &variable.said);
        place = variable.place;
    }
    Setting {
        artifact,
        name,
        value: (!argument.is_open).then(|| value.clone()),
        place,
        said,
    }
}

/// `-c NAME=VALUE`, `--NAME=VALUE`.
fn postgres(process: &Process, program: &Program) -> Vec<Setting> {
    if !matches!(program.name(), "postgres" | "postmaster") {
        return Vec::new();
    }
    let mut settings: Vec<Setting> = Vec::new();
    for word in &program.words[1..] {
        let text = word.text.expose();
        let text = text
            .strip_prefix("--")
            .or(text.strip_prefix("-c"))
            .unwrap_or(text);
        let Some((option, value)) = text.trim_start().split_once('=') else {
            continue;
        };
        let option = option.replace('-', "_").to_lowercase();
        let known = POSTGRES.iter().find(|(name, _)| *name == option);
        if let (Some((name, artifact)), Some(argument)) = (known, of_argument(process, word.place))
        {
            let value = Secret::new(value.to_owned());
            settings.retain(|earlier| earlier.name != *name);
            settings.push(from_argument(process, argument, name, *artifact, &value));
        }
    }
    settings
}
