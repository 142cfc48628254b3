//! What a Redis ends with: its file, what that includes, and its command line over them.

use super::read::{Conf, ConfProblem, Directive, read};
use super::split::split;
use crate::formats::place::Place;
use crate::model::secret::Secret;

/// The deepest includes; Redis has no bound but its stack.
const MAX_DEPTH: usize = 32;

/// The most files that are read for one server.
const MAX_FILES: usize = 1_000;

/// A word of a command line.
#[derive(Clone)]
pub struct Word<'w> {
    /// Its text.
    pub text: &'w str,
    /// Where it stands.
    pub place: Place,
}

/// How a Redis is started.
#[derive(Debug, Default)]
pub struct Command {
    /// The configuration that it reads, with the place where it is named.
    pub file: Option<(String, Place)>,
    /// Whether it reads one more from standard input (`-`).
    pub reads_stdin: bool,
    /// Whether it is a Sentinel.
    pub is_sentinel: bool,
    /// What its options say, in order; they win over the file.
    pub options: Conf,
}

/// A directive that counts, and the way to it.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The directive.
    pub directive: Directive,
    /// The `include`s that lead to it, outermost first.
    pub through: Vec<Place>,
}

/// A file that an `include` names, for whoever has the files.
#[derive(Debug)]
pub enum Included {
    /// These, in order: one, or all that a pattern matches.
    Files(Vec<(u32, Vec<u8>)>),
    /// Nothing, where that is no error: a pattern that matches nothing.
    Nothing,
    /// It cannot be had; the words say why.
    Unread(String),
}

/// Everything that a configuration says.
#[derive(Debug, Default)]
pub struct Effective {
    /// In the order in which they take effect: of most, the last one wins.
    pub settings: Vec<Setting>,
    /// Lines that Redis does not take.
    pub troubles: Vec<(Place, ConfProblem)>,
    /// What is included and cannot be had: where, and why in words.
    pub unread: Vec<(Place, String)>,
}

impl Effective {
    /// The last directive of that name: the one that counts where it holds one value.
    #[must_use]
    pub fn last(&self, name: &str) -> Option<&Setting> {
        let mut settings = self.settings.iter().rev();
        settings.find(|setting| setting.directive.name == name)
    }
}

/// Puts a file, what it includes and the options together. `include` supplies what the path of
/// an `include` means; it is relative to the folder in which the server runs.
pub fn effective(
    file: Option<(u32, &[u8])>,
    options: &Conf,
    include: &mut dyn FnMut(&str, Place) -> Included,
) -> Effective {
    let mut following = Following {
        include,
        through: Vec::new(),
        sources: Vec::new(),
        files: 0,
        out: Effective::default(),
    };
    if let Some((source, bytes)) = file {
        following.sources.push(source);
        following.add(read(bytes, source));
        following.sources.pop();
    }
    let options = Conf {
        directives: options.directives.clone(),
        troubles: options.troubles.clone(),
    };
    following.add(options);
    following.out
}

struct Following<'f> {
    include: &'f mut dyn FnMut(&str, Place) -> Included,
    through: Vec<Place>,
    /// The files that are being read, the outermost first.
    sources: Vec<u32>,
    files: usize,
    out: Effective,
}

impl Following<'_> {
    fn add(&mut self, conf: Conf) {
        self.out.troubles.extend(conf.troubles);
        for directive in conf.directives {
            match directive.argument(0) {
                Some((path, place)) if directive.name == "include" => {
                    if directive.arguments.len() == 1 {
                        let path = path.expose().to_owned();
                        self.follow(&path, place, directive.place);
                    }
                }
                _ => self.out.settings.push(Setting {
                    directive,
                    through: self.through.clone(),
                }),
            }
        }
    }

    fn follow(&mut self, path: &str, place: Place, line: Place) {
        if self.through.len() >= MAX_DEPTH {
            self.out.troubles.push((place, ConfProblem::Cycle));
            return;
        }
        let files = match (self.include)(path, place) {
            Included::Files(files) => files,
            Included::Nothing => return,
            Included::Unread(why) => {
                self.out.unread.push((place, why));
                return;
            }
        };
        for (source, bytes) in files {
            self.files += 1;
            let is_bounded =
                self.files <= MAX_FILES && self.out.settings.len() < super::read::MAX_DIRECTIVES;
            if self.sources.contains(&source) || !is_bounded {
                self.out.troubles.push((place, ConfProblem::Cycle));
                return;
            }
            self.through.push(line);
            self.sources.push(source);
            self.add(read(&bytes, source));
            self.sources.pop();
            self.through.pop();
        }
    }
}

