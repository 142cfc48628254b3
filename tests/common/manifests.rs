//! Arbitrary valid manifests, built on the model's types.

use std::time::Duration;

use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use stem_sec::model::artifact::Artifact;
use stem_sec::model::manifest::{
    Audit, Broker, Component, ComponentName, Ignore, Manifest, PasswordSource, Render, Rotation,
    Severity, Stores, Target, Url,
};
use stem_sec::model::ownership::{Holding, holding};
use stem_sec::model::posture::{Posture, Transport};
use stem_sec::model::role::Role;
use time::Date;

/// Any manifest that makes sense: what it yields, `Manifest::parse` accepts.
pub(crate) fn any_manifest() -> BoxedStrategy<Manifest> {
    any_posture().prop_flat_map(any_manifest_under).boxed()
}

/// Any manifest under this posture.
pub(crate) fn any_manifest_under(posture: Posture) -> BoxedStrategy<Manifest> {
    let password = any_password();
    password
        .prop_flat_map(move |password| {
            (
                any_broker(posture, password.clone()),
                any_stores(posture),
                any_components(posture, password.is_some()),
                any_render(),
                any_rotation(),
                any_audit(),
            )
                .prop_map(
                    move |(broker, stores, components, render, rotation, audit)| Manifest {
                        posture,
                        broker,
                        stores,
                        components,
                        render,
                        rotation,
                        audit,
                    },
                )
        })
        .boxed()
}

/// Any posture.
pub(crate) fn any_posture() -> BoxedStrategy<Posture> {
    select(Posture::all().collect::<Vec<_>>()).boxed()
}

fn any_password() -> BoxedStrategy<Option<PasswordSource>> {
    option::of(prop_oneof![
        any_path().prop_map(PasswordSource::File),
        "[A-Z_][A-Z0-9_]{0,12}".prop_map(PasswordSource::Environment),
    ])
    .boxed()
}

fn any_host() -> BoxedStrategy<String> {
    prop_oneof![
        4 => "[a-z0-9]([a-z0-9_-]{0,8}[a-z0-9])?(\\.[a-z]{2,5}){0,2}",
        1 => any::<std::net::Ipv4Addr>().prop_map(|address| address.to_string()),
        1 => any::<std::net::Ipv6Addr>().prop_map(|address| address.to_string()),
        1 => select(vec!["null", "true", "no", "0x1f", "1e3", "0.1", "bücher.example"])
            .prop_map(str::to_owned),
    ]
    .boxed()
}

fn server(scheme: &'static str) -> BoxedStrategy<(String, String)> {
    (
        any_host(),
        option::of(1_u16..),
        select(vec!["", "/", "/0", "/15"]),
    )
        .prop_map(move |(host, port, database)| {
            let shown = if host.contains(':') {
                format!("[{host}]")
            } else {
                host.clone()
            };
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            (host, format!("{scheme}://{shown}{port}{database}"))
        })
        .boxed()
}

fn scheme(transport: Transport) -> &'static str {
    if transport.encrypts() {
        "rediss"
    } else {
        "redis"
    }
}

fn any_broker(posture: Posture, password: Option<PasswordSource>) -> BoxedStrategy<Broker> {
    let further = prop_oneof![
        any_host(),
        any_host().prop_filter_map("not an address", |host| {
            (!host.contains(':') && !host.starts_with(|c: char| c.is_ascii_digit()))
                .then(|| format!("*.{host}"))
        })
    ];
    (server(scheme(posture.transport)), vec(further, 0..4))
        .prop_map(move |((host, url), mut names)| {
            names.insert(names.len() / 2, host);
            Broker {
                url: Url::parse(&url).expect("a URL"),
                names,
                password: password.clone(),
            }
        })
        .boxed()
}

fn any_stores(posture: Posture) -> BoxedStrategy<Stores> {
    let store = move || {
        option::of(prop_oneof![
            server(scheme(posture.transport)).prop_map(|(_, url)| url),
            Just("postgres://stem@db.internal:5432/stem?sslmode=verify-full".to_owned()),
        ])
        .prop_map(|url| url.map(|url| Url::parse(&url).expect("a URL")))
    };
    (store(), store(), store(), store())
        .prop_map(|(backend, schedule, revoke, workflow)| Stores {
            backend,
            schedule,
            revoke,
            workflow,
        })
        .boxed()
}

fn any_name() -> BoxedStrategy<String> {
    prop_oneof![
        "[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?",
        select(vec![
            "null", "true", "no", "y", "1", "007", "1e3", "0x1f", "0o7"
        ])
        .prop_map(str::to_owned),
    ]
    .prop_filter("reserved", |name| name != "all")
    .boxed()
}

