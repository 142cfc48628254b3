//! What kustomize does to objects, one module each: pure, from nodes to nodes. Which files
//! belong to a kustomization is for `audit::assemble`.

pub mod hash;
pub mod image;
pub mod json_patch;
pub mod reference;
pub mod strategic;
