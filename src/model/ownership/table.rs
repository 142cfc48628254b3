//! The ownership table itself, as the design draws it: one line a row, one column a role.
//! What the letters mean and how the table is asked is in the parent module.

use super::{Cell, Condition, Holding, Row, Scope};
use crate::model::artifact::Artifact::{
    self, ActiveKeyId, BrokerPassword, BrokerUrl, CaCertificate, CaKey, InsecureFlag,
    SigningAlgorithm, SigningPrivateKey, SigningPublicKey, SigningSecret, StoreUrl,
};
use crate::model::posture::{Signing, Transport};

/// The table. R required · W written · A accepted · O (–) no use · X forbidden.
#[rustfmt::skip]
pub(super) static TABLE: [Row; 24] = [
    //                        posture    producer worker  beat    cli       dashboard broker store other
    row(&[SigningSecret],     HMAC,     [R,       R,      R,      A,        R,       X,      X,     X],
        "signs and verifies: producers sign, workers verify and sign their retries; the command line does neither",
        "security examples 1 and 2; Stem's source"),
    row(&[SigningSecret],     NOT_HMAC, [O,       X,      O,      X,        O,       X,      X,     X],
        "nothing reads it; where HMAC returns it signs, so who may only verify must not keep it",
        "Stem's source"),
    row(&[SigningPrivateKey], ED25519,  [R,       X,      R,      X,        RX_ENQ,  X,      X,     X],
        "only who enqueues signs; a stolen worker must not be able to",
        "security examples 3"),
    row(&[SigningPrivateKey], NOT_ED,   [O,       X,      O,      X,        O,       X,      X,     X],
        "nothing reads it; it stays a secret",
        "Stem's source"),
    row(&[SigningPublicKey],  ED25519,  [R,       R,      R,      A,        R,       X,      X,     O],
        "without it signing is silently off, for signers too",
        "security examples 3; Stem's source"),
    row(&[SigningPublicKey],  NOT_ED,   [O,       O,      O,      O,        O,       X,      X,     O],
        "nothing reads it",
        "Stem's source"),
    row(&[ActiveKeyId],       HMAC,     [R,       R,      R,      R_SECRET, R,       X,      X,     O],
        "who has keys and no active key does not start",
        "security examples 1 and 2; Stem's source"),
    row(&[ActiveKeyId],       ED25519,  [R,       W,      R,      A,        RA_ENQ,  X,      X,     O],
        "names the key that signs; a worker starts without it",
        "security examples 3; Stem's source"),
    row(&[ActiveKeyId],       NONE,     [O,       O,      O,      O,        O,       X,      X,     O],
        "names no key",
        "Stem's source"),
    row(&[SigningAlgorithm],  ED25519,  [R,       R,      R,      A,        R,       X,      X,     O],
        "unset means HMAC: the public keys are ignored and anything is accepted",
        "security examples 3; Stem's source"),
    row(&[SigningAlgorithm],  HMAC,     [A,       A,      A,      A,        A,       X,      X,     O],
        "HMAC-SHA256 is what Stem takes when it is unset",
        "security examples 1; Stem's source"),
    row(&[SigningAlgorithm],  NONE,     [O,       O,      O,      O,        O,       X,      X,     O],
        "chooses among keys that are not there",
        "Stem's source"),
    row(&[BrokerUrl],         ANY,      [R,       R,      R,      R,        R,       O,      O,     O],
        "who connects must know where to",
        "security examples 2; Stem's source"),
    row(&[StoreUrl],          ANY,      [W,       W,      W,      W,        W,       O,      O,     O],
        "each component needs only those that it uses",
        "security examples 2; Stem's source"),
    row(&[BrokerPassword],    ANY,      [R_PASS,  R_PASS, R_PASS, R_PASS,   R_PASS,  R_PASS, X,     X],
        "whoever can write to the broker commands its workers; Redis has it as requirepass",
        "Stem's source; this tool"),
    row(&[CaCertificate],     MTLS,     [R,       R,      R,      R,        R,       R,      A,     A],
        "clients judge the broker by it, and the broker its clients; with a client certificate Stem trusts nothing else",
        "security examples 2 and 3; Stem's source"),
    row(&[CaCertificate],     TLS,      [W_SYS,   W_SYS,  W_SYS,  W_SYS,    W_SYS,   W,      A,     A],
        "clients judge the broker by it, and so does a replica of it",
        "security examples 2; Stem's source"),
    row(&[CaCertificate],     PLAIN,    [O,       O,      O,      O,        O,       O,      A,     A],
        "with a redis:// URL Stem ignores it",
        "Stem's source"),
    row(CLIENT_PAIR,          MTLS,     [R,       R,      R,      R,        R,       A_OWN,  X,     X],
        "proves to the broker who connects; a broker that holds another's can pass for it",
        "security examples 2 and 3"),
    row(CLIENT_PAIR,          NOT_MTLS, [O,       O,      O,      O,        O,       O_OWN,  X,     X],
        "nobody asks for it; it would be let in where somebody does",
        "Stem's source; this tool"),
    row(SERVER_PAIR,          TLS_MTLS, [A_HTTPS, X,      X,      X,        A_HTTPS, R,      A_OWN, A_OWN],
        "who holds the broker's can pass for the broker",
        "security examples 2 and 3"),
    row(SERVER_PAIR,          PLAIN,    [A_HTTPS, X,      X,      X,        A_HTTPS, O,      A_OWN, A_OWN],
        "the broker has no TLS port; other servers keep their own",
        "security examples 2 and 3; this tool"),
    row(&[CaKey],             ANY,      [X,       X,      X,      X,        X,       X,      X,     X],
        "who holds it can issue an identity for anything; it never leaves the store",
        "Stem's source; this tool"),
    row(&[InsecureFlag],      ANY,      [X,       X,      X,      X,        X,       O,      O,     O],
        "turns off every check of the broker's certificate",
        "Stem's source"),
];

