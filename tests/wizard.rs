//! `init` on a pseudo-terminal: what it asks, what Enter takes, what Ctrl-C leaves behind.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use common::{folder, run, stem_sec, stem_sec_on_terminal, tool};
use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;
use rexpect::session::{PtySession, spawn_command};
use rustix::termios::LocalModes;

/// A program that says nothing for so long hangs.
const PATIENCE_MS: u64 = 30_000;

const ENTER: &str = "\r";
const DOWN: &str = "\x1b[B";
const UP: &str = "\x1b[A";

const COMPONENTS: &str = "Which components are there?";
const SIGNING: &str = "How are messages signed?";
const RETRIES: &str = "hold the private key, to sign its retries?";
const TRANSPORT: &str = "How are connections protected?";
const TARGET: &str = "For whom are the files written?";
const BROKER: &str = "Where is the broker?";
const HOSTS: &str = "Which names and addresses has the broker?";
const GO_AHEAD: &str = "Go ahead?";

/// Every question of an empty folder, in order.
const ALL: [&str; 8] = [
    COMPONENTS, SIGNING, RETRIES, TRANSPORT, TARGET, BROKER, HOSTS, GO_AHEAD,
];

const QUESTIONS: [&str; 10] = [
    COMPONENTS,
    "What does the service",
    "Add a component for the broker?",
    SIGNING,
    RETRIES,
    TRANSPORT,
    TARGET,
    BROKER,
    HOSTS,
    GO_AHEAD,
];

/// A compose project as people have it.
const COMPOSE: &str = "\
services:
  api:
    image: acme/api:1
    env_file: .env
  job_worker:
    image: acme/app:1
    command: [dart, run, /app/bin/worker.dart]
    env_file: .env
  redis:
    image: redis:7-alpine
";

/// `init` at work on a terminal.
struct Wizard(PtySession);

impl Wizard {
    fn start(folder: &Path, flags: &[&str]) -> Wizard {
        let mut command = stem_sec_on_terminal();
        command.arg("init").args(flags).current_dir(folder);
        // rexpect gives it the terminal as standard input
        command.stdin(std::process::Stdio::inherit());
        Wizard(spawn_command(command, Some(PATIENCE_MS)).expect("a terminal"))
    }

    /// Waits for a question and the reason and flag above it, then answers.
    #[track_caller]
    fn answer(&mut self, question: &str, keys: &str) {
        let before = self.until(question);
        let reason = before
            .trim_end()
            .lines()
            .rev()
            .find(|line| line.contains("(--"));
        assert!(reason.is_some(), "no reason before {question}: {before}");
        self.type_(keys);
    }

    #[track_caller]
    fn until(&mut self, text: &str) -> String {
        self.0
            .exp_string(text)
            .unwrap_or_else(|error| panic!("no {text:?}: {error}"))
    }

    fn type_(&mut self, keys: &str) {
        self.0.send(keys).expect("typed");
        self.0.flush().expect("typed");
    }

    /// Whether the terminal takes whole lines, as it does for a shell.
    fn takes_lines(&self) -> bool {
        let terminal = self.0.process().get_file_handle().expect("a terminal");
        let modes = rustix::termios::tcgetattr(terminal)
            .expect("modes")
            .local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ISIG)
    }

    /// Everything it still says, and its exit code.
    fn end(mut self) -> (String, i32) {
        let rest = self.0.exp_eof().expect("an end");
        match self.0.process().wait().expect("an end") {
            WaitStatus::Exited(_, code) => (rest, code),
            other => panic!("{other:?} after {rest}"),
        }
    }

    /// Enter until nothing is asked any more: the questions that were, and the end.
    fn enter_all_the_way(mut self) -> (Vec<&'static str>, String, i32) {
        let mut asked = Vec::new();
        let pattern = QUESTIONS.map(regex::escape).join("|");
        while let Ok((_, found)) = self.0.exp_regex(&format!("({pattern})|same without")) {
            let Some(question) = QUESTIONS.into_iter().find(|it| *it == found) else {
                break;
            };
            // it is drawn again, with its answer
            if asked.last() != Some(&question) {
                asked.push(question);
                self.type_(ENTER);
            }
        }
        let (rest, code) = self.end();
        (asked, rest, code)
    }
}

fn manifest(folder: &Path) -> String {
    fs::read_to_string(folder.join("stem-sec.yaml")).expect("a manifest")
}

/// Every file below, with its content.
fn everything(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let listed = run(tool("find").arg(folder).arg("-print")).ok().stdout;
    let content = |path: &str| fs::read(path).unwrap_or_default();
    listed
        .lines()
        .map(|path| (path.to_owned(), content(path)))
        .collect()
}

