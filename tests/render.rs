//! `render`: writes what the manifest and the store say, and nothing else.

mod common;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use common::{Done, environment, folder, run, stem_sec};

fn init(place: &Path) {
    run(stem_sec().args(["init", "--yes"]).arg(place)).ok();
}

fn render(place: &Path, flags: &[&str]) -> Done {
    run(stem_sec().arg("render").args(flags).current_dir(place))
}

fn edit(place: &Path, from: &str, to: &str) {
    let path = place.join("stem-sec.yaml");
    let text = fs::read_to_string(&path).expect("a manifest");
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replace(from, to)).expect("written");
}

#[test]
fn what_init_wrote_is_what_render_would_write_to_the_time_stamp() {
    let place = folder();
    init(place.path());
    let stamp = |name: &str| {
        let metadata = fs::metadata(place.path().join("deploy").join(name)).expect("a file");
        (metadata.ino(), metadata.mtime_nsec())
    };
    let before = [
        "worker/stem.env",
        "redis/redis.conf",
        ".gitignore",
        ".stem-sec-written",
    ]
    .map(stamp);
    assert!(render(place.path(), &["--check"]).ok().stdout.is_empty());
    let done = render(place.path(), &[]).ok();
    assert!(
        done.stderr.contains("nothing was changed"),
        "{}",
        done.stderr
    );
    assert_eq!(
        [
            "worker/stem.env",
            "redis/redis.conf",
            ".gitignore",
            ".stem-sec-written"
        ]
        .map(stamp),
        before
    );
}

#[test]
fn check_shows_each_difference_and_no_secret_and_writes_nothing() {
    let place = folder();
    init(place.path());
    let producer = place.path().join("deploy/producer/stem.env");
    let private = environment(&producer)["STEM_SIGNING_PRIVATE_KEYS"].clone();
    let secret = private.split_once(':').expect("an entry").1.to_owned();
    let key = fs::read_to_string(place.path().join("deploy/producer/client.key")).expect("a key");
    fs::write(
        &producer,
        "STEM_SIGNING_PRIVATE_KEYS=primary:b2xkLW9sZC1vbGQtb2xk\nb2xkLW9sZA=\n",
    )
    .expect("spoiled");
    fs::write(
        place.path().join("deploy/producer/client.key"),
        "old-key-material\n",
    )
    .expect("spoiled");
    fs::set_permissions(
        place.path().join("deploy/beat/stem.env"),
        PermissionsExt::from_mode(0o640),
    )
    .expect("spoiled");
    let done = render(place.path(), &["--check"]);
    assert_eq!(done.code, Some(1), "{}", done.said());
    assert!(
        done.stdout.contains("--- a/producer/stem.env"),
        "{}",
        done.stdout
    );
    assert!(
        done.stdout.contains("beat/stem.env: mode 0640, not 0600"),
        "{}",
        done.stdout
    );
    let body = key.lines().nth(1).expect("a line of the key");
    for hidden in [
        secret.as_str(),
        &secret[..12],
        body,
        &body[..12],
        "b2xkLW9s",
        "old-key-material",
    ] {
        assert!(!done.said().contains(hidden), "{hidden} in {}", done.said());
    }
    assert!(
        fs::read_to_string(&producer)
            .expect("read")
            .contains("b2xkLW9s")
    );
    assert_eq!(render(place.path(), &["--dry-run"]).code, Some(0));
    render(place.path(), &[]).ok();
    assert!(render(place.path(), &["--check"]).ok().stdout.is_empty());
}

#[test]
fn files_of_a_removed_component_are_listed_hidden_from_git_and_removed_when_told() {
    let place = folder();
    init(place.path());
    edit(place.path(), "  beat: { role: beat }\n", "");
    let done = render(place.path(), &[]).ok();
    assert!(
        done.stderr
            .contains("no component needs `deploy/beat/client.key`"),
        "{}",
        done.stderr
    );
    assert!(done.stderr.contains("--prune"), "{}", done.stderr);
    let ignored = fs::read_to_string(place.path().join("deploy/.gitignore")).expect("read");
    assert!(ignored.contains("/beat/"), "{ignored}");
    assert_eq!(render(place.path(), &["--check"]).code, Some(1));
    fs::write(place.path().join("deploy/beat/mine"), "mine").expect("written");
    render(place.path(), &["--prune"]).ok();
    let left: Vec<_> = fs::read_dir(place.path().join("deploy/beat"))
        .expect("kept")
        .collect();
    assert_eq!(
        left.len(),
        1,
        "only the file that somebody else put there stays"
    );
    assert!(render(place.path(), &["--check"]).ok().stdout.is_empty());
}

