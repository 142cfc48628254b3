//! Kubernetes objects: written from templates, and read as the API server, the kubelet and
//! kustomize read them. Pure: nodes in, facts or nodes out; files are for the caller.

pub mod bundle;
pub mod edit;
pub mod expand;
pub mod kustomize;
pub mod object;
pub mod pieces;
pub mod pod;
pub mod scalar;
pub mod service;
mod write;

pub use write::{
    Document, KubernetesError, MAX_ID, MAX_VARIABLE, argument, check_variable, data, is_label,
    is_mount_path, is_service_name, render,
};
