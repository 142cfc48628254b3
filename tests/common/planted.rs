//! Recognisable secrets, planted in files of every format and in every place, right and wrong;
//! and the search for them in what is printed: whole, in part, and coded.

// every test crate takes what it needs
#![allow(dead_code)]

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// As long a part of a secret is told from chance.
const PART: usize = 12;

/// Files in which `@1@`, `@2@`… stand for secrets of their own, and `#1#` for one in base64.
pub(crate) const FILES: [(&str, &str); 13] = [
    (
        "compose.yaml",
        "services:\n  w1:\n    image: acme/@1@-worker\n    command: ./@2@-worker --key @3@\n    \
         env_file: [a.env, ./@4@.env]\n    labels: { stem.role: @5@ }\n    environment:\n      \
         STEM_SIGNING_KEYS: '@6@:primary1,p:@7@@,q:#8#'\n      STEM_SIGNING_ACTIVE_KEY: @9@\n      \
         STEM_SIGNING_ALGORITHM: @10@\n      STEM_TLS_CA_CERT: @11@\n      \
         STEM_TLS_ALLOW_INSECURE: true@12@\n      STEM_BROKER_URL: redis://:@13@@h:1/0\n      \
         STEM_RESULT_BACKEND_URL: redis://h:@14@/0\n      STEM_REVOKE_STORE_URL: redis://h/0?a=x@@15@\n      \
         STEM_SCHEDULE_STORE_URL: ${P:?@16@}\n      REDIS_PASSWORD: @17@\n    secrets: [@18@]\n  \
         redis:\n    image: redis\n    command: redis-server --requirepass @19@ --tls-key-file @20@\n",
    ),
    (
        "a.env",
        "STEM_SIGNING_PRIVATE_KEYS=a:#21#\nSTEM_X @22@\n\"@23@\nREDISCLI_AUTH='@24@'\n",
    ),
    (
        "broken/compose.yaml",
        "services:\n  w:\n    image: [x\n    STEM_BROKER_URL: 'redis://:@25@@h'\n  - @26@\n",
    ),
    (
        "k8s/a.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {STEM_SIGNING_KEYS: @27@, STEM_BROKER_URL: #28#}\n\
         stringData: {'a @29@': x, STEM_SIGNING_ACTIVE_KEY: @30@}\n---\napiVersion: v1\nkind: Pod\n\
         metadata: {name: worker}\nspec: {containers: [{name: c, image: 'x/@31@-worker', args: [@32@],\n  \
         envFrom: [{secretRef: {name: s}}], env: [{name: STEM_RESULT_BACKEND_URL, value: 'postgres://u:@33@@h/d?password=@34@'}]}]}\n",
    ),
    (
        "etc/systemd/system/stem-worker.service",
        "[Service]\nEnvironment=STEM_SIGNING_KEYS=p:#35# STEM_BROKER_URL=rediss://:@36@@h @37@\n\
         EnvironmentFile=/etc/@38@.env\nSetCredential=stem_signing_keys:p:#39#\n@40@\n\
         ExecStart=/usr/bin/redis-server --requirepass @41@\n",
    ),
    (
        "redis.conf",
        "requirepass @42@\nmasterauth \"@43@\nuser x on >@44@\nnonsense @45@\n",
    ),
    (
        "image/Dockerfile",
        "FROM redis AS @46@\nARG STEM_SIGNING_KEYS=p:#47#\nENV STEM_BROKER_URL=redis://:@48@@h STEM_TLS_CLIENT_KEY=@49@\n\
         NONSENSE @50@\nCOPY <<stem.env /x/\nSTEM_SIGNING_KEYS=p:#51#\nstem.env\nCMD [\"@52@-worker\"\n",
    ),
    (
        "README.md",
        "set STEM_SIGNING_KEYS=p:#53# and STEM_BROKER_URL=redis://:@54@@h\n",
    ),
    ("stem_signing_keys", "p:#55#\n"),
    (
        "b/worker.env",
        "export STEM_SIGNING_KEYS=p:#56#\nSTEM_BROKER_URL=$(cat @57@)\nSTEM_TLS_CLIENT_CERT=@58@\n",
    ),
    (
        "m/stem-sec.yaml",
        "version: 1\nposture: @59@\nbroker: { url: 'redis://:@60@@h' }\n",
    ),
    (
        "k8s/b/kustomization.yaml",
        "resources: ['https://u:@61@@host/x']\nsecretGenerator:\n- { name: g, literals: [STEM_SIGNING_KEYS=p:#62#, @63@] }\n",
    ),
    (
        "docker/etc/systemd/system/stem-worker.service",
        "[Service]\nExecStart=/usr/bin/docker run -e STEM_SIGNING_KEYS=p:#64# --env-file /etc/@65@.env --env=STEM_BROKER_URL=redis://:@66@@h \\\n  -e STEM_SIGNING_ACTIVE_KEY=@67@ x bin/worker --token @68@\n",
    ),
];

