//! The reader of Redis' configuration, held against Redis: generated files, includes and
//! command lines, of which a real server says with CONFIG GET what it made of them.

#[path = "../common/mod.rs"]
mod common;

mod server;
mod users;

use std::fs;
use std::path::Path;

use stem_sec::formats::place::Place;
use stem_sec::formats::redis_conf::{Included, Word, effective, of_command};

use server::Answers;

/// Settings with one value, which may be any text.
const SETTINGS: [&str; 7] = [
    "requirepass",
    "masterauth",
    "masteruser",
    "tls-key-file-pass",
    "tls-cert-file",
    "tls-key-file",
    "tls-ca-cert-file",
];

#[test]
fn generated_configurations_mean_to_us_what_they_mean_to_redis() {
    let mut dice = Dice(0x5eed);
    let mut started = 0;
    let mut wrong = Vec::new();
    for number in 0..150 {
        let place = common::folder();
        let more: Vec<String> = (0..dice.below(3)).map(|_| dice.lines(true)).collect();
        for (number, text) in more.iter().enumerate() {
            fs::write(place.path().join(format!("more{number}.conf")), text).expect("written");
        }
        let file = dice.lines(true);
        let file = dice.with_includes(file, more.len());
        fs::write(place.path().join("redis.conf"), &file).expect("written");
        let mut words = vec!["redis-server".to_owned(), "redis.conf".to_owned()];
        words.extend(dice.options());
        let real = server::ask(place.path(), &words, &SETTINGS);
        started += usize::from(real.is_some());
        let ours = read(place.path(), &words);
        if real != ours {
            wrong.push(format!(
                "{number}: {file:?} {more:?} {words:?}\nRedis {real:?}\nours  {ours:?}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of 150\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(started > 60, "only {started} of 150 were started");
}

/// What we make of a command line in a folder; `None` where Redis would refuse it.
fn read(folder: &Path, words: &[String]) -> Option<Answers> {
    let words: Vec<Word<'_>> = words
        .iter()
        .map(|text| Word {
            text,
            place: Place::top(0),
        })
        .collect();
    let command = of_command(&words).expect("a server");
    let (path, _) = command.file.expect("a file");
    let bytes = fs::read(folder.join(path)).expect("read");
    let mut number = 0;
    let mut include = |path: &str, _: Place| {
        number += 1;
        match path {
            "more*.conf" => {
                let mut names = Vec::new();
                for name in ["more0.conf", "more1.conf", "more2.conf"] {
                    names.extend(fs::read(folder.join(name)).ok());
                }
                // Redis reads them as one text, but they all end in a line break
                Included::Files(names.into_iter().map(|bytes| (1, bytes)).collect())
            }
            path => match fs::read(folder.join(path)) {
                Ok(bytes) => Included::Files(vec![(number, bytes)]),
                Err(_) => Included::Unread("is not there".to_owned()),
            },
        }
    };
    let effective = effective(Some((0, &bytes)), &command.options, &mut include);
    let mut answers = Answers::new();
    let is_refused = |setting: &&stem_sec::formats::redis_conf::Setting| {
        SETTINGS.contains(&setting.directive.name.as_str())
            && setting.directive.arguments.len() != 1
    };
    let is_unknown = |setting: &&stem_sec::formats::redis_conf::Setting| {
        let name = setting.directive.name.as_str();
        let known = [
            "user",
            "port",
            "save",
            "unixsocket",
            "dir",
            "logfile",
            "loglevel",
        ];
        !SETTINGS.contains(&name) && !known.contains(&name)
    };
    let refused = effective.settings.iter().find(is_refused);
    let unknown = effective.settings.iter().find(is_unknown);
    if refused.or(unknown).is_some()
        || !effective.troubles.is_empty()
        || !effective.unread.is_empty()
    {
        return None;
    }
    for name in SETTINGS {
        let value = effective.last(name).and_then(|s| s.directive.argument(0));
        let value = value.map(|(text, _)| text.expose().to_owned());
        answers.insert(name.to_owned(), value.unwrap_or_default());
    }
    Some(answers)
}

/// Knuth's linear congruential generator: the same files every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, number: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("it fits") % number
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn text(&mut self, of: &[&str], most: usize) -> String {
        (0..self.below(most) + 1).map(|_| self.one(of)).collect()
    }

    fn value(&mut self) -> String {
        let quote = self.one(&["", "", "\"", "\"", "'"]);
        let inside = match quote {
            "" => self.text(BARE, 4),
            _ => self.text(QUOTED, 5),
        };
        let end = match self.below(40) {
            0 => "",
            1 => "x",
            _ => quote,
        };
        format!("{quote}{inside}{end}")
    }

    fn lines(&mut self, with_comments: bool) -> String {
        let mut text = String::new();
        for _ in 0..self.below(5) {
            let name = self.one(&SETTINGS);
            let name = match self.below(4) {
                0 => name.to_uppercase(),
                _ => name.to_owned(),
            };
            text.push_str(self.one(&["", "", " ", "\t"]));
            text.push_str(&name);
            text.push_str(self.one(&[" ", "  ", "\t"]));
            text.push_str(&self.value());
            text.push_str(self.one(&["\n", "\r\n", " \n", "\n\n"]));
            if with_comments && self.below(3) == 0 {
                text.push_str(self.one(&["# c \"\n", "  #\n", " \t\n", "\"\" \n"]));
            }
        }
        text
    }

    fn with_includes(&mut self, file: String, more: usize) -> String {
        if more == 0 {
            return file;
        }
        let line = self.one(&[
            "include more0.conf\n",
            "INCLUDE \"more0.conf\"\n",
            "include more*.conf\n",
        ]);
        match self.below(2) {
            0 => format!("{line}{file}"),
            _ => format!("{file}{line}"),
        }
    }

    fn options(&mut self) -> Vec<String> {
        let mut words = Vec::new();
        for _ in 0..self.below(4) {
            let name = self.one(&SETTINGS);
            let value = self.text(QUOTED, 4);
            match self.below(8) {
                0 => words.push(format!("--{name} {}", self.value())),
                1 => words.extend([format!("--{name}"), format!("--{value}")]),
                2 => words.push("--save".to_owned()),
                _ => words.extend([format!("--{}", name.to_uppercase()), value]),
            }
        }
        words
    }
}

const BARE: &[&str] = &[
    "a", "b", "1", "#", "\\", "\\n", "=", "é", ">", ";", "\\x41", "$", "%", "-", "*",
];

const QUOTED: &[&str] = &[
    "a",
    "b",
    " ",
    "\\n",
    "\\x41",
    "\\x4",
    "\\xg",
    "\\t",
    "\\\\",
    "\\'",
    "#",
    "é",
    "\\a",
    "\\b",
    "\\r",
    "\\q",
    "$",
    "\\xc3\\xa9",
];
