//! `stem-sec certs renew`: the same names and purpose, a new key and a later end.

use std::path::{Path, PathBuf};

use clap::Args;
use time::{Duration, OffsetDateTime};

use super::create::say_wrote;
use super::sign::{AuthorityArguments, Found, KeyTypes, Signer, warn_of_end};
use super::times::{LifetimeArguments, parse_duration};
use crate::cli::say_kept;
use crate::cli::{Exit, Usage, exit};
use crate::disk::{Access, Existing, Folder, Kept};
use crate::mint::key::{KeyType, PrivateKey};
use crate::mint::x509::{Certificate, Request};
use crate::pki::{self, Label, Pair, Pki, PkiError};
use crate::term;

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

/// A certificate that was renewed.
struct Renewed {
    path: String,
    certificate: Certificate,
    /// Whether another CA has signed it than before.
    changed_ca: bool,
    clamped: bool,
}

/// Runs `certs renew`.
pub(super) fn run(arguments: &RenewArguments) -> anyhow::Result<Exit> {
    let (labels, files) = targets(arguments)?;
    let now = OffsetDateTime::now_utc();
    let mut signer = signer(arguments, now)?;
    let mut work = Work {
        arguments,
        now,
        renewed: Vec::new(),
    };
    let mut folders = work.files(&signer, files)?;
    // with a CA from elsewhere, or in a folder of its own, the store has to be opened still
    let wants_store = arguments.all || arguments.what.is_empty() || !labels.is_empty();
    let of_ca = signer.folder.take();
    let mut store = match of_ca {
        Some(folder) if arguments.ca_dir.is_none() => Some(folder),
        other => {
            folders.splice(0..0, other);
            None
        }
    };
    if wants_store {
        let mut folder = match store.take() {
            Some(folder) => folder,
            None => Folder::open(&arguments.authority.state.folder())?,
        };
        work.labels(&signer, &mut folder, labels)?;
        store = Some(folder);
    }
    folders.splice(0..0, store);
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

struct Work<'a> {
    arguments: &'a RenewArguments,
    now: OffsetDateTime,
    renewed: Vec<Renewed>,
}

impl Work<'_> {
    fn labels(
        &mut self,
        signer: &Signer,
        folder: &mut Folder,
        labels: Vec<Label>,
    ) -> Result<(), PkiError> {
        let mut pki = Pki::on(folder);
        let labels = if labels.is_empty() {
            let issued = pki.issued()?.into_iter();
            issued.map(|(label, _)| label).collect()
        } else {
            labels
        };
        for label in labels {
            let old = pki
                .get(&label)?
                .ok_or_else(|| PkiError::Unknown(label.clone()))?;
            let path = pki.path_of(&label).display().to_string();
            if let Some(new) = self.again(signer, old, path)? {
                let (certificate, key) = pki.access_of(&label)?;
                let certificate = (&new.certificate, certificate);
                let key = (&new.key, private(key));
                pki.put(&label, certificate, key, Existing::Keep)?;
            }
        }
        Ok(())
    }

    /// Stages each file's successor in its folder; the folders are not committed yet.
    fn files(&mut self, signer: &Signer, files: Vec<PathBuf>) -> anyhow::Result<Vec<Folder>> {
        let mut folders: Vec<Folder> = Vec::new();
        for path in files {
            let stem = path.with_extension("");
            let name = stem.file_name().and_then(|name| name.to_str());
            let name = name.ok_or_else(|| Usage {
                message: format!("`{}` does not name a file", path.display()),
                hint: "name a file that ends with .crt".to_owned(),
            })?;
            let parent = path.parent().unwrap_or(Path::new(""));
            let own = signer.folder.as_ref();
            let at = match folders
                .iter()
                .position(|folder| same(folder.path(), parent))
            {
                Some(at) => at,
                None if own.is_some_and(|own| same(own.path(), parent)) => {
                    return Err(beside_ca_key(&path).into());
                }
                None => {
                    folders.push(Folder::open(parent)?);
                    folders.len() - 1
                }
            };
            let folder = &mut folders[at];
            let old = pki::pair_in(folder, name)?;
            if let Some(new) = self.again(signer, old, path.display().to_string())? {
                let access = |file: String, usual: Access| {
                    let found = folder.access_of(&file);
                    found.map(|found| found.unwrap_or(usual))
                };
                let public = access(format!("{name}.crt"), Access::PUBLIC)?;
                let key = access(format!("{name}.key"), Access::PRIVATE)?;
                let key = (&new.key, private(key));
                let certificate = (&new.certificate, public);
                pki::put_pair(folder, name, certificate, key, Existing::Keep)?;
            }
        }
        Ok(folders)
    }

    /// The successor; `None` when it is not due yet.
    fn again(
        &mut self,
        signer: &Signer,
        old: Pair,
        path: String,
    ) -> Result<Option<Pair>, PkiError> {
        let due = self.arguments.due;
        if due.is_some_and(|within| old.certificate.not_after > self.now + within) {
            return Ok(None);
        }
        let request = Request::again(&old.certificate, self.arguments.lifetime.end(self.now))?;
        let key = if self.arguments.reuse_key {
            old.key
        } else {
            let like = self.arguments.key_type;
            let key_type = like.or_else(|| old.certificate.public_key.key_type());
            PrivateKey::generate(key_type.unwrap_or_default()).map_err(PkiError::Generation)?
        };
        let serial = pki::draw_serial()?;
        let leaf = signer.authority.issue(&request, key, serial, self.now)?;
        self.renewed.push(Renewed {
            path,
            changed_ca: old.certificate.issuer_der != leaf.certificate.issuer_der
                || old.certificate.authority_key_id != leaf.certificate.authority_key_id,
            certificate: leaf.certificate.clone(),
            clamped: leaf.clamped,
        });
        Ok(Some(Pair {
            certificate: leaf.certificate,
            key: leaf.key,
        }))
    }

    fn report(&self, signer: &Signer) {
        if self.renewed.is_empty() {
            term::say("nothing is due");
            return;
        }
        signer.announce();
        for renewed in &self.renewed {
            say_wrote(&renewed.path, &renewed.certificate);
        }
        for renewed in self.renewed.iter().filter(|renewed| renewed.changed_ca) {
            term::warn(&format!(
                "another CA than before signed `{}`: hand out the new ca.crt before it is used",
                renewed.path
            ));
        }
        if self.renewed.iter().any(|renewed| renewed.clamped) {
            warn_of_end(&signer.authority);
        }
    }
}

/// Who could read the old key may read the new one, except everybody.
fn private(access: Access) -> Access {
    Access {
        mode: access.mode & 0o740,
        ..access
    }
}

fn same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| {
        let path = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        path.canonicalize().ok()
    };
    real(one).is_some_and(|one| real(other) == Some(one))
}

fn beside_ca_key(path: &Path) -> Usage {
    Usage {
        message: format!(
            "`{}` lies beside the CA key that is to sign",
            path.display()
        ),
        hint: "keep certificates and the CA key in folders apart".to_owned(),
    }
}
