//! What can be wrong with a manifest, said with line and column and never with a value:
//! someone may have put a password where none belongs. Keys and names are quoted where
//! they look like keys and names.

use std::fmt;

use crate::model::artifact::Artifact;
use crate::model::posture::{Posture, Transport};

use super::{MAX_COMPONENT_NAME, VERSION};

/// A place in the manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// From 1.
    pub line: u64,
    /// From 1, in characters.
    pub column: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Why a text is no manifest, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{position}: {problem}")]
pub struct ManifestError {
    /// Where the offending key or value begins.
    pub position: Position,
    /// What is wrong there.
    pub problem: Problem,
}

impl ManifestError {
    /// What to write instead.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        self.problem.hint()
    }
}

/// A kind of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `key: value` pairs.
    Mapping,
    /// `[one, other]`.
    List,
    /// No list and no mapping.
    One,
    /// Text that is not empty.
    Text,
    /// One word.
    Word,
    /// true or false.
    Truth,
    /// A whole number from 0.
    Number,
    /// Something that the parser has no plain word for.
    Other,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Mapping => "a mapping of keys to values",
            Kind::List => "a list in brackets",
            Kind::One => "a single value",
            Kind::Text => "text",
            Kind::Word => "one word",
            Kind::Truth => "`true` or `false`",
            Kind::Number => "a whole number",
            Kind::Other => "a value of another kind",
        })
    }
}

