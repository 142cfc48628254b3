//! Keys are read in every form that other tools write, and told apart from what is none.

use super::*;

fn inner(pkcs8: &[u8]) -> Vec<u8> {
    yasna::parse_der(pkcs8, |reader| {
        reader.read_sequence(|reader| {
            reader.next().read_u8()?;
            reader.next().read_der()?;
            reader.next().read_bytes()
        })
    })
    .unwrap()
}

/// SEC1 as OpenSSL writes it, which names the curve inside.
fn sec1(pkcs8: &[u8], curve: &[u64]) -> String {
    let (private, public) = yasna::parse_der(&inner(pkcs8), |reader| {
        reader.read_sequence(|reader| {
            reader.next().read_u8()?;
            Ok((reader.next().read_bytes()?, reader.next().read_der()?))
        })
    })
    .unwrap();
    let der = yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_u8(1);
            writer.next().write_bytes(&private);
            writer
                .next()
                .write_tagged(yasna::Tag::context(0), |writer| {
                    writer.write_oid(&ObjectIdentifier::from_slice(curve));
                });
            writer.next().write_der(&public);
        });
    });
    pem::encode("EC PRIVATE KEY", &der)
}

#[test]
fn names_of_key_types_are_read_as_they_are_written() {
    for key_type in KeyType::ALL {
        assert_eq!(key_type.name().parse(), Ok(key_type));
    }
    assert_eq!("ed25519".parse::<KeyType>(), Err(KeyTypeError::Ed25519));
    assert!("rsa-1024".parse::<KeyType>().is_err());
}

#[test]
fn elliptic_keys_are_read_in_both_forms() {
    const P256: &[u64] = &[1, 2, 840, 10045, 3, 1, 7];
    const P384: &[u64] = &[1, 3, 132, 0, 34];
    for (key_type, curve) in [(KeyType::P256, P256), (KeyType::P384, P384)] {
        let key = PrivateKey::generate(key_type).unwrap();
        let other_form = sec1(key.0.serialized_der(), curve);
        for text in [key.to_pem().expose(), other_form.as_str()] {
            let read = PrivateKey::from_pem(text.as_bytes()).unwrap();
            assert_eq!(read.public_key(), key.public_key());
            assert!(!read.is_rsa());
        }
    }
}

#[cfg(feature = "rsa")]
#[test]
fn rsa_keys_are_read_in_both_forms() {
    let [key, other] = PrivateKey::generate_many(KeyType::Rsa2048).unwrap();
    assert_ne!(key.public_key(), other.public_key());
    let other_form = pem::encode("RSA PRIVATE KEY", &inner(key.0.serialized_der()));
    for text in [key.to_pem().expose(), other_form.as_str()] {
        let read = PrivateKey::from_pem(text.as_bytes()).unwrap();
        assert_eq!(read.public_key(), key.public_key());
        assert!(read.is_rsa());
    }
}

#[test]
fn what_is_no_usable_key_is_told_apart() {
    let damaged = pem::encode("PRIVATE KEY", b"damaged");
    let encrypted = pem::encode("ENCRYPTED PRIVATE KEY", b"x");
    let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n";
    let certificate = pem::encode("CERTIFICATE", b"x");
    let ed25519 = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let ed25519 = pem::encode("PRIVATE KEY", ed25519.serialized_der());
    for (text, error) in [
        (damaged.as_str(), KeyError::Unusable),
        (&encrypted, KeyError::Encrypted),
        (old, KeyError::Encrypted),
        (&certificate, KeyError::Missing),
        ("", KeyError::Missing),
        ("-----BEGIN PRIVATE KEY-----\n", KeyError::Missing),
        (&ed25519, KeyError::Ed25519),
    ] {
        assert_eq!(
            PrivateKey::from_pem(text.as_bytes()).map(drop),
            Err(error),
            "{text}"
        );
    }
}

#[test]
fn debug_output_hides_the_key() {
    let key = PrivateKey::generate(KeyType::P256).unwrap();
    assert_eq!(format!("{key:?}"), "PrivateKey(…)");
}
