//! What a stage holds in the end: variables, build arguments, copied files, commands.

mod copy;

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};

use super::context::Context;
use crate::audit::process::{Gap, GapKind, How, Said, Value, Variable};
use crate::formats::dockerfile::{self, Dockerfile, Form, Instruction, Pair};
use crate::formats::joined::Joined;
use crate::formats::place::Place;
use crate::model::secret::Secret;

/// The most stages of one file that are followed.
const MAX_STAGES: usize = 200;

/// As much is made of variables in variables, and kept of stages for those on top, in bytes.
const MAX_MADE: usize = 64 << 20;

/// What an entry of a stage takes beside its texts, about.
const ENTRY: usize = 200;

/// The label that says what roles something has.
const ROLE_LABEL: &str = "stem.role";

/// A value in an image.
#[derive(Clone, Debug)]
pub(super) struct Baked {
    /// `None` where these files do not say it.
    pub(super) value: Option<Secret>,
    pub(super) place: Place,
    pub(super) said: Vec<Said>,
}

/// A file in an image.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) held: Held,
    pub(super) said: Vec<Said>,
}

/// What is in it.
#[derive(Clone, Debug)]
pub(super) enum Held {
    File(u32),
    Text(Secret, Place),
}

/// A stage as it is after its instructions.
#[derive(Clone, Debug, Default)]
pub(super) struct Stage {
    /// The image that it comes from in the end.
    pub(super) base: Option<String>,
    pub(super) environment: BTreeMap<String, Baked>,
    pub(super) arguments: BTreeMap<String, Baked>,
    pub(super) files: Vec<File>,
    pub(super) label: Option<(String, Place)>,
    pub(super) entrypoint: Option<Form>,
    pub(super) command: Option<Form>,
    pub(super) gaps: Vec<Gap>,
    workdir: String,
    /// Whether the command is that of a stage before.
    command_is_older: bool,
}

impl Stage {
    /// About what a copy of it takes, in bytes.
    fn size(&self) -> usize {
        let baked = self.environment.iter().chain(&self.arguments);
        let baked = baked.map(|(name, baked)| {
            let value = baked.value.as_ref().map_or(0, |value| value.expose().len());
            name.len() + value + size_of_val(&*baked.said)
        });
        let files = self.files.iter().map(|file| {
            let text = match &file.held {
                Held::File(_) => 0,
                Held::Text(text, _) => text.expose().len(),
            };
            file.path.len() + text + size_of_val(&*file.said)
        });
        let each = baked.chain(files).map(|size| size + ENTRY);
        each.sum::<usize>() + self.gaps.len() * ENTRY
    }
}

/// Builds the stages of a file.
pub(super) struct Builder<'b> {
    file: &'b Dockerfile,
    /// The build arguments that are given, by name.
    given: HashMap<&'b str, &'b Variable>,
    context: &'b Context<'b>,
    /// What is set before the first stage.
    globals: Stage,
    /// What may still be made.
    room: Cell<usize>,
}

