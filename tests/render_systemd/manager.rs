//! A real systemd that starts units, and what the started processes saw. Judges nothing.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::common::{folder, run, tool};

/// What a unit's process says of itself: its variables, what lies in the files that Stem's
/// variables name, and which files of the components it can read itself.
const PROBE: &str = r#"#!/bin/sh
env -0
for name in STEM_TLS_CA_CERT STEM_TLS_CLIENT_CERT STEM_TLS_CLIENT_KEY; do
  eval "path=\${$name-}"
  [ -z "$path" ] || { printf 'content of %s=' "$name"; cat "$path"; printf '\0'; }
done
for path in "${CREDENTIALS_DIRECTORY-/nonexistent}"/*; do
  [ ! -e "$path" ] || { printf 'credential %s=' "$(basename "$path")"; cat "$path"; printf '\0'; }
done
find /mnt/place/deploy -mindepth 2 -type f -readable -printf 'can read=%p\0' 2>/dev/null
printf 'ended=yes\0'
"#;

/// Where units find the folder of a test, whose own path a /tmp of their own would hide.
pub(crate) const PLACE: &str = "/mnt/place";

/// Units, to be started by a systemd of their own.
pub(crate) struct Manager {
    place: TempDir,
    wanted: Vec<String>,
}

/// What a process saw, by name; several of a name are in order.
pub(crate) type Seen = BTreeMap<String, Vec<String>>;

impl Manager {
    /// No units yet.
    pub(crate) fn new() -> Manager {
        let place = folder();
        fs::create_dir(place.path().join("units")).expect("made");
        fs::create_dir(place.path().join("out")).expect("made");
        let probe = place.path().join("probe");
        fs::write(&probe, PROBE).expect("written");
        fs::set_permissions(&probe, PermissionsExt::from_mode(0o755)).expect("executable");
        Manager {
            place,
            wanted: Vec::new(),
        }
    }

    /// The folder of the units.
    pub(crate) fn units(&self) -> PathBuf {
        self.place.path().join("units")
    }

    /// Adds a unit that is started under `started`: its own name, or an instance's.
    pub(crate) fn unit(&mut self, name: &str, started: &str, text: &str) {
        fs::write(self.units().join(name), text).expect("written");
        self.wanted.push(started.to_owned());
    }

    /// Adds a unit whose process reports what it sees, with these lines of its own.
    pub(crate) fn probe(&mut self, name: &str, started: &str, lines: &str) {
        let text = format!(
            "[Service]\nType=oneshot\nStandardOutput=append:/mnt/exam/out/%n\n{lines}\n\
             ExecStart=/mnt/exam/probe\n"
        );
        self.unit(name, started, &text);
    }

    /// Puts every drop-in below a component's folder where systemd looks.
    pub(crate) fn install_dropins(&self, component: &Path) {
        for entry in fs::read_dir(component).expect("a folder") {
            let entry = entry.expect("an entry");
            if entry.path().is_dir() {
                let to = self.units().join(entry.file_name());
                fs::create_dir_all(&to).expect("made");
                for file in fs::read_dir(entry.path()).expect("a folder") {
                    let file = file.expect("an entry");
                    fs::copy(file.path(), to.join(file.file_name())).expect("copied");
                }
            }
        }
    }

    /// Lets systemd start everything, with this folder as [`PLACE`], and waits until it is over.
    pub(crate) fn run(&self, place: &Path) {
        let wanted = self.wanted.join(" ");
        let write = |name: &str, text: &str| {
            fs::write(self.units().join(name), text).expect("written");
        };
        write(
            "exam.target",
            &format!("[Unit]\nWants={wanted} over.service\n"),
        );
        write(
            "over.service",
            &format!(
                "[Unit]\nAfter={wanted}\nSuccessAction=exit-force\n\
                 [Service]\nType=oneshot\nExecStart=/bin/true\n"
            ),
        );
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/render_systemd/manager.sh");
        let mut command = tool("unshare");
        command
            .args(["--mount", "--pid", "--fork", "--mount-proc", "--kill-child"])
            .arg("sh")
            .arg(script)
            .args([self.place.path(), place]);
        run(&mut command).ok();
    }

    /// What the unit's process saw; `None` where there was none, or it did not come to its end.
    pub(crate) fn seen(&self, started: &str) -> Option<Seen> {
        let text = fs::read(self.place.path().join("out").join(started)).ok()?;
        let text = String::from_utf8(text).expect("text");
        let mut seen = Seen::new();
        for entry in text.split_terminator('\0') {
            let (name, value) = entry.split_once('=').expect("an entry");
            let values = seen.entry(name.to_owned()).or_default();
            values.push(value.to_owned());
        }
        seen.contains_key("ended").then_some(seen)
    }
}
