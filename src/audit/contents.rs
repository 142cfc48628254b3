//! What lies in a file, whatever its name: certificates, private keys, variables of Stem with
//! their values, passwords of a Redis. And the library of all of them in a tree, which tells
//! what a private key is for by the certificate that it belongs to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::holding::{Shown, keys};
use super::process::{Content, Deployment};
use super::tree::{FileKind, Tree};
use crate::formats::pem;
use crate::formats::place::{Cursor, Place};
use crate::formats::{key_list, redis_conf, url};
use crate::mint::x509::{Certificate, Purpose};
use crate::model::artifact::Artifact;
use crate::model::env;
use crate::model::secret::Secret;
use crate::model::strength::MIN_BYTES;

/// What lies in a file.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// In the order of the file.
    pub(super) pieces: Vec<Piece>,
    /// All of it, where it is one short line.
    line: Option<(Secret, Place)>,
    /// The file's own name.
    name: String,
}

/// A value that is all that a file holds.
pub(super) struct Bare {
    pub(super) artifact: Artifact,
    pub(super) shown: Shown,
    pub(super) place: Place,
}

/// The longest text that can be a bare value, in bytes.
const MAX_BARE: usize = 16 << 10;

/// One thing in a file.
#[derive(Debug)]
pub(super) enum Piece {
    /// A certificate.
    Certificate {
        artifact: Artifact,
        /// The fingerprint of its key pair.
        key: String,
        place: Place,
    },
    /// A private key, with the fingerprint of its public half where that can be known.
    PrivateKey {
        public: Option<String>,
        place: Place,
    },
    /// A certificate or key that is damaged.
    Broken { place: Place },
    /// A variable of Stem, or a directive of Redis, with its value.
    Statement {
        artifact: Artifact,
        shown: Shown,
        place: Place,
    },
}

impl Contents {
    /// Looks into bytes.
    pub(super) fn read(bytes: &[u8], source: u32) -> Contents {
        let mut contents = Contents {
            line: bare_line(bytes).map(|line| (line, Place::top(source))),
            ..Contents::default()
        };
        let found = pem::read(bytes, source);
        let mut after_leaf = false;
        for (place, piece) in found.pieces {
            match piece {
                // behind a leaf, a CA is part of its chain: nothing trusts it for lying there
                pem::Piece::Certificate(certificate) if certificate.is_ca && after_leaf => {}
                pem::Piece::Certificate(certificate) => {
                    after_leaf |= !certificate.is_ca;
                    contents.pieces.push(of_certificate(&certificate, place));
                }
                pem::Piece::PrivateKey(key) => {
                    let public = key.fingerprint();
                    contents.pieces.push(Piece::PrivateKey { public, place });
                }
                pem::Piece::PublicKey(_) | pem::Piece::Request | pem::Piece::Other => {}
            }
        }
        let broken = found.troubles.into_iter();
        let broken = broken.map(|(place, _)| Piece::Broken { place });
        contents.pieces.extend(broken);
        if let Ok(text) = std::str::from_utf8(bytes) {
            contents.pieces.extend(statements(text, source));
            contents.pieces.extend(passwords(text, source));
        }
        contents
    }

    /// Gives everything the place that it has in the file around.
    fn move_into(&mut self, to: &dyn Fn(Place) -> Place) {
        for piece in &mut self.pieces {
            let (Piece::Certificate { place, .. }
            | Piece::PrivateKey { place, .. }
            | Piece::Broken { place }
            | Piece::Statement { place, .. }) = piece;
            *place = to(*place);
        }
        if let Some((_, place)) = &mut self.line {
            *place = to(*place);
        }
    }

    /// The value that is all that the file holds, if its name or the one it is mounted under is
    /// that of a variable: `stem_signing_keys`, `redis-password`; or if it is a list of keys or
    /// the URL of a Redis with its password, and nothing else.
    pub(super) fn bare(&self, path: &str) -> Option<Bare> {
        let (text, place) = self.line.as_ref()?;
        if is_url_with_password(text.expose()) {
            return Some(Bare {
                artifact: Artifact::BrokerPassword,
                shown: Shown::Weak,
                place: *place,
            });
        }
        let named = [path, &self.name].into_iter().find_map(artifact_called);
        let artifact = match named {
            // a key itself is no line, and the path of one no secret
            Some(artifact) if !artifact.is_secret() || artifact.file_name().is_some() => {
                return None;
            }
            Some(artifact) => artifact,
            None => {
                let mut entries = key_list::entries(text.expose()).peekable();
                entries.peek()?;
                let is_key = |entry: key_list::Entry<'_>| {
                    entry
                        .key
                        // of what sets a variable, the name says what it is
                        .is_ok_and(|key| key.bytes.len() >= MIN_BYTES && !key.id.contains('='))
                };
                entries.all(is_key).then_some(Artifact::SigningSecret)?
            }
        };
        let shown = match artifact {
            Artifact::BrokerPassword => Shown::Weak,
            _ => keys(text.expose()),
        };
        Some(Bare {
            artifact,
            shown,
            place: *place,
        })
    }
}

