//! Waiting until files and folders are on the disk itself.

use std::fs::File;
use std::io;
use std::thread::{self, Builder};

/// Threads at most; more files share them.
const MOST: usize = 8;

/// Waits for all of them at once: the file system then needs one commit of its own journal,
/// not one each.
pub(super) fn sync_together(files: &[&File]) -> io::Result<()> {
    let [first, rest @ ..] = files else {
        return Ok(());
    };
    if rest.is_empty() {
        return first.sync_all();
    }
    thread::scope(|scope| {
        let waiting: Vec<_> = rest
            .chunks(rest.len().div_ceil(MOST))
            .map(|chunk| {
                Builder::new()
                    .spawn_scoped(scope, move || in_turn(chunk))
                    // where no more threads are to be had
                    .map_err(|_| in_turn(chunk))
            })
            .collect();
        let mut done = first.sync_all();
        for thread in waiting {
            let other = thread.map_or_else(
                |here| here,
                |there| {
                    there
                        .join()
                        .unwrap_or_else(|_| Err(io::Error::other("a thread died")))
                },
            );
            done = done.and(other);
        }
        done
    })
}

fn in_turn(files: &[&File]) -> io::Result<()> {
    files.iter().try_for_each(|file| file.sync_all())
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
        for number in [1, 2, 9, 20] {
            let mut files: Vec<&File> = good.iter().take(number).collect();
            assert!(sync_together(&files).is_ok());
            for place in 0..number {
                files[place] = &bad;
                assert!(sync_together(&files).is_err(), "{place} of {number}");
                files[place] = &good[place];
            }
        }
    }
}
