//! `stem-sec keygen`: mints one signing key and prints its variables, in the order of the
//! scripts that it replaces.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::access::AccessArguments;
use super::place::{StateArgument, real};
use super::words::parse_role;
use super::{Exit, Usage, exit, random, say_kept};
use crate::disk::{Access, Existing, Folder};
use crate::formats::dotenv;
use crate::keyring::{KeyMaterial, KeyState, Keyring};
use crate::mint::key_id::KeyId;
use crate::mint::{ed25519, hmac};
use crate::model::env;
use crate::model::ownership::{self, Holder};
use crate::model::posture::{Posture, Signing, Transport};
use crate::model::role::Role;
use crate::model::secret::Secret;
use crate::term;

const EXAMPLES: &str = "\
Examples:
  stem-sec keygen hmac                              a secret for producers and workers
  stem-sec keygen ed25519 --out signing.env         into a file, 0600
  stem-sec keygen ed25519 --keyring --id 2027-01    stored, to rotate to
  stem-sec keygen ed25519 --keyring --role worker   stored; prints the public half only";

/// Mint one signing key and print its variables
#[derive(Args)]
#[command(before_help = EXAMPLES, after_help = exit::TABLE, help_template = exit::TEMPLATE)]
#[command(arg_required_else_help = true)]
pub(crate) struct KeygenArguments {
    #[command(subcommand)]
    algorithm: Algorithm,
}

#[derive(Subcommand)]
enum Algorithm {
    /// A shared secret: 32 bytes from the operating system
    #[command(before_help = EXAMPLES, after_help = exit::TABLE, help_template = exit::TEMPLATE)]
    Hmac(Options),
    /// A key pair: the private half signs, the public half verifies
    #[command(before_help = EXAMPLES, after_help = exit::TABLE, help_template = exit::TEMPLATE)]
    Ed25519(Options),
}

#[derive(Args)]
struct Options {
    /// The key's id, as messages will name it
    #[arg(long, value_name = "ID", default_value = "primary")]
    id: KeyId,
    /// Print only what this role may hold
    #[arg(long, value_name = "ROLE", value_parser = parse_role)]
    role: Option<Role>,
    /// How to print the variables
    #[arg(long, value_enum, default_value = "env")]
    format: Format,
    /// Write the variables to a new file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace the file of --out; the old one is kept beside it
    #[arg(long, requires = "out")]
    force: bool,
    /// Store the key in the keyring, too
    #[arg(long)]
    keyring: bool,
    #[command(flatten)]
    state: StateArgument,
    #[command(flatten)]
    access: AccessArguments,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// NAME=value lines, as every env file loader reads them
    Env,
    /// One JSON object
    Json,
}

/// Runs `keygen`.
pub(crate) fn run(arguments: &KeygenArguments) -> anyhow::Result<Exit> {
    let (signing, options) = match &arguments.algorithm {
        Algorithm::Hmac(options) => (Signing::HmacSha256, options),
        Algorithm::Ed25519(options) => (Signing::Ed25519, options),
    };
    ensure_nothing_is_lost(signing, options)?;
    let material = material(signing, &*random()?);
    let variables = for_role(variables(&options.id, &material), signing, options.role);
    let text = format(&variables, options.format)?;
    // a key that is stored but not handed out could not be minted again under its id
    let file = match &options.out {
        Some(path) => Some((path, stage(path, &text, options)?)),
        None => None,
    };
    if options.keyring {
        store(options, material)?;
    }
    match file {
        Some((path, folder)) => {
            say_kept(&folder.commit()?);
            term::say(&format!("wrote `{}`", path.display()));
        }
        None => {
            warn_of_readers();
            term::result(text.expose().as_bytes()).context("cannot write to standard output")?;
        }
    }
    Ok(Exit::Yes)
}

fn material(signing: Signing, random: &[u8; 32]) -> KeyMaterial {
    match signing {
        Signing::Ed25519 => KeyMaterial::Ed25519(ed25519::pair(random)),
        _ => KeyMaterial::Hmac(hmac::secret(random)),
    }
}

