//! What a Redis is told by its command line, its users and its image, where not all of it is
//! known.

use super::{findings, raised};

const WORKER: &str = "  worker: { image: example/worker, command: stem worker start, environment: { STEM_BROKER_URL: 'rediss://redis.example.com:6379/0' } }\n";

/// What is said of a compose service `redis` with these lines beside a worker.
fn of_service(lines: &str) -> Vec<String> {
    let compose = format!("services:\n{WORKER}  redis:\n    image: redis:7\n{lines}");
    of_passwords(&[("compose.yaml", &compose)])
}

/// What is said of passwords that are written somewhere.
fn of_passwords(files: &[(&str, &str)]) -> Vec<String> {
    let rules = [
        "key-in-git",
        "placeholder-value",
        "secret-inline",
        "stray-secret",
        "weak-secret",
    ];
    let mut found = raised(files);
    found.retain(|one| rules.iter().any(|rule| one.starts_with(rule)));
    found
}

#[test]
fn a_password_that_only_the_cluster_knows_is_not_written_out() {
    let pods = |environment: &str| {
        format!(
            "\
apiVersion: apps/v1
kind: StatefulSet
metadata: {{ name: redis }}
spec:
  template:
    spec:
      containers:
        - name: redis
          image: redis:7
          args: [--requirepass, $(REDIS_PASSWORD)]
          {environment}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{ name: worker }}
spec:
  template:
    spec:
      containers:
        - {{ name: app, image: example/worker, command: [stem, worker, start], envFrom: [{{ secretRef: {{ name: stem }} }}] }}
"
        )
    };
    for environment in [
        "env: [{ name: REDIS_PASSWORD, valueFrom: { secretKeyRef: { name: redis-auth, key: password } } }]",
        "envFrom: [{ secretRef: { name: redis-auth } }]",
        "envFrom: [{ secretRef: { name: redis-auth, optional: true } }]",
        "env: [{ name: A, value: a }]\n          envFrom: [{ configMapRef: { name: redis } }]",
    ] {
        let found = of_passwords(&[("all.yaml", &pods(environment))]);
        assert_eq!(found, [""; 0], "{environment}");
    }
    let written = "env: [{ name: REDIS_PASSWORD, value: <password a> }]";
    let found = of_passwords(&[("all.yaml", &pods(written))]);
    assert!(found.contains(&"secret-inline REDIS_PASSWORD".to_owned()));
}

#[test]
fn a_password_of_an_env_file_that_is_not_here_is_not_the_name_of_its_variable() {
    let units = |start: &str, file: &str| {
        let redis = format!("[Service]\nEnvironmentFile={file}\nExecStart={start}\n");
        of_passwords(&[
            ("etc/systemd/system/redis.service", redis.as_str()),
            (
                "etc/systemd/system/stem-worker.service",
                "[Service]\nEnvironment=STEM_BROKER_URL=rediss://redis.example.com:6379/0\nExecStart=/usr/bin/stem worker start\n",
            ),
        ])
    };
    for file in ["/run/secrets/redis.env", "-/etc/default/redis"] {
        for start in [
            "/usr/bin/redis-server --requirepass ${REDIS_PASSWORD}",
            "/usr/bin/redis-server --requirepass $REDIS_PASSWORD",
            "/usr/bin/redis-server --protected-mode no $REDIS_OPTIONS",
            "/bin/sh -c 'exec redis-server --requirepass \"$$REDIS_PASSWORD\"'",
        ] {
            assert_eq!(units(start, file), [""; 0], "{start} {file}");
        }
    }
}

#[test]
fn what_a_shell_puts_in_is_known_only_where_the_deployment_says_it() {
    for lines in [
        "    command: sh -c 'exec redis-server --requirepass \"$$REDIS_PASSWORD\"'\n",
        "    command: sh -c 'exec redis-server --requirepass \"$$RP\"'\n",
        "    command: sh -c 'exec redis-server --requirepass $${RP}'\n",
        "    command: sh -c 'exec redis-server --requirepass \"$$(cat /run/secrets/rp)\"'\n",
        "    command: sh -c 'RP=$$(cat /rp); exec redis-server --requirepass \"$$RP\"'\n    environment: { RP: weak }\n",
        "    command: sh -c 'eval $$(cat /rp); exec redis-server --requirepass \"$$RP\"'\n    environment: { RP: weak }\n",
    ] {
        let mut found = of_service(lines);
        // what is given and not used is another matter
        found.retain(|one| one.ends_with("requirepass"));
        assert_eq!(found, [""; 0], "{lines}");
    }
    for text in ["\"$$RP\"", "$${RP}", "$$RP"] {
        let lines = format!(
            "    command: sh -c 'exec redis-server --requirepass {text}'\n    environment: {{ RP: weak }}\n"
        );
        let found = of_service(&lines);
        let is_weak = found.contains(&"weak-secret requirepass".to_owned());
        assert!(is_weak, "{lines} {found:?}");
    }
}

