//! The walk over the named folders: every folder listed once, every file read at most once,
//! into buffers that are used again. One thread while there is little to do, then one a core.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use rustix::fs::FileType;

use super::files::Files;
use super::links::{self, Meaning};
use super::list::{Entries, Lister};
use super::look::{Eye, Folder, Seen};
use super::way::Way;
use super::{Found, Options, Skipped, Unread, names};

/// As many files are looked at before other threads are worth their start.
const ALONE: usize = 400;
/// As many files of one folder are one piece of work.
const PIECE: usize = 256;
/// More threads than that wait for the same file system.
const MOST_THREADS: usize = 8;
/// What came out of it, in no order.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) found: Vec<Found>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) stores: Vec<String>,
}

/// A piece of work.
enum Work {
    /// List the folder, and look at what is in it.
    List(Next),
    /// Look at some of the files of a listed folder.
    Look(Arc<Folder>, Vec<Vec<u8>>),
}

/// A folder that is to be listed.
struct Next {
    root: usize,
    way: Way,
    in_chart: bool,
}

/// What is left to do.
#[derive(Default)]
struct Queue {
    work: Vec<Work>,
    /// Threads that may still add to it.
    busy: usize,
    /// Threads that wait for it: to wake nobody costs as much as to wake someone.
    waiting: usize,
}

struct Walk<'a> {
    files: &'a Files,
    options: Options,
    queue: Mutex<Queue>,
    more: Condvar,
}

/// Walks these roots.
pub(super) fn walk(files: &Files, roots: &[usize], options: Options) -> Walked {
    let work = roots.iter().rev().map(|root| {
        Work::List(Next {
            root: *root,
            way: Way::default(),
            in_chart: false,
        })
    });
    let walk = Walk {
        files,
        options,
        queue: Mutex::new(Queue {
            work: work.collect(),
            ..Queue::default()
        }),
        more: Condvar::new(),
    };
    let mut first = Worker::new(&walk);
    first.work(ALONE);
    if !walk.queue().work.is_empty() {
        walk.share(&mut first);
    }
    first.walked
}

impl Walk<'_> {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn share(&self, first: &mut Worker<'_>) {
        let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
        let others = cores.min(MOST_THREADS) - 1;
        thread::scope(|scope| {
            let started: Vec<_> = (0..others)
                .filter_map(|_| {
                    let run = || {
                        let mut worker = Worker::new(self);
                        worker.work(usize::MAX);
                        worker.walked
                    };
                    // without threads it goes on alone
                    thread::Builder::new().spawn_scoped(scope, run).ok()
                })
                .collect();
            first.work(usize::MAX);
            for walked in started.into_iter().filter_map(|thread| thread.join().ok()) {
                first.walked.add(walked);
            }
        });
    }

    fn push(&self, work: impl IntoIterator<Item = Work>) {
        let mut queue = self.queue();
        let before = queue.work.len();
        queue.work.extend(work);
        let is_awaited = queue.work.len() > before && queue.waiting > 0;
        drop(queue);
        if is_awaited {
            self.more.notify_all();
        }
    }

    /// The next piece; waits while others may add some.
    fn next(&self, was_busy: bool) -> Option<Work> {
        let mut queue = self.queue();
        queue.busy -= usize::from(was_busy);
        loop {
            if let Some(work) = queue.work.pop() {
                queue.busy += 1;
                return Some(work);
            }
            if queue.busy == 0 {
                drop(queue);
                self.more.notify_all();
                return None;
            }
            queue.waiting += 1;
            queue = self
                .more
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
            queue.waiting -= 1;
        }
    }
}

impl Walked {
    fn add(&mut self, other: Walked) {
        self.found.extend(other.found);
        self.skipped.extend(other.skipped);
        self.stores.extend(other.stores);
    }
}

struct Worker<'a> {
    walk: &'a Walk<'a>,
    eye: Eye,
    lister: Lister,
    walked: Walked,
    files: usize,
}

