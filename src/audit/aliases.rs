//! Signing keys under names that Stem does not read: the `.env` from which compose fills in the
//! producer's `${API_KEY}` is a worker's `env_file`, too. Known by their bytes alone.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::holding::{Held, Holding, keys};
use super::process::{Process, Variable};
use crate::formats::key_list::{self, trim};
use crate::model::artifact::Artifact;
use crate::model::env;

/// What the keys of a deployment are, by the hash of their bytes.
pub(super) struct Known(HashMap<[u8; 32], Artifact>);

/// Shorter ones may be the same by chance.
const MIN_LENGTH: usize = 16;

impl Known {
    /// The keys that the processes of one deployment sign with.
    pub(super) fn of(processes: &[Process]) -> Known {
        let lists = [
            (env::SIGNING_KEYS, Artifact::SigningSecret),
            (env::SIGNING_PRIVATE_KEYS, Artifact::SigningPrivateKey),
        ];
        let mut known = HashMap::new();
        for (name, artifact) in lists {
            let variables = processes.iter().filter_map(|one| one.variable(name));
            for text in variables.filter_map(text) {
                let entries = key_list::entries(text).filter_map(|entry| entry.key.ok());
                let strong = entries.filter(|key| key.bytes.len() >= MIN_LENGTH);
                known.extend(strong.map(|key| (hash(&key.bytes), artifact)));
            }
        }
        Known(known)
    }

    /// What a process holds of them under other names, and not under their own.
    pub(super) fn held_by(&self, process: &Process) -> Vec<Holding> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let others = process.environment.iter();
        let others = others.filter(|variable| env::artifact_of(&variable.name).is_none());
        others
            .filter_map(|variable| {
                let text = text(variable)?;
                let artifact = self.artifact(text)?;
                let own = match artifact {
                    Artifact::SigningPrivateKey => env::SIGNING_PRIVATE_KEYS,
                    _ => env::SIGNING_KEYS,
                };
                process.variable(own).is_none().then(|| Holding {
                    artifact: Held::Artifact(artifact),
                    subject: variable.name.clone(),
                    shown: keys(text),
                    place: variable.place,
                    said: variable.said.clone(),
                })
            })
            .collect()
    }

    fn artifact(&self, text: &str) -> Option<Artifact> {
        let of = |bytes: &[u8]| self.0.get(&hash(bytes)).copied();
        let mut entries = key_list::entries(text).filter_map(|entry| entry.key.ok());
        entries
            .find_map(|key| of(&key.bytes))
            .or_else(|| of(&key_list::decode(trim(text))?))
    }
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn text(variable: &Variable) -> Option<&str> {
    variable.value.known()
}
