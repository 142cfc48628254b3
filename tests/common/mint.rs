//! Makes what stands in `{{…}}` in the files of a deployment, remembers by which fingerprint
//! the binary would show it, and which line of the result stood where before: the table in
//! `tests/inventory/README.md`.

// every test crate takes what it needs
#![allow(dead_code)]

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, Issuer, KeyPair, PKCS_ED25519};
use sha2::{Digest, Sha256};
use stem_sec::formats::pem;
use stem_sec::mint::key::{KeyType, PrivateKey};
use stem_sec::mint::name::Name;
use stem_sec::mint::x509::{Authority, Purpose, Request, Serial, Subject};
use stem_sec::mint::{ed25519, hmac};
use stem_sec::model::secret::Secret;
use time::{Duration, OffsetDateTime};

/// What one deployment is filled with: the same thing wherever its name stands.
#[derive(Default)]
pub(crate) struct Mint {
    made: BTreeMap<String, String>,
    authorities: BTreeMap<String, Authority>,
    /// Fingerprint -> the name in braces; without `cert.` and `key.`, which share one.
    names: BTreeMap<String, String>,
}

/// A file with its `{{…}}` replaced.
pub(crate) struct Filled {
    pub(crate) bytes: Vec<u8>,
    /// For every line of it, the line it was before.
    pub(crate) lines: Vec<u32>,
}

/// What stands before the point in the DER of an Ed25519 public key.
const SPKI: [u8; 12] = [48, 42, 48, 5, 6, 3, 43, 101, 112, 3, 33, 0];

/// How old the CAs are: older than any certificate.
const AGE: Duration = Duration::days(500);

/// What a name in braces begins with; anything else in braces is the file's own.
const KINDS: [&str; 10] = [
    "hmac.",
    "unpadded.",
    "ed25519.",
    "password.",
    "weak.",
    "cert.",
    "key.",
    "cut.",
    "base64:",
    "indent ",
];

impl Mint {
    /// Replaces everything that stands in braces and is ours.
    pub(crate) fn fill(&mut self, text: &[u8]) -> Filled {
        let Ok(text) = std::str::from_utf8(text) else {
            let lines = (1..).take(text.split(|byte| *byte == b'\n').count());
            return Filled {
                lines: lines.collect(),
                bytes: text.to_vec(),
            };
        };
        let (mut filled, mut lines) = (String::new(), Vec::new());
        for (number, line) in (1..).zip(text.split_inclusive('\n')) {
            let mut rest = line;
            let line = self.expand(&mut rest, false);
            lines.resize(lines.len() + line.split_inclusive('\n').count(), number);
            filled.push_str(&line);
        }
        Filled {
            bytes: filled.into_bytes(),
            lines,
        }
    }

    /// Takes the text up to its end, or to the `}}` that closes what it stands in.
    fn expand(&mut self, rest: &mut &str, inside: bool) -> String {
        let mut done = String::new();
        while !rest.is_empty() {
            if inside && rest.starts_with("}}") {
                *rest = &rest[2..];
                return done;
            }
            let ours = rest
                .strip_prefix("{{")
                .filter(|after| KINDS.iter().any(|kind| after.starts_with(kind)));
            if let Some(after) = ours {
                *rest = after;
                let inner = self.expand(rest, true);
                done.push_str(&self.make(&inner));
                continue;
            }
            let first = rest.chars().next().map_or(0, char::len_utf8);
            done.push_str(&rest[..first]);
            *rest = &rest[first..];
        }
        assert!(!inside, "a `{{{{` is not closed on its line");
        done
    }

    /// What stands for this in braces.
    fn make(&mut self, inner: &str) -> String {
        if let Some(text) = inner.strip_prefix("base64:") {
            return STANDARD.encode(text.replace("\\n", "\n"));
        }
        if let Some(text) = inner.strip_prefix("indent ") {
            let (columns, text) = text.split_once(':').expect("`indent N:`");
            let columns: usize = columns.parse().expect("a number after `indent`");
            return text.replace('\n', &format!("\n{}", " ".repeat(columns)));
        }
        if !self.made.contains_key(inner) {
            self.mint(inner);
        }
        self.made[inner].clone()
    }

