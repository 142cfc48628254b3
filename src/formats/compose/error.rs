//! Why a compose project is not read: where, and what to change. Never quotes a value.

use crate::formats::yaml::{Place, YamlProblem};

/// A place in one of the project's files, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{file}`, line {line}: {problem}")]
pub struct ComposeError {
    /// The file's name as the user knows it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a project's file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Not a YAML file that can be read.
    #[error("{0}")]
    Yaml(YamlProblem),
    /// None, or several joined by `---`.
    #[error("the file is not one YAML document")]
    Documents,
    /// A key has another kind of value than Compose takes.
    #[error("`{0}` is not what Compose takes there")]
    Shape(String),
    /// A key stands twice in a mapping.
    #[error("the key `{0}` stands there twice")]
    Repeated(String),
    /// A feature that leads to other files.
    #[error("`{0}` is not followed")]
    Unfollowed(&'static str),
    /// `extends` names a service that is not in this file, or leads back to itself.
    #[error("`extends` leads to no service of this file that stands by itself")]
    Extends,
    /// A `$` that begins no interpolation.
    #[error("a `$` begins nothing that Compose knows")]
    Interpolation,
    /// A path depends on a variable that is set nowhere.
    #[error("the path depends on the variable `{0}`, which neither `.env` nor a default sets")]
    Unset(String),
    /// A variable that a `${NAME:?}` asks for and nothing sets.
    #[error("the variable `{0}` is asked for, and neither `.env` nor a default sets it")]
    Required(String),
    /// An env file line that Compose does not take.
    #[error("the line is no `NAME=value` that Compose takes")]
    EnvFile,
    /// A file that the project needs.
    #[error("the env file `{0}` is not there")]
    NoEnvFile(String),
    /// A file that cannot be looked into.
    #[error("`{0}` cannot be read")]
    Unreadable(String),
    /// A file that `include` or `extends` names and that is not there.
    #[error("`{0}` is not there")]
    NoFile(String),
    /// A path that leads out of what is looked at.
    #[error("`{0}` lies outside of what is looked at")]
    Outside(String),
    /// Files that lead back to themselves.
    #[error("`{0}` leads back to itself")]
    Cycle(String),
    /// A name that an included file gives again.
    #[error("`{0}` is declared here and in what is included")]
    Conflict(String),
    /// A secret, config, volume or service that is declared nowhere.
    #[error("`{0}` is declared nowhere")]
    Undeclared(String),
    /// A command that is no shell words.
    #[error("the command line does not end where it should")]
    Words,
    /// More than a project ever is.
    #[error("the project is larger than stem-sec follows")]
    TooMuch,
}

impl ComposeError {
    /// An error at this place.
    #[must_use]
    pub fn new(files: &[String], place: Place, problem: Problem) -> ComposeError {
        let file = files.get(place.source as usize).cloned();
        ComposeError {
            file: file.unwrap_or_default(),
            line: place.line,
            column: place.column,
            problem,
        }
    }

    /// What to type next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match &self.problem {
            Problem::Yaml(_)
            | Problem::Documents
            | Problem::Shape(_)
            | Problem::Repeated(_)
            | Problem::Conflict(_)
            | Problem::Undeclared(_)
            | Problem::Words
            | Problem::TooMuch => "see what Compose says of it: docker compose config",
            Problem::Unfollowed(_) | Problem::Extends | Problem::Cycle(_) => {
                "write it out: docker compose config --no-interpolate shows the project in one file"
            }
            Problem::Interpolation => "write `$$` for a `$` that is meant as such",
            Problem::Unset(_) | Problem::Required(_) => {
                "set it in `.env`, or give it a default there: ${NAME:-default}"
            }
            Problem::EnvFile => "write each variable as NAME=value on a line of its own",
            Problem::NoEnvFile(_) | Problem::NoFile(_) => {
                "create it, or take it out of the project"
            }
            Problem::Unreadable(_) | Problem::Outside(_) => {
                "let stem-sec read it, or take it out of the project"
            }
        };
        Some(hint.to_owned())
    }
}
