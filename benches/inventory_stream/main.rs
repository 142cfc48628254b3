//! Ten thousand workloads on standard input: the CPU that reading them costs, against the two
//! seconds that a hundred megabytes may.
//!
//! `cargo bench --bench inventory_stream [-- WORD…]` runs the streams whose names contain a
//! word. A ratio above one is said, and fails nothing: time depends on the machine.

mod streams;

use std::fs;
use std::io::{self, Write};
use std::time::Duration;

use stem_sec::audit::assemble::Assembly;
use stem_sec::audit::assemble::kubernetes::assemble_stream;
use stem_sec::audit::tree::Source;

use streams::{Shape, Stream};

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
    for shape in [Shape::Documents, Shape::List, Shape::Json] {
        for relevant in [100, 1] {
            let stream = Stream { shape, relevant };
            let name = stream.name();
            if words.is_empty() || words.iter().any(|word| name.contains(word.as_str())) {
                writeln!(io::stdout(), "{}", measure(&stream)?)?;
            }
        }
    }
    Ok(())
}

fn measure(stream: &Stream) -> io::Result<String> {
    let source = Source {
        number: 0,
        path: "-".to_owned(),
        bytes: stream.text().into_bytes(),
    };
    let megabytes = source.bytes.len() as f64 / 1e6;
    let mut least = Duration::MAX;
    let mut processes = 0;
    for _ in 0..RUNS {
        let mut out = Assembly::default();
        let before = cpu()?;
        assemble_stream(&source, &mut out);
        least = least.min(cpu()? - before);
        processes = out
            .deployments
            .iter()
            .map(|found| found.processes.len())
            .sum();
        if !out.gaps.is_empty() {
            return Err(io::Error::other("the stream was not read"));
        }
    }
    let seconds = least.as_secs_f64();
    let ratio = seconds / megabytes * 100.0 / LINE.as_secs_f64();
    Ok(format!(
        "{:<34} {megabytes:>5.0} MB  {processes:>6} processes  {seconds:>5.2} s  {:>6.0} MB/s  {ratio:.2} of 2 s per 100 MB",
        stream.name(),
        megabytes / seconds
    ))
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
