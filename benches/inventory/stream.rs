//! Ten thousand Kubernetes workloads in one stream on standard input.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};

const WORKLOADS: usize = 10_000;
/// Seconds of processor time for 100 MB.
const LINE: f64 = 2.0;
const RUNS: usize = 5;

pub(crate) fn run(tool: &str, place: &Path) -> io::Result<()> {
    let path = place.join("workloads.yaml");
    let text = text();
    std::fs::write(&path, &text)?;
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let before = processor_time()?;
        let status = Command::new(tool)
            .args(["inventory", "-"])
            .stdin(File::open(&path)?)
            .stdout(Stdio::null())
            .status()?;
        if !status.success() {
            return Err(io::Error::other("the inventory failed"));
        }
        times.push((processor_time()? - before).as_secs_f64());
    }
    times.sort_unstable_by(f64::total_cmp);
    let megabytes = text.len() as f64 / 1e6;
    let rate = times[RUNS / 2] * 100.0 / megabytes;
    let verdict = if rate <= LINE { "met" } else { "MISSED" };
    let name = "standard input: 10,000 workloads, processor time";
    writeln!(
        io::stdout(),
        "{name:<60} {rate:>9.2} s for 100 MB ({megabytes:.0} MB), line {LINE} {verdict}"
    )
}

fn processor_time() -> io::Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let (user, system) = (usage.user_time(), usage.system_time());
    let seconds = u64::try_from(user.tv_sec() + system.tv_sec()).unwrap_or(0);
    let micros = u64::try_from(user.tv_usec() + system.tv_usec()).unwrap_or(0);
    Ok(Duration::from_secs(seconds) + Duration::from_micros(micros))
}

/// As `kubectl get` prints them: with all that a cluster adds.
fn text() -> String {
    let mut text = String::new();
    for number in 0..WORKLOADS {
        let _ = write!(
            text,
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: worker-{number}\n  namespace: team-{}\n  \
             uid: 0b9c9f3e-0000-4000-8000-{number:012}\n  annotations:\n    deployment.kubernetes.io/revision: \"3\"\n  \
             labels:\n    app.kubernetes.io/name: worker\n    app.kubernetes.io/instance: worker-{number}\nspec:\n  \
             progressDeadlineSeconds: 600\n  replicas: 3\n  selector:\n    matchLabels:\n      app.kubernetes.io/instance: worker-{number}\n  \
             template:\n    metadata:\n      labels:\n        app.kubernetes.io/instance: worker-{number}\n    spec:\n      containers:\n",
            number % 50
        );
        for container in ["app", "metrics"] {
            let _ = write!(
                text,
                "      - name: {container}\n        image: registry.example/app/worker:1.{number}\n        args:\n        - worker\n        \
                 - --concurrency=4\n        env:\n        - name: STEM_BROKER_URL\n          value: rediss://redis:6379/0\n        \
                 - name: STEM_SIGNING_ALGORITHM\n          value: ed25519\n        - name: STEM_SIGNING_PUBLIC_KEYS\n          valueFrom:\n            \
                 configMapKeyRef:\n              name: keys-{number}\n              key: public\n        resources:\n          limits:\n            \
                 cpu: 500m\n            memory: 256Mi\n        terminationMessagePath: /dev/termination-log\n        terminationMessagePolicy: File\n        \
                 volumeMounts:\n        - mountPath: /etc/stem\n          name: certs\n          readOnly: true\n"
            );
        }
        text.push_str(
            "      dnsPolicy: ClusterFirst\n      restartPolicy: Always\n      schedulerName: default-scheduler\n      \
             terminationGracePeriodSeconds: 30\n      volumes:\n      - name: certs\n        secret:\n          secretName: certs\nstatus:\n  \
             availableReplicas: 3\n  observedGeneration: 3\n  readyReplicas: 3\n  replicas: 3\n",
        );
    }
    text
}
