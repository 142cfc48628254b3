//! `stem-sec rotate start`: mints what a rotation needs, devises its plan, and puts the
//! keyring at the first step of it. One commit: all of it, or nothing.

mod check;
mod prepare;

use clap::{Args, Subcommand};

use self::prepare::Prepared;
use super::drift;
use super::session::Session;
use super::walk::Walk;
use super::{record, told};
use crate::cli::place::StateArgument;
use crate::cli::words::named;
use crate::cli::{Exit, Failure, exit, material};
use crate::keyring::{Keyring, Rotation};
use crate::mint::key_id::KeyId;
use crate::model::manifest::LOST_RETRIES;
use crate::model::posture::{Signing, Transport};
use crate::render::Deployment;
use crate::rotate::devise::{DeviseError, devise};
use crate::rotate::story;
use crate::term;

const EXAMPLES: &str = "\
Examples:
  stem-sec rotate start signing                       to a new key, called by today's month
  stem-sec rotate start signing --to 2027-01          to this one; minted, unless it is staged
  stem-sec rotate start ca                            to a new CA, and new certificates for everybody
  stem-sec rotate start posture --to ed25519,mtls     to another posture";

/// Begin a rotation: mint what it needs, and put the keyring at its first step
///
/// Nothing that runs changes by it: stem-sec render writes the files of the present step,
/// and stem-sec rotate advance goes on when everybody has them.
#[derive(Args)]
#[command(before_help = EXAMPLES, after_help = exit::TABLE, help_template = exit::TEMPLATE)]
#[command(arg_required_else_help = true)]
pub(super) struct StartArguments {
    #[command(subcommand)]
    aim: Aim,
}

#[derive(Subcommand)]
enum Aim {
    /// Another signing key
    Signing(SigningArguments),
    /// Another CA, with new certificates for everybody
    Ca(PlainArguments),
    /// A new certificate for the broker
    Server(PlainArguments),
    /// New certificates for all clients
    Clients(PlainArguments),
    /// Another way of signing, another transport, or both
    Posture(PostureArguments),
}

#[derive(Args)]
struct SigningArguments {
    /// The id of the new key [default: this month, like 2026-11]
    #[arg(long, value_name = "ID")]
    to: Option<KeyId>,
    /// Somebody else may have the old key: it goes at once, with what it signed
    #[arg(long)]
    leaked: bool,
    #[command(flatten)]
    state: StateArgument,
}

#[derive(Args)]
struct PlainArguments {
    #[command(flatten)]
    state: StateArgument,
}

#[derive(Args)]
struct PostureArguments {
    /// Ways of signing and transports: none, hmac-sha256, ed25519, plaintext, tls, mtls
    #[arg(long, value_name = "WORD", value_delimiter = ',', required = true, value_parser = parse_words)]
    to: Vec<Words>,
    /// The broker's URL afterwards, where TLS begins or ends [default: the next port]
    #[arg(long, value_name = "URL")]
    broker: Option<String>,
    #[command(flatten)]
    state: StateArgument,
}

/// Half of a posture.
#[derive(Clone, Copy, Debug)]
enum Word {
    Signing(Signing),
    Transport(Transport),
}

/// Words that were written together, like `ed25519+mtls`.
#[derive(Clone, Debug)]
struct Words(Vec<Word>);

fn parse_words(text: &str) -> Result<Words, String> {
    let signing = Signing::ALL.map(|one| (one.name(), Word::Signing(one)));
    let transport = Transport::ALL.map(|one| (one.name(), Word::Transport(one)));
    let all = [signing, transport].concat();
    let words: Result<_, _> = text.split('+').map(|word| named(word, &all)).collect();
    words.map(Words)
}

impl Aim {
    fn state(&self) -> &StateArgument {
        match self {
            Aim::Signing(arguments) => &arguments.state,
            Aim::Ca(arguments) | Aim::Server(arguments) | Aim::Clients(arguments) => {
                &arguments.state
            }
            Aim::Posture(arguments) => &arguments.state,
        }
    }
}

/// Runs `rotate start`.
pub(super) fn run(arguments: &StartArguments) -> anyhow::Result<Exit> {
    let mut session = Session::open(arguments.aim.state())?;
    ensure_at_rest(&session.keyring)?;
    let (project, now) = (session.project.clone(), session.now);
    let manifest = session.manifest.clone();
    let material = material::settled(&mut session.store, &project, &manifest, now)?;
    // what cannot be written now cannot be where the rotation begins
    Deployment::new(&manifest, "/etc/stem", &material)?;
    let names = material::names(&mut session.store, &manifest, &material, now)?;
    let mut prepared = Prepared::new(&mut session, &arguments.aim, &material, &names)?;
    let devised = match devise(&prepared.present, &prepared.aim) {
        Ok(devised) => devised,
        Err(error) => return refuse(&error),
    };
    prepared.plan = devised.plan.text();
    let walk = Walk::of(Rotation {
        aim: prepared.word.to_owned(),
        title: prepared.title.clone(),
        plan: prepared.plan.clone(),
        step: 1,
        entered: vec![now],
        confirmed: Vec::new(),
        forced: Vec::new(),
        back_from: None,
        adds: prepared.adds.clone(),
        declared: Some(drift::declared_by(&manifest)),
        accepted: Some(devised.lost.len()),
    })?;
    check::ends_as_the_manifest_will_say(&session, &prepared, &walk)?;
    let what = format!("began: {}", walk.rotation.title);
    record::add(&mut session.keyring, now, what, None);
    let is_stale = differs(&session, &material);
    session.commit(&walk)?;
    for line in &prepared.news {
        term::say(&term::clean(line));
    }
    for trouble in &devised.lost {
        term::warn(&term::clean(&format!(
            "lost: {}",
            story::headline(&devised.plan, trouble)
        )));
    }
    if is_stale {
        term::warn(
            "the files that lie there are not what the store and stem-sec.yaml say: the plan takes for granted that \
             every component runs with what they say",
        );
    }
    if prepared.loses_retries {
        term::warn(LOST_RETRIES);
        term::hint(
            "at its end the rotation writes `retries: lost` beside those workers in stem-sec.yaml; to keep their \
             retries, turn back, and give them the role producer too",
        );
    }
    told::say_step(&walk, &manifest, now);
    Ok(Exit::Yes)
}

/// Whether what was rendered last is not what the plan begins with.
fn differs(session: &Session, material: &crate::render::holdings::Material) -> bool {
    let prepared = crate::cli::deploy::Prepared::new(
        &session.project,
        &session.manifest,
        material,
        None,
        None,
    );
    prepared
        .and_then(|prepared| prepared.standing())
        .is_ok_and(|standing| !standing.to_write.is_empty())
}

pub(super) fn ensure_at_rest(keyring: &Keyring) -> Result<(), Failure> {
    let Some(rotation) = &keyring.rotation else {
        return Ok(());
    };
    Err(Failure {
        message: format!("a rotation is under way already: {}", rotation.title),
        hint: "see where it stands: stem-sec rotate status; turn back: stem-sec rotate abort"
            .to_owned(),
    })
}

/// No plan: that there is no safe one is an answer.
fn refuse(error: &DeviseError) -> anyhow::Result<Exit> {
    if matches!(error, DeviseError::NoOrder(_) | DeviseError::Unsound(_)) {
        term::say(&term::clean(&error.to_string()));
        if let Some(hint) = error.hint() {
            term::hint(&hint);
        }
        return Ok(Exit::No);
    }
    Err(error.clone().into())
}
