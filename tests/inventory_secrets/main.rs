//! Plants recognisable secrets in every format and in every place, right and wrong, and looks
//! for them in whatever is printed: whole, in part, and in base64.

#[path = "../common/mod.rs"]
mod common;

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// As long a part of a secret is told from chance.
const PART: usize = 12;

/// Files in which `@1@`, `@2@`… stand for secrets of their own, and `#1#` for one in base64.
const FILES: [(&str, &str); 12] = [
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
];

#[test]
fn no_planted_secret_is_printed_in_whole_or_part() {
    let folder = common::folder();
    let mut planted = Vec::new();
    for (path, text) in FILES {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("is made");
        fs::write(path, filled(text, &mut planted)).expect("is written");
    }
    assert_eq!(planted.len(), 63);
    for arguments in [
        &["--format", "human"][..],
        &["--format", "json"],
        &["--format", "markdown"],
        &["--deployment-files"],
        &["--unknown"],
    ] {
        let mut command = common::stem_sec();
        command
            .arg("inventory")
            .args(arguments)
            .current_dir(folder.path());
        let done = common::run(&mut command);
        let said = format!("{}{}", done.stdout, done.stderr);
        assert!(said.len() > 20, "nothing is said");
        for (number, secret) in planted.iter().enumerate() {
            let number = number + 1;
            let coded = STANDARD.encode(secret);
            for form in [secret.as_str(), coded.trim_end_matches('=')] {
                let parts = (0..=form.len() - PART).map(|at| &form[at..at + PART]);
                let found = parts.filter(|part| said.contains(part)).count();
                assert_eq!(found, 0, "secret {number} with {arguments:?}:\n{said}");
            }
        }
    }
}

/// The text with its secrets, which are remembered.
fn filled(text: &str, planted: &mut Vec<String>) -> String {
    let mut text = text.to_owned();
    loop {
        let number = planted.len() + 1;
        let secret = secret(number);
        let filled = text
            .replace(&format!("@{number}@"), &secret)
            .replace(&format!("#{number}#"), &STANDARD.encode(&secret));
        if filled == text {
            return text;
        }
        planted.push(secret);
        text = filled;
    }
}

/// Letters and digits as a generator of passwords makes them.
fn secret(number: usize) -> String {
    let hash = STANDARD.encode(Sha256::digest(format!("planted {number}")));
    let plain = hash.chars().filter(char::is_ascii_alphanumeric);
    plain.take(32).collect()
}
