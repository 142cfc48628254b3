//! Ten thousand workloads on standard input: the CPU that the whole process takes, against the
//! two seconds that a hundred megabytes may, and what of it is reading.
//!
//! `cargo bench --bench inventory_stream [-- WORD…]` runs the streams whose names contain a
//! word. A ratio above one is said, and fails nothing: time depends on the machine.

#[path = "../processes/shipped.rs"]
mod shipped;
mod streams;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::resource::{Usage, UsageWho, getrusage};
use stem_sec::audit::assemble::Assembly;
use stem_sec::audit::assemble::kubernetes::assemble_stream;
use stem_sec::audit::tree::Source;

use streams::{Shape, Stream};

const DISK: &str = env!("CARGO_TARGET_TMPDIR");
/// What a hundred megabytes may cost.
const LINE: Duration = Duration::from_secs(2);
const RUNS: usize = 3;

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
    for shape in [Shape::Documents, Shape::List, Shape::Json] {
        for relevant in [100, 1] {
            let stream = Stream { shape, relevant };
            let name = stream.name();
            if words.is_empty() || words.iter().any(|word| name.contains(word.as_str())) {
                writeln!(io::stdout(), "{}", measure(&tool, &stream)?)?;
            }
        }
    }
    Ok(())
}

fn measure(tool: &str, stream: &Stream) -> io::Result<String> {
    let source = Source {
        number: 0,
        path: "-".to_owned(),
        bytes: stream.text().into_bytes(),
    };
    let megabytes = source.bytes.len() as f64 / 1e6;
    let (mut reading, mut whole) = (Duration::MAX, Duration::MAX);
    let mut processes = 0;
    let file = Path::new(DISK).join("stream");
    fs::write(&file, &source.bytes)?;
    for _ in 0..RUNS {
        let mut out = Assembly::default();
        let before = cpu()?;
        assemble_stream(&source, &mut out);
        reading = reading.min(cpu()? - before);
        processes = out
            .deployments
            .iter()
            .map(|found| found.processes.len())
            .sum();
        if !out.gaps.is_empty() {
            return Err(io::Error::other("the stream was not read"));
        }
        whole = whole.min(process(tool, &file)?);
    }
    let (reading, whole) = (reading.as_secs_f64(), whole.as_secs_f64());
    let ratio = whole / megabytes * 100.0 / LINE.as_secs_f64();
    Ok(format!(
        "{:<34} {megabytes:>5.0} MB  {processes:>6} processes  read in {reading:.2} s  {whole:.2} s in all  {ratio:.2} of 2 s per 100 MB",
        stream.name(),
    ))
}

/// The CPU time of an inventory of that stream, from its start to its end.
fn process(tool: &str, stream: &Path) -> io::Result<Duration> {
    let before = children()?;
    let status = Command::new(tool)
        .args(["inventory", "-"])
        .stdin(File::open(stream)?)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if !status.success() {
        return Err(io::Error::other("the inventory failed"));
    }
    Ok(children()? - before)
}

fn children() -> io::Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let of = |time: nix::sys::time::TimeVal| {
        Duration::from_micros((time.tv_sec() * 1_000_000 + time.tv_usec()).unsigned_abs())
    };
    Ok(of(Usage::user_time(&usage)) + of(usage.system_time()))
}

/// The CPU time of this thread.
fn cpu() -> io::Result<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = text
        .split_whitespace()
        .next()
        .and_then(|word| word.parse().ok());
    let nanoseconds = nanoseconds.ok_or_else(|| io::Error::other("no scheduler statistics"))?;
    Ok(Duration::from_nanos(nanoseconds))
}
