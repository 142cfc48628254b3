//! A real Redis, as the StatefulSet starts it: its words, its files with their owner and
//! mode, its user; and the probes, which the kubelet would run beside it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::cluster::{Cluster, list, text};
use super::common::{Server, as_root, folder, free_port, run, server, stem_sec, tool};
use super::readers::by_python;

const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn redis_starts_and_its_probes_pass() {
    as_root("broker::redis_starts_and_its_probes_pass", || {
        for transport in super::TRANSPORT {
            starts_and_is_ready(transport);
        }
    });
}

fn starts_and_is_ready(transport: &str) {
    let place = folder();
    let mount = place.path().join("mount it");
    let port = free_port();
    let cluster = rendered(place.path(), transport, &mount, port);
    let spec = &cluster.object("StatefulSet", "redis")["spec"]["template"]["spec"];
    let container = &list(&spec["containers"])[0];
    let pod = cluster.pod("redis");
    let group = spec["securityContext"]["fsGroup"]
        .as_u64()
        .expect("a group");
    mount_files(&mount, &pod.files, u32::try_from(group).expect("a group"));

    let data = place.path().join("data");
    fs::create_dir(&data).expect("a volume");
    chown(&data, None, Some(999)).expect("its group");
    fs::set_permissions(&data, PermissionsExt::from_mode(0o770)).expect("its mode");
    let user = ["--reuid=999", "--regid=999", "--clear-groups"];
    let mut redis = server("setpriv");
    redis.args(user).arg("redis-server");
    for word in list(&container["args"]).iter().skip(1).map(text) {
        redis.arg(if word == "/data" {
            data.to_str().expect("text")
        } else {
            word
        });
    }
    let live = |variables: &BTreeMap<String, String>| probe(&container["livenessProbe"], variables);
    let ready =
        |variables: &BTreeMap<String, String>| probe(&container["readinessProbe"], variables);
    assert!(
        !live(&pod.variables) && !ready(&pod.variables),
        "nobody is there yet"
    );

    let _redis = Server::start(&mut redis);
    let begun = Instant::now();
    while !ready(&pod.variables) {
        assert!(
            begun.elapsed() < PATIENCE,
            "redis is not ready: {transport}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(live(&pod.variables));
    let is_open_to_strangers = ready(&BTreeMap::new());
    assert_eq!(
        is_open_to_strangers,
        transport == "mtls",
        "without the password"
    );
    assert!(data.join("appendonlydir").is_dir(), "messages are kept");
}

fn rendered(place: &Path, transport: &str, mount: &Path, port: u16) -> Cluster {
    let scheme = if transport == "plaintext" {
        "redis"
    } else {
        "rediss"
    };
    let manifest = format!(
        "version: 1\nposture: {{ signing: none, transport: {transport} }}\n\
         broker: {{ url: \"{scheme}://redis:{port}/0\", names: [redis, localhost, 127.0.0.1] }}\n\
         components: {{ redis: {{ role: broker, image: \"redis:7\" }} }}\n\
         render: {{ target: kubernetes, install: \"{}\" }}\n",
        mount.display()
    );
    fs::write(place.join("stem-sec.yaml"), manifest).expect("a manifest");
    run(stem_sec().arg("init").arg(place).arg("--yes")).ok();
    let files = ["secret", "configmap", "statefulset", "service"];
    let files = files.map(|name| place.join(format!("deploy/redis/{name}.yaml")));
    // without TLS everything that Redis reads is secret
    let files: Vec<_> = files.into_iter().filter(|file| file.exists()).collect();
    let cluster = Cluster(by_python(&files).into_values().flatten().collect());
    let service = &cluster.object("Service", "redis")["spec"]["ports"][0];
    assert_eq!(
        (&service["port"], &service["targetPort"]),
        (&port.into(), &port.into())
    );
    cluster
}

/// As the kubelet does it: of root, for the group, with the mode of the volume.
fn mount_files(mount: &Path, files: &BTreeMap<String, String>, group: u32) {
    fs::create_dir(mount).expect("a mount point");
    fs::set_permissions(mount, PermissionsExt::from_mode(0o755)).expect("its mode");
    for (path, content) in files {
        assert_eq!(Path::new(path).parent(), Some(mount));
        fs::write(path, content).expect("a file");
        fs::set_permissions(path, PermissionsExt::from_mode(0o440)).expect("its mode");
        chown(path, Some(0), Some(group)).expect("its group");
    }
}

/// Whether the probe succeeds, with these variables.
fn probe(probe: &Value, variables: &BTreeMap<String, String>) -> bool {
    let words: Vec<&str> = list(&probe["exec"]["command"]).iter().map(text).collect();
    let mut command = tool("setpriv");
    command.args(["--reuid=999", "--regid=999", "--clear-groups"]);
    run(command.args(words).envs(variables)).success
}
