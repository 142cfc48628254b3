//! X.509 certificates for TLS. An [`Authority`] is a root CA that can sign; a [`Leaf`] is
//! what it has signed, with its key: two types, so that one cannot be taken for the other.
//! A [`Certificate`] is either, as it is read. All are valid from an hour back, have 20-byte
//! random serials, and critical basic constraints and key usage.

mod authority;
mod certificate;
mod leaf;
mod splice;
#[cfg(test)]
mod tests;
mod verify;

use std::fmt;

use time::{Duration, OffsetDateTime};

pub use authority::{Authority, AuthorityError, Caution};
pub use certificate::{Certificate, CertificateError, KeyUsage, PublicKey};
pub use leaf::{IssueError, Leaf, RenewalError, Request, Subject};
pub use verify::{Answer, Check, Question, is_issued, verify};

/// How long a leaf is valid unless told otherwise.
pub const LEAF_LIFETIME: Duration = Duration::days(365);
/// How long a new CA is valid, in years.
pub const CA_YEARS: i32 = 10;
/// The longest common name (RFC 5280, ub-common-name).
pub const MAX_COMMON_NAME: usize = 64;
/// Clocks that lag this far behind accept a new certificate at once.
const BACKDATED: Duration = Duration::hours(1);

/// What a certificate may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To be connected to.
    Server,
    /// To connect.
    Client,
    /// Both: a broker that is also a client, of itself or of its replicas.
    Peer,
}

impl Purpose {
    /// `server`, `client` or `peer`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Purpose::Server => "server",
            Purpose::Client => "client",
            Purpose::Peer => "peer",
        }
    }

    /// Whether it may be connected to.
    #[must_use]
    pub fn serves(self) -> bool {
        self != Purpose::Client
    }

    /// Whether it may connect.
    #[must_use]
    pub fn connects(self) -> bool {
        self != Purpose::Server
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A serial number: positive, and always 20 bytes long in DER.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Serial([u8; 20]);

impl Serial {
    /// Makes one of random bytes, 158 of whose bits are kept.
    #[must_use]
    pub fn new(mut random: [u8; 20]) -> Serial {
        random[0] = (random[0] & 0x3f) | 0x40;
        Serial(random)
    }

    /// Its bytes, most significant first.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// 40 hex digits.
    #[must_use]
    pub fn hex(&self) -> String {
        hex(&self.0)
    }
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A moment as messages show it: `2027-11-23 18:49 UTC`.
#[must_use]
pub fn moment(time: OffsetDateTime) -> String {
    let time = time.to_offset(time::UtcOffset::UTC);
    let (hour, minute) = (time.hour(), time.minute());
    format!("{} {hour:02}:{minute:02} UTC", time.date())
}

/// Without what certificates cannot express.
fn whole_seconds(time: OffsetDateTime) -> OffsetDateTime {
    time.to_offset(time::UtcOffset::UTC)
        .replace_nanosecond(0)
        .unwrap_or(time)
}
