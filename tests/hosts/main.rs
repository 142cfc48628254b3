//! What others run for us: the action in a workflow, the hook before a commit. Each is tried as
//! its host would, as far as that can be done without it.

#[path = "../common/mod.rs"]
mod common;

mod action;
mod hook;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A worker that accepts any certificate.
const COMPOSE: &str = "\
services:
  worker:
    image: example/worker
    labels: { stem.role: worker }
    environment:
      STEM_BROKER_URL: rediss://redis.example.com:6379/0
      STEM_SIGNING_KEYS: ${KEYS:?}
      STEM_SIGNING_ACTIVE_KEY: ${ID:?}
      STEM_TLS_ALLOW_INSECURE: 'true'
";

/// The same, put right.
fn repaired() -> String {
    COMPOSE.replace("'true'", "'false'")
}

/// A file of the repository itself.
fn own(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn executable(path: &Path, text: &str) {
    fs::write(path, text).expect("is written");
    fs::set_permissions(path, PermissionsExt::from_mode(0o755)).expect("a mode");
}
