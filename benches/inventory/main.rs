//! What an inventory of a tree costs, against ripgrep over the same tree, and how much memory
//! it takes.
//!
//! `cargo bench --bench inventory [-- WORD…]` runs the comparisons that contain a word. The
//! trees are made from a seed when they are not there yet. `rg` has to be installed. A ratio
//! above its line is said, and fails nothing: time depends on the machine.

mod forest;
#[path = "../processes/pairs.rs"]
#[allow(dead_code, reason = "the other benchmark uses the rest of it")]
mod pairs;
#[path = "../processes/shipped.rs"]
mod shipped;

use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use forest::Size;
use nix::sys::resource::{UsageWho, getrusage};
use pairs::{Average, Comparison, Task};
use stem_sec::audit::tree::{Options, Tree};

const DISK: &str = env!("CARGO_TARGET_TMPDIR");
/// In megabytes.
const MEMORY_LINE: f64 = 32.0;

const LARGE: Size = Size {
    files: 100_000,
    bytes: 600_000_000,
};
const SMALL: Size = Size {
    files: 100,
    bytes: 600_000,
};

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--walk", tree] => return walk_alone(Path::new(tree), false),
        ["--walk", tree, "by-name"] => return walk_alone(Path::new(tree), true),
        ["--memory", tool, tree] => return memory(tool, Path::new(tree)),
        _ => {}
    }
    // `cargo test --benches` comes without it
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let words: Vec<&String> = arguments
        .iter()
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(*word));
    let tool = shipped::build()?;
    let large = forest::planted(Path::new(DISK), LARGE)?;
    let small = forest::planted(Path::new(DISK), SMALL)?;
    if wanted("memory") {
        // a child's most includes what its parent has when it starts
        let this = Command::new(std::env::current_exe()?)
            .args(["--memory", &tool])
            .arg(&large)
            .status()?;
        if !this.success() {
            return Err(io::Error::other("the inventory failed"));
        }
    }
    for comparison in comparisons(&tool, &large, &small)? {
        if wanted(comparison.name) {
            writeln!(io::stdout(), "{}", comparison.run()?)?;
        }
    }
    Ok(())
}

fn comparisons(shipped: &str, large: &Path, small: &Path) -> io::Result<Vec<Comparison>> {
    let this = std::env::current_exe()?;
    let of = |program: &str, arguments: &str, tree: &Path| {
        Task::of(&[&format!("{program} {arguments} {}", tree.display())])
    };
    let tool = |arguments: &str, tree| of(shipped, &format!("inventory {arguments}"), tree);
    let alone = |tree: &Path, more: &str| {
        Task::of(&[format!("{} --walk {}{more}", this.display(), tree.display()).as_str()])
    };
    let ripgrep = |tree: &Path| of("rg", "--hidden -c STEM_", tree);
    let comparison = |name, ours, tree: &Path, line, runs| Comparison {
        name,
        ours,
        theirs: ripgrep(tree),
        place: DISK,
        line,
        average: Average::Median { runs },
    };
    let deployment = tool("--deployment-files", large);
    Ok(vec![
        comparison(
            "inventory of 100,000 files / rg",
            tool("--", large),
            large,
            1.2,
            15,
        ),
        comparison(
            "inventory --deployment-files / rg",
            deployment,
            large,
            0.5,
            15,
        ),
        comparison(
            "inventory of 100 files / rg",
            tool("--", small),
            small,
            0.6,
            301,
        ),
        comparison(
            "walk alone, 100,000 files / rg",
            alone(large, ""),
            large,
            1.0,
            15,
        ),
        comparison(
            "walk alone, by name / rg",
            alone(large, " by-name"),
            large,
            0.35,
            15,
        ),
    ])
}

/// Walks and reads what was found, as a process of its own.
fn walk_alone(tree: &Path, by_name: bool) -> io::Result<()> {
    let options = Options {
        deployment_files: by_name,
    };
    let tree = Tree::walk(&[tree.to_owned()], &options).map_err(io::Error::other)?;
    let read = tree
        .found()
        .iter()
        .filter(|found| tree.read(&found.path).is_ok());
    writeln!(io::stdout(), "{}", read.count())
}

/// In a process that has no other child.
fn memory(tool: &str, tree: &Path) -> io::Result<()> {
    let status = Command::new(tool)
        .arg("inventory")
        .arg(tree)
        .stdout(Stdio::null())
        .status()?;
    if !status.success() {
        return Err(io::Error::other("the inventory failed"));
    }
    let megabytes = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss() as f64 / 1024.0;
    let verdict = if megabytes <= MEMORY_LINE {
        "met"
    } else {
        "MISSED"
    };
    let name = "memory at most, inventory of 100,000 files";
    writeln!(
        io::stdout(),
        "{name:<60} {megabytes:>9.1} MB, line {MEMORY_LINE} {verdict}"
    )
}
