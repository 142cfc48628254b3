//! `stem-sec certs verify`: whether a certificate would be accepted, and if not, why.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use time::OffsetDateTime;

use super::issue::PurposeArgument;
use super::names::HostArguments;
use super::times::parse_moment;
use crate::cli::place::StateArgument;
use crate::cli::{Exit, Failure, exit};
use crate::disk::DiskError;
use crate::mint::key::PrivateKey;
use crate::mint::name::Name;
use crate::mint::x509::{Certificate, Purpose, Question, verify};
use crate::pki::{self, CA_CERTIFICATE, PkiError};
use crate::term;

const EXAMPLES: &str = "\
Examples:
  stem-sec certs verify certs --host redis                a bundle, with its own ca.crt
  stem-sec certs verify server.crt --ca ca.crt --purpose server
  stem-sec certs verify                                   everything in the store";

/// Check chain, purpose, names, keys and form of certificates
#[derive(Args)]
#[command(before_help = EXAMPLES, after_help = exit::TABLE, help_template = exit::TEMPLATE)]
pub(super) struct VerifyArguments {
    /// Certificate files, or folders to look through [default: the store]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Trusted CAs [default: ca.crt beside the certificate, else the store's]
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    #[command(flatten)]
    hosts: HostArguments,
    /// What it must be good for [default: what it says itself]
    #[arg(long)]
    purpose: Option<PurposeArgument>,
    /// Ask about another moment than now: a date or RFC 3339
    #[arg(long, value_name = "DATE", value_parser = parse_moment)]
    at: Option<OffsetDateTime>,
    #[command(flatten)]
    state: StateArgument,
}

/// Runs `certs verify`.
pub(super) fn run(arguments: &VerifyArguments) -> anyhow::Result<Exit> {
    let hosts = arguments.hosts.names()?;
    let store = arguments.state.folder();
    let paths = if arguments.paths.is_empty() && store.is_dir() {
        vec![store.clone()]
    } else {
        arguments.paths.clone()
    };
    let given = arguments.ca.as_deref().map(certificates).transpose()?;
    let in_store = if given.is_none() && store.is_dir() {
        authorities(&store)?
    } else {
        Vec::new()
    };
    let mut inquiry = Inquiry {
        hosts,
        purpose: arguments.purpose.map(Purpose::from),
        at: arguments.at.unwrap_or_else(OffsetDateTime::now_utc),
        given,
        in_store,
        text: String::new(),
        asked: 0,
        bad: 0,
    };
    for path in &paths {
        let is_named = path.is_file();
        for found in pki::find(path)? {
            let chain = found.certificates?;
            let leaf = chain.first().filter(|leaf| is_named || !leaf.is_ca);
            if let Some(leaf) = leaf {
                inquiry.ask(&found.path, leaf, is_named)?;
            }
        }
    }
    inquiry.conclude()
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, PkiError> {
    let mut all = Vec::new();
    for found in pki::find(path)? {
        all.extend(found.certificates?);
    }
    Ok(all)
}

/// The key beside a certificate, which only its owner may read; whoever watches over the
/// certificates may still ask about the rest.
fn readable_key(path: &Path) -> Result<Option<PrivateKey>, PkiError> {
    match pki::key_of(path) {
        Err(PkiError::Disk(DiskError::Io { source, .. }))
            if source.kind() == ErrorKind::PermissionDenied =>
        {
            term::warn(&format!(
                "`{}` may not be read, so it was not compared with its certificate",
                path.display()
            ));
            Ok(None)
        }
        other => other,
    }
}

/// Every CA in the store.
fn authorities(store: &Path) -> Result<Vec<Certificate>, PkiError> {
    let folder = store.join("ca");
    let mut all = if folder.is_dir() {
        certificates(&folder)?
    } else {
        Vec::new()
    };
    all.retain(|certificate| certificate.is_ca);
    Ok(all)
}

/// What is asked of every certificate, and what came of it.
struct Inquiry {
    hosts: Vec<Name>,
    purpose: Option<Purpose>,
    at: OffsetDateTime,
    given: Option<Vec<Certificate>>,
    in_store: Vec<Certificate>,
    text: String,
    asked: usize,
    bad: usize,
}

impl Inquiry {
    fn ask(&mut self, path: &Path, leaf: &Certificate, is_named: bool) -> anyhow::Result<()> {
        let beside = self.trusted_beside(path)?;
        let trusted = match (&self.given, &beside) {
            (Some(given), _) => given,
            (None, Some(beside)) => beside,
            (None, None) => &self.in_store,
        };
        if trusted.is_empty() {
            return Err(Failure {
                message: format!("there is no CA to verify `{}` with", path.display()),
                hint: "name one: --ca ca.crt".to_owned(),
            }
            .into());
        }
        let key = readable_key(&path.with_extension("key"))?;
        let serves = leaf.purpose.is_none_or(Purpose::serves);
        let answers = verify(&Question {
            certificate: leaf,
            trusted: &trusted.iter().collect::<Vec<_>>(),
            purpose: self.purpose,
            hosts: if serves || is_named { &self.hosts } else { &[] },
            key: key.as_ref(),
            at: self.at,
        });
        let good = answers.iter().all(|answer| answer.good);
        self.asked += 1;
        self.bad += usize::from(!good);
        let verdict = if good { "good" } else { "bad" };
        self.line(&format!("{}: {verdict}", path.display()));
        for answer in answers {
            let mark = if answer.good { "ok" } else { "NO" };
            let check = answer.check.name();
            self.line(&format!("  {mark}  {check:<8}  {}", answer.why));
        }
        Ok(())
    }

    /// `ca.crt` in the same folder.
    fn trusted_beside(&self, path: &Path) -> Result<Option<Vec<Certificate>>, PkiError> {
        let beside = path.with_file_name(CA_CERTIFICATE);
        if self.given.is_some() || !beside.is_file() {
            return Ok(None);
        }
        certificates(&beside).map(Some)
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(&term::clean(line));
        self.text.push('\n');
    }

    fn conclude(self) -> anyhow::Result<Exit> {
        term::result(self.text.as_bytes()).context("cannot write to standard output")?;
        if self.asked == 0 {
            term::say("there is no certificate to check");
            term::hint("name a file or a folder: stem-sec certs verify certs --host redis");
            return Ok(Exit::Nothing);
        }
        Ok(if self.bad == 0 { Exit::Yes } else { Exit::No })
    }
}
