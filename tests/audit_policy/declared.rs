//! `audit.ignore` of a manifest: which files it speaks of, from wherever one looks.

use std::fs;

use crate::{COMPOSE, MANIFEST, RULE, audit, ensure_code, ensure_refused, findings, project};

#[test]
fn the_manifest_ignores_by_folder_and_pattern() {
    let patterns = [
        ("", true),
        ("dev/**", true),
        ("dev/", true),
        ("./dev/**", true),
        ("**/compose.yaml", true),
        ("dev/*.yaml", true),
        ("dev/compose.yaml", true),
        ("*.yaml", false),
        ("*/compose.yaml", true),
        ("compose.yaml", false),
        ("prod/**", false),
        ("de", false),
        ("[", false),
    ];
    for (pattern, holds) in patterns {
        let path = match pattern {
            "" => String::new(),
            pattern => format!("path: '{pattern}', "),
        };
        let manifest =
            format!("{MANIFEST}audit: {{ ignore: [ {{ rule: {RULE}, {path}reason: a lab }} ] }}\n");
        let place = project(&[
            ("lab/dev/compose.yaml", COMPOSE),
            ("lab/stem-sec.yaml", &manifest),
        ]);
        let by = if holds { "manifest" } else { "-" };
        let wanted = (RULE.to_owned(), by.to_owned());
        // where the manifest is, above it, below it, and from its neighbour
        fs::create_dir(place.path().join("lab/other")).expect("is made");
        for (from, arguments) in [
            ("lab", &["."][..]),
            ("lab", &["dev"][..]),
            ("lab", &["dev/compose.yaml"][..]),
            ("", &["lab"][..]),
            ("", &["."][..]),
            ("lab/dev", &[][..]),
            ("lab/dev", &["../../lab"][..]),
            ("lab/other", &["../dev"][..]),
        ] {
            let mut all = vec!["--format", "json"];
            all.extend(arguments);
            let done = audit(&place.path().join(from), &all);
            let found = findings(&done);
            assert!(
                found.contains(&wanted),
                "{pattern} {from} {arguments:?}\n{}",
                done.said()
            );
            let unused = found.iter().any(|(rule, _)| rule == "suppression-unused");
            let is_whole = matches!(arguments, ["."] | ["lab"] | ["../../lab"]);
            assert_eq!(unused, is_whole && !holds, "{pattern} {from} {arguments:?}");
        }
    }
}

#[test]
fn a_date_of_the_manifest_runs_out() {
    let manifest = format!(
        "{MANIFEST}audit: {{ ignore: [ {{ rule: {RULE}, reason: a lab, until: 2027-01-31 }} ] }}\n"
    );
    let place = project(&[("compose.yaml", COMPOSE), ("stem-sec.yaml", &manifest)]);
    for (day, expected) in [("2027-01-31", "manifest"), ("2027-02-01", "-")] {
        let done = audit(place.path(), &["--format", "json", "--at", day]);
        let found = findings(&done);
        assert!(
            found.contains(&(RULE.to_owned(), expected.to_owned())),
            "{found:?}"
        );
        let is_said = found.iter().any(|(rule, _)| rule == "suppression-expired");
        assert_eq!(is_said, expected == "-");
    }
}

#[test]
fn a_manifest_that_names_no_rule_is_refused_with_the_nearest() {
    let manifest =
        format!("{MANIFEST}audit: {{ ignore: [ {{ rule: verification-disable, reason: x }} ] }}\n");
    let place = project(&[("compose.yaml", COMPOSE), ("stem-sec.yaml", &manifest)]);
    ensure_code(place.path(), &[], 4);
    let words = [
        "names `verification-disable`",
        "hint: did you mean `verification-disabled`?",
    ];
    ensure_refused(&audit(place.path(), &[]), &words);
}
