//! A deployment in a folder of its own that goes through a rotation, and what its plan says
//! of it, read by the library from the keyring.

// every test crate takes what it needs
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use stem_sec::keyring::{Keyring, Rotation};
use stem_sec::rotate::Plan;
use stem_sec::rotate::moment::State;
use stem_sec::rotate::plan::{Action, Config};
use tempfile::TempDir;

use super::common::{Done, folder, run, stem_sec};

/// A deployment in a folder that goes away.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    /// What `init --yes` makes with these flags.
    #[track_caller]
    pub(crate) fn new(flags: &[&str]) -> Place {
        let place = Place { folder: folder() };
        let mut command = stem_sec();
        command.args(["init", "--yes"]).args(flags);
        run(command.current_dir(place.path())).ok();
        place
    }

    /// The same deployment once more.
    #[track_caller]
    pub(crate) fn copy(&self) -> Place {
        let place = Place { folder: folder() };
        let mut command = Command::new("cp");
        command.arg("-a").arg(self.path().join("."));
        let copied = command.arg(place.path()).status().expect("cp");
        assert!(copied.success());
        place
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file of what was rendered.
    pub(crate) fn file(&self, component: &str, name: &str) -> PathBuf {
        self.path().join("deploy").join(component).join(name)
    }

    /// Runs the tool there.
    #[track_caller]
    pub(crate) fn tool(&self, words: &[&str]) -> Done {
        run(stem_sec().args(words).current_dir(self.path()))
    }

    #[track_caller]
    pub(crate) fn rotate(&self, words: &[&str]) -> Done {
        let words: Vec<&str> = ["rotate"].iter().chain(words).copied().collect();
        self.tool(&words)
    }

    /// Replaces a text in the manifest.
    #[track_caller]
    pub(crate) fn edit(&self, from: &str, to: &str) {
        let path = self.path().join("stem-sec.yaml");
        let text = fs::read_to_string(&path).expect("a manifest");
        assert!(text.contains(from), "{text}");
        fs::write(path, text.replace(from, to)).expect("written");
    }

    #[track_caller]
    pub(crate) fn keyring(&self) -> Keyring {
        let text = fs::read(self.path().join(".stem-sec/keyring.yaml")).expect("a keyring");
        Keyring::parse(&text).expect("a whole keyring")
    }

    pub(crate) fn rotation(&self) -> Option<Rotation> {
        self.keyring().rotation
    }

    /// The plan of the rotation under way, and its present step.
    #[track_caller]
    pub(crate) fn plan(&self) -> (Plan, usize) {
        let rotation = self.rotation().expect("a rotation under way");
        let plan = Plan::parse(rotation.plan.as_bytes()).expect("a plan");
        (plan, rotation.step)
    }

    /// Who has a part in the present step.
    #[track_caller]
    pub(crate) fn members(&self) -> Vec<String> {
        let (plan, step) = self.plan();
        let name = |at: usize| plan.components[at].name.clone();
        match &plan.steps[step - 1].action {
            Action::Roll(members) | Action::Start(members) => {
                members.iter().map(|one| name(one.component)).collect()
            }
            Action::Stop(members) => members.iter().copied().map(name).collect(),
            Action::Drain => Vec::new(),
        }
    }

    /// What the plan gives each component at the present step.
    #[track_caller]
    pub(crate) fn configs(&self) -> BTreeMap<String, Config> {
        let (plan, step) = self.plan();
        let mut state = State::at_start(&plan);
        for (index, step) in plan.steps.iter().take(step).enumerate() {
            state.pass(index + 1, &step.action);
        }
        let names = plan.components.iter().map(|one| one.name.clone());
        names.zip(state.configs).collect()
    }

    /// Leaves the present step: its files are written, everybody's part is confirmed, and a
    /// wait is cut short.
    #[track_caller]
    pub(crate) fn advance(&self) {
        self.tool(&["render"]).ok();
        let members = self.members().join(",");
        let done = match members.is_empty() {
            true => self.rotate(&["advance", "--force", "--reason", "nothing is queued"]),
            false => self.rotate(&["advance", "--confirmed", &members]),
        };
        done.ok();
    }

    /// Every file that was rendered, with what stands in it.
    #[track_caller]
    pub(crate) fn rendered(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        collect(&self.path().join("deploy"), "", &mut files);
        files.remove(".stem-sec-written");
        files
    }
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else if !name.contains("~") {
            let text = fs::read_to_string(entry.path()).expect("a text");
            files.insert(name, text);
        }
    }
}