    fn mint(&mut self, full: &str) {
        let (kind, name) = full.split_once('.').expect("a kind and a name");
        let random = bytes_of(full);
        match kind {
            "hmac" => self.keep(full, hmac::secret(&random).expose()),
            "password" => self.keep(full, &letters(&random)),
            "unpadded" => {
                let text = self.make(&format!("hmac.{name}"));
                let text = text.trim_end_matches('=').to_owned();
                self.made.insert(full.to_owned(), text);
            }
            // too short to be shown by a fingerprint
            "weak" => {
                let text = STANDARD.encode(format!("let-me-in-{name}"));
                self.made.insert(full.to_owned(), text);
            }
            "ed25519" => {
                let (name, _) = name.rsplit_once('.').expect("ed25519.NAME.HALF");
                let pair = ed25519::pair(&bytes_of(&format!("ed25519.{name}")));
                self.keep(&format!("ed25519.{name}.public"), &pair.public);
                self.keep(&format!("ed25519.{name}.private"), pair.private.expose());
                let [seed, point] = [pair.private.expose(), &pair.public]
                    .map(|half| STANDARD.decode(half).expect("what was encoded"));
                let (long, der) = ([seed, point.clone()].concat(), [&SPKI[..], &point].concat());
                self.keep(&format!("ed25519.{name}.long"), &STANDARD.encode(long));
                self.keep(&format!("ed25519.{name}.der"), &STANDARD.encode(der));
            }
            "cut" => {
                let key = self.make(&format!("key.{name}"));
                let lines: Vec<&str> = key.lines().take(2).collect();
                self.made.insert(full.to_owned(), lines.join("\n"));
            }
            _ => self.certify(name),
        }
    }

    fn keep(&mut self, full: &str, text: &str) {
        let fingerprint = Secret::new(text.to_owned()).fingerprint();
        self.names.insert(fingerprint, full.to_owned());
        self.made.insert(full.to_owned(), text.to_owned());
    }

    /// A CA, or a certificate that one issues, and its key.
    fn certify(&mut self, full: &str) {
        if full.ends_with("+ed25519") {
            return self.certify_ed25519(full);
        }
        let mut words = full.split('+');
        let name = words.next().expect("a name");
        if name.starts_with("ca") {
            self.authority(name);
            return;
        }
        let purpose = match name {
            _ if name.starts_with("server") => Purpose::Server,
            _ if name.starts_with("client") => Purpose::Client,
            _ if name.starts_with("peer") => Purpose::Peer,
            _ => panic!("`{name}` is neither ca, server, client nor peer"),
        };
        let today = OffsetDateTime::now_utc();
        let (mut ca, mut hosts, mut from, mut days) = ("ca", Vec::new(), today, 365);
        for word in words {
            match word.split_once('=') {
                Some(("by", issuer)) => ca = issuer,
                Some(("at", host)) => hosts.push(host),
                None if word == "soon" => (from, days) = (today - Duration::days(355), 10),
                None if word == "expired" => (from, days) = (today - Duration::days(400), -10),
                None if word == "future" => from = today + Duration::days(40),
                _ => panic!("`{word}` says nothing of a certificate"),
            }
        }
        if hosts.is_empty() {
            hosts.push("redis");
        }
        let request = Request {
            purpose,
            subject: Subject::Common(name.to_owned()),
            names: hosts
                .into_iter()
                .map(|host| Name::new(host).expect("a name"))
                .collect(),
            not_after: today + Duration::days(days),
        };
        let leaf = self
            .authority(ca)
            .issue(&request, new_key(), serial(full), from)
            .expect("a certificate");
        let certificate = leaf.certificate.to_pem();
        self.keep_pair(full, &certificate, &leaf.key);
    }

    /// A server's, with a kind of key that is not minted otherwise.
    fn certify_ed25519(&mut self, full: &str) {
        let pem = self.authority("ca").key_pem().expose().to_owned();
        let ca = KeyPair::from_pem(&pem).expect("its key");
        let certificate = self.make("cert.ca");
        let issuer = Issuer::from_ca_cert_pem(&certificate, ca).expect("an issuer");
        let key = KeyPair::generate_for(&PKCS_ED25519).expect("a key");
        let mut params = CertificateParams::new(["redis".to_owned()]).expect("a name");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let today = OffsetDateTime::now_utc();
        (params.not_before, params.not_after) = (today - AGE / 2, today + Duration::days(99));
        let certificate = params.signed_by(&key, &issuer).expect("a certificate");
        let trimmed = |text: String| text.trim_end().to_owned();
        self.made
            .insert(format!("cert.{full}"), trimmed(certificate.pem()));
        self.made
            .insert(format!("key.{full}"), trimmed(key.serialize_pem()));
    }

