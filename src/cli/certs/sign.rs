//! Which CA signs: the store's, one in a folder of its own, or one made elsewhere.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValue, TypedValueParser};
use time::OffsetDateTime;

use crate::cli::place::{StateArgument, real};
use crate::cli::{Failure, Usage};
use crate::disk::{Access, Existing, Folder};
use crate::keyring::Keyring;
use crate::mint::key::{KeyType, PrivateKey};
use crate::mint::x509::{Authority, Caution, Certificate, moment};
use crate::pki::{self, Held, Pki, PkiError};
use crate::term;

/// The CA to sign with.
#[derive(Args)]
pub(super) struct AuthorityArguments {
    /// Sign with a root CA made elsewhere: its certificate
    #[arg(long, value_name = "FILE", requires = "ca_key")]
    pub(super) ca: Option<PathBuf>,
    /// The key of --ca
    #[arg(long, value_name = "FILE", requires = "ca")]
    ca_key: Option<PathBuf>,
    /// Make a new CA, even if there is one; the old one stays trusted while it is valid
    #[arg(long, conflicts_with = "ca")]
    pub(super) new_ca: bool,
    #[command(flatten)]
    pub(super) state: StateArgument,
}

/// The CA, and where it is kept.
pub(super) struct Signer {
    /// The CA.
    pub(super) authority: Authority,
    /// Every CA that certificates are to be verified with.
    pub(super) trusted: Vec<Certificate>,
    /// Whether it was made just now.
    is_new: bool,
    /// Where its key is.
    key_path: PathBuf,
    /// The folder that keeps it, with whatever is staged; `None` for a CA made elsewhere.
    pub(super) folder: Option<Folder>,
}

/// A CA that is there, or the folder where one shall be made.
pub(super) enum Found {
    /// It can sign.
    Signer(Box<Signer>),
    /// There is none yet.
    Missing(Place),
}

/// Where a new CA goes.
pub(super) struct Place {
    folder: Folder,
    is_store: bool,
}

impl AuthorityArguments {
    /// The folder that keeps the CA; `None` for a CA made elsewhere.
    pub(super) fn place(&self, ca_dir: Option<&PathBuf>) -> Option<PathBuf> {
        match (&self.ca, ca_dir) {
            (Some(_), _) => None,
            (None, Some(folder)) => Some(folder.clone()),
            (None, None) => Some(self.state.folder()),
        }
    }

    /// Sees to it that what is handed out does not lie with the CA key.
    pub(super) fn ensure_apart(
        &self,
        ca_dir: Option<&PathBuf>,
        handed_out: &Path,
    ) -> Result<(), Usage> {
        let Some(place) = self.place(ca_dir).map(|place| real(&place)) else {
            return Ok(());
        };
        let handed_out_real = real(handed_out);
        // the store may lie in the folder that it belongs to, and hides itself from git there
        let around = ca_dir.is_some() && place.starts_with(&handed_out_real);
        if !around && !handed_out_real.starts_with(&place) {
            return Ok(());
        }
        Err(Usage {
            message: format!(
                "`{}` would hold the CA key and what is handed out side by side",
                handed_out.display()
            ),
            hint: "name a folder for the certificates alone".to_owned(),
        })
    }

    /// Finds the CA; locks the folder that keeps it.
    pub(super) fn find(
        &self,
        ca_dir: Option<&PathBuf>,
        now: OffsetDateTime,
    ) -> anyhow::Result<Found> {
        if let (Some(certificate), Some(key)) = (&self.ca, &self.ca_key) {
            let (authority, cautions) = pki::authority_of(certificate, key, now)?;
            warn_of(&cautions);
            return Ok(Found::Signer(Box::new(Signer {
                trusted: vec![authority.certificate().clone()],
                authority,
                is_new: false,
                key_path: key.clone(),
                folder: None,
            })));
        }
        let path = self.place(ca_dir).unwrap_or_default();
        let mut folder = Folder::create(&path, Access::PRIVATE_FOLDER)?;
        let is_store = ca_dir.is_none();
        if self.new_ca {
            if is_store {
                ensure_at_rest(&folder)?;
            }
            return Ok(Found::Missing(Place { folder, is_store }));
        }
        let found = if is_store {
            let pki = Pki::on(&mut folder);
            match pki.current(now)? {
                Some(held) => Some((pki.trusted(&held.authority, now)?, held)),
                None => None,
            }
        } else {
            pki::authority_in(&folder, "", now)?.map(|(authority, cautions)| {
                let held = Held {
                    authority,
                    is_new: false,
                    cautions,
                };
                (vec![held.authority.certificate().clone()], held)
            })
        };
        let Some((trusted, held)) = found else {
            return Ok(Found::Missing(Place { folder, is_store }));
        };
        warn_of(&held.cautions);
        Ok(Found::Signer(Box::new(Signer {
            key_path: key_path(&folder, is_store, &held.authority),
            authority: held.authority,
            trusted,
            is_new: false,
            folder: Some(folder),
        })))
    }
}