/// What is wrong with a part of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Bytes that are no text.
    #[error("this is not UTF-8 text")]
    NotText,
    /// The YAML parser gave up.
    #[error("this is not valid YAML")]
    NotYaml,
    /// Nothing but comments and blank lines.
    #[error("the manifest is empty")]
    Empty,
    /// A second document after `---`.
    #[error("the manifest must be one YAML document")]
    SeveralDocuments,
    /// Beyond what the YAML parser allows in depth, size or aliases.
    #[error("the manifest is too large, too deeply nested, or repeats itself too often")]
    TooLarge,
    /// Written for a newer stem-sec.
    #[error("this manifest is version {0}; this stem-sec reads version {VERSION}")]
    NewerVersion(u64),
    /// A Postgres URL with a mode in which Stem's driver checks no certificate.
    #[error("with this `sslmode` Stem checks no certificate: anybody could pass for the store")]
    StoreNotVerified,
    /// A folder elsewhere, whose contents would be given away.
    #[error("`out` must be a folder of its own beside the manifest or below it, and not the store")]
    OutNotInside,
    /// The name of a service, unit or image, or a word of a command.
    #[error("this must be one word that a process manager can take")]
    Word,
    /// Zero, or no number.
    #[error("`version` must be {VERSION}")]
    NoVersion,
    /// A key that is not read here. The key is `None` where it does not look like one.
    #[error("unknown key{}{}", quoted(key.as_deref()), did_you_mean(*nearest))]
    UnknownKey {
        /// As written.
        key: Option<String>,
        /// The known key that it resembles.
        nearest: Option<&'static str>,
        /// What is read here.
        known: Vec<&'static str>,
    },
    /// A word that is none of those expected.
    #[error("this must be {}{}", one_of(known), did_you_mean(*nearest))]
    UnknownWord {
        /// The expected word that it resembles.
        nearest: Option<&'static str>,
        /// The expected words.
        known: Vec<&'static str>,
    },
    /// A key that must be there.
    #[error("`{0}` is missing")]
    MissingKey(&'static str),
    /// The same key twice in one mapping.
    #[error("this key stands twice in the same mapping")]
    DuplicateKey,
    /// A value of another kind: what was expected.
    #[error("this must be {0}")]
    WrongKind(Kind),
    /// `components` without one.
    #[error("a manifest needs at least one component")]
    NoComponents,
    /// A component's name is used for folders, units and services.
    #[error(
        "a component's name is made of a-z, 0-9 and `-`, begins and ends with a letter or digit, and has at most {MAX_COMPONENT_NAME} characters"
    )]
    ComponentName,
    /// `all` means every component in rotation plans.
    #[error("a component cannot be named `all`: it means every component in a rotation plan")]
    ReservedName,
    /// Neither `role` nor `roles`.
    #[error("component `{0}` has no role")]
    NoRole(String),
    /// Both of them.
    #[error("component `{0}` has both `role` and `roles`")]
    RoleAndRoles(String),
    /// The same role or artifact twice in a list.
    #[error("`{0}` is listed twice")]
    ListedTwice(&'static str),
    /// `retries: lost` without a worker.
    #[error("`retries` is about a worker, and component `{0}` is none")]
    RetriesOfNoWorker(String),
    /// `enqueues` without a dashboard.
    #[error("`enqueues` is about a dashboard, and component `{0}` is none")]
    EnqueuesOfNoDashboard(String),
    /// `serves: https` in a role that may hold no server certificate.
    #[error("component `{0}` may hold no server certificate, so it cannot serve HTTPS")]
    MayNotServe(String),
    /// `ca: system` on what is no client of the broker.
    #[error("`ca` is about a client of the broker, and component `{0}` is none")]
    CaOfNoClient(String),
    /// `holds` names what the ownership table forbids.
    #[error("component `{component}` must not hold {artifact} under {posture}")]
    MustNotHold {
        /// Its name.
        component: String,
        /// What it asked for.
        artifact: Artifact,
        /// Under which posture.
        posture: Posture,
    },
    /// No URL at all, or none with a scheme.
    #[error("this is no URL: a scheme, `://` and a host are needed")]
    NoUrl,
    /// A scheme that is not spoken there.
    #[error("the URL's scheme must be {}", one_of(.0))]
    UrlScheme(Vec<&'static str>),
    /// A user name or a password in the URL.
    #[error("a password or user name must not stand in this URL")]
    UrlCredentials,
    /// No host, or one with characters that no host has.
    #[error("the URL has no valid host")]
    UrlHost,
    /// No number from 1 to 65535.
    #[error("the URL's port must be a number from 1 to 65535")]
    UrlPort,
    /// White space, control characters, a fragment, or no database number where one belongs.
    #[error("the URL's end is not valid: after the host a Redis URL has a database number only")]
    UrlEnd,
    /// Both ways of giving the password.
    #[error("`password-file` and `password-env` exclude each other")]
    TwoPasswords,
    /// No variable name.
    #[error("this is no name of an environment variable")]
    VariableName,
    /// A host name that cannot be one.
    #[error("this is no host name or IP address")]
    HostName,
    /// `names: []` under tls or mtls.
    #[error("`names` is empty: the broker's certificate would cover nothing")]
    NoNames,
    /// Clients compare the certificate with the host in the URL.
    #[error(
        "`names` does not cover the host in the broker's URL, so every client would refuse the certificate"
    )]
    HostNotCovered,
    /// An empty path, or one with control characters.
    #[error("this is no path")]
    Path,
    /// `install` must be absolute.
    #[error("`install` must be an absolute path: where the folders will live on the target")]
    InstallNotAbsolute,
    /// No duration.
    #[error("this is no duration")]
    Duration,
    /// No date.
    #[error("this is no date")]
    Date,
    /// A suppression without a reason.
    #[error("a suppression needs a reason")]
    NoReason,
    /// A rule id or path pattern that cannot be one.
    #[error("this is no rule id")]
    RuleId,
}

