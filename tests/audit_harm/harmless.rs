//! Changes that look like harm and are none: after each the audit has nothing to say.

use crate::case::{Case, Target};
use crate::common;
use crate::mint::{Pair, Wanted, entry, other_ca, pair};
use crate::project::{Project, STEM, copy};
use crate::set::COMPOSE;

/// One of them.
pub(crate) struct Harmless {
    pub(crate) name: &'static str,
    pub(crate) applies: fn(Case) -> bool,
    pub(crate) apply: fn(&Project),
}

const KEYS: &str = "STEM_SIGNING_KEYS";
const PUBLIC: &str = "STEM_SIGNING_PUBLIC_KEYS";
const PRIVATE: &str = "STEM_SIGNING_PRIVATE_KEYS";
const ACTIVE: &str = "STEM_SIGNING_ACTIVE_KEY";
const ALGORITHM: &str = "STEM_SIGNING_ALGORITHM";
const BROKER: &str = "STEM_BROKER_URL";

/// All of them.
pub(crate) fn all() -> Vec<Harmless> {
    let mut all = in_variables();
    all.extend(in_files());
    all.extend(beside());
    all
}

fn harmless(name: &'static str, applies: fn(Case) -> bool, apply: fn(&Project)) -> Harmless {
    Harmless {
        name,
        applies,
        apply,
    }
}

/// Changes a variable wherever it is.
fn change(project: &Project, variable: &str, with: impl Fn(&str) -> String) {
    for component in STEM {
        if let Some(value) = project.value(component, variable) {
            project.set(component, variable, &with(&value));
        }
    }
}

/// A second key for everyone who has the first.
fn add_second(project: &Project) {
    let (private, public) = pair("second", "harmless");
    change(project, KEYS, |own| {
        format!("{own},{}", entry("second", "harmless"))
    });
    change(project, PUBLIC, |own| format!("{own},{public}"));
    change(project, PRIVATE, |own| format!("{own},{private}"));
}

fn in_variables() -> Vec<Harmless> {
    vec![
        harmless(
            "a verifier without an active key",
            Case::ed25519,
            |project| {
                project.unset("worker", ACTIVE);
            },
        ),
        harmless("words that Stem takes for no", Case::encrypts, |project| {
            for (component, value) in STEM.into_iter().zip(["yes", "on", "0", "false", "t"]) {
                project.set(component, "STEM_TLS_ALLOW_INSECURE", value);
            }
        }),
        harmless("a second key that nobody uses yet", Case::signs, add_second),
        harmless("a second key that everybody uses", Case::signs, |project| {
            add_second(project);
            change(project, ACTIVE, |_| "second".to_owned());
        }),
        harmless("blanks and commas in lists", Case::signs, |project| {
            for variable in [KEYS, PUBLIC, PRIVATE] {
                change(project, variable, |own| {
                    format!(" ,{} , ", own.replace(':', " : "))
                });
            }
        }),
        harmless("the other alphabet at one end", Case::signs, |project| {
            let list = project.case.verifying_list();
            let own = project.known("worker", list);
            let other = own.replace('+', "-").replace('/', "_").replace('=', "%3D");
            project.set("worker", list, &other);
        }),
        harmless("the algorithm in other letters", Case::ed25519, |project| {
            change(project, ALGORITHM, |_| " Ed25519 ".to_owned());
        }),
        harmless("the usual algorithm, said", Case::hmac, |project| {
            project.set("worker", ALGORITHM, "HMAC-SHA256");
        }),
        harmless("the scheme in other letters", Case::encrypts, |project| {
            change(project, BROKER, |url| url.replace("rediss", "REDISS"));
        }),
        harmless(
            "no database in the URL",
            |_| true,
            |project| {
                change(project, BROKER, |url| url.trim_end_matches("/0").to_owned());
            },
        ),
        harmless("another name of the broker", Case::encrypts, |project| {
            project.set(
                "worker",
                BROKER,
                &project
                    .known("worker", BROKER)
                    .replace("redis:6379", "localhost:6379"),
            );
        }),
        harmless(
            "a verified Postgres",
            |_| true,
            |project| {
                let url = "postgres://stem:Zq8vT5mW2xLk9RbNpY4c@db:5432/stem?sslmode=verify-full";
                project.set("worker", "STEM_RESULT_BACKEND_URL", url);
            },
        ),
        harmless("a worker that signs", Case::ed25519, |project| {
            project.replace_line(
                "stem-sec.yaml",
                "worker:",
                "  worker: { roles: [worker, producer] }",
            );
            project.set("worker", PRIVATE, &project.known("producer", PRIVATE));
        }),
        harmless("a dashboard that enqueues", Case::ed25519, |project| {
            project.replace_line(
                "stem-sec.yaml",
                "dashboard:",
                "  dashboard: { role: dashboard, enqueues: true }",
            );
            project.set("dashboard", PRIVATE, &project.known("producer", PRIVATE));
            project.set("dashboard", ACTIVE, "primary");
        }),
        harmless(
            "a command line that holds the secret",
            Case::hmac,
            |project| {
                project.set("cli", KEYS, &project.known("producer", KEYS));
                project.set("cli", ACTIVE, "primary");
            },
        ),
    ]
}