impl<'a> Worker<'a> {
    fn new(walk: &'a Walk<'a>) -> Worker<'a> {
        Worker {
            walk,
            eye: Eye::new(walk.options),
            lister: Lister::new(),
            walked: Walked::default(),
            files: 0,
        }
    }

    /// Works until nothing is left, or that many files were looked at.
    fn work(&mut self, files: usize) {
        let mut was_busy = false;
        while let Some(work) = self.walk.next(was_busy) {
            was_busy = true;
            match work {
                Work::List(next) => self.list(&next),
                Work::Look(folder, names) => self.look(&folder, &names),
            }
            if self.files >= files {
                self.walk.queue().busy -= 1;
                return;
            }
        }
    }

    fn list(&mut self, next: &Next) {
        let root = &self.walk.files.roots[next.root];
        let shown = || {
            let mut below = String::new();
            names::push_shown(&mut below, &next.way.below);
            names::join(&root.shown, &below)
        };
        let listed = next.way.open(&root.folder).and_then(|fd| {
            let entries = self.lister.list(&fd, usize::MAX)?;
            Ok((fd, entries))
        });
        let (fd, entries) = match listed {
            Ok(listed) => listed,
            Err(Unread::Missing | Unread::NotAFile) => return,
            Err(why) => {
                let path = shown();
                self.walked.skipped.push(Skipped { path, why });
                return;
            }
        };
        let has_chart = entries.iter().any(|(name, _)| name == b"Chart.yaml");
        let folder = Folder {
            shown: shown(),
            in_chart: next.in_chart || has_chart,
            fd,
        };
        let files = self.sort(next, &folder, entries);
        self.look_at_all(folder, files);
    }

    /// Puts folders into the queue, and gives back the files.
    fn sort(&mut self, next: &Next, folder: &Folder, entries: Entries) -> Vec<Vec<u8>> {
        let mut files = Vec::new();
        let mut folders = Vec::new();
        for (name, is) in entries {
            match is {
                FileType::RegularFile => files.push(name),
                FileType::Directory => match name.as_slice() {
                    b".git" => {}
                    b".stem-sec" => self.walked.stores.push(folder.path_of(&name)),
                    _ => folders.push(Work::List(Next {
                        root: next.root,
                        way: next.way.to(&name, &folder.fd),
                        in_chart: folder.in_chart,
                    })),
                },
                FileType::Symlink => self.follow(folder, &name),
                _ => {}
            }
        }
        self.walk.push(folders);
        files
    }

    /// A link counts where its own name says more than what it leads to, and where it leads
    /// out: all else that is inside is found by itself.
    fn follow(&mut self, folder: &Folder, name: &[u8]) {
        let Ok(target) = rustix::fs::readlinkat(&folder.fd, name, Vec::new()) else {
            return;
        };
        let path = folder.path_of(name);
        let target = names::shown(OsStr::from_bytes(target.as_bytes()));
        let meaning = std::str::from_utf8(name).map_or(Meaning::Nothing, |name| {
            links::meaning(&folder.shown, name, &target)
        });
        let is_far = target.starts_with('/') || target.starts_with("..");
        let kind = match meaning {
            Meaning::Alone(kind) => Some(kind),
            Meaning::Nothing if !is_far => return,
            Meaning::File(_) | Meaning::Nothing => match self.walk.files.is_file(&path) {
                Ok(is_file) => match meaning {
                    Meaning::File(kind) if is_file => Some(kind),
                    _ => None,
                },
                Err(Unread::Outside) => {
                    let why = Unread::Outside;
                    return self.walked.skipped.push(Skipped { path, why });
                }
                Err(_) => None,
            },
        };
        self.walked
            .found
            .extend(kind.map(|kind| Found { path, kind }));
    }

    /// Many files are shared with the other threads.
    fn look_at_all(&mut self, folder: Folder, mut files: Vec<Vec<u8>>) {
        if files.len() <= PIECE {
            return self.look(&folder, &files);
        }
        let folder = Arc::new(folder);
        let own = files.split_off(files.len() - PIECE);
        let mut pieces = Vec::new();
        while !files.is_empty() {
            let piece = files.split_off(files.len().saturating_sub(PIECE));
            pieces.push(Work::Look(Arc::clone(&folder), piece));
        }
        self.walk.push(pieces);
        self.look(&folder, &own);
    }

    fn look(&mut self, folder: &Folder, names: &[Vec<u8>]) {
        self.files += names.len();
        for name in names {
            match self.eye.look(folder, name) {
                Seen::Nothing => {}
                Seen::Kind(kind) => self.walked.found.push(Found {
                    path: folder.path_of(name),
                    kind,
                }),
                Seen::Skipped(why) => self.walked.skipped.push(Skipped {
                    path: folder.path_of(name),
                    why,
                }),
            }
        }
    }
}

#[cfg(test)]
mod tests;
