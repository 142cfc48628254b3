//! Where a plan ends, the manifest must begin again: without a rotation `render` writes what
//! the manifest says, and that has to be what the last step left.

use super::Session;
use super::prepare::Prepared;
use crate::cli::Failure;
use crate::cli::rotate::declared;
use crate::cli::rotate::walk::Walk;
use crate::keyring::Keyring;
use crate::model::secret::Secret;
use crate::render::holdings::Material;
use crate::render::plan::{Names, present};
use crate::rotate::message::is_signing_on;
use crate::rotate::plan::{Change, Config, Field};

/// Refuses a rotation after which `render` would write something else than its last step.
pub(super) fn ends_as_the_manifest_will_say(
    session: &Session,
    prepared: &Prepared,
    walk: &Walk,
) -> Result<(), Failure> {
    let wanted = &prepared.wanted;
    declared::edited(&session.text, wanted).map_err(|lines| Failure {
        message: "stem-sec.yaml cannot be changed where the rotation ends, as it is written now"
            .to_owned(),
        hint: format!(
            "write each of these values in a place of its own, with `holds` as the posture {} has it: {}",
            wanted.posture,
            lines.join(", ")
        ),
    })?;
    let mut keyring = session.keyring.clone();
    let mut at_end = walk.clone();
    at_end.rotation.step = at_end.plan.steps.len();
    at_end.settle_keys(&mut keyring, true);
    let ends = at_end.state(at_end.plan.steps.len()).configs;
    let (material, names) = afterwards(keyring, walk, &ends);
    let failure = |name: &str, field: Option<Field>| Failure {
        message: format!(
            "after the rotation stem-sec.yaml would give `{name}` something else than its last step: {}",
            field.map_or("it", Field::name)
        ),
        hint: "change what that component `holds` first, and have it rolled out".to_owned(),
    };
    let Ok(after) = present(wanted, &material, &names) else {
        return Err(failure("everybody", Some(Field::Active)));
    };
    for ((component, end), after) in walk.plan.components.iter().zip(&ends).zip(&after.start) {
        let change = Change::between(end, after);
        // who has no keys before and after has no use for an algorithm
        let is_signing_on = is_signing_on(end) || is_signing_on(after);
        let matters =
            |field: &Field| component.uses(*field) && (is_signing_on || *field != Field::Signing);
        let mut fields = Field::ALL.into_iter().filter(matters);
        let field = fields.find(|field| change.says(*field));
        if field.is_some() {
            return Err(failure(&component.name, field));
        }
    }
    Ok(())
}

/// What the store will have.
fn afterwards(keyring: Keyring, walk: &Walk, ends: &[Config]) -> (Material, Names) {
    let password = ends.iter().find_map(|config| config.password.clone());
    let trust = ends.iter().find(|config| !config.trust.is_empty());
    let components = walk.plan.components.iter().zip(ends);
    let leaves = components.filter_map(|(component, config)| {
        let leaf = config.leaf.clone()?;
        Some((component.name.clone(), leaf))
    });
    let names = Names {
        authorities: trust.map(|config| config.trust.clone()).unwrap_or_default(),
        leaves: leaves.collect(),
        password: password.clone(),
    };
    let material = Material {
        keyring,
        // only whether there is one
        broker_password: password.map(Secret::new),
        ..Material::default()
    };
    (material, names)
}
