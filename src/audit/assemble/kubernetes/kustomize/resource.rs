//! The objects of a kustomization on their way, with what they were called before: later
//! layers may still name them so.

use std::sync::Arc;

use crate::formats::kubernetes::edit;
use crate::formats::kubernetes::object::Object;
use crate::formats::yaml::Node;

/// How an object is told from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Id {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) namespace: String,
}

/// An object and its history.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub(super) object: Object,
    pub(super) earlier: Vec<Id>,
    pub(super) prefixes: Vec<String>,
    pub(super) suffixes: Vec<String>,
    pub(super) takes_hash: bool,
}

impl Id {
    pub(super) fn of(object: &Object) -> Id {
        let namespace = if is_cluster_wide(&object.kind) {
            ""
        } else {
            object.namespace.as_deref().unwrap_or("default")
        };
        Id {
            group: object.group.clone(),
            version: object.version.clone(),
            kind: object.kind.clone(),
            name: object.name.clone(),
            namespace: namespace.to_owned(),
        }
    }
}

impl Resource {
    pub(super) fn new(object: Object) -> Resource {
        Resource {
            object,
            earlier: Vec::new(),
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            takes_hash: false,
        }
    }

    pub(super) fn id(&self) -> Id {
        Id::of(&self.object)
    }

    /// What it was called first.
    pub(super) fn first_id(&self) -> Id {
        self.earlier.first().cloned().unwrap_or_else(|| self.id())
    }

    /// Whether it is or was called that.
    pub(super) fn is_any(&self, id: &Id) -> bool {
        self.is(id) || self.earlier.contains(id)
    }

    /// Whether it is called that now.
    pub(super) fn is(&self, id: &Id) -> bool {
        // asked for every pair of objects: the name differs first
        self.object.name == id.name && self.object.kind == id.kind && self.id() == *id
    }

    /// Takes a changed object; what it was called is kept.
    pub(super) fn change(&mut self, node: Arc<Node>) {
        let before = self.id();
        if let Some(object) = Object::of(&node) {
            self.object = object;
            if self.id() != before && !self.earlier.contains(&before) {
                self.earlier.push(before);
            }
        }
    }

    pub(super) fn rename(&mut self, name: &str) {
        let place = self.object.place;
        let node = edit::make(&self.object.node, &["metadata", "name"], &mut |_| {
            Arc::new(Node::text(name, place))
        });
        self.change(node);
    }

    pub(super) fn move_to(&mut self, namespace: &Arc<Node>) {
        let node = edit::make(&self.object.node, &["metadata", "namespace"], &mut |_| {
            Arc::clone(namespace)
        });
        self.change(node);
    }

    /// Whether both stand under the same prefixes and suffixes, as far as both have some.
    pub(super) fn is_beside(&self, other: &Resource) -> bool {
        let agree = |one: &[String], other: &[String]| one.ends_with(other) || other.ends_with(one);
        agree(&self.prefixes, &other.prefixes) && agree(&self.suffixes, &other.suffixes)
    }
}

/// Kinds that stand in no namespace.
pub(super) fn is_cluster_wide(kind: &str) -> bool {
    const KINDS: [&str; 22] = [
        "Namespace",
        "Node",
        "PersistentVolume",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "APIService",
        "StorageClass",
        "CSIDriver",
        "CSINode",
        "VolumeAttachment",
        "PriorityClass",
        "IngressClass",
        "RuntimeClass",
        "MutatingWebhookConfiguration",
        "ValidatingWebhookConfiguration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "CertificateSigningRequest",
        "FlowSchema",
        "PriorityLevelConfiguration",
        "PodSecurityPolicy",
    ];
    KINDS.contains(&kind)
}
