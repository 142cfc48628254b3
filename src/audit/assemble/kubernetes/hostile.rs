//! Input that means harm, or nothing: it ends soon, and something is said.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;

fn tree(files: &[(&str, String)]) -> Assembly {
    let texts = files.iter();
    let tree = Tree::of_texts(
        texts
            .map(|(path, text)| ((*path).to_owned(), text.clone().into_bytes()))
            .collect(),
    );
    let mut out = Assembly::default();
    assemble(&tree, tree.found(), &mut out);
    out
}

fn stream(text: &str) -> Assembly {
    let mut out = Assembly::default();
    let source = Source {
        number: 0,
        path: "-".to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    assemble_stream(&source, &mut out);
    out
}

fn kinds(out: &Assembly) -> Vec<GapKind> {
    out.gaps.iter().map(|gap| gap.kind).collect()
}

const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: stem}\nspec:\n  containers:\n  - name: app\n";

#[test]
fn bases_that_go_round_in_a_circle_end() {
    let out = tree(&[
        (
            "a/kustomization.yaml",
            "resources: [../b, pod.yaml]\n".to_owned(),
        ),
        ("a/pod.yaml", POD.to_owned()),
        ("b/kustomization.yaml", "resources: [../a]\n".to_owned()),
    ]);
    assert_eq!(out.deployments.len(), 1);
    assert_eq!(kinds(&out), [GapKind::Unreadable]);
}

#[test]
fn bases_that_fan_out_end() {
    let mut files = Vec::new();
    for level in 0..40 {
        let path = format!("l{level}/kustomization.yaml");
        let next = level + 1;
        files.push((path, format!("resources: [../l{next}, ../l{next}/.]\n")));
    }
    let files: Vec<(&str, String)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.clone()))
        .collect();
    let out = tree(&files);
    assert!(kinds(&out).contains(&GapKind::NotFollowed));
}

#[test]
fn a_patch_that_doubles_what_it_copies_is_refused() {
    let copies: String = (0..60)
        .map(|number| format!("- {{op: copy, from: /spec, path: /spec/a{number}}}\n"))
        .collect();
    let out = tree(&[
        (
            "kustomization.yaml",
            "resources: [pod.yaml]\npatches:\n- {path: p.yaml, target: {kind: Pod}}\nimages: [{name: a, newTag: b}]\n".to_owned(),
        ),
        ("pod.yaml", POD.to_owned()),
        ("p.yaml", copies),
    ]);
    assert_eq!(kinds(&out), [GapKind::Unreadable]);
    assert_eq!(out.deployments[0].processes.len(), 1);
}

#[test]
fn deep_and_large_input_ends() {
    let brackets = "[".repeat(10_000);
    let dashes = "- ".repeat(10_000);
    let indented: String = (0..10_000)
        .map(|depth| format!("{}a:\n", " ".repeat(depth % 900)))
        .collect();
    for body in [brackets, dashes, indented] {
        let out = stream(&format!(
            "# stem\napiVersion: v1\nkind: Pod\nspec: {{containers: \nx: {body}"
        ));
        assert!(out.deployments.is_empty());
        assert!(!out.gaps.is_empty());
    }
    let bomb: String = (0..60)
        .map(|level| format!("a{level}: &a{level} [*a{0}, *a{0}]\n", level - 1))
        .collect::<String>()
        .replace("[*a-1, *a-1]", "stem");
    let out = stream(&format!("kind: Pod\n{bomb}spec: {{containers: [*a59]}}\n"));
    assert!(!out.gaps.is_empty());
}

#[test]
fn many_references_to_nothing_are_all_said() {
    let entries: String = (0..20_000)
        .map(|number| format!("    - {{name: V{number}, valueFrom: {{secretKeyRef: {{name: s{number}, key: k}}}}}}\n"))
        .collect();
    let out = stream(&format!("{POD}    env:\n{entries}"));
    assert_eq!(out.deployments[0].processes[0].gaps.len(), 20_000);
}

#[test]
fn one_text_in_a_thousand_mounts_is_not_kept_a_thousand_times() {
    let text = "stem ".repeat(400_000);
    let mounts: String = (0..1_000)
        .map(|number| format!("    - {{name: v, mountPath: /m{number}}}\n"))
        .collect();
    let out = stream(&format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: big}}\ndata: {{text: {text}}}\n---\n{POD}    volumeMounts:\n{mounts}  volumes: [{{name: v, configMap: {{name: big}}}}]\n"
    ));
    let files = &out.deployments[0].processes[0].files;
    assert_eq!(files.len(), 1_000);
    let kept = |file: &crate::audit::process::Readable| {
        matches!(file.content, crate::audit::process::Content::Text(..))
    };
    assert!(files.iter().filter(|file| kept(file)).count() < 50);
}

/// What a fuzz target calls: the same bytes as a stream, as a kustomization and as its files.
fn read_any(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    stream(&text);
    tree(&[
        ("kustomization.yaml", text.clone()),
        ("a.yaml", format!("{POD}---\n{text}")),
        ("b.env", text),
    ]);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        rng_seed: RngSeed::Fixed(3),
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_text_is_read_or_left(lines in prop::collection::vec(
        (0_usize..4, prop::sample::select(vec![
            "resources: [a.yaml, .]", "- a.yaml", "patches:", "- target: {kind: Pod}", "patch: |-",
            "- {op: remove, path: /spec}", "secretGenerator:", "- name: s", "envs: [b.env]",
            "files: [a.yaml]", "literals: [a=b, c]", "behavior: merge", "namePrefix: p-",
            "apiVersion: v1", "kind: List", "kind: Secret", "kind: Pod", "items:", "- ",
            "metadata: {name: stem}", "spec:", "containers:", "- name: app", "data: {a: b}",
            "env: [{name: A, value: $(A)}]", "envFrom: [{secretRef: {name: stem}}]", "---", "{\"a\": [", "é: |",
            "$patch: delete", "volumes: [{name: v, secret: {secretName: stem}}]", "x: &a [*a]",
        ])),
        0..25,
    )) {
        let lines = lines.iter().map(|(indent, line)| format!("{}{line}\n", "  ".repeat(*indent)));
        read_any(lines.collect::<String>().as_bytes());
    }

    #[test]
    fn any_bytes_are_read_or_left(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read_any(&bytes);
    }
}
