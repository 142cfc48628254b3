//! What is in a folder, and whether it is whole.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use x509_parser::extensions::ParsedExtension;
use x509_parser::pem::Pem;

/// The names of all files below a folder, but for those of an interrupted run; of certificates and keys, what is drawn at random
/// is left out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shape(BTreeSet<String>);

impl Shape {
    pub(crate) fn of(dir: &Path) -> Shape {
        let name = |path: PathBuf| {
            let parts = path.strip_prefix(dir).expect("below it").iter();
            let parts: Vec<&str> = parts
                .map(|part| part.to_str().expect("text"))
                .map(|part| if is_serial(part) { "<serial>" } else { part })
                .collect();
            parts.join("/")
        };
        let files = files(dir).into_iter().filter(|path| !is_of_a_run(path));
        Shape(files.map(name).collect())
    }

    /// The part in a folder, but not in any of the others; `.` is all of it.
    pub(crate) fn inside(&self, folder: &str, others: &[&str]) -> Shape {
        let inner = others.iter().filter(|other| other.len() > folder.len());
        let inner: Vec<String> = inner.map(|other| format!("{other}/")).collect();
        let prefix = format!("{folder}/");
        let inside = self.0.iter().filter(|name| {
            let own = folder == "." || name.starts_with(&prefix);
            own && !inner.iter().any(|other| name.starts_with(other))
        });
        Shape(inside.cloned().collect())
    }

    /// Without the files that were replaced.
    pub(crate) fn without_kept(&self) -> Shape {
        let names = self.0.iter().filter(|name| !name.contains(".old-"));
        Shape(names.cloned().collect())
    }
}

fn is_serial(text: &str) -> bool {
    text.len() >= 38 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// Nothing of an interrupted run is left.
pub(crate) fn must_have_no_leftovers(dir: &Path) -> Result<(), String> {
    match files(dir).iter().find(|path| is_of_a_run(path)) {
        Some(left) => Err(format!("`{}` is left", left.display())),
        None => Ok(()),
    }
}

/// Every file is whole, every key fits its certificate, and the CA of every certificate is
/// at hand.
pub(crate) fn must_be_sound(dir: &Path) -> Result<(), String> {
    must_be_whole(dir)?;
    for path in files(dir).iter().filter(|path| is(path, ".crt")) {
        let name = path.to_str().unwrap_or_default();
        let key = PathBuf::from(name.replace(".crt", ".key"));
        if key.exists() && certificates(path)?[0].public_key != public_key(&key)? {
            return Err(format!("`{name}` and its key do not fit"));
        }
        must_have_its_authority(path)?;
    }
    Ok(())
}

/// In the bundle beside it, or in the store around it.
fn must_have_its_authority(path: &Path) -> Result<(), String> {
    let folder = path.parent().ok_or("no folder")?;
    let near = [folder.join("ca.crt"), folder.join("../ca")];
    let mut known = Vec::new();
    for place in near.iter().flat_map(|near| match near.is_dir() {
        true => files(near),
        false => vec![near.clone()],
    }) {
        if place.exists() && is(&place, "ca.crt") {
            known.extend(certificates(&place)?);
        }
    }
    let own = &certificates(path)?[0];
    let issued = |ca: &Certificate| ca.key_id.is_some() && ca.key_id == own.issuer_key_id;
    // an old certificate's CA may have been replaced with it
    if own.issuer_key_id.is_none() || is(path, ".old-") || known.iter().any(issued) {
        return Ok(());
    }
    Err(format!("the CA of `{}` is nowhere", path.display()))
}

fn is(path: &Path, what: &str) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.contains(what))
}

/// Every file that bears a final name is one that the tool wrote to its end.
pub(crate) fn must_be_whole(dir: &Path) -> Result<(), String> {
    for path in files(dir).iter().filter(|path| !is_of_a_run(path)) {
        let text = fs::read_to_string(path).map_err(|error| format!("{path:?}: {error}"))?;
        if !text.ends_with('\n') {
            return Err(format!("`{}` is cut off", path.display()));
        }
        if is(path, ".crt") {
            certificates(path)?;
        }
        if is(path, ".key") {
            public_key(path)?;
        }
    }
    Ok(())
}

/// A staged file or a journal.
fn is_of_a_run(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.ends_with(".stem-sec-staged") || name == ".stem-sec-journal")
}

struct Certificate {
    public_key: Vec<u8>,
    key_id: Option<Vec<u8>>,
    issuer_key_id: Option<Vec<u8>>,
}

/// At least one.
fn certificates(path: &Path) -> Result<Vec<Certificate>, String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let found: Result<Vec<Certificate>, String> = Pem::iter_from_buffer(&bytes)
        .map(|pem| {
            let pem = pem.map_err(|error| error.to_string())?;
            let parsed = pem.parse_x509().map_err(|error| error.to_string())?;
            let mut certificate = Certificate {
                public_key: parsed.public_key().subject_public_key.data.to_vec(),
                key_id: None,
                issuer_key_id: None,
            };
            for extension in parsed.extensions() {
                match extension.parsed_extension() {
                    ParsedExtension::SubjectKeyIdentifier(id) => {
                        certificate.key_id = Some(id.0.to_vec());
                    }
                    ParsedExtension::AuthorityKeyIdentifier(id) => {
                        certificate.issuer_key_id =
                            id.key_identifier.as_ref().map(|id| id.0.to_vec());
                    }
                    _ => {}
                }
            }
            Ok(certificate)
        })
        .collect();
    match found? {
        found if found.is_empty() => Err(format!("no certificate in `{}`", path.display())),
        found => Ok(found),
    }
}

fn public_key(path: &Path) -> Result<Vec<u8>, String> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let key = rcgen::KeyPair::from_pem(&text).map_err(|error| format!("{path:?}: {error}"))?;
    Ok(rcgen::PublicKeyData::der_bytes(&key).to_vec())
}