impl Place {
    /// What to say where a CA should be.
    pub(super) fn without_ca(&self) -> Failure {
        Failure {
            message: format!("there is no CA in `{}`", self.folder.path().display()),
            hint: "name the one that shall sign: --state DIR, or --ca FILE --ca-key FILE"
                .to_owned(),
        }
    }

    /// Makes a CA there; it is staged.
    pub(super) fn make(mut self, key: PrivateKey, now: OffsetDateTime) -> Result<Signer, PkiError> {
        let (authority, trusted) = if self.is_store {
            let mut pki = Pki::on(&mut self.folder);
            let held = pki.create_authority(key, now)?;
            let trusted = pki.trusted(&held.authority, now)?;
            (held.authority, trusted)
        } else {
            let authority =
                Authority::create(key, pki::draw_serial()?, now).map_err(PkiError::Creation)?;
            pki::put_authority(&mut self.folder, "", &authority, Existing::Keep)?;
            let trusted = vec![authority.certificate().clone()];
            (authority, trusted)
        };
        Ok(Signer {
            key_path: key_path(&self.folder, self.is_store, &authority),
            authority,
            trusted,
            is_new: true,
            folder: Some(self.folder),
        })
    }
}

impl Signer {
    /// The certificates that others need to verify with, as PEM.
    pub(super) fn trusted_pem(&self) -> String {
        self.trusted.iter().map(Certificate::to_pem).collect()
    }

    /// Says which CA signed, and where its key is.
    pub(super) fn announce(&self) {
        let certificate = self.authority.certificate();
        let verb = if self.is_new { "made" } else { "used" };
        term::say(&format!(
            "{verb} the CA `{}`, valid until {}; its key stays in `{}`",
            certificate.title(),
            moment(certificate.not_after),
            self.key_path.display()
        ));
    }
}

/// A CA of its own making would be one that the rotation's plan knows nothing of.
fn ensure_at_rest(store: &Folder) -> anyhow::Result<()> {
    let Some(rotation) = Keyring::load(store)?.rotation else {
        return Ok(());
    };
    Err(Failure {
        message: format!("a rotation is under way: {}", rotation.title),
        hint: "a new CA has to wait for its end: stem-sec rotate status".to_owned(),
    }
    .into())
}

fn key_path(folder: &Folder, is_store: bool, authority: &Authority) -> PathBuf {
    if is_store {
        let inside = folder.path().join("ca");
        return inside
            .join(&authority.certificate().serial)
            .join(pki::CA_KEY);
    }
    folder.path().join(pki::CA_KEY)
}

fn warn_of(cautions: &[Caution]) {
    for caution in cautions {
        term::warn(caution.text());
    }
}

/// Says that certificates end with their CA, when they would have been valid for longer.
pub(super) fn warn_of_end(authority: &Authority) {
    term::warn(&format!(
        "the certificates end with their CA, at {}",
        moment(authority.certificate().not_after)
    ));
}

/// Reads a [`KeyType`], and says why Ed25519 is none.
#[derive(Clone)]
pub(super) struct KeyTypes;

impl TypedValueParser for KeyTypes {
    type Value = KeyType;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<KeyType, clap::Error> {
        let read = |text: &str| text.parse::<KeyType>();
        read.parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let names = KeyType::ALL.into_iter().map(KeyType::name);
        Some(Box::new(names.map(PossibleValue::new)))
    }
}
