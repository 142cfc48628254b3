//! Roots that OpenSSL made, of many kinds, sign what OpenSSL then accepts in its strict mode.

use super::workshop::{CA, P256, RSA, Workshop};

/// Verifies the bundle in `certs`, and that its issuer is the CA's subject byte for byte.
#[track_caller]
fn ensure_accepted(shop: &Workshop, ca: &str) {
    for (file, purpose) in [("server", "sslserver"), ("client", "sslclient")] {
        shop.openssl(&format!(
            "verify -x509_strict -purpose {purpose} -CAfile {ca} certs/{file}.crt"
        ));
        shop.openssl(&format!(
            "x509 -in certs/{file}.crt -outform der -out leaf.der"
        ));
        shop.openssl(&format!("x509 -in {ca} -outform der -out ca.der"));
        assert_eq!(
            name_at(&shop.bytes("leaf.der"), 3),
            name_at(&shop.bytes("ca.der"), 5),
            "the issuer is not the CA's subject"
        );
    }
    assert_eq!(shop.read("certs/ca.crt").trim(), shop.read(ca).trim());
}

/// The DER of a field of the TBSCertificate: 3 is the issuer, 5 the subject.
fn name_at(certificate: &[u8], field: usize) -> &[u8] {
    let mut rest = inside(inside(certificate));
    for _ in 0..field {
        rest = &rest[length(rest)..];
    }
    &rest[..length(rest)]
}

fn inside(element: &[u8]) -> &[u8] {
    &element[header(element)..length(element)]
}

fn header(element: &[u8]) -> usize {
    match element[1] {
        short if short < 0x80 => 2,
        long => 2 + usize::from(long & 0x7f),
    }
}

fn length(element: &[u8]) -> usize {
    let header = header(element);
    let content = match element[1] {
        short if short < 0x80 => usize::from(short),
        _ => element[2..header]
            .iter()
            .fold(0, |length, byte| length << 8 | usize::from(*byte)),
    };
    header + content
}

const CREATE: &str = "create certs --host redis,10.0.0.5 --ca ca.crt --ca-key ca.key";

#[test]
fn roots_whose_own_signature_this_tool_cannot_check() {
    let sha_512 = [P256, &["-sha512"]].concat();
    let pss = [RSA, &["-sha256", "-sigopt", "rsa_padding_mode:pss"]].concat();
    for key in [sha_512, pss] {
        let shop = Workshop::new();
        shop.root("ca", &key, "CN=Some CA", CA);
        shop.certs(CREATE).ok();
        ensure_accepted(&shop, "ca.crt");
    }
}

#[test]
fn roots_with_names_of_every_kind() {
    for (kind, subject) in [
        ("plain", "CN=Some CA"),
        (
            "many",
            "C=DE\nST=Some State\nL=City\nO=Company GmbH\nOU=Unit\nCN=Root CA 1\nemailAddress=ca@example.com",
        ),
        (
            "repeated",
            "0.DC=com\n1.DC=example\n0.OU=one\n1.OU=two\nCN=Root",
        ),
        ("several in one step", "O=Company\nCN=Root\n+OU=Unit"),
        ("T61", "O=M\u{fc}ller\nCN=Root"),
        ("no common name", "O=Company only"),
    ] {
        let shop = Workshop::new();
        shop.root("ca", RSA, subject, CA);
        let done = shop.certs(CREATE).ok();
        assert!(!done.stderr.contains("warning"), "{kind}: {}", done.stderr);
        ensure_accepted(&shop, "ca.crt");
        assert!(
            !shop.path(".stem-sec").exists(),
            "a CA made elsewhere needs no store"
        );
    }
}

#[test]
fn roots_with_keys_of_every_kind() {
    for (bits, pem) in [
        ("rsa:2048", "rsa -traditional"),
        ("rsa:3072", "pkey"),
        ("rsa:4096", "pkey"),
    ] {
        let shop = Workshop::new();
        shop.root("ca", &["-newkey", bits], "CN=Some CA", CA);
        shop.openssl(&format!("{pem} -in ca.key -out form.key"));
        shop.certs("create certs --host redis --ca ca.crt --ca-key form.key")
            .ok();
        ensure_accepted(&shop, "ca.crt");
    }
    for curve in ["P-256", "P-384"] {
        let shop = Workshop::new();
        let curve = format!("ec_paramgen_curve:{curve}");
        shop.root(
            "ca",
            &["-newkey", "ec", "-pkeyopt", &curve],
            "CN=Some CA",
            CA,
        );
        shop.openssl("ec -in ca.key -out form.key");
        assert!(shop.read("form.key").contains("BEGIN EC PRIVATE KEY"));
        shop.certs("create certs --host redis --ca ca.crt --ca-key form.key")
            .ok();
        ensure_accepted(&shop, "ca.crt");
    }
}