/// Whether it is the URL of a Redis with its password written out.
fn is_url_with_password(text: &str) -> bool {
    let is_one = !text.contains(char::is_whitespace);
    is_one && url::redis_password(text).is_some_and(|password| is_written_out(&password))
}

/// Whether it is no place that something else fills in.
fn is_written_out(password: &Secret) -> bool {
    !password.expose().contains(['$', '{', '}', '*', '%'])
}

/// What a file's name says is in it, if it is called like a variable: `stem_signing_keys`.
pub(super) fn artifact_called(path: &str) -> Option<Artifact> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let word = name.split('.').find(|word| !word.is_empty())?;
    let word = word.to_ascii_uppercase().replace('-', "_");
    let is_password = env::BROKER_PASSWORDS.contains(&word.as_str());
    env::artifact_of(&word).or(is_password.then_some(Artifact::BrokerPassword))
}

fn bare_line(bytes: &[u8]) -> Option<Secret> {
    let text = std::str::from_utf8(bytes)
        .ok()
        .filter(|text| text.len() <= MAX_BARE)?;
    let line = key_list::trim(text);
    (!line.is_empty() && !line.contains('\n')).then(|| Secret::new(line.to_owned()))
}

fn of_certificate(certificate: &Certificate, place: Place) -> Piece {
    let artifact = match certificate.purpose {
        _ if certificate.is_ca => Artifact::CaCertificate,
        Some(Purpose::Client) => Artifact::ClientCertificate,
        _ => Artifact::ServerCertificate,
    };
    Piece::Certificate {
        artifact,
        key: pem::fingerprint(&certificate.public_key),
        place,
    }
}

/// Variables of Stem that carry a secret, in any text that assigns them: env files, YAML,
/// scripts, pages of documentation. Only values that are written out count.
fn statements(text: &str, source: u32) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut cursor = Cursor::new(text, source);
    while let Some(at) = cursor.rest().find("STEM_") {
        cursor.take(at);
        let name = name_of(cursor.rest());
        let variable = env::VARIABLES.iter().find(|(known, _)| *known == name);
        cursor.take(name.len());
        let Some((name, artifact)) = variable else {
            continue;
        };
        let Some((skip, value)) = assigned(cursor.rest()) else {
            continue;
        };
        cursor.take(skip);
        let here = cursor.here();
        cursor.take(value.len());
        let place = cursor.since(here);
        if let Some((artifact, shown)) = secret_of(name, *artifact, value) {
            found.push(Piece::Statement {
                artifact,
                shown,
                place,
            });
        }
    }
    found
}

fn name_of(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

/// What follows a name that is assigned a value: how many bytes come before it, and the value.
fn assigned(rest: &str) -> Option<(usize, &str)> {
    let blank = |c: char| matches!(c, ' ' | '\t' | '"' | '\'' | '`');
    let after_name = rest.trim_start_matches(blank);
    let after_sign = after_name.strip_prefix(['=', ':'])?;
    let value = after_sign.trim_start_matches(blank);
    let skip = rest.len() - value.len();
    let ends =
        |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '\\' | ';' | '<' | '|');
    let value = &value[..value.find(ends).unwrap_or(value.len())];
    (!value.is_empty()).then_some((skip, value))
}

fn secret_of(variable: &str, artifact: Artifact, value: &str) -> Option<(Artifact, Shown)> {
    if env::is_key_list(variable) {
        let holds = |entry: key_list::Entry<'_>| entry.key.is_ok_and(|key| !key.bytes.is_empty());
        return key_list::entries(value)
            .any(holds)
            .then(|| (artifact, keys(value)));
    }
    if matches!(artifact, Artifact::BrokerUrl | Artifact::StoreUrl) {
        let password = url::redis_password(value)?;
        return is_written_out(&password).then_some((Artifact::BrokerPassword, Shown::Weak));
    }
    None
}

/// Passwords in a configuration of Redis.
fn passwords(text: &str, source: u32) -> Vec<Piece> {
    if !["requirepass", "masterauth", "auth-pass"]
        .iter()
        .any(|word| text.contains(word))
    {
        return Vec::new();
    }
    let conf = redis_conf::read(text.as_bytes(), source);
    let mut last: Vec<(&str, Piece)> = Vec::new();
    for directive in &conf.directives {
        let (name, argument) = match directive.name.as_str() {
            "requirepass" => ("requirepass", 0),
            "masterauth" => ("masterauth", 0),
            "sentinel" if is_password(directive) => ("", 2),
            _ => continue,
        };
        let Some((value, place)) = directive.argument(argument) else {
            continue;
        };
        // of two, Redis takes the last; a Sentinel has one for each of its masters
        last.retain(|(earlier, _)| name.is_empty() || *earlier != name);
        if !value.expose().is_empty() {
            let piece = Piece::Statement {
                artifact: Artifact::BrokerPassword,
                shown: Shown::Weak,
                place,
            };
            last.push((name, piece));
        }
    }
    last.into_iter().map(|(_, piece)| piece).collect()
}

