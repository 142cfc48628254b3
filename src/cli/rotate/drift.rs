//! Whether the manifest still says what the plan of a rotation was made from. A component that
//! came since has no part in any step, and one that changed its roles has the wrong one.

use super::declared;
use super::walk::Walk;
use crate::cli::Failure;
use crate::cli::place::MANIFEST;
use crate::keyring::Declared;
use crate::model::manifest::{Component, Manifest, Url};

/// What to do about it.
pub(super) const HINT: &str = "put it back as it was; change it when the rotation is over (stem-sec rotate abort ends it sooner)";

/// What a plan is made from.
pub(super) fn declared_by(manifest: &Manifest) -> Declared {
    let components = manifest.components.iter();
    Declared {
        posture: manifest.posture.to_string(),
        broker_url: manifest.broker.url.to_string(),
        components: components
            .map(|component| (component.name.to_string(), words(component)))
            .collect(),
    }
}

/// What decides what a component is given.
fn words(component: &Component) -> String {
    let mut words: Vec<&str> = component.roles.iter().map(|role| role.name()).collect();
    words.sort_unstable();
    let flags = [
        (component.enqueues, "enqueues"),
        (component.serves_https, "serves: https"),
        (component.system_ca, "ca: system"),
    ];
    let set = flags.iter().filter(|(is_set, _)| *is_set);
    words.extend(set.map(|(_, word)| *word));
    let mut holds: Vec<&str> = component.holds.iter().map(|one| one.name()).collect();
    holds.sort_unstable();
    words.extend(holds);
    words.join(", ")
}

/// Refuses to go on by a manifest that says something else than when the rotation began.
pub(in crate::cli) fn ensure_none(walk: &Walk, manifest: &Manifest) -> Result<(), Failure> {
    match found(walk, manifest) {
        None => Ok(()),
        Some(message) => Err(Failure {
            message,
            hint: HINT.to_owned(),
        }),
    }
}

/// What the manifest says otherwise, in a sentence.
pub(super) fn found(walk: &Walk, manifest: &Manifest) -> Option<String> {
    let then = walk.rotation.declared.as_ref()?;
    let now = declared_by(manifest);
    for (name, words) in &now.components {
        let Some(before) = then.components.get(name) else {
            return Some(format!(
                "`{MANIFEST}` has a component `{name}` that it had not when the rotation began: it has no part in any step"
            ));
        };
        if before != words {
            return Some(format!(
                "`{MANIFEST}` says of `{name}`: {words}; when the rotation began it said: {before}"
            ));
        }
    }
    let mut before = then.components.keys();
    if let Some(name) = before.find(|name| !now.components.contains_key(*name)) {
        return Some(format!(
            "`{MANIFEST}` has no component `{name}` any more, which it had when the rotation began"
        ));
    }
    if has_moved(walk, manifest) {
        return None;
    }
    let pairs = [
        ("posture", &now.posture, &then.posture),
        ("broker's URL", &now.broker_url, &then.broker_url),
    ];
    let (what, now, then) = pairs.into_iter().find(|(_, now, then)| now != then)?;
    Some(format!(
        "`{MANIFEST}` says the {what} {now}; when the rotation began it said {then}"
    ))
}

/// Whether the manifest says already what the end of the rotation writes there: it is changed
/// before the keyring is, and a run can be killed in between.
pub(super) fn has_moved(walk: &Walk, manifest: &Manifest) -> bool {
    let adds = &walk.rotation.adds;
    let Some(posture) = adds.posture else {
        return false;
    };
    let url = adds.broker_url.as_deref();
    let url = url.and_then(|url| Url::parse(url).ok());
    walk.is_last()
        && walk.rotation.back_from.is_none()
        && *manifest == declared::wanted(manifest, posture, url.as_ref())
        && url.is_none_or(|url| url == manifest.broker.url)
}
