//! What may be shown: which keys have values that are no secret, and which values look like
//! it. The looks alone decide nothing, but where the key says so.

use crate::audit::veil;

/// Keys whose values say where something is, or what it is called, in the spelling of
/// [`normal`]. Nothing else is shown, and these only where they look like it.
const PUBLIC: [&str; 51] = [
    "aclfile",
    "apiversion",
    "bind",
    "build",
    "component",
    "configmap",
    "container-name",
    "context",
    "depends-on",
    "dir",
    "dockerfile",
    "env-file",
    "environmentfile",
    "extends",
    "file",
    "from",
    "group",
    "hostname",
    "image",
    "include",
    "kind",
    "loadcredential",
    "mode",
    "mountpath",
    "name",
    "namespace",
    "optional",
    "path",
    "port",
    "protected-mode",
    "read-only",
    "required",
    "restart",
    "retries",
    "role",
    "secretname",
    "service",
    "source",
    "stem-role",
    "stem-signing-active-key",
    "stem-signing-algorithm",
    "stem-tls-allow-insecure",
    "stem-tls-ca-cert",
    "stem-tls-client-cert",
    "stem-tls-client-key",
    "subpath",
    "target",
    "type",
    "user",
    "version",
    "workdir",
];

/// The same, of Redis: `tls-` and one of these.
const PUBLIC_TLS: [&str; 10] = [
    "auth-clients",
    "ca-cert-dir",
    "ca-cert-file",
    "cert-file",
    "client-cert-file",
    "client-key-file",
    "cluster",
    "key-file",
    "port",
    "replication",
];

/// A key as the lists above spell it.
pub(super) fn normal(key: &str) -> String {
    key.to_ascii_lowercase().replace(['_', '.'], "-")
}

pub(super) fn is_public(key: &str) -> bool {
    let tls = key.strip_prefix("tls-");
    PUBLIC.contains(&key)
        || matches!(key, "copy" | "add" | "volume")
        || tls.is_some_and(|rest| PUBLIC_TLS.contains(&rest))
}

/// Whether Redis takes this setting of TLS; two of them hold a password.
pub(super) fn is_tls(key: &str) -> bool {
    let rest = key.strip_prefix("tls-");
    rest.is_some_and(|rest| PUBLIC_TLS.contains(&rest) || rest.ends_with("-file-pass"))
}

/// Words and paths, and nothing that looks like chance.
pub(super) fn is_harmless(text: &str) -> bool {
    // the specifiers of systemd stand in names
    let text = &text.replace('%', "");
    let mut parts = text.split([' ', ',', ':']).filter(|part| !part.is_empty());
    !veil::looks_random(text) && parts.all(|part| is_word(part) || is_path(part))
}

/// A path, or two and how they are mounted.
pub(super) fn is_paths(text: &str) -> bool {
    let is_mode = |part: &str| matches!(part, "ro" | "rw" | "z" | "Z");
    let is_named = |part: &str| {
        let ends = [
            ".env", ".crt", ".key", ".pem", ".conf", ".yaml", ".yml", ".json",
        ];
        let begins = ["./", "../", "/"];
        begins.iter().any(|begin| part.starts_with(begin))
            || ends.iter().any(|end| part.ends_with(end))
    };
    let mut parts = text.split(':');
    !veil::looks_random(text)
        && parts.all(|part| is_mode(part) || (is_named(part) && is_path(part)))
}

fn is_path(text: &str) -> bool {
    let mut names = text.split('/');
    text.contains(['/', '.']) && names.all(|name| matches!(name, "" | "~") || is_word(name))
}

pub(super) fn is_number(text: &str) -> bool {
    text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A name that people give: short parts that hardly change between letters and digits or
/// between small letters and capitals.
pub(super) fn is_word(text: &str) -> bool {
    let is_part = |part: &str| {
        let pairs = part.as_bytes().windows(2);
        let is_digit = |byte: u8| byte.is_ascii_digit();
        let changes = pairs
            .filter(|pair| is_digit(pair[0]) != is_digit(pair[1]))
            .count();
        let is_hex = part.len() >= 12 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        part.len() <= 16 && changes <= 2 && !is_hex && is_cased(part)
    };
    let is_of_names = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    !text.is_empty()
        && text.len() <= 64
        && digits <= 10
        && text.chars().all(is_of_names)
        && text.split(['_', '-', '.', '/']).all(is_part)
}

/// Small letters, capitals, or words joined by capitals; digits apart.
fn is_cased(part: &str) -> bool {
    let letters: String = part.chars().filter(char::is_ascii_alphabetic).collect();
    let is_shout = !letters.contains(|c: char| c.is_ascii_lowercase());
    let humps = letters.split_inclusive(|c: char| c.is_ascii_uppercase());
    // each but the first begins after a capital, and all but the last end with the next one
    let mut tails = humps.map(|hump| hump.trim_end_matches(|c: char| c.is_ascii_uppercase()));
    is_shout || {
        tails.next();
        tails.all(|tail| tail.len() >= 2)
    }
}