fn any_components(posture: Posture, password: bool) -> BoxedStrategy<Vec<Component>> {
    btree_set(any_name(), 1..=12)
        .prop_map(|names| names.into_iter().collect::<Vec<_>>())
        .prop_shuffle()
        .prop_flat_map(move |names| {
            names
                .into_iter()
                .map(|name| any_component(name, posture, password))
                .collect::<Vec<_>>()
        })
        .boxed()
}

fn any_component(name: String, posture: Posture, password: bool) -> BoxedStrategy<Component> {
    let roles = prop_oneof![
        3 => select(Role::ALL.to_vec()).prop_map(|role| vec![role]),
        1 => subsequence(Role::ALL.to_vec(), 2..=4).prop_shuffle(),
    ];
    (
        roles,
        option::of(any::<u32>()),
        option::of(any::<u32>()),
        any::<[bool; 4]>(),
        subsequence(Artifact::ALL.to_vec(), 0..4).prop_shuffle(),
    )
        .prop_map(
            move |(roles, uid, gid, [retries, enqueues, serves, ca], holds)| {
                let name = ComponentName::parse(&name).expect("a name");
                let mut component = Component::new(name, roles);
                component.uid = uid;
                component.service = uid.map(|uid| format!("stem-{uid}@.service"));
                component.image = gid.map(|gid| format!("registry.example:5000/app:{gid}"));
                if let Some(gid) = gid {
                    component.command = vec!["run it".to_owned(), format!("--n='{gid}\\\" #$%")];
                }
                component.gid = gid;
                component.retries_lost = retries && component.roles.contains(&Role::Worker);
                component.enqueues = enqueues && component.roles.contains(&Role::Dashboard);
                component.serves_https = serves;
                let may = |component: &Component, artifact| {
                    holding(artifact, &component.holder(password), posture)
                };
                component.serves_https = serves && may(&component, Artifact::ServerKey).permits();
                component.system_ca = ca && may(&component, Artifact::BrokerUrl).permits();
                component.holds = holds
                    .into_iter()
                    .filter(|artifact| may(&component, *artifact) != Holding::Forbidden)
                    .collect();
                component
            },
        )
        .boxed()
}

fn any_path() -> BoxedStrategy<String> {
    prop_oneof![
        "[a-z][a-z0-9./-]{0,12}",
        "[^\\p{C}]{1,12}".prop_filter("blank", |path| !path.trim().is_empty()),
        select(vec![
            "~", "null", "0", "a: b", "a #b", "- a", "'", "\"", "\\n", "%{", "*a", "&a"
        ])
        .prop_map(str::to_owned),
    ]
    .boxed()
}

fn any_render() -> BoxedStrategy<Render> {
    (
        select(Target::ALL.to_vec()),
        any_path().prop_map(|path| format!("out{}", path.replace("..", "").replace(".stem", ""))),
        option::of(any_path().prop_map(|path| format!("/{path}"))),
        option::of(any_path()),
        option::of("[a-z][a-z0-9]{0,8}"),
    )
        .prop_map(|(target, out, install, project, namespace)| Render {
            target,
            out,
            install,
            project,
            namespace,
        })
        .boxed()
}

fn any_rotation() -> BoxedStrategy<Rotation> {
    let span = || (0_u64..40_000_000).prop_map(Duration::from_secs);
    (
        option::of(span()),
        option::of(span()),
        span(),
        span(),
        span(),
        option::of(span()),
    )
        .prop_map(
            |(max_delay, max_backlog, max_run_time, max_backoff, clock_skew, max_age)| Rotation {
                max_delay,
                max_backlog,
                max_run_time,
                max_backoff,
                clock_skew,
                max_age,
            },
        )
        .boxed()
}

fn any_audit() -> BoxedStrategy<Audit> {
    let ignore = (
        "[a-z]{1,8}(-[a-z0-9]{1,8}){0,2}",
        option::of(any_path()),
        ".{1,20}".prop_filter("blank", |reason| {
            reason.trim() == reason && !reason.is_empty()
        }),
        option::of((2020_i32..2100, 1_u16..=365)),
    )
        .prop_map(|(rule, path, reason, until)| Ignore {
            rule,
            path,
            reason,
            until: until
                .map(|(year, day)| Date::from_ordinal_date(year, day).expect("a day of a year")),
        });
    (
        select(vec![Severity::Note, Severity::Warning, Severity::Error]),
        vec(ignore, 0..4),
    )
        .prop_map(|(fail_on, ignore)| Audit { fail_on, ignore })
        .boxed()
}
