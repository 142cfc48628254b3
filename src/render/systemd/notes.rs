//! What the target `systemd` says about its files: versions, what to type, what to know.

use super::{CREDENTIALS, DROPIN, Unit, is_unit};
use crate::formats::systemd;
use crate::model::role::Role;
use crate::render::Deployment;
use crate::render::dotenv::ENV_FILE;

const VERSION: &str = "The drop-ins need systemd 251 (`systemctl --version`): LoadCredential= came with 247, `%d` \
    with 251. For an older one give each component a group of its own (`gid:` in stem-sec.yaml) and render again: \
    its files are then root's, and that group reads them";

const USERS: &str = "Give each unit a User= of its own (or DynamicUser=yes): what runs as one user can read \
    each other's variables and credentials, whatever the unit says";

const RESET: &str = "The drop-ins replace the units' own EnvironmentFile= lines, which may hold keys of other roles. \
    What else a unit reads there, name again in a drop-in that sorts later, say 60-app.conf";

/// Every note for these units.
pub(super) fn of(deployment: &Deployment<'_>, units: &[Unit<'_>]) -> Vec<String> {
    let mut notes = Vec::new();
    if units.iter().any(Unit::has_credentials) {
        notes.push(VERSION.to_owned());
    }
    notes.extend(install(deployment, units));
    if units.iter().any(Unit::is_stem) {
        notes.push(RESET.to_owned());
    }
    if units.len() > 1 {
        notes.push(USERS.to_owned());
    }
    notes.extend(units.iter().filter_map(ignored_user));
    notes.extend(units.iter().filter_map(group));
    notes.extend(units.iter().filter_map(broker));
    notes.extend(units.iter().filter_map(other));
    notes.extend(command(deployment));
    notes
}

fn install(deployment: &Deployment<'_>, units: &[Unit<'_>]) -> Option<String> {
    let mut lines = vec![format!(
        "As root where the units run, with each unit's folder in {}, and belonging to root:",
        deployment.install
    )];
    for unit in units {
        let (name, folder) = (&unit.name, &unit.folder);
        lines.push(format!(
            "  install -D -m 644 -t /etc/systemd/system/{name}.d {}",
            quoted(&format!("{folder}/{name}.d/{DROPIN}"))
        ));
    }
    let names = units.iter().map(|unit| {
        if systemd::is_template(&unit.name) {
            format!("'{}'", unit.name.replace("@.", "@*."))
        } else {
            unit.name.clone()
        }
    });
    let names: Vec<String> = names.collect();
    lines.push("  systemctl daemon-reload".to_owned());
    lines.push(format!("  systemctl restart {}", names.join(" ")));
    (!units.is_empty()).then(|| lines.join("\n"))
}

/// A word for a shell.
fn quoted(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./@".contains(&byte);
    if path.bytes().all(plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}

fn ignored_user(unit: &Unit<'_>) -> Option<String> {
    unit.held.component.uid.map(|uid| {
        format!(
            "{}: `uid: {uid}` is not used: the unit's own User= decides, and what systemd reads for it stays root's",
            unit.held.component.name
        )
    })
}

fn group(unit: &Unit<'_>) -> Option<String> {
    let gid = unit.held.component.gid?;
    let files = unit.held.holdings.files.iter().filter(|file| file.private);
    let files: Vec<String> = files
        .map(|file| quoted(&format!("{}/{}", unit.folder, file.name)))
        .collect();
    let folder = quoted(&unit.folder);
    (!files.is_empty()).then(|| {
        format!(
            "{}: group {gid} reads its files. Unless root renders them, type where they are installed:\n  \
             chown -R root:{gid} {folder} && chmod 750 {folder} && chmod 640 {}",
            unit.held.component.name,
            files.join(" ")
        )
    })
}

fn broker(unit: &Unit<'_>) -> Option<String> {
    if !unit.has(Role::Broker) {
        return None;
    }
    let debian = match unit.name.as_str() {
        "redis.service" => {
            ". On Debian and Ubuntu that unit is redis-server.service: say `service: redis-server` in stem-sec.yaml first"
        }
        _ => "",
    };
    Some(format!(
        "Redis ({}): end the configuration that its unit names (/etc/redis/redis.conf) with the line\n  \
         include {}/redis.conf\n\
         The last line wins, so this one replaces ports, TLS and password. Where Redis listens stays in its `bind` line{debian}",
        unit.name, unit.held.folder
    ))
}

/// Programs that read no variable of Stem have to be told where their files are.
fn other(unit: &Unit<'_>) -> Option<String> {
    let files = &unit.held.holdings.files;
    let own = |name: &&str| unit.held.component.serves_https && name.starts_with("server.");
    let told = !unit.is_stem() && !unit.has(Role::Broker);
    let names: Vec<&str> = files.iter().map(|file| file.name).collect();
    let names: Vec<&str> = names.into_iter().filter(|name| told || own(name)).collect();
    (!names.is_empty()).then(|| {
        let folder = match systemd::is_template(&unit.name) && unit.has_credentials() {
            true => format!("{CREDENTIALS}/{}", unit.name.replace("@.", "@INSTANCE.")),
            false => unit.held.folder.clone(),
        };
        format!(
            "{}: its configuration has to name its files: {} in {folder}/",
            unit.held.component.name,
            names.join(", ")
        )
    })
}

fn command(deployment: &Deployment<'_>) -> Option<String> {
    let held = deployment
        .held
        .iter()
        .find(|held| !is_unit(held.component) && !held.holdings.variables.is_empty())?;
    Some(format!(
        "{} is a command, no unit. In the shell that runs it: set -a; . {}; set +a",
        held.component.name,
        quoted(&format!("{}/{ENV_FILE}", held.folder))
    ))
}
