//! Which roles a process has: by the user's word, else by its command, image or name, in that
//! order; and which of these said it.

use globset::{GlobBuilder, GlobMatcher};

use super::process::{Assigned, Process, RolesFrom};
use crate::model::manifest::{Component, Manifest};
use crate::model::role::Role;

/// What the user said with `--assign PATTERN=ROLE`.
#[derive(Clone, Debug)]
pub struct Assignment {
    pattern: GlobMatcher,
    text: String,
    roles: Vec<Role>,
}

/// Why an `--assign` is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssignError {
    /// No `=`, or nothing on one of its sides.
    #[error("`{0}` is not of the form PATTERN=ROLE")]
    Form(String),
    /// Not a pattern.
    #[error("`{0}` is no pattern")]
    Pattern(String),
    /// Not a role.
    #[error("`{0}` is no role: producer, worker, beat, cli, dashboard, broker, store or other")]
    Role(String),
}

impl Assignment {
    /// Reads `PATTERN=ROLE`, or `PATTERN=ROLE,ROLE` for a process with several.
    ///
    /// # Errors
    /// When one of the two is not what it should be.
    pub fn parse(text: &str) -> Result<Assignment, AssignError> {
        let (pattern, roles) = text
            .rsplit_once('=')
            .filter(|(pattern, roles)| !pattern.is_empty() && !roles.is_empty())
            .ok_or_else(|| AssignError::Form(text.to_owned()))?;
        let glob = GlobBuilder::new(pattern)
            .literal_separator(false)
            .build()
            .map_err(|_| AssignError::Pattern(pattern.to_owned()))?;
        let roles = roles
            .split(',')
            .map(|role| Role::from_name(role).ok_or_else(|| AssignError::Role(role.to_owned())))
            .collect::<Result<_, _>>()?;
        Ok(Assignment {
            pattern: glob.compile_matcher(),
            text: text.to_owned(),
            roles,
        })
    }

    /// Whether it speaks of a process: by its name, `DEPLOYMENT/NAME`, the service alone, or
    /// the path of the file that declares it.
    fn matches(&self, deployment: &str, path: &str, process: &Process) -> bool {
        let full = format!("{deployment}/{}", process.name);
        [&process.name, &process.service, &full, path]
            .into_iter()
            .any(|text| self.pattern.is_match(text))
    }
}

/// What is known beside the process itself.
#[derive(Clone, Copy, Debug)]
pub struct Context<'c> {
    /// What the user declared.
    pub manifest: Option<&'c Manifest>,
    /// What the user said for this run.
    pub assignments: &'c [Assignment],
    /// The deployment's name.
    pub deployment: &'c str,
    /// The path of the file that declares the process.
    pub path: &'c str,
}

/// The roles of a process, and how they are known.
#[must_use]
pub fn assign(process: &Process, context: Context<'_>) -> Assigned {
    None.or_else(|| by_manifest(process, context.manifest?, context.path))
        .or_else(|| by_assignment(process, context))
        .or_else(|| by_label(process))
        .or_else(|| by_command(process))
        .or_else(|| by_image(process))
        .or_else(|| by_name(process, context.path))
        .unwrap_or_else(|| Assigned {
            roles: Vec::new(),
            from: RolesFrom::Unknown,
            reason: "neither manifest, label, command, image nor name says it".to_owned(),
            component: None,
        })
}

fn assigned(roles: &[Role], from: RolesFrom, reason: String) -> Option<Assigned> {
    let mut kept: Vec<Role> = Vec::new();
    for role in roles {
        if !kept.contains(role) {
            kept.push(*role);
        }
    }
    (!kept.is_empty()).then_some(Assigned {
        roles: kept,
        from,
        reason,
        component: None,
    })
}

/// What stem-sec writes a component's variables to.
const RENDERED: &str = "stem.env";

/// The component that a manifest declares a process to be.
fn component<'m>(process: &Process, manifest: &'m Manifest) -> Option<&'m Component> {
    let service = process.service.trim_end_matches(".service");
    manifest.components.iter().find(|component| {
        component.service_name().trim_end_matches(".service") == service
            || component.name.as_str() == service
    })
}

/// The component in whose folder stem-sec wrote a file that no process manager names.
fn by_folder<'m>(process: &Process, path: &str, manifest: &'m Manifest) -> Option<&'m Component> {
    let (folder, file) = path.rsplit_once('/')?;
    let folder = folder.rsplit('/').next()?;
    let is_itself = file == RENDERED && process.name == file;
    let mut components = manifest.components.iter();
    components.find(|component| is_itself && component.name.as_str() == folder)
}

