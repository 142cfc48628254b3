//! Where secrets lie: what counts as one, by which way it came, and who else can have it.

use super::{judged, raised};

const KEYS: &str = "STEM_SIGNING_KEYS=primary:<secret a>\nSTEM_SIGNING_ACTIVE_KEY=primary\n";

const FAMILY: [&str; 6] = [
    "key-file-readable",
    "key-in-git",
    "key-in-image",
    "optional-env-file",
    "secret-in-configmap",
    "secret-inline",
];

/// What the family says of files on disk: its rule, severity, file and line.
fn on_disk(files: &[(&str, &str, u32, bool)]) -> Vec<String> {
    let mut found = Vec::new();
    judged(files, |finding, path| {
        if FAMILY.contains(&finding.rule.id) {
            let name = path.rsplit('/').next().unwrap_or_default();
            let severity = finding.severity.name();
            let line = finding.place.line;
            found.push(format!("{severity} {} {name}:{line}", finding.rule.id));
        }
    });
    found
}

fn in_memory(files: &[(&str, &str)]) -> Vec<String> {
    let mut all = raised(files);
    all.retain(|one| FAMILY.iter().any(|rule| one.starts_with(rule)));
    all
}

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
        let verdict = crate::audit::judge::audit(&tree, &Request::default(), super::now());
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
    super::git(dir.path(), &["init", "-q"]);
    assert_eq!(
        found(0o700),
        ["key-in-git api.key", "key-in-git keyring.yaml"]
    );
    fs::write(store.join(".gitignore"), "*\n").expect("a file");
    assert_eq!(found(0o700), [""; 0]);
    super::git(dir.path(), &["add", "-f", ".stem-sec/keyring.yaml"]);
    assert_eq!(found(0o755), ["key-in-git keyring.yaml"]);
}

#[test]
fn a_secret_is_inline_where_it_is_written_out() {
    let compose = |entries: &str| {
        format!(
            "services:\n  api:\n    image: example/api\n    labels: {{ stem.role: producer }}\n{entries}"
        )
    };
    let of = |entries: &str, dotenv: &str| {
        in_memory(&[("compose.yaml", &compose(entries)), (".env", dotenv)])
    };
    let keys = ["secret-inline STEM_SIGNING_KEYS"];
    let url = ["secret-inline STEM_BROKER_URL"];
    for entries in [
        "    environment: { STEM_SIGNING_KEYS: 'primary:<secret a>' }\n",
        "    environment: ['STEM_SIGNING_KEYS=primary:<secret a>']\n",
        "    environment:\n      STEM_SIGNING_KEYS: ${KEYS:-primary:<secret a>}\n",
    ] {
        assert_eq!(of(entries, ""), keys, "{entries}");
    }
    let password =
        "    environment: { STEM_BROKER_URL: 'rediss://:${PW:-<password a>}@redis:6379/0' }\n";
    assert_eq!(of(password, ""), url);
    assert_eq!(
        of(
            "    environment: { STEM_BROKER_URL: 'rediss://:<password a>@${HOST}:6379/0' }\n",
            "HOST=redis\n"
        ),
        url
    );
    let command = ["secret-inline command"];
    for entries in [
        "    command: sh -c 'STEM_SIGNING_KEYS=primary:<secret a> bin/api'\n",
        "    command: ['bin/api', '--broker=rediss://:<password a>@redis:6379/0']\n",
    ] {
        assert_eq!(of(entries, ""), command, "{entries}");
    }
}

#[test]
fn a_secret_that_several_share_is_inline_once() {
    let compose = "x-keys: &keys { STEM_SIGNING_KEYS: 'primary:<secret a>' }\nservices:\n  api: { image: example/api, environment: { <<: *keys } }\n  worker: { image: example/worker, environment: *keys }\n";
    assert_eq!(
        in_memory(&[("compose.yaml", compose)]),
        ["secret-inline STEM_SIGNING_KEYS"]
    );
}

