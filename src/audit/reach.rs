//! From where others reach a process: what of it is published beyond its own network.

use std::net::IpAddr;

use crate::formats::place::Place;

/// A way from outside to ports of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// The first and the last of its own ports that it leads to.
    pub ports: (u16, u16),
    /// Whether only the host itself can go it: an address of its loopback.
    pub is_loopback: bool,
    /// Whether the process listens on the host itself: what it binds to decides.
    pub is_host: bool,
    /// Where that is said.
    pub place: Place,
}

impl Published {
    /// The way to some ports, from an address of the host; without one, from all of them.
    #[must_use]
    pub fn from(host: Option<&str>, ports: (u16, u16), place: Place) -> Published {
        Published {
            ports,
            is_loopback: host.is_some_and(is_loopback),
            is_host: false,
            place,
        }
    }

    /// Of a process in the host's own network.
    #[must_use]
    pub fn by_host(place: Place) -> Published {
        Published {
            ports: (1, u16::MAX),
            is_loopback: false,
            is_host: true,
            place,
        }
    }

    /// Whether it leads to a port.
    #[must_use]
    pub fn leads_to(&self, port: u16) -> bool {
        (self.ports.0..=self.ports.1).contains(&port)
    }
}

/// A name by which others of the same deployment reach a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// The name, without a namespace.
    pub name: String,
    /// Its ports, and those of the process that they lead to; empty where each leads to itself.
    pub ports: Vec<(u16, u16)>,
}

impl Called {
    /// A name of the process itself.
    #[must_use]
    pub fn itself(name: &str) -> Called {
        Called {
            name: name.to_owned(),
            ports: Vec::new(),
        }
    }

    /// The port of the process that one of the name leads to; `None` where it leads nowhere.
    #[must_use]
    pub fn port(&self, port: u16) -> Option<u16> {
        if self.ports.is_empty() {
            return Some(port);
        }
        let mut ports = self.ports.iter();
        ports.find(|(own, _)| *own == port).map(|(_, led)| *led)
    }
}

/// Whether only the host itself can reach an address.
#[must_use]
pub fn is_loopback(address: &str) -> bool {
    let bare = address.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| match address {
            IpAddr::V4(address) => address.is_loopback(),
            IpAddr::V6(address) => {
                address.is_loopback() || address.to_ipv4().is_some_and(|four| four.is_loopback())
            }
        })
}

/// Something that a process can be started without: `EnvironmentFile=-`, `required: false`,
/// `optional: true`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Optional {
    /// The path, or the Secret or ConfigMap in words.
    pub name: String,
    /// The one variable that it is for; any that it holds, where none is named.
    pub variable: Option<String>,
    /// Where it is named.
    pub place: Place,
}
