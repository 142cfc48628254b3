//! What is found in deployment files, in one form for every format: deployments, their
//! processes, the environment that each process really gets, and the files it can read.

mod value;

use super::reach::{Called, Optional, Published};
use crate::formats::command_line::{self, Program, Word};
use crate::formats::place::Place;
use crate::model::role::Role;
use crate::model::secret::Secret;
pub use value::Value;

/// Processes that belong together. Judgements across processes never cross it.
#[derive(Debug)]
pub struct Deployment {
    /// What the files call it; else the folder. Unique in an inventory.
    pub name: String,
    /// What starts its processes.
    pub kind: Kind,
    /// The folder it was found in, relative to the current one; `-` for standard input.
    pub folder: String,
    /// In the order of the files.
    pub processes: Vec<Process>,
    /// What was taken for granted to read it so: one sentence each.
    pub assumptions: Vec<String>,
}

/// What starts the processes of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A compose project.
    Compose,
    /// A kustomization root, a folder of manifests or a stream of them, by namespace.
    Kubernetes,
    /// The units of one host.
    Systemd,
    /// An image that is built with more than code in it.
    Image,
    /// Env files and folders that no process manager names.
    Files,
    /// The environment of the process that asks.
    Environment,
}

/// One process as it is started, whatever the number of its replicas.
#[derive(Debug, Default)]
pub struct Process {
    /// The service, unit, or workload and container: `api`, `stem-worker@.service`,
    /// `deployment/api:app`.
    pub name: String,
    /// Where it is declared.
    pub place: Place,
    /// What a manifest's `service:` is held against: the service, unit or workload alone.
    pub service: String,
    /// The environment it really gets: each name once, in no special order.
    pub environment: Vec<Variable>,
    /// What the image that it runs is built with, and variables of that image that are overridden:
    /// no part of its environment, but it stays in the image and its history.
    pub built_with: Vec<Variable>,
    /// The files it can read, of those that can matter: each path once.
    pub files: Vec<Readable>,
    /// Its command line: entrypoint and command, word by word, the program first.
    pub arguments: Vec<Argument>,
    /// The image it runs.
    pub image: Option<String>,
    /// From where others reach it beyond its own network.
    pub published: Vec<Published>,
    /// By which names others of its deployment reach it; empty where that is its service's.
    pub called: Vec<Called>,
    /// Its namespace in the cluster, where that is known.
    pub namespace: Option<String>,
    /// Whether names may lead it to others than those of its deployment.
    pub reaches_beyond: bool,
    /// What it can be started without of what gives it variables.
    pub optional: Vec<Optional>,
    /// What the user said of its roles in the deployment's own files (`stem.role`), with the
    /// place.
    pub label: Option<(String, Place)>,
    /// What is known to be missing here, or could not be followed: one sentence each.
    pub gaps: Vec<Gap>,
    /// How many of the gaps, the first ones, have to do with its environment.
    pub gaps_of_environment: usize,
}

/// A variable of a process.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name, case kept.
    pub name: String,
    /// What it really ends with.
    pub value: Value,
    /// Where that value was written: the text of the value itself, however it came here.
    pub place: Place,
    /// How the value came here: from the process towards the place where it is written, that
    /// one included. Before it, as [`How::Overridden`], the values that lost against it.
    pub said: Vec<Said>,
}

/// The most lost values that are kept: the last ones.
const MAX_LOST: usize = 50;

impl Variable {
    /// Another value for the same variable, which wins.
    pub fn give_way(&mut self, newer: Variable) {
        let lost = Said {
            place: self.place,
            how: How::Overridden,
        };
        let earlier = std::mem::take(&mut self.said).into_iter();
        let mut said: Vec<Said> = earlier.filter(|said| said.how == How::Overridden).collect();
        if said.len() >= MAX_LOST {
            said.remove(0);
        }
        said.push(lost);
        said.extend(newer.said.iter().cloned());
        *self = Variable { said, ..newer };
    }
}

impl Process {
    /// The variable with this name.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.environment.iter().find(|one| one.name == name)
    }

    /// The program that its command line runs in the end. The places of its words are the
    /// numbers of the arguments that they come from.
    #[must_use]
    pub fn program(&self) -> Option<Program> {
        let words: Vec<Word> = self
            .arguments
            .iter()
            .enumerate()
            .map(|(number, argument)| Word {
                text: argument.text.clone(),
                place: Place::top(u32::try_from(number).unwrap_or(u32::MAX)),
                is_known: !argument.is_open,
            })
            .collect();
        command_line::program(&self.with_entrypoint(words))
    }

    /// The words of its command line where they are written.
    pub(super) fn words(&self) -> impl Iterator<Item = Word> {
        self.arguments.iter().map(|argument| Word {
            text: argument.text.clone(),
            place: argument.place,
            is_known: !argument.is_open,
        })
    }

    /// Images of servers put their server before a command that begins with an option.
    fn with_entrypoint(&self, mut words: Vec<Word>) -> Vec<Word> {
        let begins_with_option = words
            .first()
            .is_some_and(|word| word.text.expose().starts_with('-'));
        let image = self.image.as_deref().unwrap_or_default();
        let name = image.rsplit('/').next().unwrap_or_default();
        let server = match name.split([':', '@']).next() {
            Some("redis" | "redis-stack-server") => "redis-server",
            Some("valkey") => "valkey-server",
            Some("postgres") => "postgres",
            _ => return words,
        };
        if begins_with_option {
            let word = Word {
                text: Secret::new(server.to_owned()),
                place: Place::top(u32::MAX),
                is_known: true,
            };
            words.insert(0, word);
        }
        words
    }
}

