//! What is in a folder, and whether it is whole.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

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

/// Every file is whole, every key fits.
pub(crate) fn must_be_sound(dir: &Path) -> Result<(), String> {
    must_be_whole(dir)?;
    for certificate in files(dir).iter().filter_map(|path| path.to_str()) {
        let key = PathBuf::from(certificate.replace(".crt", ".key"));
        if certificate.contains(".crt") && key.exists() {
            let public = public_key_of_certificate(Path::new(certificate))?;
            if public != public_key_of_key(&key)? {
                return Err(format!("`{certificate}` and its key do not fit"));
            }
        }
    }
    Ok(())
}

/// Every file that bears a final name is one that the tool wrote to its end.
pub(crate) fn must_be_whole(dir: &Path) -> Result<(), String> {
    for path in files(dir).iter().filter(|path| !is_of_a_run(path)) {
        let text = fs::read_to_string(path).map_err(|error| format!("{path:?}: {error}"))?;
        if !text.ends_with('\n') {
            return Err(format!("`{}` is cut off", path.display()));
        }
        let name = path.file_name().and_then(|name| name.to_str());
        match name.unwrap_or_default() {
            name if name.contains(".crt") => drop(public_key_of_certificate(path)?),
            name if name.contains(".key") => drop(public_key_of_key(path)?),
            _ => {}
        }
    }
    Ok(())
}

/// A staged file or a journal.
fn is_of_a_run(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.ends_with(".stem-sec-staged") || name == ".stem-sec-journal")
}

fn public_key_of_certificate(path: &Path) -> Result<Vec<u8>, String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let pem = x509_parser::pem::Pem::iter_from_buffer(&bytes).next();
    let pem = pem.ok_or("no PEM")?.map_err(|error| error.to_string())?;
    let certificate = pem.parse_x509().map_err(|error| error.to_string())?;
    Ok(certificate.public_key().subject_public_key.data.to_vec())
}

fn public_key_of_key(path: &Path) -> Result<Vec<u8>, String> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let key = rcgen::KeyPair::from_pem(&text).map_err(|error| format!("{path:?}: {error}"))?;
    Ok(rcgen::PublicKeyData::der_bytes(&key).to_vec())
}
