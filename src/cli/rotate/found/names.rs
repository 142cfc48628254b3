//! Names for values, so that plans can tell them apart: the same name for the same value in
//! all that is read in one run, and nothing of a value in it. What is strong goes by its
//! fingerprint, what could be guessed by a number.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::audit::veil::looks_random;
use crate::formats::pem;
use crate::mint::ed25519;
use crate::mint::x509::{Certificate, is_issued};
use crate::model::secret::Secret;
use crate::model::strength::weakness;
use crate::rotate::plan::Leaf;

/// A CA goes by what verifiers look at: its name and its key.
#[derive(PartialEq, Eq)]
struct Identity {
    subject: Vec<u8>,
    kind: String,
    bits: Vec<u8>,
    key_id: Option<Vec<u8>>,
}

impl Identity {
    fn of(ca: &Certificate) -> Identity {
        Identity {
            subject: ca.subject_der.clone(),
            kind: ca.public_key.kind.clone(),
            bits: ca.public_key.bits.clone(),
            key_id: ca.subject_key_id.clone(),
        }
    }
}

/// The names that were given so far.
#[derive(Default)]
pub(super) struct Names {
    secrets: Vec<(Kind, Zeroizing<Vec<u8>>, String)>,
    ids: Vec<(String, String)>,
    authorities: Vec<(Identity, Certificate, String)>,
    certificates: Vec<(Vec<u8>, String)>,
    issuers: Vec<(Vec<u8>, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Hmac,
    Ed25519,
    Password,
}

/// How much of a serial number stands in a name: as in the subject of CAs made here.
const DIGITS: usize = 8;

impl Names {
    /// An HMAC secret.
    pub(super) fn hmac(&mut self, bytes: &[u8]) -> String {
        let strong = weakness(bytes).is_none();
        let name = strong.then(|| fingerprint(bytes));
        self.secret(Kind::Hmac, bytes, name, "weak")
    }

    /// A public key of Ed25519.
    pub(super) fn public(&mut self, bytes: &[u8]) -> String {
        let strong = weakness(bytes).is_none();
        let name = strong.then(|| fingerprint(bytes));
        self.secret(Kind::Ed25519, bytes, name, "weak")
    }

    /// A seed of Ed25519 goes by the public key that belongs to it. Of anything else Stem
    /// makes a key that belongs to no public key.
    pub(super) fn private(&mut self, bytes: &[u8]) -> String {
        let Ok(seed) = <&[u8; 32]>::try_from(bytes) else {
            let mut marked = Zeroizing::new(b"no seed:".to_vec());
            marked.extend_from_slice(bytes);
            return self.secret(Kind::Ed25519, &marked, None, "no-seed");
        };
        let public = ed25519::pair(seed).public;
        let public = STANDARD.decode(public).unwrap_or_default();
        // whoever can guess the seed can guess the public key, and its hash
        match weakness(bytes) {
            None => self.public(&public),
            Some(_) => self.secret(Kind::Ed25519, &public, None, "weak"),
        }
    }

    /// A password is told by equality alone.
    pub(super) fn password(&mut self, text: &Secret) -> String {
        self.secret(Kind::Password, text.expose().as_bytes(), None, "password")
    }

    fn secret(&mut self, kind: Kind, bytes: &[u8], name: Option<String>, word: &str) -> String {
        let mut known = self.secrets.iter();
        if let Some((_, _, name)) = known.find(|(of, value, _)| *of == kind && **value == bytes) {
            return name.clone();
        }
        let is_taken = |name: &str| self.secrets.iter().any(|(_, _, taken)| taken == name);
        let name = name.filter(|name| !is_taken(name)).unwrap_or_else(|| {
            let mut numbered = (1..).map(|number: u32| format!("{word}-{number}"));
            numbered.find(|name| !is_taken(name)).unwrap_or_default()
        });
        let value = Zeroizing::new(bytes.to_vec());
        self.secrets.push((kind, value, name.clone()));
        name
    }

    /// The id of a key, unless somebody put a secret where an id belongs.
    pub(super) fn id(&mut self, id: &str) -> String {
        let is_plain = id.chars().count() <= 64 && !id.chars().any(char::is_control);
        if is_plain && !looks_random(id) {
            return id.to_owned();
        }
        if let Some((_, name)) = self.ids.iter().find(|(known, _)| known == id) {
            return name.clone();
        }
        let name = format!("(id {})", self.ids.len() + 1);
        self.ids.push((id.to_owned(), name.clone()));
        name
    }

    /// Learns of a CA, so that what it issued can be told.
    pub(super) fn authority(&mut self, ca: &Certificate) -> String {
        let identity = Identity::of(ca);
        if let Some((_, _, name)) = self.authorities.iter().find(|(one, _, _)| *one == identity) {
            return name.clone();
        }
        let is_taken = |name: &str| self.authorities.iter().any(|(_, _, taken)| taken == name);
        let name = free(&short(&ca.serial), is_taken);
        self.authorities.push((identity, ca.clone(), name.clone()));
        name
    }

