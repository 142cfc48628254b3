//! Hostile values and paths: the real systemd reads them back unchanged, or they are refused.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use stem_sec::formats::systemd::{self, MAX_VARIABLE};

use crate::common::{as_root, folder};
use crate::manager::{Manager, PLACE};
use crate::{edit, init, render};

/// Values that some reader of env files is known to change.
const HOSTILE: [&str; 38] = [
    "",
    " ",
    " leading",
    "trailing ",
    "\ttab\t",
    "a\nb",
    "\n",
    "a\n",
    "\r",
    "a\r\n",
    "a\nEVIL=1",
    "\"\nEVIL=1\n\"",
    "'",
    "''",
    "\"",
    "\"\"",
    "it's",
    "say \"it\"",
    "'quoted'",
    "\"quoted\"",
    "\\",
    "\\\\",
    "a\\",
    "a\\\nb",
    "\\n",
    "\\x41",
    "$HOME",
    "${HOME}",
    "$$",
    "$(id)",
    "`id`",
    "%h",
    "%%",
    "# no comment",
    "a # b",
    ";",
    "é\u{1F600}\u{1}\u{7f}\u{85}\u{2028}",
    "a=b=c",
];

fn any_value() -> BoxedStrategy<String> {
    let piece = prop_oneof![
        prop::sample::select(HOSTILE.to_vec()).prop_map(str::to_owned),
        "[ -~]{0,4}",
        any::<char>().prop_map(String::from),
    ];
    prop_oneof![
        60 => prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat()),
        40 => "[\\\\\"'`$ \n]{0,12}",
        1 => Just("long ".repeat(20_000)),
    ]
    .boxed()
}

#[test]
fn every_value_is_read_back_unchanged_by_systemd_or_refused() {
    as_root(
        "hostile::every_value_is_read_back_unchanged_by_systemd_or_refused",
        || {
            let mut runner = TestRunner::default();
            let mut values: Vec<String> = HOSTILE.map(str::to_owned).to_vec();
            values.extend(["a\0b", "\u{feff}bom", "\u{ffff}", "\u{fdd0}"].map(str::to_owned));
            values.push("x".repeat(MAX_VARIABLE - "HOSTILE_0000=".len() - 1));
            values.push("x".repeat(MAX_VARIABLE));
            let strategy = any_value();
            values.extend(
                (0..600).map(|_| strategy.new_tree(&mut runner).expect("a value").current()),
            );
            let refused = |value: &str| {
                value.len() > 131_058
                    || value.chars().any(|c| {
                        let code = u32::from(c);
                        c == '\0'
                            || c == '\u{feff}'
                            || code & 0xFFFE == 0xFFFE
                            || (0xFDD0..=0xFDEF).contains(&code)
                    })
            };
            let mut text = String::new();
            let mut written = Vec::new();
            let mut size = 0;
            for (number, value) in values.iter().enumerate() {
                let name = format!("HOSTILE_{number:04}");
                match systemd::line(&name, value) {
                    Ok(line) => {
                        assert!(!refused(value), "{name}: {value:?}");
                        // the kernel's bound is on all variables together
                        size += value.len();
                        if size < 1_500_000 {
                            text.push_str(&line);
                            written.push((name, value));
                        }
                    }
                    Err(error) => {
                        assert!(refused(value), "{name}: {value:?}: {error}");
                        assert!(!error.to_string().contains(value), "{error}");
                    }
                }
            }
            assert!(written.len() > 300, "{}", written.len());
            let place = folder();
            fs::write(place.path().join("hostile.env"), text).expect("written");
            let mut manager = Manager::new();
            let lines = format!("EnvironmentFile={PLACE}/hostile.env");
            manager.probe("hostile.service", "hostile.service", &lines);
            manager.run(place.path());
            let seen = manager.seen("hostile.service").expect("it ran");
            for (name, value) in &written {
                assert_eq!(
                    seen.get(name),
                    Some(&vec![(*value).clone()]),
                    "{name}: {value:?}"
                );
            }
            let count = seen
                .keys()
                .filter(|name| name.starts_with("HOSTILE_"))
                .count();
            assert_eq!(count, written.len());
            assert!(!seen.contains_key("EVIL"));
        },
    );
}

/// Names of folders that units, shells and patterns read as something else.
const FOLDERS: [&str; 31] = [
    "plain",
    "with blank",
    " leading",
    "trailing ",
    "%n",
    "%%h",
    "%",
    "[a-z]*?",
    "**",
    "{a,b}",
    "~",
    "-",
    "$HOME",
    "${HOME}",
    "#",
    ";a",
    "a:b",
    ":",
    "'",
    "\"",
    "\"quoted\"",
    "\\",
    "a\\",
    "\\x41",
    "\\n",
    "é\u{1F600}",
    "a=b",
    "a,b",
    "//double//",
    "./dot/.",
    "]",
];

#[test]
fn every_folder_is_found_by_systemd() {
    as_root("hostile::every_folder_is_found_by_systemd", || {
        let place = folder();
        let mut manager = Manager::new();
        for (number, name) in FOLDERS.iter().enumerate() {
            assert!(write(place.path(), number, name), "{name:?}");
            let unit = format!("w{number}.service");
            manager.probe(&unit, &unit, "User=daemon");
            let project = place.path().join(number.to_string());
            let relative = format!("{name}/deploy");
            let relative = Path::new(relative.trim_start_matches('/'));
            // as the kernel takes the path
            let to: PathBuf = project.components().chain(relative.components()).collect();
            fs::create_dir_all(to.parent().expect("a parent")).expect("made");
            fs::rename(project.join("deploy"), &to).expect("moved");
            manager.install_dropins(&to.join("worker"));
        }
        manager.run(place.path());
        for (number, name) in FOLDERS.iter().enumerate() {
            let seen = manager.seen(&format!("w{number}.service"));
            let seen = seen.unwrap_or_else(|| panic!("not started in {name:?}"));
            assert!(seen.contains_key("STEM_BROKER_URL"), "{name:?}");
            let key = &seen["content of STEM_TLS_CLIENT_KEY"][0];
            assert!(key.contains("PRIVATE KEY"), "{name:?}");
        }
    });
}

#[test]
fn a_folder_that_systemd_could_not_find_is_refused() {
    for name in [
        "a\u{1}b",
        "a\tb",
        "a/../b",
        "\u{85}",
        "\u{fdd0}",
        &"long/".repeat(820),
    ] {
        assert!(
            systemd::path(&format!("/etc/{name}/deploy")).is_err(),
            "{name:?}"
        );
    }
    assert!(systemd::path("relative").is_err());
    let place = folder();
    assert!(!write(place.path(), 0, "a/../b"));
    assert!(!write(place.path(), 1, &"long/".repeat(820)));
}

/// Writes the files of a worker that are to lie in a folder of this name; `false` where that
/// is refused.
fn write(place: &Path, number: usize, name: &str) -> bool {
    let project = place.join(number.to_string());
    let components = [
        "--component",
        "worker=worker",
        "--component",
        "redis=broker",
    ];
    init(&project, &components).ok();
    let install = format!("{PLACE}/{number}/{name}/deploy");
    let install = serde_json::to_string(&install).expect("JSON, and so YAML");
    let target = format!("target: systemd, install: {install}");
    edit(&project, "target: systemd", &target);
    let service = format!("service: w{number}, role: worker");
    edit(&project, "role: worker", &service);
    let done = render(&project, &["--prune"]);
    let hinted = done.stderr.contains("\nhint: ");
    assert!(done.success || hinted, "{}", done.stderr);
    done.success
}
