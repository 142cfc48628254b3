//! Findings that no deployment has raised: every severity, means of suppression and kind of
//! place, with names that want to break out of the report.

use std::collections::BTreeSet;

use stem_sec::audit::finding::{Finding, Suppressed, SuppressedBy};
use stem_sec::audit::inventory::Request;
use stem_sec::audit::judge::{self, Verdict};
use stem_sec::audit::rules;
use stem_sec::audit::tree::Tree;
use stem_sec::formats::place::Place;
use stem_sec::model::manifest::Severity;
use stem_sec::report::audit::{self, Format};
use time::macros::datetime;

/// A name that begins a command, a colour, a table, a link and a line.
const NAME: &str = "::error::x\u{1b}[31m\u{202e}|`<b>[a](b)\n\r%0A";

const FORMATS: [Format; 6] = [
    Format::Human {
        width: 80,
        colour: false,
    },
    Format::Line,
    Format::Json,
    Format::Sarif,
    Format::Github,
    Format::Markdown,
];

fn tree() -> Tree {
    let long = format!("STEM_A=1\n{}\n", "STEM_B=x".repeat(5_000));
    let files = [
        (
            "a/worker.env",
            "STEM_BROKER_URL=redis://:hunter2hunter2@redis\n"
                .as_bytes()
                .to_vec(),
        ),
        ("a/bin.env", b"STEM_A=\xff\xfe\0\n".to_vec()),
        ("a/long.env", long.into_bytes()),
        ("a/empty.env", Vec::new()),
        (NAME, b"\xef\xbb\xbf\tSTEM_SIGNING_KEYS=k\r\n".to_vec()),
    ];
    Tree::of_texts(files.map(|(path, bytes)| (path.to_owned(), bytes)).to_vec())
}

fn verdict(tree: &Tree) -> Verdict {
    let mut verdict = judge::audit(tree, &Request::default(), datetime!(2030-01-01 0:00 UTC));
    let mut sources: Vec<u32> = [
        "a/worker.env",
        "a/bin.env",
        "a/long.env",
        "a/empty.env",
        NAME,
    ]
    .iter()
    .filter_map(|path| Some(tree.read(path).ok()?.number))
    .collect();
    assert_eq!(sources.len(), 5);
    // in no file, as a suppression that a baseline has
    sources.push(u32::MAX);
    let severities = [Severity::Error, Severity::Warning, Severity::Note];
    let means = [
        None,
        Some(SuppressedBy::Inline),
        Some(SuppressedBy::Manifest),
        Some(SuppressedBy::Baseline),
    ];
    for source in sources {
        for (line, column, start, end) in [
            (1, 1, 0, 0),
            (2, 1, 0, 0),
            (1, 8, 7, 9),
            (9, 9, 80, 70),
            (1, 900, 3, 4_000_000),
        ] {
            for (number, by) in means.into_iter().enumerate() {
                let place = Place {
                    source,
                    line,
                    column,
                    start,
                    end,
                };
                let mut finding =
                    Finding::new(rules::all()[number % 3], place, format!("about {NAME}"))
                        .severity(severities[number % 3])
                        .subject(NAME)
                        .key(NAME)
                        .fix(NAME)
                        .related(place, "the same place")
                        .related(Place::line(source, 2), NAME);
                finding.suppressed = by.map(|by| Suppressed {
                    by,
                    reason: NAME.to_owned(),
                });
                verdict.findings.push(finding);
            }
        }
    }
    verdict
}

/// All of it in one report.
pub(crate) fn report(format: Format) -> String {
    let tree = tree();
    audit::text(&verdict(&tree), &tree, format)
}

#[test]
fn names_break_out_of_no_report() {
    for format in FORMATS {
        let text = report(format);
        let bad: BTreeSet<char> = text
            .chars()
            .filter(|c| c.is_control() && *c != '\n' || ('\u{200b}'..='\u{202e}').contains(c))
            .collect();
        assert!(bad.is_empty(), "{bad:?} in {format:?}");
        assert!(!text.contains("hunter2"), "{format:?}");
    }
}

#[test]
fn a_name_makes_no_line_of_its_own() {
    let tree = tree();
    let verdict = verdict(&tree);
    let counting = verdict
        .findings
        .iter()
        .filter(|one| one.suppressed.is_none())
        .count();
    assert!(counting >= 25);
    for format in [Format::Line, Format::Github] {
        let text = audit::text(&verdict, &tree, format);
        assert_eq!(text.lines().count(), counting, "{format:?}");
    }
    let github = audit::text(&verdict, &tree, Format::Github);
    let commands = regex::Regex::new("^::(error|warning|notice) (file=[^:]*,)?title=[a-z0-9-]+::")
        .expect("a pattern");
    for line in github.lines() {
        assert!(commands.is_match(line), "{line}");
    }
    let markdown = audit::text(&verdict, &tree, Format::Markdown);
    let rows = markdown.lines().filter(|line| line.starts_with("| "));
    for row in rows {
        let bars = row.replace("\\|", "").matches('|').count();
        assert_eq!(bars, 5, "{row}");
    }
}

#[test]
fn lines_fit_the_terminal_where_the_file_has_longer_ones() {
    let long = format!("STEM_SIGNING_KEYS=a:{}\n", "b".repeat(900));
    let tree = Tree::of_texts(vec![("x.env".to_owned(), long.into_bytes())]);
    let mut verdict = judge::audit(&tree, &Request::default(), datetime!(2030-01-01 0:00 UTC));
    let source = tree.read("x.env").expect("it is there").number;
    let place = Place {
        source,
        line: 1,
        column: 19,
        start: 18,
        end: 30,
    };
    verdict.findings = vec![Finding::new(rules::all()[0], place, "long").subject("X")];
    let text = audit::text(
        &verdict,
        &tree,
        Format::Human {
            width: 80,
            colour: false,
        },
    );
    let shown = text.lines().filter(|line| line.contains("***"));
    let widest = shown.map(|line| line.chars().count()).max();
    assert!(widest.is_some_and(|widest| widest <= 80), "{text}");
}

#[test]
fn the_top_of_a_file_stands_for_the_file_and_shows_no_line() {
    let tree = Tree::of_texts(vec![("x.env".to_owned(), b"STEM_A=b\nSTEM_C=d\n".to_vec())]);
    let mut verdict = judge::audit(&tree, &Request::default(), datetime!(2030-01-01 0:00 UTC));
    let source = tree.read("x.env").expect("it is there").number;
    let format = Format::Human {
        width: 80,
        colour: false,
    };
    for (place, shows) in [(Place::top(source), false), (Place::line(source, 2), true)] {
        verdict.findings = vec![Finding::new(rules::all()[0], place, "about it")];
        let text = audit::text(&verdict, &tree, format);
        assert!(text.contains("--> x.env:"), "{text}");
        assert_eq!(text.contains("STEM_"), shows, "{text}");
    }
}
