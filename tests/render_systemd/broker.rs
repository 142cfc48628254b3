//! Debian's Redis unit with the drop-in and the one line that the notes ask for: a unit beside
//! it connects with what it was given, and nothing connects without.

use std::fs;

use crate::common::{as_root, folder, free_port};
use crate::manager::Manager;
use crate::{edit, init, render};

#[test]
fn debians_redis_serves_a_worker_and_nobody_else() {
    as_root(
        "broker::debians_redis_serves_a_worker_and_nobody_else",
        || {
            for transport in ["plaintext", "tls", "mtls"] {
                serves(transport);
            }
        },
    );
}

fn serves(transport: &str) {
    let place = folder();
    let port = free_port();
    let scheme = if transport == "plaintext" {
        "redis"
    } else {
        "rediss"
    };
    let url = format!("{scheme}://localhost:{port}/0");
    let flags = [
        "--install",
        "/mnt/place/deploy",
        "--transport",
        transport,
        "--broker",
        &url,
    ];
    init(place.path(), &flags).ok();
    edit(
        place.path(),
        "role: broker",
        "service: redis-server, role: broker",
    );
    let said = render(place.path(), &["--prune"]).ok().stderr;
    let line = "include /run/credentials/redis-server.service/redis.conf";
    assert!(said.contains(line), "{said}");
    let before =
        "bind 127.0.0.1\nport 6379\ndaemonize yes\npidfile /run/redis/redis-server.pid\ndir /tmp\n";
    fs::write(place.path().join("redis.conf"), format!("{before}{line}\n")).expect("written");
    let debian = fs::read_to_string("/lib/systemd/system/redis-server.service").expect("Debian's");
    assert!(debian.contains("/etc/redis/redis.conf"), "{debian}");
    let unit = debian.replace("/etc/redis/redis.conf", "/mnt/place/redis.conf");

    let mut manager = Manager::new();
    manager.unit("redis-server.service", "redis-server.service", &unit);
    manager.install_dropins(&place.path().join("deploy/redis"));
    let tls = if transport == "plaintext" {
        ""
    } else {
        "--tls --cacert $STEM_TLS_CA_CERT"
    };
    let own = if transport == "mtls" {
        "--cert $STEM_TLS_CLIENT_CERT --key $STEM_TLS_CLIENT_KEY"
    } else {
        r#"-a "$(echo "$STEM_BROKER_URL" | sed 's|.*//:\(.*\)@.*|\1|')""#
    };
    let asked = [
        ("own", format!("{tls} {own}")),
        ("stranger", tls.into()),
        ("plain", String::new()),
    ];
    let lines = asked.map(|(name, with)| {
        format!(
            "printf '{name}='; redis-cli -h localhost -p {port} {with} ping 2>&1; printf '\\0'\n"
        )
    });
    fs::write(place.path().join("ask"), lines.concat()).expect("written");
    let lines = "User=daemon\nExecStart=/bin/sh /mnt/place/ask";
    manager.probe("worker.service", "worker.service", lines);
    manager.install_dropins(&place.path().join("deploy/worker"));
    let ordered = "[Unit]\nAfter=redis-server.service\n";
    let path = manager.units().join("worker.service.d/60-order.conf");
    fs::write(path, ordered).expect("written");
    manager.run(place.path());
    let seen = manager.seen("worker.service").expect("it ran");
    assert!(seen["own"][0].ends_with("PONG\n"), "{transport}: {seen:?}");
    for refused in ["stranger", "plain"] {
        assert!(
            !seen[refused][0].contains("PONG"),
            "{transport}: {:?}",
            seen[refused]
        );
    }
}