/// What was planted, and how to find it again.
#[derive(Default)]
pub(crate) struct Planted {
    secrets: usize,
    /// How many of them stand for a number.
    numbered: usize,
    /// Every part of every form, and the number of the secret.
    parts: HashMap<Vec<u8>, usize>,
}

impl Planted {
    /// Writes files, their secrets filled in.
    pub(crate) fn plant(&mut self, folder: &Path, files: &[(&str, &str)]) {
        for (path, text) in files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("is made");
            fs::write(path, self.filled(text)).expect("is written");
        }
    }

    /// The text with its secrets, which are remembered: each number stands for one of its own,
    /// and they have to begin at 1 in all that is planted.
    pub(crate) fn filled(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        loop {
            let number = self.numbered + 1;
            let secret = secret(number);
            let filled = text
                .replace(&format!("@{number}@"), &secret)
                .replace(&format!("#{number}#"), &STANDARD.encode(&secret));
            if filled == text {
                return text;
            }
            self.remember(&secret);
            self.numbered = number;
            text = filled;
        }
    }

    /// A secret that was made elsewhere.
    pub(crate) fn remember(&mut self, secret: &str) {
        self.secrets += 1;
        let number = self.secrets;
        for form in forms(secret) {
            for part in form.as_bytes().windows(PART) {
                self.parts.insert(part.to_vec(), number);
            }
        }
    }

    /// How many stand for a number.
    pub(crate) fn count(&self) -> usize {
        self.numbered
    }

    /// Which secrets show in a text, each with the part that does.
    pub(crate) fn shown_in(&self, text: &[u8]) -> Vec<(usize, String)> {
        let mut shown: Vec<(usize, String)> = Vec::new();
        for part in text.windows(PART) {
            if let Some(number) = self.parts.get(part)
                && shown.last().is_none_or(|(last, _)| last != number)
            {
                shown.push((*number, String::from_utf8_lossy(part).into_owned()));
            }
        }
        shown
    }
}

/// Itself, in base64 wherever it may begin in a longer text, and in hex.
fn forms(secret: &str) -> Vec<String> {
    let coded = |before: usize| {
        let text = STANDARD.encode([vec![b'x'; before], secret.as_bytes().to_vec()].concat());
        let first = (before * 8).div_ceil(6);
        let last = (before + secret.len()) * 8 / 6;
        text[first..last].to_owned()
    };
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    vec![
        secret.to_owned(),
        coded(0),
        coded(1),
        coded(2),
        hex.to_uppercase(),
        hex,
    ]
}

/// Letters and digits as a generator of passwords makes them.
fn secret(number: usize) -> String {
    let hash = STANDARD.encode(Sha256::digest(format!("planted {number}")));
    let plain = hash.chars().filter(char::is_ascii_alphanumeric);
    plain.take(32).collect()
}
