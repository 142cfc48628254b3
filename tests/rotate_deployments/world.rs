//! A deployment that `init` wrote, and others that are made of it by editing its text.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tempfile::TempDir;

use crate::common;
use crate::planted::Planted;

/// Folders `old`, as it was written, `other`, which is the same with other secrets, and states
/// that are made of both.
pub(crate) struct World {
    folder: TempDir,
    pub(crate) transport: &'static str,
    planted: Planted,
    keys: [Keys; 2],
}

/// The keys of a store: names and values as the keyring has them.
type Keys = BTreeMap<String, String>;

/// What is said of a rollout.
pub(crate) struct Answer {
    pub(crate) code: Option<i32>,
    pub(crate) human: String,
    pub(crate) json: Value,
}

impl World {
    pub(crate) fn new(
        target: &'static str,
        signing: &'static str,
        transport: &'static str,
    ) -> World {
        let folder = common::folder();
        let mut planted = Planted::default();
        let keys = ["old", "other"].map(|name| {
            let mut command = common::stem_sec();
            command
                .args(["init", name, "--yes", "--signing", signing])
                .args(["--transport", transport, "--target", target])
                .current_dir(folder.path());
            common::run(&mut command).ok();
            let root = folder.path().join(name);
            remember(&root, &mut planted);
            keys(&root)
        });
        World {
            folder,
            transport,
            planted,
            keys,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = common::stem_sec();
        command.args(arguments).current_dir(self.folder.path());
        command
    }

    /// Asks in every format, and looks for secrets in all of them.
    #[track_caller]
    pub(crate) fn check(&self, from: &str, to: &str) -> Answer {
        self.check_with(from, to, &[])
    }

    /// The same with more arguments.
    #[track_caller]
    pub(crate) fn check_with(&self, from: &str, to: &str, more: &[&str]) -> Answer {
        let ask = |format: &str| {
            let arguments = [
                "rotate", "check", "--from", from, "--to", to, "--format", format,
            ];
            let done = common::run(self.command(&arguments).args(more));
            let said = done.said();
            assert!(!said.contains("panicked"), "{said}");
            let shown = self.planted.shown_in(said.as_bytes());
            assert!(shown.is_empty(), "{shown:?}\n{said}");
            done
        };
        let (human, json) = (ask("human"), ask("json"));
        assert_eq!(human.code, json.code);
        assert_eq!(ask("markdown").code, json.code);
        Answer {
            code: human.code,
            human: human.said(),
            json: serde_json::from_str(&json.stdout).expect("JSON"),
        }
    }

    /// A copy of `old`, each file edited. Of Secrets the values are edited, not their base64.
    pub(crate) fn state(&mut self, name: &str, edit: impl Fn(&str, String) -> String) {
        self.state_of("old", name, edit);
    }

    fn state_of(&mut self, from: &str, name: &str, edit: impl Fn(&str, String) -> String) {
        let (from, to) = (self.path(from), self.path(name));
        let mut files = Vec::new();
        collect(&from, &mut files);
        for file in files {
            let below = file.strip_prefix(&from).expect("below it");
            let path = below.to_str().expect("UTF-8");
            let text = fs::read_to_string(&file).expect("a text");
            let text = match path.ends_with("secret.yaml") {
                true => edited_secret(&text, |text| edit(path, text)),
                false => edit(path, text),
            };
            let target = to.join(below);
            fs::create_dir_all(target.parent().expect("a folder")).expect("is made");
            fs::write(target, text).expect("is written");
        }
    }

    /// Each value of a key, before and after.
    fn pairs(&self) -> Vec<(String, String)> {
        let [old, new] = &self.keys;
        let both = old
            .iter()
            .map(|(name, value)| (value.clone(), new[name].clone()));
        both.collect()
    }

    /// Everybody knows the new key as well.
    pub(crate) fn add_key(&mut self, name: &str) {
        let pairs = self.pairs();
        self.state(name, |_, text| added(&pairs, text));
    }

    /// And signs with it.
    pub(crate) fn flip_key(&mut self, name: &str) {
        let pairs = self.pairs();
        self.state(name, |_, text| flipped(added(&pairs, text)));
    }

    /// Everybody knows the new key alone.
    pub(crate) fn replace_key(&mut self, name: &str) {
        let pairs = self.pairs();
        self.state(name, |_, text| {
            flipped(pairs.iter().fold(text, |text, (old, new)| {
                text.replace(&format!("primary:{old}"), &format!("k2:{new}"))
            }))
        });
    }

    /// Other certificates of another CA, the same keys.
    pub(crate) fn replace_authority(&mut self, name: &str) {
        let pairs = self.pairs();
        self.state_of("other", name, |_, text| {
            pairs
                .iter()
                .fold(text, |text, (old, new)| text.replace(new, old))
        });
    }

    /// The CA of both beside each other, wherever one of them stands.
    pub(crate) fn trust_both(&mut self, name: &str) {
        let [old, new] = ["old", "other"].map(|name| authority(&self.path(name)));
        self.state(name, |_, text| beside(&text, &old, &new));
    }

    /// The broker's password is another.
    pub(crate) fn replace_password(&mut self, name: &str) {
        let [old, new] = ["old", "other"].map(|name| password(&self.path(name)));
        self.state(name, |_, text| text.replace(&old, &new));
    }

    /// Without the component `beat`.
    pub(crate) fn without_beat(&mut self, name: &str) {
        self.state(name, |path, text| match path {
            "stem-sec.yaml" | "deploy/kustomization.yaml" => without(&text, |line| {
                line.trim_start_matches([' ', '-']).starts_with("beat")
                    || line.contains("path: beat/")
            }),
            "deploy/compose.yaml" => without_block(&text, "  beat:"),
            _ => text,
        });
        fs::remove_dir_all(self.path(name).join("deploy/beat")).expect("was there");
    }

    /// What the producer's Secret holds, only the cluster knows.
    pub(crate) fn external_secret(&mut self, name: &str) {
        self.state(name, |_, text| text);
        let secret = "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: stem-producer\n\
                      spec:\n  target: { name: stem-producer }\n  secretStoreRef: { name: vault }\n  \
                      dataFrom: [{ extract: { key: stem/producer } }]\n";
        let path = self.path(name).join("deploy/producer/secret.yaml");
        assert!(path.is_file());
        fs::write(path, secret).expect("is written");
    }
}

fn added(pairs: &[(String, String)], text: String) -> String {
    pairs.iter().fold(text, |text, (old, new)| {
        let old = format!("primary:{old}");
        text.replace(&old, &format!("{old},k2:{new}"))
    })
}

fn flipped(text: String) -> String {
    text.replace(
        "STEM_SIGNING_ACTIVE_KEY=primary",
        "STEM_SIGNING_ACTIVE_KEY=k2",
    )
    .replace(
        "STEM_SIGNING_ACTIVE_KEY: primary",
        "STEM_SIGNING_ACTIVE_KEY: k2",
    )
}

fn without(text: &str, is_out: impl Fn(&str) -> bool) -> String {
    let kept = text.lines().filter(|line| !is_out(line));
    kept.map(|line| format!("{line}\n")).collect()
}

/// Without a line and those below it that are indented further.
fn without_block(text: &str, first: &str) -> String {
    let mut inside = false;
    text.lines()
        .filter(|line| !inside_block(&mut inside, line, first))
        .map(|line| format!("{line}\n"))
        .collect()
}

fn inside_block(inside: &mut bool, line: &str, first: &str) -> bool {
    let indent = |line: &str| line.len() - line.trim_start().len();
    if line.starts_with(first) {
        *inside = true;
    } else if *inside && !line.trim().is_empty() && indent(line) <= indent(first) {
        *inside = false;
    }
    *inside
}

/// A text in which another stands behind each block of lines, indented as that is.
fn beside(text: &str, block: &str, more: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let block: Vec<&str> = block.lines().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let here = lines[at..].iter().take(block.len()).map(|line| line.trim());
        if here.eq(block.iter().copied()) {
            let indent = &lines[at][..lines[at].len() - lines[at].trim_start().len()];
            out.extend(
                lines[at..at + block.len()]
                    .iter()
                    .map(|line| (*line).to_owned()),
            );
            out.extend(more.lines().map(|line| format!("{indent}{line}")));
            at += block.len();
        } else {
            out.push(lines[at].to_owned());
            at += 1;
        }
    }
    out.join("\n") + "\n"
}