fn by_manifest(process: &Process, manifest: &Manifest, path: &str) -> Option<Assigned> {
    let component = component(process, manifest).or_else(|| by_folder(process, path, manifest))?;
    let reason = format!("stem-sec.yaml declares `{}`", component.name);
    let assigned = assigned(&component.roles, RolesFrom::Manifest, reason)?;
    Some(Assigned {
        component: Some(component.name.to_string()),
        ..assigned
    })
}

fn by_assignment(process: &Process, context: Context<'_>) -> Option<Assigned> {
    let said = context
        .assignments
        .iter()
        .rfind(|one| one.matches(context.deployment, context.path, process))?;
    let reason = format!("--assign {}", said.text);
    assigned(&said.roles, RolesFrom::Assign, reason)
}

fn by_label(process: &Process) -> Option<Assigned> {
    let (text, _) = process.label.as_ref()?;
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '+' | '.'));
    let roles: Vec<Role> = words.filter_map(Role::from_name).collect();
    assigned(&roles, RolesFrom::Label, "the label `stem.role`".to_owned())
}

fn by_command(process: &Process) -> Option<Assigned> {
    let program = process.program()?;
    let words: Vec<&str> = program
        .words
        .iter()
        .map(|word| word.text.expose())
        .collect();
    let (name, rest) = script_of(&words)?;
    let role = of_program(name, rest)?;
    // only names of programs and subcommands are shown, never an argument's value
    let reason = match rest.first().filter(|_| is_stem(name)) {
        Some(subcommand) if is_word(subcommand) => {
            format!("the command runs `{name} {subcommand}`")
        }
        _ => format!("the command runs `{name}`"),
    };
    assigned(&[role], RolesFrom::Command, reason)
}

/// The program, or the script that its interpreter runs: `bin/worker.dart` of `dart run`.
fn script_of<'w>(words: &'w [&'w str]) -> Option<(&'w str, &'w [&'w str])> {
    let (program, rest) = words.split_first()?;
    if base_name(program) != "dart" {
        return Some((base_name(program), rest));
    }
    let is_script = |word: &&str| !word.starts_with('-') && *word != "run";
    let at = rest.iter().position(is_script)?;
    Some((base_name(rest[at]), &rest[at + 1..]))
}

fn is_word(text: &str) -> bool {
    text.len() <= 20 && text.chars().all(|c| c.is_ascii_lowercase() || c == '-')
}

fn is_stem(name: &str) -> bool {
    matches!(name, "stem" | "stem.exe" | "stem_cli" | "stem.dart")
}

/// Whether it runs Stem, or is called after it: the workload, its image, or what gives it
/// variables that are in no file.
pub(super) fn speaks_of_stem(process: &Process) -> bool {
    let is_word = |text: &str| {
        let mut words = text.split(|c: char| !c.is_alphanumeric());
        words.any(|word| word.eq_ignore_ascii_case("stem"))
    };
    let runs = || {
        let program = process.program()?;
        let words = program.words.iter().map(|word| word.text.expose());
        let words: Vec<&str> = words.collect();
        script_of(&words).map(|(name, _)| is_stem(name))
    };
    let image = process.image.as_deref().map(base_name);
    let gaps = process.gaps.iter().take(process.gaps_of_environment);
    is_word(base_name(&process.service))
        || image.is_some_and(is_word)
        || gaps.map(|gap| gap.text.as_str()).any(is_word)
        || runs() == Some(true)
}

fn of_program(name: &str, arguments: &[&str]) -> Option<Role> {
    match name {
        "redis-server" | "redis-sentinel" | "valkey-server" | "valkey-sentinel"
        | "keydb-server" => Some(Role::Broker),
        "redis-cli" | "valkey-cli" => Some(Role::Other),
        "postgres" | "postmaster" => Some(Role::Store),
        name if is_stem(name) => Some(of_stem(arguments)),
        name => of_words(name),
    }
}

/// `stem worker`, `stem beat` and `stem schedule start` run; all else of it is a tool.
fn of_stem(arguments: &[&str]) -> Role {
    let mut words = arguments.iter().filter(|word| !word.starts_with('-'));
    match words.next().copied() {
        Some("worker") => Role::Worker,
        Some("beat" | "scheduler") => Role::Beat,
        Some("schedule") => Role::Beat,
        Some("dashboard") => Role::Dashboard,
        _ => Role::Cli,
    }
}

fn by_image(process: &Process) -> Option<Assigned> {
    let image = process.image.as_deref()?;
    let without_digest = image.split('@').next().unwrap_or(image);
    let last = base_name(without_digest);
    let name = last.split(':').next().unwrap_or(last);
    let role = of_words(name)?;
    assigned(&[role], RolesFrom::Image, format!("the image is `{name}`"))
}

