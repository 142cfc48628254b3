//! What a process holds: each artifact with the place where its value is written, and what
//! may be shown of it. The answer to "which process can read which secret, and why".

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashSet};

use super::contents::{Contents, Library, Piece, artifact_called};
use super::options;
use super::process::{Content, Process, Readable, Said, Value, Variable};
use super::veil;
use crate::formats::key_list;
use crate::formats::pem;
use crate::formats::place::Place;
use crate::formats::url;
use crate::model::artifact::Artifact;
use crate::model::env;
use crate::model::secret::Secret;
use crate::model::strength::weakness;

/// Something that a process holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// What it is.
    pub artifact: Held,
    /// The variable, the path in the process's own view, or the option.
    pub subject: String,
    /// What may be shown of it.
    pub shown: Shown,
    /// Where the value is written.
    pub place: Place,
    /// What brought it to the process.
    pub said: Vec<Said>,
}

/// What a thing is, as far as can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Held {
    /// One of the ownership table's.
    Artifact(Artifact),
    /// A private key that belongs to no certificate in sight.
    PrivateKey,
}

impl Held {
    /// The word for it in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Held::Artifact(artifact) => artifact.name(),
            Held::PrivateKey => "private-key",
        }
    }

    /// Whether whoever reads it gains a power.
    #[must_use]
    pub fn is_secret(self) -> bool {
        match self {
            Held::Artifact(artifact) => artifact.is_secret(),
            Held::PrivateKey => true,
        }
    }
}

/// What may be shown of a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shown {
    /// A list of keys.
    Keys(Vec<KeyShown>),
    /// Values that are strong, or public: their fingerprints.
    Marks(Vec<String>),
    /// A value that could be guessed.
    Weak,
    /// Something public, as it is.
    Text(String),
    /// The files do not say it: why not.
    Unknown(String),
    /// Not what Stem takes.
    Malformed,
}

/// One key of a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyShown {
    /// Its id; empty where the entry has none.
    pub id: String,
    /// Its fingerprint; `None` where it could be guessed.
    pub fingerprint: Option<String>,
    /// Whether Stem takes the entry.
    pub well_formed: bool,
}

/// Everything that a process holds, sorted by artifact and subject.
pub(super) fn of(process: &Process, library: &Library<'_>) -> Vec<Holding> {
    let mut held = Vec::new();
    from_options(process, library, &mut held);
    let mut told: Told = held.iter().map(told).collect();
    for file in &process.files {
        let contents = match &file.content {
            Content::File(source) => library.of_source(*source),
            Content::Text(text, place) => Some(library.of_text(text, *place)),
            Content::Unknown(why) => {
                unknown_file(process, &file.path, why, &file.said, &mut held);
                None
            }
        };
        if let Some(contents) = contents {
            from_contents(process, file, &contents, library, (&mut held, &mut told));
        }
    }
    let names = process.environment.iter().map(|one| one.name.as_str());
    let is_built = !process.built_with.is_empty();
    let given: HashSet<&str> = names.filter(|_| is_built).collect();
    let is_new = |built: &&Variable| !given.contains(built.name.as_str());
    let built = process.built_with.iter().filter(is_new);
    for variable in process.environment.iter().chain(built) {
        from_variable(variable, &mut held);
    }
    hide_ids(&mut held);
    held.sort_by(|one, other| {
        let place = |held: &Holding| (held.place.line, held.place.column);
        let by_subject = || (&one.subject, place(one)).cmp(&(&other.subject, place(other)));
        one.artifact.cmp(&other.artifact).then_with(by_subject)
    });
    held.dedup();
    held.shrink_to_fit();
    held
}

/// Of the id of a key, what may be shown: that of a key in a list that the process has is known
/// to be one.
fn hide_ids(held: &mut [Holding]) {
    let lists = held.iter().filter_map(|held| match &held.shown {
        Shown::Keys(keys) => Some(keys.iter()),
        _ => None,
    });
    let keys = lists
        .flatten()
        .filter(|key| key.well_formed && key.fingerprint.is_some());
    let ids: HashSet<String> = keys.map(|key| key.id.clone()).collect();
    for one in held {
        if let (Held::Artifact(Artifact::ActiveKeyId), Shown::Text(id)) =
            (one.artifact, &mut one.shown)
        {
            *id = veil::key_id(id, ids.contains(id));
        }
    }
}

/// What one variable makes a process hold.
pub(super) fn of_variable(variable: &Variable) -> Vec<Holding> {
    let mut held = Vec::new();
    from_variable(variable, &mut held);
    hide_ids(&mut held);
    held
}

