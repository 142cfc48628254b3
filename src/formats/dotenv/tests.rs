//! Every dialect: what tells them apart, places, bounds, any bytes.

use proptest::prelude::*;

use super::*;

const ALL: [Dialect; 9] = [
    Dialect::Compose,
    Dialect::ComposeRaw,
    Dialect::Docker,
    Dialect::Systemd,
    Dialect::Shell,
    Dialect::Kubectl,
    Dialect::Kustomize,
    Dialect::StemCli,
    Dialect::Python,
];

fn nothing(_: &str) -> Option<String> {
    None
}

/// The names and values in order; `?` for what is not known.
fn pairs(text: &str, dialect: Dialect) -> Vec<(String, String)> {
    let found = read(text.as_bytes(), 0, dialect, &nothing);
    let value = |found: &Assignment| match &found.value {
        Some(value) => value.expose().to_owned(),
        None => "?".to_owned(),
    };
    let found = found.assignments.iter();
    found
        .map(|found| (found.name.clone(), value(found)))
        .collect()
}

fn pair(name: &str, value: &str) -> Vec<(String, String)> {
    vec![(name.to_owned(), value.to_owned())]
}

fn span(text: &[u8], place: Place) -> &[u8] {
    &text[place.start as usize..place.end as usize]
}

/// What holds whatever the bytes are; a fuzz target may call it.
fn ensure_sound(bytes: &[u8]) {
    for dialect in ALL {
        let found = read(bytes, 7, dialect, &|name| {
            (name == "A").then(|| "a".to_owned())
        });
        assert!(!found.refused || found.assignments.is_empty());
        assert!(!found.refused || !found.troubles.is_empty());
        for one in &found.assignments {
            assert!(!one.name.is_empty());
            assert!(one.exact || one.value.is_none());
            for place in [one.name_place, one.value_place, one.place] {
                assert!(place.source == 7 && place.line > 0 && place.column > 0);
                assert!(span(bytes, place).len() <= bytes.len());
            }
            assert!(
                one.place.start <= one.name_place.start,
                "{dialect:?} {one:?}"
            );
            assert!(one.name_place.end <= one.place.end, "{dialect:?} {one:?}");
        }
        for (place, _) in &found.troubles {
            assert!(place.end >= place.start && place.end as usize <= bytes.len());
        }
    }
}

#[test]
fn each_loader_has_its_own_idea_of_a_quoted_value_with_a_comment() {
    let text = "A='x y' # c\n";
    for dialect in [Dialect::Compose, Dialect::Shell, Dialect::Python] {
        assert_eq!(pairs(text, dialect), pair("A", "x y"), "{dialect:?}");
    }
    for dialect in [Dialect::Docker, Dialect::Kubectl, Dialect::StemCli] {
        assert_eq!(pairs(text, dialect), pair("A", "'x y' # c"), "{dialect:?}");
    }
    assert_eq!(pairs(text, Dialect::Systemd), pair("A", "x y# c"));
}

#[test]
fn places_are_those_of_the_text_inside_the_quotes() {
    let text = "\u{feff}# é\n export STEM_X = \"é:k\" # c\n";
    let found = read(text.as_bytes(), 3, Dialect::Compose, &nothing);
    let one = &found.assignments[0];
    let texts =
        [one.name_place, one.value_place, one.place].map(|place| span(text.as_bytes(), place));
    let expected = ["STEM_X", "é:k", "export STEM_X = \"é:k\""].map(str::as_bytes);
    assert_eq!(texts, expected);
    let place = one.value_place;
    assert_eq!((place.source, place.line, place.column), (3, 2, 19));
}

#[test]
fn stems_own_loader_takes_one_pair_of_quotes_and_no_comment() {
    let cases = [
        ("A=false # was true", "false # was true"),
        ("\u{feff} export A = 'a\\nb' ", "a\nb"),
        ("A=\"x'", "\"x'"),
        ("A=\"", "\""),
        ("A=\"\"x\"\"\r\n", "\"x\""),
        ("A=\u{a0}x=y\u{feff}\n", "x=y"),
    ];
    for (text, value) in cases {
        assert_eq!(pairs(text, Dialect::StemCli), pair("A", value), "{text:?}");
    }
    for text in ["=x", "A", "# A=x", " \n", "export =x"] {
        assert_eq!(pairs(text, Dialect::StemCli), [], "{text:?}");
    }
}

#[test]
fn what_depends_on_a_command_is_not_known() {
    for text in [
        "A=$(cat k)",
        "A=`k`",
        "cat k && A=1",
        "if k; then A=1; fi",
        "A=$1",
        "f() { A=1; }",
    ] {
        let found = read(text.as_bytes(), 0, Dialect::Shell, &nothing);
        assert_eq!(pairs(text, Dialect::Shell), pair("A", "?"), "{text}");
        assert!(
            !found.assignments[0].exact && !found.troubles.is_empty(),
            "{text}"
        );
    }
    assert_eq!(
        pairs("cat <<E\nA=1\nE\nB=2\n", Dialect::Shell),
        pair("B", "2")
    );
    assert_eq!(
        pairs("A=1; (A=2); A=3 | k; A=4 &\n", Dialect::Shell),
        pair("A", "1")
    );
}

#[test]
fn a_file_that_doubles_itself_costs_little() {
    let mut text = "A0=xxxxxxxxxxxxxxxx\n".to_owned();
    for n in 1..2_000 {
        text.push_str(&format!("A{n}=${{A{0}}}${{A{0}}}${{A{0}}}\n", n - 1));
    }
    for dialect in [Dialect::Compose, Dialect::Shell, Dialect::Python] {
        let found = read(text.as_bytes(), 0, dialect, &nothing);
        let values = found
            .assignments
            .iter()
            .filter_map(|one| one.value.as_ref());
        let total: usize = values.map(|value| value.expose().len()).sum();
        assert!(total < 1 << 26, "{dialect:?}: {total}");
        assert!(
            found.assignments.iter().any(|one| !one.exact),
            "{dialect:?}"
        );
    }
}

#[test]
fn a_file_of_countless_lines_is_read_up_to_a_bound_and_that_is_said() {
    let text = "A=1\n".repeat(100_002);
    for dialect in ALL
        .into_iter()
        .filter(|one| *one != Dialect::Kubectl && *one != Dialect::Kustomize)
    {
        let found = read(text.as_bytes(), 0, dialect, &nothing);
        assert_eq!(found.assignments.len(), 100_000, "{dialect:?}");
        let troubles: Vec<Trouble> = found.troubles.iter().map(|(_, trouble)| *trouble).collect();
        assert_eq!(troubles, [Trouble::TooLarge], "{dialect:?}");
    }
}

#[test]
fn long_lines_are_read_in_one_go() {
    let parts = [
        "x", "${", "${A-", "\\", "'", "$(", "a ", "\"\\", "\u{1}=", "#", "<<E ", "(", "[[ ",
        "A=${A:b ",
    ];
    for part in parts {
        let text = format!("A={}", part.repeat(400_000 / part.len()));
        ensure_sound(text.as_bytes());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        ensure_sound(&bytes);
    }

    #[test]
    fn any_text_is_read_or_refused(
        text in "(export |[ABé=:'\"\\\\ \t\r\n#$;&|(){}<>~`!?*@+-]|\\$\\{|\\$'|;;|if |fi|case |in |esac|<<|unset |declare |\u{feff}){0,40}"
    ) {
        ensure_sound(text.as_bytes());
    }
}