    /// What stands in a file of CAs without being one trusts nobody.
    pub(super) fn no_authority(&mut self, certificate: &Certificate) -> String {
        format!("no CA ({})", self.certificate(certificate))
    }

    fn certificate(&mut self, certificate: &Certificate) -> String {
        let der = certificate.der();
        if let Some((_, name)) = self.certificates.iter().find(|(one, _)| one == der) {
            return name.clone();
        }
        let is_taken = |name: &str| self.certificates.iter().any(|(_, taken)| taken == name);
        let name = free(&short(&certificate.serial), is_taken);
        self.certificates.push((der.to_vec(), name.clone()));
        name
    }

    /// A certificate that is shown, with those beside it, by the CA that issued it: the
    /// outermost that is known. `None` where it cannot be told.
    pub(super) fn leaf(&mut self, leaf: &Certificate, shown: &[&Certificate]) -> Option<Leaf> {
        let mut issuers: Vec<(bool, String)> = Vec::new();
        for (_, ca, name) in &self.authorities {
            if is_issued(leaf, shown, &[ca])? {
                issuers.push((ca.is_self_issued(), name.clone()));
            }
        }
        let outermost = issuers.iter().find(|(is_root, _)| *is_root);
        let known = outermost.or(issuers.first()).map(|(_, name)| name.clone());
        let ca = known.unwrap_or_else(|| self.issuer(leaf));
        let cert = Some(self.certificate(leaf));
        Some(Leaf { ca, cert })
    }

    /// A CA of which nothing is at hand but what it issued.
    fn issuer(&mut self, leaf: &Certificate) -> String {
        let mut identity = leaf.issuer_der.clone();
        identity.extend(leaf.authority_key_id.iter().flatten());
        if let Some((_, name)) = self.issuers.iter().find(|(one, _)| *one == identity) {
            return name.clone();
        }
        let name = format!("elsewhere-{}", self.issuers.len() + 1);
        self.issuers.push((identity, name.clone()));
        name
    }
}

/// As the tool shows it everywhere: of the canonical base64.
fn fingerprint(bytes: &[u8]) -> String {
    Secret::new(STANDARD.encode(bytes)).fingerprint()
}

fn short(serial: &str) -> String {
    serial.chars().take(DIGITS).collect()
}

fn free(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|number: u32| format!("{name}-{number}"));
    let mut all = std::iter::once(name.to_owned()).chain(numbered);
    all.find(|name| !is_taken(name)).unwrap_or_default()
}

/// A private key's PEM or DER is not looked into: only whether two certificates are over one
/// key.
pub(super) fn is_of_key(certificate: &Certificate, key: &pem::PrivateKey) -> Option<bool> {
    Some(*key.public.as_ref()? == certificate.public_key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_one_name_and_others_another() {
        let mut names = Names::default();
        let strong = |n: u8| -> Vec<u8> {
            (0..32)
                .map(|at: u8| at.wrapping_mul(at) ^ n.wrapping_mul(37).wrapping_add(at << 3))
                .collect()
        };
        let one = names.hmac(&strong(1));
        assert_eq!(one, names.hmac(&strong(1)));
        assert_ne!(one, names.hmac(&strong(2)));
        assert_eq!(one.len(), 12);
    }

    #[test]
    fn what_can_be_guessed_goes_by_a_number() {
        let mut names = Names::default();
        assert_eq!(names.hmac(b"super-secret"), "weak-1");
        assert_eq!(names.hmac(b"next-secret"), "weak-2");
        assert_eq!(names.hmac(b"super-secret"), "weak-1");
        let password = |text: &str| Secret::new(text.to_owned());
        assert_eq!(names.password(&password("p")), "password-1");
        assert_eq!(names.password(&password("q")), "password-2");
        assert_eq!(names.password(&password("p")), "password-1");
    }

    #[test]
    fn both_halves_of_a_key_have_one_name() {
        let mut names = Names::default();
        let seed: [u8; 32] = std::array::from_fn(|at| (at as u8).wrapping_mul(83) ^ 0x5a);
        let public = STANDARD.decode(ed25519::pair(&seed).public).unwrap();
        assert_eq!(names.private(&seed), names.public(&public));
        assert_ne!(names.private(&[seed, seed].concat()), names.public(&public));
        // a seed that can be guessed, and its public key
        let weak = [7; 32];
        let public = STANDARD.decode(ed25519::pair(&weak).public).unwrap();
        assert_eq!(names.private(&weak), "weak-1");
        assert_eq!(names.public(&public), "weak-1");
    }

    #[test]
    fn a_secret_in_the_place_of_an_id_is_not_shown() {
        let mut names = Names::default();
        assert_eq!(names.id("primary-2026"), "primary-2026");
        let secret = "kX9fQ2mZ7pL4vB8nR1sT6wY3";
        let shown = names.id(secret);
        assert!(!shown.contains("kX9f"));
        assert_eq!(shown, names.id(secret));
    }
}
