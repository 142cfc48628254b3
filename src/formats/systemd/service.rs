//! What a service is made of, as far as it decides what its process gets to see. Opens none of
//! the files that its settings name.

use super::super::place::Place;
use super::exec::Command;
use super::unit::Trouble;
use crate::model::secret::Secret;

/// A text of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// This.
    Known(Secret),
    /// Only the host knows this specifier in it.
    HostOnly(char),
}

/// `NAME=value` of `Environment=`.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The variable.
    pub name: String,
    /// What it is set to.
    pub value: Text,
    /// Where the value stands.
    pub place: Place,
}

/// A path of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Absolute; in `EnvironmentFile=` a pattern.
    pub path: String,
    /// Whether it may be missing (`-`).
    pub is_optional: bool,
    /// A specifier in it that only the host knows.
    pub unknown: Option<char>,
    /// Where it stands.
    pub place: Place,
}

/// `UnsetEnvironment=`.
#[derive(Clone, Debug)]
pub struct Unset {
    /// The variable.
    pub name: String,
    /// Taken away only where it has this value.
    pub value: Option<Secret>,
    /// Where it stands.
    pub place: Place,
}

/// A credential: a file of that name in the unit's folder of them.
#[derive(Clone, Debug)]
pub struct Credential {
    /// Its name; of `ImportCredential=` a pattern.
    pub id: String,
    /// What is in it.
    pub content: CredentialContent,
    /// Where the setting stands.
    pub place: Place,
}

/// What is in a credential.
#[derive(Clone, Debug)]
pub enum CredentialContent {
    /// That of a file, or of the files of a folder; a name without `/` is looked up in the
    /// host's credential stores.
    File(Named),
    /// This text, where no file gives it.
    Literal(Secret),
    /// Encrypted: the host alone can read it.
    Encrypted,
    /// Whatever the host's credential stores hold under such a name.
    Imported,
}

/// `BindPaths=` and `BindReadOnlyPaths=`.
#[derive(Clone, Debug)]
pub struct Bind {
    /// The path on the host.
    pub from: Named,
    /// The path that the process sees.
    pub to: String,
}

/// What the settings say of the process.
#[derive(Clone, Debug, Default)]
pub struct Service {
    /// In order: later ones win.
    pub environment: Vec<Assignment>,
    /// In order: later ones win, and all of them over `environment`.
    pub environment_files: Vec<Named>,
    /// Variables of the manager that are passed on, unless set here.
    pub passed_on: Vec<(String, Place)>,
    /// Taken away in the end.
    pub unset: Vec<Unset>,
    /// In order: the first of a name that gives it wins, files before literals.
    pub credentials: Vec<Credential>,
    /// What runs before: `ExecCondition=`, `ExecStartPre=`.
    pub before: Vec<Command>,
    /// `ExecStart=`.
    pub start: Vec<Command>,
    /// `User=`.
    pub user: Option<(String, Place)>,
    /// Paths that are not there for the process.
    pub hidden: Vec<Named>,
    /// Paths that the process sees elsewhere.
    pub binds: Vec<Bind>,
    /// `RootDirectory=` and `RootImage=`: its paths are not those of the host.
    pub root: Option<Named>,
    /// `DefaultInstance=`.
    pub default_instance: Option<(String, Place)>,
    /// Units that it pulls in: `Wants=`, `Requires=`, `Upholds=`, `BindsTo=`, `Also=`.
    pub wants: Vec<(String, Place)>,
    /// What systemd passes over.
    pub troubles: Vec<Trouble>,
}

/// Whether systemd takes this for the name of a variable.
#[must_use]
pub fn is_variable(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
