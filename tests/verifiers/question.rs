//! What is asked of every verifier, once for all of them: is this certificate good for this,
//! under this name, at this time? A refused question differs from an accepted one in one
//! thing only, and the verifier has to name that thing.

use std::fmt;
use std::path::{Path, PathBuf};

/// A certificate, with what it needs below its root, and its key.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// PEM, leaf first.
    pub(crate) chain: PathBuf,
    /// PEM.
    pub(crate) key: PathBuf,
}

/// Which end's certificate the question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Server,
    Client,
}

/// Why a certificate has to be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// It was not issued for this name.
    Name,
    /// It was issued for the other end.
    Purpose,
    /// The root that is trusted did not sign it.
    Issuer,
    /// It is no longer valid.
    Expired,
    /// It is not valid yet.
    Early,
    /// A certificate signed it that is no CA's.
    Signer,
    /// There are more CAs above it than the root allows.
    Depth,
}

/// One question. Verifiers without a handshake look at the judged end only.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) label: String,
    pub(crate) judged: End,
    pub(crate) server: Identity,
    pub(crate) client: Identity,
    /// The root that the client trusts.
    pub(crate) servers_root: PathBuf,
    /// The root that the server trusts.
    pub(crate) clients_root: PathBuf,
    /// The host that the client means to reach.
    pub(crate) name: String,
    /// Seconds since 1970; `None` is now.
    pub(crate) at: Option<u64>,
    /// `None` is accepted.
    pub(crate) expected: Option<Why>,
}

impl Question {
    /// The certificate that is judged, and the root by which.
    pub(crate) fn subject(&self) -> (&Path, &Path) {
        match self.judged {
            End::Server => (&self.server.chain, &self.servers_root),
            End::Client => (&self.client.chain, &self.clients_root),
        }
    }

    /// The line on which the scripts of this folder read it.
    pub(crate) fn line(&self) -> String {
        let paths = [
            &self.server.chain,
            &self.server.key,
            &self.servers_root,
            &self.client.chain,
            &self.client.key,
            &self.clients_root,
        ];
        let mut fields = vec![format!("{:?}", self.judged).to_lowercase()];
        fields.push(self.name.clone());
        fields.push(self.at.map_or_else(|| "now".into(), |at| at.to_string()));
        fields.extend(paths.map(|path| path.display().to_string()));
        fields.join("\t")
    }
}

/// What a verifier said: accepted, or in its own words why not.
pub(crate) type Answer = Result<(), String>;

/// The words by which one verifier names each reason; any of them will do.
pub(crate) type Words = fn(Why) -> &'static [&'static str];

/// Reads the answers of a script, a line each.
pub(crate) fn answers(text: &str) -> Vec<Answer> {
    let answer = |line: &str| match line.split_once('\t') {
        Some(("refused", why)) => Err(why.to_owned()),
        _ if line == "accepted" => Ok(()),
        _ => panic!("neither accepted nor refused: {line}"),
    };
    text.lines().map(answer).collect()
}

/// Holds a verifier's answers against what was expected.
#[track_caller]
pub(crate) fn judge(verifier: &str, questions: &[Question], answers: &[Answer], words: Words) {
    assert_eq!(questions.len(), answers.len(), "answers of {verifier}");
    let wrong: Vec<String> = questions
        .iter()
        .zip(answers)
        .filter_map(|(question, answer)| complaint(question, answer, words))
        .collect();
    let refused = answers.iter().filter(|answer| answer.is_err()).count();
    let accepted = answers.len() - refused;
    let summary = format!("{verifier}: {accepted} accepted, {refused} refused");
    super::common::note(&summary);
    assert!(accepted > 0 && refused > 0, "{summary}");
    assert!(wrong.is_empty(), "{summary}\n{}", wrong.join("\n"));
}

fn complaint(question: &Question, answer: &Answer, words: Words) -> Option<String> {
    let problem = match (question.expected, answer) {
        (None, Ok(())) => return None,
        (None, Err(why)) => format!("refused: {why}"),
        (Some(why), Ok(())) => format!("accepted, but {why}"),
        (Some(why), Err(said)) if words(why).iter().any(|word| said.contains(word)) => return None,
        (Some(why), Err(said)) => format!("refused, but not because {why}: {said}"),
    };
    Some(format!("  {}: {problem}", question.label))
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Why::Name => "the name is another",
            Why::Purpose => "it is for the other end",
            Why::Issuer => "another root signed it",
            Why::Expired => "it has expired",
            Why::Early => "it is not valid yet",
            Why::Signer => "its signer is no CA",
            Why::Depth => "its path is too long",
        })
    }
}