#[test]
fn a_secret_that_comes_by_another_way_is_not_inline() {
    let compose = |entries: &str| {
        format!(
            "services:\n  api:\n    image: example/api\n    labels: {{ stem.role: producer }}\n{entries}"
        )
    };
    for (entries, dotenv) in [
        ("    env_file: [.env]\n", KEYS),
        ("    environment: [STEM_SIGNING_KEYS]\n", KEYS),
        (
            "    environment: { STEM_SIGNING_KEYS: '${KEYS}' }\n",
            "KEYS=primary:<secret a>\n",
        ),
        (
            "    environment: { STEM_SIGNING_KEYS: 'primary:${KEY}' }\n",
            "KEY=<secret a>\n",
        ),
        (
            "    environment: { STEM_BROKER_URL: 'rediss://:${PW}@redis:6379/0' }\n",
            "PW=<password a>\n",
        ),
        (
            "    environment: { STEM_BROKER_URL: 'rediss://redis:6379/0' }\n",
            "",
        ),
        (
            "    environment: { STEM_SIGNING_KEYS: 'primary:changeme' }\n",
            "",
        ),
        (
            "    environment: { STEM_SIGNING_PUBLIC_KEYS: 'primary:<public a>' }\n",
            "",
        ),
        (
            "    command: ['bin/api', '--broker=rediss://:${PW}@redis:6379/0']\n",
            "PW=<password a>\n",
        ),
        (
            "    command: sh -c 'STEM_SIGNING_KEYS=$$KEYS bin/api'\n",
            "",
        ),
    ] {
        let found = in_memory(&[("compose.yaml", &compose(entries)), (".env", dotenv)]);
        assert_eq!(found, [""; 0], "{entries}");
    }
}

#[test]
fn units_and_pods_have_secrets_inline_too() {
    let unit = |lines: &str| {
        let text = format!("[Service]\nExecStart=/opt/worker\n{lines}");
        in_memory(&[
            ("etc/systemd/system/stem-worker.service", &text),
            ("etc/stem.env", KEYS),
        ])
    };
    assert_eq!(
        unit("Environment=STEM_SIGNING_KEYS=primary:<secret a>\n"),
        ["secret-inline STEM_SIGNING_KEYS"]
    );
    assert_eq!(unit("EnvironmentFile=/etc/stem.env\n"), [""; 0]);
    assert_eq!(
        unit("SetCredential=stem_signing_keys:primary:<secret a>\n"),
        ["secret-inline /run/credentials/stem-worker.service/stem_signing_keys"]
    );
    assert_eq!(
        unit("LoadCredential=stem_signing_keys:/etc/stem.env\n"),
        [""; 0]
    );
    let pod = |env: &str| {
        let text = format!(
            "\
apiVersion: v1
kind: Secret
metadata: {{ name: s }}
stringData: {{ password: <password a>, keys: 'primary:<secret a>' }}
---
apiVersion: v1
kind: Pod
metadata: {{ name: worker }}
spec:
  containers:
    - name: app
      image: example/worker
      env:
{env}"
        );
        in_memory(&[("pod.yaml", &text)])
    };
    assert_eq!(
        pod("        - { name: STEM_SIGNING_KEYS, value: 'primary:<secret a>' }\n"),
        ["secret-inline STEM_SIGNING_KEYS"]
    );
    for elsewhere in [
        "        - { name: STEM_SIGNING_KEYS, valueFrom: { secretKeyRef: { name: s, key: keys } } }\n",
        "        - { name: PW, valueFrom: { secretKeyRef: { name: s, key: password } } }\n        - { name: STEM_BROKER_URL, value: 'rediss://:$(PW)@redis:6379/0' }\n",
    ] {
        assert_eq!(pod(elsewhere), [""; 0], "{elsewhere}");
    }
}

#[test]
fn config_maps_and_configs_are_no_place_for_secrets() {
    let map = |kind: &str, field: &str| {
        let text = format!(
            "apiVersion: v1\nkind: {kind}\nmetadata: {{ name: x }}\n{field}:\n  STEM_SIGNING_KEYS: primary:<secret a>\n  redis.conf: |\n    port 0\n    requirepass <password a>\n"
        );
        in_memory(&[("map.yaml", &text)])
    };
    assert_eq!(
        map("ConfigMap", "data"),
        [
            "secret-in-configmap STEM_SIGNING_KEYS",
            "secret-in-configmap redis.conf"
        ]
    );
    assert_eq!(map("Secret", "stringData"), [""; 0]);
    let generator = |kind: &str| {
        let text =
            format!("{kind}:\n- name: x\n  literals: ['STEM_SIGNING_KEYS=primary:<secret a>']\n");
        in_memory(&[("kustomization.yaml", &text)])
    };
    assert_eq!(
        generator("configMapGenerator"),
        ["secret-in-configmap STEM_SIGNING_KEYS"]
    );
    assert_eq!(generator("secretGenerator"), [""; 0]);
    let compose = |section: &str, content: &str| {
        let text = format!(
            "services:\n  api:\n    image: example/api\n    labels: {{ stem.role: producer }}\n    {section}: [keys]\n{section}:\n  keys:\n    {content}\n"
        );
        in_memory(&[("compose.yaml", &text), ("keys", "primary:<secret a>")])
    };
    assert_eq!(
        compose("configs", "content: 'STEM_SIGNING_KEYS=primary:<secret a>'"),
        ["secret-in-configmap /keys"]
    );
    assert_eq!(compose("secrets", "file: ./keys"), [""; 0]);
}