impl<'b> Builder<'b> {
    pub(super) fn new(
        file: &'b Dockerfile,
        given: &'b [Variable],
        context: &'b Context<'b>,
    ) -> Builder<'b> {
        let given = given.iter().rev(); // of two, the first
        let mut builder = Builder {
            file,
            given: given.map(|one| (one.name.as_str(), one)).collect(),
            context,
            globals: Stage::default(),
            room: Cell::new(MAX_MADE),
        };
        for pair in &file.arguments {
            if let Some(baked) = builder.argument(pair, &builder.globals) {
                builder.globals.arguments.insert(pair.name.clone(), baked);
            }
        }
        builder
    }

    /// The number of the stage that is built.
    pub(super) fn target(&self, name: Option<&str>) -> Option<usize> {
        let last = self.file.stages.len().checked_sub(1)?;
        match name {
            Some(name) => self.named(name, last + 1).or_else(|| {
                let number = name.parse().ok()?;
                (number <= last).then_some(number)
            }),
            None => Some(last),
        }
    }

    /// The last stage of that name before another one.
    fn named(&self, name: &str, before: usize) -> Option<usize> {
        let name = name.to_ascii_lowercase();
        let stages = self.file.stages.iter().take(before);
        let mut named = stages
            .enumerate()
            .filter(|(_, stage)| stage.name.as_ref() == Some(&name));
        named.next_back().map(|(number, _)| number)
    }

    /// Everything that the stage holds.
    pub(super) fn build(&mut self, target: usize) -> Stage {
        let mut built: Vec<Stage> = Vec::new();
        for number in 0..=target.min(MAX_STAGES) {
            let stage = self.stage(number, &built);
            built.push(stage);
        }
        let mut stage = built.pop().unwrap_or_default();
        if target > MAX_STAGES {
            stage.gaps.push(Gap {
                place: self.file.stages[target].place,
                kind: GapKind::NotFollowed,
                text: "more stages than are followed".to_owned(),
            });
        }
        stage
    }

    fn stage(&self, number: usize, built: &[Stage]) -> Stage {
        let declared = &self.file.stages[number];
        let base = self.expanded(&declared.base, &self.globals);
        let base = base.map(|text| text.expose().to_owned());
        let parent = base.as_ref().and_then(|base| self.named(base, number));
        let parent = parent.and_then(|parent| built.get(parent));
        let mut stage = match parent {
            Some(parent) if !self.spend(parent.size()) => Stage {
                base: parent.base.clone(),
                workdir: "/".to_owned(),
                gaps: vec![Gap {
                    place: declared.place,
                    kind: GapKind::NotFollowed,
                    text: "the stages before hold more than is followed".to_owned(),
                }],
                ..Stage::default()
            },
            Some(parent) => Stage {
                command_is_older: true,
                ..parent.clone()
            },
            None => Stage {
                base,
                workdir: "/".to_owned(),
                ..Stage::default()
            },
        };
        for instruction in &declared.instructions {
            self.take(instruction, &mut stage, number, built);
        }
        stage
    }

    fn take(&self, instruction: &Instruction, stage: &mut Stage, number: usize, built: &[Stage]) {
        match instruction {
            Instruction::Env(pairs) => {
                // all of them see what was set before the line
                let baked = pairs
                    .iter()
                    .map(|pair| (pair.name.clone(), self.set(pair, stage)));
                let baked: Vec<(String, Baked)> = baked.collect();
                stage.environment.extend(baked);
            }
            Instruction::Arg(pairs) => {
                for pair in pairs {
                    if let Some(baked) = self.argument(pair, stage) {
                        stage.arguments.insert(pair.name.clone(), baked);
                    }
                }
            }
            Instruction::Label(pairs) => {
                for pair in pairs.iter().filter(|pair| pair.name == ROLE_LABEL) {
                    if let Some(value) = &pair.value
                        && let Some(text) = self.expanded(value, stage)
                    {
                        stage.label = Some((text.expose().to_owned(), value.place()));
                    }
                }
            }
            Instruction::Workdir(path) => {
                if let Some(path) = self.expanded(path, stage) {
                    stage.workdir = absolute(&stage.workdir, path.expose());
                }
            }
            Instruction::Copy(copy) => self.copy(copy, stage, number, built),
            Instruction::Entrypoint(form) => {
                stage.entrypoint = Some(form.clone());
                if stage.command_is_older {
                    stage.command = None;
                }
            }
            Instruction::Cmd(form) => {
                stage.command = Some(form.clone());
                stage.command_is_older = false;
            }
        }
    }

    fn expand(&self, value: &Joined, stage: &Stage) -> dockerfile::Expanded {
        let lookup = |name: &str| {
            let known = stage
                .environment
                .get(name)
                .or_else(|| stage.arguments.get(name));
            match known {
                Some(baked) => Some(baked.value.clone()),
                None => matches!(
                    name,
                    "PATH" | "HOME" | "TARGETPLATFORM" | "TARGETARCH" | "TARGETOS"
                )
                .then_some(None),
            }
        };
        let word = value.text().expose();
        let mut expanded = dockerfile::expand(word, self.file.escape, &lookup);
        let made = expanded.text.as_ref().map_or(0, |text| text.expose().len());
        if !expanded.names.is_empty() && !self.spend(made) {
            expanded.text = None;
        }
        expanded
    }

    /// Whether there is room for that much.
    fn spend(&self, made: usize) -> bool {
        let left = self.room.get().checked_sub(made);
        self.room.set(left.unwrap_or(0));
        left.is_some()
    }

    fn expanded(&self, value: &Joined, stage: &Stage) -> Option<Secret> {
        self.expand(value, stage).text
    }

    /// A variable of `ENV`.
    fn set(&self, pair: &Pair, stage: &Stage) -> Baked {
        let mut baked = Baked {
            value: Some(Secret::new(String::new())),
            place: pair.place,
            said: vec![Said {
                place: pair.place,
                how: How::Environment,
            }],
        };
        let Some(value) = &pair.value else {
            return baked;
        };
        let expanded = self.expand(value, stage);
        baked.value = expanded.text;
        baked.place = inside_quotes(value).place();
        for name in &expanded.names {
            let (origin, how) = match (stage.environment.get(name), stage.arguments.get(name)) {
                (Some(origin), _) => (origin, How::Interpolation),
                (None, Some(origin)) => (origin, How::BuildArgument),
                (None, None) => continue,
            };
            if expanded.is_one_variable {
                baked.place = origin.place;
            }
            baked.said.push(Said {
                place: origin.place,
                how,
            });
        }
        baked
    }

    /// A build argument: what is given, else its default, else that of the top of the file.
    fn argument(&self, pair: &Pair, stage: &Stage) -> Option<Baked> {
        if let Some(given) = self.given.get(pair.name.as_str()) {
            let value = match &given.value {
                Value::Known(value) => Some(value.clone()),
                Value::WithoutLogin(_) | Value::Unknown(_) => None,
            };
            return Some(Baked {
                value,
                place: given.place,
                said: given.said.clone(),
            });
        }
        match &pair.value {
            Some(value) => Some(Baked {
                value: self.expanded(value, stage),
                place: inside_quotes(value).place(),
                said: Vec::new(),
            }),
            None => self.globals.arguments.get(&pair.name).cloned(),
        }
    }
}

/// A path as it is in the image.
fn absolute(workdir: &str, path: &str) -> String {
    let whole = match path.starts_with('/') {
        true => path.to_owned(),
        false => format!("{workdir}/{path}"),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// A value without the quotes around it.
fn inside_quotes(value: &Joined) -> Joined {
    let text = value.text().expose();
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    match quote {
        Some(quote) if text.len() > 1 && text.ends_with(quote) => value.slice(1..text.len() - 1),
        _ => value.clone(),
    }
}
