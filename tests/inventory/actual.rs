//! Turns what `stem-sec inventory --format json` prints into the lines of an `expected.txt`.

use serde_json::Value;
use stem_sec::model::role::Role;

use super::expected::{At, gap_line, holding_line, process_head};
use super::files::Lines;
use super::mint::Mint;

/// What is needed to say it in the words of the test data.
pub(crate) struct Words<'a> {
    pub(crate) mint: &'a Mint,
    pub(crate) lines: &'a Lines,
}

impl Words<'_> {
    /// All lines of an inventory.
    pub(crate) fn lines(&self, inventory: &Value) -> Vec<String> {
        assert_eq!(inventory["schema"], "stem-sec/inventory/v1");
        let mut lines = Vec::new();
        for found in list(&inventory["deployments"]) {
            let (name, kind) = (text(&found["name"]), text(&found["kind"]));
            lines.push(format!("deployment {name} ({kind})"));
        }
        for found in list(&inventory["processes"]) {
            self.process(found, &mut lines);
        }
        for found in list(&inventory["loose"]) {
            lines.push(self.holding("loose", found, ""));
        }
        self.gaps("", &inventory["gaps"], &mut lines);
        lines
    }

    fn process(&self, found: &Value, lines: &mut Vec<String>) {
        let (name, deployment) = (text(&found["name"]), text(&found["deployment"]));
        let role = |role: &Value| Role::from_name(text(role)).expect("a role");
        let roles = list(&found["roles"]).iter().map(role).collect();
        let from = text(&found["roles_from"]);
        lines.push(process_head(deployment, name, roles, from));
        let owner = format!("{deployment} / {name}");
        for held in list(&found["holdings"]) {
            lines.push(self.holding(&owner, held, text(&held["subject"])));
        }
        self.gaps(&owner, &found["gaps"], lines);
    }

    fn holding(&self, owner: &str, found: &Value, subject: &str) -> String {
        let artifact = text(&found["artifact"]);
        let from = self.at(&found["origin"]);
        let said = found["via"].as_array().into_iter().flatten();
        let via: Vec<(At, String)> = said
            // what lost is no way by which the value came
            .filter(|said| said["how"] != "overridden")
            .map(|said| (self.at(said), text(&said["how"]).to_owned()))
            // the value's own line says by which means it came, which `from` need not repeat
            .filter(|(place, _)| *place != from)
            .collect();
        let value = self.value(artifact, found);
        holding_line(owner, artifact, subject, &value, &from, &via)
    }

    fn value(&self, artifact: &str, found: &Value) -> String {
        let named = |found: &Value| {
            let fingerprint = found["fingerprint"].as_str();
            fingerprint.map(|fingerprint| match fingerprint.starts_with('(') {
                true => fingerprint.to_owned(),
                false => self.mint.name_of(fingerprint, artifact),
            })
        };
        let keys = found["keys"].as_array().filter(|keys| !keys.is_empty());
        if let Some(keys) = keys {
            let key = |key: &Value| {
                let name = named(key).unwrap_or("(weak)".to_owned());
                match key["id"].as_str() {
                    Some(id) => format!("{id}={name}"),
                    None => name,
                }
            };
            return keys.iter().map(key).collect::<Vec<_>>().join(",");
        }
        named(found).unwrap_or_else(|| text(&found["value"]).to_owned())
    }

    fn gaps(&self, owner: &str, gaps: &Value, lines: &mut Vec<String>) {
        for gap in list(gaps) {
            let kind = text(&gap["kind"]);
            // what is only good to know may be said in more ways than one
            if kind != "note" {
                lines.push(gap_line(owner, kind, &self.at(gap)));
            }
        }
    }

    fn at(&self, place: &Value) -> At {
        let path = text(&place["path"]);
        let path = path.strip_prefix("./").unwrap_or(path).to_owned();
        let line = place["line"].as_u64().expect("a line");
        let before = usize::try_from(line)
            .ok()
            .and_then(|line| self.lines.get(&path)?.get(line.checked_sub(1)?));
        let line = before.copied().or(u32::try_from(line).ok());
        At {
            path,
            line: line.expect("a line"),
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text, but {value}"))
}

#[test]
fn an_inventory_is_said_in_the_words_of_the_test_data() {
    let mut mint = Mint::default();
    let filled = mint.fill(b"{{cert.ca}}\nK=a:{{hmac.a}},b:{{weak.b}}\n");
    let line = filled.lines.len();
    let lines = Lines::from([("x.env".to_owned(), filled.lines)]);
    let text = String::from_utf8(filled.bytes).unwrap();
    let last = text.lines().last().unwrap();
    let key = last.split([':', ',']).nth(1).unwrap().to_owned();
    let fingerprint = stem_sec::model::secret::Secret::new(key).fingerprint();
    let place = |line: usize| serde_json::json!({"path": "./x.env", "line": line, "column": 1});
    let mut said = place(1);
    said["how"] = "mount".into();
    let mut own = place(line);
    own["how"] = "env-file-line".into();
    let mut lost = place(1);
    lost["how"] = "overridden".into();
    let mut gap = place(line);
    gap["kind"] = "skipped".into();
    let mut note = place(1);
    note["kind"] = "note".into();
    let inventory = serde_json::json!({
        "schema": "stem-sec/inventory/v1",
        "deployments": [{"name": "d", "kind": "compose"}],
        "processes": [{
            "name": "p", "deployment": "d", "roles": ["worker", "producer"], "roles_from": "label",
            "holdings": [{
                "artifact": "signing-secret", "subject": "K",
                "keys": [{"id": "a", "fingerprint": fingerprint}, {"id": "b", "fingerprint": "(weak)"}],
                "value": null, "origin": place(line), "via": [lost, said, own],
            }],
            "gaps": [gap, note],
        }],
        "loose": [{"artifact": "ca-key", "value": "(malformed)", "origin": place(1)}],
        "gaps": [],
    });
    let (mint, lines) = (&mint, &lines);
    let mut actual = Words { mint, lines }.lines(&inventory);
    let written = "deployment d (compose)\nprocess p: worker producer (label)\n  \
        signing-secret K a=hmac.a,b=(weak) from x.env:2 via x.env:1 mount\n  \
        gap skipped x.env:2\nloose ca-key (malformed) from x.env:1\n";
    let mut expected = super::expected::parse(written).unwrap().lines();
    expected.sort();
    actual.sort();
    assert_eq!(actual, expected);
}
