//! Reads plan files. Nothing is taken on trust from the tool's own reader: a mistake there must not
//! be made here too.

mod fields;

use serde_json::{Map, Value};

use fields::{fields, signing};

use crate::plan::{Act, Component, Config, Field, Plan, Role, Signing, Step};

type Fields = Map<String, Value>;
type Read<T> = Result<T, String>;

/// The plan that a file's text holds.
pub fn plan(text: &str) -> Read<Plan> {
    let document: Value = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
    let top = map(&document, "the file")?;
    only(
        top,
        &["version", "signing", "components", "start", "goal", "steps"],
        "the file",
    )?;
    if top.get("version") != Some(&Value::from(1)) {
        return Err("`version` must be 1".into());
    }
    let components = components(top.get("components").ok_or("no `components`")?)?;
    let signing = match top.get("signing") {
        None => Signing::None,
        Some(value) => signing(value)?,
    };
    let mut start = vec![Config::new(signing); components.len()];
    let set = settings(top.get("start"), &components, "start")?;
    for (config, fields) in start.iter_mut().zip(&set) {
        fields.iter().for_each(|field| config.set(field));
    }
    let goal = settings(top.get("goal"), &components, "goal")?;
    let steps = steps(top.get("steps"), &components)?;
    Ok(Plan {
        components,
        start,
        goal,
        steps,
    })
}

fn components(value: &Value) -> Read<Vec<Component>> {
    let named = map(value, "`components`")?;
    if named.is_empty() {
        return Err("`components` is empty".into());
    }
    named
        .iter()
        .map(|(name, own)| component(name, own))
        .collect()
}

fn component(name: &str, value: &Value) -> Read<Component> {
    let own = map(value, name)?;
    only(own, &["role", "roles", "strategy", "enqueues"], name)?;
    let words = match (own.get("role"), own.get("roles")) {
        (Some(one), None) => vec![text(one, "role")?],
        (None, Some(many)) => texts(many, "roles")?,
        _ => return Err(format!("`{name}` needs `role` or `roles`")),
    };
    let recreate = match own.get("strategy").map(|value| text(value, "strategy")) {
        None => false,
        Some(word) => match word?.as_str() {
            "rolling" => false,
            "recreate" => true,
            other => return Err(format!("`{other}` is no strategy")),
        },
    };
    let roles = words
        .iter()
        .map(|word| role(word))
        .collect::<Read<Vec<_>>>()?;
    let enqueues = own.get("enqueues").map(truth).transpose()?;
    if name == "all" || roles.is_empty() {
        return Err(format!("`{name}` cannot be a component"));
    }
    Ok(Component {
        name: name.to_owned(),
        roles,
        recreate,
        enqueues,
    })
}

fn role(word: &str) -> Read<Role> {
    Ok(match word {
        "producer" => Role::Producer,
        "worker" => Role::Worker,
        "beat" => Role::Beat,
        "cli" => Role::Cli,
        "dashboard" => Role::Dashboard,
        "broker" => Role::Broker,
        "store" => Role::Store,
        "other" => Role::Other,
        _ => return Err(format!("`{word}` is no role")),
    })
}

/// `{ all: FIELDS, NAME: FIELDS }`: for each component what it gets, its own last.
fn settings(value: Option<&Value>, among: &[Component], place: &str) -> Read<Vec<Vec<Field>>> {
    let mut each = vec![Vec::new(); among.len()];
    let Some(value) = value else {
        return Ok(each);
    };
    let named = map(value, place)?;
    if let Some(shared) = named.get("all") {
        let shared = fields(map(shared, place)?, &[])?;
        for (own, component) in each.iter_mut().zip(among) {
            own.extend(meant(&shared, component));
        }
    }
    for (name, own) in named.iter().filter(|(name, _)| *name != "all") {
        let member = find(name, among)?;
        for field in fields(map(own, name)?, &[])? {
            replace(&mut each[member], named_itself(field, &among[member])?);
        }
    }
    Ok(each)
}

fn meant(fields: &[Field], component: &Component) -> Vec<Field> {
    let has_use = |field: &&Field| field.means_something_to(component);
    fields.iter().filter(has_use).cloned().collect()
}

fn named_itself(field: Field, component: &Component) -> Read<Field> {
    if field.means_something_to(component) {
        Ok(field)
    } else {
        let name = &component.name;
        Err(format!("{field:?} means nothing to `{name}`"))
    }
}

fn replace(fields: &mut Vec<Field>, new: Field) {
    let same = |field: &Field| std::mem::discriminant(field) == std::mem::discriminant(&new);
    fields.retain(|field| !same(field));
    fields.push(new);
}

