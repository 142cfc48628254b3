//! The inventory as `stem-sec inventory` prints it. Pure: what was found in, text out; no
//! value of a secret can get here.

mod human;
mod json;
mod markdown;

use std::io;

use crate::audit::holding::{Holding, Shown};
use crate::audit::inventory::{Entry, Inventory, Listed};
use crate::audit::process::{Assigned, GapKind, How, Process, RolesFrom, Said};
use crate::audit::threads;
use crate::formats::place::Place;
use crate::model::role::Role;

/// How an inventory is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a terminal.
    Human,
    /// One object, `"schema": "stem-sec/inventory/v1"`.
    Json,
    /// Tables for a document.
    Markdown,
}

/// Which part of it is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Only processes with this role.
    pub role: Option<Role>,
    /// Only processes whose role nothing says.
    pub unknown: bool,
}

impl Filter {
    /// Whether it lets a process through.
    #[must_use]
    pub fn admits(self, assigned: &Assigned) -> bool {
        let has_role = self.role.is_none_or(|role| assigned.roles.contains(&role));
        has_role && !(self.unknown && assigned.from != RolesFrom::Unknown)
    }

    /// Whether it lets everything through.
    #[must_use]
    pub fn is_open(self) -> bool {
        self.role.is_none() && !self.unknown
    }
}

/// Takes a part of the text.
pub type Take<'t> = &'t mut dyn FnMut(&str) -> io::Result<()>;

/// Writes it down, part by part: a large one is never held whole. `path` knows the names of the
/// files.
///
/// # Errors
/// Those of `take`, after which nothing more is given to it.
pub fn write(
    inventory: &Inventory,
    filter: Filter,
    format: Format,
    path: &(dyn Fn(u32) -> String + Sync),
    take: Take<'_>,
) -> io::Result<()> {
    let view = View {
        inventory,
        filter,
        path,
    };
    match format {
        Format::Human => human::write(&view, take),
        Format::Json => take(&json::text(&view)),
        Format::Markdown => markdown::write(&view, take),
    }
}

/// As many deployments are written down side by side.
const AT_ONCE: usize = 128;

/// What is to be written down.
struct View<'v> {
    inventory: &'v Inventory,
    filter: Filter,
    path: &'v (dyn Fn(u32) -> String + Sync),
}

impl<'v> View<'v> {
    /// The processes of a deployment that the filter admits.
    fn admitted(&self, listed: &'v Listed) -> Vec<(&'v Process, &'v Entry)> {
        let shown = listed.shown();
        let admitted = shown.filter(|(_, entry)| self.filter.admits(&entry.assigned));
        admitted.collect()
    }

    /// The deployments one by one, a blank line between them: what `text` makes of each that has
    /// processes which the filter admits. Whether there was any.
    fn each(
        &self,
        text: impl Fn(&'v Listed, &[(&'v Process, &'v Entry)]) -> String + Sync,
        take: Take<'_>,
    ) -> io::Result<bool> {
        let all = &self.inventory.deployments;
        let mut any = false;
        for some in all.chunks(AT_ONCE) {
            let texts = threads::each(some, all.len(), |listed| {
                let processes = self.admitted(listed);
                (!processes.is_empty()).then(|| text(listed, &processes))
            });
            let mut together = String::new();
            for text in texts.iter().flatten() {
                if any {
                    together.push('\n');
                }
                any = true;
                together.push_str(text);
            }
            take(&together)?;
        }
        Ok(any)
    }

    /// `PATH:LINE`.
    fn place(&self, place: Place) -> String {
        format!("{}:{}", (self.path)(place.source), place.line)
    }

    /// What brought a value to its process, without the place of the value itself and what lost
    /// against it.
    fn ways<'h>(&self, holding: &'h Holding) -> impl Iterator<Item = &'h Said> {
        let at = (holding.place.source, holding.place.line);
        let mut last = None;
        let won = |said: &&Said| said.how != How::Overridden;
        holding.said.iter().filter(won).filter(move |said| {
            let here = (said.place.source, said.place.line);
            let again = last == Some(here);
            last = Some(here);
            here != at && !again
        })
    }
}

/// What may be shown of a value, on one line.
fn shown(value: &Shown) -> String {
    match value {
        Shown::Keys(keys) => {
            let keys: Vec<String> = keys
                .iter()
                .map(|key| match (&key.fingerprint, key.well_formed) {
                    (_, false) => "(malformed)".to_owned(),
                    (Some(fingerprint), true) => format!("{}={fingerprint}", key.id),
                    (None, true) => format!("{}=(weak)", key.id),
                })
                .collect();
            keys.join(",")
        }
        Shown::Marks(marks) => marks.join(","),
        Shown::Weak => "(weak)".to_owned(),
        Shown::Text(text) => text.clone(),
        Shown::Unknown(why) => format!("unknown: {why}"),
        Shown::Malformed => "(malformed)".to_owned(),
    }
}

fn roles(assigned: &Assigned) -> String {
    if assigned.roles.is_empty() {
        return "?".to_owned();
    }
    let names: Vec<&str> = assigned.roles.iter().map(|role| role.name()).collect();
    names.join(", ")
}

impl RolesFrom {
    /// The word for it in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            RolesFrom::Manifest => "manifest",
            RolesFrom::Assign => "assign",
            RolesFrom::Label => "label",
            RolesFrom::Command => "command",
            RolesFrom::Image => "image",
            RolesFrom::Name => "name",
            RolesFrom::Unknown => "unknown",
        }
    }
}

impl How {
    /// The word for it in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            How::Environment => "environment",
            How::EnvFile => "env-file",
            How::EnvFileLine => "env-file-line",
            How::Interpolation => "interpolation",
            How::EnvFrom => "env-from",
            How::ValueFrom => "value-from",
            How::Entry => "entry",
            How::Mount => "mount",
            How::Secret => "secret",
            How::Config => "config",
            How::BuildArgument => "build-argument",
            How::Copy => "copy",
            How::PassedOn => "passed-on",
            How::Overridden => "overridden",
            How::Removed => "removed",
            How::Argument => "argument",
            How::Setting => "setting",
            How::Manifest => "manifest",
        }
    }
}

impl GapKind {
    /// The word for it in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            GapKind::Missing => "missing",
            GapKind::OptionalMissing => "optional-missing",
            GapKind::Outside => "outside",
            GapKind::NotFollowed => "not-followed",
            GapKind::Unreadable => "unreadable",
            GapKind::Skipped => "skipped",
            GapKind::Note => "note",
        }
    }
}