/// What the table does not mention is forbidden. A test shows that it mentions everything.
pub(super) static UNMENTIONED: Row = row(&[], ANY, [X; 8], "not in the table", "this tool");

const R: Cell = Cell::plain(Holding::Required);
const W: Cell = Cell::plain(Holding::Written);
const A: Cell = Cell::plain(Holding::Accepted);
const X: Cell = Cell::plain(Holding::Forbidden);
/// `–`
const O: Cell = Cell::plain(Holding::Useless);

/// R if it holds the secret, else –
const R_SECRET: Cell = Cell::when(
    &[Condition::HoldsSigningSecret],
    Holding::Required,
    Holding::Useless,
);
/// R if `enqueues: true`, else X
const RX_ENQ: Cell = Cell::when(
    &[Condition::Enqueues],
    Holding::Required,
    Holding::Forbidden,
);
/// R if `enqueues: true`, else A
const RA_ENQ: Cell = Cell::when(&[Condition::Enqueues], Holding::Required, Holding::Accepted);
/// R if a password is set, else –
const R_PASS: Cell = Cell::when(
    &[Condition::BrokerPassword],
    Holding::Required,
    Holding::Useless,
);
/// W where `ca: system`, else R
const W_SYS: Cell = Cell::when(&[Condition::SystemCa], Holding::Written, Holding::Required);
/// A its own, another's X
const A_OWN: Cell = Cell::when(&[Condition::ItsOwn], Holding::Accepted, Holding::Forbidden);
/// – its own, another's X
const O_OWN: Cell = Cell::when(&[Condition::ItsOwn], Holding::Useless, Holding::Forbidden);
/// A its own if `serves: https`, else X
const A_HTTPS: Cell = Cell::when(
    &[Condition::ServesHttps, Condition::ItsOwn],
    Holding::Accepted,
    Holding::Forbidden,
);

const fn scope(signing: &'static [Signing], transport: &'static [Transport]) -> Scope {
    Scope { signing, transport }
}
const ANY: Scope = scope(&Signing::ALL, &Transport::ALL);
const HMAC: Scope = scope(&[Signing::HmacSha256], &Transport::ALL);
const ED25519: Scope = scope(&[Signing::Ed25519], &Transport::ALL);
const NONE: Scope = scope(&[Signing::None], &Transport::ALL);
const NOT_HMAC: Scope = scope(&[Signing::None, Signing::Ed25519], &Transport::ALL);
const NOT_ED: Scope = scope(&[Signing::None, Signing::HmacSha256], &Transport::ALL);
const PLAIN: Scope = scope(&Signing::ALL, &[Transport::Plaintext]);
const TLS: Scope = scope(&Signing::ALL, &[Transport::Tls]);
const MTLS: Scope = scope(&Signing::ALL, &[Transport::Mtls]);
const TLS_MTLS: Scope = scope(&Signing::ALL, &[Transport::Tls, Transport::Mtls]);
const NOT_MTLS: Scope = scope(&Signing::ALL, &[Transport::Plaintext, Transport::Tls]);

const CLIENT_PAIR: &[Artifact] = &[Artifact::ClientCertificate, Artifact::ClientKey];
const SERVER_PAIR: &[Artifact] = &[Artifact::ServerCertificate, Artifact::ServerKey];

const fn row(
    artifacts: &'static [Artifact],
    scope: Scope,
    cells: [Cell; 8],
    why: &'static str,
    source: &'static str,
) -> Row {
    Row {
        artifacts,
        scope,
        cells,
        why,
        source,
    }
}
