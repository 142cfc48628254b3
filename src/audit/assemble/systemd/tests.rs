//! Units and what their processes end with.

use super::*;
use crate::audit::process::{Content, How};

fn assembled(files: &[(&str, &str)]) -> (Tree, Assembly) {
    let texts = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
        .collect();
    let tree = Tree::of_texts(texts);
    let mut out = Assembly::default();
    assemble(&tree, tree.found(), &mut out);
    (tree, out)
}

/// `NAME=value HOW:line…` of every variable, and `PATH content` of every file.
fn shown(tree: &Tree, process: &Process) -> Vec<String> {
    let mut lines = Vec::new();
    for variable in &process.environment {
        let value = variable.value.known().unwrap_or("?");
        let said = variable.said.iter();
        let said: Vec<String> = said
            .map(|said| format!("{:?}:{}", said.how, said.place.line))
            .collect();
        lines.push(format!("{}={value} {}", variable.name, said.join(" ")));
    }
    for file in &process.files {
        let content = match &file.content {
            Content::File(number) => tree.source(*number).unwrap().path.clone(),
            Content::Text(text, _) => format!("text {}", text.expose()),
            Content::Unknown(_) => "?".to_owned(),
        };
        lines.push(format!("{} {content}", file.path));
    }
    for gap in &process.gaps {
        lines.push(format!("{:?}:{}", gap.kind, gap.place.line));
    }
    lines
}

fn process<'a>(out: &'a Assembly, name: &str) -> &'a Process {
    let all = out
        .deployments
        .iter()
        .flat_map(|deployment| &deployment.processes);
    all.into_iter()
        .find(|process| process.name == name)
        .expect(name)
}

const UNIT: &str = "[Service]\nEnvironment=A=1 B=1 C=1 D=1\nEnvironmentFile=/etc/stem/one.env\n\
                    EnvironmentFile=-/etc/stem/gone.env\nEnvironmentFile=/etc/stem/more/*.env\n\
                    PassEnvironment=P A\nUnsetEnvironment=D\nExecStart=/usr/bin/stem $C --ca ${STEM_TLS_CA_CERT}\n";

#[test]
fn env_files_win_over_the_unit_and_each_other_and_what_is_unset_is_gone() {
    let (tree, out) = assembled(&[
        ("web/etc/systemd/system/api.service", UNIT),
        (
            "web/etc/systemd/system/api.service.d/a.conf",
            "[Service]\nEnvironment=B=2\n",
        ),
        ("web/etc/stem/one.env", "B=3\nC=3\n"),
        ("web/etc/stem/more/b.env", "C=5\n"),
        (
            "web/etc/stem/more/a.env",
            "C=4\nSTEM_TLS_CA_CERT=/etc/stem/ca.crt\n",
        ),
        ("web/etc/stem/ca.crt", "-----BEGIN CERTIFICATE-----\n"),
    ]);
    assert_eq!(out.deployments.len(), 1);
    assert_eq!(out.deployments[0].folder, "web");
    let api = process(&out, "api.service");
    assert_eq!(
        shown(&tree, api),
        [
            "A=1 Overridden:6 Environment:2",
            "B=3 Overridden:2 Overridden:2 EnvFile:3 EnvFileLine:1",
            "C=5 Overridden:2 Overridden:2 Overridden:1 EnvFile:5 EnvFileLine:1",
            "P=? PassedOn:6",
            "STEM_TLS_CA_CERT=/etc/stem/ca.crt EnvFile:5 EnvFileLine:2",
            "/etc/stem/ca.crt web/etc/stem/ca.crt",
            "OptionalMissing:4",
        ]
    );
    let words: Vec<&str> = api
        .arguments
        .iter()
        .map(|word| word.text.expose())
        .collect();
    assert_eq!(words, ["/usr/bin/stem", "5", "--ca", "/etc/stem/ca.crt"]);
}

#[test]
fn credentials_are_files_under_the_folder_that_d_means() {
    let unit = "[Service]\nLoadCredential=ca.crt:/etc/stem/ca.crt\nSetCredential=ca.crt:no\n\
                SetCredential=x:a\\nb\nLoadCredential=keys:/etc/stem/keys\n\
                LoadCredentialEncrypted=e:/etc/e\nLoadCredential=gone:/etc/gone\n\
                Environment=STEM_TLS_CA_CERT=%d/ca.crt\nExecStart=/bin/stem\n";
    let (tree, out) = assembled(&[
        ("etc/systemd/system/api.service", unit),
        ("etc/stem/ca.crt", ""),
        ("etc/stem/keys/a", ""),
        ("etc/stem/keys/b/c", ""),
    ]);
    let api = process(&out, "api.service");
    assert_eq!(
        shown(&tree, api),
        [
            "CREDENTIALS_DIRECTORY=/run/credentials/api.service Secret:2",
            "STEM_TLS_CA_CERT=/run/credentials/api.service/ca.crt Environment:8",
            "/run/credentials/api.service/ca.crt etc/stem/ca.crt",
            "/run/credentials/api.service/x text a\nb",
            "/run/credentials/api.service/keys_a etc/stem/keys/a",
            "/run/credentials/api.service/keys_b_c etc/stem/keys/b/c",
            "/run/credentials/api.service/e ?",
            "/run/credentials/api.service/gone ?",
            "Missing:7",
        ]
    );
    assert_eq!(api.files[0].said[0].how, How::Secret);
}

