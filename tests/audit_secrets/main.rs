//! Plants recognisable secrets in every format and in every place, right and wrong, and looks
//! for them in whatever the audit says: all formats, files that it writes, errors, help,
//! baselines, logs.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/planted.rs"]
mod planted;

mod minted;
mod places;

use std::fs;
use std::path::Path;
use std::process::Command;

use planted::Planted;
use tempfile::TempDir;

/// All ways to print.
const FORMATS: [&str; 6] = ["human", "line", "json", "sarif", "github", "markdown"];

/// The number of secrets in all files.
const PLANTED: usize = 106;

/// A folder full of them.
fn folder() -> (TempDir, Planted) {
    let folder = common::folder();
    let mut planted = Planted::default();
    planted.plant(folder.path(), &planted::FILES);
    planted.plant(folder.path(), &places::FILES);
    assert_eq!(planted.count(), PLANTED);
    for name in ["client", "server"] {
        let key = rcgen::KeyPair::generate().expect("a key").serialize_pem();
        let lines = key.lines().filter(|line| !line.starts_with('-'));
        lines.for_each(|line| planted.remember(line));
        let block: String = key.lines().map(|line| format!("      {line}\n")).collect();
        let folder = folder.path();
        fs::write(folder.join(format!("{name}.key")), &key).expect("is written");
        let inline = format!(
            "configs:\n  k:\n    content: |\n{block}services:\n  worker-{name}:\n    image: a\n    \
             configs: [k]\n    environment:\n      STEM_TLS_CLIENT_KEY: |\n{}",
            block.replace("      ", "        ")
        );
        fs::create_dir_all(folder.join(name)).expect("is made");
        fs::write(folder.join(name).join("compose.yaml"), inline).expect("is written");
    }
    (folder, planted)
}

/// The audit with these arguments, as talkative as it can be.
fn audit(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = common::stem_sec();
    command
        .arg("audit")
        .args(arguments)
        .env("RUST_BACKTRACE", "full")
        .env("RUST_LOG", "trace")
        .current_dir(folder);
    command
}

/// Runs it, and looks through both streams.
#[track_caller]
fn says_nothing(planted: &Planted, command: &mut Command) -> String {
    let done = common::run(command);
    let said = done.said();
    assert!(said.len() > 20, "nothing is said");
    assert!(!said.contains("panicked"), "{said}");
    let shown = planted.shown_in(said.as_bytes());
    assert!(shown.is_empty(), "{shown:?} {command:?}\n{said}");
    said
}

#[test]
fn a_planted_secret_is_found_where_it_shows() {
    let (_folder, planted) = folder();
    let first = planted::FILES[0].1.to_owned();
    let text = Planted::default().filled(&first);
    for shown in [text.as_str(), &text[40..]] {
        assert!(!planted.shown_in(shown.as_bytes()).is_empty());
    }
    let coded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &text);
    assert!(planted.shown_in(coded.as_bytes()).len() > 5);
    assert_eq!(planted.shown_in(b"nothing of all that is here"), Vec::new());
}

#[test]
fn no_format_shows_a_secret() {
    let (folder, planted) = folder();
    for format in FORMATS {
        let said = says_nothing(&planted, &mut audit(folder.path(), &["--format", format]));
        assert!(
            said.contains("secret-inline"),
            "{format} says too little:\n{said}"
        );
    }
    for more in [
        &["--deployment-files"][..],
        &["--at", "2031-01-01"],
        &["--fail-on", "note"],
        &["--exit-zero", "--color", "always"],
        &["--assign", "*=worker"],
        &["k8s"],
        &["compose.yaml", "a.env"],
    ] {
        says_nothing(&planted, &mut audit(folder.path(), more));
    }
}