fn in_files() -> Vec<Harmless> {
    vec![
        harmless("two CAs in one file", Case::encrypts, |project| {
            let both = project.file("worker", "ca.crt") + &other_ca().certificate;
            project.put_file("worker", "ca.crt", &both);
        }),
        harmless("a certificate with its chain", Case::mutual, |project| {
            let ca = project.file("worker", "ca.crt");
            let chain = project.file("worker", "client.crt") + &ca;
            project.put_file("worker", "client.crt", &chain);
        }),
        harmless(
            "a server of its own for another",
            |case| case.encrypts() && case.target == Target::Dotenv,
            |project| {
                let wanted = Wanted {
                    names: &["exporter"],
                    ..Wanted::default()
                };
                let pair = Pair::project_ca(project).issue(&wanted);
                project.write("deploy/exporter/server.crt", &pair.certificate);
                project.write("deploy/exporter/server.key", &pair.key);
            },
        ),
        harmless(
            "a producer that serves HTTPS",
            |case| case.encrypts() && case.target == Target::Dotenv,
            |project| {
                let wanted = Wanted {
                    names: &["api.example"],
                    ..Wanted::default()
                };
                let pair = other_ca().issue(&wanted);
                project.write("deploy/producer/https.crt", &pair.certificate);
                project.write("deploy/producer/https.key", &pair.key);
                project.set(
                    "producer",
                    "ENQUEUER_TLS_CERT",
                    "/etc/stem/producer/https.crt",
                );
                project.set(
                    "producer",
                    "ENQUEUER_TLS_KEY",
                    "/etc/stem/producer/https.key",
                );
            },
        ),
        harmless(
            "files that a group can read",
            |case| case.target != Target::Kubernetes,
            |project| {
                for component in STEM {
                    project.chmod(&project.env_file(component), 0o640);
                }
            },
        ),
    ]
}

fn beside() -> Vec<Harmless> {
    vec![
        harmless(
            "a repository that ignores them",
            |_| true,
            |project| {
                common::run(
                    common::tool("git")
                        .args(["init", "-q"])
                        .current_dir(project.root()),
                )
                .ok();
            },
        ),
        harmless(
            "another environment with keys of its own",
            |_| true,
            |project| {
                let other = Project::new(project.case, 0);
                if project.case.signs() {
                    let (private, public) = pair("primary", "elsewhere");
                    change(&other, KEYS, |_| entry("primary", "elsewhere"));
                    change(&other, PUBLIC, |_| public.clone());
                    change(&other, PRIVATE, |_| private.clone());
                }
                copy(other.root(), &project.path("staging"));
            },
        ),
        harmless(
            "a sample of an env file",
            |_| true,
            |project| {
                project.write(
                    "deploy/.env.example",
                    "STEM_SIGNING_KEYS=primary:<base64>\nSTEM_SIGNING_ACTIVE_KEY=primary\n",
                );
                project.write(
                    "README.md",
                    "Set STEM_SIGNING_KEYS and STEM_BROKER_URL=redis://localhost\n",
                );
            },
        ),
        harmless(
            "a port for this machine alone",
            |case| case.target == Target::Compose,
            |project| {
                project.add_to_service("redis", "ports:", "      - \"127.0.0.1:6379:6379\"");
            },
        ),
        harmless(
            "env files that must be there, said at length",
            |case| case.target == Target::Compose,
            |project| {
                project.replace_line(
                    COMPOSE,
                    "- \"./worker/stem.env\"",
                    "      - path: ./worker/stem.env\n        required: true",
                );
            },
        ),
        harmless(
            "keys from the environment of compose",
            |case| case.target == Target::Compose && case.signs(),
            |project| {
                let list = project.case.verifying_list();
                project.unset("worker", list);
                let line = format!("      {list}: ${{{list}:?}}");
                project.add_to_service("worker", "environment:", &line);
            },
        ),
        harmless(
            "a service that has nothing to do with it",
            |case| case.target == Target::Compose,
            |project| {
                let text = "  web:\n    image: nginx:1\n    ports: [\"80:80\"]\n    environment:\n      TZ: UTC";
                project.insert_after(COMPOSE, "services:", text);
            },
        ),
        harmless(
            "secrets that a cluster's operator fetches",
            |case| case.target == Target::Kubernetes,
            |project| {
                let text = "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: stem-worker\nspec:\n  \
                target:\n    name: stem-worker\n  dataFrom:\n    - extract:\n        key: stem/worker\n";
                project.write("deploy/worker/secret.yaml", text);
            },
        ),
    ]
}
