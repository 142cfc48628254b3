//! Kustomizations at random, from a fixed seed: two layers that generate, patch and rename.

use std::fmt::Write;

use crate::corpus::Case;
use crate::kubectl::{agrees, build};

const CASES: u64 = 90;

struct Seed(u64);

impl Seed {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn one<'w>(&mut self, words: &[&'w str]) -> &'w str {
        words[usize::try_from(self.next(words.len() as u64)).expect("small")]
    }

    fn often(&mut self) -> bool {
        self.next(3) > 0
    }

    fn seldom(&mut self) -> bool {
        self.next(4) == 0
    }
}

const VALUES: [&str; 9] = [
    "plain",
    "a=b",
    "'q'",
    "\\\"dd\\\"",
    "x y",
    "",
    "<&>",
    "héé",
    "$(A)$$",
];

fn generators(seed: &mut Seed, overlay: bool, files: &mut Vec<(String, String)>) -> String {
    let mut text = String::new();
    for list in ["configMapGenerator", "secretGenerator"] {
        let _ = writeln!(text, "{list}:");
        let mut names = vec!["settings", "stem", "tls"];
        if overlay {
            names.retain(|_| seed.often());
        }
        if names.is_empty() {
            text.truncate(text.len() - list.len() - 2);
            continue;
        }
        for name in names {
            let _ = writeln!(text, "- name: {name}");
            if overlay {
                let behavior =
                    seed.one(&["merge", "merge", "merge", "replace", "replace", "create"]);
                let _ = writeln!(text, "  behavior: {behavior}");
            }
            if seed.seldom() {
                text.push_str("  options: {disableNameSuffixHash: true, labels: {made: here}}\n");
            }
            text.push_str("  literals:\n");
            for key in ["A", "B", "url"] {
                if seed.often() || key == "A" {
                    let _ = writeln!(text, "  - \"{key}={}\"", seed.one(&VALUES));
                }
            }
            if seed.seldom() {
                let number = files.len();
                let folder = if overlay { "root" } else { "base" };
                let content = "C=1\n# c\n  D=\"x\" \nE=\n".replace('1', seed.one(&VALUES));
                files.push((format!("{folder}/{number}.env"), content));
                files.push((
                    format!("{folder}/{number}.txt"),
                    "line\n".repeat(seed.next(40) as usize),
                ));
                let _ = writeln!(
                    text,
                    "  envs: [{number}.env]\n  files: [{number}.txt, k={number}.txt]"
                );
            }
        }
    }
    text
}

fn container(seed: &mut Seed, name: &str) -> String {
    let mut text = format!("      - name: {name}\n");
    if seed.often() {
        let _ = writeln!(
            text,
            "        image: example/{}:{}",
            seed.one(&["api", "web"]),
            seed.next(9)
        );
    }
    text.push_str("        env:\n");
    for variable in ["A", "B", "C", "D"] {
        match seed.next(4) {
            0 => {}
            1 => {
                let _ = writeln!(
                    text,
                    "        - {{name: {variable}, valueFrom: {{secretKeyRef: {{name: stem, key: {variable}}}}}}}"
                );
            }
            _ => {
                let _ = writeln!(
                    text,
                    "        - {{name: {variable}, value: \"v{}\"}}",
                    seed.next(9)
                );
            }
        }
    }
    text.push_str("        - {name: LAST, value: l}\n");
    if seed.often() {
        let _ = writeln!(
            text,
            "        envFrom: [{{configMapRef: {{name: settings}}}}, {{secretRef: {{name: {}}}}}]",
            seed.one(&["stem", "tls", "other"])
        );
    }
    if seed.often() {
        let _ = writeln!(
            text,
            "        volumeMounts: [{{name: v{}, mountPath: /m{}}}]",
            seed.next(2),
            seed.next(3)
        );
    }
    text
}

fn workload(seed: &mut Seed) -> String {
    let mut text = String::from(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api, labels: {app: api}}\nspec:\n  template:\n    metadata: {labels: {app: api}}\n    spec:\n      containers:\n",
    );
    for name in ["app", "side", "third"] {
        if seed.often() || name == "app" {
            text += &container(seed, name);
        }
    }
    text.push_str("      volumes:\n      - {name: v0, secret: {secretName: tls}}\n      - {name: v1, projected: {sources: [{secret: {name: stem}}, {configMap: {name: settings}}]}}\n");
    text
}

