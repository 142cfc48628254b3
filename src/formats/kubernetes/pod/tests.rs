//! Where each kind keeps its pods, and what containers say.

use super::*;
use crate::formats::kubernetes::object::objects;
use crate::formats::yaml::read;

fn one(text: &str) -> Option<Workload> {
    let document = &read(text.as_bytes(), 0).expect("YAML")[0];
    workload(&objects(document)[0])
}

#[test]
fn every_kind_keeps_its_pods_in_its_own_place() {
    let pod = "{containers: [{name: app}]}";
    for (kind, body) in [
        ("Pod", format!("spec: {pod}")),
        ("Deployment", format!("spec: {{template: {{spec: {pod}}}}}")),
        ("Rollout", format!("spec: {{template: {{spec: {pod}}}}}")),
        (
            "CronJob",
            format!("spec: {{jobTemplate: {{spec: {{template: {{spec: {pod}}}}}}}}}"),
        ),
        (
            "ScaledJob",
            format!("spec: {{jobTargetRef: {{template: {{spec: {pod}}}}}}}"),
        ),
    ] {
        let found = one(&format!(
            "apiVersion: v1\nkind: {kind}\nmetadata: {{name: a}}\n{body}\n"
        ));
        assert_eq!(found.expect(kind).containers[0].name, "app");
    }
    assert!(one("apiVersion: v1\nkind: Service\nspec: {ports: []}\n").is_none());
}

#[test]
fn the_label_of_the_pod_is_nearer_than_that_of_the_workload() {
    let text = |pod: &str| {
        format!(
            "apiVersion: v1\nkind: Deployment\nmetadata: {{labels: {{stem.role: beat}}}}\nspec: {{template: {{{pod}spec: {{containers: []}}}}}}\n"
        )
    };
    let role = |pod: &str| {
        one(&text(pod))
            .expect("a workload")
            .label
            .map(|label| label.0)
    };
    assert_eq!(role("").as_deref(), Some("beat"));
    let annotated = "metadata: {annotations: {stem.role: worker}}, ";
    assert_eq!(role(annotated).as_deref(), Some("worker"));
}

#[test]
fn an_empty_value_gives_way_to_a_reference() {
    let found = one(
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    env:\n    - {name: A, value: '', valueFrom: {secretKeyRef: {name: s, key: k}}}\n    - {name: B}\n    - {name: C, value: 5}\n    - {name: D, valueFrom: {fieldRef: {fieldPath: x}}}\n",
    );
    let found = found.expect("a workload");
    let container = &found.containers[0];
    assert!(matches!(&container.env[0].source, Source::Entry(_, key) if key == "k"));
    assert!(matches!(&container.env[1].source, Source::Literal(text) if text.is_empty()));
    assert!(matches!(&container.env[3].source, Source::Cluster(what) if what == "fieldRef"));
    assert_eq!(container.troubles.len(), 1);
}

#[test]
fn a_stateful_set_has_the_volumes_that_it_claims() {
    let spec = "spec:\n  template: {spec: {containers: [{name: a}], volumes: [{name: tmp, emptyDir: {}}]}}\n  volumeClaimTemplates: [{metadata: {name: data}}, {spec: {}}, nonsense]\n";
    let names = |kind: &str| {
        let text = format!("apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: a}}\n{spec}");
        let volumes = one(&text).expect("a workload").volumes.into_iter();
        volumes.map(|volume| volume.name).collect::<Vec<_>>()
    };
    assert_eq!(names("StatefulSet"), ["tmp", "data"]);
    assert_eq!(names("Deployment"), ["tmp"]);
}
