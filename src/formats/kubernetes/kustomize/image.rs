//! `images` of a kustomization: names, tags and digests of containers' images replaced.

use std::sync::Arc;

use crate::formats::kubernetes::edit;
use crate::formats::yaml::{Node, Value};

/// An entry of `images`.
#[derive(Debug, Default)]
pub struct Image {
    /// Which images.
    pub name: String,
    /// Their new name.
    pub new_name: Option<String>,
    /// Their new tag.
    pub new_tag: Option<String>,
    /// Their new digest, which stands instead of a tag.
    pub digest: Option<String>,
}

impl Image {
    /// The entry that a node is.
    #[must_use]
    pub fn of(node: &Node) -> Option<Image> {
        let text = |key: &str| {
            let text = node.get(key)?.as_text()?;
            (!text.is_empty()).then(|| text.to_owned())
        };
        Some(Image {
            name: text("name")?,
            new_name: text("newName"),
            new_tag: text("newTag"),
            digest: text("digest"),
        })
    }

    /// What becomes of an image.
    #[must_use]
    pub fn replaced(&self, image: &str) -> Option<String> {
        let (name, tag, digest) = split(image);
        if name != self.name {
            return None;
        }
        let name = self.new_name.as_deref().unwrap_or(name);
        let (tag, digest) = match (&self.new_tag, &self.digest) {
            (Some(tag), Some(digest)) => (Some(tag.as_str()), Some(digest.as_str())),
            (Some(tag), None) => (Some(tag.as_str()), None),
            (None, Some(digest)) => (None, Some(digest.as_str())),
            (None, None) => (tag, digest),
        };
        let mut replaced = name.to_owned();
        if let Some(tag) = tag {
            replaced.push(':');
            replaced.push_str(tag);
        }
        if let Some(digest) = digest {
            replaced.push('@');
            replaced.push_str(digest);
        }
        Some(replaced)
    }
}

/// Name, tag and digest.
fn split(image: &str) -> (&str, Option<&str>, Option<&str>) {
    let (rest, digest) = match image.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (image, None),
    };
    let last = rest.rfind('/').map_or(0, |at| at + 1);
    match rest[last..].find(':') {
        Some(at) => (&rest[..last + at], Some(&rest[last + at + 1..]), digest),
        None => (rest, None, digest),
    }
}

/// The object with the images of all of its containers replaced.
#[must_use]
pub fn replace(node: &Arc<Node>, images: &[Image]) -> Arc<Node> {
    match &node.value {
        Value::Scalar(_) => Arc::clone(node),
        Value::Sequence(items) => {
            let new: Vec<Arc<Node>> = items.iter().map(|item| replace(item, images)).collect();
            let same = new
                .iter()
                .zip(items)
                .all(|(new, old)| Arc::ptr_eq(new, old));
            if same {
                Arc::clone(node)
            } else {
                edit::same(node, Value::Sequence(new))
            }
        }
        Value::Mapping(entries) => {
            let new: Vec<_> = entries
                .iter()
                .map(|(key, value)| (Arc::clone(key), replace_entry(key, value, images)))
                .collect();
            let same = new
                .iter()
                .zip(entries)
                .all(|(new, old)| Arc::ptr_eq(&new.1, &old.1));
            if same {
                Arc::clone(node)
            } else {
                edit::same(node, Value::Mapping(new))
            }
        }
    }
}

fn replace_entry(key: &Node, value: &Arc<Node>, images: &[Image]) -> Arc<Node> {
    let new = replace(value, images);
    match key.as_text() {
        Some("containers" | "initContainers") => {
            edit::at(&new, &["image"], &mut |image| replace_one(image, images))
        }
        _ => new,
    }
}

fn replace_one(node: &Arc<Node>, images: &[Image]) -> Arc<Node> {
    let mut current = node.as_text().unwrap_or_default().to_owned();
    for image in images {
        if let Some(replaced) = image.replaced(&current) {
            current = replaced;
        }
    }
    if Some(current.as_str()) == node.as_text() {
        return Arc::clone(node);
    }
    Arc::new(Node::text(&current, node.place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_of_registries_are_no_tags() {
        assert_eq!(split("host:5000/a/b"), ("host:5000/a/b", None, None));
        assert_eq!(
            split("host:5000/a:1@sha256:x"),
            ("host:5000/a", Some("1"), Some("sha256:x"))
        );
    }
}
