//! `init`: what it writes, what it keeps, what it refuses.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;

use common::{Done, environment, folder, run, stem_sec, tool};

fn init(folder: &Path, flags: &[&str]) -> Done {
    run(stem_sec().arg("init").arg(folder).arg("--yes").args(flags))
}

/// Every file and folder below, with its mode and content.
fn everything(folder: &Path) -> BTreeMap<String, (u32, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(at) = waiting.pop() {
        for entry in fs::read_dir(&at).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            let metadata = fs::symlink_metadata(&path).expect("metadata");
            let name = path
                .strip_prefix(folder)
                .expect("inside")
                .display()
                .to_string();
            let content = if metadata.is_file() {
                fs::read(&path).expect("content")
            } else {
                Vec::new()
            };
            found.insert(name, (metadata.permissions().mode() & 0o7777, content));
            if metadata.is_dir() {
                waiting.push(path);
            }
        }
    }
    found
}

#[track_caller]
fn refused(done: &Done, code: i32, sentence: &str) {
    assert_eq!(done.code, Some(code), "{}", done.said());
    assert!(done.stderr.contains(sentence), "{}", done.stderr);
    assert!(done.stderr.contains("\nhint: "), "{}", done.stderr);
    assert_eq!(done.stderr.lines().count(), 2, "{}", done.stderr);
}

#[test]
fn each_component_gets_its_variables_and_nobody_elses() {
    let place = folder();
    init(place.path(), &[]).ok();
    let variables = |name: &str| environment(&place.path().join(format!("deploy/{name}/stem.env")));
    let names = |name: &str| variables(name).into_keys().collect::<Vec<_>>().join(" ");
    let tls = "STEM_TLS_CA_CERT STEM_TLS_CLIENT_CERT STEM_TLS_CLIENT_KEY";
    let verify = "STEM_SIGNING_PUBLIC_KEYS";
    assert_eq!(
        names("worker"),
        format!(
            "STEM_BROKER_URL STEM_RESULT_BACKEND_URL STEM_SIGNING_ACTIVE_KEY STEM_SIGNING_ALGORITHM {verify} {tls}"
        )
    );
    assert_eq!(
        names("producer"),
        format!(
            "STEM_BROKER_URL STEM_RESULT_BACKEND_URL STEM_SIGNING_ACTIVE_KEY STEM_SIGNING_ALGORITHM STEM_SIGNING_PRIVATE_KEYS {verify} {tls}"
        )
    );
    assert_eq!(
        names("beat"),
        format!(
            "STEM_BROKER_URL STEM_RESULT_BACKEND_URL STEM_SCHEDULE_STORE_URL STEM_SIGNING_ACTIVE_KEY STEM_SIGNING_ALGORITHM STEM_SIGNING_PRIVATE_KEYS {verify} {tls}"
        )
    );
    assert_eq!(
        names("cli"),
        format!("STEM_BROKER_URL STEM_RESULT_BACKEND_URL STEM_SCHEDULE_STORE_URL {tls}")
    );
    assert!(!place.path().join("deploy/redis/stem.env").exists());
    for (name, variable) in [
        ("worker", "STEM_TLS_CLIENT_KEY"),
        ("worker", "STEM_TLS_CA_CERT"),
    ] {
        let path = &variables(name)[variable];
        assert!(
            Path::new(path).is_absolute() && Path::new(path).is_file(),
            "{path}"
        );
    }
}

#[test]
fn nothing_private_can_be_read_by_others_whatever_the_umask() {
    let place = folder();
    let binary = env!("CARGO_BIN_EXE_stem-sec");
    let script = format!(
        "umask 000; exec {binary} init {} --yes",
        place.path().display()
    );
    run(common::tool("sh").args(["-c", &script])).ok();
    for (name, (mode, _)) in everything(place.path()) {
        let secret = [".key", ".env", "redis.conf", "keyring.yaml"]
            .iter()
            .any(|end| name.ends_with(end));
        assert_eq!(mode & 0o022, 0, "{name}: {mode:o}");
        assert!(!secret || mode == 0o600, "{name}: {mode:o}");
        assert!(
            !name.ends_with(".stem-sec") || mode == 0o700,
            "{name}: {mode:o}"
        );
    }
    for component in ["producer", "worker", "beat", "cli", "redis"] {
        let mode = fs::metadata(place.path().join("deploy").join(component))
            .expect("a folder")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700, "{component}");
    }
}

