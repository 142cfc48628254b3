//! The `stem-sec` binary: hands the arguments to [`stem_sec::cli`] and its answer to the shell.

use std::process::ExitCode;

fn main() -> ExitCode {
    stem_sec::cli::main(std::env::args_os()).into()
}
