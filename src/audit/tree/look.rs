//! One look at one file: what it is, by its name or by its bytes, read block by block.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::fs::Mode;
use rustix::io::Errno;

use super::classify::{ByName, by_content, by_name};
use super::files::{self, MAX_FILE};
use super::marks::{Marks, OVERLAP};
use super::{FileKind, Options, Unread, names};

/// What is read at once. Most files are smaller.
const BLOCK: usize = 128 << 10;
/// A byte 0 in that many makes a file one that is no text.
const HEAD: usize = 8 << 10;

/// A listed folder.
pub(super) struct Folder {
    /// As users know it.
    pub(super) shown: String,
    /// Whether it belongs to a Helm chart.
    pub(super) in_chart: bool,
    pub(super) fd: Arc<OwnedFd>,
}

impl Folder {
    pub(super) fn path_of(&self, name: &[u8]) -> String {
        let mut shown = String::with_capacity(name.len());
        names::push_shown(&mut shown, name);
        names::join(&self.shown, &shown)
    }
}

/// What a look at a file tells.
pub(super) enum Seen {
    /// It cannot matter.
    Nothing,
    /// It can.
    Kind(FileKind),
    /// It could not be read, and might matter.
    Skipped(Unread),
}

/// A thread's buffer and what it was told to look for.
pub(super) struct Eye {
    options: Options,
    buffer: Vec<u8>,
}

impl Eye {
    pub(super) fn new(options: Options) -> Eye {
        Eye {
            options,
            buffer: vec![0; BLOCK + OVERLAP],
        }
    }

    pub(super) fn look(&mut self, folder: &Folder, name: &[u8]) -> Seen {
        let shown;
        let text = match std::str::from_utf8(name) {
            Ok(text) => text,
            Err(_) => {
                let mut text = String::new();
                names::push_shown(&mut text, name);
                shown = text;
                &shown
            }
        };
        match by_name(&folder.shown, text, folder.in_chart) {
            // whoever reads it says what is wrong with it
            ByName::Is(kind) if kind != FileKind::Unit => return Seen::Kind(kind),
            ByName::Nothing if self.options.deployment_files => return Seen::Nothing,
            ByName::Ask if self.options.deployment_files && is_far_json(&folder.shown, text) => {
                return Seen::Nothing;
            }
            _ => {}
        }
        match self.read(folder, name, text) {
            Ok(seen) => seen,
            // it is gone, or something else took its place
            Err(Errno::NOENT | Errno::LOOP | Errno::ISDIR | Errno::NXIO) => Seen::Nothing,
            // a pipe that took its place
            Err(Errno::AGAIN) => Seen::Nothing,
            Err(error) => Seen::Skipped(files::unread(error)),
        }
    }

    fn read(&mut self, folder: &Folder, name: &[u8], text: &str) -> Result<Seen, Errno> {
        let fd = rustix::fs::openat(&folder.fd, name, files::FILE, Mode::empty())?;
        let mut filled = 0;
        let ended = loop {
            let read = rustix::io::read(&fd, &mut self.buffer[filled..])?;
            filled += read;
            // a file that is not read to the end of the buffer has ended
            if read == 0 || filled < self.buffer.len() {
                break true;
            }
            if filled == self.buffer.len() {
                break false;
            }
        };
        let bytes = &self.buffer[..filled];
        let mut marks = Marks::default();
        let is_text = memchr::memchr(0, &bytes[..filled.min(HEAD)]).is_none();
        if is_text {
            marks.add(bytes);
        } else {
            marks.add_pem(bytes);
        }
        let place = (folder.shown.as_str(), text);
        let kind = by_content(place, folder.in_chart, bytes, marks);
        // no reader of ours takes what is no text, but for keys, which are short
        if ended || !is_text {
            return Ok(kind.map_or(Seen::Nothing, Seen::Kind));
        }
        let length = self.read_on(&fd, &mut marks)?;
        let kind = kind.or_else(|| by_content(place, folder.in_chart, &[], marks));
        Ok(match kind {
            Some(_) if length > MAX_FILE => Seen::Skipped(Unread::TooLarge(MAX_FILE)),
            Some(kind) => Seen::Kind(kind),
            None => Seen::Nothing,
        })
    }

    /// Looks at the blocks after the first; how long the file is.
    fn read_on(&mut self, fd: &OwnedFd, marks: &mut Marks) -> Result<u64, Errno> {
        let mut length = self.buffer.len() as u64;
        loop {
            // once nothing more can be seen, the system tells its length
            if marks.all() {
                let size = rustix::fs::fstat(fd)?.st_size;
                return Ok(length.max(u64::try_from(size).unwrap_or(0)));
            }
            // what begins at the end of a block ends in the next
            let kept = self.buffer.len() - OVERLAP;
            self.buffer.copy_within(kept.., 0);
            let read = rustix::io::read(fd, &mut self.buffer[OVERLAP..])?;
            if read == 0 {
                return Ok(length);
            }
            length += read as u64;
            marks.add(&self.buffer[..OVERLAP + read]);
            // keeps the end of the file where the next block's overlap is taken from
            if OVERLAP + read < self.buffer.len() {
                self.buffer.copy_within(read..OVERLAP + read, kept);
            }
        }
    }
}

/// JSON lies around in great numbers: only where its folder or name speaks of deployment is
/// it a file of one by name.
fn is_far_json(folder: &str, name: &str) -> bool {
    const WORDS: [&str; 10] = [
        "k8s", "kube", "manifest", "deploy", "overlay", "secret", "config", "compose", "stack",
        "pod",
    ];
    name.ends_with(".json")
        && (folder.contains("node_modules")
            || !WORDS
                .iter()
                .any(|word| folder.contains(word) || name.contains(word)))
}
