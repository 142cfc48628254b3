//! What lies on disk: whose it is, that it comes out the same twice, and what is refused.

use std::fs;
use std::os::unix::fs::MetadataExt;

use crate::common::{as_root, folder};
use crate::{edit, init, render};

#[test]
fn a_second_run_changes_nothing() {
    let place = folder();
    init(place.path(), &[]).ok();
    let done = render(place.path(), &["--check"]).ok();
    assert_eq!(done.stdout, "");
    let again = init(place.path(), &[]).ok();
    assert!(
        again.stdout.contains("nothing was changed"),
        "{}",
        again.stdout
    );
}

#[test]
fn what_root_reads_for_a_unit_belongs_to_root_whatever_uid_says() {
    as_root(
        "written::what_root_reads_for_a_unit_belongs_to_root_whatever_uid_says",
        || {
            let place = folder();
            init(place.path(), &[]).ok();
            edit(place.path(), "role: worker", "uid: 1, role: worker");
            edit(place.path(), "role: cli", "uid: 1, role: cli");
            edit(place.path(), "role: beat", "uid: 1, gid: 60, role: beat");
            // as another target has left them
            render(place.path(), &["--target", "dotenv"]).ok();
            let done = render(place.path(), &["--prune"]).ok();
            assert!(
                done.stderr.contains("`uid: 1` is not used"),
                "{}",
                done.stderr
            );
            let access = |name: &str| {
                let metadata = fs::metadata(place.path().join("deploy").join(name)).expect(name);
                (metadata.uid(), metadata.gid(), metadata.mode() & 0o777)
            };
            for (name, expected) in [
                ("worker", (0, 0, 0o700)),
                ("worker/stem.env", (0, 0, 0o600)),
                ("worker/client.key", (0, 0, 0o600)),
                ("worker/worker.service.d/50-stem-sec.conf", (0, 0, 0o644)),
                ("beat", (0, 60, 0o750)),
                ("beat/client.key", (0, 60, 0o640)),
                ("beat/stem.env", (0, 60, 0o600)),
                ("cli", (1, 0, 0o700)),
                ("cli/client.key", (1, 0, 0o600)),
            ] {
                assert_eq!(access(name), expected, "{name}");
            }
            assert!(!place.path().join("deploy/cli/cli.service.d").exists());
        },
    );
}

#[test]
fn units_that_systemd_does_not_know_are_refused_with_a_hint() {
    let place = folder();
    init(place.path(), &[]).ok();
    let manifest = place.path().join("stem-sec.yaml");
    let text = fs::read_to_string(&manifest).expect("a manifest");
    let deep = "a".repeat(250);
    let cases = [
        (
            "role: worker",
            "service: a/b, role: worker",
            "cannot be the systemd unit `a/b`",
        ),
        (
            "role: worker",
            "service: worker.timer, role: worker",
            "`worker.timer`",
        ),
        (
            "role: worker",
            &format!("service: {deep}, role: worker"),
            "cannot be the systemd unit",
        ),
        (
            "role: worker",
            "service: beat.service, role: worker",
            "are both the unit `beat.service`",
        ),
        (
            "role: broker",
            "service: \"redis-server@\", role: broker",
            "is the template `redis-server@.service`",
        ),
        (
            "target: systemd",
            "target: systemd, install: /etc/../stem",
            "cannot read files from `/etc/../stem",
        ),
    ];
    for (from, to, sentence) in cases {
        fs::write(&manifest, text.replacen(from, to, 1)).expect("written");
        let done = render(place.path(), &[]);
        assert_eq!(done.code, Some(4), "{}", done.said());
        assert!(done.stderr.contains(sentence), "{}", done.stderr);
        assert!(done.stderr.contains("\nhint: "), "{}", done.stderr);
    }
}

#[test]
fn the_notes_name_the_version_the_commands_and_the_line_for_redis() {
    let place = folder();
    let said = init(place.path(), &["--install", "/etc/stem it"])
        .ok()
        .stdout;
    for sentence in [
        "need systemd 251",
        "\n  install -D -m 644 -t /etc/systemd/system/worker.service.d '/etc/stem it/worker/worker.service.d/50-stem-sec.conf'\n",
        "\n  systemctl daemon-reload\n  systemctl restart producer.service worker.service beat.service redis.service\n",
        "\n  include /run/credentials/redis.service/redis.conf\n",
        "service: redis-server",
        "a User= of its own",
        "set -a; . '/etc/stem it/cli/stem.env'; set +a",
    ] {
        assert!(said.contains(sentence), "{sentence}\n{said}");
    }
}