fn patch(seed: &mut Seed) -> String {
    let mut text = String::from(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: api\nspec:\n  template:\n    spec:\n      containers:\n",
    );
    for name in ["third", "app", "new"] {
        if seed.often() {
            text += &container(seed, name);
        }
        if seed.seldom() {
            let _ = writeln!(
                text,
                "      - {{name: side, $patch: {}}}",
                seed.one(&["delete", "merge"])
            );
            break;
        }
    }
    text.push_str("      - {name: always, image: example/api}\n");
    if seed.often() {
        text.push_str("      volumes:\n      - {name: v0, secret: {optional: true}}\n      - {name: v2, emptyDir: {}}\n");
    }
    text
}

fn operations(seed: &mut Seed) -> String {
    let mut text = String::new();
    let path = "/spec/template/spec/containers/0";
    for _ in 0..=seed.next(3) {
        let line = match seed.next(5) {
            0 => format!("{{op: add, path: {path}/env/0, value: {{name: OP, value: o}}}}"),
            1 => format!("{{op: add, path: {path}/env/-, value: {{name: END, value: e}}}}"),
            2 => format!("{{op: replace, path: {path}/name, value: renamed}}"),
            3 => format!("{{op: remove, path: {path}/env/{}}}", seed.next(3)),
            _ => format!("{{op: copy, from: {path}/env/0, path: {path}/env/-}}"),
        };
        let _ = writeln!(text, "    - {line}");
    }
    text
}

fn case(number: u64) -> Case {
    let mut seed = Seed(number.wrapping_mul(0x9e37_79b9) + 1);
    for _ in 0..4 {
        seed.next(2);
    }
    let mut files = Vec::new();
    let mut base = "resources: [api.yaml]\n".to_owned() + &generators(&mut seed, false, &mut files);
    let mut root = "resources: [../base]\n".to_owned();
    for text in [&mut base, &mut root] {
        for (key, value) in [
            ("namePrefix", "p-"),
            ("nameSuffix", "-s"),
            ("namespace", "ns"),
        ] {
            if seed.seldom() {
                let _ = writeln!(text, "{key}: {value}");
            }
        }
        if seed.seldom() {
            text.push_str(
                "images: [{name: example/api, newTag: t}, {name: example/web, newName: w}]\n",
            );
        }
        if seed.seldom() {
            text.push_str("commonLabels: {team: t}\ncommonAnnotations: {note: hello}\n");
        }
        if seed.seldom() {
            text.push_str("generatorOptions: {disableNameSuffixHash: true}\n");
        }
    }
    root += &generators(&mut seed, true, &mut files);
    root.push_str("patches:\n- path: p.yaml\n");
    if seed.often() {
        let _ = write!(
            root,
            "- target: {{kind: Deployment, name: {}}}\n  patch: |-\n{}",
            seed.one(&["api", "a.*", "p-api", "b.*"]),
            operations(&mut seed)
        );
    }
    files.push(("base/kustomization.yaml".to_owned(), base));
    files.push(("base/api.yaml".to_owned(), workload(&mut seed)));
    files.push(("root/kustomization.yaml".to_owned(), root));
    files.push(("root/p.yaml".to_owned(), patch(&mut seed)));
    Case {
        name: format!("generated {number}"),
        files,
    }
}

#[test]
fn kustomizations_at_random_come_to_what_kubectl_makes_of_them() {
    let cases: Vec<Case> = (0..CASES).map(case).collect();
    let built = build(&cases);
    let taken = built.iter().filter(|built| built.is_ok()).count();
    assert!(taken > cases.len() / 4, "kubectl takes {taken}");
    let wrong: Vec<String> = cases
        .iter()
        .zip(&built)
        .filter_map(|(case, theirs)| {
            let error = agrees(case, theirs).err()?;
            let files = case.files.iter();
            let files: String = files
                .map(|(path, text)| format!("-- {path} --\n{text}"))
                .collect();
            Some(format!("{error}\n{files}"))
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong[0]
    );
}