/// The values of a Secret, edited and coded again.
fn edited_secret(text: &str, edit: impl Fn(String) -> String) -> String {
    let edited = text.lines().map(|line| {
        let parts = line
            .strip_prefix("  ")
            .and_then(|rest| rest.split_once(": "));
        let value = parts.and_then(|(name, value)| {
            let bytes = STANDARD.decode(value).ok().filter(|_| value.len() > 12)?;
            Some((name, String::from_utf8(bytes).ok()?))
        });
        match value {
            Some((name, value)) => format!("  {name}: {}\n", STANDARD.encode(edit(value))),
            None => format!("{line}\n"),
        }
    });
    edited.collect()
}

/// The files of a state: what is deployed, and the manifest.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.file_name().is_some_and(|name| name == ".stem-sec") {
            continue;
        }
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

fn keys(root: &Path) -> Keys {
    let keyring = fs::read_to_string(root.join(".stem-sec/keyring.yaml")).expect("a keyring");
    let pairs = keyring
        .lines()
        .filter_map(|line| line.trim().split_once(": "));
    let named = pairs.filter(|(name, _)| matches!(*name, "secret" | "private" | "public"));
    let keys: Keys = named
        .map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned()))
        .collect();
    assert!(!keys.is_empty());
    keys
}

fn authority(root: &Path) -> String {
    let folder = root.join(".stem-sec/ca");
    let current = fs::read_to_string(folder.join("current")).expect("a CA");
    fs::read_to_string(folder.join(current.trim()).join("ca.crt")).expect("a certificate")
}

