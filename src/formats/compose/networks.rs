//! By which names services reach each other: `container_name`, aliases in networks and links;
//! and whether a service may know names that the project does not say.

use super::error::ComposeError;
use super::reader::{Reader, given};
use super::scalars;
use crate::formats::yaml::Node;

impl Reader<'_> {
    /// The names that a service has for others, beside its own.
    pub(super) fn names(&self, service: &Node) -> Result<Vec<String>, ComposeError> {
        let mut names = Vec::new();
        let container = self.text_at(service, "container_name")?;
        names.extend(container.map(|text| text.value.expose().to_owned()));
        let networks = given(service, "networks").and_then(|node| node.entries());
        for (_, network) in networks.unwrap_or_default() {
            let aliases = given(network, "aliases").and_then(|node| node.items());
            for alias in aliases.unwrap_or_default() {
                let text = self.sources.text(alias)?;
                names.extend(text.map(|text| text.value.expose().to_owned()));
            }
        }
        Ok(names)
    }

    /// Whether it is in a network that others than the project's services are in, or is told
    /// names of its own.
    pub(super) fn reaches_beyond(&self, service: &Node) -> bool {
        const NAMES: [&str; 6] = [
            "dns",
            "dns_search",
            "external_links",
            "extra_hosts",
            "links",
            "network_mode",
        ];
        let joined = given(service, "networks");
        let listed = joined.and_then(|node| node.items()).unwrap_or_default();
        let listed = listed.iter().filter_map(|name| name.as_text());
        let named = joined.and_then(|node| node.entries()).unwrap_or_default();
        let mut joined = listed.chain(named.iter().filter_map(|(name, _)| name.as_text()));
        NAMES.iter().any(|key| given(service, key).is_some())
            || joined.any(|name| self.is_external(name))
            || given(service, "networks").is_none() && self.is_external("default")
    }

    fn is_external(&self, network: &str) -> bool {
        let all = given(self.root, "networks").and_then(|node| node.entries());
        let mut all = all.unwrap_or_default().iter();
        let own = all.find(|(name, _)| name.as_text() == Some(network));
        let Some(external) = own.and_then(|(_, own)| given(own, "external")) else {
            return false;
        };
        // once it was a mapping with the name; a variable may say anything
        external
            .scalar()
            .is_none_or(|scalar| scalars::text(scalar) != "false")
    }
}
