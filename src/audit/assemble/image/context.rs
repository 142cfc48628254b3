//! The folder whose files a build may copy, without those that `.dockerignore` keeps out.

use super::Build;
use crate::audit::tree::{Found, Tree};
use crate::formats::glob;

/// The most files that are copied at once.
pub(super) const MAX_FILES: usize = 10_000;

/// The files of a build's context that can matter.
#[derive(Debug)]
pub(super) struct Context<'t> {
    pub(super) tree: &'t Tree,
    /// Each with its way from the context and its path.
    files: Vec<(String, String)>,
}

impl<'t> Context<'t> {
    pub(super) fn new(tree: &'t Tree, found: &[Found], build: &Build<'_>) -> Context<'t> {
        let own = format!("{}.dockerignore", build.dockerfile);
        let ignore = tree
            .read(&own)
            .or_else(|_| tree.read(&join(build.context, ".dockerignore")));
        let rules = match ignore {
            Ok(source) => rules(&String::from_utf8_lossy(&source.bytes)),
            Err(_) => Vec::new(),
        };
        let prefix = match build.context {
            "" | "." => String::new(),
            context => format!("{}/", context.trim_end_matches('/')),
        };
        let way = |found: &Found| {
            let way = found.path.strip_prefix(&prefix)?;
            let is_inside = prefix.is_empty() && !way.starts_with(['/']) || !prefix.is_empty();
            (is_inside && !is_ignored(&rules, way)).then(|| (way.to_owned(), found.path.clone()))
        };
        Context {
            tree,
            files: found.iter().filter_map(way).collect(),
        }
    }

    /// The files that a source of `COPY` means.
    pub(super) fn copied(&self, source: &str) -> Vec<Copied<'_>> {
        let files = self.files.iter();
        let copied = files.filter_map(|(way, path)| Some((below(way, source)?, path.as_str())));
        copied.take(MAX_FILES).collect()
    }
}

/// What comes after the folder that was named, empty for a file that was named itself; and the
/// file.
pub(super) type Copied<'c> = (&'c str, &'c str);

/// What a path has below a source of `COPY`, which may be a pattern; `None` where it is not of it.
pub(super) fn below<'p>(path: &'p str, source: &str) -> Option<&'p str> {
    let parts = source.split('/').filter(|part| !matches!(*part, "" | "."));
    let mut rest = Some(path);
    for pattern in parts {
        let here = rest?;
        let (part, after) = match here.split_once('/') {
            Some((part, after)) => (part, Some(after)),
            None => (here, None),
        };
        let is_same = match glob::is_pattern(pattern) {
            true => glob::matches_any_part(pattern, part),
            false => pattern == part,
        };
        if !is_same {
            return None;
        }
        rest = after;
    }
    Some(rest.unwrap_or_default())
}

/// The patterns of `.dockerignore`, and whether each takes out or back in.
fn rules(text: &str) -> Vec<(String, bool)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let rule = |line: &str| {
        let (line, is_out) = match line.strip_prefix('!') {
            Some(line) => (line.trim(), false),
            None => (line, true),
        };
        let parts = line.split('/').filter(|part| !matches!(*part, "" | "."));
        (parts.collect::<Vec<_>>().join("/"), is_out)
    };
    lines
        .map(rule)
        .filter(|(rule, _)| !rule.is_empty())
        .collect()
}

fn is_ignored(rules: &[(String, bool)], way: &str) -> bool {
    let last = rules
        .iter()
        .rev()
        .find(|(rule, _)| glob::ignores(rule, way));
    last.is_some_and(|(_, is_out)| *is_out)
}

/// A path below a folder.
pub(super) fn join(folder: &str, below: &str) -> String {
    match (folder, below) {
        ("" | ".", below) => below.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, below) => format!("{}/{below}", folder.trim_end_matches('/')),
    }
}
