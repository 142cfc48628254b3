//! `--host` and the names in a certificate: many ways to type them, one way to show them.

use clap::Args;

use crate::cli::Usage;
use crate::mint::name::{Name, NameError};
use crate::mint::x509::Certificate;

/// Names that a certificate is to vouch for.
#[derive(Args)]
pub(super) struct HostArguments {
    /// Host name or IP address that clients connect to; repeat it, or separate several by commas
    #[arg(long = "host", value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    pub(super) hosts: Vec<String>,
}

impl HostArguments {
    /// What was typed, in that order, each once.
    pub(super) fn names(&self) -> Result<Vec<Name>, Usage> {
        let mut names = Vec::new();
        for text in &self.hosts {
            let name = Name::new(text).map_err(|error| refused(&error))?;
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Ok(names)
    }
}

fn refused(error: &NameError) -> Usage {
    Usage {
        message: error.to_string(),
        hint: error.hint().unwrap_or_default(),
    }
}

/// `DNS redis, IP 10.0.0.5`, or nothing.
pub(super) fn listed(certificate: &Certificate) -> String {
    let known = certificate.names.iter();
    let known = known.map(|name| format!("{} {name}", name.kind()));
    let all: Vec<String> = known
        .chain(certificate.other_names.iter().cloned())
        .collect();
    all.join(", ")
}
