//! Env files: what each loader makes of the same bytes, with the place of every name and
//! value, and how to write what all of them read alike. Reads no other file and no environment:
//! what is set outside is asked for.

mod compose;
mod docker;
mod kubernetes;
mod lines;
mod python;
mod reading;
mod shell;
mod stem;
mod systemd;
mod write;

use crate::formats::place::Place;
use crate::model::secret::Secret;
use reading::Reading;

pub use write::{DotenvError, line};

/// Whose rules a file is read by. Of several assignments to one name the last one wins, unless
/// it says otherwise here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// Docker Compose, for `.env` and `env_file`: what compose-go's `dotenv` does.
    Compose,
    /// Docker Compose's `format: raw`: the rules of [`Docker`](Dialect::Docker).
    ComposeRaw,
    /// `docker run --env-file`: docker/cli's `kvfile`.
    Docker,
    /// systemd's `EnvironmentFile=`: its `env-file.c` and what the manager then takes.
    Systemd,
    /// `source` in bash. Whether a variable is exported is not looked at: `set -a` may stand
    /// outside of the file.
    Shell,
    /// `kubectl create configmap|secret --from-env-file`: refuses a second assignment to a name.
    Kubectl,
    /// The `envs:` of a kustomization's generators: refuses a second assignment to a name.
    Kustomize,
    /// `stem worker multi --env-file`.
    StemCli,
    /// python-dotenv's `load_dotenv`: the environment goes before the file.
    Python,
}

/// A variable that a file sets.
#[derive(Debug)]
pub struct Assignment {
    /// Its name, as the process would see it.
    pub name: String,
    /// Where the name stands.
    pub name_place: Place,
    /// What it is set to; `None` where it is taken over from the loader's own environment, or
    /// where it is not [`exact`](Assignment::exact).
    pub value: Option<Secret>,
    /// The text of the value as it is written, inside its quotes; the name where there is none.
    pub value_place: Place,
    /// The variables that the value names by interpolation and that took part in it, in order.
    /// Those that are set neither outside nor in the file count as empty.
    pub references: Vec<String>,
    /// Whether the value is known; where it is not, a [`Trouble`] at its place mostly says why.
    pub exact: bool,
    /// All of the statement, `export` and quotes included.
    pub place: Place,
}

/// What is wrong with a line. Never says what stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Trouble {
    /// Bytes that are no UTF-8.
    #[error("is not UTF-8")]
    NotUtf8,
    /// A NUL byte.
    #[error("has a NUL byte in it")]
    Nul,
    /// No name before the `=`.
    #[error("has no name before its `=`")]
    NoName,
    /// A name that this loader does not take (a stray `export` or a blank is part of it).
    #[error("sets a name that its loader does not take")]
    BadName,
    /// Neither an assignment nor a comment.
    #[error("sets nothing")]
    NoEquals,
    /// A quote that is not closed.
    #[error("has a quote that is not closed")]
    Unterminated,
    /// `${` that begins no variable.
    #[error("has a `${{` that begins no variable")]
    Interpolation,
    /// `${NAME:?}` of a variable that is set nowhere that is known.
    #[error("needs a variable that is not set here")]
    Required,
    /// A second assignment to a name, where the loader allows one.
    #[error("sets a name again")]
    Duplicate,
    /// A line of more than 65,535 bytes, where the loader's buffer ends.
    #[error("is longer than its loader reads")]
    LineTooLong,
    /// A file or a value that is larger than it may be.
    #[error("is larger than its loader, or this tool, takes")]
    TooLarge,
    /// A comment that ends in a backslash: systemd before version 254 takes the next line for a
    /// part of it.
    #[error("ends in a backslash, and makes older versions of systemd skip the next line")]
    CommentContinues,
    /// A command, a function, a condition: this could set anything, and is not run.
    #[error("runs a command, which could set anything")]
    Command,
    /// What no shell can make sense of.
    #[error("is not what a shell understands")]
    Syntax,
}

/// A file as its loader sees it.
#[derive(Debug, Default)]
pub struct EnvFile {
    /// What it sets, in order, all of it.
    pub assignments: Vec<Assignment>,
    /// What is wrong with it, in order.
    pub troubles: Vec<(Place, Trouble)>,
    /// Whether the loader refuses all of it: there are no assignments then.
    pub refused: bool,
}

/// Reads a file. `source` is the number that stands in every place; `lookup` knows what is set
/// in the loader's own environment, as far as that is known.
#[must_use]
pub fn read(
    bytes: &[u8],
    source: u32,
    dialect: Dialect,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> EnvFile {
    let text = reading::text_of(bytes);
    let mut reading = Reading::new(bytes, &text, source, lookup);
    match dialect {
        Dialect::Compose => compose::read(&mut reading),
        Dialect::ComposeRaw | Dialect::Docker => docker::read(&mut reading),
        Dialect::Systemd => systemd::read(&mut reading),
        Dialect::Shell => shell::read(&mut reading),
        Dialect::Kubectl => kubernetes::read_kubectl(&mut reading),
        Dialect::Kustomize => kubernetes::read_kustomize(&mut reading),
        Dialect::Python => python::read(&mut reading),
        Dialect::StemCli => stem::read(&mut reading),
    }
    reading.done()
}

#[cfg(test)]
mod tests;
