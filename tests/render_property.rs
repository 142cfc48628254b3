//! Whatever manifest is rendered, for whatever target: no component gets more than it may
//! hold, nor less than it needs, as the tables transcribed under `ownership_golden/` have it.
//! The files are read by what stands in them: everything minted bears a mark, and each mark
//! is looked for in every component's folder, as it is and in base64.

#[path = "ownership_golden/claims.rs"]
mod claims;
#[path = "common/manifests.rs"]
mod manifests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claims::{Case, Claim, Difference, allowed, covers};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use stem_sec::keyring::{KeyMaterial, Keyring};
use stem_sec::mint::key_id::KeyId;
use stem_sec::mint::{ed25519, hmac};
use stem_sec::model::artifact::Artifact;
use stem_sec::model::manifest::{Component, Manifest};
use stem_sec::model::ownership::Holding;
use stem_sec::model::posture::{Posture, Signing, Transport};
use stem_sec::model::role::Role;
use stem_sec::model::secret::Secret;
use stem_sec::render::holdings::{Material, Pair};
use stem_sec::render::{Deployment, OutputFile, TARGETS};
use time::OffsetDateTime;

const PASSWORD: &str = "marked-broker-password-3f9c";
const ACTIVE: &str = "marked-id";

/// Everything that any posture needs, each piece with a mark of its own.
fn material(manifest: &Manifest) -> Material {
    let mut keyring = Keyring::default();
    let mut add = |id: &str, material| {
        let id = KeyId::new(id).expect("an id");
        keyring
            .add(id, material, OffsetDateTime::UNIX_EPOCH)
            .expect("a free id");
    };
    add("hmac", KeyMaterial::Hmac(hmac::secret(&[7; 32])));
    add(ACTIVE, KeyMaterial::Ed25519(ed25519::pair(&[9; 32])));
    let names = manifest
        .components
        .iter()
        .map(|component| component.name.to_string());
    Material {
        keyring,
        broker_password: has_password(manifest).then(|| Secret::new(PASSWORD.to_owned())),
        trusted: Some("marked-ca-certificate\n".to_owned()),
        pairs: names.map(|name| (name.clone(), pair(&name))).collect(),
        present: None,
    }
}

fn has_password(manifest: &Manifest) -> bool {
    manifest.broker.password.is_some() || manifest.posture.transport != Transport::Mtls
}

fn pair(name: &str) -> Pair {
    Pair {
        certificate: format!("marked-certificate-of <{name}>\n"),
        key: Secret::new(format!("marked-key-of <{name}>\n")),
    }
}

/// The text that gives an artifact away, where it has one of its own.
fn mark(artifact: Artifact, name: &str) -> Option<String> {
    static KEYS: LazyLock<ed25519::Pair> = LazyLock::new(|| ed25519::pair(&[9; 32]));
    let keys = &*KEYS;
    match artifact {
        Artifact::SigningSecret => Some(hmac::secret(&[7; 32]).expose().to_owned()),
        Artifact::SigningPrivateKey => Some(keys.private.expose().to_owned()),
        Artifact::SigningPublicKey => Some(keys.public.clone()),
        Artifact::BrokerPassword => Some(PASSWORD.to_owned()),
        Artifact::CaCertificate => Some("marked-ca-certificate".to_owned()),
        Artifact::ClientCertificate | Artifact::ServerCertificate => {
            Some(format!("marked-certificate-of <{name}>"))
        }
        Artifact::ClientKey | Artifact::ServerKey => Some(format!("marked-key-of <{name}>")),
        _ => None,
    }
}

