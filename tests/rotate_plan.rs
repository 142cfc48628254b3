//! `stem-sec rotate plan` and `rotate check`, as they are typed: every form says the same plan,
//! what is printed as a plan file is proven again, and the answers have their exit codes.

mod common;

use std::path::Path;

use common::{Done, folder, run, stem_sec};

fn plan(place: &Path, arguments: &[&str]) -> Done {
    run(stem_sec()
        .arg("rotate")
        .arg("plan")
        .args(arguments)
        .current_dir(place))
}

fn init(place: &Path, arguments: &[&str]) {
    let ran = run(stem_sec()
        .args(["init", "--yes"])
        .args(arguments)
        .current_dir(place));
    assert_eq!(ran.code, Some(0), "{}", ran.said());
}

#[test]
fn a_plan_file_that_is_printed_is_proven_again_for_the_store_and_for_what_it_wrote() {
    let place = folder();
    init(place.path(), &[]);
    for what in [
        &["signing"][..],
        &["ca"],
        &["server"],
        &["clients"],
        &["posture", "--to", "hmac-sha256+tls"],
        &["posture", "--to", "none"],
    ] {
        for from in [&[][..], &["--from", "deploy"]] {
            let arguments = [what, from, &["--format", "yaml"]].concat();
            let printed = plan(place.path(), &arguments);
            assert_eq!(printed.code, Some(0), "{arguments:?}: {}", printed.said());
            std::fs::write(place.path().join("plan.yaml"), &printed.stdout).expect("is written");
            let checked = run(stem_sec()
                .args(["rotate", "check", "plan.yaml"])
                .current_dir(place.path()));
            assert_eq!(checked.code, Some(0), "{arguments:?}: {}", checked.said());
            assert!(checked.said().starts_with("safe, "), "{}", checked.said());
        }
    }
}

#[test]
fn every_form_tells_the_same_steps() {
    let place = folder();
    init(
        place.path(),
        &["--signing", "hmac-sha256", "--transport", "plaintext"],
    );
    let form =
        |format: &str| plan(place.path(), &["signing", "--to", "k2", "--format", format]).stdout;
    let json: serde_json::Value = serde_json::from_str(&form("json")).expect("JSON");
    assert_eq!(json["schema"], "stem-sec/rotate-plan/v1");
    assert_eq!(json["steps"].as_array().map(Vec::len), Some(4));
    assert_eq!(json["steps"][1]["changes"][0]["settings"][1]["value"], "k2");
    assert_eq!(
        json["drain"]["unknown"],
        serde_json::json!(["max-delay", "max-backlog"])
    );
    assert_eq!(
        json["plan"].as_str().map(|text| text.lines().count()),
        Some(
            form("yaml")
                .lines()
                .filter(|line| !line.starts_with('#'))
                .count()
        )
    );
    for text in [form("human"), form("markdown")] {
        for word in [
            "roll worker",
            "STEM\\_SIGNING\\_KEYS",
            "primary, k2",
            "back from here",
            "watch",
        ] {
            let plain = word.replace('\\', "");
            let is_there =
                text.contains(word) || text.to_lowercase().contains(&plain.to_lowercase());
            assert!(is_there, "{word} in\n{text}");
        }
    }
}

#[test]
fn no_plan_shows_a_value() {
    let place = folder();
    init(
        place.path(),
        &["--signing", "hmac-sha256", "--transport", "tls"],
    );
    let environment = std::fs::read_to_string(place.path().join("deploy/worker/stem.env"))
        .expect("its variables");
    let mut secrets: Vec<&str> = environment
        .lines()
        .filter_map(|line| line.strip_prefix("STEM_SIGNING_KEYS=primary:"))
        .collect();
    let url = environment
        .lines()
        .find_map(|line| line.strip_prefix("STEM_BROKER_URL=rediss://:"));
    secrets.extend(url.and_then(|rest| rest.split('@').next()));
    assert_eq!(secrets.len(), 2);
    for what in ["signing", "ca"] {
        for format in ["human", "json", "yaml", "markdown"] {
            for from in [&[][..], &["--from", "deploy"]] {
                let ran = plan(place.path(), &[&[what, "--format", format], from].concat());
                for secret in &secrets {
                    assert!(!ran.said().contains(&secret[..12]), "{what} {format}");
                }
            }
        }
    }
}

