//! `stem-sec certs renew`: the same names and purpose, a new key and a later end.

mod work;

use std::path::PathBuf;

use clap::Args;
use time::{Duration, OffsetDateTime};

use self::work::Work;
use super::sign::{AuthorityArguments, Found, KeyTypes, Signer};
use super::times::{LifetimeArguments, parse_duration};
use crate::cli::{Exit, Usage, exit, say_kept};
use crate::disk::{Folder, Kept};
use crate::mint::key::{KeyType, PrivateKey};
use crate::pki::{Label, PkiError};

const EXAMPLES: &str = "\
Examples:
  stem-sec certs renew worker                one certificate of the store
  stem-sec certs renew --due 30d             all of the store that expire within 30 days
  stem-sec certs renew certs/server.crt      a file; its key is server.key beside it
  stem-sec certs renew worker --reuse-key    with the key that it has";

/// Issue certificates again: same purpose, subject and names, a new key, a later end
#[derive(Args)]
#[command(before_help = EXAMPLES, after_help = exit::TABLE, help_template = exit::TEMPLATE)]
pub(super) struct RenewArguments {
    /// Names in the store, or files that end with .crt
    #[arg(value_name = "NAME|FILE.crt")]
    what: Vec<String>,
    /// Everything in the store
    #[arg(long, conflicts_with = "what")]
    all: bool,
    /// Only what expires within this time: 12h, 30d, 2w
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    due: Option<Duration>,
    /// Keep the keys
    #[arg(long)]
    reuse_key: bool,
    /// Kind of the new keys [default: as before]
    #[arg(long, value_name = "TYPE", value_parser = KeyTypes, conflicts_with = "reuse_key")]
    key_type: Option<KeyType>,
    #[command(flatten)]
    lifetime: LifetimeArguments,
    /// Folder with ca.crt and ca.key, instead of the store
    #[arg(long, value_name = "DIR", conflicts_with_all = ["ca", "state"])]
    ca_dir: Option<PathBuf>,
    #[command(flatten)]
    authority: AuthorityArguments,
}

/// Something to renew.
enum Target {
    /// A label in the store.
    Label(Label),
    /// A file and the key beside it.
    File(PathBuf),
}

/// Runs `certs renew`.
pub(super) fn run(arguments: &RenewArguments) -> anyhow::Result<Exit> {
    let (labels, files) = targets(arguments)?;
    let now = OffsetDateTime::now_utc();
    let mut signer = signer(arguments, now)?;
    let mut work = Work::new(arguments, now);
    let of_files = work.files(&signer, files)?;
    // what the CA lies in comes first: nothing that it has signed may be there before it
    let mut folders: Vec<Folder> = signer.folder.take().into_iter().collect();
    if arguments.all || arguments.what.is_empty() || !labels.is_empty() {
        if folders.is_empty() || arguments.ca_dir.is_some() {
            folders.push(Folder::open(&arguments.authority.state.folder())?);
        }
        if let Some(store) = folders.last_mut() {
            work.labels(&signer, store, labels)?;
        }
    }
    folders.extend(of_files);
    let kept = commit(folders)?;
    work.report(&signer);
    say_kept(&kept);
    Ok(Exit::Yes)
}

/// What was named; no labels for everything in the store.
fn targets(arguments: &RenewArguments) -> Result<(Vec<Label>, Vec<PathBuf>), Usage> {
    if arguments.what.is_empty() && !arguments.all && arguments.due.is_none() {
        return Err(Usage {
            message: "say what to renew".to_owned(),
            hint: "name it, or pass --all, or --due 30d".to_owned(),
        });
    }
    let (mut labels, mut files) = (Vec::new(), Vec::new());
    for text in &arguments.what {
        match target(text)? {
            Target::Label(label) if !labels.contains(&label) => labels.push(label),
            Target::File(path) if !files.contains(&path) => files.push(path),
            _ => {}
        }
    }
    Ok((labels, files))
}

fn target(text: &str) -> Result<Target, Usage> {
    if text.ends_with(".crt") {
        return Ok(Target::File(PathBuf::from(text)));
    }
    Label::new(text).map(Target::Label).map_err(|error| Usage {
        message: error.to_string(),
        hint: "name a certificate of the store, or a file that ends with .crt".to_owned(),
    })
}

fn signer(arguments: &RenewArguments, now: OffsetDateTime) -> anyhow::Result<Signer> {
    let found = arguments.authority.find(arguments.ca_dir.as_ref(), now)?;
    match found {
        Found::Signer(signer) => Ok(*signer),
        Found::Missing(place) if arguments.authority.new_ca => {
            let key = PrivateKey::generate(arguments.key_type.unwrap_or_default());
            Ok(place.make(key.map_err(PkiError::Generation)?, now)?)
        }
        Found::Missing(place) => Err(place.without_ca().into()),
    }
}

fn commit(folders: Vec<Folder>) -> anyhow::Result<Vec<Kept>> {
    for folder in &folders {
        folder.check()?;
    }
    let mut kept = Vec::new();
    for folder in folders {
        kept.extend(folder.commit()?);
    }
    Ok(kept)
}