#[test]
fn an_empty_password_is_none() {
    for command in [
        "redis-server --requirepass \"${RP:-}\"",
        "redis-server --requirepass ''",
        "redis-server --masterauth \"${RP:-}\"",
    ] {
        let found = of_service(&format!("    command: {command}\n"));
        assert_eq!(found, [""; 0], "{command}");
    }
}

/// A deployment whose worker comes in clear, without a password.
fn of_conf(conf: &str) -> Vec<String> {
    let compose = "\
services:
  worker:
    image: example/worker
    command: stem worker start
    environment: { STEM_BROKER_URL: 'redis://redis:6379/0' }
  redis:
    image: redis:7
    command: redis-server /etc/redis.conf
    ports: ['6379:6379']
    volumes: ['./redis.conf:/etc/redis.conf', './users.acl:/etc/users.acl']
";
    let mut found = raised(&[("compose.yaml", compose), ("redis.conf", conf)]);
    found.retain(|one| one.starts_with("broker-open") || one.starts_with("missing-artifact"));
    found
}

#[test]
fn a_password_beside_users_that_nobody_can_read_is_not_stray() {
    let compose = "\
services:
  worker:
    image: example/worker
    command: stem worker start
    environment: { STEM_BROKER_URL: 'redis://:<password a>@redis:6379/0' }
  redis:
    image: redis:7
    command: redis-server /etc/redis.conf
    volumes: ['./redis.conf:/etc/redis.conf']
";
    let conf = "requirepass <password a>\naclfile /etc/elsewhere.acl\n";
    let mut found = raised(&[("compose.yaml", compose), ("redis.conf", conf)]);
    found.retain(|one| one.starts_with("stray-secret"));
    assert_eq!(found, [""; 0]);
}

#[test]
fn whether_a_broker_asks_is_a_matter_of_its_default_user() {
    let (open, asks) = (
        ["broker-open requirepass"],
        ["missing-artifact STEM_BROKER_URL"],
    );
    for conf in [
        "user metrics on ><password a> +info +ping\n",
        "user default on nopass ~* &* +@all\n",
        "requirepass <password a>\nuser default on nopass ~* &* +@all\n",
        "user default on nopass ~* &* +@all\nrequirepass <password a>\n",
        "user default on nopass ~* +@all -@dangerous\n",
    ] {
        assert_eq!(of_conf(conf), open, "{conf}");
    }
    for conf in [
        "requirepass <password a>\nuser metrics on ><password b> +info +ping\n",
        "user default on ><password a> ~* &* +@all\n",
        "user default off\nuser stem on ><password a> ~* &* +@all\n",
        "user default nopass ~* +@all\n",
    ] {
        assert_eq!(of_conf(conf), asks, "{conf}");
    }
    for conf in [
        // nobody has to log in, and nobody who does not can write
        "user default on nopass +ping +info\n",
        // it is not known who is in there
        "aclfile /etc/elsewhere.acl\n",
        "requirepass <password a>\naclfile /etc/elsewhere.acl\n",
    ] {
        assert_eq!(of_conf(conf), [""; 0], "{conf}");
    }
}

