//! The rules: one file each, with its reason, its fix, a bad and a good example, and its
//! check. The examples are its tests and its documentation; the list here registers it.

#[cfg(test)]
mod tests;

mod active_key_missing;
mod active_key_unknown;
mod algorithm_unknown;
mod algorithms_disagree;
mod broker_open;
mod broker_tls_incomplete;
mod brokers;
mod bystanders;
mod ca_is_leaf;
mod ca_key_deployed;
mod ca_missing;
mod certificate_expired;
mod certificate_expiring;
mod certificate_key_mismatch;
mod certificates;
mod chain_broken;
mod client_certificate_optional;
mod client_key_on_broker;
mod client_pair_incomplete;
mod credential_ignored;
mod duplicate_key_id;
mod examples;
mod guessable;
mod host_not_covered;
mod input_unreadable;
mod key_file_readable;
mod key_in_git;
mod key_in_image;
mod key_length_wrong;
mod key_list_malformed;
mod key_overdue;
mod key_reused;
mod keypair_mismatch;
mod keys_disagree;
mod lists;
mod missing_artifact;
mod optional_env_file;
mod ownership;
mod passwords;
mod placeholder_value;
mod places;
mod plaintext_port_open;
mod plaintext_url;
mod published_key;
mod quotes_kept;
mod reference_missing;
mod role_unknown;
mod secret_in_configmap;
mod secret_inline;
mod secret_on_unrelated_process;
mod server_key_outside_broker;
mod shared_client_identity;
mod signing_disabled;
mod signing_key_on_broker;
mod signing_private_key_on_verifier;
mod store_not_verified;
mod stray_secret;
pub(super) mod suppression_expired;
pub(super) mod suppression_unused;
mod unsigned_producer;
mod url_malformed;
mod urls;
mod variable_unknown;
mod verification_disabled;
mod verify_only_worker;
mod weak_certificate;
mod weak_secret;
mod wrong_purpose;

use super::case::Case;
use super::finding::Finding;
use crate::model::manifest::Severity;

/// A rule.
pub struct Rule {
    /// Its name, after the bad pattern; never used for anything else.
    pub id: &'static str,
    /// What it belongs to.
    pub family: Family,
    /// How bad it is as a rule.
    pub severity: Severity,
    /// What is wrong, in a phrase.
    pub says: &'static str,
    /// Why it matters, in a few sentences.
    pub why: &'static str,
    /// What to change, as an instruction.
    pub fix: &'static str,
    /// Files in which it finds something, and no other rule does.
    pub bad: Example,
    /// The same, put right.
    pub good: Example,
    /// Looks for it.
    pub check: fn(&Case<'_>, &mut Vec<Finding>),
}

/// What rules are about, in the order in which they are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Who may hold what.
    Ownership,
    /// Keys and lists of keys.
    Signing,
    /// URLs and certificates.
    Transport,
    /// The broker itself.
    Broker,
    /// Where secrets lie.
    Places,
    /// The audit itself.
    Audit,
}

impl Family {
    /// The word for it in lists.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Family::Ownership => "ownership",
            Family::Signing => "signing",
            Family::Transport => "transport",
            Family::Broker => "broker",
            Family::Places => "where secrets lie",
            Family::Audit => "the audit itself",
        }
    }
}

/// A small deployment. What stands in `<…>` is minted by the test that runs it.
#[derive(Clone, Copy, Debug)]
pub struct Example(pub &'static [File]);

/// A file of an example.
#[derive(Clone, Copy, Debug)]
pub struct File {
    /// Its path.
    pub path: &'static str,
    /// Its text.
    pub text: &'static str,
    /// Its permissions.
    pub mode: u32,
    /// Whether git has it.
    pub tracked: bool,
}

/// A file that only its owner may read, outside of git.
pub(super) const fn file(path: &'static str, text: &'static str) -> File {
    File {
        path,
        text,
        mode: 0o600,
        tracked: false,
    }
}

impl File {
    /// With other permissions.
    pub(super) const fn mode(self, mode: u32) -> File {
        File { mode, ..self }
    }

    /// In git.
    pub(super) const fn tracked(self) -> File {
        File {
            tracked: true,
            ..self
        }
    }
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rule({})", self.id)
    }
}

/// Every rule, by family and then by name.
#[must_use]
pub fn all() -> &'static [&'static Rule] {
    &RULES
}

/// The rule with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id).copied()
}

/// The id that a misspelt one was probably meant to be.
#[must_use]
pub fn nearest(id: &str) -> Option<&'static str> {
    let likeness = |rule: &Rule| strsim::jaro_winkler(rule.id, id);
    let best = RULES
        .iter()
        .max_by(|one, other| likeness(one).total_cmp(&likeness(other)))?;
    (likeness(best) > 0.8).then_some(best.id)
}

static RULES: [&Rule; 58] = [
    // ownership
    &ca_key_deployed::RULE,
    &client_key_on_broker::RULE,
    &missing_artifact::RULE,
    &secret_on_unrelated_process::RULE,
    &server_key_outside_broker::RULE,
    &shared_client_identity::RULE,
    &signing_key_on_broker::RULE,
    &signing_private_key_on_verifier::RULE,
    &stray_secret::RULE,
    // signing
    &active_key_missing::RULE,
    &active_key_unknown::RULE,
    &algorithm_unknown::RULE,
    &algorithms_disagree::RULE,
    &duplicate_key_id::RULE,
    &key_length_wrong::RULE,
    &key_list_malformed::RULE,
    &key_overdue::RULE,
    &key_reused::RULE,
    &keypair_mismatch::RULE,
    &keys_disagree::RULE,
    &placeholder_value::RULE,
    &published_key::RULE,
    &quotes_kept::RULE,
    &signing_disabled::RULE,
    &unsigned_producer::RULE,
    &variable_unknown::RULE,
    &verify_only_worker::RULE,
    &weak_secret::RULE,
    // transport
    &ca_is_leaf::RULE,
    &ca_missing::RULE,
    &certificate_expired::RULE,
    &certificate_expiring::RULE,
    &certificate_key_mismatch::RULE,
    &chain_broken::RULE,
    &client_pair_incomplete::RULE,
    &credential_ignored::RULE,
    &host_not_covered::RULE,
    &plaintext_url::RULE,
    &store_not_verified::RULE,
    &url_malformed::RULE,
    &verification_disabled::RULE,
    &weak_certificate::RULE,
    &wrong_purpose::RULE,
    // the broker
    &broker_open::RULE,
    &broker_tls_incomplete::RULE,
    &client_certificate_optional::RULE,
    &plaintext_port_open::RULE,
    // where secrets lie
    &key_file_readable::RULE,
    &key_in_git::RULE,
    &key_in_image::RULE,
    &optional_env_file::RULE,
    &secret_in_configmap::RULE,
    &secret_inline::RULE,
    // the audit itself
    &input_unreadable::RULE,
    &reference_missing::RULE,
    &role_unknown::RULE,
    &suppression_expired::RULE,
    &suppression_unused::RULE,
];
