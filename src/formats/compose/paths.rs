//! Paths as Compose takes them: as text, counted from the project's folder.

/// `path` from `folder`, without `.` and `..`: as text, whatever links there are.
#[must_use]
pub fn absolute(folder: &str, path: &str) -> String {
    let whole = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{folder}/{path}")
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
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

/// `SOURCE:TARGET:OPTIONS` at its colons, those of `${NAME:-default}` excepted.
pub(super) fn mount_parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut open, mut start) = (0_u32, 0);
    for (at, c) in text.char_indices() {
        match c {
            '{' => open += 1,
            '}' => open = open.saturating_sub(1),
            ':' if open == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Whether a path is a folder or something below it.
#[must_use]
pub fn is_inside(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder.trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
