//! A deployment as the beginning of a plan is the deployment: whatever manifest is rendered,
//! for whatever target, by the plan's configurations each file is what it is without a plan.

#[path = "common/manifests.rs"]
mod manifests;

use std::collections::BTreeMap;

use manifests::any_manifest;
use proptest::prelude::*;
use stem_sec::keyring::{KeyMaterial, Keyring};
use stem_sec::mint::key_id::KeyId;
use stem_sec::mint::{ed25519, hmac};
use stem_sec::model::manifest::{Manifest, Target};
use stem_sec::model::posture::{Signing, Transport};
use stem_sec::model::secret::Secret;
use stem_sec::render::holdings::{Material, Pair};
use stem_sec::render::plan::{Names, present};
use stem_sec::render::present::{Named, Present};
use stem_sec::render::{Deployment, OutputFile};
use stem_sec::rotate::Plan;
use stem_sec::rotate::plan::Leaf;
use time::OffsetDateTime;

fn pair(name: &str) -> Pair {
    Pair {
        certificate: format!("certificate of {name}\n"),
        key: Secret::new(format!("key of {name}\n")),
    }
}

/// Two keys of each algorithm, two CAs, a certificate for everybody.
fn material(manifest: &Manifest) -> Material {
    let mut keyring = Keyring::default();
    for number in 0..2 {
        let keys = [
            KeyMaterial::Hmac(hmac::secret(&[number; 32])),
            KeyMaterial::Ed25519(ed25519::pair(&[number; 32])),
        ];
        for (algorithm, material) in ["h", "e"].into_iter().zip(keys) {
            let id = KeyId::new(&format!("{algorithm}{number}")).expect("an id");
            let added = keyring.add(id, material, OffsetDateTime::UNIX_EPOCH);
            added.expect("a free id");
        }
    }
    let has_password =
        manifest.broker.password.is_some() || manifest.posture.transport != Transport::Mtls;
    let names = manifest.components.iter().map(|one| one.name.to_string());
    Material {
        keyring,
        broker_password: has_password.then(|| Secret::new("the-password".to_owned())),
        trusted: Some("ca one\nca two\n".to_owned()),
        pairs: names.map(|name| (name.clone(), pair(&name))).collect(),
        present: None,
    }
}

fn leaf() -> Leaf {
    Leaf {
        ca: "one".to_owned(),
        cert: Some("1".to_owned()),
    }
}

fn names(manifest: &Manifest) -> Names {
    let components = manifest.components.iter();
    Names {
        authorities: vec!["one".to_owned(), "two".to_owned()],
        leaves: components
            .map(|one| (one.name.to_string(), leaf()))
            .collect(),
        password: Some("p".to_owned()),
    }
}

fn at_start(material: &Material, plan: &Plan) -> Material {
    let configs = plan.components.iter().zip(&plan.start);
    let named = |(name, pair): (&String, &Pair)| {
        let named = Named {
            leaf: leaf(),
            is_new: false,
            pair: pair.clone(),
        };
        (name.clone(), vec![named])
    };
    let authorities = [("one", "ca one\n"), ("two", "ca two\n")];
    Material {
        present: Some(Present {
            configs: configs
                .map(|(component, config)| (component.name.clone(), config.clone()))
                .collect(),
            other_url: None,
            authorities: authorities
                .map(|(name, text)| (name.to_owned(), text.to_owned()))
                .into(),
            pairs: material.pairs.iter().map(named).collect(),
        }),
        ..material.clone()
    }
}

fn files(manifest: &Manifest, material: &Material) -> Result<BTreeMap<String, OutputFile>, String> {
    let deployment = Deployment::new(manifest, "/etc/stem", material);
    let rendered = deployment
        .and_then(|deployment| deployment.render())
        .map_err(|error| error.to_string())?;
    let files = rendered.files.into_iter();
    Ok(files.map(|file| (file.path.clone(), file)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96,
        max_shrink_iters: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn rendered_as_a_plan_begins_every_file_is_what_it_is_without(mut manifest in any_manifest()) {
        manifest.render.project = None;
        let material = material(&manifest);
        let plan = present(&manifest, &material, &names(&manifest));
        let plan = plan.expect("a key that signs");
        let planned = at_start(&material, &plan);
        for target in Target::ALL {
            manifest.render.target = target;
            prop_assert_eq!(files(&manifest, &material), files(&manifest, &planned));
        }
    }

    #[test]
    fn a_plan_that_begins_is_read_back_from_its_text(manifest in any_manifest()) {
        let plan = present(&manifest, &material(&manifest), &names(&manifest));
        let plan = plan.expect("a key that signs");
        let read = Plan::parse(plan.text().as_bytes());
        prop_assert_eq!(read.map_err(|error| error.to_string()), Ok(plan));
    }
}

#[test]
fn another_configuration_is_another_file() {
    let text = "version: 1\nposture: { signing: hmac-sha256, transport: plaintext }\n\
        broker: { url: redis://redis:6379/0, names: [redis] }\n\
        components: { worker: { role: worker }, redis: { role: broker } }\n";
    let manifest = Manifest::parse(text).expect("a manifest");
    let material = material(&manifest);
    let mut plan = present(&manifest, &material, &names(&manifest)).expect("a plan");
    let before = files(&manifest, &at_start(&material, &plan)).expect("files");
    plan.start[0].active = Some("h1".to_owned());
    plan.start[0].keys.reverse();
    assert_eq!(plan.start[0].signing, Signing::HmacSha256);
    let after = files(&manifest, &at_start(&material, &plan)).expect("files");
    let changed: Vec<&str> = before
        .iter()
        .filter(|(path, file)| after.get(*path) != Some(*file))
        .map(|(path, _)| path.as_str())
        .collect();
    assert_eq!(changed, ["worker/stem.env"]);
    let text = after["worker/stem.env"].content.expose();
    assert!(text.contains("STEM_SIGNING_ACTIVE_KEY=h1\n"), "{text}");
    assert!(text.contains("STEM_SIGNING_KEYS=h1:"), "{text}");
}
