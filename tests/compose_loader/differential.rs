//! Projects put together at random from pieces, each held against Compose.

use std::fmt::Write as _;
use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::agree;

const SEED: u64 = 0x5eed_c0de;
const PROJECTS: usize = 160;

#[test]
fn projects_at_random_are_read_as_compose_reads_them() {
    let next = AtomicUsize::new(0);
    let taken = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= PROJECTS {
                        break;
                    }
                    let files = Dice {
                        state: SEED ^ (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15),
                        has_tags: false,
                    }
                    .project();
                    match catch_unwind(|| agree(&format!("project {number}"), &files)) {
                        Ok(is_taken) => {
                            taken.fetch_add(usize::from(is_taken), Ordering::Relaxed);
                        }
                        Err(_) => failed.lock().expect("failures").push(number),
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("failures");
    assert!(failed.is_empty(), "{failed:?}");
    // most of them must say something
    let taken = taken.into_inner();
    assert!(taken * 10 > PROJECTS * 6, "Compose takes {taken} of them");
}

/// SplitMix64.
struct Dice {
    state: u64,
    /// Whether tags may stand in the service that is being written.
    has_tags: bool,
}

const NAMES: [&str; 5] = ["A", "B", "C", "STEM_KEYS", "D"];
const VALUES: [&str; 14] = [
    "one",
    "two words",
    "${A}",
    "$B",
    "${C:-default}",
    "${D:-${A}}",
    "x${B:+y}z",
    "k:QUJD==",
    "",
    "a#b",
    "a #b",
    "$$A",
    "${NONE}",
    "it's",
];
const SERVICES: [&str; 3] = ["api", "web", "job"];

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % below as u64).expect("a small number")
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.roll(many) == 0
    }

    fn of<'t>(&mut self, all: &[&'t str]) -> &'t str {
        all[self.roll(all.len())]
    }

    fn project(&mut self) -> Vec<(String, String)> {
        let mut files = Vec::new();
        let mut add = |path: &str, text: String| files.push((path.to_owned(), text));
        add("app/.env", self.env_file());
        for name in ["one.env", "two.env", "sub/one.env"] {
            add(&format!("app/{name}"), self.env_file());
        }
        for name in ["d/x", "d/y", "d/in/z", "e/x", "e/in/w", "sub/d/s"] {
            add(&format!("app/{name}"), format!("text of {name}"));
        }
        let includes = self.one_in(4);
        let mut main = self.file(true);
        if includes {
            main.push_str(self.of(&[
                "include: [ sub/inc.yaml ]\n",
                "include: [ { path: sub/inc.yaml, project_directory: . } ]\n",
                "include: [ { path: [ sub/inc.yaml ], env_file: [ one.env ] } ]\n",
            ]));
        }
        add("app/compose.yaml", main);
        if self.one_in(2) {
            add("app/compose.override.yaml", self.file(false));
        }
        let shared = self.service("shared", true, false);
        add("app/sub/common.yaml", format!("services:\n{shared}"));
        if includes {
            let included = self.service("included", true, false);
            add("app/sub/inc.yaml", format!("services:\n{included}"));
            add("app/sub/.env", self.env_file());
        }
        files
    }

    fn file(&mut self, is_base: bool) -> String {
        let mut text = "services:\n".to_owned();
        for name in SERVICES {
            if is_base || self.one_in(2) {
                text += &self.service(name, is_base, is_base);
            }
        }
        if text == "services:\n" {
            text = String::new();
        }
        text + "volumes: { data: , other: { driver_opts: { size: 1m } } }\n\
                secrets: { s: { file: d/x }, v: { environment: A } }\n\
                configs: { c: { content: \"is ${A:-x}\" }, f: { file: e/x } }\n"
    }

    fn service(&mut self, name: &str, is_base: bool, extends: bool) -> String {
        // of a service that extends with a tag and is extended, Compose makes now this, now that
        self.has_tags = !is_base || name == "job";
        let mut text = format!("  {name}:\n");
        if is_base {
            text += "    image: x\n";
        }
        if extends && self.one_in(3) {
            let all = [
                "api",
                "{ service: web }",
                "{ file: sub/common.yaml, service: shared }",
            ];
            let _ = writeln!(text, "    extends: {}", self.of(&all));
        }
        let mut is_empty = !is_base;
        for kind in 0..7 {
            if self.one_in(2) {
                continue;
            }
            // secrets and configs only where they are declared
            if kind == 4 && !SERVICES.contains(&name) {
                continue;
            }
            is_empty = false;
            text += &match kind {
                0 => self.environment(),
                1 => self.env_files(),
                2 => self.volumes(SERVICES.contains(&name)),
                3 => self.command(),
                4 => self.grants(),
                5 => self.labels(),
                _ => self.build(),
            };
        }
        if is_empty {
            text += "    restart: always\n";
        }
        text
    }

    fn quoted(text: &str) -> String {
        format!("\"{text}\"")
    }

    fn env_file(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..self.roll(4) {
            let name = self.of(&NAMES);
            let value = self.of(&VALUES);
            let _ = match self.roll(4) {
                0 => writeln!(text, "{name}=\"{value}\""),
                1 if !value.contains('\'') => writeln!(text, "{name}='{value}'"),
                2 => writeln!(text, "export {name}=one # {value}"),
                _ if value.contains('\'') => writeln!(text, "# {value}"),
                _ => writeln!(text, "{name}={value}"),
            };
        }
        text
    }

    fn variables(&mut self) -> String {
        let is_list = self.one_in(2);
        let mut names: Vec<&str> = NAMES.to_vec();
        let mut parts = Vec::new();
        for _ in 0..self.roll(4) {
            let name = names.remove(self.roll(names.len()));
            let value = self.of(&VALUES);
            parts.push(match (is_list, self.roll(6)) {
                (true, 0) => name.to_owned(),
                (true, _) => Self::quoted(&format!("{name}={value}")),
                (false, 0) => format!("{name}: "),
                (false, 1) => format!("{name}: {}", self.of(&["1", "true", "0x1f", "1.50", "yes"])),
                (false, _) => format!("{name}: {}", Self::quoted(value)),
            });
        }
        match is_list {
            true => format!("[ {} ]", parts.join(", ")),
            false => format!("{{ {} }}", parts.join(", ")),
        }
    }

    fn tag(&mut self) -> &'static str {
        match self.roll(8) {
            _ if !self.has_tags => "",
            0 => "!override ",
            1 => "!reset ",
            _ => "",
        }
    }

    fn environment(&mut self) -> String {
        format!("    environment: {}{}\n", self.tag(), self.variables())
    }

    fn env_files(&mut self) -> String {
        let value = self.of(&[
            "one.env",
            "[ one.env ]",
            "[ two.env, one.env ]",
            "[ { path: one.env }, { path: gone.env, required: false } ]",
            "[ { path: one.env, format: raw } ]",
            "\"./${NONE:-one}.env\"",
        ]);
        format!("    env_file: {}{value}\n", self.tag())
    }

    fn volumes(&mut self, has_volumes: bool) -> String {
        let mut parts = Vec::new();
        for _ in 0..self.roll(4) {
            parts.push(self.of(&[
                "./d:/data",
                "./e:/data:ro",
                "./d/in:/data/in",
                "./e/x:/data/in/z",
                "/anonymous",
                "{ type: bind, source: ./e, target: /data/ }",
                "{ type: tmpfs, target: /data/in }",
                "\"./${NONE:-d}:/v\"",
                if has_volumes {
                    "data:/data/in"
                } else {
                    "/data"
                },
                if has_volumes {
                    "{ type: volume, source: other, target: /v }"
                } else {
                    "./e:/v"
                },
            ]));
        }
        let mut text = format!("    volumes: {}[ {} ]\n", self.tag(), parts.join(", "));
        if self.one_in(12) {
            text += "    tmpfs: /data/in\n";
        }
        text
    }

    fn command(&mut self) -> String {
        let key = self.of(&["command", "entrypoint"]);
        let value = self.of(&[
            "[ stem, worker, \"${A:-x}\" ]",
            "stem worker --queues=a,b",
            "\"redis-server --requirepass ${A:-pw} 'a b'\"",
            "[]",
            "\"\"",
            "null",
        ]);
        format!("    {key}: {value}\n")
    }

    fn grants(&mut self) -> String {
        let mut secrets = vec![self.of(&[
            "s",
            "v",
            "{ source: s, target: t }",
            "{ source: v, target: /data/in/z }",
        ])];
        if self.one_in(2) {
            secrets.push("{ source: s, target: /data }");
        }
        let configs = self.of(&[
            "c",
            "f",
            "{ source: f, target: /data/x }",
            "{ source: c, target: c2 }",
        ]);
        format!(
            "    secrets: [ {} ]\n    configs: [ {configs} ]\n",
            secrets.join(", ")
        )
    }

    fn labels(&mut self) -> String {
        let value = self.of(&[
            "{ stem.role: worker }",
            "[ stem.role=beat, other ]",
            "[ \"stem.role=${A:-cli}\" ]",
        ]);
        format!("    labels: {value}\n")
    }

    fn build(&mut self) -> String {
        match self.roll(3) {
            0 => "    build: .\n".to_owned(),
            _ => format!("    build: {{ context: ., args: {} }}\n", self.variables()),
        }
    }
}
