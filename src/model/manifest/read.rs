//! From bytes to the file's words: one YAML document of a version that is known here, or a
//! complaint in our own words. The parser's text is not let through: it can quote values.

use serde::Deserialize;
use serde_saphyr::{Error, Location, Options, Spanned};

use super::VERSION;
use super::error::{Kind, ManifestError, Position, Problem};
use super::file::ManifestFile;

/// The version alone: a newer manifest may have keys that are not known here.
#[derive(Deserialize)]
#[serde(expecting = "a mapping")]
struct VersionOnly {
    version: Option<Spanned<u64>>,
}

pub(super) fn manifest_file(bytes: &[u8]) -> Result<ManifestFile, ManifestError> {
    let text = std::str::from_utf8(bytes).map_err(|error| not_text(bytes, error.valid_up_to()))?;
    let only: VersionOnly = from_yaml(text)?;
    match only.version {
        Some(version) if version.value == VERSION => from_yaml(text),
        Some(version) => Err(ManifestError {
            position: position(version.referenced),
            problem: if version.value > VERSION {
                Problem::NewerVersion(version.value)
            } else {
                Problem::NoVersion
            },
        }),
        None => Err(ManifestError {
            position: Position { line: 1, column: 1 },
            problem: if is_empty(text) {
                Problem::Empty
            } else {
                Problem::NoVersion
            },
        }),
    }
}

fn is_empty(text: &str) -> bool {
    text.trim_start_matches('\u{feff}')
        .lines()
        .map(str::trim)
        .all(|line| line.is_empty() || line.starts_with('#') || line == "---")
}

fn from_yaml<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, ManifestError> {
    let options: Options = serde_saphyr::options! {
        with_snippet: false,
        strict_booleans: true,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| translate(&error))
}

pub(super) fn position(location: Location) -> Position {
    Position {
        line: location.line().max(1),
        column: location.column().max(1),
    }
}

fn not_text(bytes: &[u8], valid: usize) -> ManifestError {
    let before = String::from_utf8_lossy(&bytes[..valid]);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    ManifestError {
        position: Position {
            line: 1 + before.bytes().filter(|b| *b == b'\n').count() as u64,
            column: 1 + before[line_start..].chars().count() as u64,
        },
        problem: Problem::NotText,
    }
}

/// The parser's error in our words.
fn translate(error: &Error) -> ManifestError {
    let mut position = position(error.location().unwrap_or(Location::UNKNOWN));
    let problem = match error.without_snippet() {
        Error::AliasError { error, .. } => return translate(error),
        Error::Eof { .. } => Problem::Empty,
        Error::MultipleDocuments { .. } => Problem::SeveralDocuments,
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => Problem::TooLarge,
        Error::SerdeUnknownField {
            field, expected, ..
        } => Problem::UnknownKey {
            key: Some(field.clone()).filter(|field| looks_like_a_key(field)),
            nearest: nearest(field, expected),
            known: expected.clone(),
        },
        Error::SerdeUnknownVariant {
            variant, expected, ..
        } => Problem::UnknownWord {
            nearest: nearest(variant, expected),
            known: expected.clone(),
        },
        Error::SerdeMissingField { field, .. } => {
            // the parser says where the mapping's last key is, which is no place to look
            if ["posture", "broker", "components"].contains(field) {
                position = Position { line: 1, column: 1 };
            }
            Problem::MissingKey(field)
        }
        Error::DuplicateMappingKey { .. } => Problem::DuplicateKey,
        Error::SerdeInvalidType { expected, .. }
        | Error::SerdeInvalidValue { expected, .. }
        | Error::SerdeInvalidLength { expected, .. } => Problem::WrongKind(kind(expected)),
        Error::Unexpected { expected, .. } => Problem::WrongKind(kind(expected)),
        Error::InvalidScalar { ty, .. } => Problem::WrongKind(kind(ty)),
        Error::InvalidBooleanStrict { .. } => Problem::WrongKind(Kind::Truth),
        Error::NullIntoString { .. } => Problem::WrongKind(Kind::Text),
        Error::ExternallyTaggedEnumExpectedScalarOrMapping { .. }
        | Error::TaggedEnumMismatch { .. } => Problem::WrongKind(Kind::Word),
        _ => Problem::NotYaml,
    };
    ManifestError { position, problem }
}

/// The parser's word for what it wanted. A closed list: its text is not let through.
fn kind(expected: &str) -> Kind {
    match expected {
        "mapping start" | "a mapping" => Kind::Mapping,
        "sequence start" | "a sequence" => Kind::List,
        "string scalar" | "string" | "a string" => Kind::One,
        "bool" | "boolean" | "a boolean" => Kind::Truth,
        "u32" | "u64" => Kind::Number,
        _ => Kind::Other,
    }
}

/// A key that is safe to repeat: short, and made of what keys are made of.
fn looks_like_a_key(key: &str) -> bool {
    key.len() <= 24
        && key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// The word that was probably meant; clap judges arguments with the same measure.
fn nearest(word: &str, known: &[&'static str]) -> Option<&'static str> {
    let score = |candidate: &&'static str| strsim::jaro(word, candidate);
    known
        .iter()
        .copied()
        .filter(|candidate| score(candidate) > 0.7)
        .max_by(|one, other| score(one).total_cmp(&score(other)))
}
