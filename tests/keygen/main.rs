//! What `keygen` prints, held against Stem's own rules, the programs that load env files, and
//! other implementations of Ed25519 and HMAC.

#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod loaders;
mod stem;

use std::path::Path;
use std::process::Command;

use common::{folder, note, python, run, stem_sec, tool};
use ring::{hmac, signature};
use stem::{Environment, Signing, start};

/// Not ASCII, and with a line break: a signature is over bytes.
const MESSAGE: &str = "{\"args\":{\"name\":\"Zoë\"}}\n";

fn keygen(arguments: &[&str]) -> String {
    run(stem_sec().arg("keygen").args(arguments)).ok().stdout
}

/// The names in the order in which they are printed.
fn names(printed: &str) -> Vec<&str> {
    let name = |line: &'_ str| line.split_once('=').map(|(name, _)| name.len());
    printed
        .lines()
        .map(|line| &line[..name(line).expect("NAME=value")])
        .collect()
}

fn environment(printed: &str) -> Environment {
    let pair = |line: &str| {
        line.split_once('=')
            .map(|(name, value)| (name.into(), value.into()))
    };
    printed.lines().filter_map(pair).collect()
}

#[test]
fn hmac_prints_the_two_variables_of_the_replaced_script_and_stem_starts_with_them() {
    let printed = keygen(&["hmac"]);
    assert_eq!(
        names(&printed),
        ["STEM_SIGNING_KEYS", "STEM_SIGNING_ACTIVE_KEY"]
    );
    let secret = hmac_secret(&environment(&printed), "primary");
    assert_eq!(secret.len(), 32);
    assert_ne!(
        secret,
        hmac_secret(&environment(&keygen(&["hmac"])), "primary")
    );
}

#[test]
fn ed25519_prints_the_four_variables_of_the_replaced_script_and_stem_starts_with_them() {
    let printed = keygen(&["ed25519"]);
    let expected = ["ALGORITHM", "PUBLIC_KEYS", "PRIVATE_KEYS", "ACTIVE_KEY"];
    assert_eq!(
        names(&printed),
        expected.map(|name| format!("STEM_SIGNING_{name}"))
    );
    let (seed, public) = ed25519_pair(&environment(&printed), "primary");
    assert_eq!((seed.len(), public.len()), (32, 32));
    assert_ne!(
        seed,
        ed25519_pair(&environment(&keygen(&["ed25519"])), "primary").0
    );
}

#[test]
fn json_is_one_object_of_the_same_variables_in_the_same_order() {
    for algorithm in ["hmac", "ed25519"] {
        let lines = keygen(&[algorithm, "--id", "2026-11"]);
        let json = keygen(&[algorithm, "--id", "2026-11", "--format", "json"]);
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&json).unwrap();
        assert_eq!(object.keys().collect::<Vec<_>>(), names(&lines));
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let environment = object
            .iter()
            .map(|(name, value)| (name.clone(), text(value)))
            .collect();
        match algorithm {
            "hmac" => assert_eq!(hmac_secret(&environment, "2026-11").len(), 32),
            _ => assert_eq!(ed25519_pair(&environment, "2026-11").0.len(), 32),
        }
    }
}

#[test]
fn every_loader_of_env_files_reads_the_same_and_stem_starts_with_it() {
    let folder = folder();
    for algorithm in ["hmac", "ed25519"] {
        for id in ["primary", "2026-11", "k=1", "key_1.b"] {
            let file = folder.path().join("stem.env");
            std::fs::write(&file, keygen(&[algorithm, "--id", id])).unwrap();
            every_loader_agrees(&file);
        }
    }
}

/// Docker keeps quotes, so only the loaders that take them off are asked.
#[test]
fn an_id_that_a_shell_would_take_apart_is_quoted_for_the_loaders() {
    let folder = folder();
    let file = folder.path().join("stem.env");
    for id in ["a b", "a#b", "a $HOME", "a\"b", "a;b", "schlüssel"] {
        std::fs::write(&file, keygen(&["hmac", "--id", id])).unwrap();
        for (name, load) in &loaders::LOADERS[1..] {
            note(name);
            assert_eq!(hmac_secret(&load(&file), id).len(), 32);
        }
    }
}

#[test]
fn a_key_whose_file_cannot_be_written_is_not_stored_either() {
    let folder = folder();
    std::fs::write(folder.path().join("taken.env"), "mine").unwrap();
    for out in ["taken.env", "nowhere/key.env"] {
        let mut command = stem_sec();
        command.args([
            "keygen",
            "hmac",
            "--keyring",
            "--state",
            "store",
            "--out",
            out,
        ]);
        let done = run(command.current_dir(folder.path()));
        assert_eq!(done.code, Some(4), "{}", done.said());
        assert!(!folder.path().join("store").exists(), "{out}");
    }
    let mut command = stem_sec();
    command.args([
        "keygen",
        "hmac",
        "--keyring",
        "--state",
        ".",
        "--out",
        "key.env",
    ]);
    let done = run(command.current_dir(folder.path()));
    assert_eq!(done.code, Some(2), "{}", done.said());
}

