//! What a link stands for by its own name and place: what a loader takes under that name,
//! wherever its text lies; that systemd starts a unit; that a unit is masked.

use super::classify::{ByName, by_name};
use super::{FileKind, names};

/// What a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Its name says all; what it leads to does not matter.
    Alone(FileKind),
    /// It is that, where it leads to a file inside.
    File(FileKind),
    /// What it leads to is found by itself.
    Nothing,
}

/// Where systemd keeps a link for each unit that another pulls in.
const PULLED_IN: [&str; 3] = [".wants", ".requires", ".upholds"];

pub(super) fn meaning(folder: &str, name: &str, target: &str) -> Meaning {
    let kind = match by_name(folder, name, false) {
        ByName::Is(kind) => kind,
        ByName::Ask | ByName::Nothing => return Meaning::Nothing,
    };
    match kind {
        FileKind::Unit if PULLED_IN.iter().any(|end| folder.ends_with(end)) => {
            Meaning::Alone(FileKind::Unit)
        }
        FileKind::Unit | FileKind::DropIn if target == "/dev/null" => {
            Meaning::Alone(FileKind::Mask)
        }
        FileKind::Unit if is_alias(name, target) => Meaning::Nothing,
        FileKind::Compose | FileKind::Kustomization | FileKind::Unit | FileKind::DropIn => {
            Meaning::File(kind)
        }
        _ => Meaning::Nothing,
    }
}

/// Whether a unit is only called differently by a link: both names are one service. That of an
/// instance to its template is the instance.
fn is_alias(name: &str, target: &str) -> bool {
    let (folder, other) = names::split(target);
    let in_units = folder.is_empty()
        || folder == "."
        || folder.ends_with("systemd/system")
        || folder.ends_with("systemd/user");
    let is_instance = || {
        let template = other.strip_suffix("@.service");
        template.is_some_and(|prefix| {
            name.strip_prefix(prefix)
                .is_some_and(|n| n.starts_with('@'))
        })
    };
    in_units && other != name && other.ends_with(".service") && !is_instance()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_what_its_name_and_place_make_it() {
        use FileKind::{Compose, DropIn, Mask, Unit};
        let units = "etc/systemd/system";
        let wants = "etc/systemd/system/multi-user.target.wants";
        for (folder, name, target, expected) in [
            (
                "app",
                "compose.yaml",
                "../prod.yaml",
                Meaning::File(Compose),
            ),
            ("app", "a.env", "../b.env", Meaning::Nothing),
            (
                wants,
                "w@a.service",
                "/etc/systemd/system/w@.service",
                Meaning::Alone(Unit),
            ),
            (units, "w.service", "/dev/null", Meaning::Alone(Mask)),
            (units, "w.service", "/opt/w.service", Meaning::File(Unit)),
            (units, "w@a.service", "w@.service", Meaning::File(Unit)),
            (units, "alias.service", "w.service", Meaning::Nothing),
            (
                units,
                "alias.service",
                "/opt/w.service",
                Meaning::File(Unit),
            ),
            (units, "x.target", "y.target", Meaning::Nothing),
            (
                "etc/systemd/system/w.service.d",
                "1.conf",
                "../../x",
                Meaning::File(DropIn),
            ),
            (
                "etc/systemd/system/w.service.d",
                "1.conf",
                "/dev/null",
                Meaning::Alone(Mask),
            ),
        ] {
            assert_eq!(
                meaning(folder, name, target),
                expected,
                "{folder}/{name} {target}"
            );
        }
    }
}
