//! Deployments for reports to speak of: one with errors, suppressions and awkward names.

use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use crate::common::{Done, folder, run, stem_sec};

/// The forms in which the audit answers.
pub(crate) const FORMATS: [&str; 6] = ["human", "line", "json", "sarif", "github", "markdown"];

const BAD: &str = "\
services:
  api:
    image: example/api
    labels: { stem.role: producer }
    env_file: [common.env]
    environment: { STEM_SIGNING_PRIVATE_KEYS: \"primary:PRIVATE\", STEM_SIGNING_ACTIVE_KEY: primary }
  worker:
    image: example/worker
    labels: { stem.role: worker }
    env_file: [common.env]
    environment:
      - STEM_SIGNING_PRIVATE_KEYS=primary:PRIVATE
  worker2:
    image: example/worker
    labels: { stem.role: worker }
    env_file:
      - common.env
      - \"w 100%:,2.env\"
      - allowed.env
";

const COMMON: &str = "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_ALGORITHM=ed25519
STEM_SIGNING_PUBLIC_KEYS=primary:PUBLIC
";

const ALLOWED: &str = "\
# stem-sec: allow signing-private-key-on-verifier it is replaced next week
STEM_SIGNING_PRIVATE_KEYS=primary:PRIVATE
";

const GOOD: &str = "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_KEYS=primary:SECRET
STEM_SIGNING_ACTIVE_KEY=primary
";

/// A folder with `deploy/` in it.
pub(crate) struct Deployment(TempDir);

impl Deployment {
    /// Errors, of which one is allowed, and a file whose name needs every kind of escape.
    pub(crate) fn bad() -> Deployment {
        Deployment::of(&[
            ("compose.yaml", BAD),
            ("common.env", COMMON),
            ("w 100%:,2.env", "STEM_SIGNING_ALGORITHM=hs256\n"),
            ("allowed.env", ALLOWED),
        ])
    }

    /// Nothing that is worse than a warning.
    pub(crate) fn good() -> Deployment {
        Deployment::of(&[("worker.env", GOOD)])
    }

    /// Nothing that has to do with Stem.
    pub(crate) fn empty() -> Deployment {
        Deployment::of(&[("notes.txt", "nothing\n")])
    }

    fn of(files: &[(&str, &str)]) -> Deployment {
        let printed = run(stem_sec().args(["keygen", "ed25519", "--format", "json"])).ok();
        let keys: Value = serde_json::from_str(&printed.stdout).expect("JSON");
        let half = |name: &str| {
            let list = keys[name].as_str().expect("a list of keys");
            list.strip_prefix("primary:").expect("a key").to_owned()
        };
        let [public, private] = ["STEM_SIGNING_PUBLIC_KEYS", "STEM_SIGNING_PRIVATE_KEYS"].map(half);
        let folder = folder();
        let deploy = folder.path().join("deploy");
        std::fs::create_dir(&deploy).expect("a folder");
        for (name, text) in files {
            let text = text.replace("PUBLIC\n", &format!("{public}\n"));
            let text = text.replace(":PRIVATE", &format!(":{private}"));
            let text = text.replace(":SECRET", &format!(":{private}"));
            let path = deploy.join(name);
            std::fs::write(&path, text).expect("a file");
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            std::fs::set_permissions(&path, mode).expect("a mode");
        }
        Deployment(folder)
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    pub(crate) fn read(&self, below: &str) -> String {
        std::fs::read_to_string(self.path(below)).expect("a text")
    }

    /// `stem-sec audit` with these arguments.
    pub(crate) fn run(&self, arguments: &[&str]) -> Done {
        run(stem_sec()
            .arg("audit")
            .args(arguments)
            .current_dir(self.0.path()))
    }

    /// The same of the folder itself.
    pub(crate) fn audit(&self, arguments: &[&str]) -> Done {
        self.run(&[&["deploy"], arguments].concat())
    }

    /// The JSON report.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.audit(&["--format", "json"]).stdout).expect("JSON")
    }

    /// Its findings that count.
    pub(crate) fn findings(&self) -> Vec<Value> {
        let document = self.json();
        let all = document["findings"].as_array().expect("findings").clone();
        all.into_iter()
            .filter(|one| one["suppressed"].is_null())
            .collect()
    }
}
