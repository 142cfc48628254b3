//! `stem-sec certs issue`: one more certificate, into the store or a folder.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use time::OffsetDateTime;

use super::create::{parse_label, say_wrote};
use super::names::HostArguments;
use super::shown;
use super::sign::{AuthorityArguments, Found, KeyTypes, Signer, warn_of_end};
use super::times::LifetimeArguments;
use crate::cli::access::AccessArguments;
use crate::cli::say_kept;
use crate::cli::{Exit, Usage, exit};
use crate::disk::{Access, DiskError, Existing, Folder};
use crate::mint::key::{KeyType, PrivateKey};
use crate::mint::name::Name;
use crate::mint::x509::{Leaf, Purpose, Request, Subject};
use crate::pki::{self, Label, Pki, PkiError};

const EXAMPLES: &str = "\
Examples:
  stem-sec certs issue client worker
  stem-sec certs issue peer redis --host redis,10.0.0.5
  stem-sec certs issue server nginx --host www.example.com --out nginx/tls";

/// Issue one certificate, signed by the store's CA
#[derive(Args)]
#[command(before_help = EXAMPLES, after_help = exit::TABLE, help_template = exit::TEMPLATE)]
pub(super) struct IssueArguments {
    /// What it may be used for
    #[arg(value_name = "PURPOSE")]
    purpose: PurposeArgument,
    /// Its common name, and the name that it is kept under; a server's host name, unless --host is given
    #[arg(value_name = "NAME", value_parser = parse_label)]
    label: Label,
    #[command(flatten)]
    hosts: HostArguments,
    /// Write NAME.crt and NAME.key into this folder instead of the store
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Kind of its key, and of the CA's if one is made
    #[arg(long, value_name = "TYPE", default_value = "p256", value_parser = KeyTypes)]
    key_type: KeyType,
    #[command(flatten)]
    lifetime: LifetimeArguments,
    #[command(flatten)]
    authority: AuthorityArguments,
    #[command(flatten)]
    access: AccessArguments,
    /// Replace files that are there; the old ones are kept beside them
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum PurposeArgument {
    /// To be connected to
    Server,
    /// To connect
    Client,
    /// Both
    Peer,
}

impl From<PurposeArgument> for Purpose {
    fn from(argument: PurposeArgument) -> Purpose {
        match argument {
            PurposeArgument::Server => Purpose::Server,
            PurposeArgument::Client => Purpose::Client,
            PurposeArgument::Peer => Purpose::Peer,
        }
    }
}

/// Runs `certs issue`.
pub(super) fn run(arguments: &IssueArguments) -> anyhow::Result<Exit> {
    let names = names(arguments)?;
    if let Some(out) = &arguments.out {
        arguments.authority.ensure_apart(None, out)?;
    }
    let now = OffsetDateTime::now_utc();
    let found = arguments.authority.find(None, now)?;
    let (mut signer, key) = signer_and_key(arguments, found, now)?;
    let request = Request {
        purpose: arguments.purpose.into(),
        subject: Subject::Common(arguments.label.to_string()),
        names,
        not_after: arguments.lifetime.end(now),
    };
    let serial = pki::draw_serial()?;
    let leaf = signer
        .authority
        .issue(&request, key, serial, now)
        .map_err(PkiError::from)?;
    let (path, kept) = write(arguments, &mut signer, &leaf)?;
    signer.announce();
    say_wrote(&path, &leaf.certificate);
    if leaf.clamped {
        warn_of_end(&signer.authority);
    }
    say_kept(&kept);
    Ok(Exit::Yes)
}

/// The names that were given; else a server's own.
fn names(arguments: &IssueArguments) -> Result<Vec<Name>, Usage> {
    let names = arguments.hosts.names()?;
    if !names.is_empty() || !Purpose::from(arguments.purpose).serves() {
        return Ok(names);
    }
    Name::new(arguments.label.as_str())
        .map(|name| vec![name])
        .map_err(|error| Usage {
            message: format!("{error}, so the certificate would vouch for no name"),
            hint: "name what clients connect to: --host redis --host 10.0.0.5".to_owned(),
        })
}

fn signer_and_key(
    arguments: &IssueArguments,
    found: Found,
    now: OffsetDateTime,
) -> Result<(Signer, PrivateKey), PkiError> {
    Ok(match found {
        Found::Signer(signer) => {
            let key = PrivateKey::generate(arguments.key_type).map_err(PkiError::Generation)?;
            (*signer, key)
        }
        Found::Missing(place) => {
            let [own, key] =
                PrivateKey::generate_many(arguments.key_type).map_err(PkiError::Generation)?;
            (place.make(own, now)?, key)
        }
    })
}

fn write(
    arguments: &IssueArguments,
    signer: &mut Signer,
    leaf: &Leaf,
) -> Result<(String, Vec<crate::disk::Kept>), PkiError> {
    let label = &arguments.label;
    let existing = if arguments.force {
        Existing::Keep
    } else {
        Existing::Refuse
    };
    let certificate = (&leaf.certificate, arguments.access.public());
    let key = (&leaf.key, arguments.access.private());
    if let Some(out) = &arguments.out {
        let mut folder = Folder::create(out, Access::PUBLIC_FOLDER)?;
        pki::put_pair(&mut folder, label.as_str(), certificate, key, existing)?;
        folder.check()?;
        let mut kept = commit(signer.folder.take())?;
        kept.extend(folder.commit()?);
        return Ok((shown(out, &format!("{label}.crt")), kept));
    }
    let mut store = match signer.folder.take() {
        Some(store) => store,
        None => {
            let path = arguments.authority.state.folder();
            Folder::create(&path, Access::PRIVATE_FOLDER)?
        }
    };
    let mut pki = Pki::on(&mut store);
    pki.put(label, certificate, key, existing)?;
    let path = pki.path_of(label).display().to_string();
    Ok((path, store.commit()?))
}

fn commit(folder: Option<Folder>) -> Result<Vec<crate::disk::Kept>, DiskError> {
    folder.map_or(Ok(Vec::new()), Folder::commit)
}
