//! Links: a loader takes what it finds under a name, wherever the text lies, and systemd
//! starts an instance because a link to its template lies in a `.wants/`.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

/// A key list that is long enough, and made here.
fn key(id: &str) -> String {
    let bytes: Vec<u8> = (0..32).map(|_| rand_byte()).collect();
    use base64::Engine;
    format!(
        "{id}:{}",
        base64::engine::general_purpose::STANDARD.encode(bytes)
    )
}

fn rand_byte() -> u8 {
    use std::io::Read;
    let mut byte = [0];
    fs::File::open("/dev/urandom")
        .unwrap()
        .read_exact(&mut byte)
        .unwrap();
    byte[0]
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn link(root: &Path, target: &str, path: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    symlink(target, path).unwrap();
}

/// `PROCESS ROLES KEY-ID…` of every process that holds a secret, by the table for terminals.
fn table(root: &Path) -> Vec<String> {
    let ran = std::process::Command::new(env!("CARGO_BIN_EXE_stem-sec"))
        .current_dir(root)
        .arg("inventory")
        .output()
        .unwrap();
    let text = String::from_utf8(ran.stdout).unwrap();
    let tables = text
        .split("\n\n")
        .filter(|part| part.starts_with("PROCESS"));
    let rows = tables.flat_map(|table| table.lines().skip(1));
    rows.map(|row| row.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn compose_files_behind_links_are_those_of_the_folder_of_the_link() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    write(
        root,
        "real/base",
        "services: {jobs: {image: shop/worker, env_file: jobs.env}}\n",
    );
    let over = format!(
        "services: {{jobs: {{environment: {{STEM_SIGNING_KEYS: '{}'}}}}}}\n",
        key("o")
    );
    write(root, "real/over", &over);
    write(
        root,
        "app/jobs.env",
        &format!("STEM_SIGNING_PRIVATE_KEYS={}\n", key("p")),
    );
    link(root, "../real/base", "app/compose.yaml");
    link(root, "../real/over", "app/compose.override.yaml");
    assert_eq!(table(root), ["jobs worker o p"]);
}

#[test]
fn instances_of_templates_are_those_that_links_pull_in() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let units = "etc/systemd/system";
    let unit =
        "[Service]\nEnvironmentFile=/etc/stem/%i.env\nExecStart=/usr/bin/stem worker start\n";
    write(root, &format!("{units}/jobs@.service"), unit);
    for (instance, target) in [
        ("a", "../jobs@.service"),
        ("b", "/etc/systemd/system/jobs@.service"),
    ] {
        link(
            root,
            target,
            &format!("{units}/multi-user.target.wants/jobs@{instance}.service"),
        );
        let line = format!("STEM_SIGNING_KEYS={}\n", key(instance));
        write(root, &format!("etc/stem/{instance}.env"), &line);
    }
    assert_eq!(
        table(root),
        ["jobs@a.service worker a", "jobs@b.service worker b"]
    );
}

#[test]
fn a_drop_in_behind_a_link_counts_and_an_alias_is_no_second_service() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let units = "etc/systemd/system";
    write(
        root,
        &format!("{units}/jobs.service"),
        "[Service]\nExecStart=/usr/bin/stem beat\n",
    );
    let text = format!("[Service]\nEnvironment=STEM_SIGNING_KEYS={}\n", key("d"));
    write(root, "shared/keys", &text);
    link(
        root,
        "../../../../shared/keys",
        &format!("{units}/jobs.service.d/10.conf"),
    );
    link(root, "jobs.service", &format!("{units}/other.service"));
    assert_eq!(table(root), ["jobs.service beat d"]);
}

#[test]
fn what_is_masked_is_started_by_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let unit = |id| {
        format!(
            "[Service]\nEnvironment=STEM_SIGNING_KEYS={}\nExecStart=/usr/bin/stem beat\n",
            key(id)
        )
    };
    for name in ["linked", "empty", "runs"] {
        write(
            root,
            &format!("usr/lib/systemd/system/{name}.service"),
            &unit(name),
        );
    }
    write(root, "etc/systemd/system/empty.service", "");
    link(root, "/dev/null", "etc/systemd/system/linked.service");
    let dropin = format!(
        "[Service]\nEnvironment=STEM_SIGNING_KEYS={}\n",
        key("hidden")
    );
    write(
        root,
        "usr/lib/systemd/system/runs.service.d/10.conf",
        &dropin,
    );
    link(
        root,
        "/dev/null",
        "etc/systemd/system/runs.service.d/10.conf",
    );
    assert_eq!(table(root), ["runs.service beat runs"]);
}

#[test]
fn a_unit_below_usr_reads_the_env_files_of_its_own_host() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let unit = "[Service]\nEnvironmentFile=/etc/stem/beat.env\nExecStart=/usr/bin/stem beat\n";
    for host in ["web", "etc/db"] {
        write(
            root,
            &format!("{host}/usr/lib/systemd/system/beat.service"),
            unit,
        );
        let line = format!("STEM_SIGNING_KEYS={}\n", key("k"));
        write(root, &format!("{host}/etc/stem/beat.env"), &line);
    }
    assert_eq!(table(root), ["beat.service beat k", "beat.service beat k"]);
}
