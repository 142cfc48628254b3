//! Which file of the tree a path on the host means, for units and mounts that name the place
//! where the files will live.

use super::{FileKind, Tree, names};
use crate::model::manifest::Manifest;

/// See [`Tree::host_path`].
pub(super) fn path(tree: &Tree, from: &str, absolute: &str) -> Option<String> {
    mapped(tree, from, host_of(from), absolute)
}

/// See [`Tree::path_on_host`].
pub(super) fn below(tree: &Tree, root: &str, absolute: &str) -> Option<String> {
    mapped(tree, root, Some(root), absolute)
}

fn mapped(tree: &Tree, from: &str, host: Option<&str>, absolute: &str) -> Option<String> {
    let absolute = names::clean(absolute).filter(|path| path.starts_with('/'))?;
    let there = |path: &String| tree.is_folder(path).is_some();
    let on_host = host.map(|host| names::join(host, &absolute[1..]));
    let itself = Some(absolute.clone()).filter(there);
    itself
        .or_else(|| on_host.clone().filter(there))
        .or_else(|| installed(tree, from, &absolute).filter(there))
        // not there, but this is where it would be
        .or_else(|| on_host.filter(|_| absolute.starts_with("/etc/")))
        .or_else(|| installed(tree, from, &absolute))
        .or_else(|| tree.is_inside(&absolute).then_some(absolute))
}

/// The folder that stands for the root of the host to whose `etc/` the file belongs.
fn host_of(from: &str) -> Option<&str> {
    let mut at = 0;
    for part in from.split('/') {
        if part == "etc" {
            return Some(from[..at].trim_end_matches('/'));
        }
        at += part.len() + 1;
    }
    None
}

/// What a manifest says of where its folder will live.
#[derive(Debug)]
pub(super) struct Installed {
    /// The folder of the manifest.
    folder: String,
    /// What is written, relative to it.
    out: String,
    /// Where that is installed.
    install: String,
}

/// From the folder that a manifest installs there: the nearest above the file, else the first.
fn installed(tree: &Tree, from: &str, absolute: &str) -> Option<String> {
    let depth = |one: &Installed| names::below(from, &one.folder).map(|_| one.folder.len() + 1);
    let mut known: Vec<&Installed> = tree
        .installed
        .get_or_init(|| all_installed(tree))
        .iter()
        .collect();
    known.sort_by_key(|one| std::cmp::Reverse(depth(one)));
    known.into_iter().find_map(|one| {
        let way = names::below(absolute, &one.install)?;
        names::clean(&names::join(&names::join(&one.folder, &one.out), way))
    })
}

/// See [`Tree::install`].
pub(super) fn install(tree: &Tree, out: &str, install: &str) {
    let installed = names::clean(install).map(|install| Installed {
        folder: String::new(),
        out: out.to_owned(),
        install,
    });
    // what was asked for before has its answer already
    let _ = tree.installed.set(installed.into_iter().collect());
}

fn all_installed(tree: &Tree) -> Vec<Installed> {
    let manifests = tree
        .found()
        .iter()
        .filter(|found| found.kind == FileKind::Manifest);
    let installed = manifests.filter_map(|found| {
        let source = tree.read(&found.path).ok()?;
        let render = Manifest::parse(&source.bytes).ok()?.render;
        let (folder, _) = names::split(&source.path);
        Some(Installed {
            folder: folder.to_owned(),
            install: names::clean(&render.install?)?,
            out: render.out,
        })
    });
    installed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "version: 1\n\
        posture: { signing: ed25519, transport: mtls }\n\
        broker: { url: 'rediss://redis:6379/0', names: [redis] }\n\
        components: { api: { role: producer } }\n\
        render: { target: systemd, install: /etc/stem }\n";

    fn tree(files: &[(&str, &str)]) -> Tree {
        let texts = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
            .collect();
        Tree::of_texts(texts)
    }

    #[test]
    fn a_path_of_the_host_is_found_below_its_etc() {
        let tree = tree(&[
            ("hosts/web/etc/systemd/system/api.service", ""),
            ("hosts/web/etc/stem/api.env", ""),
            ("hosts/web/srv/api.env", ""),
        ]);
        let path = |absolute| tree.host_path("hosts/web/etc/systemd/system/api.service", absolute);
        assert_eq!(
            path("/etc/stem/api.env").as_deref(),
            Some("hosts/web/etc/stem/api.env")
        );
        assert_eq!(
            path("/srv/./api.env").as_deref(),
            Some("hosts/web/srv/api.env")
        );
        assert_eq!(path("/etc/gone").as_deref(), Some("hosts/web/etc/gone"));
        assert_eq!(path("/usr/lib/x"), None);
        assert_eq!(tree.host_path("compose.yaml", "/etc/stem/api.env"), None);
    }

    #[test]
    fn a_manifest_says_where_its_folder_is_installed() {
        let tree = tree(&[
            ("a/stem-sec.yaml", MANIFEST),
            ("a/deploy/systemd/api.service", ""),
            ("a/deploy/api/api.env", ""),
        ]);
        let path = |absolute| tree.host_path("a/deploy/systemd/api.service", absolute);
        assert_eq!(
            path("/etc/stem/api/api.env").as_deref(),
            Some("a/deploy/api/api.env")
        );
        assert_eq!(
            path("/etc/stem/api/gone").as_deref(),
            Some("a/deploy/api/gone")
        );
        assert_eq!(path("/etc/stemware"), None);
    }

    #[test]
    fn a_path_inside_is_itself() {
        let tree = tree(&[
            ("/etc/stem/api.env", ""),
            ("/etc/systemd/system/api.service", ""),
        ]);
        let from = "/etc/systemd/system/api.service";
        let path = tree.host_path(from, "/etc/stem/api.env");
        assert_eq!(path.as_deref(), Some("/etc/stem/api.env"));
        assert_eq!(tree.host_path(from, "relative"), None);
    }
}
