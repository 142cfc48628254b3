//! The programs that put an env file into an environment, the real ones where there are any.

use std::path::Path;

use super::common::{python, run, tool};
use super::stem::Environment;

/// A loader, by name.
pub(crate) type Loader = (&'static str, fn(&Path) -> Environment);

/// Every loader that a deployment may meet here.
pub(crate) const LOADERS: [Loader; 5] = [
    ("docker run --env-file", verbatim),
    ("stem worker multi --env-file", stem_cli),
    ("bash source", bash),
    ("python-dotenv", dotenv),
    ("node --env-file", node),
];

/// What Docker does: name, `=`, and all the rest of the line.
pub(crate) fn verbatim(file: &Path) -> Environment {
    super::common::environment(file)
}

/// Stem's own loader (stem-semantics 1.4).
fn stem_cli(file: &Path) -> Environment {
    let text = std::fs::read_to_string(file).expect("an env file");
    let mut environment = Environment::new();
    for line in text.lines().map(str::trim) {
        let line = line.strip_prefix("export ").unwrap_or(line);
        if let Some((name, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) {
            let value = unquoted(value.trim()).replace("\\n", "\n");
            environment.insert(name.trim().to_owned(), value);
        }
    }
    environment
}

fn unquoted(value: &str) -> &str {
    let within = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    within('"').or_else(|| within('\'')).unwrap_or(value)
}

fn bash(file: &Path) -> Environment {
    let mut command = tool("bash");
    command.args(["-euc", "set -a; source \"$1\"; env -0", "bash"]);
    let said = run(command.arg(file)).ok().stdout;
    let pair = |pair: &str| {
        pair.split_once('=')
            .map(|(name, value)| (name.into(), value.into()))
    };
    ours(said.split('\0').filter_map(pair).collect())
}

fn dotenv(file: &Path) -> Environment {
    let script = "import dotenv, json, sys; print(json.dumps(dotenv.dotenv_values(sys.argv[1])))";
    json(&run(python().args(["-c", script]).arg(file)).ok().stdout)
}

fn node(file: &Path) -> Environment {
    let mut command = tool("node");
    command.arg(format!("--env-file={}", file.display()));
    command.args(["-e", "console.log(JSON.stringify(process.env))"]);
    json(&run(&mut command).ok().stdout)
}

fn json(text: &str) -> Environment {
    ours(serde_json::from_str(text).expect("JSON"))
}

fn ours(mut environment: Environment) -> Environment {
    environment.retain(|name, _| name.starts_with("STEM_"));
    environment
}
