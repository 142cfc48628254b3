//! What a file is: by its name where that says it, else by what stands in it.

use memchr::memmem;

use super::marks::{self, Marks};
use super::{FileKind, names};
use crate::model::manifest;

/// What a name says of a file that was not opened yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByName {
    /// It is that.
    Is(FileKind),
    /// It may be something, and its content tells.
    Ask,
    /// It says nothing.
    Nothing,
}

/// What the path says; `in_chart` when a folder above holds a `Chart.yaml`.
pub(super) fn by_name(folder: &str, name: &str, in_chart: bool) -> ByName {
    let yaml = is_yaml(name);
    if name == manifest::FILE_NAME {
        return ByName::Is(FileKind::Manifest);
    }
    if matches!(
        name,
        "kustomization.yaml" | "kustomization.yml" | "Kustomization"
    ) {
        return ByName::Is(FileKind::Kustomization);
    }
    if in_chart && (name == "Chart.yaml" || (yaml && name.starts_with("values"))) {
        return ByName::Is(FileKind::HelmSource);
    }
    if yaml {
        return by_yaml_name(name);
    }
    if is_env_file(folder, name) {
        return ByName::Is(FileKind::EnvFile);
    }
    if let Some(kind) = unit(folder, name) {
        return ByName::Is(kind);
    }
    if name.ends_with(".conf") || name.ends_with(".conf.template") {
        let redis = ["redis", "sentinel", "valkey", "keydb"];
        return if redis.iter().any(|redis| name.contains(redis)) {
            ByName::Is(FileKind::RedisConf)
        } else {
            ByName::Ask
        };
    }
    if is_dockerfile(name) {
        return ByName::Is(FileKind::Dockerfile);
    }
    let asked = [
        ".pem", ".crt", ".cer", ".cert", ".key", ".der", ".p8", ".json",
    ];
    if asked.iter().any(|end| name.ends_with(end)) {
        return ByName::Ask;
    }
    ByName::Nothing
}

fn is_yaml(name: &str) -> bool {
    name.ends_with(".yaml") || name.ends_with(".yml")
}

fn by_yaml_name(name: &str) -> ByName {
    let compose = ["compose", "docker-compose", "podman-compose"];
    let is_compose = compose.iter().any(|stem| {
        name.strip_prefix(stem)
            .is_some_and(|rest| rest.starts_with(['.', '-', '_']))
    });
    if is_compose || name.contains(".compose.") || name.contains(".docker-compose.") {
        return ByName::Is(FileKind::Compose);
    }
    ByName::Ask
}

fn is_env_file(folder: &str, name: &str) -> bool {
    if name == ".env" || name.starts_with(".env.") || name.ends_with(".env") {
        return true;
    }
    let (above, last) = names::split(folder);
    let in_etc = matches!(last, "default" | "sysconfig") && names::split(above).1 == "etc";
    in_etc || (last == "environment.d" && name.ends_with(".conf"))
}

fn unit(folder: &str, name: &str) -> Option<FileKind> {
    if name.ends_with(".service") {
        return Some(FileKind::Unit);
    }
    let (_, last) = names::split(folder);
    let of_unit =
        last == "service.d" || last.ends_with(".service.d") || last.ends_with("-.service.d");
    (of_unit && name.ends_with(".conf")).then_some(FileKind::DropIn)
}

fn is_dockerfile(name: &str) -> bool {
    ["Dockerfile", "Containerfile"].iter().any(|word| {
        name.strip_prefix(word)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
    }) || name.ends_with(".Dockerfile")
        || name.ends_with(".dockerfile")
        || name.ends_with(".Containerfile")
        || name == "dockerfile"
}

/// What the file is, with all of its bytes, or as many as were read; `None` when it cannot
/// matter.
pub(super) fn by_content(
    (folder, name): (&str, &str),
    in_chart: bool,
    bytes: &[u8],
    marks: Marks,
) -> Option<FileKind> {
    match by_name(folder, name, in_chart) {
        ByName::Is(FileKind::Unit) if is_markup(bytes) => {}
        ByName::Is(kind) => return Some(kind),
        ByName::Ask => {
            if let Some(kind) = asked(folder, name, in_chart, bytes) {
                return Some(kind);
            }
        }
        ByName::Nothing if name == "-" => {
            let env_file = || sets_a_variable(bytes).then_some(FileKind::EnvFile);
            if let Some(kind) = of_documents(bytes).or_else(env_file) {
                return Some(kind);
            }
        }
        ByName::Nothing => {}
    }
    let in_template = in_chart && is_in_templates(folder) && (marks.any());
    match marks {
        _ if in_template => Some(FileKind::HelmSource),
        Marks { stem: true, .. } => Some(FileKind::Other),
        Marks { pem: true, .. } => Some(FileKind::KeyMaterial),
        _ if marks::is_der(bytes) => Some(FileKind::KeyMaterial),
        _ => None,
    }
}