#[test]
fn a_part_is_written_without_touching_the_rest() {
    let place = folder();
    init(place.path());
    for name in ["worker", "beat", "producer"] {
        fs::write(
            place.path().join("deploy").join(name).join("stem.env"),
            "spoiled",
        )
        .expect("spoiled");
    }
    let text = |name: &str| {
        fs::read_to_string(place.path().join("deploy").join(name).join("stem.env")).expect("read")
    };
    render(place.path(), &["--component", "worker"]).ok();
    assert!(text("worker") != "spoiled" && text("beat") == "spoiled");
    render(place.path(), &["--role", "beat"]).ok();
    assert!(text("beat") != "spoiled" && text("producer") == "spoiled");
    render(place.path(), &[]).ok();
    assert!(render(place.path(), &["--check"]).ok().stdout.is_empty());
    let done = render(place.path(), &["--component", "wroker"]);
    assert_eq!(done.code, Some(2));
    assert!(
        done.stderr.contains("hint: it has producer, worker"),
        "{}",
        done.stderr
    );
}

#[test]
fn a_file_of_somebody_else_is_refused_and_kept_when_forced() {
    let place = folder();
    init(place.path());
    let out = place.path().join("elsewhere");
    fs::create_dir_all(out.join("worker")).expect("made");
    fs::write(out.join("worker/stem.env"), "mine").expect("written");
    let flags = ["--out", "elsewhere"];
    let done = render(place.path(), &flags);
    assert_eq!(done.code, Some(4), "{}", done.said());
    assert!(done.stderr.contains("already there"), "{}", done.stderr);
    assert_eq!(
        fs::read_dir(&out).expect("read").count(),
        1,
        "nothing else was written"
    );
    render(place.path(), &["--out", "elsewhere", "--force"]).ok();
    assert_eq!(
        fs::read(out.join("worker/stem.env.old-1")).expect("kept"),
        b"mine"
    );
    assert!(
        render(place.path(), &["--out", "elsewhere", "--check"])
            .ok()
            .stdout
            .is_empty()
    );
}

#[test]
fn without_a_manifest_or_a_store_it_says_what_to_type() {
    let place = folder();
    let done = render(place.path(), &[]);
    assert_eq!(done.code, Some(4));
    assert!(
        done.stderr.contains("hint: stem-sec init"),
        "{}",
        done.stderr
    );
    init(place.path());
    fs::remove_dir_all(place.path().join(".stem-sec")).expect("removed");
    let done = render(place.path(), &[]);
    assert_eq!(done.code, Some(4), "{}", done.said());
    assert!(done.stderr.contains("\nhint: "), "{}", done.stderr);
    assert!(!place.path().join(".stem-sec").exists());
}

#[test]
fn what_was_not_minted_is_named() {
    let place = folder();
    init(place.path());
    edit(
        place.path(),
        "  cli: { role: cli }\n",
        "  cli: { role: cli }\n  extra: { role: producer }\n",
    );
    let done = render(place.path(), &[]);
    assert_eq!(done.code, Some(4));
    assert!(
        done.stderr
            .contains("no certificate was issued to component `extra`"),
        "{}",
        done.stderr
    );
    run(stem_sec().args(["init", "--yes"]).arg(place.path())).ok();
    assert!(place.path().join("deploy/extra/client.key").exists());
}

#[test]
fn a_postgres_store_is_verified_and_its_ca_spoken_of() {
    let place = folder();
    init(place.path());
    edit(
        place.path(),
        "backend: rediss://redis:6379/1",
        "backend: \"postgres://stem@db:5432/results\"",
    );
    let done = render(place.path(), &[]).ok();
    let worker = environment(&place.path().join("deploy/worker/stem.env"));
    assert_eq!(
        worker["STEM_RESULT_BACKEND_URL"],
        "postgres://stem@db:5432/results?sslmode=verify-full"
    );
    assert!(
        done.stderr.contains("update-ca-certificates"),
        "{}",
        done.stderr
    );
}