#[test]
fn a_leaked_key_goes_at_once_and_the_plan_says_what_that_loses() {
    let place = folder();
    init(place.path(), &[]);
    let ran = plan(place.path(), &["signing", "--leaked"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said());
    assert!(
        ran.said()
            .contains("this loses every message that the old key signed"),
        "{}",
        ran.said()
    );
    let file = plan(place.path(), &["signing", "--leaked", "--format", "yaml"]);
    assert!(
        file.said().contains("# loses: during step 3"),
        "{}",
        file.said()
    );
}

#[test]
fn what_makes_no_sense_and_what_cannot_be_is_told_apart() {
    let place = folder();
    init(
        place.path(),
        &["--signing", "none", "--transport", "plaintext"],
    );
    for (arguments, code) in [
        (&["signing"][..], 1),
        (&["clients"], 1),
        (&["posture"], 2),
        (&["posture", "--to", "rot13"], 2),
        (&["ca", "--leaked"], 2),
        (&["server", "--to", "x"], 2),
        (&["posture", "--to", "none"], 0),
        (&["signing", "--from", "nowhere"], 4),
    ] {
        let ran = plan(place.path(), arguments);
        assert_eq!(ran.code, Some(code), "{arguments:?}: {}", ran.said());
    }
    let empty = folder();
    let ran = plan(empty.path(), &["signing"]);
    assert_eq!(ran.code, Some(4), "{}", ran.said());
    std::fs::create_dir(empty.path().join("nothing")).expect("a folder");
    let ran = plan(empty.path(), &["signing", "--from", "nothing"]);
    assert_eq!(ran.code, Some(3), "{}", ran.said());
}

#[test]
fn no_plan_is_made_from_half_a_deployment() {
    let place = folder();
    init(place.path(), &["--target", "compose"]);
    let worker = place.path().join("deploy/worker");
    assert!(worker.is_dir(), "the other half");
    let whole = plan(place.path(), &["signing", "--from", "deploy"]);
    assert_eq!(whole.code, Some(0), "{}", whole.said());
    for half in ["deploy/producer", "deploy/worker"] {
        let ran = plan(place.path(), &["signing", "--from", half]);
        assert_eq!(ran.code, Some(4), "{half}: {}", ran.said());
        assert!(
            ran.said().contains("nothing can be proven"),
            "{}",
            ran.said()
        );
    }
}

#[test]
fn a_check_answers_with_its_exit_code_and_never_with_what_was_pasted() {
    let place = folder();
    let check = |text: &str| {
        std::fs::write(place.path().join("plan.yaml"), text).expect("is written");
        run(stem_sec()
            .args(["rotate", "check", "plan.yaml"])
            .current_dir(place.path()))
    };
    let head = "version: 1\nsigning: hmac-sha256\ncomponents: { api: { role: producer }, worker: { role: worker } }\nstart: { all: { keys: [k1], active: k1 } }\n";
    assert_eq!(check(head).code, Some(0));
    assert_eq!(
        check(&format!(
            "{head}steps: [{{ roll: api, keys: [k2], active: k2 }}]\n"
        ))
        .code,
        Some(1)
    );
    assert_eq!(
        check(&format!("{head}goal: {{ all: {{ active: k2 }} }}\n")).code,
        Some(1)
    );
    let pasted = check(&format!(
        "{head}steps: [{{ roll: api, keys: ['k2:c3VwZXItc2VjcmV0LXN1cGVyLXNlY3JldA=='] }}]\n"
    ));
    assert_eq!(pasted.code, Some(4));
    assert!(
        pasted.said().contains("plan.yaml") && pasted.said().contains("line 5, column 29"),
        "{}",
        pasted.said()
    );
    assert!(!pasted.said().contains("c3VwZXItc2Vj"), "{}", pasted.said());
    let missing = run(stem_sec()
        .args(["rotate", "check", "not-there.yaml"])
        .current_dir(place.path()));
    assert_eq!(missing.code, Some(4));
}

#[test]
fn a_plan_of_senders_alone_is_not_called_safe_and_a_worker_in_it_settles_that() {
    let place = folder();
    let check = |components: &str, format: &str| {
        let text = format!(
            "version: 1\nsigning: hmac-sha256\ncomponents: {{ api: {{ role: producer }}{components} }}\n\
             start: {{ all: {{ keys: [k1, k2], active: k1 }} }}\nsteps: [{{ roll: [api], active: k2 }}]\n"
        );
        std::fs::write(place.path().join("plan.yaml"), text).expect("is written");
        run(stem_sec()
            .args(["rotate", "check", "plan.yaml", "--format", format])
            .current_dir(place.path()))
    };
    let alone = check("", "human");
    assert_eq!(alone.code, Some(1), "{}", alone.said());
    assert!(
        alone.stdout.starts_with("cannot be proven"),
        "{}",
        alone.said()
    );
    assert!(alone.stdout.contains("add the workers"), "{}", alone.said());
    assert!(
        check("", "json")
            .stdout
            .contains("\"verdict\": \"unknown\"")
    );
    assert!(check("", "markdown").stdout.starts_with("**Unknown**"));
    let both = check(", mail: { role: worker }", "human");
    assert_eq!(both.code, Some(0), "{}", both.said());
}

#[test]
fn a_key_that_is_older_than_the_manifest_allows_is_a_warning_where_it_is_deployed() {
    let place = folder();
    init(place.path(), &["--transport", "plaintext"]);
    let manifest = place.path().join("stem-sec.yaml");
    let text = std::fs::read_to_string(&manifest).expect("the manifest");
    assert!(text.contains("\nrotation: { "), "{text}");
    let text = text.replace("\nrotation: { ", "\nrotation: { max-age: 30d, ");
    std::fs::write(&manifest, text).expect("is written");
    let audit = |at: &str| {
        run(stem_sec()
            .args(["audit", "deploy", "--format", "line", "--at", at])
            .current_dir(place.path()))
    };
    let day = |days: i64| {
        let day = (time::OffsetDateTime::now_utc() + time::Duration::days(days)).date();
        day.to_string()
    };
    assert!(!audit(&day(5)).said().contains("key-overdue"));
    let old = audit(&day(60)).said();
    let line = old
        .lines()
        .find(|line| line.contains("warning[key-overdue]"))
        .unwrap_or_else(|| panic!("{old}"));
    assert!(
        line.contains("`primary`") && line.contains("`rotation.max-age` is 30 days"),
        "{line}"
    );
    assert_eq!(old.matches("key-overdue").count(), 1, "{old}");
}
