//! The program behind the words: what shells, wrappers and entrypoints hand over to.

use super::Word;
use super::script::{Script, last};
use crate::model::secret::Secret;

/// The most wrappers in wrappers.
const MAX_DEPTH: usize = 16;

/// What is run in the end.
#[derive(Clone, Debug)]
pub struct Program {
    /// The program and its arguments; the program first, as it is named.
    pub words: Vec<Word>,
    /// Variables that the command line sets for it (`env A=b`, `A=b program`), in order.
    pub environment: Vec<(String, Word)>,
    /// What ran before it and handed over, outermost first, without folders.
    pub through: Vec<String>,
}

impl Program {
    /// Its name without the folder.
    #[must_use]
    pub fn name(&self) -> &str {
        self.words
            .first()
            .map_or("", |word| base(word.text.expose()))
    }
}

/// The program that a command line runs in the end; of a shell's script the last command, which
/// is the one that stays. `None` where there are no words.
#[must_use]
pub fn program(words: &[Word]) -> Option<Program> {
    let mut program = Program {
        words: words.to_vec(),
        environment: Vec::new(),
        through: Vec::new(),
    };
    for _ in 0..MAX_DEPTH {
        take_assignments(&mut program);
        let name = base(program.words.first()?.text.expose()).to_owned();
        let Some(next) = inner(&name, &program.words) else {
            return Some(program);
        };
        if next.is_empty() {
            return Some(program);
        }
        program.through.push(name);
        program.words = next;
    }
    Some(program)
}

pub(super) fn base(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or_default()
}

/// `A=b` before the program, as a shell and `env` have it.
fn take_assignments(program: &mut Program) {
    let is_after_wrapper = program.through.last().is_some_and(|name| {
        is_shell(name) || matches!(name.as_str(), "env" | "exec" | "dumb-init")
    });
    if !is_after_wrapper {
        return;
    }
    let assigned = program.words.iter().map_while(assignment);
    let assigned: Vec<(String, Word)> = assigned.collect();
    // the last word is the program, whatever it looks like
    if assigned.len() < program.words.len() {
        program.words.drain(..assigned.len());
        program.environment.extend(assigned);
    }
}

pub(super) fn assignment(word: &Word) -> Option<(String, Word)> {
    let (name, value) = word.text.expose().split_once('=')?;
    let is_name = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name.then(|| {
        let text = Secret::new(value.to_owned());
        let word = Word {
            text,
            ..word.clone()
        };
        (name.to_owned(), word)
    })
}

pub(super) fn is_shell(name: &str) -> bool {
    matches!(name, "sh" | "bash" | "dash" | "ash" | "zsh" | "ksh")
}

/// What the program hands over to; `None` where it is the one that stays.
pub(super) fn inner(name: &str, words: &[Word]) -> Option<Vec<Word>> {
    let rest = &words[1..];
    match name {
        shell if is_shell(shell) => script(rest),
        "exec" | "nohup" | "setsid" | "command" | "time" | "docker-init" | "catatonit" => {
            Some(after_options(rest, &["-a", "-l", "-c"], 0))
        }
        "env" => Some(after_options(
            rest,
            &["-u", "--unset", "-C", "--chdir", "-S"],
            0,
        )),
        "tini" | "tini-static" => Some(after_options(rest, &["-p", "-e"], 0)),
        "dumb-init" => Some(after_options(rest, &["-r", "--rewrite"], 0)),
        "su-exec" | "gosu" | "chpst" => Some(after_options(
            rest,
            &["-u", "-U"],
            usize::from(name != "chpst"),
        )),
        "setpriv" => Some(after_options(rest, &[], 0)),
        "nice" => Some(after_options(rest, &["-n"], 0)),
        "ionice" => Some(after_options(rest, &["-c", "-n"], 0)),
        "stdbuf" => Some(after_options(rest, &["-i", "-o", "-e"], 0)),
        "timeout" => Some(after_options(rest, &["-k", "-s"], 1)),
        "sudo" => Some(after_options(rest, &["-u", "-g", "-h", "-p", "-C"], 0)),
        "runuser" | "su" => None,
        "docker-entrypoint.sh" | "entrypoint.sh" | "docker-entrypoint" => {
            let words = after_options(rest, &[], 0);
            // the images of Redis and Postgres start their server on options alone
            let is_program = rest
                .first()
                .is_some_and(|first| !first.text.expose().starts_with('-'));
            is_program.then_some(words)
        }
        "xargs" | "wait-for-it.sh" | "wait-for-it" | "wait-for" | "dockerize" => after_dashes(rest),
        _ => None,
    }
}

/// The words after the options, of which some take the next word, and after that many operands.
fn after_options(words: &[Word], with_value: &[&str], operands: usize) -> Vec<Word> {
    let mut rest = words;
    while let Some(first) = rest.first() {
        let text = first.text.expose();
        if text == "--" {
            rest = &rest[1..];
            break;
        }
        if !text.starts_with('-') || text == "-" {
            break;
        }
        let taken = 1 + usize::from(with_value.contains(&text));
        rest = rest.get(taken..).unwrap_or_default();
    }
    rest.get(operands..).unwrap_or_default().to_vec()
}

fn after_dashes(words: &[Word]) -> Option<Vec<Word>> {
    let at = words.iter().position(|word| word.text.expose() == "--")?;
    Some(words[at + 1..].to_vec())
}

/// The last command of `sh -c TEXT`; `$0` and the words after it stay unknown.
fn script(words: &[Word]) -> Option<Vec<Word>> {
    let script = Script::of(words)?;
    let mut commands = script.split(&|_| None).commands;
    let mut command = commands.swap_remove(last(&commands)?);
    let words_of_shell = ["then", "do", "else", "{", "!", "if", "while"];
    while command.len() > 1 && words_of_shell.contains(&command[0].text.expose()) {
        command.remove(0);
    }
    Some(command)
}