    fn authority(&mut self, name: &str) -> &Authority {
        if !self.authorities.contains_key(name) {
            let since = OffsetDateTime::now_utc() - AGE;
            let authority = Authority::create(new_key(), serial(name), since).expect("a CA");
            let certificate = authority.certificate().to_pem();
            let key = PrivateKey::from_pem(authority.key_pem().expose().as_bytes());
            self.keep_pair(name, &certificate, &key.expect("its key"));
            self.authorities.insert(name.to_owned(), authority);
        }
        &self.authorities[name]
    }

    fn keep_pair(&mut self, name: &str, certificate: &str, key: &PrivateKey) {
        let read = pem::read(key.to_pem().expose().as_bytes(), 0).pieces;
        let Some((_, pem::Piece::PrivateKey(pair))) = read.first() else {
            panic!("what was minted is no key");
        };
        let fingerprint = pair.fingerprint().expect("a public half");
        self.names.insert(fingerprint, name.to_owned());
        let trimmed = |text: &str| text.trim_end().to_owned();
        self.made
            .insert(format!("cert.{name}"), trimmed(certificate));
        self.made
            .insert(format!("key.{name}"), trimmed(key.to_pem().expose()));
    }

    /// The name in braces of what has this fingerprint, as an artifact of this kind.
    pub(crate) fn name_of(&self, fingerprint: &str, artifact: &str) -> String {
        let Some(name) = self.names.get(fingerprint) else {
            return format!("?{fingerprint}");
        };
        if let Some(name) = name.strip_prefix("ed25519.") {
            let (name, _) = name.rsplit_once('.').expect("a half");
            let half = match artifact {
                "signing-public-key" => "public",
                _ => "private",
            };
            return format!("ed25519.{name}.{half}");
        }
        match artifact {
            "ca-certificate" | "server-certificate" | "client-certificate" => {
                format!("cert.{name}")
            }
            "ca-key" | "server-key" | "client-key" => format!("key.{name}"),
            _ => name.clone(),
        }
    }
}

fn bytes_of(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

fn letters(random: &[u8; 32]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let letter = |byte: &u8| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]);
    random.iter().map(letter).collect()
}

fn new_key() -> PrivateKey {
    PrivateKey::generate(KeyType::P256).expect("a key")
}

fn serial(name: &str) -> Serial {
    let mut bytes = [0; 20];
    bytes.copy_from_slice(&bytes_of(name)[..20]);
    Serial::new(bytes)
}

#[test]
fn what_stands_in_braces_is_replaced_and_lines_are_remembered() {
    let mut mint = Mint::default();
    let text = "a: {{ .Values.a }}\nb: |\n  {{indent 2:{{cert.ca}}}}\nc: {{base64:p:{{hmac.a}}}}\n";
    let filled = mint.fill(text.as_bytes());
    let text = String::from_utf8(filled.bytes).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), filled.lines.len());
    assert_eq!((lines[0], filled.lines[0]), ("a: {{ .Values.a }}", 1));
    assert_eq!(lines[2], "  -----BEGIN CERTIFICATE-----");
    assert!(lines[3].starts_with("  MII"), "{}", lines[3]);
    assert_eq!(filled.lines[3], 3);
    let last = lines.last().unwrap().strip_prefix("c: ").unwrap();
    assert_eq!(*filled.lines.last().unwrap(), 4);
    let decoded = String::from_utf8(STANDARD.decode(last).unwrap()).unwrap();
    let key = Secret::new(decoded.strip_prefix("p:").unwrap().to_owned());
    assert_eq!(mint.name_of(&key.fingerprint(), "signing-secret"), "hmac.a");
}

#[test]
fn both_halves_of_a_pair_have_its_name() {
    let mut mint = Mint::default();
    let filled = mint.fill(b"{{ed25519.a.public}}\n{{ed25519.a.private}}\n");
    let text = String::from_utf8(filled.bytes).unwrap();
    for (line, artifact) in text
        .lines()
        .zip(["signing-public-key", "signing-private-key"])
    {
        let half = artifact.split('-').nth(1).unwrap();
        let fingerprint = Secret::new(line.to_owned()).fingerprint();
        assert_eq!(
            mint.name_of(&fingerprint, artifact),
            format!("ed25519.a.{half}")
        );
    }
}
