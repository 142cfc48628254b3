//! What containers get, by the examples of Kubernetes' documentation and by its rules.

use super::*;
use crate::audit::process::{Content, How, Process};

fn read(text: &str) -> Assembly {
    let mut out = Assembly::default();
    let source = Source {
        number: 0,
        path: "-".to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    let mut objects = Objects::default();
    stream::read(&[&source], false, &mut objects, &mut out.gaps);
    let folder = "-".to_owned();
    objects.assemble(
        &Whereabouts {
            name: "default".to_owned(),
            folder,
        },
        &Origins::default(),
        &mut out,
    );
    out
}

fn process(out: &Assembly) -> &Process {
    &out.deployments[0].processes[0]
}

fn value<'p>(process: &'p Process, name: &str) -> Option<&'p str> {
    let variable = process
        .environment
        .iter()
        .find(|found| found.name == name)?;
    Some(variable.value.known().unwrap_or("?"))
}

fn gaps(process: &Process) -> Vec<(u32, GapKind)> {
    process
        .gaps
        .iter()
        .map(|gap| (gap.place.line, gap.kind))
        .collect()
}

#[test]
fn env_wins_over_env_from_and_later_over_earlier() {
    let out = read(
        "apiVersion: v1
kind: ConfigMap
metadata: {name: one}
data: {A: one, B: one, C: one, 1D: one}
---
apiVersion: v1
kind: Secret
metadata: {name: two}
stringData:
  B: two
  C: two
---
apiVersion: v1
kind: Pod
metadata: {name: api}
spec:
  containers:
  - name: app
    image: example/app:1
    envFrom:
    - configMapRef: {name: one}
    - secretRef: {name: two}
    - {prefix: P_, secretRef: {name: two}}
    - secretRef: {name: three}
    - secretRef: {name: four, optional: true}
    env:
    - {name: C, value: three}
    - {name: D, value: '$(A)-$(E)-$$(A)'}
    - {name: E, valueFrom: {configMapKeyRef: {name: one, key: nothing}}}
    - {name: F, valueFrom: {secretKeyRef: {name: three, key: k}}}
    - {name: G, value: '$(F) $(REDIS_SERVICE_HOST)'}
    args: ['--x=$(C)', '$(F)']
",
    );
    let api = process(&out);
    assert_eq!(
        (api.name.as_str(), api.service.as_str()),
        ("pod/api:app", "api")
    );
    let names = ["A", "B", "C", "D", "E", "F", "G", "1D", "P_B"];
    assert_eq!(
        names.map(|name| value(api, name)),
        [
            Some("one"),
            Some("two"),
            Some("three"),
            Some("one-$(E)-$(A)"),
            None,
            Some("?"),
            Some("?"),
            None,
            Some("two")
        ]
    );
    let c = api
        .environment
        .iter()
        .find(|found| found.name == "C")
        .expect("C");
    let said: Vec<(u32, How)> = c
        .said
        .iter()
        .map(|said| (said.place.line, said.how))
        .collect();
    assert_eq!(
        said,
        [
            (4, How::Overridden),
            (11, How::Overridden),
            (27, How::Environment)
        ]
    );
    assert_eq!((c.place.line, c.place.column), (27, 24));
    let words: Vec<&str> = api
        .arguments
        .iter()
        .map(|word| word.text.expose())
        .collect();
    assert_eq!(words, ["--x=three", "$(F)"]);
    assert_eq!(
        gaps(api),
        [
            (4, GapKind::Skipped),
            (24, GapKind::Outside),
            (25, GapKind::OptionalMissing),
            (29, GapKind::Missing),
            (30, GapKind::Outside)
        ]
    );
}