#[test]
fn a_second_run_changes_nothing_and_says_so() {
    for flags in [
        &[][..],
        &["--signing", "hmac-sha256", "--transport", "tls"],
        &["--transport", "plaintext"],
    ] {
        let place = folder();
        init(place.path(), flags).ok();
        let before = everything(place.path());
        let again = init(place.path(), flags).ok();
        assert!(
            again.stdout.contains("nothing was changed"),
            "{}",
            again.stdout
        );
        assert_eq!(everything(place.path()), before);
    }
}

#[test]
fn a_file_that_was_lost_or_spoiled_is_written_again() {
    let place = folder();
    init(place.path(), &[]).ok();
    let before = everything(place.path());
    fs::remove_file(place.path().join("deploy/worker/stem.env")).expect("removed");
    fs::set_permissions(
        place.path().join("deploy/beat/stem.env"),
        PermissionsExt::from_mode(0o644),
    )
    .expect("spoiled");
    fs::remove_file(place.path().join("deploy/cli/ca.crt")).expect("removed");
    let again = init(place.path(), &[]).ok();
    assert!(again.stdout.contains("wrote   3 files"), "{}", again.stdout);
    assert_eq!(everything(place.path()), before);
}

#[test]
fn a_file_that_was_edited_is_kept_beside_the_new_one() {
    let place = folder();
    init(place.path(), &[]).ok();
    let conf = place.path().join("deploy/redis/redis.conf");
    let written = fs::read_to_string(&conf).expect("a configuration");
    fs::write(&conf, format!("{written}maxmemory 1gb\n")).expect("edited");
    init(place.path(), &[]).ok();
    assert_eq!(fs::read_to_string(&conf).expect("read"), written);
    let kept = fs::read_to_string(place.path().join("deploy/redis/redis.conf.old-1"));
    assert!(kept.expect("kept").ends_with("maxmemory 1gb\n"));
}

#[test]
fn a_folder_of_somebody_else_is_neither_filled_nor_given_away() {
    let place = folder();
    init(place.path(), &[]).ok();
    let theirs = place.path().join("deploy/theirs");
    fs::create_dir(&theirs).expect("made");
    fs::write(theirs.join("file"), "theirs").expect("written");
    fs::set_permissions(&theirs, PermissionsExt::from_mode(0o755)).expect("set");
    let path = place.path().join("stem-sec.yaml");
    let text = fs::read_to_string(&path).expect("a manifest");
    fs::write(
        &path,
        text.replace("  cli: {", "  theirs: { role: producer, uid: 1 }\n  cli: {"),
    )
    .expect("written");
    let done = init(place.path(), &[]);
    assert_eq!(done.code, Some(4), "{}", done.said());
    let metadata = fs::metadata(&theirs).expect("there");
    assert_eq!(metadata.permissions().mode() & 0o777, 0o755);
    assert_eq!(fs::read_dir(&theirs).expect("read").count(), 1);
}

#[test]
fn what_is_written_stays_in_the_project_and_out_of_the_store() {
    let place = folder();
    init(place.path(), &[]).ok();
    let path = place.path().join("stem-sec.yaml");
    let text = fs::read_to_string(&path).expect("a manifest");
    for out in ["/tmp", "../elsewhere", "a/../../b", ".stem-sec/deploy"] {
        fs::write(&path, text.replace("out: deploy", &format!("out: {out}"))).expect("written");
        refused(&init(place.path(), &[]), 4, "`out` must be a folder");
    }
}

