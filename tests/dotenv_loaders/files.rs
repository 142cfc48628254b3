//! Env files made by chance, the same in every run: what people write, and what they write
//! by mistake.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use stem_sec::formats::dotenv::{Dialect, read};

use crate::loaders::lookup;

/// For which loaders.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    Compose,
    Keys,
    Lines,
    PlainShell,
    Python,
    Shell,
    Systemd,
}

const VALUES: &[&str] = &[
    "",
    "x",
    "k1:c2VjcmV0==",
    "a b",
    " ",
    "\t",
    "#",
    " # c",
    "#c",
    "\"q r\"",
    "'s t'",
    "\"\"",
    "''",
    "\\",
    "\\n",
    "\\\"",
    "\\'",
    "\"a\\nb\"",
    "'a\\nb'",
    "\"a\\\"b\"",
    "\"m\nn\"",
    "'m\nn'",
    "é",
    "€",
    "\u{a0}",
    "=",
    "/p",
    "%h",
    ",",
    "\\\n",
    "\"a\\\nb\"",
    "\"#\"",
    "' # '",
    "\"\\\\\"",
    "\r",
    "\\t",
    "\u{f8ff}",
    "@",
    "a\\b",
    "\\\\",
    "+",
    "!",
];

const REFERENCES: &[&str] = &[
    "$A",
    "${A}",
    "${OUT}",
    "$OUT",
    "${NO:-d}",
    "${NO-}",
    "${A:+y}",
    "${EMPTY:-e}",
    "${EMPTY-e}",
    "${EMPTY+s}",
    "${NO:+n}",
    "${A:-${OUT}}",
    "\"$A\"",
    "'$A'",
    "\"${NO:-a b}\"",
    "$NO",
    "$",
    "\"$\"",
    "\\$A",
    "\"\\$A\"",
    "${NO:-$B}",
    "${B:-${A:-z}}",
];

const COMPOSE: &[&str] = &[
    "$$",
    "$$A",
    "\"$$A\"",
    "${A:-x}}",
    "${",
    "${A",
    "${}",
    "${NO:?}",
    "${OUT:?no}",
    "$1",
    "\"\\0101\"",
    "\"\\061\"",
    "\"\\a\\v\\c\\x\"",
    "\"\\0\"",
    "\"\\0389\"",
    "${A:-${}}",
    "${A:}",
    "\"",
    "'",
    "${A:-x\ny}",
    "\"a\" B=y",
    "'x' junk",
    "${OUT:-$${A}",
    "\"x\"# c",
    "\u{85}y",
    "${NO:-a-b:?c}",
];

const SHELL: &[&str] = &[
    "; B=y",
    " && B=y",
    " || B=y",
    "; export B=y",
    "\"a\"'b'c",
    "${NO:='n n'}",
    "${NO:-'q q'}",
    "${NO:-\"q q\"}",
    "\"${NO:-'q'}\"",
    "\"${NO:-\\}}\"",
    "~",
    "~/x",
    ":~/y",
    "\"~\"",
    "${#A}",
    "${A%x}",
    "$(:)",
    "\\ ",
    "; false && B=n",
    "; unset A",
    "\"x\\`\"",
    "$?",
    " # c 'd",
    "*",
    "{a,b}",
    "[a]",
    ";B=1;",
    "; true && B=t || C=n",
    "${OUT:+\"$OUT\"}",
    "\"${OUT:+\"$A\"}\"",
    "; if true; then B=i; fi",
    "; { B=g; }",
    "; (B=s)",
    " & B=k",
    "; A+=more",
    "; return; B=never",
];

const BASH: &[&str] = &[
    "$'a\\tb'",
    "$'\\x41\\u00e9\\101'",
    "$'it\\'s'",
    "$'\\cA\\q\\e'",
    "$\"x$A\"",
    "; declare -x B=d",
    "; export B=y C",
    "; export \"B=y y\"",
    "; export B=\"$A\" C='c'",
    "; A=(1 2)",
    "\"$'x'\"",
    "$'\\xc3\\xa9'",
    "$'a\\0b'",
    " 2>/dev/null",
];

const PLAIN: &[&str] = &["\"$A$B\"", "$A:$B", "${A}b", "\\\"x\\\""];

const PYTHON: &[&str] = &[
    "\"",
    "'",
    "${A:b}",
    "${A:-}",
    "${",
    "'${A}'",
    "\"\\x\\a\\'\"",
    "'\\x\\''",
    "\u{1c}#y",
    "${A:${OUT}}",
    "\u{85}",
    "\"a\r\nb\"",
    " junk",
];

/// That many files for a loader, and of those that we think are refused only so many.
pub(crate) fn generated(flavour: Flavour, wanted: usize, refused: usize) -> Vec<Vec<u8>> {
    let mut runner = TestRunner::deterministic();
    let strategy = file(flavour);
    let mut files: Vec<Vec<u8>> = Vec::new();
    let (mut taken, mut not_taken) = (0, 0);
    while taken < wanted {
        let text = strategy.new_tree(&mut runner).expect("a file").current();
        let bytes = bytes_of(&text);
        let is_refused = match dialect(flavour) {
            Some(dialect) => is_refused(&bytes, dialect),
            None => false,
        };
        if is_left_out(flavour, &text) || (is_refused && not_taken >= refused) {
            continue;
        }
        taken += usize::from(!is_refused);
        not_taken += usize::from(is_refused);
        files.push(bytes);
    }
    files
}

