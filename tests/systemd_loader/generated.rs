//! Generated units, from a fixed seed, and written ones for what chance does not hit.

use crate::common::as_root;
use crate::units::Exam;

#[test]
fn generated_units_give_their_processes_what_we_say() {
    as_root(
        "generated::generated_units_give_their_processes_what_we_say",
        || {
            let mut dice = Dice(0x5eed);
            let mut exam = Exam::new();
            let mut texts = Vec::new();
            for number in 0..200 {
                let (unit, dropins) = dice.unit(number);
                let head = unit.1.clone();
                let paths: Vec<(&str, Vec<u8>)> = dropins
                    .iter()
                    .map(|(path, text)| (path.as_str(), text.clone().into_bytes()))
                    .collect();
                exam.unit(&unit.0, head.as_bytes(), &paths);
                texts.push((head, dropins));
            }
            let mut wrong = Vec::new();
            let mut started = 0;
            for ((name, real, ours), text) in exam.run().into_iter().zip(&texts) {
                started += usize::from(real.is_some());
                if real != ours {
                    wrong.push(format!(
                        "{name}: {text:?}\nsystemd {real:?}\nours    {ours:?}"
                    ));
                }
            }
            assert!(
                wrong.is_empty(),
                "{} of 200\n{}",
                wrong.len(),
                wrong.join("\n")
            );
            assert!(started > 100, "only {started} of 200 were started");
        },
    );
}

/// Knuth's linear congruential generator: the same units every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, number: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("it fits") % number
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn text(&mut self, of: &[&str], most: usize) -> String {
        let many = self.below(most + 1);
        (0..many).map(|_| self.one(of)).collect()
    }

    /// The unit's name with its lines, and its drop-ins.
    fn unit(&mut self, number: usize) -> ((String, String), Vec<(String, String)>) {
        let name = match self.below(3) {
            0 => format!("u{number}@in-st\\x2da.service"),
            _ => format!("u{number}-a-b.service"),
        };
        let mut lines = String::new();
        for _ in 0..self.below(6) {
            lines.push_str(&self.setting());
        }
        lines.push_str("ExecStart=/mnt/exam/argv ");
        lines.push_str(&self.text(COMMAND, 12));
        lines.push('\n');
        let mut dropins = Vec::new();
        let prefix = format!("u{number}-");
        for _ in 0..self.below(3) {
            let folder = match self.below(3) {
                0 if !name.contains('@') => format!("{prefix}a-.service.d"),
                1 if !name.contains('@') => format!("{prefix}.service.d"),
                2 if name.contains('@') => format!("u{number}@.service.d"),
                _ => format!("{name}.d"),
            };
            let file = format!(
                "{}{}.conf",
                self.one(&["10-x", "20", "a", "Z"]),
                dropins.len()
            );
            let text = format!("[Service]\n{}{}", self.setting(), self.setting());
            dropins.push((format!("{folder}/{file}"), text));
        }
        ((name, lines), dropins)
    }

    fn setting(&mut self) -> String {
        let name = self.one(SETTINGS);
        let mut line = name.to_owned();
        for _ in 0..self.below(4) {
            line.push_str(self.one(&["", "", "\"", "'", "x"]));
            line.push_str(self.one(&["T_A", "T_B", "T_C", "T_%p", "T_D"]));
            line.push_str(self.one(&["=", "=", "=", "=\"", "='", ""]));
            line.push_str(&self.text(VALUE, 7));
            line.push_str(self.one(&["", "", "\"", "'"]));
            line.push_str(self.one(&[
                " ",
                " ",
                "  ",
                "\t",
                "\\\n",
                " \\\n",
                " \\\n# c\n",
                "\\\n ; c \\\n ",
            ]));
        }
        line + self.one(&["\n", "\n", "\r\n", "\n# c\n", "\n\n"])
    }
}

const SETTINGS: &[&str] = &[
    "Environment=",
    "Environment=",
    "Environment=",
    "Environment = ",
    "UnsetEnvironment=",
    "  Environment=",
    "Environment",
    "environment=",
    "[Unit]\nEnvironment=T_X=no\n[Service]\nEnvironment=",
];

const VALUE: &[&str] = &[
    "a", "b1", "=", " ", "\\n", "\\t", "\\x41", "\\101", "\\u00e9", "\\s", "\\\\", "\\\"", "\\'",
    "%%", "%i", "%I", "%p", "%P", "%N", "%n", "%j", "%J", "%f", "%z", "$T_A", "#", ";", "é", "\"",
    "'", "\\q", "\\x0", "%.", "/", ":", "-",
];

const COMMAND: &[&str] = &[
    "a", "b", " ", " ", " ", "$T_A", "${T_A}", " $T_B ", " ${T_B} ", "$$", "\"", "'", "\\n", "\\q",
    "\\x41", "%i", "%%", "%n", "%.", "{", "}", "${", "\\;", "é", "-", "=", " \\\n ", "#",
];
