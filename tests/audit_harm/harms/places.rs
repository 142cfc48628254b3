//! Files that others can read, and secrets where they do not belong.

use std::process::Command;

use super::{Expected, Harm, folded};
use crate::case::{Case, Target};
use crate::common;
use crate::mechanism::is_stem;
use crate::mint::entry;
use crate::project::{Project, Spot};
use crate::set::COMPOSE;

pub(super) fn harms() -> Vec<Harm> {
    let mut harms = modes();
    harms.extend(git());
    harms.extend(written_out());
    harms
}

/// A file of a component that holds a secret, in most cases.
fn secret_file(project: &Project, component: &str) -> String {
    match project.case.target {
        Target::Kubernetes => format!("deploy/{component}/secret.yaml"),
        _ if is_stem(component) => project.env_file(component),
        _ => format!("deploy/{component}/redis.conf"),
    }
}

/// Whether the env files hold secrets in every component.
fn everywhere(case: Case) -> bool {
    case.password() || case.target == Target::Kubernetes
}

fn modes() -> Vec<Harm> {
    let readable = "key-file-readable";
    let loosened = |path: String, project: &Project| {
        let mode = [0o644, 0o604, 0o620, 0o666][project.variant.get() % 4];
        project.chmod(&path, mode);
        project.open_way_to(&path);
        // of the store, the folder speaks for all that lies in it
        let top = path.split('/').next().unwrap_or_default();
        Expected::any(vec![Spot::file(&path), Spot::file(top)], "")
    };
    let of = |component: &'static str| {
        let apply = move |project: &Project| loosened(secret_file(project, component), project);
        Harm::new(component, readable, everywhere, apply).ways(4)
    };
    let components = ["producer", "worker", "beat", "cli", "redis"];
    let mut harms = vec![folded(
        "a file with secrets for all to read",
        components.map(of).into(),
    )];
    harms.push(
        Harm::new(
            "worker: a client key for all to read",
            readable,
            |case| case.mutual() && case.target != Target::Kubernetes,
            move |project| loosened("deploy/worker/client.key".to_owned(), project),
        )
        .ways(4),
    );
    harms.push(
        Harm::new(
            "the broker: a server key for all to read",
            readable,
            |case| case.encrypts() && case.target != Target::Kubernetes,
            move |project| loosened("deploy/redis/server.key".to_owned(), project),
        )
        .ways(4),
    );
    harms.push(
        Harm::new(
            "the store's CA key for all to read",
            readable,
            Case::encrypts,
            move |project| loosened(project.find("/ca.key"), project),
        )
        .ways(4),
    );
    harms.push(
        Harm::new(
            "the keyring for all to read",
            readable,
            Case::signs,
            move |project| loosened(".stem-sec/keyring.yaml".to_owned(), project),
        )
        .ways(4),
    );
    harms
}

fn git_in(project: &Project, arguments: &[&str]) {
    let mut command: Command = common::tool("git");
    common::run(command.args(arguments).current_dir(project.root())).ok();
}

fn git() -> Vec<Harm> {
    let added = |path: String, project: &Project| {
        git_in(project, &["init", "-q"]);
        git_in(project, &["add", "-f", &path]);
        Expected::near(vec![Spot::file(&path)], "")
    };
    vec![
        Harm::new(
            "worker: a file with secrets in git",
            "key-in-git",
            everywhere,
            move |project| added(secret_file(project, "worker"), project),
        ),
        Harm::new(
            "worker: a client key in git",
            "key-in-git",
            |case| case.mutual() && case.target != Target::Kubernetes,
            move |project| added("deploy/worker/client.key".to_owned(), project),
        ),
        Harm::new(
            "the store's CA key in git",
            "key-in-git",
            Case::encrypts,
            move |project| added(project.find("/ca.key"), project),
        ),
        Harm::new(
            "the keyring in git",
            "key-in-git",
            Case::signs,
            move |project| added(".stem-sec/keyring.yaml".to_owned(), project),
        ),
        Harm::new(
            "nothing keeps the secrets out of git",
            "key-in-git",
            everywhere,
            |project| {
                git_in(project, &["init", "-q"]);
                project.write("deploy/.gitignore", "");
                Expected::near(vec![Spot::file(&secret_file(project, "worker"))], "")
            },
        ),
    ]
}