#[test]
fn images_hold_what_is_copied_set_or_given_to_their_build() {
    let of = |lines: &str, build: &str| {
        let dockerfile = format!("FROM dart:stable\n{lines}\nCMD [\"bin/api\"]\n");
        let compose = format!(
            "services:\n  api:\n    labels: {{ stem.role: producer }}\n    build:\n      context: .\n{build}"
        );
        in_memory(&[
            ("Dockerfile", &dockerfile),
            ("compose.yaml", &compose),
            ("tls/client.key", "<client.key>"),
            ("tls/ca.crt", "<ca.crt>"),
        ])
    };
    assert_eq!(
        of("COPY tls/client.key /tls/", ""),
        ["key-in-image /tls/client.key"]
    );
    assert_eq!(of("COPY tls /tls", ""), ["key-in-image /tls/client.key"]);
    assert_eq!(
        of("ENV STEM_SIGNING_KEYS=primary:<secret a>", ""),
        ["key-in-image STEM_SIGNING_KEYS"]
    );
    assert_eq!(
        of(
            "ARG STEM_SIGNING_KEYS",
            "      args: { STEM_SIGNING_KEYS: 'primary:<secret a>' }\n"
        ),
        ["key-in-image STEM_SIGNING_KEYS"]
    );
    let both = "COPY . /app\nENV STEM_SIGNING_KEYS=primary:<secret a>";
    let found = of(both, "");
    let copies = found
        .iter()
        .filter(|one| !one.ends_with("STEM_SIGNING_KEYS"));
    assert_eq!(
        copies.count(),
        1,
        "the key and the Dockerfile itself: {found:?}"
    );
    assert_eq!(of("COPY tls/ca.crt /tls/", ""), [""; 0]);
    assert_eq!(of("ENV STEM_SIGNING_KEYS=primary:changeme", ""), [""; 0]);
}

#[test]
fn a_source_of_keys_must_not_be_optional() {
    let compose = |required: &str, others: &str| {
        format!(
            "services:\n  worker:\n    image: example/worker\n    env_file:\n    - {{ path: keys.env{required} }}\n{others}"
        )
    };
    let of = |text: &str, files: &[(&str, &str)]| {
        let mut all = vec![("compose.yaml", text)];
        all.extend(files);
        in_memory(&all)
    };
    let optional = compose(", required: false", "");
    let keys = [("keys.env", KEYS)];
    let debug = [("keys.env", "STEM_DEFAULT_QUEUE=x\n")];
    let found = of(&optional, &keys);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("optional-env-file "), "{found:?}");
    assert_eq!(of(&compose("", ""), &keys), [""; 0]);
    assert_eq!(of(&optional, &debug), [""; 0]);
    // what is not there takes nothing away from the file beside it
    let others = "    - own.env\n";
    let missing = compose(", required: false", others);
    let own = [("own.env", KEYS)];
    assert_eq!(of(&missing, &own), [""; 0]);
    let stranger = optional.replace("worker", "redis");
    assert_eq!(of(&stranger, &keys), [""; 0]);
}

#[test]
fn a_source_that_only_the_host_has_must_not_be_optional() {
    let unit = |lines: &str| {
        let text = format!(
            "[Service]\nExecStart=/opt/app/worker\nEnvironment=STEM_BROKER_URL=rediss://redis.example.com:6379/0\n{lines}"
        );
        in_memory(&[("stem-worker.service", &text)])
    };
    let found = unit("EnvironmentFile=-/etc/stem/stem.env\n");
    assert_eq!(found, ["optional-env-file /etc/stem/stem.env"]);
    assert_eq!(unit("EnvironmentFile=/etc/stem/stem.env\n"), [""; 0]);
    // it cannot turn off what comes by another way
    let both = "EnvironmentFile=/etc/stem/stem.env\nEnvironmentFile=-/etc/stem/%H.env\n";
    assert_eq!(unit(both), [""; 0]);
}