#[test]
fn a_change_of_the_manifest_reaches_the_files() {
    let place = folder();
    init(place.path(), &[]).ok();
    let path = place.path().join("stem-sec.yaml");
    let text = fs::read_to_string(&path).expect("a manifest");
    fs::write(
        &path,
        text.replace("role: worker, retries: lost", "roles: [worker, producer]"),
    )
    .expect("written");
    let again = init(place.path(), &[]).ok();
    assert!(again.stdout.contains("wrote   1 files"), "{}", again.stdout);
    assert!(
        !again.stdout.contains("re-sign its retries"),
        "{}",
        again.stdout
    );
    let worker = environment(&place.path().join("deploy/worker/stem.env"));
    let producer = environment(&place.path().join("deploy/producer/stem.env"));
    assert_eq!(
        worker["STEM_SIGNING_PRIVATE_KEYS"],
        producer["STEM_SIGNING_PRIVATE_KEYS"]
    );
}

#[test]
fn a_password_guards_the_broker_where_no_certificate_does() {
    let place = folder();
    init(
        place.path(),
        &["--signing", "hmac-sha256", "--transport", "tls"],
    )
    .ok();
    let worker = environment(&place.path().join("deploy/worker/stem.env"));
    let conf =
        fs::read_to_string(place.path().join("deploy/redis/redis.conf")).expect("a configuration");
    let password = conf
        .lines()
        .find_map(|line| line.strip_prefix("requirepass "))
        .expect("a password");
    assert_eq!(
        worker["STEM_BROKER_URL"],
        format!("rediss://:{password}@redis:6379/0")
    );
    assert!(!worker.contains_key("STEM_TLS_CLIENT_KEY"));
    let manifest = fs::read_to_string(place.path().join("stem-sec.yaml")).expect("a manifest");
    assert!(!manifest.contains(password));
}

#[test]
fn a_password_of_the_users_own_is_taken_and_one_that_stem_would_cut_is_refused() {
    let place = folder();
    init(place.path(), &["--transport", "plaintext"]).ok();
    let path = place.path().join("stem-sec.yaml");
    let text = fs::read_to_string(&path).expect("a manifest");
    let line = text
        .lines()
        .find(|line| line.starts_with("  url:"))
        .expect("the broker's URL");
    fs::write(
        &path,
        text.replace(line, &format!("{line}\n  password-file: own.txt")),
    )
    .expect("written");
    let done = init(place.path(), &[]);
    assert_eq!(done.code, Some(4), "{}", done.said());
    fs::write(place.path().join("own.txt"), "p@ss\n").expect("written");
    refused(
        &init(place.path(), &[]),
        4,
        "has a character that Stem does not read in a URL",
    );
    fs::write(place.path().join("own.txt"), "Zz9-mine-own-42\n").expect("written");
    init(place.path(), &[]).ok();
    let worker = environment(&place.path().join("deploy/worker/stem.env"));
    assert_eq!(
        worker["STEM_BROKER_URL"],
        "redis://:Zz9-mine-own-42@redis:6379/0"
    );
}

#[test]
fn refusals_say_one_sentence_and_a_hint_and_leave_the_disk_as_it_was() {
    let long = "x".repeat(300);
    let component = format!("{long}=worker");
    let cases: [(&[&str], &str); 14] = [
        (&["--host", ""], "host"),
        (&["--host", "a b"], "a b"),
        (&["--host", "redis,*.*.example.com"], "*"),
        (&["--host", "re*dis.example.com"], "*"),
        (&["--host", &long], ""),
        (&["--broker", "redis:6379"], "--broker"),
        (&["--broker", "rediss://:hunter2@redis/0"], "--broker"),
        (&["--broker", "redis://redis/0"], "rediss"),
        (
            &["--transport", "plaintext", "--broker", "rediss://redis/0"],
            "redis",
        ),
        (&["--component", "api=boss"], "`boss` is no role"),
        (&["--component", &component], ""),
        (&["--component", "a=worker", "--component", "a=beat"], ""),
        (&["--owner", "nobody=5"], "no component"),
        (&["--install", "relative"], ""),
    ];
    let place = folder();
    for (flags, sentence) in cases {
        let target = place.path().join("new");
        let done = init(&target, flags);
        refused(&done, 2, sentence);
        assert!(!done.said().contains("hunter2"), "{}", done.said());
        assert!(!target.exists(), "{flags:?}");
    }
}

#[test]
fn without_yes_and_without_a_terminal_it_asks_for_yes_and_writes_nothing() {
    let place = folder();
    let done = run(stem_sec().arg("init").arg(place.path()));
    refused(&done, 2, "no terminal to ask on");
    assert!(everything(place.path()).is_empty());
}