impl Problem {
    /// What to write instead.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Problem::NotText => "save the file as UTF-8",
            Problem::NotYaml => {
                "look at the line before it too: an open bracket or quote, a tab, a missing blank after `:`"
            }
            Problem::SeveralDocuments => "keep one, and leave out the `---` between them",
            Problem::TooLarge => "write it out plainly: it needs no aliases and few levels",
            Problem::DuplicateKey => "keep one of the two",
            Problem::NewerVersion(_) => "upgrade stem-sec to read it",
            Problem::NoVersion => "begin the manifest with `version: 1`",
            Problem::Empty | Problem::NoComponents => {
                "move it away, and `stem-sec init --yes` writes one to start from"
            }
            Problem::UnknownKey { known, .. } => {
                return Some(format!("keys here are {}", known.join(", ")));
            }
            Problem::NoRole(_) => {
                "write `role: producer`, or several as `roles: [worker, producer]`"
            }
            Problem::RoleAndRoles(_) => "keep `roles`",
            Problem::EnqueuesOfNoDashboard(_) => {
                "whatever else enqueues is a producer: `roles: [worker, producer]`"
            }
            Problem::RetriesOfNoWorker(_) | Problem::CaOfNoClient(_) => "leave the key out",
            Problem::MayNotServe(_) => {
                "an HTTPS endpoint beside it is a component of its own: `{ role: other }`"
            }
            Problem::MustNotHold { artifact, .. } => return Some(instead_of_holding(*artifact)),
            Problem::NoUrl | Problem::UrlHost => "for example rediss://redis:6379/0",
            Problem::UrlScheme(known) if known.contains(&"rediss") => {
                "with tls and mtls every Redis URL is rediss://"
            }
            Problem::UrlScheme(_) => "without TLS every Redis URL is redis://",
            Problem::UrlCredentials => {
                "the manifest holds no secret: give the broker's password with `password-file` or `password-env`"
            }
            Problem::UrlEnd => "for example rediss://redis:6379/0",
            Problem::TwoPasswords => "keep one of them",
            Problem::VariableName => "for example `password-env: STEM_BROKER_PASSWORD`",
            Problem::HostName => {
                "a name such as redis.example.com, or an IP address; no scheme and no port"
            }
            Problem::NoNames | Problem::HostNotCovered => "add the URL's host to `names`",
            Problem::StoreNotVerified => "write `sslmode=verify-full`, or leave `sslmode` out",
            Problem::OutNotInside => {
                "for example `out: deploy`; elsewhere: stem-sec render --out DIR"
            }
            Problem::InstallNotAbsolute => "for example `install: /etc/stem`",
            Problem::Duration => "for example 7d, 6h, 30m, 45s or 1h30m",
            Problem::Date => "for example 2027-01-31",
            Problem::NoReason => "write `reason: \"why this may stay\"`",
            Problem::RuleId => "rule ids look like `secret-inline`",
            Problem::ReservedName | Problem::ComponentName => "for example `worker-eu`",
            Problem::MissingKey(key) => return Some(format!("add it: `{key}: …`")),
            Problem::UnknownWord { .. } => "take one of these words",
            Problem::WrongKind(_) => {
                "compare it with what `stem-sec init --yes` writes in an empty folder"
            }
            Problem::ListedTwice(_) => "keep one of the two",
            Problem::UrlPort => "for example rediss://redis:6379/0",
            Problem::Path => "write a path that is not empty and has no line breaks in it",
            Problem::Word => "letters and digits, and between them any of `-_./:@`",
        };
        Some(hint.to_owned())
    }
}

fn instead_of_holding(artifact: Artifact) -> String {
    match artifact {
        Artifact::SigningPrivateKey | Artifact::SigningSecret => {
            "a component that signs is a producer: `roles: [worker, producer]`".to_owned()
        }
        Artifact::CaKey => "it stays in the store: `stem-sec certs issue` signs there".to_owned(),
        Artifact::ServerCertificate | Artifact::ServerKey => {
            "for an HTTPS listener of a producer or dashboard say `serves: https`".to_owned()
        }
        _ => "`stem-sec roles` shows who may hold what".to_owned(),
    }
}

pub(super) fn transport_schemes(transport: Transport) -> Vec<&'static str> {
    if transport.encrypts() {
        vec!["rediss"]
    } else {
        vec!["redis"]
    }
}

fn quoted(key: Option<&str>) -> String {
    key.map(|key| format!(" `{key}`")).unwrap_or_default()
}

fn did_you_mean(word: Option<&str>) -> String {
    word.map(|word| format!("; did you mean `{word}`?"))
        .unwrap_or_default()
}

fn one_of(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => "something else".to_owned(),
    }
}
