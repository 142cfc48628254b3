//! `stem-sec certs create`: the bundle of the replaced script. The CA is in place before
//! the bundle that needs it, and nothing is written before both folders are known to agree.

use std::path::PathBuf;

use clap::Args;
use time::OffsetDateTime;

use super::names::{HostArguments, listed};
use super::shown;
use super::sign::{AuthorityArguments, Found, KeyTypes, Signer, warn_of_end};
use super::times::LifetimeArguments;
use crate::cli::access::AccessArguments;
use crate::cli::say_kept;
use crate::cli::{Exit, Usage, exit};
use crate::disk::{Access, DiskError, Existing, Folder};
use crate::mint::key::{KeyType, PrivateKey};
use crate::mint::name::Name;
use crate::mint::x509::{Certificate, Leaf, Purpose, Request, Subject, moment};
use crate::pki::{self, CA_CERTIFICATE, Label, PkiError};
use crate::term;

const EXAMPLES: &str = "\
Examples:
  stem-sec certs create certs --host redis,stem.local
  stem-sec certs create certs --host redis --host 10.0.0.5 --days 90
  stem-sec certs create certs --host redis --key-type rsa-3072 --owner 999:999
  stem-sec certs create certs --host redis --ca corp.crt --ca-key corp.key";

/// Make a CA, a server's and a client's certificate: ca.crt, server.crt, server.key, client.crt, client.key
#[derive(Args)]
#[command(before_help = EXAMPLES, after_help = exit::TABLE, help_template = exit::TEMPLATE)]
pub(super) struct CreateArguments {
    /// Folder for the five files; it is made if need be
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    hosts: HostArguments,
    /// Common name of the client's certificate
    #[arg(long, value_name = "NAME", default_value = "client", value_parser = parse_label)]
    client: Label,
    /// Let the server be a client too, as a broker is of its replicas
    #[arg(long)]
    peer: bool,
    /// Kind of all keys that are made
    #[arg(long, value_name = "TYPE", default_value = "p256", value_parser = KeyTypes)]
    key_type: KeyType,
    #[command(flatten)]
    lifetime: LifetimeArguments,
    /// Folder for ca.crt and ca.key, instead of the store
    #[arg(long, value_name = "DIR", conflicts_with_all = ["ca", "state"])]
    ca_dir: Option<PathBuf>,
    #[command(flatten)]
    authority: AuthorityArguments,
    #[command(flatten)]
    access: AccessArguments,
    /// Replace files that are there; the old ones are kept beside them
    #[arg(long)]
    force: bool,
}

pub(super) fn parse_label(text: &str) -> Result<Label, String> {
    Label::new(text).map_err(|error| error.to_string())
}

struct Bundle {
    server: Leaf,
    client: Leaf,
}

/// Runs `certs create`.
pub(super) fn run(arguments: &CreateArguments) -> anyhow::Result<Exit> {
    let names = arguments.hosts.names()?;
    ensure_sense(arguments, &names)?;
    let now = OffsetDateTime::now_utc();
    let found = arguments.authority.find(arguments.ca_dir.as_ref(), now)?;
    let mut folder = Folder::create(&arguments.folder, Access::PUBLIC_FOLDER)?;
    if !arguments.force {
        ensure_free(&folder)?;
    }
    let (mut signer, bundle) = mint(arguments, found, &names, now)?;
    stage(&mut folder, arguments, &signer, &bundle)?;
    folder.check()?;
    let mut kept = match signer.folder.take() {
        Some(of_ca) => of_ca.commit()?,
        None => Vec::new(),
    };
    kept.extend(folder.commit()?);
    report(arguments, &signer, &bundle);
    say_kept(&kept);
    Ok(Exit::Yes)
}

fn ensure_sense(arguments: &CreateArguments, names: &[Name]) -> Result<(), Usage> {
    if names.is_empty() {
        return Err(Usage {
            message: "a server's certificate needs a name that clients connect to".to_owned(),
            hint: "name it: --host redis --host 10.0.0.5".to_owned(),
        });
    }
    arguments
        .authority
        .ensure_apart(arguments.ca_dir.as_ref(), &arguments.folder)
}

