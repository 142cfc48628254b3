//! Secrets that are written into the deployment itself.

use super::{KEYS, in_memory};

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