/// Other programs have `.service` files, too: Avahi's and firewalld's are XML.
fn is_markup(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"<")
}

fn asked(folder: &str, name: &str, in_chart: bool, bytes: &[u8]) -> Option<FileKind> {
    if is_yaml(name) || name.ends_with(".json") {
        let kind = of_documents(bytes)?;
        let template = in_chart && is_in_templates(folder) && memmem::find(bytes, b"{{").is_some();
        return Some(if template { FileKind::HelmSource } else { kind });
    }
    (name.contains(".conf") && is_redis_conf(bytes)).then_some(FileKind::RedisConf)
}

fn is_in_templates(folder: &str) -> bool {
    folder.split('/').any(|part| part == "templates")
}

/// Whether some line sets a variable of Stem, as what `env` prints does.
fn sets_a_variable(bytes: &[u8]) -> bool {
    bytes.split(|byte| *byte == b'\n').any(|line| {
        let line = line.strip_prefix(b"export ").unwrap_or(line);
        let in_name = |byte: &u8| byte.is_ascii_uppercase() || *byte == b'_';
        let name = line.iter().position(|byte| !in_name(byte)).unwrap_or(0);
        line.starts_with(b"STEM_") && line[name..].starts_with(b"=")
    })
}

/// What YAML or JSON is by the keys at its top.
fn of_documents(bytes: &[u8]) -> Option<FileKind> {
    if has_key(bytes, "apiVersion") && has_key(bytes, "kind") {
        return Some(FileKind::Kubernetes);
    }
    is_compose(bytes).then_some(FileKind::Compose)
}

/// Whether the key begins a line, or an item of a list, or is quoted as in JSON.
fn has_key(bytes: &[u8], key: &str) -> bool {
    memmem::find_iter(bytes, key).any(|at| {
        let after = bytes[at + key.len()..].first();
        match at.checked_sub(1).map(|before| bytes[before]) {
            Some(b'"' | b'\'') => matches!(after, Some(b'"' | b'\'')),
            Some(b'\n' | b' ' | 0xbf) | None => after == Some(&b':'),
            _ => false,
        }
    })
}

/// `services:` at the left edge also stands in the files of Travis, GitLab and Symfony: in a
/// compose file it is a mapping, and something in it says what runs.
fn is_compose(bytes: &[u8]) -> bool {
    let at_edge = |at: usize| {
        matches!(
            at.checked_sub(1).map(|i| bytes[i]),
            None | Some(b'\n' | 0xbf)
        )
    };
    let quoted = has_key(bytes, "services") && bytes.trim_ascii_start().starts_with(b"{");
    let Some(at) = memmem::find_iter(bytes, b"services:").find(|at| at_edge(*at)) else {
        return quoted && says_what_runs(bytes);
    };
    let mut after = bytes[at + 9..].split(|byte| *byte == b'\n').skip(1);
    let first = after.find(|line| {
        let line = line.trim_ascii();
        !line.is_empty() && !line.starts_with(b"#")
    });
    let is_mapping = first
        .is_some_and(|line| line.starts_with(b" ") && !line.trim_ascii_start().starts_with(b"-"));
    is_mapping && says_what_runs(&bytes[at..])
}

fn says_what_runs(bytes: &[u8]) -> bool {
    ["image", "build", "extends", "env_file", "environment"]
        .iter()
        .any(|key| has_key(bytes, key))
}

fn is_redis_conf(bytes: &[u8]) -> bool {
    let directives: [&[u8]; 7] = [
        b"requirepass ",
        b"masterauth ",
        b"tls-port ",
        b"tls-auth-clients ",
        b"sentinel monitor ",
        b"appendonly ",
        b"maxmemory-policy ",
    ];
    bytes
        .split(|byte| *byte == b'\n')
        .any(|line| directives.iter().any(|word| line.starts_with(word)))
}

#[cfg(test)]
#[path = "classify/tests.rs"]
mod tests;
