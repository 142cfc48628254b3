//! Variables that a command line sets, in every format that has one.

use super::raised;

const KEYS: &str = "STEM_SIGNING_KEYS=primary:<secret a>\nSTEM_SIGNING_ACTIVE_KEY=primary\n\
     STEM_BROKER_URL=rediss://redis.example.com:6379/0\n";

/// The same command of a worker by compose, Kubernetes and systemd: what each raises.
#[track_caller]
fn all(command: &[&str], expected: &[&str]) {
    let json = serde_json::to_string(command).expect("JSON");
    let compose = format!(
        "services:\n  worker:\n    image: w\n    labels: {{ stem.role: worker }}\n    command: {json}\n    env_file: [worker.env]\n"
    );
    let pod = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: worker }}\nspec:\n  template:\n    \
         metadata: {{ labels: {{ stem.role: worker }} }}\n    spec:\n      containers:\n      - name: c\n        image: w\n        \
         command: {json}\n        envFrom: [{{ secretRef: {{ name: keys }} }}]\n---\n\
         apiVersion: v1\nkind: Secret\nmetadata: {{ name: keys }}\nstringData:\n{}",
        KEYS.replace('=', ": ")
            .lines()
            .map(|line| format!("  {line}\n"))
            .collect::<String>()
    );
    let words = command.iter().map(|word| match *word {
        "env" => "/usr/bin/env".to_owned(),
        "sh" => "/bin/sh".to_owned(),
        word => serde_json::to_string(word)
            .expect("JSON")
            .replace('$', "$$"),
    });
    let words: Vec<String> = words.collect();
    let unit = format!(
        "[Service]\nEnvironmentFile=/etc/worker.env\nExecStart={}\n",
        words.join(" ")
    );
    let compose = compose.replace('$', "$$");
    for files in [
        &[("compose.yaml", compose.as_str()), ("worker.env", KEYS)][..],
        &[("pod.yaml", pod.as_str())],
        &[
            ("etc/systemd/system/stem-worker.service", unit.as_str()),
            ("etc/worker.env", KEYS),
        ],
    ] {
        assert_eq!(raised(files), expected, "{command:?} of {}", files[0].0);
    }
}

#[test]
fn what_a_command_line_sets_has_its_say() {
    let insecure = &["verification-disabled STEM_TLS_ALLOW_INSECURE"];
    all(&["stem", "worker", "start"], &[]);
    for command in [
        &[
            "env",
            "STEM_TLS_ALLOW_INSECURE=true",
            "stem",
            "worker",
            "start",
        ][..],
        &[
            "sh",
            "-c",
            "STEM_TLS_ALLOW_INSECURE=true exec stem worker start",
        ],
        &[
            "sh",
            "-c",
            "export STEM_TLS_ALLOW_INSECURE=true && exec stem worker start",
        ],
        &[
            "sh",
            "-c",
            "set -a; STEM_TLS_ALLOW_INSECURE=true; exec stem worker start",
        ],
    ] {
        all(command, insecure);
    }
    all(
        &[
            "env",
            "STEM_BROKER_URL=redis://redis.example.com:6379/0",
            "stem",
            "worker",
            "start",
        ],
        &["plaintext-url STEM_BROKER_URL"],
    );
    all(
        &["sh", "-c", "STEM_SIGNING_ACTIVE_KEY=k9 stem worker start"],
        &["active-key-unknown STEM_SIGNING_ACTIVE_KEY k9"],
    );
    all(
        &[
            "sh",
            "-c",
            "unset STEM_SIGNING_ACTIVE_KEY; exec stem worker start",
        ],
        &["active-key-missing STEM_SIGNING_ACTIVE_KEY"],
    );
    all(
        &[
            "env",
            "-u",
            "STEM_SIGNING_ACTIVE_KEY",
            "stem",
            "worker",
            "start",
        ],
        &["active-key-missing STEM_SIGNING_ACTIVE_KEY"],
    );
}

#[test]
fn what_a_shell_does_on_a_condition_is_not_guessed() {
    for script in [
        "if [ -f /x ]; then export STEM_TLS_ALLOW_INSECURE=true; fi; exec stem worker start",
        "test -f /x && export STEM_TLS_ALLOW_INSECURE=true; exec stem worker start",
        "test -f /x && unset STEM_SIGNING_KEYS; exec stem worker start",
        "export STEM_SIGNING_KEYS=$(cat /run/keys); exec stem worker start",
        "export STEM_BROKER_URL=\"redis://:${PW}@redis:6379/0\"; exec stem worker start",
        "STEM_TLS_ALLOW_INSECURE=true; exec stem worker start",
        "STEM_TLS_ALLOW_INSECURE=true ./migrate; exec stem worker start",
        ". /etc/w.env; exec stem worker start",
        "eval \"$(fetch)\"; unset STEM_REGION; exec stem worker start",
        "set -e\ncd /app\nuntil nc -z redis 6379; do sleep 1; done\nexec stem worker start",
        "trap 'kill 0' TERM; stem worker start & wait",
        "(cd /app && ./migrate) && exec stem worker start",
        "./wait.sh || exit 1; exec stem worker start \"$@\"",
    ] {
        all(&["sh", "-c", script], &[]);
    }
    // of what the command line fetches, nothing is missing
    let unset = "env -u STEM_SIGNING_KEYS sh -c '. /run/keys.env; exec stem worker start'";
    all(&["sh", "-c", unset], &[]);
}
