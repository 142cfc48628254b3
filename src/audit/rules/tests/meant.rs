//! Which broker a URL means: by all of its names, and by no name of another.

use super::{findings, raised};

fn incomplete(files: &[(&str, &str)]) -> usize {
    let found = raised(files);
    let of_rule = found
        .iter()
        .filter(|one| one.starts_with("broker-tls-incomplete"));
    of_rule.count()
}

fn lacks_password(files: &[(&str, &str)]) -> bool {
    let mut found = findings(files).into_iter();
    found.any(|one| one.rule.id == "missing-artifact" && one.message.contains("password"))
}

/// A worker and a Redis in one stream, with more objects.
fn pods(namespace: &str, url: &str, redis: &str, more: &str) -> String {
    let namespace = match namespace {
        "" => String::new(),
        name => format!(", namespace: {name}"),
    };
    format!(
        "\
apiVersion: apps/v1
kind: StatefulSet
metadata: {{ name: redis{namespace} }}
spec:
  template:
    metadata: {{ labels: {{ app: redis }} }}
    spec:
      containers:
        - {{ name: redis, image: 'redis:7' }}
{redis}---
apiVersion: apps/v1
kind: Deployment
metadata: {{ name: worker{namespace} }}
spec:
  template:
    metadata: {{ labels: {{ app: worker }} }}
    spec:
      containers:
        - {{ name: app, image: example/worker, command: [stem, worker, start], env: [{{ name: STEM_BROKER_URL, value: '{url}' }}] }}
{more}"
    )
}

fn service(namespace: &str, name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Service\nmetadata: {{ name: {name}, namespace: {namespace} }}\nspec: {{ {spec} }}\n"
    )
}

#[test]
fn a_name_of_another_namespace_is_another_broker() {
    let of = |namespace: &str, host: &str, more: &str| {
        let url = format!("rediss://{host}/0");
        incomplete(&[("all.yaml", &pods(namespace, &url, "", more))])
    };
    for host in [
        "redis:6379",
        "redis",
        "redis.prod",
        "redis.prod.svc:6379",
        "redis.prod.svc.cluster.local:6379",
        "stem-redis:6379",
        "stem-redis.prod.svc",
    ] {
        assert_eq!(of("prod", host, ""), 1, "{host}");
    }
    for host in [
        "redis.infra",
        "redis.infra.svc:6379",
        "redis.infra.svc.cluster.local:6379",
        "stem-redis.infra.svc",
        "redis.example.com",
    ] {
        assert_eq!(of("prod", host, ""), 0, "{host}");
    }
    // which namespace it is put into is not known
    assert_eq!(of("", "redis", ""), 1);
    assert_eq!(of("", "redis.infra.svc", ""), 0);
    let elsewhere = service(
        "prod",
        "stem-redis",
        "type: ExternalName, externalName: a.b",
    );
    assert_eq!(of("prod", "stem-redis", &elsewhere), 0);
    let other = service(
        "prod",
        "redis",
        "selector: { app: proxy }, ports: [{ port: 6379 }]",
    );
    assert_eq!(of("prod", "redis", &other), 0);
}

#[test]
fn a_container_beside_may_speak_tls_for_it() {
    let tunnel = "        - { name: tunnel, image: example/stunnel }\n";
    let of = |redis: &str, url: &str, more: &str| {
        incomplete(&[("all.yaml", &pods("prod", url, redis, more))])
    };
    assert_eq!(of("", "rediss://redis:6380/0", ""), 1);
    assert_eq!(of(tunnel, "rediss://redis:6379/0", ""), 1);
    assert_eq!(of(tunnel, "rediss://redis:6380/0", ""), 0);
    let led = service(
        "prod",
        "redis",
        "selector: { app: redis }, ports: [{ port: 6379, targetPort: 6380 }]",
    );
    assert_eq!(of(tunnel, "rediss://redis:6379/0", &led), 0);
}

#[test]
fn a_name_that_may_come_from_elsewhere_is_not_guessed() {
    let of = |url: &str, worker: &str, rest: &str| {
        let text = format!(
            "services:\n  cache: {{ image: 'redis:7-alpine' }}\n  worker:\n    image: example/worker\n    command: stem worker start\n    environment: {{ STEM_BROKER_URL: 'rediss://{url}:6379/0' }}\n{worker}{rest}"
        );
        incomplete(&[("compose.yaml", &text)])
    };
    let platform = "networks: { platform: { external: true }, back: {} }\n";
    assert_eq!(of("stem-redis", "", ""), 1);
    assert_eq!(
        of("stem-redis", "    networks: [default, back]\n", platform),
        1
    );
    for worker in [
        "    networks: [default, platform]\n",
        "    networks: { default: {}, platform: { aliases: [w] } }\n",
        "    external_links: [stem-redis]\n",
        "    extra_hosts: ['stem-redis:10.0.0.5']\n",
    ] {
        assert_eq!(of("stem-redis", worker, platform), 0, "{worker}");
        assert_eq!(of("cache", worker, platform), 1, "{worker}");
    }
    let external = "networks: { default: { external: true } }\n";
    assert_eq!(of("stem-redis", "", external), 0);
}

#[test]
fn a_broker_is_known_by_all_of_its_names() {
    let compose = |host: &str, redis: &str| {
        let text = format!(
            "services:\n  redis:\n    image: redis:7\n    command: redis-server --requirepass <password a>\n{redis}  worker:\n    image: example/worker\n    command: stem worker start\n    environment: {{ STEM_BROKER_URL: 'redis://{host}:6379/0' }}\n"
        );
        lacks_password(&[("compose.yaml", &text)])
    };
    assert!(compose("redis", ""));
    assert!(!compose("rr", ""));
    assert!(compose("stem-redis", "    container_name: stem-redis\n"));
    assert!(compose(
        "rr",
        "    networks: { default: { aliases: [a, rr] } }\n"
    ));
    let redis = "          args: [--requirepass, <password a>]\n";
    let cluster = |host: &str, more: &str| {
        let text = pods("prod", &format!("redis://{host}:6379/0"), "", more);
        let text = text.replace(
            "        - { name: redis, image: 'redis:7' }\n",
            &format!("        - name: redis\n          image: redis:7\n{redis}"),
        );
        lacks_password(&[("all.yaml", &text)])
    };
    let named = service(
        "prod",
        "stem-redis",
        "selector: { app: redis }, ports: [{ port: 6379 }]",
    );
    let other = service(
        "prod",
        "stem-redis",
        "selector: { app: web }, ports: [{ port: 6379 }]",
    );
    for host in ["redis", "redis.prod", "redis.prod.svc.cluster.local"] {
        assert!(cluster(host, ""), "{host}");
    }
    for host in ["stem-redis", "stem-redis.prod", "stem-redis.prod.svc"] {
        assert!(cluster(host, &named), "{host}");
        assert!(!cluster(host, &other), "{host}");
        assert!(!cluster(host, ""), "{host}");
    }
    assert!(!cluster("stem-redis.infra", &named));
}
