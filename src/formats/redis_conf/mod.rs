//! `redis.conf`: one directive a line, its arguments split as Redis splits them
//! (`sdssplitargs`): at blanks, with double quotes, in which `\` escapes. Read and written.

mod effective;
mod read;
mod split;
mod users;
mod write;

pub use effective::{Command, Effective, Included, Setting, Word, effective, of_command};
pub use read::{Conf, ConfProblem, Directive, MAX_DIRECTIVES, read};
pub use users::{DefaultUser, NAME as DEFAULT_USER};
pub use write::*;

#[cfg(test)]
mod tests;