fn is_password(directive: &redis_conf::Directive) -> bool {
    let first = directive.argument(0);
    first.is_some_and(|(word, _)| word.expose().eq_ignore_ascii_case("auth-pass"))
}

/// What lies in the files of a tree, each looked into once.
#[derive(Debug)]
pub(super) struct Library<'t> {
    tree: &'t Tree,
    /// What certificates say a key is for, by its fingerprint.
    keys: HashMap<String, Artifact>,
    contents: Mutex<HashMap<u32, Arc<Contents>>>,
    texts: Mutex<HashMap<Place, Arc<Contents>>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'t> Library<'t> {
    /// With the certificates of the tree and of what its processes read.
    pub(super) fn new(tree: &'t Tree, deployments: &[Deployment]) -> Library<'t> {
        let mut library = Library {
            tree,
            keys: HashMap::new(),
            contents: Mutex::default(),
            texts: Mutex::default(),
        };
        for found in tree.found() {
            if found.kind == FileKind::KeyMaterial
                && let Ok(source) = tree.read(&found.path)
            {
                library.learn_source(source.number);
            }
        }
        let processes = deployments
            .iter()
            .flat_map(|deployment| &deployment.processes);
        for file in processes.flat_map(|process| &process.files) {
            match &file.content {
                Content::File(source) => library.learn_source(*source),
                Content::Text(text, place) if text.expose().contains("CERTIFICATE") => {
                    let contents = library.of_text(text, *place);
                    library.learn(&contents);
                }
                Content::Text(..) | Content::Unknown(_) => {}
            }
        }
        library
    }

    fn learn_source(&mut self, source: u32) {
        if let Some(contents) = self.of_source(source) {
            self.learn(&contents);
        }
    }

    fn learn(&mut self, contents: &Contents) {
        for piece in &contents.pieces {
            if let Piece::Certificate { artifact, key, .. } = piece {
                let artifact = match artifact {
                    Artifact::CaCertificate => Artifact::CaKey,
                    Artifact::ClientCertificate => Artifact::ClientKey,
                    _ => Artifact::ServerKey,
                };
                self.keys.insert(key.clone(), artifact);
            }
        }
    }

    /// What lies in a file that was read.
    pub(super) fn of_source(&self, source: u32) -> Option<Arc<Contents>> {
        if let Some(known) = locked(&self.contents).get(&source) {
            return Some(Arc::clone(known));
        }
        let file = self.tree.source(source)?;
        let mut contents = Contents::read(&file.bytes, source);
        contents.name.clone_from(&file.path);
        let contents = Arc::new(contents);
        locked(&self.contents).insert(source, Arc::clone(&contents));
        Some(contents)
    }

    /// What lies in a text that stands in another file.
    pub(super) fn of_text(&self, text: &Secret, place: Place) -> Arc<Contents> {
        if let Some(known) = locked(&self.texts).get(&place) {
            return Arc::clone(known);
        }
        let bytes = text.expose().as_bytes();
        let mut contents = Contents::read(bytes, place.source);
        contents.move_into(&|inner| self.inside(place, inner));
        let contents = Arc::new(contents);
        locked(&self.texts).insert(place, Arc::clone(&contents));
        contents
    }

    /// A place in a text that stands in another file: its own line, where the text is a block of
    /// lines there, else that of the text.
    pub(super) fn inside(&self, around: Place, place: Place) -> Place {
        let at = |byte: u32| usize::try_from(byte).unwrap_or(usize::MAX);
        let source = self.tree.source(around.source);
        let written = source
            .as_ref()
            .and_then(|file| file.bytes.get(at(around.start)..at(around.end)));
        let lines = written.map_or(0, |text| text.iter().filter(|b| **b == b'\n').count());
        let down = place.line.saturating_sub(1);
        match lines >= at(down) {
            true => Place {
                line: around.line.saturating_add(down),
                ..around
            },
            false => around,
        }
    }

    /// The bytes of a file that was read.
    pub(super) fn bytes(&self, source: u32) -> Option<Vec<u8>> {
        Some(self.tree.source(source)?.bytes.clone())
    }

    /// What a key is for, by the fingerprint of its public half.
    pub(super) fn key_of(&self, public: &str) -> Option<Artifact> {
        self.keys.get(public).copied()
    }
}
