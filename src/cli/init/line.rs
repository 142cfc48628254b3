//! The command line that says the same as a [`Shape`], without questions. What `--yes`
//! would take anyway is left out.

use std::borrow::Cow;
use std::path::Path;

use super::declare::{self, DEFAULT_COMPONENTS};
use super::shape::Shape;
use crate::cli::words::DEFAULT_POSTURE;
use crate::model::manifest::{Render, Url};

/// The whole line, as a shell takes it.
pub(super) fn of(folder: &Path, shape: &Shape) -> String {
    let mut words = vec!["stem-sec".to_owned(), "init".to_owned()];
    if folder != Path::new(".") {
        let folder = folder.display().to_string();
        // a folder's name may look like a flag
        words.push(if folder.starts_with('-') {
            format!("./{folder}")
        } else {
            folder
        });
    }
    words.push("--yes".to_owned());
    words.extend(arguments(shape));
    let words: Vec<Cow<'_, str>> = words.iter().map(|word| quoted(word)).collect();
    words.join(" ")
}

/// As a shell takes it; what no shell reads anything into stays bare.
fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=,+@".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        Cow::Borrowed(word)
    } else {
        shell_words::quote(word)
    }
}

/// The flags.
fn arguments(shape: &Shape) -> Vec<String> {
    let mut words = Vec::new();
    let mut say = |flag: &str, value: String| {
        if value.starts_with('-') {
            words.push(format!("{flag}={value}"));
        } else {
            words.extend([flag.to_owned(), value]);
        }
    };
    if let Some(signing) = shape.signing.filter(|it| *it != DEFAULT_POSTURE.signing) {
        say("--signing", signing.to_string());
    }
    if let Some(transport) = shape
        .transport
        .filter(|it| *it != DEFAULT_POSTURE.transport)
    {
        say("--transport", transport.to_string());
    }
    if let Some(target) = shape.target.filter(|it| *it != Render::default().target) {
        say("--target", target.name().to_owned());
    }
    let usual = declare::usual_broker(shape.transport.unwrap_or(DEFAULT_POSTURE.transport));
    if let Some(broker) = shape.broker.as_ref().filter(|it| *it != usual) {
        say("--broker", broker.clone());
    }
    let url = Url::parse(shape.broker.as_deref().unwrap_or(usual));
    let is_usual = |hosts: &[String]| url.is_ok_and(|url| declare::names(&url, &[]) == hosts);
    if !shape.host.is_empty() && !is_usual(&shape.host) {
        say("--host", shape.host.join(","));
    }
    if !has_usual_components(shape) {
        for (name, roles) in &shape.component {
            let roles: Vec<&str> = roles.iter().map(|role| role.name()).collect();
            say("--component", format!("{name}={}", roles.join("+")));
        }
    }
    for (name, service) in &shape.service {
        say("--service", format!("{name}={service}"));
    }
    for (name, owner) in &shape.owner {
        say("--owner", format!("{name}={}", owner));
    }
    if let Some(project) = &shape.project {
        say("--project", project.clone());
    }
    if let Some(install) = &shape.install {
        say("--install", install.clone());
    }
    words
}

fn has_usual_components(shape: &Shape) -> bool {
    let given = shape.component.iter();
    given
        .map(|(name, roles)| (name.as_str(), roles.as_slice()))
        .eq(DEFAULT_COMPONENTS
            .iter()
            .map(|(name, role)| (*name, std::slice::from_ref(role))))
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command, FromArgMatches};
    use proptest::prelude::*;

    use super::*;
    use crate::cli::init::InitArguments;
    use crate::disk::Owner;
    use crate::model::manifest::ComponentName;
    use crate::model::posture::{Signing, Transport};
    use crate::model::role::Role;
    use crate::render::TARGETS;

    fn parsed(line: &str) -> InitArguments {
        let words = shell_words::split(line).expect("words");
        let command = InitArguments::augment_args(Command::new("init"));
        let matches = command.try_get_matches_from(&words[1..]);
        let matches = matches.unwrap_or_else(|error| panic!("{line}: {error}"));
        InitArguments::from_arg_matches(&matches).expect("arguments")
    }

    fn name() -> impl Strategy<Value = ComponentName> {
        "[a-z]{1,3}".prop_filter_map("no name", |name| ComponentName::parse(&name).ok())
    }

    prop_compose! {
        fn shape()(
            signing in proptest::option::of(proptest::sample::select(&Signing::ALL[..])),
            transport in proptest::option::of(proptest::sample::select(&Transport::ALL[..])),
            target in proptest::option::of(proptest::sample::select(&TARGETS[..])),
            broker in proptest::option::of("rediss?://(redis|10\\.0\\.0\\.[1-9])(:[1-9]{4})?(/[0-9])?"),
            host in proptest::collection::vec("redis|localhost|127\\.0\\.0\\.1|10\\.0\\.0\\.[1-9]|::1", 0..5),
            roles in proptest::collection::vec(
                (name(), proptest::sample::subsequence(Role::ALL.to_vec(), 1..=3)), 0..4),
            service in proptest::option::of("[A-Za-z0-9_.-]{1,5}"),
            owner in proptest::option::of((proptest::option::of(0..9_u32), 0..9_u32)),
            project in proptest::option::of("[ -~é]{1,8}"),
            install in proptest::option::of("/[ -~]{1,8}"),
        ) -> Shape {
            let first: Option<ComponentName> = roles.first().map(|(name, _)| name.clone());
            Shape {
                signing, transport, target, broker, host, project, install,
                service: first.iter().cloned().zip(service).collect(),
                owner: first.into_iter()
                    .zip(owner.map(|(uid, gid)| Owner { uid, gid: Some(gid) }))
                    .collect(),
                component: roles,
            }
        }
    }

    proptest! {
        #[test]
        fn it_declares_what_the_answers_declare(
            shape in shape(),
            folder in "[ -~é]{1,9}",
        ) {
            let said = |shape: &Shape| declare::from_flags(shape)
                .map(|manifest| manifest.text())
                .map_err(|error| error.to_string());
            let line = of(Path::new(&folder), &shape);
            let again = parsed(&line);
            prop_assert_eq!(said(&again.shape), said(&shape), "{}", line);
            let same = again.folder == Path::new(&folder)
                || again.folder == Path::new(".").join(&folder);
            prop_assert!(same, "{}", line);
            prop_assert!(again.yes);
        }
    }

    #[test]
    fn what_yes_would_take_anyway_is_left_out() {
        assert_eq!(of(Path::new("."), &Shape::default()), "stem-sec init --yes");
        let components = DEFAULT_COMPONENTS
            .map(|(name, role)| (ComponentName::parse(name).expect("a name"), vec![role]));
        let usual = Shape {
            signing: Some(DEFAULT_POSTURE.signing),
            transport: Some(DEFAULT_POSTURE.transport),
            target: Some(Render::default().target),
            broker: Some("rediss://redis:6379/0".to_owned()),
            host: ["redis", "localhost", "127.0.0.1", "::1"]
                .map(str::to_owned)
                .to_vec(),
            component: components.to_vec(),
            ..Shape::default()
        };
        assert_eq!(of(Path::new("a b"), &usual), "stem-sec init 'a b' --yes");
    }
}