fn from_variable(variable: &Variable, held: &mut Vec<Holding>) {
    let mut add = |artifact, shown| {
        held.push(Holding {
            artifact: Held::Artifact(artifact),
            subject: variable.name.clone(),
            shown,
            place: variable.place,
            said: variable.said.clone(),
        });
    };
    let artifact = env::artifact_of(&variable.name);
    let text = match (&variable.value, artifact) {
        (Value::Known(text), _) => text.expose(),
        (Value::WithoutLogin(url), Some(Artifact::BrokerUrl | Artifact::StoreUrl)) => {
            let (text, why) = (url.0.expose(), &url.1);
            if url::is_one(text) && url::leads_to_redis(text) {
                add(Artifact::BrokerPassword, Shown::Unknown(why.clone()));
            }
            text
        }
        (value, Some(artifact)) if artifact != Artifact::InsecureFlag => {
            let why = value.unknown().unwrap_or_default();
            return add(artifact, Shown::Unknown(why.to_owned()));
        }
        _ => return,
    };
    let is_whole = variable.value.known().is_some();
    if key_list::trim(text).is_empty() {
        return; // to Stem, as if it were not there
    }
    match artifact {
        Some(artifact @ (Artifact::BrokerUrl | Artifact::StoreUrl)) if !url::is_one(text) => {
            add(artifact, Shown::Malformed);
        }
        Some(Artifact::BrokerUrl | Artifact::StoreUrl) => {
            let shown = url::without_password(text);
            add(artifact.unwrap_or(Artifact::BrokerUrl), Shown::Text(shown));
            if is_whole && url::redis_password(text).is_some() {
                add(Artifact::BrokerPassword, Shown::Weak);
            }
        }
        Some(Artifact::InsecureFlag) if !key_list::is_insecure(text) => {}
        Some(Artifact::InsecureFlag) => add(Artifact::InsecureFlag, public(text)),
        Some(artifact) if env::is_key_list(&variable.name) => add(artifact, keys(text)),
        Some(artifact) => add(artifact, public(text)),
        None if env::BROKER_PASSWORDS.contains(&variable.name.as_str()) => {
            add(Artifact::BrokerPassword, Shown::Weak)
        }
        None => {}
    }
}

/// A public setting. Of what should be a path but is something else, a key above all, nothing
/// is shown.
fn public(text: &str) -> Shown {
    let text = key_list::trim(text);
    if text.len() > 256 || pem::is_inlined(text) || text.contains(['\n', '\r']) {
        return Shown::Malformed;
    }
    Shown::Text(text.to_owned())
}

/// What may be shown of a list of keys.
pub(super) fn keys(list: &str) -> Shown {
    let shown: Vec<KeyShown> = key_list::entries(list)
        .map(|entry| match entry.key {
            Ok(key) => KeyShown {
                id: key.id.to_owned(),
                fingerprint: fingerprint(&key.bytes),
                well_formed: true,
            },
            Err(_) => KeyShown {
                id: String::new(),
                fingerprint: None,
                well_formed: false,
            },
        })
        .collect();
    if shown.iter().any(|key| key.well_formed) {
        Shown::Keys(shown)
    } else {
        Shown::Malformed
    }
}

/// Of strong key bytes, that of their canonical base64.
fn fingerprint(bytes: &[u8]) -> Option<String> {
    use base64::Engine;
    let strong = weakness(bytes).is_none();
    let text = || base64::engine::general_purpose::STANDARD.encode(bytes);
    strong.then(|| Secret::new(text()).fingerprint())
}

/// What is said to be held, by the lines that say it.
type Told = HashSet<(Held, u32, u32)>;

fn told(held: &Holding) -> (Held, u32, u32) {
    (held.artifact, held.place.source, held.place.line)
}