fn written_out() -> Vec<Harm> {
    let compose = |case: Case| case.target == Target::Compose;
    vec![
        Harm::new(
            "producer: a secret as a literal",
            "secret-inline",
            |case| case.signs() && case.target != Target::Dotenv,
            |project| {
                let list = project.case.signing_list();
                let value = project.known("producer", list);
                let spot = match project.case.target {
                    Target::Compose => project.set_in_service("producer", list, &value),
                    // what stands in the env file would win
                    Target::Systemd => {
                        project.unset("producer", list);
                        project.set_in_unit("producer", list, &value)
                    }
                    _ => project.set_in_pod("producer", list, &value),
                };
                Expected::at(spot, "producer")
            },
        ),
        Harm::new(
            "a password on a command line",
            "secret-inline",
            move |case| compose(case) && case.password(),
            |project| {
                let word = "- \"--requirepass Zq8vT5mW2xLk9RbN\"";
                project.insert_after(
                    COMPOSE,
                    "- /etc/stem/redis.conf",
                    "      - --requirepass\n      - Zq8vT5mW2xLk9RbN",
                );
                let _ = word;
                Expected::at(Spot::line(COMPOSE, "- Zq8vT5mW2xLk9RbN"), "redis")
            },
        ),
        Harm::new(
            "producer: keys in a ConfigMap",
            "secret-in-configmap",
            |case| case.signs() && case.target == Target::Kubernetes,
            |project| {
                let list = project.case.signing_list();
                let value = project.known("producer", list);
                project.remove_line("deploy/producer/secret.yaml", &format!("{list}:"));
                let config = "deploy/producer/configmap.yaml";
                project.insert_after(config, "data:", &format!("  {list}: {value}"));
                let patch = "deploy/producer/patch.yaml";
                let body = crate::set::secret_ref("stem-producer", list)
                    .replace("secretKeyRef", "configMapKeyRef");
                project.set_entry("producer", list, &body);
                assert!(project.read(patch).contains("configMapKeyRef"));
                Expected::at(Spot::line(config, &format!("{list}:")), "")
            },
        ),
        Harm::new(
            "producer: a client key in a ConfigMap",
            "secret-in-configmap",
            |case| case.mutual() && case.target == Target::Kubernetes,
            |project| {
                let key = project.file("producer", "client.key");
                let block: String = key.lines().map(|line| format!("    {line}\n")).collect();
                let config = "deploy/producer/configmap.yaml";
                project.append(config, &format!("  client.key: |\n{block}"));
                Expected::at(Spot::line(config, "client.key:").within(2), "")
            },
        ),
        Harm::new(
            "producer: keys in a compose config",
            "secret-in-configmap",
            move |case| compose(case) && case.signs(),
            |project| {
                let list = project.case.signing_list();
                let line = format!("{list}={}", project.known("producer", list));
                project.append(
                    COMPOSE,
                    &format!("configs:\n  keys:\n    content: |\n      {line}\n"),
                );
                project.add_to_service("producer", "configs:", "      - keys");
                Expected::at(Spot::line_after(COMPOSE, "content: |", &line), "")
            },
        ),
        Harm::new(
            "a key copied into an image",
            "key-in-image",
            move |case| compose(case) && case.encrypts(),
            |project| {
                build(
                    project,
                    "FROM scratch\nCOPY server.key /etc/stem/\nCMD [\"worker\"]\n",
                );
                let key = project.file("redis", "server.key");
                project.write("deploy/image/server.key", &key);
                Expected::near(
                    vec![Spot::line("deploy/image/Dockerfile", "COPY")],
                    "worker",
                )
            },
        ),
        Harm::new(
            "a secret in an image's environment",
            "key-in-image",
            move |case| compose(case) && case.signs(),
            |project| {
                let list = project.case.signing_list();
                let word = ["ENV", "ARG"][project.variant.get() % 2];
                let line = format!("{word} {list}={}", entry("primary", "image"));
                build(
                    project,
                    &format!("FROM scratch\n{line}\nCMD [\"worker\"]\n"),
                );
                Expected::near(vec![Spot::line("deploy/image/Dockerfile", word)], "worker")
            },
        )
        .ways(2),
        Harm::new(
            "a secret as build argument",
            "key-in-image",
            move |case| compose(case) && case.signs(),
            |project| {
                let list = project.case.signing_list();
                build(
                    project,
                    &format!("FROM scratch\nARG {list}\nCMD [\"worker\"]\n"),
                );
                let line = format!("        {list}: \"{}\"", entry("primary", "image"));
                project.insert_after(
                    COMPOSE,
                    "build:",
                    &format!("      context: ./image\n      args:\n{line}"),
                );
                project.replace_line(COMPOSE, "build:", "    build:");
                Expected::near(vec![Spot::line(COMPOSE, line.trim())], "worker")
            },
        ),
    ]
}

/// Lets the worker's image be built.
fn build(project: &Project, dockerfile: &str) {
    project.replace_line(COMPOSE, "image: \"${WORKER_IMAGE", "    build: ./image");
    project.write("deploy/image/Dockerfile", dockerfile);
    project.chmod("deploy/image/Dockerfile", 0o644);
}