/// As in the page of the documentation on dependent environment variables; not run.
#[test]
fn the_documentations_example_of_dependent_variables_holds() {
    let out = read(
        "apiVersion: v1
kind: Pod
metadata: {name: dependent-envars-demo}
spec:
  containers:
    - name: dependent-envars-demo
      command: [sh, -c]
      env:
        - {name: SERVICE_PORT, value: \"80\"}
        - {name: SERVICE_IP, value: \"172.17.0.1\"}
        - {name: UNCHANGED_REFERENCE, value: \"$(PROTOCOL)://$(SERVICE_IP):$(SERVICE_PORT)\"}
        - {name: PROTOCOL, value: \"https\"}
        - {name: SERVICE_ADDRESS, value: \"$(PROTOCOL)://$(SERVICE_IP):$(SERVICE_PORT)\"}
        - {name: ESCAPED_REFERENCE, value: \"$$(PROTOCOL)://$(SERVICE_IP):$(SERVICE_PORT)\"}
",
    );
    let pod = process(&out);
    assert_eq!(
        value(pod, "UNCHANGED_REFERENCE"),
        Some("$(PROTOCOL)://172.17.0.1:80")
    );
    assert_eq!(value(pod, "SERVICE_ADDRESS"), Some("https://172.17.0.1:80"));
    assert_eq!(
        value(pod, "ESCAPED_REFERENCE"),
        Some("$(PROTOCOL)://172.17.0.1:80")
    );
}

#[test]
fn mounts_give_files_and_the_deeper_hides_the_shallower() {
    let out = read(
        "apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Secret
  metadata: {name: keys, namespace: stem}
  stringData: {tls.crt: crt, tls.key: key, ca.crt: ca}
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: conf}
  data: {redis.conf: 'port 0', readme: nothing}
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: api}
  spec:
    template:
      spec:
        volumes:
        - {name: all, secret: {secretName: keys}}
        - {name: some, secret: {secretName: keys, items: [{key: ca.crt, path: deep/ca.pem}, {key: no, path: no}]}}
        - name: mixed
          projected:
            sources:
            - configMap: {name: conf}
            - secret: {name: keys, items: [{key: tls.key, path: k.key}]}
        - {name: host, hostPath: {path: /etc/ssl}}
        containers:
        - name: app
          volumeMounts:
          - {name: some, mountPath: /etc/stem/tls.crt}
          - {name: all, mountPath: /etc/stem/}
          - {name: mixed, mountPath: /conf}
          - {name: mixed, mountPath: /one/redis.conf, subPath: redis.conf}
          - {name: some, mountPath: /sub, subPath: deep}
          - {name: host, mountPath: /host}
          - {name: nobody, mountPath: /nobody}
",
    );
    assert_eq!(out.deployments[0].name, "stem");
    assert_eq!(out.deployments[0].assumptions.len(), 1);
    let api = process(&out);
    let files: Vec<(&str, &str)> = api
        .files
        .iter()
        .map(|file| {
            let content = match &file.content {
                Content::Text(text, _) => text.expose(),
                _ => "?",
            };
            (file.path.as_str(), content)
        })
        .collect();
    assert_eq!(
        files,
        [
            ("/conf/k.key", "key"),
            ("/conf/readme", "nothing"),
            ("/conf/redis.conf", "port 0"),
            ("/etc/stem/ca.crt", "ca"),
            ("/etc/stem/tls.crt/deep/ca.pem", "ca"),
            ("/etc/stem/tls.key", "key"),
            ("/host", "?"),
            ("/one/redis.conf", "port 0"),
            ("/sub/ca.pem", "ca"),
        ]
    );
    let how: Vec<How> = api.files[0].said.iter().map(|said| said.how).collect();
    assert_eq!(how, [How::Mount, How::Entry]);
}

#[test]
fn of_a_stream_only_what_can_matter_is_read_and_that_completely() {
    let secret = |name: &str, key: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: n}}\nstringData: {{{key}: v}}\n---\n"
        )
    };
    let pod = |name: &str, rest: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: n}}\nspec:\n  containers:\n  - name: app\n{rest}---\n"
        )
    };
    let from = |name: &str| format!("    envFrom: [{{secretRef: {{name: {name}}}}}]\n");
    let text = [
        pod("bystander", ""),
        pod("by-secret", &from("marked")),
        pod("marked-itself", &(from("unmarked") + "    image: a/stem\n")),
        secret("unmarked", "K"),
        secret("marked", "STEM_SIGNING_KEYS"),
        secret("nobodys", "K"),
        "what: [is this\n".to_owned(),
    ]
    .concat();
    let mut out = Assembly::default();
    let source = Source {
        number: 0,
        path: "-".to_owned(),
        bytes: text.into_bytes(),
    };
    assemble_stream(&source, &mut out);
    let processes: Vec<(&str, usize)> = out.deployments[0]
        .processes
        .iter()
        .map(|process| (process.service.as_str(), process.environment.len()))
        .collect();
    assert_eq!(processes, [("by-secret", 1), ("marked-itself", 1)]);
    assert!(
        out.deployments[0]
            .processes
            .iter()
            .all(|process| process.gaps.is_empty())
    );
    assert!(out.gaps.is_empty());
}

