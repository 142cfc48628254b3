//! Waiting until files and folders are on the disk itself.

use std::fs::File;
use std::io;
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use rustix::fs::{Advice, fadvise};

/// A first file that took longer than this says that the others are better waited for at once.
const SLOW: Duration = Duration::from_millis(1);
/// Threads at most; more files share them.
const MOST: usize = 8;

/// Waits for all of them.
pub(super) fn sync_together(files: &[&File]) -> io::Result<()> {
    let [first, rest @ ..] = files else {
        return Ok(());
    };
    for file in rest {
        // no more than advice: it begins to write what it might then forget. The file system
        // then needs one commit of its own journal, not one for each.
        let _ = fadvise(file, 0, None, Advice::DontNeed);
    }
    let begun = Instant::now();
    first.sync_all()?;
    if begun.elapsed() < SLOW {
        in_turn(rest)
    } else {
        at_once(rest)
    }
}

fn in_turn(files: &[&File]) -> io::Result<()> {
    files.iter().try_for_each(|file| file.sync_all())
}

/// A busy disk makes each file wait as long as all of them, unless they wait together.
fn at_once(files: &[&File]) -> io::Result<()> {
    let share = files.len().div_ceil(MOST).max(1);
    thread::scope(|scope| {
        let waiting: Vec<_> = files
            .chunks(share)
            .map(|chunk| {
                Builder::new()
                    .spawn_scoped(scope, move || in_turn(chunk))
                    // where no more threads are to be had
                    .map_err(|_| in_turn(chunk))
            })
            .collect();
        let died = |_| Err(io::Error::other("a thread died"));
        waiting
            .into_iter()
            .map(|thread| {
                thread.map_or_else(|here| here, |there| there.join().unwrap_or_else(died))
            })
            .fold(Ok(()), io::Result::and)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_that_cannot_be_synced_fails_all_wherever_it_stands() {
        let good: Vec<File> = (0..20).map(|_| tempfile::tempfile().unwrap()).collect();
        // a pipe knows no fsync
        let (_reader, writer) = io::pipe().unwrap();
        let bad = File::from(std::os::fd::OwnedFd::from(writer));
        for sync in [sync_together, in_turn, at_once] {
            for number in [1, 2, 9, 20] {
                let mut files: Vec<&File> = good.iter().take(number).collect();
                assert!(sync(&files).is_ok());
                for place in 0..number {
                    files[place] = &bad;
                    assert!(sync(&files).is_err(), "{place} of {number}");
                    files[place] = &good[place];
                }
            }
        }
    }
}