fn dialect(flavour: Flavour) -> Option<Dialect> {
    match flavour {
        Flavour::Compose => Some(Dialect::Compose),
        Flavour::Keys => Some(Dialect::Kubectl),
        Flavour::Lines => Some(Dialect::Docker),
        Flavour::Python => Some(Dialect::Python),
        Flavour::Systemd => Some(Dialect::Systemd),
        Flavour::Shell | Flavour::PlainShell => None,
    }
}

fn is_refused(bytes: &[u8], dialect: Dialect) -> bool {
    let found = read(bytes, 0, dialect, &lookup);
    let is_final = |trouble| matches!(trouble, stem_sec::formats::dotenv::Trouble::Required);
    found.refused || found.troubles.iter().any(|(_, trouble)| is_final(*trouble))
}

/// What a loader on this machine is known to read otherwise than the one that counts.
fn is_left_out(flavour: Flavour, text: &str) -> bool {
    match flavour {
        // systemd before 254 goes on with a comment
        Flavour::Systemd => text
            .split(['\n', '\r'])
            .any(|line| line.trim_start().starts_with(['#', ';']) && line.contains('\\')),
        // dash knows no `$'`, splits what export is given, and ends where bash only stops reading
        Flavour::PlainShell => {
            let splits = |line: &str| {
                let words = line
                    .trim_start()
                    .strip_prefix("export")
                    .map(str::trim_start);
                words.is_some_and(|words| words.contains(['$', ' ', '\t', '\'', '"']))
            };
            let found = read(text.as_bytes(), 0, Dialect::Shell, &lookup);
            text.contains("$'")
                || text.contains("$\"")
                || text.lines().any(splits)
                || !found.troubles.is_empty()
        }
        _ => false,
    }
}

/// A character that stands for a byte that is no UTF-8.
fn bytes_of(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for c in text.chars() {
        match c {
            '\u{f8ff}' => bytes.push(0xff),
            c => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

fn file(flavour: Flavour) -> impl Strategy<Value = String> {
    let lines = prop::collection::vec(line(flavour), 1..5);
    let mark = prop_oneof![15 => Just(""), 1 => Just("\u{feff}")];
    let last = prop_oneof![4 => Just("\n"), 1 => Just("")];
    (mark, lines, last).prop_map(|(mark, lines, last)| {
        let text = lines.concat();
        let text = text.strip_suffix('\n').unwrap_or(&text);
        format!("{mark}{text}{last}")
    })
}

fn line(flavour: Flavour) -> impl Strategy<Value = String> {
    let names: &[&str] = match flavour {
        Flavour::Shell | Flavour::PlainShell => &["A", "B", "C", "STEM_X", "export A", "export  B"],
        Flavour::Keys => &[
            "A", "B", "C", "STEM_X", "D1", "E.f", "g-h", "1X", "é", "I J", "OUT", "export K",
        ],
        _ => &[
            "A",
            "A",
            "B",
            "B",
            "C",
            "STEM_X",
            "export A",
            "export\tB",
            "a.b",
            "a-b",
            "1A",
            "é",
            "A B",
            "",
            "\"A\"",
            "a[0]",
            "export",
        ],
    };
    let separators: &[&str] = match flavour {
        Flavour::Shell | Flavour::PlainShell => &["="],
        Flavour::Compose => &["=", "=", "=", "=", "= ", " =", ": ", " = ", "\t=\t"],
        _ => &["=", "=", "=", "=", "= ", " =", ""],
    };
    let ends: &[&str] = match flavour {
        Flavour::PlainShell => &["\n"],
        _ => &["\n", "\n", "\n", "\n", "\r\n", "\n\n"],
    };
    let assignment = (
        select(&["", "", "", " ", "\t"][..]),
        select(names),
        select(separators),
        value(flavour),
        select(ends),
    )
        .prop_map(|(indent, name, separator, value, end)| {
            format!("{indent}{name}{separator}{value}{end}")
        });
    let others: &[&str] = match flavour {
        Flavour::Shell | Flavour::PlainShell => {
            &["# a comment 'x\n", "\n", "  # c\n", "\\\n", "OUT=changed\n"]
        }
        _ => &[
            "# a comment 'x\n",
            "\n",
            "  # c\n",
            "; c\n",
            "OUT\n",
            "NO\n",
            "\t\n",
            "# c \u{f8ff}\n",
            "export OUT\n",
            "#c\r\n",
            "OUT=changed\n",
            "=x\n",
            " OUT \n",
            "# c \\\n",
        ],
    };
    prop_oneof![5 => assignment, 1 => select(others).prop_map(str::to_owned)]
}

fn value(flavour: Flavour) -> impl Strategy<Value = String> {
    let is_text = |part: &&str| match flavour {
        Flavour::PlainShell => {
            !part.contains(['\r', '\u{f8ff}', '\u{a0}']) && !matches!(*part, "\\" | "\\\n")
        }
        _ => true,
    };
    let mut parts: Vec<&str> = VALUES.iter().copied().filter(is_text).collect();
    match flavour {
        Flavour::Compose => parts.extend(REFERENCES.iter().chain(COMPOSE)),
        Flavour::Python => parts.extend(REFERENCES.iter().chain(PYTHON)),
        Flavour::Shell => parts.extend(REFERENCES.iter().chain(SHELL).chain(BASH).chain(PLAIN)),
        Flavour::PlainShell => parts.extend(REFERENCES.iter().chain(PLAIN)),
        Flavour::Keys | Flavour::Lines | Flavour::Systemd => parts.extend(REFERENCES),
    }
    prop::collection::vec(select(parts), 0..4).prop_map(|parts| parts.concat())
}
