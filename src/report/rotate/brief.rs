//! What is said in one line: what is not known or does not start, the answer to a whole
//! rollout, and files that are taken for others, by folder.

use std::collections::BTreeMap;

use super::rollout::{Compared, Failing, Unknown};

impl Unknown {
    /// In a line, but for the remedy.
    #[must_use]
    pub fn text(&self) -> String {
        let place = at(self.location.as_deref());
        format!(
            "{} of `{}` ({}){place}: {}",
            self.what, self.process, self.deployment, self.why
        )
    }
}

impl Failing {
    /// In a line.
    #[must_use]
    pub fn text(&self) -> String {
        let place = at(self.location.as_deref());
        format!(
            "`{}` does not start ({}){place}: {}",
            self.process, self.deployment, self.why
        )
    }
}

fn at(location: Option<&str>) -> String {
    location.map_or_else(String::new, |location| format!(", {location}"))
}

/// The answer to all deployments; `None` where there is one, which says it itself.
pub(super) fn overall(all: &[Compared]) -> Option<String> {
    if all.len() < 2 {
        return None;
    }
    let of = |word: &str, said: &str| {
        let names = all.iter().filter(|one| one.word() == word);
        let names: Vec<String> = names.map(|one| format!("`{}`", one.name)).collect();
        (!names.is_empty()).then(|| format!("{said}: {}", names.join(", ")))
    };
    let parts = [
        of("unsafe", "unsafe"),
        of("unknown", "cannot be proven"),
        of("safe", "safe"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    Some(format!("{} deployments; {}", all.len(), parts.join("; ")))
}

/// The lines, with files of one folder that are taken for those of another in one.
pub(super) fn folded(lines: &[String]) -> Vec<String> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for pair in lines.iter().filter_map(|line| folders(line)) {
        *counts.entry(pair).or_default() += 1;
    }
    let mut folded: Vec<String> = Vec::new();
    for line in lines {
        let count = folders(line).and_then(|pair| Some((pair, *counts.get(&pair)?)));
        let line = match count {
            Some(((one, other), count)) if count > 1 => {
                format!("{count} files below `{one}` are those below `{other}`")
            }
            _ => line.clone(),
        };
        if !folded.contains(&line) {
            folded.push(line);
        }
    }
    folded
}

/// The folders from which on two paths are alike, of a line that says that one is the other.
fn folders(line: &str) -> Option<(&str, &str)> {
    let (one, other) = line
        .strip_prefix('`')?
        .strip_suffix('`')?
        .split_once("` is `")?;
    let (mut one, mut other) = (parent(one)?, parent(other)?);
    while let (Some(first), Some(second)) = (parent(one), parent(other))
        && one[first.len()..] == other[second.len()..]
    {
        (one, other) = (first, second);
    }
    Some((one, other))
}

fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('/')
        .map(|(folder, _)| folder)
        .filter(|folder| !folder.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_taken_for_others_are_one_line_by_folder() {
        let lines = [
            "`/etc/stem/worker/ca.crt` is `new/deploy/worker/ca.crt`",
            "`/etc/stem/beat/stem.env` is `new/deploy/beat/stem.env`",
            "the unit itself is not here",
            "`/srv/one.conf` is `new/deploy/two.conf`",
        ];
        let lines: Vec<String> = lines.map(str::to_owned).to_vec();
        let said = [
            "2 files below `/etc/stem` are those below `new/deploy`",
            "the unit itself is not here",
            "`/srv/one.conf` is `new/deploy/two.conf`",
        ];
        assert_eq!(folded(&lines), said);
    }
}
