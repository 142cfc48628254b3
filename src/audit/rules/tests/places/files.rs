//! Files with secrets: in git, and open to others.

use super::super::{git, now};
use super::{KEYS, on_disk};

#[test]
fn git_has_what_is_tracked_and_takes_what_nothing_keeps_out() {
    let other = ("README", "x", 0o644, true);
    let ignore = (".gitignore", "*.env\n", 0o644, true);
    let env = |tracked| ("a.env", KEYS, 0o600, tracked);
    assert_eq!(on_disk(&[other, env(true)]), ["error key-in-git a.env:1"]);
    assert_eq!(
        on_disk(&[other, env(false)]),
        ["warning key-in-git a.env:1"]
    );
    assert_eq!(on_disk(&[ignore, env(false)]), [""; 0]);
    assert_eq!(on_disk(&[ignore, env(true)]), ["error key-in-git a.env:1"]);
    assert_eq!(on_disk(&[env(false)]), [""; 0]);
}

#[test]
fn every_kind_of_file_is_judged_by_git_once() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: { name: x }\nstringData:\n  STEM_SIGNING_KEYS: primary:<secret a>\n";
    let unit = "[Service]\nExecStart=/opt/worker\nEnvironment=STEM_SIGNING_KEYS=primary:<secret a> STEM_SIGNING_ACTIVE_KEY=primary\n";
    let compose = "services:\n  api:\n    image: example/api\n    environment:\n      STEM_SIGNING_KEYS: primary:<secret a>\n";
    let unused = "services:\n  api:\n    image: example/api\n";
    for (path, text, line) in [
        ("tls/client.key", "<client.key>", 1),
        ("secret.yaml", secret, 5),
        ("etc/systemd/system/worker.service", unit, 3),
        ("compose.yaml", compose, 5),
        ("notes.md", "STEM_SIGNING_KEYS=primary:<secret a>\n", 1),
        ("redis.conf", "port 0\nrequirepass <password a>\n", 2),
        ("a.env", "STEM_BROKER_URL=redis://:<password a>@h/0\n", 1),
        ("a.env", "# STEM_SIGNING_KEYS=primary:<secret a>\n", 1),
    ] {
        let name = path.rsplit('/').next().unwrap_or_default();
        let expected = [format!("error key-in-git {name}:{line}")];
        assert_eq!(on_disk(&[(path, text, 0o644, true)]), expected, "{path}");
    }
    let granted = "services:\n  api:\n    image: example/api\n    secrets: [keys]\nsecrets: { keys: { file: ./keys } }\n";
    let files = [
        ("compose.yaml", granted, 0o644, true),
        ("keys", "primary:<secret a>", 0o644, true),
    ];
    assert_eq!(on_disk(&files), ["error key-in-git keys:1"]);
    // Compose reads it, and no service is given anything of it
    let files = [
        ("compose.yaml", unused, 0o644, true),
        (".env", KEYS, 0o644, true),
    ];
    assert_eq!(on_disk(&files), ["error key-in-git .env:1"]);
}

#[test]
fn a_secret_of_kubernetes_is_judged_in_base64_too() {
    use base64::Engine;
    let list = format!("primary:{}", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
    let data = base64::engine::general_purpose::STANDARD.encode(list);
    let text = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{ name: x }}\ndata:\n  STEM_SIGNING_KEYS: {data}\n"
    );
    let of = |text: &str| on_disk(&[("s.yaml", text, 0o644, true)]);
    assert_eq!(of(&text), ["error key-in-git s.yaml:5"]);
    let filler = base64::engine::general_purpose::STANDARD.encode("primary:changeme");
    assert_eq!(of(&text.replace(&data, &filler)), [""; 0]);
}

#[test]
fn what_is_to_be_filled_in_is_no_secret() {
    for text in [
        "STEM_SIGNING_KEYS=primary:<base64 of 32 bytes>\n",
        "STEM_SIGNING_KEYS=primary:changeme\n",
        "STEM_SIGNING_KEYS=\n",
        "STEM_SIGNING_KEYS=primary:\n",
        "STEM_SIGNING_KEYS=primary:${KEY}\n",
        "STEM_BROKER_URL=redis://:changeme@redis:6379/0\n",
        "STEM_BROKER_URL=redis://redis:6379/0\n",
        "STEM_BROKER_URL=redis://:${PASSWORD}@redis:6379/0\n",
        "REDIS_PASSWORD=<your-password>\n",
        "STEM_SIGNING_PUBLIC_KEYS=primary:<public a>\n",
        "STEM_TLS_CLIENT_KEY=/tls/client.key\n",
    ] {
        assert_eq!(
            on_disk(&[(".env.example", text, 0o644, true)]),
            [""; 0],
            "{text}"
        );
    }
    assert_eq!(on_disk(&[("ca.crt", "<ca.crt>", 0o644, true)]), [""; 0]);
}

#[test]
fn a_file_is_open_by_its_permissions_and_those_of_the_folders_above() {
    let of = |path: &str, mode: u32| on_disk(&[(path, KEYS, mode, false)]);
    for open in [0o644, 0o604, 0o602, 0o660, 0o664, 0o777] {
        assert_eq!(
            of("a.env", open),
            ["error key-file-readable a.env:1"],
            "{open:o}"
        );
    }
    for closed in [0o600, 0o640, 0o400, 0o440, 0o700] {
        assert_eq!(of("a.env", closed), [""; 0], "{closed:o}");
    }
    let of = |path: &str, text: &str| on_disk(&[(path, text, 0o644, false)]);
    assert_eq!(
        of("x.key", "<client.key>"),
        ["error key-file-readable x.key:1"]
    );
    assert_eq!(of("x.crt", "<client.crt>"), [""; 0]);
    // what is in them is for other rules
    assert_eq!(of("notes.md", KEYS), [""; 0]);
    assert_eq!(of("a.env", "STEM_SIGNING_KEYS=primary:changeme\n"), [""; 0]);
}

#[test]
fn the_store_is_judged_as_a_folder() {
    use crate::audit::inventory::Request;
    use crate::audit::tree::{Options, Tree};
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a folder");
    let store = dir.path().join(".stem-sec");
    fs::create_dir_all(store.join("certs")).expect("a folder");
    fs::write(store.join("keyring.yaml"), "").expect("a file");
    fs::write(store.join("certs/api.key"), "").expect("a file");
    fs::write(store.join("certs/api.crt"), "").expect("a file");
    let found = |mode: u32| {
        fs::set_permissions(&store, fs::Permissions::from_mode(mode)).expect("a mode");
        let tree = Tree::walk(&[dir.path().to_owned()], &Options::default()).expect("a tree");
        let verdict = crate::audit::judge::audit(&tree, &Request::default(), now());
        let findings = verdict.findings.iter();
        findings
            .map(|one| {
                format!(
                    "{} {}",
                    one.rule.id,
                    one.subject.rsplit('/').next().unwrap_or_default()
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(found(0o700), [""; 0]);
    assert_eq!(found(0o755), ["key-file-readable .stem-sec"]);
    git(dir.path(), &["init", "-q"]);
    assert_eq!(
        found(0o700),
        ["key-in-git api.key", "key-in-git keyring.yaml"]
    );
    fs::write(store.join(".gitignore"), "*\n").expect("a file");
    assert_eq!(found(0o700), [""; 0]);
    git(dir.path(), &["add", "-f", ".stem-sec/keyring.yaml"]);
    assert_eq!(found(0o755), ["key-in-git keyring.yaml"]);
}
