//! Work on many things at a time, in one thread a core.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// From how many files on it is worth the time that threads cost.
const MANY: usize = 200;

/// Does the same with each of some things: in one thread a core where there are many files
/// behind them. What comes of it is in the order of the things.
pub(crate) fn each<'t, T: Sync, R: Send>(
    things: &'t [T],
    files: usize,
    work: impl Fn(&'t T) -> R + Sync,
) -> Vec<R> {
    if files < MANY {
        return things.iter().map(work).collect();
    }
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let some = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(thing) = things.get(at) else {
                return done;
            };
            done.push((at, work(thing)));
        }
    };
    // this thread works, too: each further one has memory of its own that it does not give back
    let mut done = thread::scope(|scope| {
        let others = 1..cores.min(things.len());
        // where the system has no more threads, it goes on alone
        let others: Vec<_> = others
            .filter_map(|_| thread::Builder::new().spawn_scoped(scope, some).ok())
            .collect();
        let mut done = some();
        for other in others {
            let other = other.join();
            done.extend(other.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}