/// How a command line starts a Redis; `None` where its program is none.
#[must_use]
pub fn of_command(words: &[Word<'_>]) -> Option<Command> {
    let program = words.first()?.text.rsplit('/').next()?;
    let is_sentinel = matches!(program, "redis-sentinel" | "valkey-sentinel");
    let is_server = matches!(
        program,
        "redis-server" | "valkey-server" | "keydb-server" | "redis-stack-server"
    );
    if !is_server && !is_sentinel {
        return None;
    }
    let mut command = Command {
        is_sentinel,
        ..Command::default()
    };
    let mut rest = &words[1..];
    if let Some(first) = rest.first().filter(|word| !word.text.starts_with('-')) {
        command.file = Some((first.text.to_owned(), first.place));
        rest = &rest[1..];
    }
    let had_file = command.file.is_some();
    options(rest, had_file, &mut command);
    let sentinel =
        |directive: &Directive| directive.name == "sentinel" && directive.arguments.is_empty();
    command.is_sentinel |= command.options.directives.iter().any(sentinel);
    Some(command)
}

/// The options as lines of a configuration, which is what Redis makes of them.
fn options(words: &[Word<'_>], had_file: bool, command: &mut Command) {
    let mut lines: Vec<Line<'_>> = Vec::new();
    // whether the option before has its value, so that `--` begins another one
    let mut is_complete = true;
    for (number, word) in words.iter().enumerate() {
        let is_last = number + 1 == words.len();
        let is_first = number == 0 && !had_file;
        if word.text == "-" && (is_first || is_last) {
            command.reads_stdin = true;
        } else if let Some(option) = word.text.strip_prefix("--").filter(|_| is_complete) {
            let mut line = Line::default();
            let parts = split(word.text.as_bytes());
            let is_name_only = parts.is_some_and(|parts| parts.len() == 1);
            line.push(option, word);
            is_complete = true;
            if is_name_only {
                let next = words.get(number + 1);
                let has_value = next.is_some_and(|next| !next.text.starts_with("--"));
                match option.to_ascii_lowercase().as_str() {
                    "save" if !has_value && (next.is_some() || is_last) => line.push("\"\"", word),
                    "sentinel" if !has_value => {}
                    _ => is_complete = false,
                }
            }
            lines.push(line);
        } else {
            let quoted = super::write::quoted(word.text);
            match lines.last_mut() {
                Some(line) => line.push(&quoted, word),
                None => {
                    let mut line = Line::default();
                    line.push(&quoted, word);
                    lines.push(line);
                }
            }
            is_complete = true;
        }
    }
    for line in lines {
        line.read(&mut command.options);
    }
}

/// An option with its values, as one line.
#[derive(Default)]
struct Line<'w> {
    text: String,
    /// Where in it each word begins.
    words: Vec<(usize, &'w Word<'w>)>,
}

impl<'w> Line<'w> {
    fn push(&mut self, text: &str, word: &'w Word<'w>) {
        self.words.push((self.text.len(), word));
        self.text.push_str(text);
        self.text.push(' ');
    }

    fn read(self, out: &mut Conf) {
        let Some(place) = self.words.first().map(|(_, word)| word.place) else {
            return;
        };
        // an option may bring more lines, if it has line breaks in it
        let mut start = 0;
        for line in self.text.split('\n') {
            let at = start;
            start += line.len() + 1;
            if line.trim_start().starts_with('#') {
                continue;
            }
            let Some(parts) = split(line.as_bytes()) else {
                out.troubles.push((place, ConfProblem::Quotes));
                continue;
            };
            let word_at = |offset: usize| {
                let after = self
                    .words
                    .partition_point(|(begins, _)| *begins <= at + offset);
                self.words[after.saturating_sub(1)].1.place
            };
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let mut parts = parts.into_iter();
            let Some(name) = parts.next() else {
                continue;
            };
            let mut directive = Directive {
                name: text(&name.bytes).to_ascii_lowercase(),
                arguments: Vec::new(),
                place: word_at(name.range.start),
                argument_places: Vec::new(),
            };
            for part in parts {
                directive.argument_places.push(word_at(part.range.start));
                directive.arguments.push(Secret::new(text(&part.bytes)));
            }
            out.directives.push(directive);
        }
    }
}

impl std::fmt::Debug for Word<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Word@{}:{}", self.place.line, self.place.column)
    }
}