#[test]
fn what_is_in_the_way_stays() {
    let place = folder();
    let file = place.path().join("file");
    fs::write(&file, "mine").expect("written");
    refused(&init(&file, &[]), 4, "not a folder");
    assert_eq!(fs::read(&file).expect("read"), b"mine");

    let link = place.path().join("link");
    let behind = place.path().join("behind");
    fs::create_dir(&behind).expect("made");
    symlink(&behind, &link).expect("linked");
    refused(&init(&link, &[]), 4, "symbolic link");
    assert!(everything(&behind).is_empty());

    let used = place.path().join("used");
    fs::create_dir_all(used.join("deploy/worker")).expect("made");
    fs::write(used.join("deploy/worker/stem.env"), "mine").expect("written");
    let before = everything(&used);
    refused(&init(&used, &[]), 4, "already there");
    assert_eq!(everything(&used), before);
}

#[test]
fn a_store_that_is_of_no_use_leaves_no_manifest_behind() {
    let place = folder();
    let store = |name: &str| place.path().join(name).join(".stem-sec");
    for name in ["file", "link", "cut"] {
        fs::create_dir(place.path().join(name)).expect("made");
    }
    fs::write(store("file"), "mine").expect("written");
    symlink(place.path().join("elsewhere"), store("link")).expect("linked");
    fs::create_dir(store("cut")).expect("made");
    let keyring = store("cut").join("keyring.yaml");
    fs::write(&keyring, "version: 1\n").expect("written");
    fs::set_permissions(&keyring, PermissionsExt::from_mode(0o600)).expect("closed");
    let before = everything(place.path());
    for (name, sentence) in [
        ("file", "not a folder"),
        ("link", "symbolic link"),
        ("cut", "cut off"),
    ] {
        refused(&init(&place.path().join(name), &[]), 4, sentence);
        assert!(!place.path().join(name).join("stem-sec.yaml").exists());
    }
    assert_eq!(everything(place.path()), before);
}

#[test]
fn a_file_of_somebody_else_stays_and_the_hint_replaces_it() {
    let place = folder();
    init(place.path(), &[]).ok();
    fs::remove_file(place.path().join("deploy/.stem-sec-written")).expect("removed");
    let file = place.path().join("deploy/redis/redis.conf");
    fs::write(&file, "mine").expect("written");
    let done = init(place.path(), &[]);
    refused(&done, 4, "already there");
    assert_eq!(fs::read(&file).expect("read"), b"mine");
    let (_, command) = done.stderr.split_once("new one: ").expect("a command");
    let mut shell = tool("sh");
    shell.args(["-c", &command.replace("stem-sec render", "\"$0\" render")]);
    run(shell.arg(env!("CARGO_BIN_EXE_stem-sec"))).ok();
    assert_eq!(
        fs::read(file.with_extension("conf.old-1")).expect("kept"),
        b"mine"
    );
}

#[test]
fn certificates_that_are_due_are_named_and_the_hint_renews_them() {
    let place = folder();
    init(place.path(), &[]).ok();
    let later = |line: &str| {
        let mut command = tool("faketime");
        command.args([
            "-f",
            "+350d",
            "sh",
            "-c",
            line,
            env!("CARGO_BIN_EXE_stem-sec"),
        ]);
        run(command.current_dir(place.path())).ok()
    };
    let done = later("\"$0\" init --yes");
    assert!(done.stderr.contains("`worker`"), "{}", done.stderr);
    let (_, command) = done
        .stderr
        .split_once("again: stem-sec")
        .expect("a command");
    later(&format!("\"$0\"{command}"));
    let done = later("\"$0\" init --yes");
    assert_eq!(done.stderr, "");
    assert!(done.stdout.contains("wrote "), "{}", done.stdout);
}

