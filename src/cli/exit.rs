//! Exit codes: a promise to scripts, the same for every output format.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Yes, or done.
    Yes = 0,
    /// The answer is no.
    No = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// Nothing to judge was found.
    Nothing = 3,
    /// It could not be done.
    Failed = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// The table, as it ends every help page.
pub(crate) const TABLE: &str = "\
Exit codes:
  0  yes, or done
  1  the answer is no (findings, an unsafe plan, something that expires, does not verify, differs)
  2  the command line makes no sense
  3  nothing to judge was found
  4  it could not be done (a file that cannot be read, a refusal to overwrite)";

/// What it does, examples, usage, arguments, exit codes.
pub(crate) const TEMPLATE: &str =
    "{about-with-newline}\n{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}";
