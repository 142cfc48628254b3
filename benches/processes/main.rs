//! Whole processes against their yardsticks: paired runs, taken in turns, stated as ratios.
//!
//! `cargo bench --bench processes [-- WORD…]` runs the comparisons that contain a word. A
//! ratio above its line is said, and fails nothing: time depends on the machine.

mod openssl;
mod pairs;
mod shipped;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use openssl::{BEST_P256, REPLACED_RSA_4096};
use pairs::{Average, Comparison, Task};

const DISK: &str = env!("CARGO_TARGET_TMPDIR");
const MEMORY: &str = "/dev/shm";

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --benches` comes without it
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let words: Vec<&String> = arguments
        .iter()
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let tool = shipped::build()?;
    let yardsticks = build_yardsticks()?;
    for comparison in comparisons(&tool, &yardsticks, &worker(&tool)?) {
        let name = comparison.name;
        if words.is_empty() || words.iter().any(|word| name.contains(word.as_str())) {
            writeln!(io::stdout(), "{}", comparison.run()?)?;
        }
    }
    Ok(())
}

fn comparisons(
    tool: &str,
    yardsticks: &Path,
    worker: &[(&'static str, String)],
) -> Vec<Comparison> {
    let tool = |arguments: &str| Task::of(&[&format!("{tool} {arguments}")]);
    let yardstick = |name: &str| Task::of(&[&yardsticks.join(name).display().to_string()]);
    let many = Average::Median { runs: 501 };
    let some = Average::Median { runs: 101 };
    let p256 = "certs create bundle --host redis --state store";
    vec![
        Comparison {
            name: "start-up: --version / an empty Rust program",
            ours: tool("--version"),
            theirs: yardstick("empty"),
            place: DISK,
            line: 1.3,
            average: many,
        },
        Comparison {
            name: "start-up: a mistyped command / an empty Rust program",
            ours: tool("bogus").that_fails(),
            theirs: yardstick("empty"),
            place: DISK,
            line: 1.3,
            average: many,
        },
        Comparison {
            name: "audit --env, a worker that verifies and has TLS / an empty Rust program",
            ours: tool("audit --env --role worker").given(worker.to_vec()),
            theirs: yardstick("empty"),
            place: DISK,
            line: 2.0,
            average: many,
        },
        Comparison {
            name: "keygen hmac / openssl rand -base64 32",
            ours: tool("keygen hmac"),
            theirs: Task::of(&["openssl rand -base64 32"]),
            place: DISK,
            line: 0.4,
            average: many,
        },
        Comparison {
            name: "certs create, P-256 / bare rcgen, the same files synced",
            ours: tool(p256),
            theirs: yardstick("bare_rcgen"),
            place: DISK,
            line: 1.5,
            average: some,
        },
        Comparison {
            name: "certs create, P-256 / bare rcgen, in memory",
            ours: tool(p256),
            theirs: yardstick("bare_rcgen"),
            place: MEMORY,
            line: 1.5,
            average: some,
        },
        // openssl syncs nothing: in memory, where that is free, work is compared with work
        Comparison {
            name: "certs create, P-256 / three openssl processes, in memory",
            ours: tool(p256),
            theirs: Task::of(&BEST_P256),
            place: MEMORY,
            line: 0.13,
            average: some,
        },
        Comparison {
            name: "certs create, P-256, synced / three openssl processes",
            ours: tool(p256),
            theirs: Task::of(&BEST_P256),
            place: DISK,
            line: 0.13,
            average: some,
        },
        Comparison {
            name: "certs create, RSA-4096 / the steps of the replaced script",
            ours: tool(&format!("{p256} --key-type rsa-4096")),
            theirs: Task::of(&REPLACED_RSA_4096),
            place: DISK,
            line: 0.4,
            average: Average::Mean { runs: 21 },
        },
    ]
}

/// The environment of a worker that has nothing wrong, its certificate and key on disk.
fn worker(tool: &str) -> io::Result<Vec<(&'static str, String)>> {
    let folder = Path::new(DISK).join("audit-env");
    let mut given = Vec::new();
    if !folder.join("client.crt").exists() {
        let mut made = Command::new(tool);
        made.args(["certs", "create", "--host", "redis", "--state"]);
        made.arg(folder.join("state")).arg(&folder).output()?;
    }
    let keys = Command::new(tool).args(["keygen", "hmac"]).output()?.stdout;
    let keys = String::from_utf8_lossy(&keys).into_owned();
    for name in ["STEM_SIGNING_KEYS", "STEM_SIGNING_ACTIVE_KEY"] {
        let mut lines = keys.lines().filter_map(|line| line.split_once('='));
        let value = lines.find(|(known, _)| *known == name);
        given.extend(value.map(|(_, value)| (name, value.to_owned())));
    }
    given.push(("STEM_BROKER_URL", "rediss://redis:6379/0".to_owned()));
    for (name, file) in [
        ("STEM_TLS_CA_CERT", "ca.crt"),
        ("STEM_TLS_CLIENT_CERT", "client.crt"),
        ("STEM_TLS_CLIENT_KEY", "client.key"),
    ] {
        given.push((name, folder.join(file).display().to_string()));
    }
    Ok(given)
}

/// With no flags but cargo's own, whatever this package is built with.
fn build_yardsticks() -> io::Result<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("yardsticks");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--manifest-path"])
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/benches/yardsticks/Cargo.toml"
        ))
        .arg("--target-dir")
        .arg(&target)
        .env("RUSTFLAGS", "")
        .status()?;
    if !built.success() {
        return Err(io::Error::other("the yardsticks were not built"));
    }
    Ok(target.join("release"))
}
