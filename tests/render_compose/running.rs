//! What a container would run, run here: the broker's command, and its health check.

use std::fs;
use std::time::Duration;

use crate::common::{Server, folder, free_port, run, server, stem_sec, tool};
use crate::real::services;

#[test]
fn the_health_check_tells_a_broker_that_answers_from_one_that_does_not() {
    for transport in ["plaintext", "tls", "mtls"] {
        let place = folder();
        let scheme = if transport == "plaintext" {
            "redis"
        } else {
            "rediss"
        };
        let url = format!("{scheme}://localhost:{}/0", free_port());
        let inside = place.path().join("in the container");
        let flags = [
            "--yes",
            "--target",
            "compose",
            "--transport",
            transport,
            "--broker",
            &url,
        ];
        let mut command = stem_sec();
        command.arg("init").arg(place.path()).args(flags);
        run(command.arg("--install").arg(&inside)).ok();
        let out = place.path().join("deploy");
        let redis = &services(&out, &["compose.yaml"])["redis"];
        fs::create_dir(&inside).expect("a folder");
        for (target, source) in redis
            .mounts()
            .into_iter()
            .filter(|(target, _)| target != "/data")
        {
            fs::copy(source, target).expect("mounted");
        }
        let test = redis.list(&redis.0["healthcheck"]["test"]);
        assert_eq!(test[0], "CMD-SHELL");
        let is_healthy = || run(tool("sh").args(["-c", &test[1]])).success;
        assert!(!is_healthy(), "{transport}: nobody answers yet");
        let command = redis.list(&redis.0["command"]);
        let broker = Server::start(
            server(&command[0])
                .args(&command[1..])
                .current_dir(place.path()),
        );
        let answered = (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            is_healthy()
        });
        assert!(answered, "{transport}: {}", test[1]);
        drop(broker);
        assert!(!is_healthy(), "{transport}: nobody answers any more");
    }
}
