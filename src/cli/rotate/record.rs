//! Who does something, for the history of rotations.

use time::OffsetDateTime;

use crate::audit::veil;
use crate::cli::Usage;
use crate::keyring::{Event, Keyring};

/// USER@HOST, as far as the system says; the number of the user where nothing names them.
pub(super) fn who() -> String {
    let named = ["SUDO_USER", "USER", "LOGNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|text| !text.is_empty()));
    let user = named.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()));
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let host = host.or_else(|| std::env::var("HOSTNAME").ok());
    match host.as_deref().map(str::trim) {
        Some(host) if !host.is_empty() => one_line(&format!("{user}@{host}")),
        _ => one_line(&user),
    }
}

/// Adds a line to the history.
pub(super) fn add(keyring: &mut Keyring, when: OffsetDateTime, what: String, why: Option<&str>) {
    keyring.history.push(Event {
        when,
        who: who(),
        what,
        why: why.map(one_line),
    });
}

/// Without what would break a line.
pub(super) fn one_line(text: &str) -> String {
    let words = text.split(char::is_control);
    words.collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// The reason that somebody gives, fit for the history: without what looks like a secret, and
/// an empty one is none.
pub(super) fn reason(text: Option<&str>) -> Result<Option<String>, Usage> {
    let reason = text.map(|text| veil::shown(&one_line(text)));
    match reason {
        Some(text) if text.is_empty() => Err(Usage {
            message: "the reason is empty".to_owned(),
            hint: "say why: --reason 'queues are empty, looked at 14:00'".to_owned(),
        }),
        other => Ok(other),
    }
}