fn from_contents(
    process: &Process,
    file: &Readable,
    contents: &Contents,
    library: &Library<'_>,
    (held, told): (&mut Vec<Holding>, &mut Told),
) {
    let path = file.path.as_str();
    let named = OnceCell::new();
    let named = || *named.get_or_init(|| named_key(process, path));
    let mut marks: Vec<(Held, Vec<String>, Place)> = Vec::new();
    for piece in &contents.pieces {
        let (artifact, mark, place) = match piece {
            Piece::Certificate {
                artifact,
                key,
                place,
            } => (Held::Artifact(*artifact), key.clone(), *place),
            Piece::PrivateKey { public, place } => {
                let known = public.as_deref().and_then(|public| library.key_of(public));
                let artifact = known.or_else(named);
                let mark = public.clone().unwrap_or_default();
                let artifact = artifact.map_or(Held::PrivateKey, Held::Artifact);
                (artifact, mark, *place)
            }
            Piece::Broken { place } => {
                let artifact = named();
                held.extend(artifact.map(|artifact| Holding {
                    artifact: Held::Artifact(artifact),
                    subject: path.to_owned(),
                    shown: Shown::Malformed,
                    place: *place,
                    said: file.said.clone(),
                }));
                continue;
            }
            Piece::Statement {
                artifact,
                shown,
                place,
            } => {
                held.extend(statement(file, *artifact, shown, *place, told));
                continue;
            }
        };
        match marks.iter_mut().find(|(known, ..)| *known == artifact) {
            Some((_, marks, _)) => marks.push(mark),
            None => marks.push((artifact, vec![mark], place)),
        }
    }
    held.extend(marks.into_iter().map(|(artifact, marks, place)| Holding {
        artifact,
        subject: path.to_owned(),
        shown: Shown::Marks(marks),
        place,
        said: file.said.clone(),
    }));
    if contents.pieces.is_empty()
        && let Some(bare) = contents.bare(path)
    {
        held.extend(statement(
            file,
            bare.artifact,
            &bare.shown,
            bare.place,
            told,
        ));
    }
}

/// A secret in a text. What the process is started with is said by its options already, and
/// what is public stands in many texts.
fn statement(
    file: &Readable,
    artifact: Artifact,
    shown: &Shown,
    place: Place,
    before: &mut Told,
) -> Option<Holding> {
    let statement = Holding {
        artifact: Held::Artifact(artifact),
        subject: file.path.clone(),
        shown: shown.clone(),
        place,
        said: file.said.clone(),
    };
    (artifact.is_secret() && before.insert(told(&statement))).then_some(statement)
}

/// What a private key is that belongs to no certificate in sight: what the process's own
/// settings call it, else its file.
fn named_key(process: &Process, path: &str) -> Option<Artifact> {
    let is_it = |text: &str| key_list::trim(text) == path;
    let mut variables = process.environment.iter();
    let variable = variables.find(|variable| variable.value.known().is_some_and(is_it));
    match variable.map(|variable| variable.name.as_str()) {
        Some(env::TLS_CLIENT_KEY) => return Some(Artifact::ClientKey),
        Some(name) if name.ends_with("TLS_KEY") => return Some(Artifact::ServerKey),
        _ => {}
    }
    key_called(path)
}

/// What a private key is by the name of its file.
pub(super) fn key_called(path: &str) -> Option<Artifact> {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let word = |word: &str| {
        let mut words = name.split(|c: char| !c.is_alphanumeric());
        words.any(|part| part == word)
    };
    if word("ca") || word("rootca") {
        Some(Artifact::CaKey)
    } else if word("client") {
        Some(Artifact::ClientKey)
    } else if word("server") || word("redis") {
        Some(Artifact::ServerKey)
    } else {
        None
    }
}

/// A file whose content these files do not say: what it is for says what it holds.
fn unknown_file(process: &Process, path: &str, why: &str, said: &[Said], held: &mut Vec<Holding>) {
    let names: BTreeSet<Artifact> = process
        .environment
        .iter()
        .filter(|variable| {
            let text = variable.value.known();
            text.is_some_and(|text| key_list::trim(text) == path)
        })
        .filter_map(|variable| env::artifact_of(&variable.name))
        .collect();
    let base = path.rsplit('/').next().unwrap_or(path);
    let by_name = Artifact::ALL
        .into_iter()
        .filter(|artifact| artifact.file_name() == Some(base));
    let called = artifact_called(path).filter(|artifact| artifact.is_secret());
    for artifact in names.into_iter().chain(by_name).chain(called) {
        held.push(Holding {
            artifact: Held::Artifact(artifact),
            subject: path.to_owned(),
            shown: Shown::Unknown(why.to_owned()),
            place: said.first().map(|said| said.place).unwrap_or_default(),
            said: said.to_vec(),
        });
    }
}

/// What the options of a server program carry.
fn from_options(process: &Process, library: &Library<'_>, held: &mut Vec<Holding>) {
    for setting in options::of(process, library) {
        let shown = match &setting.value {
            None => Shown::Unknown("the files do not say it".to_owned()),
            Some(_) if setting.artifact == Artifact::BrokerPassword => Shown::Weak,
            Some(value) => public(value.expose()),
        };
        held.push(Holding {
            artifact: Held::Artifact(setting.artifact),
            subject: setting.name.to_owned(),
            shown,
            place: setting.place,
            said: setting.said,
        });
    }
}
