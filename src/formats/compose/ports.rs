//! Which ports of a service are published: `ports` in both forms, and `network_mode: host`.

use std::sync::Arc;

use super::error::ComposeError;
use super::reader::{Reader, given, said};
use super::sources::Text;
use crate::formats::yaml::{Node, Place};

/// Ports of a service that can be reached from outside of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// The first and the last one, in the container.
    pub ports: (u16, u16),
    /// The address of the host; all of them without one.
    pub host: Option<String>,
    /// Where it is said.
    pub place: Place,
}

impl Reader<'_> {
    /// What `ports` publishes. What the files do not say in full is left out, and so is UDP.
    pub(super) fn ports(&self, service: &Node) -> Result<Vec<Port>, ComposeError> {
        let mut found = Vec::new();
        if self.sources.is_strict {
            return Ok(found);
        }
        let items = given(service, "ports").and_then(|node| node.items());
        for item in items.unwrap_or_default() {
            found.extend(match item.scalar() {
                Some(_) => self.sources.text(item)?.and_then(|text| short(&text)),
                None => self.long(item)?,
            });
        }
        Ok(found)
    }

    fn long(&self, item: &Arc<Node>) -> Result<Option<Port>, ComposeError> {
        let field = |key: &str| match given(item, key) {
            Some(node) => self.sources.text(node),
            None => Ok(None),
        };
        let is_open =
            |text: &Option<Text>| text.as_ref().is_some_and(|text| !text.unset.is_empty());
        let (target, host) = (field("target")?, field("host_ip")?);
        let protocol = field("protocol")?;
        if is_open(&host) || protocol.as_ref().is_some_and(|text| said(text) == "udp") {
            return Ok(None);
        }
        let ports = target.as_ref().and_then(|target| range(said(target)));
        let host = host.map(|host| said(&host).to_owned());
        Ok(ports.map(|ports| Port {
            ports,
            host: host.filter(|host| !host.is_empty()),
            place: self.sources.located(item.place),
        }))
    }
}

/// `[[ADDRESS:]HOST:]CONTAINER[/PROTOCOL]`.
fn short(text: &Text) -> Option<Port> {
    let (ways, protocol) = said(text).split_once('/').unwrap_or((said(text), "tcp"));
    if !protocol.eq_ignore_ascii_case("tcp") {
        return None;
    }
    let (before, container) = ways.rsplit_once(':').unwrap_or(("", ways));
    let host = before.rsplit_once(':').map(|(address, _)| address);
    if host.is_some() && !text.unset.is_empty() {
        return None;
    }
    Some(Port {
        ports: range(container)?,
        host: host
            .map(|host| host.trim_matches(['[', ']']).to_owned())
            .filter(|host| !host.is_empty()),
        place: text.entry,
    })
}

/// `PORT` or `FIRST-LAST`.
fn range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let ports = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (ports.0 <= ports.1).then_some(ports)
}