type Variable = (&'static str, Secret);

/// The variables of the replaced scripts, in their order.
fn variables(id: &KeyId, material: &KeyMaterial) -> Vec<Variable> {
    let entry = |value: &str| Secret::new(format!("{id}:{value}"));
    let plain = |value: &str| Secret::new(value.to_owned());
    match material {
        KeyMaterial::Hmac(secret) => vec![
            (env::SIGNING_KEYS, entry(secret.expose())),
            (env::SIGNING_ACTIVE_KEY, plain(id.as_str())),
        ],
        KeyMaterial::Ed25519(pair) => vec![
            (env::SIGNING_ALGORITHM, plain(Signing::Ed25519.name())),
            (env::SIGNING_PUBLIC_KEYS, entry(&pair.public)),
            (env::SIGNING_PRIVATE_KEYS, entry(pair.private.expose())),
            (env::SIGNING_ACTIVE_KEY, plain(id.as_str())),
        ],
    }
}

/// Whether the ownership table lets a plain component of that role hold the variable.
fn may_hold(variable: &str, signing: Signing, role: Role) -> bool {
    // the transport has no say in who holds signing keys
    let posture = Posture {
        signing,
        transport: Transport::Mtls,
    };
    let roles = [role];
    let holder = Holder {
        roles: &roles,
        ..Holder::default()
    };
    env::artifact_of(variable)
        .is_some_and(|artifact| ownership::holding(artifact, &holder, posture).permits())
}

fn for_role(variables: Vec<Variable>, signing: Signing, role: Option<Role>) -> Vec<Variable> {
    let kept = |(variable, _): &Variable| role.is_none_or(|role| may_hold(variable, signing, role));
    variables.into_iter().filter(kept).collect()
}

/// A key whose secret half is neither printed nor stored would be gone.
fn ensure_nothing_is_lost(signing: Signing, options: &Options) -> Result<(), Usage> {
    let Some(role) = options.role.filter(|_| !options.keyring) else {
        return Ok(());
    };
    let secret = if signing == Signing::Ed25519 {
        env::SIGNING_PRIVATE_KEYS
    } else {
        env::SIGNING_KEYS
    };
    if may_hold(secret, signing, role) {
        return Ok(());
    }
    Err(Usage {
        message: format!(
            "a `{role}` must not hold {secret}, so that half of the new key would be lost"
        ),
        hint: "add --keyring, which stores the whole key".to_owned(),
    })
}

fn format(variables: &[Variable], format: Format) -> anyhow::Result<Secret> {
    // room enough that growing leaves no copies behind
    let mut text = Zeroizing::new(String::with_capacity(1024));
    match format {
        Format::Env => {
            for (variable, value) in variables {
                text.push_str(&Zeroizing::new(dotenv::line(variable, value.expose())?));
            }
        }
        Format::Json => {
            let object: Vec<String> = variables
                .iter()
                .map(|(variable, value)| {
                    format!(
                        "  {variable:?}: {}",
                        serde_json::Value::from(value.expose())
                    )
                })
                .collect();
            text.push_str(&Zeroizing::new(format!("{{\n{}\n}}\n", object.join(",\n"))));
        }
    }
    Ok(Secret::from(text))
}

fn store(options: &Options, material: KeyMaterial) -> anyhow::Result<()> {
    let folder = options.state.folder();
    let mut store = Folder::create(&folder, Access::PRIVATE_FOLDER)?;
    let mut keyring = Keyring::load(&store)?;
    let state = keyring.add(options.id.clone(), material, OffsetDateTime::now_utc())?;
    keyring.stage(&mut store)?;
    store.commit()?;
    let meaning = match state {
        KeyState::Active => "active: it signs",
        _ => "staged: another key signs until a rotation makes this one active",
    };
    term::say(&format!(
        "key `{}` is in {}, {meaning}",
        options.id,
        folder.display()
    ));
    Ok(())
}

/// Writes the file, so far under another name; whoever commits the folder gives it its own.
fn stage(path: &Path, text: &Secret, options: &Options) -> anyhow::Result<Folder> {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .filter(|_| path.as_os_str() != "-")
        .ok_or_else(|| Usage {
            message: format!("`{}` does not name a file", path.display()),
            hint: "end --out with a file name; without --out the key goes to standard output"
                .to_owned(),
        })?;
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    if options.keyring && real(parent) == real(&options.state.folder()) {
        return Err(Usage {
            message: format!("`{}` lies in the store itself", path.display()),
            hint: "the store is not handed out: name a file elsewhere".to_owned(),
        }
        .into());
    }
    let mut folder = Folder::open(parent)?;
    let existing = if options.force {
        Existing::Keep
    } else {
        Existing::Refuse
    };
    folder.stage(
        name,
        text.expose().as_bytes(),
        options.access.private(),
        existing,
    )?;
    folder.check()?;
    Ok(folder)
}

/// A redirected key may land in a file that everybody can read.
fn warn_of_readers() {
    if let Some(mode) = term::result_file_mode().filter(|mode| mode & 0o044 != 0) {
        term::warn(&format!(
            "standard output is a file that others can read (mode {mode:04o})"
        ));
        term::hint("use --out FILE, which writes it 0600");
    }
}
