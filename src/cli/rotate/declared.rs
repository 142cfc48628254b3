//! The manifest after a change of posture: the few values that change are replaced where they
//! stand, so that comments and order stay.

use crate::formats::yaml::{self, Node};
use crate::model::manifest::{LOST_RETRIES, Manifest, Url};
use crate::model::posture::Posture;

/// The manifest with another posture and, where the scheme changes, another URL of the broker
/// and of the stores on it.
pub(super) fn wanted(manifest: &Manifest, posture: Posture, url: Option<&Url>) -> Manifest {
    let mut wanted = manifest.clone();
    wanted.posture = posture;
    accept_lost_retries(manifest, &mut wanted);
    let flips = posture.transport.encrypts() != manifest.posture.transport.encrypts();
    let Some(url) = url.filter(|_| flips) else {
        return wanted;
    };
    let stores = &mut wanted.stores;
    let urls = [
        &mut stores.backend,
        &mut stores.schedule,
        &mut stores.revoke,
        &mut stores.workflow,
    ];
    for store in urls.into_iter().flatten() {
        if manifest.is_on_broker(store)
            && let Ok(moved) = store.on_server_of(url)
        {
            *store = moved;
        }
    }
    wanted.broker.url = url.clone();
    wanted
}

/// Workers that lose their retries by the change are said to, as `init` says it of new ones:
/// else every file of theirs would be found fault with from then on.
fn accept_lost_retries(manifest: &Manifest, wanted: &mut Manifest) {
    let then = wanted.clone();
    for component in &mut wanted.components {
        let loses = then.loses_retries(component) && !manifest.loses_retries(component);
        component.retries_lost |= loses;
    }
}

/// What has to be written where.
type Value = (&'static [&'static str], String);

/// The text with the wanted values in their places.
///
/// # Errors
/// The lines to write by hand, where the text does not let itself be edited so.
pub(super) fn edited(text: &[u8], wanted: &Manifest) -> Result<Vec<u8>, Vec<String>> {
    let values = values(wanted);
    let by_hand = || {
        let line = |(path, value): &Value| format!("{}: {value}", path.join("."));
        let lossy = wanted.components.iter().filter(|one| one.retries_lost);
        let retries = lossy.map(|one| format!("components.{}.retries: lost", one.name));
        values.iter().map(line).chain(retries).collect()
    };
    if Manifest::parse(text).ok().as_ref() == Some(wanted) {
        return Ok(text.to_owned());
    }
    let documents = yaml::read(text, 0).map_err(|_| by_hand())?;
    let root = documents.first().ok_or_else(by_hand)?;
    let added = added(text, root, wanted).ok_or_else(by_hand)?;
    let mut ranges: Vec<(usize, usize, &str)> = Vec::new();
    ranges.extend(added.iter().map(|(at, line)| (*at, *at, line.as_str())));
    for (path, value) in &values {
        let Some(node) = find(root, path) else {
            continue;
        };
        let (start, end) = (node.place.start as usize, node.place.end as usize);
        if start >= end || end > text.len() {
            return Err(by_hand());
        }
        ranges.push((start, end, value));
    }
    ranges.sort_unstable();
    let mut edited = text.to_owned();
    for (start, end, value) in ranges.into_iter().rev() {
        edited.splice(start..end, value.bytes());
    }
    match Manifest::parse(&edited) {
        Ok(manifest) if manifest == *wanted => Ok(edited),
        _ => Err(by_hand()),
    }
}

/// `retries: lost` where it is new, each with the place to put it in, and why in a line above.
/// None where that place is not plain to see.
fn added(text: &[u8], root: &Node, wanted: &Manifest) -> Option<Vec<(usize, String)>> {
    let mut added = Vec::new();
    for component in wanted.components.iter().filter(|one| one.retries_lost) {
        let components = find(root, &["components"])?;
        let (name, node) =
            entries(components).find(|(key, _)| key.as_text() == Some(component.name.as_str()))?;
        if node.get("retries").is_some() {
            continue;
        }
        let (first, _) = entries(node).next()?;
        let at = first.place.start as usize;
        let is_flow = text.get(node.place.start as usize) == Some(&b'{');
        let separator = if is_flow {
            ", ".to_owned()
        } else {
            format!("\n{}", indent(text, at)?)
        };
        added.push((at, format!("retries: lost{separator}")));
        let name_at = name.place.start as usize;
        if let Some(indent) = indent(text, name_at) {
            added.push((name_at, format!("# {LOST_RETRIES}\n{indent}")));
        }
    }
    Some(added)
}

