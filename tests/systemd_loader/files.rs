//! Whole hosts: env files, patterns of them, credentials, templates and what is unset, put
//! together by `audit::assemble::systemd` and by systemd.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use stem_sec::audit::assemble::{Assembly, systemd};
use stem_sec::audit::process::{Content, Process, Value};
use stem_sec::audit::tree::Tree;

use crate::common::{as_root, folder};
use crate::manager::{Manager, Seen};

/// Files below `/mnt/exam/files`.
const FILES: [(&str, &str); 6] = [
    ("one.env", "T_A=one\nT_B=one\nT_S=\"a b\"\nexport T_X=no\n"),
    ("two.env", "T_A=two\nT_C=two\n"),
    ("many/b.env", "T_M=b\nT_B=b\n"),
    ("many/a.env", "T_M=a\nT_N=a\n"),
    ("many/c.txt", "T_M=c\n"),
    ("i-x.env", "T_I=x\n"),
];

/// What is started, and the lines of its unit.
const UNITS: [(&str, &str); 9] = [
    (
        "both.service",
        "EnvironmentFile=/mnt/exam/files/one.env\nEnvironment=T_A=unit T_D=unit\n",
    ),
    (
        "later.service",
        "EnvironmentFile=/mnt/exam/files/two.env\nEnvironmentFile=/mnt/exam/files/one.env\n",
    ),
    (
        "gone.service",
        "EnvironmentFile=/mnt/exam/files/gone.env\nEnvironment=T_A=1\n",
    ),
    (
        "may.service",
        "EnvironmentFile=-/mnt/exam/files/gone.env\nEnvironment=T_A=1\n",
    ),
    (
        "many.service",
        "EnvironmentFile=/mnt/exam/files/many/*.env\nEnvironmentFile=-/mnt/exam/files/no*\n",
    ),
    (
        "reset.service",
        "EnvironmentFile=/mnt/exam/files/one.env\nEnvironmentFile=\nEnvironmentFile=/mnt/exam/files/two.env\n",
    ),
    (
        "unset.service",
        "EnvironmentFile=/mnt/exam/files/one.env\nUnsetEnvironment=T_A T_B=two \"T_S=a b\"\n",
    ),
    (
        "inst@x.service",
        "EnvironmentFile=/mnt/exam/files/%p-x.env\nEnvironmentFile=-/mnt/exam/files/i-%i.env\n",
    ),
    (
        "secret.service",
        "LoadCredential=one:/mnt/exam/files/one.env\nSetCredential=one:other\nSetCredential=text:a\\nb\n\
         LoadCredential=back:/mnt/exam/files/gone\nSetCredential=back:fallback\n\
         LoadCredential=many:/mnt/exam/files/many\n",
    ),
];

#[test]
fn hosts_give_their_processes_what_systemd_gives_them() {
    as_root(
        "files::hosts_give_their_processes_what_systemd_gives_them",
        || {
            let mut manager = Manager::new();
            let place = manager.units().parent().expect("a folder").join("files");
            let mut texts = Vec::new();
            for (path, text) in FILES {
                let file = place.join(path);
                fs::create_dir_all(file.parent().expect("a folder")).expect("made");
                fs::write(file, text).expect("written");
                texts.push((format!("mnt/exam/files/{path}"), text.as_bytes().to_vec()));
            }
            for (started, lines) in UNITS {
                let name = match started.split_once('@') {
                    Some((prefix, _)) => format!("{prefix}@.service"),
                    None => started.to_owned(),
                };
                // the one that stands for an instance's other file is optional
                let lines = lines.replace("File=/mnt/exam/files/%p", "File=-/mnt/exam/files/%p");
                manager.probe(&name, started, &lines);
                let unit = fs::read(manager.units().join(&name)).expect("written");
                texts.push((format!("etc/systemd/system/{name}"), unit));
                if name != started {
                    let link = format!("etc/systemd/system/exam.target.wants/{started}");
                    texts.push((link, Vec::new()));
                }
            }
            manager.run(folder().path());
            let tree = Tree::of_texts(texts);
            let mut out = Assembly::default();
            systemd::assemble(&tree, tree.found(), &mut out);
            for (started, _) in UNITS {
                let real = manager.seen(started).map(|seen| real(&seen));
                let mut all = out
                    .deployments
                    .iter()
                    .flat_map(|deployment| &deployment.processes);
                let process = all.find(|process| process.name == started);
                let ours = process.map(|process| ours(&tree, process)).expect(started);
                assert_eq!(real.as_ref(), ours.as_ref(), "{started}");
                assert_eq!(real.is_none(), started == "gone.service", "{started}");
            }
        },
    );
}

type Got = BTreeMap<String, String>;

fn real(seen: &Seen) -> Got {
    let each = seen
        .iter()
        .map(|(name, values)| (name.clone(), values.concat()));
    each.filter(|(name, _)| name.starts_with("T_") || name.starts_with("credential "))
        .collect()
}

/// `None` where something is not there without which it does not start. What lies outside of
/// `etc/` and is not in the tree may yet be on the host: said as such, and as missing to a test.
fn ours(tree: &Tree, process: &Process) -> Option<Got> {
    use stem_sec::audit::process::GapKind;
    let is_needed = process.name == "gone.service";
    let is_gone = |kind| kind == GapKind::Missing || (kind == GapKind::Outside && is_needed);
    if process.gaps.iter().any(|gap| is_gone(gap.kind)) {
        return None;
    }
    let mut got = Got::new();
    for variable in process
        .environment
        .iter()
        .filter(|one| one.name.starts_with("T_"))
    {
        let Value::Known(value) = &variable.value else {
            panic!("{} is not known", variable.name);
        };
        got.insert(variable.name.clone(), value.expose().to_owned());
    }
    for file in process
        .files
        .iter()
        .filter(|file| file.path.starts_with("/run/credentials/"))
    {
        let name = Path::new(&file.path)
            .file_name()
            .expect("a name")
            .to_string_lossy();
        let text = match &file.content {
            Content::File(number) => {
                let source = tree.source(*number).expect("read");
                String::from_utf8(source.bytes.clone()).expect("text")
            }
            Content::Text(text, _) => text.expose().to_owned(),
            Content::Unknown(why) => panic!("{why}"),
        };
        got.insert(format!("credential {name}"), text);
    }
    Some(got)
}
