//! Keys as they are minted, many of each kind, where people put them by mistake: the file itself
//! where its path belongs, a signing key for the id of one. Chance decides what a key looks like,
//! so one of each kind shows little.

use std::fmt::Write as _;
use std::fs;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::{FORMATS, audit, common, planted::Planted, says_nothing};

/// How many keys each test mints.
const MANY: u32 = 30;

/// Bytes that look like chance, and are the same in every run.
fn bytes(number: u32, length: usize) -> Vec<u8> {
    let blocks = (0..).flat_map(|block: u32| Sha256::digest(format!("minted {number} {block}")));
    blocks.take(length).collect()
}

/// A private key in PEM, as long as one of RSA is; the lines of it are to be remembered.
fn private_key(number: u32, planted: &mut Planted) -> String {
    let text = STANDARD.encode(bytes(number, 1190 + (number as usize % 30)));
    let mut key = String::from("-----BEGIN PRIVATE KEY-----\n");
    for line in text.as_bytes().chunks(64) {
        let line = String::from_utf8_lossy(line);
        planted.remember(&line);
        key.push_str(&line);
        key.push('\n');
    }
    key + "-----END PRIVATE KEY-----\n"
}

/// The forms in which a private key comes into a variable.
fn inlined(number: u32, planted: &mut Planted) -> String {
    let key = private_key(number, planted);
    let body = key.lines().filter(|line| !line.starts_with('-'));
    match number % 6 {
        0 => key.replace('\n', "\\n"),
        1 => STANDARD.encode(&key),
        // of DER, as `base64 -w0` prints it
        2 => {
            let der = [&[0x30, 0x2e][..], &bytes(number, 46)].concat();
            let text = STANDARD.encode(der);
            planted.remember(&text);
            text
        }
        3 => body.collect::<Vec<_>>().join("\n"),
        _ => key,
    }
}

/// What stands where an id belongs: keys in every code that they are written in.
fn signing_key(number: u32) -> String {
    let secret = bytes(number, 32);
    let small =
        |byte: &u8| char::from(b"abcdefghijklmnopqrstuvwxyz0123456789"[*byte as usize % 36]);
    match number % 4 {
        0 => secret.iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        }),
        1 => secret.iter().map(small).collect(),
        2 => URL_SAFE_NO_PAD.encode(secret),
        _ => STANDARD.encode(secret),
    }
}

/// The variables of a process that has a key in the wrong place, and how often that is so.
fn variables(number: u32, planted: &mut Planted) -> Vec<(&'static str, String)> {
    let mut remembered = |key: String| {
        planted.remember(&key);
        key
    };
    let wrong = remembered(signing_key(number));
    let other = remembered(STANDARD.encode(bytes(number + 10_000, 32)));
    let keys = match number % 5 {
        0 => format!("k1:{other}"),
        1 => format!("{wrong}:k1"),
        2 => format!("{wrong}:primary1"),
        3 => format!("{wrong}:{other}"),
        _ => format!("k1:{other},{wrong}:,{wrong}:AAAA,{wrong}"),
    };
    vec![
        ("STEM_BROKER_URL", "rediss://redis:6379/0".to_owned()),
        ("STEM_SIGNING_KEYS", keys),
        ("STEM_SIGNING_ACTIVE_KEY", wrong),
        ("STEM_TLS_CA_CERT", "/ca".to_owned()),
        ("STEM_TLS_CLIENT_CERT", "/x".to_owned()),
        ("STEM_TLS_CLIENT_KEY", inlined(number, planted)),
    ]
}

#[test]
fn no_minted_key_of_an_environment_is_shown() {
    let folder = common::folder();
    for number in 0..MANY {
        let mut planted = Planted::default();
        let variables = variables(number, &mut planted);
        for format in FORMATS {
            let arguments = ["--env", "--role", "worker", "--format", format];
            let mut command = audit(folder.path(), &arguments);
            command.envs(variables.iter().map(|(name, value)| (*name, value)));
            let said = says_nothing(&planted, &mut command);
            let again = said.matches("itself stands where").count();
            assert!(format != "line" || again == 1, "{number}: {said}");
            let missing =
                said.matches("is not there").count() + said.matches("cannot read").count();
            assert!(format != "line" || missing == 2, "{number}: {said}");
        }
    }
}

/// The same in the files of three ways to deploy.
fn deployments(planted: &mut Planted) -> Vec<(&'static str, String)> {
    let quoted = |text: &str| serde_json::to_string(text).expect("JSON");
    let mut compose = "services:\n".to_owned();
    let (mut pods, mut units) = (String::new(), Vec::new());
    for number in 0..MANY {
        let variables = variables(number, planted);
        let _ = write!(
            compose,
            "  worker{number}:\n    image: w\n    command: stem worker start\n    environment:\n"
        );
        let _ = write!(
            pods,
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: worker{number} }}\nspec:\n  template:\n    \
             spec:\n      containers:\n      - name: c\n        image: w\n        command: [stem, worker, start]\n        env:\n"
        );
        let mut unit = "[Service]\nExecStart=/usr/bin/stem worker start\n".to_owned();
        for (name, value) in &variables {
            let text = quoted(value);
            let _ = writeln!(compose, "      {name}: {text}");
            let _ = writeln!(pods, "        - {{ name: {name}, value: {text} }}");
            let text = quoted(&format!("{name}={value}"));
            let _ = writeln!(unit, "Environment={text}");
        }
        units.push(unit);
    }
    let mut files = vec![("compose.yaml", compose), ("k8s/pods.yaml", pods)];
    let name = |number| &*format!("etc/systemd/system/worker{number}.service").leak();
    files.extend(
        units
            .into_iter()
            .enumerate()
            .map(|(number, unit)| (name(number), unit)),
    );
    files
}

#[test]
fn no_minted_key_of_a_deployment_is_shown() {
    let folder = common::folder();
    let mut planted = Planted::default();
    for (path, text) in deployments(&mut planted) {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("is made");
        fs::write(path, text).expect("is written");
    }
    for format in FORMATS {
        let said = says_nothing(&planted, &mut audit(folder.path(), &["--format", format]));
        if format == "line" {
            let inline = said.matches("itself stands where").count();
            assert_eq!(inline, 3 * MANY as usize, "{said}");
        }
    }
    for format in ["human", "json", "markdown"] {
        let mut command = common::stem_sec();
        command.args(["inventory", "--format", format]);
        says_nothing(&planted, command.current_dir(folder.path()));
    }
}
