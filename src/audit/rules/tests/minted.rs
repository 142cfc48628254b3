//! What stands in `<…>` in examples: keys, passwords and certificates, made anew for each test.
//!
//! `<secret a>` 32 bytes in base64, `<private a>` and `<public a>` the halves of a pair, `<short a>`
//! 16 bytes, `<published sample>` a secret of Stem's own samples, `<long a>` 64 bytes, `<text a>` a text of 40 letters (all base64), `<password a>` 32
//! letters and digits, `<NAME.crt>` and `<NAME.key>` PEM: `ca`, `other-ca`; of `ca`: `server`,
//! `expired-server`, `expiring-server`, `elsewhere-server` (another host), `client`, `b-client`,
//! `expired-client`, `ed25519-server` (its key), `signing-server` (for code alone); of `other-ca`:
//! `foreign-server`, `foreign-client`; `expired-ca`; indented to where it stands.

use std::cell::RefCell;
use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::ExtendedKeyUsagePurpose::{CodeSigning, ServerAuth};
use sha2::{Digest, Sha256};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::mint::ed25519;
use crate::mint::key::{KeyType, PrivateKey};
use crate::mint::name::Name;
use crate::mint::x509::{Authority, Purpose, Request, Serial, Subject};

/// The moment at which examples are judged.
pub(super) const NOW: OffsetDateTime = datetime!(2030-06-01 12:00 UTC);

/// Values by what stands in the brackets: the same each time within one example.
pub(super) struct Minted {
    pem: RefCell<HashMap<String, String>>,
    authorities: HashMap<&'static str, Authority>,
}

impl Minted {
    pub(super) fn new() -> Minted {
        let authority = |name: &'static str| {
            let key = PrivateKey::generate(KeyType::P256).expect("a key");
            let age = if name == "expired-ca" { 4_000 } else { 400 };
            let made = NOW - Duration::days(age);
            let authority = Authority::create(key, serial(name), made).expect("a CA");
            (name, authority)
        };
        Minted {
            pem: RefCell::default(),
            authorities: HashMap::from(["ca", "other-ca", "expired-ca"].map(authority)),
        }
    }

    /// A text with everything in its place.
    pub(super) fn fill(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('<') {
            out.push_str(before);
            let value = after.split_once('>').and_then(|(word, rest)| {
                let value = self.value(word)?;
                Some((value, rest))
            });
            match value {
                Some((value, after)) => {
                    let line = out.rsplit('\n').next().unwrap_or_default();
                    let blank = line.len() - line.trim_start_matches(' ').len();
                    let margin = format!("\n{}", " ".repeat(blank));
                    out.push_str(&value.trim_end().replace('\n', &margin));
                    rest = after;
                }
                None => {
                    out.push('<');
                    rest = after;
                }
            }
        }
        out.push_str(rest);
        out
    }

    fn value(&self, word: &str) -> Option<String> {
        if let Some(name) = word.strip_suffix(".crt").or(word.strip_suffix(".key")) {
            if !self.pem.borrow().contains_key(word) {
                self.mint(name)?;
            }
            return self.pem.borrow().get(word).cloned();
        }
        let (kind, name) = word.split_once(' ')?;
        let bytes: [u8; 32] = Sha256::digest(name).into();
        Some(match kind {
            "secret" => STANDARD.encode(bytes),
            "short" => STANDARD.encode(&bytes[..16]),
            "long" => STANDARD.encode([bytes, Sha256::digest(bytes).into()].concat()),
            "text" => STANDARD.encode(format!("{name:-<20}correct-horse-battery")),
            "private" => ed25519::pair(&bytes).private.expose().to_owned(),
            "public" => ed25519::pair(&bytes).public,
            "published" => STANDARD.encode(["super-secret"; 2].join("-")),
            "password" => Sha256::digest(bytes)[..16]
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
            _ => return None,
        })
    }

    fn mint(&self, name: &str) -> Option<()> {
        let mut pem = self.pem.borrow_mut();
        if let Some(authority) = self.authorities.get(name) {
            pem.insert(format!("{name}.crt"), authority.certificate().to_pem());
            pem.insert(
                format!("{name}.key"),
                authority.key_pem().expose().to_owned(),
            );
            return Some(());
        }
        let purpose = match () {
            () if name.ends_with("server") => Purpose::Server,
            () if name.ends_with("client") => Purpose::Client,
            () => return None,
        };
        let ca = if name.starts_with("foreign") {
            "other-ca"
        } else {
            "ca"
        };
        let (made, until) = match () {
            () if name.starts_with("expired") => {
                (NOW - Duration::days(90), NOW - Duration::days(3))
            }
            () if name.starts_with("expiring") => {
                (NOW - Duration::days(300), NOW + Duration::days(10))
            }
            () => (NOW, NOW + Duration::days(300)),
        };
        let hosts: &[&str] = match purpose {
            Purpose::Client => &[],
            _ if name.starts_with("elsewhere") => &["elsewhere.example.com"],
            _ => &["redis", "localhost", "redis.example.com"],
        };
        let request = Request {
            purpose,
            subject: Subject::Common(name.to_owned()),
            names: hosts
                .iter()
                .map(|host| Name::new(host).expect("a name"))
                .collect(),
            not_after: until,
        };
        let odd = match name {
            "ed25519-server" => Some((&rcgen::PKCS_ED25519, ServerAuth)),
            "signing-server" => Some((&rcgen::PKCS_ECDSA_P256_SHA256, CodeSigning)),
            _ => None,
        };
        if let Some((algorithm, usage)) = odd {
            let (certificate, key) = odd_leaf(&self.authorities[ca], hosts, algorithm, usage);
            pem.insert(format!("{name}.crt"), certificate);
            pem.insert(format!("{name}.key"), key);
            return Some(());
        }
        let key = PrivateKey::generate(KeyType::P256).expect("a key");
        let leaf = self.authorities[ca]
            .issue(&request, key, serial(name), made)
            .expect("a leaf");
        pem.insert(format!("{name}.crt"), leaf.certificate.to_pem());
        pem.insert(format!("{name}.key"), leaf.key.to_pem().expose().to_owned());
        Some(())
    }
}

/// Of a kind that this tool does not issue.
fn odd_leaf(
    authority: &Authority,
    hosts: &[&str],
    algorithm: &'static rcgen::SignatureAlgorithm,
    usage: rcgen::ExtendedKeyUsagePurpose,
) -> (String, String) {
    let key = rcgen::KeyPair::generate_for(algorithm).expect("a key");
    let ca_key = rcgen::KeyPair::from_pem(authority.key_pem().expose()).expect("the CA's key");
    let ca = authority.certificate().to_pem();
    let issuer = rcgen::Issuer::from_ca_cert_pem(&ca, ca_key).expect("the CA");
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut parameters = rcgen::CertificateParams::new(hosts).expect("names");
    parameters.not_before = NOW - Duration::days(1);
    parameters.not_after = NOW + Duration::days(300);
    parameters.extended_key_usages = vec![usage];
    parameters.use_authority_key_identifier_extension = true;
    let leaf = parameters.signed_by(&key, &issuer).expect("a leaf");
    (leaf.pem(), key.serialize_pem())
}

fn serial(name: &str) -> Serial {
    let digest = Sha256::digest(name);
    Serial::new(digest[..20].try_into().expect("20 bytes"))
}
