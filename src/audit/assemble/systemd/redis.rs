//! A unit that starts a Redis: the configuration that its command names, what that includes,
//! and the files that both name, as far as the process reads them.

use std::collections::BTreeMap;

use super::Reading;
use super::environment::unread_gap;
use crate::audit::process::{Content, Gap, GapKind, How, Process, Readable, Said};
use crate::audit::tree::Unread;
use crate::formats::command_line::{self, Word};
use crate::formats::glob;
use crate::formats::place::Place;
use crate::formats::redis_conf::{self, Included};
use crate::formats::systemd::service::Service;

/// Settings that name a file.
const FILES: [&str; 6] = [
    "tls-cert-file",
    "tls-key-file",
    "tls-client-cert-file",
    "tls-client-key-file",
    "tls-ca-cert-file",
    "aclfile",
];

/// How a file came to be read, by its number.
type Ways = BTreeMap<u32, Vec<Said>>;

impl Reading<'_> {
    pub(super) fn follow_redis(&mut self, service: &Service, process: &mut Process) {
        let words: Vec<Word> = process
            .arguments
            .iter()
            .map(|argument| Word {
                text: argument.text.clone(),
                place: argument.place,
                is_known: true,
            })
            .collect();
        let Some(program) = command_line::program(&words) else {
            return;
        };
        let words: Vec<redis_conf::Word<'_>> = program
            .words
            .iter()
            .map(|word| redis_conf::Word {
                text: word.text.expose(),
                place: word.place,
            })
            .collect();
        let Some(command) = redis_conf::of_command(&words) else {
            return;
        };
        let mut ways = Ways::new();
        let file = command.file.as_ref().and_then(|(path, place)| {
            let said = vec![Said {
                place: *place,
                how: How::Argument,
            }];
            self.conf(path, *place, said, &mut ways, process)
        });
        let mut include = |path: &str, place: Place| {
            let mut said = ways.get(&place.source).cloned().unwrap_or_default();
            said.push(Said {
                place,
                how: How::Setting,
            });
            self.included(path, place, &said, &mut ways, process)
        };
        let file = file
            .as_ref()
            .map(|(number, bytes)| (*number, bytes.as_slice()));
        let effective = redis_conf::effective(file, &command.options, &mut include);
        for (place, problem) in &effective.troubles {
            process.gaps.push(Gap {
                place: *place,
                kind: GapKind::Unreadable,
                text: problem.to_string(),
            });
        }
        for name in FILES {
            let setting = effective.last(name).map(|setting| &setting.directive);
            let Some((path, place)) = setting.and_then(|directive| directive.argument(0)) else {
                continue;
            };
            let mut said = ways.get(&place.source).cloned().unwrap_or_default();
            said.push(Said {
                place,
                how: if said.is_empty() {
                    How::Argument
                } else {
                    How::Setting
                },
            });
            let path = path.expose();
            let is_new = process.files.iter().all(|file| file.path != path);
            if path.starts_with('/') && is_new {
                self.add_named(path, place, said, true, service, process);
            }
        }
    }

    /// The files of an `include`.
    fn included(
        &mut self,
        path: &str,
        place: Place,
        said: &[Said],
        ways: &mut Ways,
        process: &mut Process,
    ) -> Included {
        if !path.starts_with('/') {
            // relative to where the server runs, which its unit may say
            let text = format!("`{path}` is relative to the folder in which Redis runs");
            process.gaps.push(Gap {
                place,
                kind: GapKind::NotFollowed,
                text: text.clone(),
            });
            return Included::Unread(text);
        }
        let is_pattern = glob::is_pattern(path);
        let paths = match is_pattern {
            true => self.matching_paths(path, place),
            false => vec![path.to_owned()],
        };
        let mut files = Vec::new();
        for path in paths {
            files.extend(self.conf(&path, place, said.to_vec(), ways, process));
        }
        match files.is_empty() {
            true if is_pattern => Included::Nothing,
            true => Included::Unread("it is not there".to_owned()),
            false => Included::Files(files),
        }
    }

    /// One configuration on the host, which the process reads.
    fn conf(
        &mut self,
        path: &str,
        place: Place,
        said: Vec<Said>,
        ways: &mut Ways,
        process: &mut Process,
    ) -> Option<(u32, Vec<u8>)> {
        let read = match self.on_host(place, path) {
            Some(file) => self.tree.read(&file),
            None => Err(Unread::Outside),
        };
        let source = match read {
            Ok(source) => source,
            Err(unread) => {
                process.gaps.push(unread_gap(place, path, &unread, false));
                return None;
            }
        };
        self.used.insert(source.number);
        ways.entry(source.number).or_insert_with(|| said.clone());
        if process.files.iter().all(|file| file.path != path) {
            process.files.push(Readable {
                path: path.to_owned(),
                content: Content::File(source.number),
                said,
            });
        }
        Some((source.number, source.bytes.clone()))
    }
}