#[test]
fn a_plain_image_is_told_nothing_by_variables_and_files_that_it_does_not_look_at() {
    let of = |image: &str, lines: &str| {
        let compose = format!(
            "services:\n{WORKER}  redis:\n    image: {image}\n    ports: ['6379:6379']\n{lines}"
        );
        let mut found = raised(&[
            ("compose.yaml", &compose),
            ("redis.conf", "requirepass <password a>\n"),
        ]);
        found.retain(|one| one.starts_with("broker-open"));
        found
    };
    let open = ["broker-open requirepass"];
    for (image, lines) in [
        (
            "redis:7",
            "    environment: { REDIS_PASSWORD: <password a> }\n",
        ),
        (
            "redis:7",
            "    volumes: ['./redis.conf:/usr/local/etc/redis/redis.conf']\n",
        ),
        (
            "docker.io/library/redis@sha256:abc",
            "    environment: { REDIS_ARGS: --requirepass x }\n",
        ),
        (
            "valkey/valkey:8",
            "    environment: { VALKEY_PASSWORD: <password a> }\n",
        ),
        (
            "bitnami/redis:7",
            "    environment: { ALLOW_EMPTY_PASSWORD: 'yes' }\n",
        ),
    ] {
        assert_eq!(of(image, lines), open, "{image} {lines}");
    }
    for (image, lines) in [
        (
            "valkey/valkey:8",
            "    environment: { VALKEY_EXTRA_FLAGS: --requirepass x }\n",
        ),
        ("valkey/valkey:8", "    env_file: [elsewhere.env]\n"),
        ("bitnami/redis:7", ""),
        (
            "bitnami/redis:7",
            "    environment: { ALLOW_EMPTY_PASSWORD: 'yes', REDIS_PASSWORD: <password a> }\n",
        ),
        (
            "bitnami/redis:7",
            "    environment: { ALLOW_EMPTY_PASSWORD: 'yes' }\n    env_file: [elsewhere.env]\n",
        ),
        (
            "redis/redis-stack-server:7",
            "    environment: { REDIS_ARGS: --requirepass x }\n",
        ),
        (
            "registry.example.com/ours/redis:7",
            "    environment: { REDIS_PASSWORD: <password a> }\n",
        ),
        (
            "registry.example.com/ours/redis:7",
            "    volumes: ['./redis.conf:/usr/local/etc/redis/redis.conf']\n",
        ),
    ] {
        assert_eq!(of(image, lines), [""; 0], "{image} {lines}");
    }
}

#[test]
fn a_url_that_nothing_unknown_can_change_lacks_its_password_whatever_else_is_unknown() {
    let compose = |worker: &str| {
        let text = format!(
            "services:\n  redis: {{ image: 'redis:7', command: redis-server --requirepass <password a> }}\n  worker:\n    image: example/worker\n    command: stem worker start\n{worker}"
        );
        lacks(&[("compose.yaml", &text)])
    };
    let pods = |environment: &str| {
        let text = format!(
            "\
apiVersion: v1
kind: Pod
metadata: {{ name: redis }}
spec: {{ containers: [{{ name: redis, image: 'redis:7', args: [--requirepass, <password a>] }}] }}
---
apiVersion: v1
kind: ConfigMap
metadata: {{ name: here }}
data: {{ STEM_BROKER_URL: 'redis://redis:6379/0' }}
---
apiVersion: v1
kind: Pod
metadata: {{ name: worker }}
spec:
  containers:
    - name: app
      image: example/worker
      command: [stem, worker, start]
{environment}"
        );
        lacks(&[("all.yaml", &text)])
    };
    let own = "      env: [{ name: STEM_BROKER_URL, value: 'redis://redis:6379/0' }]\n";
    let secret = "      envFrom: [{ secretRef: { name: gone } }]\n";
    assert!(pods(own));
    assert!(pods(&format!("{own}{secret}")));
    assert!(pods("      envFrom: [{ configMapRef: { name: here } }]\n"));
    assert!(!pods(
        "      envFrom: [{ configMapRef: { name: here } }, { secretRef: { name: gone } }]\n"
    ));
    let own = "    environment: { STEM_BROKER_URL: 'redis://redis:6379/0' }\n";
    assert!(compose(&format!("{own}    env_file: [gone.env]\n")));
    let env = "    command: sh -c '. /run/stem.env && exec stem worker start'\n";
    assert!(!compose(
        &format!("{own}{env}").replace("    command: sh", "    entrypoint: sh")
    ));
}

/// Whether it is said that the URL lacks the password of its broker.
fn lacks(files: &[(&str, &str)]) -> bool {
    let mut found = findings(files).into_iter();
    found.any(|one| one.rule.id == "missing-artifact" && one.message.contains("password"))
}