#[test]
fn a_key_in_the_form_that_ecparam_writes() {
    let shop = Workshop::new();
    shop.openssl("ecparam -name prime256v1 -genkey -out ca.key");
    assert!(shop.read("ca.key").contains("BEGIN EC PARAMETERS"));
    shop.write(
        "ext.cnf",
        format!("[req]\ndistinguished_name=n\nx509_extensions=e\n[n]\n[e]\n{CA}\n"),
    );
    shop.openssl("req -x509 -new -key ca.key -subj /CN=Some -days 30 -config ext.cnf -out ca.crt");
    shop.certs(CREATE).ok();
    ensure_accepted(&shop, "ca.crt");
}

#[test]
fn a_leaf_ends_with_its_ca_and_says_so() {
    let shop = Workshop::new();
    shop.root("ca", P256, "CN=Some CA", CA);
    let done = shop.certs(&format!("{CREATE} --days 4000")).ok();
    assert!(
        done.stderr
            .contains("warning: the certificates end with their CA")
    );
    let ends = |file: &str| {
        shop.openssl(&format!("x509 -noout -enddate -in {file}"))
            .stdout
    };
    assert_eq!(ends("certs/server.crt"), ends("ca.crt"));
}

#[test]
fn a_ca_without_key_usage_is_used_with_a_warning() {
    let shop = Workshop::new();
    shop.root(
        "ca",
        P256,
        "CN=Some CA",
        "basicConstraints=critical,CA:TRUE",
    );
    let done = shop.certs(CREATE).ok();
    assert!(
        done.stderr
            .contains("warning: the CA certificate has no key usage")
    );
    shop.openssl("verify -CAfile ca.crt certs/server.crt");
}

#[test]
fn name_constraints_are_kept() {
    let shop = Workshop::new();
    let permitted = "permitted;DNS:stem.local,permitted;IP:10.0.0.0/255.0.0.0";
    shop.root(
        "ca",
        P256,
        "CN=Some CA",
        &format!("{CA}\nnameConstraints=critical,{permitted}"),
    );
    let by = "--ca ca.crt --ca-key ca.key";
    shop.refuses(
        &format!("create certs --host redis {by}"),
        4,
        "limits the names",
    );
    shop.refuses(
        &format!("create certs --host a.stem.local,192.0.2.1 {by}"),
        4,
        "limits the names",
    );
    shop.certs(&format!("create certs --host a.stem.local,10.0.0.5 {by}"))
        .ok();
    ensure_accepted(&shop, "ca.crt");
}

#[test]
fn the_ca_with_the_key_is_found_in_a_bundle() {
    let shop = Workshop::new();
    shop.root("other", P256, "CN=Other", CA);
    shop.root("ca", P256, "CN=Some CA", CA);
    shop.write("both.crt", shop.read("other.crt") + &shop.read("ca.crt"));
    shop.certs("create certs --host redis --ca both.crt --ca-key ca.key")
        .ok();
    ensure_accepted(&shop, "ca.crt");
}

#[test]
fn a_leaf_made_elsewhere_is_renewed_with_its_subject() {
    let shop = Workshop::new();
    shop.root("ca", P256, "CN=Some CA", CA);
    let leaf = "basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth,clientAuth\n\
                subjectAltName=DNS:redis,IP:10.0.0.5";
    shop.root(
        "server",
        RSA,
        "0.DC=com\n1.DC=example\nO=Company\nCN=redis",
        leaf,
    );
    let line = "renew server.crt --ca ca.crt --ca-key ca.key";
    let done = shop.certs(line).ok();
    assert!(
        done.stderr.contains("warning: another CA than before"),
        "{}",
        done.stderr
    );
    let told = |what: &str| {
        shop.openssl(&format!("x509 -noout {what} -in server.crt"))
            .stdout
    };
    assert!(told("-subject").contains("DC = com, DC = example, O = Company, CN = redis"));
    assert!(told("-text").contains("2048 bit"));
    let extensions = told("-ext subjectAltName,extendedKeyUsage");
    assert!(
        extensions.contains("DNS:redis, IP Address:10.0.0.5"),
        "{extensions}"
    );
    assert!(
        extensions.contains("Server Authentication, TLS Web Client"),
        "{extensions}"
    );
    shop.openssl("verify -x509_strict -CAfile ca.crt server.crt");
}