/// The text of a component's files, with every longer run of base64 decoded beside it.
fn text_of(files: &[OutputFile], folder: Option<&str>) -> String {
    let belongs = |file: &&OutputFile| match folder {
        Some(folder) => file.path.starts_with(&format!("{folder}/")),
        None => !file.path.contains('/'),
    };
    let mut text = String::new();
    for file in files.iter().filter(belongs) {
        text.push_str(&format!("\n== {}\n{}", file.path, file.content.expose()));
    }
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    let decoded: Vec<String> = text
        .split(|c| !is_base64(c))
        .filter(|run| run.len() >= 16)
        .filter_map(|run| STANDARD.decode(run).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect();
    text + "\n" + &decoded.join("\n")
}

/// Whether the component was given the artifact.
fn holds(artifact: Artifact, text: &str, component: &Component) -> bool {
    let marked = mark(artifact, component.name.as_str()).is_some_and(|mark| text.contains(&mark));
    let is_broker = component.roles.contains(&Role::Broker);
    match artifact {
        // one pair serves both ends; what uses it tells which
        Artifact::ClientCertificate => marked && sets(text, "STEM_TLS_CLIENT_CERT"),
        Artifact::ClientKey => marked && sets(text, "STEM_TLS_CLIENT_KEY"),
        Artifact::ServerCertificate => marked && text.contains("server.crt"),
        Artifact::ServerKey => marked && text.contains("server.key"),
        Artifact::ActiveKeyId => sets(text, "STEM_SIGNING_ACTIVE_KEY"),
        Artifact::SigningAlgorithm => sets(text, "STEM_SIGNING_ALGORITHM"),
        Artifact::BrokerUrl => sets(text, "STEM_BROKER_URL"),
        Artifact::InsecureFlag => sets(text, "STEM_TLS_ALLOW_INSECURE"),
        Artifact::CaCertificate => marked && (is_broker || text.contains("ca.crt")),
        _ => marked,
    }
}

/// Whether a variable has a value: `NAME=value`, `NAME: value`, `"NAME=value"`, and not the
/// empty one that hides an older value.
fn sets(text: &str, variable: &str) -> bool {
    text.match_indices(variable).any(|(at, found)| {
        let rest = text[at + found.len()..].trim_start_matches(['"', '\'']);
        let Some(value) = rest.strip_prefix('=').or_else(|| rest.strip_prefix(": ")) else {
            return false;
        };
        let value = value
            .lines()
            .next()
            .unwrap_or_default()
            .trim()
            .trim_matches(['"', '\'']);
        !value.is_empty() && value != "null" && !value.starts_with("!reset")
    })
}

fn case(manifest: &Manifest, component: &Component) -> Case {
    Case {
        holds_secret: component.holds.contains(&Artifact::SigningSecret),
        enqueues: component.enqueues,
        serves_https: component.serves_https,
        system_ca: component.system_ca,
        broker_password: has_password(manifest),
        its_own: true,
    }
}

/// The transcribed tables, read once.
struct Sources {
    claims: Vec<Claim>,
    differences: BTreeSet<Difference>,
}

/// What the sources say of a role; claims from which the table differs on purpose are left out.
struct Verdict {
    needs: bool,
    may: bool,
}

fn verdict(
    sources: &Sources,
    artifact: Artifact,
    role: Role,
    posture: Posture,
    case: Case,
) -> Verdict {
    let mut verdict = Verdict {
        needs: false,
        may: true,
    };
    let spoken = sources.claims.iter().filter(|claim| {
        claim.artifact == artifact
            && claim.role == role
            && covers(&claim.signing, posture.signing.name())
            && covers(&claim.transport, posture.transport.name())
    });
    for claim in spoken {
        let meant = sources.differences.iter().any(|difference| {
            difference.source == claim.source
                && difference.artifact == artifact
                && difference.role == role
                && difference.signing == claim.signing
                && difference.they_say == claim.says
        });
        let Some(list) = allowed(&claim.says, case).filter(|_| !meant) else {
            continue;
        };
        verdict.needs |= list
            .iter()
            .all(|one| matches!(one, Holding::Required | Holding::Written));
        verdict.may &= list.iter().any(|one| *one >= Holding::Accepted);
        // `.` is silence about who keeps it, not a prohibition
        verdict.may |= list.contains(&Holding::Accepted);
    }
    verdict
}

fn check(manifest: &Manifest, sources: &Sources) -> Result<(), TestCaseError> {
    let material = material(manifest);
    let deployment = Deployment::new(manifest, "/etc/stem", &material)
        .map_err(|error| TestCaseError::fail(error.to_string()))?;
    let files = deployment
        .render()
        .map_err(|error| TestCaseError::fail(error.to_string()))?
        .files;
    let joining = text_of(&files, None);
    let texts: BTreeMap<&str, String> = manifest
        .components
        .iter()
        .map(|component| {
            (
                component.name.as_str(),
                text_of(&files, Some(component.name.as_str())),
            )
        })
        .collect();
    for component in &manifest.components {
        let name = component.name.as_str();
        let text = &texts[name];
        let case = case(manifest, component);
        for artifact in Artifact::ALL {
            let verdicts: Vec<Verdict> = component
                .roles
                .iter()
                .map(|role| verdict(sources, artifact, *role, manifest.posture, case))
                .collect();
            let held = holds(artifact, text, component);
            let about = format!(
                "{artifact} at `{name}` ({:?}) under {} for {}\n{text}",
                component.roles,
                manifest.posture,
                manifest.render.target.name()
            );
            // what was asked for with `holds` is the manifest's own rule
            let asked = component.holds.contains(&artifact);
            prop_assert!(
                !held || asked || verdicts.iter().any(|verdict| verdict.may),
                "too much: {about}"
            );
            prop_assert!(
                held || !verdicts.iter().any(|verdict| verdict.needs),
                "too little: {about}"
            );
        }
        for other in manifest
            .components
            .iter()
            .filter(|other| other.name != component.name)
        {
            let key = format!("marked-key-of <{}>", other.name);
            prop_assert!(!text.contains(&key), "{name} has the key of {}", other.name);
        }
        for artifact in Artifact::ALL
            .into_iter()
            .filter(|artifact| artifact.is_secret())
        {
            let found = mark(artifact, name).is_some_and(|mark| joining.contains(&mark));
            prop_assert!(
                !found,
                "{artifact} of {name} lies beside the folders\n{joining}"
            );
        }
    }
    Ok(())
}

#[test]
fn no_component_gets_more_than_it_may_hold_nor_less_than_it_needs() {
    let sources = Sources {
        claims: claims::claims(),
        differences: claims::differences(),
    };
    for target in TARGETS {
        let mut runner = TestRunner::new(Config {
            cases: 96,
            max_shrink_iters: 64,
            failure_persistence: None,
            ..Config::default()
        });
        runner
            .run(&manifests::any_manifest(), |mut manifest| {
                manifest.render.target = target;
                (manifest.render.project, manifest.render.install) = (None, None);
                for component in &mut manifest.components {
                    // names of services and images have rules of their own in each target
                    (component.service, component.image) = (None, None);
                    component.uid = component.uid.map(|uid| uid % 65_536);
                    component.gid = component.gid.map(|gid| gid % 65_536);
                }
                check(&manifest, &sources)
            })
            .unwrap_or_else(|error| panic!("{}: {error}", target.name()));
    }
}

#[test]
fn the_marks_are_seen_where_they_are() {
    let manifest = Manifest::parse(
        "version: 1\nposture: { signing: ed25519, transport: mtls }\nbroker: { url: rediss://redis/0 }\n\
         components: { api: { role: producer }, redis: { role: broker } }\n",
    )
    .expect("a manifest");
    assert_eq!(manifest.posture.signing, Signing::Ed25519);
    let material = material(&manifest);
    let deployment = Deployment::new(&manifest, "/etc/stem", &material).expect("minted");
    let files = deployment.render().expect("rendered").files;
    let api = text_of(&files, Some("api"));
    let component = manifest.component("api").expect("there");
    for artifact in [
        Artifact::SigningPrivateKey,
        Artifact::SigningPublicKey,
        Artifact::ActiveKeyId,
        Artifact::ClientKey,
        Artifact::CaCertificate,
    ] {
        assert!(holds(artifact, &api, component), "{artifact}\n{api}");
    }
    for artifact in [
        Artifact::SigningSecret,
        Artifact::ServerKey,
        Artifact::InsecureFlag,
    ] {
        assert!(!holds(artifact, &api, component), "{artifact}\n{api}");
    }
}