/// A place that had a say in what a process gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Where.
    pub place: Place,
    /// By which means.
    pub how: How,
}

/// By which means something comes to a process. The words are those of the formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// Compose `environment`, a container's `env` with a literal, `Environment=`, `ENV`.
    Environment,
    /// Compose `env_file`, systemd `EnvironmentFile=`: the entry that names the file.
    EnvFile,
    /// A variable in a file of that kind: the line.
    EnvFileLine,
    /// The variable that another value names with `$`: the statement that sets it.
    Interpolation,
    /// Kubernetes `envFrom`.
    EnvFrom,
    /// Kubernetes `valueFrom`.
    ValueFrom,
    /// The entry of a Secret or ConfigMap, or of a generator, that holds the value.
    Entry,
    /// Compose `volumes`, Kubernetes `volumeMounts`.
    Mount,
    /// Compose `secrets`, systemd `LoadCredential=`.
    Secret,
    /// Compose `configs`.
    Config,
    /// A build argument: `build.args`, `ARG`.
    BuildArgument,
    /// `COPY` or `ADD` into an image.
    Copy,
    /// Compose's or systemd's own environment: `environment: [NAME]`, `PassEnvironment=`.
    PassedOn,
    /// Another value, which lost against this one.
    Overridden,
    /// Taken away: `UnsetEnvironment=`, `!reset`.
    Removed,
    /// An argument of a command line that sets it or names a file.
    Argument,
    /// A setting in a configuration file that names it.
    Setting,
    /// The folder of a component that the manifest names.
    Manifest,
}

/// A file that a process can read.
#[derive(Debug)]
pub struct Readable {
    /// Its path in the process's own view.
    pub path: String,
    /// What is in it.
    pub content: Content,
    /// How it comes to the process: from there towards the place where it lies.
    pub said: Vec<Said>,
}

/// What is in a file that a process can read.
#[derive(Debug)]
pub enum Content {
    /// One of the files that were read: its number.
    File(u32),
    /// A text that stands in another file: what it says, and where it stands.
    Text(Secret, Place),
    /// Something that was not read: why not, in words.
    Unknown(String),
}

/// A word of a command line.
#[derive(Clone)]
pub struct Argument {
    /// After the loader's own unquoting and interpolation; may hold a secret.
    pub text: Secret,
    /// Where that text is written.
    pub place: Place,
    /// How it came here: from the word of the command line towards its text.
    pub said: Vec<Said>,
    /// Whether part of it is not known.
    pub is_open: bool,
}

impl Argument {
    /// A word that stands on the command line as it is.
    #[must_use]
    pub fn plain(text: Secret, place: Place) -> Argument {
        Argument {
            text,
            place,
            said: vec![Said {
                place,
                how: How::Argument,
            }],
            is_open: false,
        }
    }
}

/// Something that is not known, or not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Where that became clear.
    pub place: Place,
    /// What is the matter.
    pub kind: GapKind,
    /// In words, without values.
    pub text: String,
}

/// What kind of gap it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GapKind {
    /// A reference to something that is not there, and without which the process does not start.
    Missing,
    /// A reference to something that is not there, and may be missing: `required: false`, `-`,
    /// `optional: true`.
    OptionalMissing,
    /// Something that these files do not contain: an ExternalSecret, a path outside the tree.
    Outside,
    /// Something this tool does not follow, though it could be.
    NotFollowed,
    /// A file that could not be read, or is not what its loader takes: the loader would refuse it.
    Unreadable,
    /// A line of a file that its loader skips.
    Skipped,
    /// Nothing is wrong, but someone should know.
    Note,
}

/// Which roles a process has, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// Each once; empty when nothing says it.
    pub roles: Vec<Role>,
    /// By what.
    pub from: RolesFrom,
    /// In words: ``the command runs `redis-server` ``.
    pub reason: String,
    /// The component of the manifest that it is, where that says so.
    pub component: Option<String>,
}

/// What says which roles a process has, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RolesFrom {
    /// A component of `stem-sec.yaml`.
    Manifest,
    /// `--assign`.
    Assign,
    /// The label `stem.role`.
    Label,
    /// Its command line.
    Command,
    /// Its image.
    Image,
    /// The name of its service, unit, workload or file.
    Name,
    /// Nothing.
    Unknown,
}

impl std::fmt::Debug for Argument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Argument@{}:{}", self.place.line, self.place.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_variable_that_is_set_again_and_again_the_last_lost_values_are_kept() {
        let variable = |line| Variable {
            name: "A".to_owned(),
            value: Value::Unknown(String::new()),
            place: Place {
                line,
                ..Place::default()
            },
            said: Vec::new(),
        };
        let mut last = variable(1);
        for line in 2..=200 {
            last.give_way(variable(line));
        }
        let said = &last.said;
        assert_eq!(said.len(), MAX_LOST);
        assert_eq!(said.last().map(|said| said.place.line), Some(199));
    }
}