fn steps(value: Option<&Value>, among: &[Component]) -> Read<Vec<Step>> {
    let mut running = vec![true; among.len()];
    let mut steps = Vec::new();
    for (number, value) in list(value.unwrap_or(&Value::Null), "steps")?
        .iter()
        .enumerate()
    {
        let step = step(value, among).map_err(|error| format!("step {}: {error}", number + 1))?;
        for (member, _) in &step.members {
            if running[*member] == (step.act == Act::Start) {
                let name = &among[*member].name;
                return Err(format!("step {}: `{name}` cannot do that", number + 1));
            }
            running[*member] = step.act != Act::Stop;
        }
        steps.push(step);
    }
    Ok(steps)
}

fn step(value: &Value, among: &[Component]) -> Read<Step> {
    let own = map(value, "a step")?;
    let acts = [
        ("roll", Act::Roll),
        ("drain", Act::Drain),
        ("stop", Act::Stop),
        ("start", Act::Start),
    ];
    let mut said = acts
        .iter()
        .filter_map(|(word, act)| Some((*word, *act, own.get(*word)?)));
    let (Some((word, act, whom)), None) = (said.next(), said.next()) else {
        return Err("one of `roll`, `drain`, `stop`, `start`".into());
    };
    match act {
        Act::Drain => {
            only(own, &["drain", "say"], "a drain")?;
            if !truth(whom)? {
                return Err("`drain` is true or not there".into());
            }
            let members = Vec::new();
            Ok(Step { act, members })
        }
        Act::Stop => {
            only(own, &["stop", "say"], "a stop")?;
            let members = named(whom, among)?.0;
            let members = members.into_iter().map(|member| (member, Vec::new()));
            Ok(Step {
                act,
                members: members.collect(),
            })
        }
        Act::Roll | Act::Start => Ok(Step {
            act,
            members: changes(own, word, among)?,
        }),
    }
}

fn changes(own: &Fields, word: &str, among: &[Component]) -> Read<Vec<(usize, Vec<Field>)>> {
    let (members, all) = named(&own[word], among)?;
    let shared = fields(own, &[word, "each", "say"])?;
    let mut changes = Vec::new();
    for member in members {
        let component = &among[member];
        let given = if all {
            meant(&shared, component)
        } else {
            let given = shared.iter().cloned();
            given
                .map(|field| named_itself(field, component))
                .collect::<Read<Vec<_>>>()?
        };
        changes.push((member, given));
    }
    if let Some(each) = own.get("each") {
        for (name, extra) in map(each, "`each`")? {
            let member = find(name, among)?;
            let Some((_, given)) = changes.iter_mut().find(|(known, _)| *known == member) else {
                return Err(format!("`{name}` in `each` takes no part in the step"));
            };
            for field in fields(map(extra, name)?, &[])? {
                replace(given, named_itself(field, &among[member])?);
            }
        }
    }
    Ok(changes)
}

/// The members, and whether the word was `all`.
fn named(value: &Value, among: &[Component]) -> Read<(Vec<usize>, bool)> {
    if value.as_str() == Some("all") {
        return Ok(((0..among.len()).collect(), true));
    }
    let names = match value {
        Value::String(name) => vec![name.clone()],
        many => texts(many, "members")?,
    };
    if names.is_empty() {
        return Err("a step without members".into());
    }
    let mut members: Vec<usize> = Vec::new();
    for name in &names {
        let member = find(name, among)?;
        if members.contains(&member) {
            return Err(format!("`{name}` is named twice"));
        }
        members.push(member);
    }
    Ok((members, false))
}

fn find(name: &str, among: &[Component]) -> Read<usize> {
    among
        .iter()
        .position(|component| component.name == name)
        .ok_or_else(|| format!("no component `{name}`"))
}

fn truth(value: &Value) -> Read<bool> {
    value
        .as_bool()
        .ok_or_else(|| format!("`{value}` is neither true nor false"))
}

fn text(value: &Value, what: &str) -> Read<String> {
    value
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| format!("{what} is text, not `{value}`"))
}

fn texts(value: &Value, what: &str) -> Read<Vec<String>> {
    list(value, what)?
        .iter()
        .map(|one| text(one, what))
        .collect()
}

fn list<'v>(value: &'v Value, what: &str) -> Read<&'v [Value]> {
    match value {
        Value::Array(values) => Ok(values),
        other => Err(format!("{what} is a list, not `{other}`")),
    }
}

fn map<'v>(value: &'v Value, what: &str) -> Read<&'v Fields> {
    value
        .as_object()
        .ok_or_else(|| format!("{what} is a mapping, not `{value}`"))
}

fn only(own: &Fields, known: &[&str], place: &str) -> Read<()> {
    match own.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(format!("`{name}` has no meaning in {place}")),
        None => Ok(()),
    }
}
