//! What stem-sec makes of the same project, in the form in which it is compared.

use std::collections::BTreeMap;

use stem_sec::audit::assemble::{Assembly, compose};
use stem_sec::audit::process::{Content, GapKind, Kind, Process, Value, Variable};
use stem_sec::audit::tree::Tree;

use crate::real::{Project, Service};

/// The first project of the folder `app`, and whether Compose would refuse it.
pub(crate) struct Ours {
    pub(crate) project: Project,
    /// Where something is missing or unreadable, and what.
    pub(crate) refusals: Vec<String>,
    /// Variables whose value is not in the files: service, whether of its build, name.
    pub(crate) unknown: Vec<(String, bool, String)>,
}

/// Reads files whose paths count from the folder `/tree`.
pub(crate) fn project(files: &[(String, String)]) -> Ours {
    let texts = files.iter();
    let texts = texts.map(|(path, text)| (format!("/tree/{path}"), text.clone().into_bytes()));
    let tree = Tree::of_texts(texts.collect());
    let mut out = Assembly::default();
    compose::assemble(&tree, tree.found(), &mut out);
    let mut deployments = out.deployments.iter();
    let deployment =
        deployments.find(|found| found.folder == "/tree/app" && found.kind == Kind::Compose);
    let deployment = deployment.expect("a project");
    let mut unknown = Vec::new();
    let mut refusals: Vec<String> = Vec::new();
    let processes = deployment.processes.iter();
    for gap in out
        .gaps
        .iter()
        .chain(processes.clone().flat_map(|process| &process.gaps))
    {
        // whoever starts the project may set it; Compose, to whom nothing is set here, refuses
        let is_asked_for = gap.text.contains("is asked for");
        if is_asked_for || matches!(gap.kind, GapKind::Missing | GapKind::Unreadable) {
            refusals.push(format!("{}: {}", gap.place.line, gap.text));
        }
    }
    let mut services = BTreeMap::new();
    for process in processes {
        let mut variables = |variables: &[Variable], is_build: bool| {
            let variables = variables.iter();
            let found: BTreeMap<String, Option<String>> = variables
                .map(|variable| match &variable.value {
                    Value::Known(value) => (variable.name.clone(), Some(value.expose().to_owned())),
                    Value::WithoutLogin(_) | Value::Unknown(_) => {
                        unknown.push((process.name.clone(), is_build, variable.name.clone()));
                        (variable.name.clone(), None)
                    }
                })
                .collect();
            found
        };
        let service = Service {
            environment: variables(&process.environment, false),
            files: files_of(&tree, process),
            command: process
                .arguments
                .iter()
                .map(|word| word.text.expose().to_owned())
                .collect(),
            image: process.image.clone(),
            role: process.label.as_ref().map(|(role, _)| role.clone()),
            // what is set nowhere Compose leaves out
            build: variables(&process.built_with, true)
                .into_iter()
                .filter(|(_, value)| value.is_some())
                .collect(),
        };
        services.insert(process.name.clone(), service);
    }
    Ours {
        project: Project {
            name: deployment.name.clone(),
            services,
        },
        refusals,
        unknown,
    }
}

fn files_of(tree: &Tree, process: &Process) -> BTreeMap<String, Option<String>> {
    let files = process.files.iter();
    files
        .map(|file| {
            let text = match &file.content {
                Content::File(number) => {
                    let source = tree.source(*number).expect("a source");
                    Some(String::from_utf8_lossy(&source.bytes).into_owned())
                }
                Content::Text(text, _) => Some(text.expose().to_owned()),
                Content::Unknown(_) => None,
            };
            (file.path.clone(), text)
        })
        .collect()
}