fn password(root: &Path) -> String {
    let mut files = Vec::new();
    collect(&root.join("deploy/redis"), &mut files);
    let texts = files
        .iter()
        .map(|file| fs::read_to_string(file).expect("a text"));
    let texts: Vec<String> = texts.flat_map(|text| decoded(&text)).collect();
    let line = texts
        .iter()
        .flat_map(|text| text.lines())
        .find_map(|line| line.trim().strip_prefix("requirepass "));
    line.expect("a password").trim_matches('"').to_owned()
}

/// A text, and what stands in it as base64.
fn decoded(text: &str) -> Vec<String> {
    let coded = text.lines().filter_map(|line| {
        let (_, value) = line.split_once(": ")?;
        String::from_utf8(STANDARD.decode(value).ok()?).ok()
    });
    coded.chain([text.to_owned()]).collect()
}

/// Every secret of a folder: the keys, the password, and the lines of private keys.
fn remember(root: &Path, planted: &mut Planted) {
    for (name, value) in keys(root) {
        if name != "public" {
            planted.remember(&value);
        }
    }
    let mut files = Vec::new();
    collect(root, &mut files);
    for file in files
        .iter()
        .filter(|file| file.extension().is_some_and(|end| end == "key"))
    {
        let text = fs::read_to_string(file).expect("a key");
        let lines = text.lines().filter(|line| !line.starts_with('-'));
        lines.for_each(|line| planted.remember(line));
    }
    let texts = files
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok());
    let has_password = texts
        .flat_map(|text| decoded(&text))
        .any(|text| text.contains("\nrequirepass "));
    if has_password {
        planted.remember(&password(root));
    }
}
