//! Dockerfiles as BuildKit reads them: lines that continue, heredocs, stages, and the
//! instructions that decide what is in an image. Runs nothing.

mod expand;
mod read;

use super::joined::Joined;
use super::place::Place;
use crate::model::secret::Secret;

pub use expand::{Expanded, expand};
pub use read::read;

/// What a file says.
#[derive(Debug, Default)]
pub struct Dockerfile {
    /// `ARG` before the first stage: for `FROM`, and for stages that ask for it by name.
    pub arguments: Vec<Pair>,
    /// In order.
    pub stages: Vec<Stage>,
    /// The character that continues lines and escapes.
    pub escape: char,
    /// Where something stands that no build takes, and what it is in words.
    pub troubles: Vec<(Place, &'static str)>,
}

/// A stage.
#[derive(Debug)]
pub struct Stage {
    /// `AS NAME`, in lower case.
    pub name: Option<String>,
    /// The image or the stage that it is made from.
    pub base: Joined,
    /// Its `FROM`.
    pub place: Place,
    /// What follows, as far as it matters.
    pub instructions: Vec<Instruction>,
}

/// An instruction.
#[derive(Debug)]
pub enum Instruction {
    /// `ENV`.
    Env(Vec<Pair>),
    /// `ARG`.
    Arg(Vec<Pair>),
    /// `LABEL`.
    Label(Vec<Pair>),
    /// `WORKDIR`.
    Workdir(Joined),
    /// `COPY` and `ADD`.
    Copy(Copy),
    /// `ENTRYPOINT`.
    Entrypoint(Form),
    /// `CMD`.
    Cmd(Form),
}

/// A name and what it is set to, as it is written.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The name.
    pub name: String,
    /// The value, still with its quotes; `None` for an `ARG` without a default.
    pub value: Option<Joined>,
    /// Where all of it stands.
    pub place: Place,
}

/// `COPY` and `ADD`.
#[derive(Debug)]
pub struct Copy {
    /// `--from`.
    pub from: Option<String>,
    /// What is copied, as it is written.
    pub sources: Vec<Joined>,
    /// Files whose text stands here.
    pub heredocs: Vec<Heredoc>,
    /// Where to.
    pub target: Joined,
    /// All of it.
    pub place: Place,
}

/// A file that stands in a Dockerfile.
#[derive(Clone, Debug)]
pub struct Heredoc {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub text: Secret,
    /// Where that stands.
    pub place: Place,
}

/// The two forms of a command.
#[derive(Clone, Debug)]
pub enum Form {
    /// A list of words.
    Exec(Vec<(Secret, Place)>),
    /// A text for a shell.
    Shell(Joined),
}

#[cfg(test)]
mod tests;