#[test]
fn a_list_is_read_alike_in_pieces_and_as_a_whole() {
    let item = |name: &str, value: &str| {
        format!(
            "- apiVersion: v1\n  kind: Pod\n  metadata: {{name: {name}}}\n  spec:\n    containers:\n    - name: app\n      image: &image a/stem\n      env: [{{name: A, value: {value}}}]\n"
        )
    };
    let read = |second: &str| {
        let text = format!(
            "apiVersion: v1\nitems:\n{}{}kind: List\n",
            item("a", "x"),
            item("b", second)
        );
        let out = read(&text);
        let processes = out.deployments[0].processes.iter();
        processes
            .map(|process| {
                let place = process.environment[0].place;
                (
                    process.name.clone(),
                    value(process, "A").map(str::to_owned),
                    place,
                )
            })
            .collect::<Vec<_>>()
    };
    let (pieces, whole) = (read("'a/stem'"), read("*image"));
    assert_eq!(pieces.len(), 2);
    assert_eq!(whole.len(), 2);
    assert_eq!(pieces[0], whole[0]);
    assert_eq!(whole[1].1.as_deref(), Some("a/stem"));
    assert_eq!((pieces[1].2.line, pieces[1].2.column), (18, 30));
}

#[test]
fn what_a_cluster_made_of_a_workload_is_that_workload() {
    let pod = "spec: {containers: [{name: app, image: a/stem}]}";
    let object = |kind: &str, name: &str, owner: &str, replicas: u8| {
        let owner = match owner.split_once(' ') {
            Some((kind, name)) => format!(", ownerReferences: [{{kind: {kind}, name: {name}}}]"),
            None => String::new(),
        };
        let spec = match kind {
            "Pod" => pod.to_owned(),
            _ => format!("spec: {{replicas: {replicas}, template: {{{pod}}}}}"),
        };
        format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}{owner}}}\n{spec}\n---\n")
    };
    let names = |objects: &[String]| {
        let mut out = Assembly::default();
        let source = Source {
            number: 0,
            path: "-".to_owned(),
            bytes: objects.concat().into_bytes(),
        };
        assemble_stream(&source, &mut out);
        let processes = out.deployments.iter().flat_map(|one| &one.processes);
        processes
            .map(|process| process.name.clone())
            .collect::<Vec<_>>()
    };
    let deployment = object("Deployment", "api", "", 1);
    let current = object("ReplicaSet", "api-1", "Deployment api", 1);
    let past = object("ReplicaSet", "api-0", "Deployment api", 0);
    let running = object("Pod", "api-1-x", "ReplicaSet api-1", 1);
    let all = [deployment, past.clone(), current.clone(), running.clone()];
    assert_eq!(names(&all), ["deployment/api:app"]);
    assert_eq!(
        names(&[all[0].clone(), running.clone()]),
        ["deployment/api:app"]
    );
    // without what it was made of, it speaks for itself
    assert_eq!(names(&[past.clone(), current]), ["replicaset/api-1:app"]);
    assert_eq!(names(&[past, running]), ["pod/api-1-x:app"]);
    assert_eq!(
        names(&[object("ReplicaSet", "own", "", 0)]),
        ["replicaset/own:app"]
    );
}