#[test]
fn no_file_that_is_written_holds_a_secret() {
    let (folder, planted) = folder();
    let out = common::folder();
    let file = |name: &str| out.path().join(name).display().to_string();
    let mut command = audit(folder.path(), &["--write-baseline", &file("baseline")]);
    says_nothing(&planted, &mut command);
    let outputs = FORMATS.map(|format| format!("{format}={}", file(format)));
    let mut arguments = Vec::new();
    for output in &outputs {
        arguments.extend(["--output", output]);
    }
    let first = audit(folder.path(), &arguments)
        .output()
        .expect("it starts");
    assert_eq!(planted.shown_in(&first.stdout), Vec::new());
    for name in FORMATS.iter().chain(&["baseline"]) {
        let text =
            fs::read(out.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(text.len() > 100, "{name} is empty");
        assert_eq!(planted.shown_in(&text), Vec::new(), "in {name}");
    }
    let baseline = file("baseline");
    for format in FORMATS {
        let arguments = ["--baseline", &baseline, "--format", format];
        says_nothing(&planted, &mut audit(folder.path(), &arguments));
    }
}

#[test]
fn errors_and_help_show_no_secret() {
    let (folder, mut planted) = folder();
    says_nothing(&planted, &mut audit(folder.path(), &["--help"]));
    says_nothing(&planted, &mut audit(folder.path(), &["--list"]));
    // broken ones: what is wrong is said without what is there
    for (name, text) in [
        (
            "manifest/stem-sec.yaml",
            "version: 1\nposture: { signing: '@107@' }\naudit: { ignore: [ { rule: '@108@', reason: '@109@' } ] }\n",
        ),
        (
            "manifest2/stem-sec.yaml",
            "version: 1\nposture: { signing: none, transport: tls }\nbroker: { url: 'rediss://u:@110@@h:@111@/0' }\n",
        ),
        (
            "baseline.json",
            "{\"findings\": [\"@112@\", {\"fingerprint\": \"@113@\"}], \"x\": @114@",
        ),
        (
            "baseline.yaml",
            "version: 1\nfindings: [@115@, { fingerprint: @116@, reason: @117@ }]\n",
        ),
    ] {
        planted.plant(folder.path(), &[(name, text)]);
    }
    for format in FORMATS {
        for name in ["manifest", "manifest2"] {
            let inner = folder.path().join(name);
            says_nothing(&planted, &mut audit(&inner, &["--format", format, "."]));
        }
        for name in ["baseline.json", "baseline.yaml"] {
            let arguments = ["--format", format, "--baseline", name, "k8s"];
            says_nothing(&planted, &mut audit(folder.path(), &arguments));
        }
    }
}

#[test]
fn the_environment_and_standard_input_stay_secret() {
    let (folder, planted) = folder();
    let mut own = Planted::default();
    for role in ["worker", "producer", "broker", "cli", "other"] {
        for format in FORMATS {
            let mut command = audit(
                folder.path(),
                &["--env", "--role", role, "--format", format],
            );
            for (number, name) in places::VARIABLES.iter().enumerate() {
                let text = places::VALUES[(number + role.len()) % places::VALUES.len()];
                let text = text.replace('N', &(own.count() + 1).to_string());
                command.env(name, own.filled(&text));
            }
            says_nothing(&own, &mut command);
        }
    }
    let manifest = fs::read(folder.path().join("k8s/a.yaml")).expect("is read");
    for format in FORMATS {
        let mut command = audit(folder.path(), &["-", "--format", format]);
        let done = common::run_on(&manifest, &mut command);
        let shown = planted.shown_in(done.said().as_bytes());
        assert!(shown.is_empty(), "{shown:?}\n{}", done.said());
    }
}

#[test]
fn a_repository_s_secrets_stay_secret() {
    let (folder, planted) = folder();
    for arguments in [&["init", "-q"][..], &["add", "-f", "."]] {
        common::run(
            common::tool("git")
                .args(arguments)
                .current_dir(folder.path()),
        )
        .ok();
    }
    for format in FORMATS {
        let said = says_nothing(&planted, &mut audit(folder.path(), &["--format", format]));
        assert!(said.contains("key-in-git"), "{format}:\n{said}");
    }
}

#[test]
fn the_inventory_of_these_places_shows_no_secret() {
    let (folder, planted) = folder();
    for format in ["human", "json", "markdown"] {
        let mut command = common::stem_sec();
        command
            .args(["inventory", "--format", format])
            .current_dir(folder.path());
        says_nothing(&planted, &mut command);
    }
}

#[test]
fn a_difference_shows_no_secret() {
    let folder = common::folder();
    let run = |arguments: &[&str]| {
        common::run(
            common::stem_sec()
                .args(arguments)
                .current_dir(folder.path()),
        )
    };
    run(&[
        "init",
        "--yes",
        "--transport",
        "tls",
        "--signing",
        "hmac-sha256",
        "--install",
        "/e",
    ])
    .ok();
    let mut planted = Planted::default();
    let file = folder.path().join("deploy/worker/stem.env");
    for line in fs::read_to_string(&file).expect("an env file").lines() {
        if let Some(list) = line.strip_prefix("STEM_SIGNING_KEYS=primary:") {
            planted.remember(list);
        }
        if let Some((_, rest)) = line.split_once("://:") {
            planted.remember(rest.split('@').next().expect("a password"));
        }
    }
    let text = "STEM_SIGNING_KEYS=x:#1#\nSTEM_BROKER_URL=rediss://:@2@@h\n@3@\n# @4@\n";
    let text = planted.filled(text);
    assert_eq!(planted.count(), 4);
    fs::write(&file, text).expect("is written");
    let said = run(&["render", "--check"]).said();
    assert!(said.contains("stem.env"), "{said}");
    let shown = planted.shown_in(said.as_bytes());
    assert!(shown.is_empty(), "{shown:?}\n{said}");
}