#[test]
fn with_a_finding_it_is_not_done() {
    let place = folder();
    init(place.path(), &[]).ok();
    for line in ["\"$0\" init --yes", "\"$0\" render"] {
        let mut command = tool("faketime");
        command.args(["-f", "+370d", "sh", "-c", line]);
        command.arg(env!("CARGO_BIN_EXE_stem-sec"));
        let done = run(command.current_dir(place.path()));
        assert_eq!(done.code, Some(1), "{line}\n{}", done.said());
        assert_eq!(done.stdout, "", "{line}");
        let found = "deploy/worker/client.crt:1: error[certificate-expired] ";
        assert!(done.stderr.contains(found), "{line}\n{}", done.stderr);
        assert!(done.stderr.ends_with("hint: stem-sec audit\n"), "{line}");
        assert!(!done.stderr.contains("as it should be"), "{line}");
    }
}

#[test]
fn what_its_user_alone_may_read_is_no_finding() {
    const NOBODY: u32 = 65534;
    let place = folder();
    chown(place.path(), Some(NOBODY), None).expect("is given away: the tests run as root");
    let as_nobody = |arguments: &[&str]| {
        let mut command = tool("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
        command.arg(env!("CARGO_BIN_EXE_stem-sec")).args(arguments);
        run(command.current_dir(place.path())).ok()
    };
    as_nobody(&["init", "--yes", "--owner", "worker=4321"]);
    let worker = place.path().join("deploy/worker");
    chown(&worker, Some(4321), None).expect("is given away");
    let done = as_nobody(&["render", "--component", "beat"]);
    assert!(!done.stderr.contains('['), "{}", done.stderr);
}

#[test]
fn a_manifest_that_is_there_is_the_truth() {
    let place = folder();
    init(place.path(), &[]).ok();
    let before = everything(place.path());
    refused(
        &init(place.path(), &["--signing", "hmac-sha256"]),
        2,
        "says otherwise than --signing",
    );
    refused(
        &init(place.path(), &["--host", "other"]),
        2,
        "says otherwise than --host",
    );
    assert_eq!(everything(place.path()), before);

    fs::write(
        place.path().join("stem-sec.yaml"),
        "version: 3\nvaults: []\n",
    )
    .expect("written");
    refused(&init(place.path(), &[]), 4, "version 3");
    fs::write(
        place.path().join("stem-sec.yaml"),
        "version: 1\npostrue: {}\n",
    )
    .expect("written");
    refused(&init(place.path(), &[]), 4, "did you mean `posture`");
}

#[test]
fn a_keyring_cut_in_half_is_never_overwritten() {
    let place = folder();
    init(place.path(), &[]).ok();
    let path = place.path().join(".stem-sec/keyring.yaml");
    let text = fs::read_to_string(&path).expect("a keyring");
    for end in [text.len() / 2, text.len() - 4, 10] {
        fs::write(&path, &text[..end]).expect("written");
        let before = everything(place.path());
        refused(&init(place.path(), &[]), 4, "keyring.yaml");
        assert_eq!(everything(place.path()), before);
    }
    fs::write(&path, text.replace("version: 1", "version: 9")).expect("written");
    refused(&init(place.path(), &[]), 4, "version 9");
}

#[test]
fn a_store_that_others_can_reach_is_not_used() {
    let place = folder();
    init(place.path(), &[]).ok();
    let store = place.path().join(".stem-sec");
    for (path, open, closed) in [
        (store.clone(), 0o777, 0o700),
        (store.join("keyring.yaml"), 0o644, 0o600),
    ] {
        fs::set_permissions(&path, PermissionsExt::from_mode(open)).expect("opened");
        refused(&init(place.path(), &[]), 4, "is open to other users");
        fs::set_permissions(&path, PermissionsExt::from_mode(closed)).expect("closed");
        init(place.path(), &[]).ok();
    }
}

#[test]
fn half_a_pair_in_the_store_is_named() {
    let place = folder();
    init(place.path(), &[]).ok();
    fs::remove_file(place.path().join(".stem-sec/certs/worker.key")).expect("removed");
    let before = everything(place.path());
    refused(&init(place.path(), &[]), 4, "worker.key");
    assert_eq!(everything(place.path()), before);
}

#[test]
fn a_locked_store_is_said_to_be_locked() {
    let place = folder();
    init(place.path(), &[]).ok();
    let store = fs::File::open(place.path().join(".stem-sec")).expect("a folder");
    store.lock().expect("locked");
    refused(&init(place.path(), &[]), 4, "locked by another process");
}
