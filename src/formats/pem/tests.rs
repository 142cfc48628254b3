//! Blocks wherever they stand, and what is broken in them.

use std::process::{Command, Stdio};

use proptest::prelude::*;
use time::macros::datetime;

use super::*;
use crate::mint::key::{KeyType, PrivateKey as Minted};
use crate::mint::x509::{Authority, Serial};

struct Pair {
    certificate: String,
    key: String,
}

fn minted(key_type: KeyType) -> Pair {
    let key = Minted::generate(key_type).unwrap();
    let text = key.to_pem().expose().to_owned();
    let now = datetime!(2026-11-23 12:00 UTC);
    let authority = Authority::create(key, Serial::new([7; 20]), now).unwrap();
    Pair {
        certificate: authority.certificate().to_pem(),
        key: text,
    }
}

fn openssl(arguments: &str, input: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut child = Command::new("openssl")
        .args(arguments.split(' '))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "openssl {arguments}");
    output.stdout
}

fn only(bytes: &[u8]) -> Piece {
    let Pieces {
        mut pieces,
        troubles,
    } = read(bytes, 0);
    assert_eq!((pieces.len(), troubles.as_slice()), (1, [].as_slice()));
    pieces.remove(0).1
}

fn key_of(piece: &Piece) -> String {
    match piece {
        Piece::Certificate(certificate) => fingerprint(&certificate.public_key),
        Piece::PrivateKey(key) => key.fingerprint().unwrap(),
        Piece::PublicKey(key) => fingerprint(key),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_certificate_and_its_key_have_one_fingerprint_in_every_form() {
    for key_type in [KeyType::P256, KeyType::P384, KeyType::Rsa2048] {
        let pair = minted(key_type);
        let expected = key_of(&only(pair.certificate.as_bytes()));
        let key = pair.key.as_bytes();
        for arguments in [
            "pkey",
            "pkey -outform der",
            "pkey -traditional",
            "pkey -traditional -outform der",
            "pkey -pubout",
            "pkey -pubout -outform der",
        ] {
            let text = openssl(arguments, key);
            assert_eq!(key_of(&only(&text)), expected, "{arguments}");
        }
        let der = openssl("x509 -outform der", pair.certificate.as_bytes());
        assert_eq!(key_of(&only(&der)), expected);
        let trusted = openssl(
            "x509 -trustout -addtrust serverAuth",
            pair.certificate.as_bytes(),
        );
        assert_eq!(key_of(&only(&trusted)), expected);
    }
}

#[test]
fn rsa_public_keys_without_an_algorithm_are_read() {
    let pair = minted(KeyType::Rsa2048);
    let expected = key_of(&only(pair.key.as_bytes()));
    let text = openssl("rsa -RSAPublicKey_out", pair.key.as_bytes());
    assert_eq!(key_of(&only(&text)), expected);
}

#[test]
fn keys_of_other_kinds_are_matched_too() {
    for arguments in [
        "genpkey -algorithm ed25519",
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp521r1",
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024",
    ] {
        let key = openssl(arguments, b"");
        let public = openssl("pkey -pubout", &key);
        assert_eq!(key_of(&only(&key)), key_of(&only(&public)), "{arguments}");
    }
}

#[test]
fn encrypted_keys_are_known_for_what_they_are() {
    let key = minted(KeyType::Rsa2048).key;
    for arguments in [
        "pkcs8 -topk8 -passout pass:x",
        "pkcs8 -topk8 -passout pass:x -outform der",
        "rsa -aes128 -traditional -passout pass:x",
    ] {
        let text = openssl(arguments, key.as_bytes());
        let Piece::PrivateKey(key) = only(&text) else {
            panic!("{arguments}");
        };
        assert!(key.encrypted && key.public.is_none(), "{arguments}");
    }
}

#[test]
fn requests_and_others_are_told_apart() {
    let key = minted(KeyType::P256).key;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("k");
    std::fs::write(&file, &key).unwrap();
    let request = format!("req -new -subj /CN=x -key {}", file.display());
    for form in ["pem", "der"] {
        let text = openssl(&format!("{request} -outform {form}"), b"");
        assert!(matches!(only(&text), Piece::Request), "{form}");
    }
    let text = openssl("ecparam -name prime256v1", b"");
    assert!(matches!(only(&text), Piece::Other));
    let pair = [key.as_bytes(), minted(KeyType::P256).certificate.as_bytes()].concat();
    let bag = openssl(
        "pkcs12 -export -nocerts -passout pass:x",
        &pair[..key.len()],
    );
    assert!(matches!(only(&bag), Piece::Other));
}

#[test]
fn a_block_is_found_wherever_it_stands() {
    let Pair { certificate, key } = minted(KeyType::P256);
    let expected = key_of(&only(key.as_bytes()));
    let indented = key.trim_end().replace('\n', "\n    ");
    let forms = [
        key.replace('\n', "\r\n"),
        format!("tls.key: |\n    {indented}\nother: 1\n"),
        format!("KEY=\"{}\"\n", key.replace('\n', "\\n")),
        format!("{{\"a\": \"{}\"}}", key.replace('\n', "\\\\n")),
        format!("KEY={}", key.replace('\n', " ")),
        format!("KEY={}", key.replace('\n', "\\\n")),
        format!("a \"-----BEGIN PRIVATE KEY-----\" is a key:\n{key}"),
        format!("-----BEGIN PRIVATE KEY-----\n{key}"),
    ];
    for form in forms {
        assert_eq!(key_of(&only(form.as_bytes())), expected);
    }
    let bundle = format!("# ours\n{certificate}\n{key}{certificate}");
    let places: Vec<u32> = read(bundle.as_bytes(), 4)
        .pieces
        .iter()
        .map(|(place, _)| place.line)
        .collect();
    let lines = u32::try_from(certificate.lines().count()).unwrap();
    let key_lines = u32::try_from(key.lines().count()).unwrap();
    assert_eq!(places, [2, lines + 3, lines + 3 + key_lines]);
}

#[test]
fn places_are_exact_in_text_that_is_no_utf8() {
    let key = minted(KeyType::P256).key;
    let text = [b"\xff\xe9\n\xfe \xc3\xbc ", key.as_bytes()].concat();
    let (place, _) = &read(&text, 3).pieces[0];
    assert_eq!((place.source, place.line, place.column), (3, 2, 5));
    let (start, end) = (place.start as usize, place.end as usize);
    assert_eq!(&text[start..end], key.trim_end().as_bytes());
}

#[test]
fn broken_blocks_are_said_with_their_place() {
    let key = minted(KeyType::P256).key;
    let cut = &key[..key.len() - 40];
    let other = key.replace("END PRIVATE", "END PUBLIC");
    let damaged = key.replacen("MIGH", "AAAA", 1);
    let certificate = key.replace("PRIVATE KEY", "CERTIFICATE");
    for (text, expected) in [
        (cut, Trouble::Unended),
        (&other, Trouble::Unended),
        (&damaged, Trouble::Damaged),
        (&certificate, Trouble::Damaged),
        (
            "-----BEGIN PRIVATE KEY-----\n<redacted>\n-----END PRIVATE KEY-----",
            Trouble::NotBase64,
        ),
        (
            "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----",
            Trouble::NotBase64,
        ),
    ] {
        let read = read(format!("\n{text}").as_bytes(), 0);
        assert!(read.pieces.is_empty(), "{expected:?}");
        let [(place, trouble)] = read.troubles.as_slice() else {
            panic!("{expected:?}: {:?}", read.troubles);
        };
        assert_eq!((*trouble, place.line), (expected, 2));
    }
    assert!(
        read(b"write -----BEGIN PRIVATE KEY----- on top", 0)
            .troubles
            .is_empty()
    );
}

#[test]
fn nothing_secret_is_in_debug_output() {
    let key = minted(KeyType::P256).key;
    let shown = format!("{:?}", read(key.as_bytes(), 0));
    let body: String = key.lines().filter(|line| !line.starts_with('-')).collect();
    use base64::Engine;
    let der = base64::engine::general_purpose::STANDARD
        .decode(body)
        .unwrap();
    // where the number of a P-256 key stands in PKCS#8
    let number = format!("{:?}", &der[36..68]);
    assert!(!shown.contains(number.trim_matches(['[', ']'])));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_are_read(bytes: Vec<u8>) {
        let _ = read(&bytes, 0);
    }

    #[test]
    fn any_damage_is_read(cuts in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), der: bool) {
        let mut bytes = SAMPLE.with(|sample| sample[usize::from(der)].clone());
        for (at, byte) in cuts {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let read = read(&bytes, 0);
        for (place, _) in &read.pieces {
            prop_assert!(place.start < place.end && place.end as usize <= bytes.len());
        }
    }
}

thread_local! {
    static SAMPLE: [Vec<u8>; 2] = {
        let pair = minted(KeyType::P256);
        let der = openssl("x509 -outform der", pair.certificate.as_bytes());
        [format!("{}x\n{}", pair.key, pair.certificate).into_bytes(), der]
    };
}

#[test]
fn blocks_without_an_end_are_each_said() {
    let text = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49".repeat(4_000);
    assert_eq!(read(text.as_bytes(), 0).troubles.len(), 4_000);
}

#[test]
fn a_key_itself_is_told_from_the_path_of_one() {
    let key = rcgen::KeyPair::generate().expect("a key");
    let (pem, der) = (key.serialize_pem(), STANDARD.encode(key.serialize_der()));
    let body: Vec<&str> = pem.lines().filter(|line| !line.starts_with('-')).collect();
    for inlined in [
        pem.clone(),
        pem.replace('\n', "\\n"),
        STANDARD.encode(&pem),
        der,
        body.join("\n"),
    ] {
        assert!(is_inlined(&inlined), "{} bytes", inlined.len());
    }
    for path in [
        "/etc/stem/tls/client.key",
        "MII/client/key",
        "tls/ca",
        "client",
        "",
        " /a/b \n",
    ] {
        assert!(!is_inlined(path), "{path}");
    }
}
