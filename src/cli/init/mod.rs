//! `stem-sec init`: the main job in one go. Declares the deployment, mints what it lacks,
//! writes every component's folder, and says what to start. What is there already is kept:
//! a second run changes nothing.

mod declare;
mod mint;
mod report;

use std::path::PathBuf;

use clap::Args;

use super::access::parse_owner;
use super::deploy::Prepared;
use super::place::STORE;
use super::words::{parse_signing, parse_target, parse_transport};
use super::{Exit, Usage, exit};
use crate::disk::{Access, Folder, Owner};
use crate::model::manifest::{ComponentName, Target};
use crate::model::posture::{Signing, Transport};
use crate::model::role::Role;
use crate::term;

const EXAMPLES: &str = "\
Examples:
  stem-sec init demo --yes
  stem-sec init --yes --signing hmac-sha256 --broker rediss://redis.internal:6379/0
  stem-sec init --yes --host redis,10.0.0.5 --owner redis=999
  stem-sec init --yes --component api=producer --component jobs=worker+producer --component redis=broker";

/// Mint everything a deployment needs and write every component's files
///
/// Writes stem-sec.yaml (yours, no secrets), .stem-sec (keys and certificates, stays here)
/// and deploy (one folder a component, to be handed out). Running it again changes nothing.
#[derive(Args)]
#[command(before_help = EXAMPLES, after_help = exit::TABLE, help_template = exit::TEMPLATE)]
pub(crate) struct InitArguments {
    /// The folder of the deployment; made if missing
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// Take the defaults for all that no flag says, and go ahead
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    shape: Shape,
}

/// What a new manifest will say.
#[derive(Args)]
struct Shape {
    /// How messages are signed [default: ed25519]
    #[arg(long, value_name = "HOW", value_parser = parse_signing)]
    signing: Option<Signing>,
    /// How connections are protected: plaintext, tls or mtls [default: mtls]
    #[arg(long, value_name = "HOW", value_parser = parse_transport)]
    transport: Option<Transport>,
    /// For whom files are written [default: dotenv]
    #[arg(long, value_name = "TARGET", value_parser = parse_target)]
    target: Option<Target>,
    /// Where the broker is, without a password [default: rediss://redis:6379/0]
    #[arg(long, value_name = "URL")]
    broker: Option<String>,
    /// Names and addresses of the broker, for its certificate [default: the URL's host, localhost, 127.0.0.1 and ::1]
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    host: Vec<String>,
    /// A component and its roles [default: producer, worker, beat, cli, and redis=broker]
    #[arg(long, value_name = "NAME=ROLE[+ROLE]", value_parser = parse_component)]
    component: Vec<(ComponentName, Vec<Role>)>,
    /// The user whom a component's files will belong to, in numbers
    #[arg(long, value_name = "NAME=UID[:GID]", value_parser = parse_component_owner)]
    owner: Vec<(ComponentName, Owner)>,
    /// Where the written folder will live on its target; absolute [default: where it is written]
    #[arg(long, value_name = "DIR")]
    install: Option<String>,
}

/// Runs `init`.
pub(crate) fn run(arguments: &InitArguments) -> anyhow::Result<Exit> {
    if !arguments.yes {
        return Err(Usage {
            message: "init writes keys and files, and asks nothing first".to_owned(),
            hint: format!(
                "add --yes: stem-sec init {} --yes",
                arguments.folder.display()
            ),
        }
        .into());
    }
    let mut declared = declare::manifest(&arguments.folder, &arguments.shape)?;
    let mut store = Folder::create(&arguments.folder.join(STORE), Access::PRIVATE_FOLDER)?;
    if store.finished_earlier() {
        term::say("finished what an interrupted run had begun");
    }
    let minted = mint::missing(&mut store, &arguments.folder, &declared.manifest)?;
    let prepared = Prepared::new(
        &arguments.folder,
        &declared.manifest,
        &minted.material,
        None,
        None,
    )?;
    store.check()?;
    if let Some(project) = declared.staged.take() {
        project.commit()?;
    }
    store.commit()?;
    let deployed = prepared.write(false, false)?;
    term::result(report::text(&arguments.folder, &declared, &minted, &deployed).as_bytes())?;
    Ok(Exit::Yes)
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

fn parse_name(text: &str) -> Result<ComponentName, String> {
    ComponentName::parse(text).map_err(|problem| problem.to_string())
}
