//! Paths as Compose takes them: as text, counted from the project's folder.

/// `path` from `folder`, without `.` and `..`: as text, whatever links there are. Where neither
/// is absolute, the outcome is not; `..` may then lead out of where it counts from.
#[must_use]
pub fn absolute(folder: &str, path: &str) -> String {
    let whole = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{folder}/{path}")
    };
    let is_rooted = whole.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if is_rooted => {}
            part => parts.push(part),
        }
    }
    match (is_rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

/// The folder that a file is in.
#[must_use]
pub fn folder_of(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) => "/",
        Some(at) => &path[..at],
        None => ".",
    }
}

/// The way from one absolute folder to another path, as compose files write it.
#[must_use]
pub fn relative(folder: &str, path: &str) -> String {
    let parts = |text: &str| -> Vec<String> {
        let parts = text.split('/').filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    };
    let (from, to) = (parts(folder), parts(path));
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from.len() - common;
    let mut way: Vec<String> = if up == 0 {
        vec![".".to_owned()]
    } else {
        vec!["..".to_owned(); up]
    };
    way.extend_from_slice(&to[common..]);
    way.join("/")
}

/// `SOURCE:TARGET:OPTIONS` at its colons, those of `${NAME:-default}` excepted. A single letter
/// and its colon are a drive to Compose, on every system.
pub(super) fn mount_parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut open, mut start) = (0_u32, 0);
    for (at, c) in text.char_indices() {
        match c {
            '{' => open += 1,
            '}' => open = open.saturating_sub(1),
            ':' if open == 0 && !is_drive(&text[start..at]) => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn is_drive(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(char::is_alphabetic) && characters.next().is_none()
}

/// Whether a mount's source is a path, not the name of a volume.
pub(super) fn is_path(source: &str) -> bool {
    let mut characters = source.chars();
    match (characters.next(), characters.next()) {
        (Some('.' | '/' | '~'), _) => true,
        (Some(drive), Some(':')) => drive.is_alphabetic(),
        _ => source.starts_with("\\\\"),
    }
}

/// A path in a container, without its detours.
pub(super) fn in_container(path: &str) -> String {
    let cleaned = absolute("", path);
    let cleaned = if path.starts_with('/') {
        &cleaned
    } else {
        &cleaned[1..]
    };
    cleaned.to_owned()
}

/// Whether a path is a folder or something below it.
#[must_use]
pub fn is_inside(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder.trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
