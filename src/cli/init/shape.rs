//! What a new manifest will say, as flags say it. The questions end with the same values,
//! and [`super::line`] turns them back into flags.

use clap::Args;

use crate::cli::access::parse_owner;
use crate::cli::words::{parse_signing, parse_target, parse_transport};
use crate::disk::Owner;
use crate::model::manifest::{ComponentName, Target};
use crate::model::posture::{Signing, Transport};
use crate::model::role::Role;

/// What a new manifest will say.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Shape {
    /// How messages are signed [default: ed25519]
    #[arg(long, value_name = "HOW", value_parser = parse_signing)]
    pub(super) signing: Option<Signing>,
    /// How connections are protected: plaintext, tls or mtls [default: mtls]
    #[arg(long, value_name = "HOW", value_parser = parse_transport)]
    pub(super) transport: Option<Transport>,
    /// For whom files are written [default: dotenv]
    #[arg(long, value_name = "TARGET", value_parser = parse_target)]
    pub(super) target: Option<Target>,
    /// Where the broker is, without a password [default: rediss://redis:6379/0]
    #[arg(long, value_name = "URL")]
    pub(super) broker: Option<String>,
    /// Names and addresses of the broker, for its certificate [default: the URL's host, localhost, 127.0.0.1 and ::1]
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    pub(super) host: Vec<String>,
    /// A component and its roles [default: producer, worker, beat, cli, and redis=broker]
    #[arg(long, value_name = "NAME=ROLE[+ROLE]", value_parser = parse_component)]
    pub(super) component: Vec<(ComponentName, Vec<Role>)>,
    /// What a component's service or unit is called, where that is not its own name
    #[arg(long, value_name = "NAME=SERVICE", value_parser = parse_service)]
    pub(super) service: Vec<(ComponentName, String)>,
    /// The user whom a component's files will belong to, in numbers
    #[arg(long, value_name = "NAME=UID[:GID]", value_parser = parse_component_owner)]
    pub(super) owner: Vec<(ComponentName, Owner)>,
    /// The compose file of a project that is there already; it is left alone, and an override is written
    #[arg(long, value_name = "FILE")]
    pub(super) project: Option<String>,
    /// Where the written folder will live on its target; absolute [default: where it is written]
    #[arg(long, value_name = "DIR")]
    pub(super) install: Option<String>,
}

fn parse_component(text: &str) -> Result<(ComponentName, Vec<Role>), String> {
    let (name, roles) = text
        .split_once('=')
        .ok_or("write it as NAME=ROLE, like api=producer")?;
    let mut parsed = Vec::new();
    for role in roles.split('+') {
        let role = Role::from_name(role).ok_or_else(|| {
            format!(
                "`{role}` is no role: {}",
                Role::ALL.map(Role::name).join(", ")
            )
        })?;
        if parsed.contains(&role) {
            return Err(format!("`{role}` stands there twice"));
        }
        parsed.push(role);
    }
    Ok((parse_name(name)?, parsed))
}

fn parse_component_owner(text: &str) -> Result<(ComponentName, Owner), String> {
    let (name, owner) = text
        .split_once('=')
        .ok_or("write it as NAME=UID, like redis=999")?;
    Ok((parse_name(name)?, parse_owner(owner)?))
}

fn parse_service(text: &str) -> Result<(ComponentName, String), String> {
    let (name, service) = text
        .split_once('=')
        .ok_or("write it as NAME=SERVICE, like worker=job_worker")?;
    Ok((parse_name(name)?, service.to_owned()))
}

fn parse_name(text: &str) -> Result<ComponentName, String> {
    ComponentName::parse(text).map_err(|problem| problem.to_string())
}