fn by_name(process: &Process, path: &str) -> Option<Assigned> {
    let service = base_name(&process.service);
    let file = base_name(path);
    let (role, name) = of_words(service)
        .map(|role| (role, service))
        .or_else(|| Some((of_words(file)?, file)))?;
    assigned(&[role], RolesFrom::Name, format!("it is called `{name}`"))
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The role that a name speaks of. In `api-worker` and `worker-exporter` the last such word
/// says what it is.
fn of_words(name: &str) -> Option<Role> {
    let lower = name.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric());
    words.filter_map(of_word).next_back()
}

fn of_word(word: &str) -> Option<Role> {
    let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
    Some(match word {
        "worker" | "workers" | "consumer" | "consumers" | "stemd" => Role::Worker,
        "beat" | "scheduler" | "cron" => Role::Beat,
        "producer" | "producers" | "publisher" | "enqueuer" | "enqueue" | "api" | "web"
        | "webapp" | "frontend" | "backend" => Role::Producer,
        "dashboard" => Role::Dashboard,
        "cli" | "toolbox" | "shell" => Role::Cli,
        "redis" | "valkey" | "keydb" | "sentinel" | "broker" => Role::Broker,
        "postgres" | "postgresql" | "pg" | "timescaledb" => Role::Store,
        "nginx" | "traefik" | "caddy" | "haproxy" | "envoy" | "proxy" | "exporter"
        | "prometheus" | "grafana" | "loki" | "jaeger" | "otel" | "collector" | "redisinsight"
        | "insight" | "commander" | "adminer" | "pgadmin" | "minio" | "mailhog" => Role::Other,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::process::Argument;
    use crate::formats::place::Place;
    use crate::model::secret::Secret;

    fn process(service: &str, image: &str, command: &[&str]) -> Process {
        Process {
            name: service.to_owned(),
            service: service.to_owned(),
            image: (!image.is_empty()).then(|| image.to_owned()),
            arguments: command
                .iter()
                .map(|word| Argument::plain(Secret::new((*word).to_owned()), Place::default()))
                .collect(),
            ..Process::default()
        }
    }

    fn context(assignments: &[Assignment]) -> Context<'_> {
        Context {
            manifest: None,
            assignments,
            deployment: "shop",
            path: "compose.yaml",
        }
    }

    fn role(process: &Process) -> (Vec<Role>, RolesFrom) {
        let assigned = assign(process, context(&[]));
        (assigned.roles, assigned.from)
    }

    #[test]
    fn a_command_says_more_than_an_image_and_an_image_more_than_a_name() {
        let redis = process("worker", "acme/api:1", &["redis-server", "--port", "0"]);
        assert_eq!(role(&redis), (vec![Role::Broker], RolesFrom::Command));
        let api = process("worker", "hub:5000/acme/shop-api:1.2@sha256:00", &[]);
        assert_eq!(role(&api), (vec![Role::Producer], RolesFrom::Image));
        assert_eq!(
            role(&process("worker", "acme/shop:1", &[])).1,
            RolesFrom::Name
        );
        assert_eq!(
            role(&process("thing", "acme/shop", &["./run"])).1,
            RolesFrom::Unknown
        );
    }

    #[test]
    fn the_last_word_of_a_name_says_what_it_is() {
        for (name, expected) in [
            ("api-worker", Role::Worker),
            ("worker-api", Role::Producer),
            ("redis-exporter", Role::Other),
            ("worker2", Role::Worker),
            ("stem-beat@.service", Role::Beat),
        ] {
            assert_eq!(role(&process(name, "", &[])).0, [expected], "{name}");
        }
    }

    #[test]
    fn the_subcommand_of_stem_decides() {
        for (command, expected) in [
            (&["stem", "worker", "start"][..], Role::Worker),
            (&["/usr/bin/stem", "--verbose", "beat"], Role::Beat),
            (&["stem", "dlq", "list"], Role::Cli),
            (&["dart", "run", "bin/worker.dart"], Role::Worker),
        ] {
            assert_eq!(
                role(&process("x", "", command)).0,
                [expected],
                "{command:?}"
            );
        }
    }

    #[test]
    fn the_users_word_comes_first_and_the_last_one_wins() {
        let mut api = process("api", "redis", &["redis-server"]);
        api.label = Some(("worker producer".to_owned(), Place::default()));
        assert_eq!(
            role(&api),
            (vec![Role::Worker, Role::Producer], RolesFrom::Label)
        );
        let said = ["api=beat", "shop/*=cli,producer"].map(|text| Assignment::parse(text).unwrap());
        let assigned = assign(&api, context(&said));
        assert_eq!(assigned.roles, [Role::Cli, Role::Producer]);
        assert_eq!(assigned.from, RolesFrom::Assign);
    }

    #[test]
    fn what_is_no_assignment_is_refused() {
        for text in ["api", "=worker", "api=", "api=boss", "[=worker"] {
            assert!(Assignment::parse(text).is_err(), "{text}");
        }
    }
}