/// What the last line of the output says how to do without questions.
fn command_of(output: &str) -> String {
    let line = output.trim_end().lines().last().expect("a line").trim();
    assert!(line.starts_with("stem-sec init"), "{output}");
    line.to_owned()
}

/// Runs what was printed, as a shell does.
fn obey(command: &str, folder: &Path) {
    let binary = env!("CARGO_BIN_EXE_stem-sec");
    let script = command.replacen("stem-sec", binary, 1);
    run(tool("sh").args(["-c", &script]).current_dir(folder)).ok();
}

#[track_caller]
fn assert_cursor_is_visible(output: &str) {
    let last = output.rfind("\x1b[?25").map(|at| &output[at..][..6]);
    assert_eq!(last, Some("\x1b[?25h"), "{output:?}");
}

#[test]
fn enter_all_the_way_gives_what_yes_gives() {
    let (asked, told) = (folder(), folder());
    let (questions, rest, code) = Wizard::start(asked.path(), &[]).enter_all_the_way();
    assert_eq!(code, 0, "{rest}");
    assert_eq!(questions, ALL);
    assert_eq!(command_of(&rest), "stem-sec init --yes");
    assert_cursor_is_visible(&format!("\x1b[?25h{rest}"));
    run(stem_sec().args(["init", "--yes"]).current_dir(told.path())).ok();
    assert_eq!(manifest(asked.path()), manifest(told.path()));
    let names = |folder: &Path| -> Vec<String> {
        let inside = |path: &String| {
            path.strip_prefix(folder.to_str().expect("UTF-8"))
                .map(str::to_owned)
        };
        let all = everything(folder).into_keys();
        // the folder of a CA is named by its serial number
        all.filter_map(|path| inside(&path))
            .filter(|path| !path.contains("/ca/"))
            .collect()
    };
    assert_eq!(names(asked.path()), names(told.path()));
}

