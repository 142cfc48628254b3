//! A broker that lets in whom it should not.

use super::{Expected, Harm};
use crate::case::{Case, Target};
use crate::project::Project;

pub(super) fn harms() -> Vec<Harm> {
    let line = |name: &str,
                rule: &'static str,
                applies: fn(Case) -> bool,
                directive: &'static str,
                lines: Vec<&'static str>| {
        let count = lines.len();
        Harm::new(
            format!("the broker: {name}"),
            rule,
            applies,
            move |project| {
                let line = lines[project.variant.get() % lines.len()];
                Expected::at(project.directive(directive, line), "redis")
            },
        )
        .ways(count)
    };
    let mut harms = vec![
        line(
            "a port in clear beside the other",
            "plaintext-port-open",
            Case::encrypts,
            "port",
            vec!["port 6379", "port 6380"],
        ),
        line(
            "no line for the port",
            "plaintext-port-open",
            Case::encrypts,
            "port",
            vec![""],
        ),
        line(
            "clients without certificates",
            "client-certificate-optional",
            Case::mutual,
            "tls-auth-clients",
            vec!["tls-auth-clients no", "tls-auth-clients optional"],
        ),
        line(
            "no TLS port",
            "broker-tls-incomplete",
            Case::encrypts,
            "tls-port",
            vec![""],
        ),
        line(
            "no certificate",
            "broker-tls-incomplete",
            Case::encrypts,
            "tls-cert-file",
            vec![""],
        ),
        line(
            "no key",
            "broker-tls-incomplete",
            Case::encrypts,
            "tls-key-file",
            vec![""],
        ),
        line(
            "no CA",
            "broker-tls-incomplete",
            Case::mutual,
            "tls-ca-cert-file",
            vec![""],
        ),
    ];
    harms.push(Harm::new(
        "the broker: open to everyone",
        "broker-open",
        |case| case.password() && case.target != Target::Dotenv,
        |project| {
            let spot = without_password(project);
            let mut spots = vec![spot];
            match project.case.target {
                Target::Compose => {
                    let text = "      - \"6379:6379\"";
                    project.add_to_service("redis", "ports:", text);
                    spots.push(crate::project::Spot::line_after(
                        "deploy/compose.yaml",
                        "  redis:",
                        text.trim(),
                    ));
                }
                Target::Kubernetes => {
                    spots.push(crate::project::Spot::file("deploy/redis/patch.yaml"))
                }
                Target::Systemd | Target::Dotenv => {}
            }
            Expected::near(spots, "redis")
        },
    ));
    harms.push(
        Harm::new(
            "a password from the list of common ones",
            "weak-secret",
            Case::password,
            |project| {
                set_password(
                    project,
                    ["redis", "hunter2", "password"][project.variant.get() % 3],
                )
            },
        )
        .ways(3),
    );
    harms.push(
        Harm::new(
            "a placeholder as password",
            "placeholder-value",
            Case::password,
            |project| {
                set_password(
                    project,
                    ["changeme", "replace-me"][project.variant.get() % 2],
                )
            },
        )
        .ways(2),
    );
    harms
}

fn without_password(project: &Project) -> crate::project::Spot {
    project.edit_conf(|lines| {
        lines.retain(|line| !line.starts_with("requirepass ") && !line.starts_with("masterauth "));
        lines.push("protected-mode no".to_owned());
    })
}

/// Another password for the broker and all who connect.
fn set_password(project: &Project, password: &str) -> Expected {
    for (component, _) in crate::project::COMPONENTS {
        for variable in [
            "STEM_BROKER_URL",
            "STEM_RESULT_BACKEND_URL",
            "STEM_SCHEDULE_STORE_URL",
        ] {
            if let Some(url) = project.value(component, variable) {
                let (scheme, rest) = url.split_once("://").expect("a URL");
                let rest = rest.split_once('@').expect("a password").1;
                project.set(
                    component,
                    variable,
                    &format!("{scheme}://:{password}@{rest}"),
                );
            }
        }
    }
    if project.value("redis", "REDISCLI_AUTH").is_some() {
        project.set("redis", "REDISCLI_AUTH", password);
    }
    let spot = project.edit_conf(|lines| {
        for line in lines {
            for directive in ["requirepass", "masterauth"] {
                if line.starts_with(&format!("{directive} ")) {
                    *line = format!("{directive} {password}");
                }
            }
        }
    });
    let url = project.set(
        "worker",
        "STEM_BROKER_URL",
        &project.known("worker", "STEM_BROKER_URL"),
    );
    Expected::near(vec![spot, url], "")
}