fn entries(node: &Node) -> impl Iterator<Item = (&Node, &Node)> {
    let pairs = match &node.value {
        yaml::Value::Mapping(pairs) => pairs.as_slice(),
        _ => &[],
    };
    pairs.iter().map(|(key, value)| (&**key, &**value))
}

/// The blanks before it, where nothing else stands before it in its line.
fn indent(text: &[u8], at: usize) -> Option<String> {
    let before = text.get(..at)?;
    let line = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let blanks = &before[line..];
    let is_blank = blanks.iter().all(|byte| *byte == b' ');
    is_blank.then(|| " ".repeat(blanks.len()))
}

fn values(wanted: &Manifest) -> Vec<Value> {
    let mut values: Vec<Value> = vec![
        (
            &["posture", "signing"],
            wanted.posture.signing.name().to_owned(),
        ),
        (
            &["posture", "transport"],
            wanted.posture.transport.name().to_owned(),
        ),
        (&["broker", "url"], scalar(&wanted.broker.url)),
    ];
    let stores = &wanted.stores;
    let named: [(&'static [&'static str], &Option<Url>); 4] = [
        (&["stores", "backend"], &stores.backend),
        (&["stores", "schedule"], &stores.schedule),
        (&["stores", "revoke"], &stores.revoke),
        (&["stores", "workflow"], &stores.workflow),
    ];
    for (path, url) in named {
        if let Some(url) = url {
            values.push((path, scalar(url)));
        }
    }
    values
}

/// A URL has no quote and no backslash; brackets would be lists.
fn scalar(url: &Url) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b":/._-".contains(&byte);
    if url.as_str().bytes().all(is_plain) {
        return url.as_str().to_owned();
    }
    format!("\"{url}\"")
}

fn find<'n>(root: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter()
        .try_fold(root, |node, key| node.get(key).map(AsRef::as_ref))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::posture::{Signing, Transport};

    const TEXT: &str = "# ours\nversion: 1\nposture: { signing: none, transport: 'plaintext' } # soon more\n\
        broker:\n  url: redis://redis:6379/0   # the old one\n  names: [redis]\n\
        stores: { backend: \"redis://redis:6379/1\", schedule: redis://redis/2 }\n\
        components: { worker: { role: worker }, redis: { role: broker } }\n";

    fn turned(text: &str) -> Result<String, Vec<String>> {
        let manifest = Manifest::parse(text).unwrap();
        let posture = Posture {
            signing: Signing::Ed25519,
            transport: Transport::Mtls,
        };
        let url = Url::parse("rediss://redis:6380/0").unwrap();
        let wanted = wanted(&manifest, posture, Some(&url));
        edited(text.as_bytes(), &wanted).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn values_change_and_comments_stay() {
        let expected = TEXT
            .replace("none", "ed25519")
            .replace("'plaintext'", "mtls")
            .replace("redis://redis:6379/0 ", "rediss://redis:6380/0 ")
            .replace("\"redis://redis:6379/1\"", "rediss://redis:6380/1")
            .replace("redis://redis/2", "rediss://redis:6380/2")
            .replace("{ role: worker }", "{ retries: lost, role: worker }");
        assert_eq!(turned(TEXT), Ok(expected.clone()));
        let manifest = Manifest::parse(&expected).unwrap();
        assert_eq!(
            edited(expected.as_bytes(), &manifest),
            Ok(expected.into_bytes()),
            "a second time nothing changes"
        );
    }

    #[test]
    fn workers_that_lose_their_retries_are_said_to() {
        let flow = "components: { worker: { role: worker }, redis: { role: broker } }\n";
        let block =
            "components:\n  # ours\n  worker:\n    role: worker\n  redis: { role: broker }\n";
        let text = turned(&TEXT.replace(flow, block)).unwrap();
        let expected = format!(
            "  # ours\n  # {LOST_RETRIES}\n  worker:\n    retries: lost\n    role: worker\n  redis:"
        );
        assert!(text.contains(&expected), "{text}");
    }

    #[test]
    fn what_stands_in_one_place_for_two_is_left_to_its_owner() {
        let text = TEXT
            .replace("url: redis://redis:6379/0", "url: &u redis://redis:6379/0")
            .replace("\"redis://redis:6379/1\"", "*u");
        let lines = turned(&text).unwrap_err();
        assert!(
            lines.contains(&"posture.signing: ed25519".to_owned()),
            "{lines:?}"
        );
    }
}
