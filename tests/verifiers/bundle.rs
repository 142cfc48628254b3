//! What is judged: bundles minted by the binary, one of every kind, a root made elsewhere,
//! and chains that someone forges with what a bundle holds.

use std::path::{Path, PathBuf};

use super::common::{run, stem_sec, tool};
use super::question::Identity;

/// A server's and a client's certificate under one root.
pub(crate) struct Bundle {
    pub(crate) label: &'static str,
    /// What the server's certificate was asked to cover.
    pub(crate) hosts: &'static [&'static str],
    /// The server's certificate is good for a client too.
    pub(crate) is_peer: bool,
    pub(crate) root: PathBuf,
    pub(crate) root_key: PathBuf,
    pub(crate) server: Identity,
    pub(crate) client: Identity,
}

const EVERY_KIND: &[&str] = &[
    "stem.local",
    "redis",
    "127.0.0.1",
    "::1",
    "*.wild.stem.local",
    "bücher.example",
];

/// 70 bytes: more than a common name holds.
const LONG: &[&str] =
    &["broker.of-the-second-availability-zone.in-the-eastern-region.stem.example"];

/// One bundle of every kind.
pub(crate) fn every_bundle(folder: &Path) -> Vec<Bundle> {
    let (root, key) = root_made_elsewhere(folder);
    let (root, key) = (text(&root), text(&key));
    let elsewhere = ["--ca", &root, "--ca-key", &key];
    vec![
        mint(folder, "p256", EVERY_KIND, &[]),
        mint(folder, "p384", EVERY_KIND, &["--key-type", "p384"]),
        mint(folder, "rsa-2048", EVERY_KIND, &["--key-type", "rsa-2048"]),
        mint(folder, "long-name", LONG, &[]),
        mint(folder, "addresses", &["10.0.0.5", "fd00::5"], &[]),
        mint(folder, "peer", &["stem.local"], &["--peer"]),
        mint(folder, "root-made-elsewhere", &["stem.local"], &elsewhere),
        deployment(folder),
    ]
}

/// A bundle that outlives the others, for the end that is not judged.
pub(crate) fn long_lived(folder: &Path) -> Bundle {
    mint(folder, "long-lived", &["stem.local"], &["--days", "3000"])
}

fn mint(
    folder: &Path,
    label: &'static str,
    hosts: &'static [&'static str],
    options: &[&str],
) -> Bundle {
    let out = folder.join(label);
    let ca = folder.join(format!("{label}-ca"));
    let mut command = stem_sec();
    command.args(["certs", "create"]).arg(&out).args(options);
    command.args(hosts.iter().flat_map(|host| ["--host", host]));
    let given = |option: &str| options.iter().position(|given| *given == option);
    if given("--ca").is_none() {
        command.arg("--ca-dir").arg(&ca);
    }
    run(command.current_dir(folder)).ok();
    let root_key =
        given("--ca-key").map_or_else(|| ca.join("ca.key"), |at| PathBuf::from(options[at + 1]));
    Bundle {
        label,
        hosts,
        is_peer: given("--peer").is_some(),
        root: out.join("ca.crt"),
        root_key,
        server: Identity {
            chain: out.join("server.crt"),
            key: out.join("server.key"),
        },
        client: Identity {
            chain: out.join("client.crt"),
            key: out.join("client.key"),
        },
    }
}

/// What `init` hands to a broker and to a worker.
fn deployment(folder: &Path) -> Bundle {
    run(stem_sec()
        .args(["init", "demo", "--yes"])
        .current_dir(folder))
    .ok();
    let file = |name: &str| folder.join("demo/deploy").join(name);
    Bundle {
        label: "deployment",
        hosts: &["redis", "localhost", "127.0.0.1", "::1"],
        is_peer: true,
        root: file("worker/ca.crt"),
        // nobody forges with it
        root_key: PathBuf::new(),
        server: Identity {
            chain: file("redis/server.crt"),
            key: file("redis/server.key"),
        },
        client: Identity {
            chain: file("worker/client.crt"),
            key: file("worker/client.key"),
        },
    }
}

fn root_made_elsewhere(folder: &Path) -> (PathBuf, PathBuf) {
    let root = sign(folder, "elsewhere", "rsa:2048", ROOT, None);
    (root.chain, root.key)
}

const ROOT: &str =
    "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash";
const INTERMEDIATE: &str = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n\
     subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid";
const LEAF: &str = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n\
     extendedKeyUsage=serverAuth\nsubjectAltName=DNS:stem.local\n\
     subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid";

/// A server's certificate below a second CA, which the root's path length does not allow.
pub(crate) fn below_a_second_ca(folder: &Path, bundle: &Bundle) -> Identity {
    let issuer = Identity {
        chain: bundle.root.clone(),
        key: bundle.root_key.clone(),
    };
    let second = sign(folder, "second-ca", "ec", INTERMEDIATE, Some(&issuer));
    with_issuer(sign(folder, "too-deep", "ec", LEAF, Some(&second)), &second)
}

/// A server's certificate that another server signed.
pub(crate) fn signed_by_a_server(folder: &Path, bundle: &Bundle) -> Identity {
    let forged = sign(folder, "forged", "ec", LEAF, Some(&bundle.server));
    with_issuer(forged, &bundle.server)
}

fn with_issuer(leaf: Identity, issuer: &Identity) -> Identity {
    let mut chain = std::fs::read(&leaf.chain).expect("a certificate");
    chain.extend(std::fs::read(&issuer.chain).expect("its issuer"));
    std::fs::write(&leaf.chain, chain).expect("a chain is written");
    leaf
}

/// Lets OpenSSL make a key and sign a certificate for it.
fn sign(
    folder: &Path,
    name: &str,
    key_type: &str,
    extensions: &str,
    issuer: Option<&Identity>,
) -> Identity {
    let file = |ending: &str| folder.join(format!("{name}.{ending}"));
    let config = format!(
        "[req]\ndistinguished_name=name\nprompt=no\nx509_extensions=extensions\n\
         [name]\nCN={name}\n[extensions]\n{extensions}\n"
    );
    std::fs::write(file("cnf"), config).expect("a configuration is written");
    let mut command = tool("openssl");
    command.args([
        "req", "-x509", "-nodes", "-days", "3000", "-newkey", key_type,
    ]);
    if key_type == "ec" {
        command.args(["-pkeyopt", "ec_paramgen_curve:P-256"]);
    }
    command.arg("-config").arg(file("cnf"));
    command.arg("-keyout").arg(file("key"));
    command.arg("-out").arg(file("crt"));
    if let Some(issuer) = issuer {
        command.arg("-CA").arg(&issuer.chain);
        command.arg("-CAkey").arg(&issuer.key);
    }
    run(&mut command).ok();
    Identity {
        chain: file("crt"),
        key: file("key"),
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