#[test]
fn any_id_reaches_stem_through_json() {
    for id in ["a b", "a $HOME", "a'b", "a\"b", "a\\b", "schlüssel"] {
        let json = keygen(&["hmac", "--id", id, "--format", "json"]);
        let environment: Environment = serde_json::from_str(&json).unwrap();
        assert_eq!(hmac_secret(&environment, id).len(), 32);
    }
}

fn every_loader_agrees(file: &Path) {
    let expected = loaders::verbatim(file);
    assert!(!matches!(start(&expected), Err(_) | Ok(Signing::Disabled)));
    for (name, load) in loaders::LOADERS {
        assert_eq!(load(file), expected, "{name}");
    }
}

#[test]
fn what_others_sign_with_the_private_half_verifies_with_the_public_half() {
    let folder = folder();
    let (seed, public) = ed25519_pair(&environment(&keygen(&["ed25519"])), "primary");
    let own = signature::UnparsedPublicKey::new(&signature::ED25519, &public);
    for (name, sign) in [
        ("OpenSSL", openssl_signs as Signer),
        ("cryptography", python_signs),
    ] {
        let made = sign(folder.path(), &seed);
        assert_eq!(made.len(), 64, "{name}");
        assert!(own.verify(MESSAGE.as_bytes(), &made).is_ok(), "{name}");
        assert!(own.verify(b"another message", &made).is_err(), "{name}");
        assert!(
            openssl_verifies(folder.path(), &public, &made),
            "{name}, by OpenSSL"
        );
    }
}

type Signer = fn(&Path, &[u8]) -> Vec<u8>;

/// PKCS#8 v1 around a seed, SPKI around a point (RFC 8410).
const PKCS8: [u8; 16] = *b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
const SPKI: [u8; 12] = *b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";

fn pkeyutl(folder: &Path, key: &[u8]) -> Command {
    std::fs::write(folder.join("key"), key).unwrap();
    std::fs::write(folder.join("message"), MESSAGE).unwrap();
    let mut command = tool("openssl");
    command.args([
        "pkeyutl", "-rawin", "-in", "message", "-keyform", "DER", "-inkey", "key",
    ]);
    command.current_dir(folder);
    command
}

fn openssl_signs(folder: &Path, seed: &[u8]) -> Vec<u8> {
    let mut command = pkeyutl(folder, &[&PKCS8, seed].concat());
    run(command.args(["-sign", "-out", "signature"])).ok();
    std::fs::read(folder.join("signature")).unwrap()
}

fn openssl_verifies(folder: &Path, public: &[u8], made: &[u8]) -> bool {
    let mut command = pkeyutl(folder, &[&SPKI, public].concat());
    std::fs::write(folder.join("signature"), made).unwrap();
    let verify = ["-pubin", "-verify", "-sigfile", "signature"];
    run(command.args(verify)).success
}

fn python_signs(folder: &Path, seed: &[u8]) -> Vec<u8> {
    std::fs::write(folder.join("seed"), seed).unwrap();
    let script = "import sys; from cryptography.hazmat.primitives.asymmetric import ed25519; \
                  key = ed25519.Ed25519PrivateKey.from_private_bytes(open('seed', 'rb').read()); \
                  open('signature', 'wb').write(key.sign(sys.argv[1].encode()))";
    run(python().args(["-c", script, MESSAGE]).current_dir(folder)).ok();
    std::fs::read(folder.join("signature")).unwrap()
}

#[test]
fn the_hmac_of_others_is_the_one_made_here() {
    let secret = hmac_secret(&environment(&keygen(&["hmac"])), "primary");
    let own = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, &secret),
        MESSAGE.as_bytes(),
    );
    let own = hex(own.as_ref());
    let folder = folder();
    let message = folder.path().join("message");
    std::fs::write(&message, MESSAGE).unwrap();
    let key = format!("hexkey:{}", hex(&secret));
    let mut openssl = tool("openssl");
    openssl.args(["dgst", "-sha256", "-mac", "HMAC", "-macopt", &key, "-r"]);
    let said = run(openssl.arg(&message)).ok().stdout;
    assert_eq!(
        said.split_whitespace().next(),
        Some(own.as_str()),
        "OpenSSL"
    );
    let script = "import hmac, sys; key, text = bytes.fromhex(sys.argv[1]), sys.argv[2].encode(); \
                  print(hmac.new(key, text, 'sha256').hexdigest())";
    let said = run(python().args(["-c", script, &hex(&secret), MESSAGE]))
        .ok()
        .stdout;
    assert_eq!(said.trim(), own, "Python");
}

fn hmac_secret(environment: &Environment, id: &str) -> Vec<u8> {
    match start(environment) {
        Ok(Signing::Hmac { mut keys, active }) if active == id && keys.len() == 1 => {
            keys.remove(id).unwrap()
        }
        other => panic!("not one HMAC key `{id}`: {other:?}"),
    }
}

/// The seed and the point.
fn ed25519_pair(environment: &Environment, id: &str) -> (Vec<u8>, Vec<u8>) {
    match start(environment) {
        Ok(Signing::Ed25519 {
            mut public,
            mut private,
            active,
        }) if active.as_deref() == Some(id) && public.len() == 1 && private.len() == 1 => {
            (private.remove(id).unwrap(), public.remove(id).unwrap())
        }
        other => panic!("not one Ed25519 pair `{id}`: {other:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