#[test]
fn templates_are_processes_by_their_instances_or_themselves() {
    let names = |files: &[(&str, &str)]| {
        let (_, out) = assembled(files);
        let all = out
            .deployments
            .into_iter()
            .flat_map(|deployment| deployment.processes);
        all.map(|process| process.name).collect::<Vec<_>>()
    };
    let template = ("u/worker@.service", "[Service]\nExecStart=/bin/stem %i\n");
    assert_eq!(names(&[template]), ["worker@.service"]);
    assert_eq!(
        names(&[
            template,
            (
                "u/all.service",
                "[Unit]\nWants=worker@a.service worker@b.service\n"
            )
        ]),
        ["all.service", "worker@a.service", "worker@b.service"]
    );
    let limits = ("u/worker@c.service.d/l.conf", "[Service]\n");
    assert_eq!(
        names(&[template, limits]),
        ["worker@.service", "worker@c.service"]
    );
    let default = ("u/w@.service", "[Service]\n[Install]\nDefaultInstance=x\n");
    assert_eq!(names(&[default]), ["w@x.service"]);
}

#[test]
fn paths_may_be_hidden_bound_or_below_another_root() {
    let unit = "[Service]\nEnvironment=STEM_TLS_CA_CERT=/tls/ca.crt STEM_TLS_CLIENT_CERT=/etc/c.crt\n\
                Environment=STEM_TLS_CLIENT_KEY=/etc/gone.key\n\
                BindReadOnlyPaths=/etc/stem:/tls\nInaccessiblePaths=/etc/c.crt\n";
    let (tree, out) = assembled(&[
        ("etc/systemd/system/api.service", unit),
        ("etc/stem/ca.crt", ""),
        ("etc/c.crt", ""),
    ]);
    let lines = shown(&tree, process(&out, "api.service"));
    assert_eq!(
        lines[3..],
        [
            "/tls/ca.crt etc/stem/ca.crt",
            "/etc/gone.key ?",
            "Missing:5",
            "Missing:3",
        ]
    );
}

#[test]
fn what_is_installed_elsewhere_may_lie_beside_the_unit() {
    let (tree, out) = assembled(&[
        (
            "deploy/units/api.service",
            "[Service]\nEnvironmentFile=/etc/stem/api.env\n",
        ),
        ("deploy/etc/stem/api.env", "A=1\n"),
    ]);
    let lines = shown(&tree, process(&out, "api.service"));
    assert_eq!(lines, ["A=1 EnvFile:2 EnvFileLine:1"]);
    assert_eq!(out.deployments[0].assumptions.len(), 1);
}

#[test]
fn a_unit_that_systemd_refuses_is_said_to_be_refused() {
    let (tree, out) = assembled(&[("api.service", "[Service]\nEnvironment=A=1\n[Install\n")]);
    let lines = shown(&tree, process(&out, "api.service"));
    assert_eq!(lines, ["A=1 Environment:2", "Skipped:3", "Unreadable:1"]);
}

#[test]
fn a_redis_reads_its_configuration_and_what_that_names() {
    let unit = "[Service]\nExecStart=/bin/sh -c 'exec redis-server /etc/redis/r.conf --tls-key-file /etc/s.key'\n";
    let conf =
        "include /etc/redis/more/*.conf\ninclude /etc/redis/gone.conf\ntls-key-file /etc/no.key\n";
    let (tree, out) = assembled(&[
        ("etc/systemd/system/redis.service", unit),
        ("etc/redis/r.conf", conf),
        (
            "etc/redis/more/a.conf",
            "tls-cert-file /etc/s.crt\ninclude /etc/redis/r.conf\n",
        ),
        ("etc/s.key", "k"),
        ("etc/s.crt", "c"),
    ]);
    let redis = process(&out, "redis.service");
    assert_eq!(
        shown(&tree, redis),
        [
            "/etc/redis/r.conf etc/redis/r.conf",
            "/etc/redis/more/a.conf etc/redis/more/a.conf",
            "/etc/s.crt etc/s.crt",
            "/etc/s.key etc/s.key",
            "Missing:2",
            "Unreadable:2",
        ]
    );
    let said = |path: &str| {
        let file = redis.files.iter().find(|file| file.path == path).unwrap();
        file.said
            .iter()
            .map(|said| (said.how, said.place.line))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        said("/etc/s.crt"),
        [(How::Argument, 2), (How::Setting, 1), (How::Setting, 1)]
    );
    assert_eq!(said("/etc/s.key"), [(How::Argument, 2)]);
}