const FILES: [&str; 5] = [
    CA_CERTIFICATE,
    "server.crt",
    "server.key",
    "client.crt",
    "client.key",
];

/// Before keys are made, which may take seconds.
fn ensure_free(folder: &Folder) -> Result<(), DiskError> {
    let mut there = Vec::new();
    for name in FILES {
        if folder.access_of(name)?.is_some() {
            there.push(folder.path().join(name));
        }
    }
    if there.is_empty() {
        Ok(())
    } else {
        Err(DiskError::Exists(there))
    }
}

fn mint(
    arguments: &CreateArguments,
    found: Found,
    names: &[Name],
    now: OffsetDateTime,
) -> Result<(Signer, Bundle), PkiError> {
    let key_type = arguments.key_type;
    let (signer, server, client) = match found {
        Found::Signer(signer) => {
            let [server, client] =
                PrivateKey::generate_many(key_type).map_err(PkiError::Generation)?;
            (*signer, server, client)
        }
        Found::Missing(place) => {
            let [own, server, client] =
                PrivateKey::generate_many(key_type).map_err(PkiError::Generation)?;
            (place.make(own, now)?, server, client)
        }
    };
    let not_after = arguments.lifetime.end(now);
    let server_request = Request {
        purpose: if arguments.peer {
            Purpose::Peer
        } else {
            Purpose::Server
        },
        subject: Subject::Common(names.first().map(Name::to_string).unwrap_or_default()),
        names: names.to_vec(),
        not_after,
    };
    let client_request = Request {
        purpose: Purpose::Client,
        subject: Subject::Common(arguments.client.to_string()),
        names: Vec::new(),
        not_after,
    };
    let issue = |request, key| {
        let serial = pki::draw_serial()?;
        Ok::<Leaf, PkiError>(signer.authority.issue(request, key, serial, now)?)
    };
    let bundle = Bundle {
        server: issue(&server_request, server)?,
        client: issue(&client_request, client)?,
    };
    Ok((signer, bundle))
}

fn stage(
    folder: &mut Folder,
    arguments: &CreateArguments,
    signer: &Signer,
    bundle: &Bundle,
) -> Result<(), PkiError> {
    let (public, private) = (arguments.access.public(), arguments.access.private());
    let existing = if arguments.force {
        Existing::Keep
    } else {
        Existing::Refuse
    };
    let trusted = signer.trusted_pem();
    folder.stage(CA_CERTIFICATE, trusted.as_bytes(), public, existing)?;
    for (stem, leaf) in [("server", &bundle.server), ("client", &bundle.client)] {
        let certificate = (&leaf.certificate, public);
        pki::put_pair(folder, stem, certificate, (&leaf.key, private), existing)?;
    }
    Ok(())
}

fn report(arguments: &CreateArguments, signer: &Signer, bundle: &Bundle) {
    let folder = &arguments.folder;
    signer.announce();
    for (file, leaf) in [
        ("server.crt", &bundle.server),
        ("client.crt", &bundle.client),
    ] {
        say_wrote(&shown(folder, file), &leaf.certificate);
    }
    if bundle.server.clamped {
        warn_of_end(&signer.authority);
    }
    term::say(&format!(
        "`{}` and `{}` are private; `{}` is for everyone who connects",
        shown(folder, "server.key"),
        shown(folder, "client.key"),
        shown(folder, CA_CERTIFICATE),
    ));
}

/// Says what a certificate is, whom it is for, and until when.
pub(super) fn say_wrote(path: &str, certificate: &Certificate) {
    let purpose = certificate.purpose.map_or("", Purpose::name);
    let title = certificate.title();
    let names = listed(certificate);
    let names = if names.is_empty() {
        String::new()
    } else {
        format!(" ({names})")
    };
    term::say(&format!(
        "wrote `{path}`: {purpose} `{title}`{names}, valid until {}",
        moment(certificate.not_after)
    ));
}