#[test]
fn answers_reach_the_manifest_and_the_printed_line_says_the_same() {
    let place = folder();
    let mut wizard = Wizard::start(place.path(), &[]);
    wizard.answer(
        COMPONENTS,
        &format!("{DOWN}{DOWN} {DOWN}{DOWN}{DOWN} {ENTER}"),
    );
    wizard.answer(SIGNING, ENTER);
    wizard.answer(RETRIES, "y");
    wizard.answer(TRANSPORT, &format!("{DOWN}{ENTER}"));
    wizard.answer(TARGET, ENTER);
    wizard.answer(BROKER, &format!("redis://elsewhere/0{ENTER}"));
    wizard.until("with tls it begins with rediss://");
    wizard.type_(&format!("rediss://:hunter2@elsewhere/0{ENTER}"));
    wizard.until("a password or user name must not stand in this URL");
    wizard.type_(&format!("rediss://elsewhere:7000/3{ENTER}"));
    wizard.answer(HOSTS, &format!("stem.local{ENTER}"));
    wizard.until("does not cover the host");
    wizard.type_(&format!("elsewhere, 10.0.0.5{ENTER}"));
    wizard.answer(GO_AHEAD, "y");
    let (rest, code) = wizard.end();
    assert_eq!(code, 0, "{rest}");
    let text = manifest(place.path());
    for line in [
        "posture: { signing: ed25519, transport: tls }",
        "  url: rediss://elsewhere:7000/3",
        "  names: [elsewhere, 10.0.0.5]",
        "  worker: { roles: [worker, producer] }",
        "  dashboard: { role: dashboard }",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(!text.contains("beat"), "{text}");
    let again = folder();
    obey(&command_of(&rest), again.path());
    assert_eq!(manifest(again.path()), text);
}

#[test]
fn a_compose_file_is_looked_at_and_its_services_are_proposed() {
    let place = folder();
    fs::write(place.path().join("docker-compose.yml"), COMPOSE).expect("written");
    fs::write(place.path().join(".env"), "").expect("written");
    let mut wizard = Wizard::start(place.path(), &[]);
    wizard.until("docker-compose.yml has the services api, job_worker, redis");
    for (evidence, service, role) in [
        ("by its image this is: producer", "`api`", "producer"),
        ("by its command this is: worker", "`job_worker`", "worker"),
        ("by its image this is: broker", "`redis`", "broker"),
    ] {
        wizard.until(evidence);
        let question = format!("What does the service {service} do?");
        wizard.until(&question);
        wizard.type_(ENTER);
        wizard.until(&question);
        wizard.until(role);
    }
    let (asked, rest, code) = wizard.enter_all_the_way();
    assert_eq!(code, 0, "{rest}");
    assert!(asked.starts_with(&[SIGNING]), "{asked:?}");
    let text = manifest(place.path());
    assert!(text.contains("  api: { role: producer }"), "{text}");
    assert!(
        text.contains("  job-worker: { role: worker, service: job_worker, retries: lost }"),
        "{text}"
    );
    assert!(
        text.contains("  redis: { role: broker, uid: 999 }"),
        "{text}"
    );
    let compose = fs::read_to_string(place.path().join("docker-compose.yml"));
    assert_eq!(compose.expect("still there"), COMPOSE);
    let again = folder();
    for (name, text) in [("docker-compose.yml", COMPOSE), (".env", "")] {
        fs::write(again.path().join(name), text).expect("written");
    }
    obey(&command_of(&rest), again.path());
    assert_eq!(manifest(again.path()), text);
}

#[test]
fn a_service_can_be_told_to_be_something_else_or_nothing() {
    let place = folder();
    let text = "services: { thing: { image: acme/x }, db: { image: 'postgres:16' } }";
    fs::write(place.path().join("compose.yaml"), text).expect("written");
    let flags = [
        "--signing",
        "none",
        "--transport",
        "tls",
        "--target",
        "dotenv",
    ];
    let mut wizard = Wizard::start(place.path(), &flags);
    wizard.answer(
        "What does the service `thing` do?",
        &format!("{UP}{UP}{UP}{UP}{UP}{UP}{UP}{ENTER}"),
    );
    wizard.answer(
        "What does the service `db` do?",
        &format!("{DOWN}{DOWN}{ENTER}"),
    );
    wizard.answer("Add a component for the broker?", "y");
    let (_, rest, code) = wizard.enter_all_the_way();
    assert_eq!(code, 0, "{rest}");
    let text = manifest(place.path());
    assert!(
        text.contains("components:\n  thing: { role: producer }\n  redis: { role: broker }\n"),
        "{text}"
    );
}

#[test]
fn a_compose_file_that_cannot_be_read_is_passed_over() {
    for text in ["services: [", "services:\n", "\u{0}"] {
        let place = folder();
        fs::write(place.path().join("compose.yaml"), text).expect("written");
        let mut wizard = Wizard::start(place.path(), &[]);
        wizard.until("it is passed over");
        wizard.until(COMPONENTS);
        wizard.type_("\x03");
        assert_eq!(wizard.end().1, 130);
    }
}

#[test]
fn a_services_name_cannot_write_on_the_terminal() {
    let place = folder();
    let text = "services: { \"a\\e]52;c;eA==\\a\\nb\": {} }";
    fs::write(place.path().join("compose.yaml"), text).expect("written");
    let mut wizard = Wizard::start(place.path(), &[]);
    let mut said = wizard.until("What does the service");
    said.push_str(&wizard.until("leave it out"));
    wizard.type_("\x03");
    let (rest, _) = wizard.end();
    said.push_str(&rest);
    assert!(!said.contains("\x1b]52"), "{said:?}");
    assert!(said.contains("a\\u{1b}]52;c;eA==\\u{7}\\u{a}b"), "{said:?}");
}

#[test]
fn ctrl_c_at_each_question_leaves_nothing_behind_and_the_cursor_visible() {
    for (position, last) in ALL.into_iter().enumerate() {
        let place = folder();
        fs::write(place.path().join("mine"), "mine").expect("written");
        let before = everything(place.path());
        let mut wizard = Wizard::start(place.path(), &["new"]);
        let mut said = String::new();
        for question in &ALL[..position] {
            said.push_str(&wizard.until(question));
            wizard.type_(ENTER);
        }
        said.push_str(&wizard.until(last));
        wizard.type_("\x03");
        let (rest, code) = wizard.end();
        said.push_str(&rest);
        assert_eq!(code, 130, "{last}: {said}");
        assert_cursor_is_visible(&said);
        assert_eq!(everything(place.path()), before, "{last}");
    }
}

#[test]
fn an_interrupt_from_outside_gives_the_terminal_back_too() {
    let place = folder();
    let mut wizard = Wizard::start(place.path(), &[]);
    let mut said = wizard.until(COMPONENTS);
    said.push_str(&wizard.until("dashboard"));
    while wizard.takes_lines() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let process = wizard.0.process_mut();
    process.signal(Signal::SIGINT).expect("sent");
    said.push_str(&wizard.0.exp_eof().expect("an end"));
    assert!(wizard.takes_lines());
    let (_, code) = wizard.end();
    assert_eq!(code, 130, "{said}");
    assert_cursor_is_visible(&said);
    assert_eq!(everything(place.path()).len(), 1);
}

#[test]
fn no_at_the_end_writes_nothing_and_says_how_to_go_on() {
    let place = folder();
    let mut wizard = Wizard::start(place.path(), &["new"]);
    for question in &ALL[..ALL.len() - 1] {
        wizard.answer(question, ENTER);
    }
    wizard.answer(GO_AHEAD, "n");
    let (rest, code) = wizard.end();
    assert_eq!(code, 1, "{rest}");
    assert!(rest.contains("stem-sec: nothing was written"), "{rest}");
    assert!(
        rest.contains("hint: without questions: stem-sec init new --yes"),
        "{rest}"
    );
    assert!(!place.path().join("new").exists());
}

#[test]
fn what_a_flag_says_is_not_asked() {
    let cases: [(&[&str], &[&str]); 7] = [
        (&["--component", "worker=worker"], &[COMPONENTS, RETRIES]),
        (&["--signing", "ed25519"], &[SIGNING]),
        (&["--signing", "hmac-sha256"], &[SIGNING, RETRIES]),
        (&["--transport", "plaintext"], &[TRANSPORT, HOSTS]),
        (&["--target", "dotenv"], &[TARGET]),
        (
            &["--broker", "redis://redis/0"],
            &[BROKER, TRANSPORT, HOSTS],
        ),
        (&["--host", "redis"], &[HOSTS]),
    ];
    for (flags, unasked) in cases {
        let (place, told) = (folder(), folder());
        let (asked, rest, code) = Wizard::start(place.path(), flags).enter_all_the_way();
        assert_eq!(code, 0, "{rest}");
        let expected: Vec<&str> = ALL.into_iter().filter(|it| !unasked.contains(it)).collect();
        assert_eq!(asked, expected, "{flags:?}");
        obey(&command_of(&rest), told.path());
        assert_eq!(manifest(place.path()), manifest(told.path()), "{flags:?}");
    }
    let place = folder();
    let every: Vec<&str> = cases
        .iter()
        .flat_map(|(flags, _)| *flags)
        .copied()
        .collect();
    let mut flags: Vec<&str> = every[..4].to_vec();
    flags.extend([
        "--transport",
        "mtls",
        "--target",
        "dotenv",
        "--broker",
        "rediss://redis/0",
        "--host",
        "redis",
    ]);
    let (asked, rest, code) = Wizard::start(place.path(), &flags).enter_all_the_way();
    assert_eq!((asked, code), (vec![GO_AHEAD], 0), "{rest}");
}

#[test]
fn flags_that_cannot_be_are_refused_before_anything_is_asked() {
    let place = folder();
    fs::create_dir_all(place.path().join("used/deploy")).expect("made");
    for (flags, sentence, exit) in [
        (
            &["--broker", "redis:6379"][..],
            "--broker: this is no URL",
            2,
        ),
        (&["used"], "already there", 4),
    ] {
        let (said, code) = Wizard::start(place.path(), flags).end();
        assert_eq!(code, exit, "{said}");
        assert!(said.contains(sentence), "{said}");
        assert!(said.contains("hint: "), "{said}");
    }
}

#[test]
fn a_manifest_that_is_there_leaves_one_question() {
    let place = folder();
    run(stem_sec().args(["init", "--yes"]).current_dir(place.path())).ok();
    fs::remove_dir_all(place.path().join("deploy")).expect("removed");
    let text = manifest(place.path());
    let mut wizard = Wizard::start(place.path(), &[]);
    wizard.answer(
        "Mint what ./stem-sec.yaml lacks, and write its files?",
        ENTER,
    );
    let (rest, code) = wizard.end();
    assert_eq!(code, 0, "{rest}");
    assert_eq!(manifest(place.path()), text);
    assert!(place.path().join("deploy/worker/stem.env").is_file());

    let (said, code) = Wizard::start(place.path(), &["--signing", "none"]).end();
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("says otherwise than --signing"), "{said}");
}

#[test]
fn half_a_terminal_is_none() {
    for redirection in ["</dev/null", "2>said"] {
        let place = folder();
        let mut shell = std::process::Command::new("sh");
        let binary = env!("CARGO_BIN_EXE_stem-sec");
        shell
            .args(["-c", &format!("{binary} init new {redirection}")])
            .current_dir(place.path());
        let session = spawn_command(shell, Some(PATIENCE_MS)).expect("a terminal");
        let (said, code) = Wizard(session).end();
        assert_eq!(code, 2, "{said}");
        let file = fs::read_to_string(place.path().join("said")).unwrap_or_default();
        let said = format!("{said}{file}");
        assert!(said.contains("there is no terminal to ask on"), "{said}");
        assert!(
            said.contains("hint: add --yes: stem-sec init new --yes"),
            "{said}"
        );
        assert!(!place.path().join("new").exists());
    }
}
