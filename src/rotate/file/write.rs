//! A plan as the text of a file.

use std::fmt::Write as _;

use crate::formats::yaml_text::scalar;
use crate::model::posture::Signing;
use crate::rotate::plan::{
    Action, Change, Component, Config, Field, Goal, Key, Leaf, Member, Plan, Step, Strategy,
    VERSION,
};

/// The plan as a file.
#[must_use]
pub fn text(plan: &Plan) -> String {
    let mut out = format!(
        "version: {VERSION}\nsigning: {}\ncomponents:\n",
        plan.signing
    );
    for component in &plan.components {
        line(&mut out, 2, &scalar(&component.name), &declared(component));
    }
    out.push_str("start:\n");
    let fresh = Config::new(plan.signing);
    let starts: Vec<Option<Change>> = plan
        .start
        .iter()
        .zip(&plan.runs)
        .map(|(config, runs)| runs.then(|| Change::between(&fresh, config)))
        .collect();
    each(&mut out, plan, &starts);
    if !plan.goal.is_empty() {
        out.push_str("goal:\n");
        let goals: Vec<Option<Change>> = plan
            .goal
            .iter()
            .map(|goal| match goal {
                Goal::Runs(change) => Some(change.clone()),
                Goal::Gone => None,
            })
            .collect();
        each(&mut out, plan, &goals);
    }
    out.push_str(if plan.steps.is_empty() {
        "steps: []\n"
    } else {
        "steps:\n"
    });
    for written in &plan.steps {
        step(&mut out, plan, written);
    }
    out
}

fn line(out: &mut String, indent: usize, key: &str, value: &str) {
    let _ = writeln!(out, "{:indent$}{key}: {value}", "");
}

fn declared(component: &Component) -> String {
    let mut fields = match component.roles.as_slice() {
        [one] => vec![format!("role: {one}")],
        several => {
            let names: Vec<&str> = several.iter().map(|role| role.name()).collect();
            vec![format!("roles: [{}]", names.join(", "))]
        }
    };
    if component.strategy != Strategy::Rolling {
        fields.push(format!("strategy: {}", component.strategy.name()));
    }
    if let Some(enqueues) = component.enqueues {
        fields.push(format!("enqueues: {enqueues}"));
    }
    braced(&fields)
}

fn each(out: &mut String, plan: &Plan, changes: &[Option<Change>]) {
    for (component, change) in plan.components.iter().zip(changes) {
        let value = match change {
            Some(change) => braced(&fields(&change.only(|field| component.uses(field)))),
            None => "null".to_owned(),
        };
        line(out, 2, &scalar(&component.name), &value);
    }
}

fn step(out: &mut String, plan: &Plan, step: &Step) {
    let (action, members) = match &step.action {
        Action::Drain => ("drain: true".to_owned(), None),
        Action::Stop(members) => (
            format!("stop: {}", names(plan, members.iter().copied())),
            None,
        ),
        Action::Roll(members) => (acted("roll", plan, members), Some(members)),
        Action::Start(members) => (acted("start", plan, members), Some(members)),
    };
    let _ = writeln!(out, "  - {action}");
    if let Some(members) = members {
        let common = common(plan, members);
        for field in fields(&common) {
            let _ = writeln!(out, "    {field}");
        }
        let own: Vec<(usize, Change)> = members
            .iter()
            .map(|member| (member.component, used(plan, member).without(&common)))
            .filter(|(_, change)| !change.is_empty())
            .collect();
        if !own.is_empty() {
            out.push_str("    each:\n");
        }
        for (component, change) in own {
            let name = scalar(&plan.components[component].name);
            line(out, 6, &name, &braced(&fields(&change)));
        }
    }
    if let Some(say) = &step.say {
        let _ = writeln!(out, "    say: {}", scalar(say));
    }
}

fn acted(verb: &str, plan: &Plan, members: &[Member]) -> String {
    format!(
        "{verb}: {}",
        names(plan, members.iter().map(|member| member.component))
    )
}

fn names(plan: &Plan, members: impl Iterator<Item = usize>) -> String {
    let names: Vec<String> = members
        .map(|member| scalar(&plan.components[member].name))
        .collect();
    format!("[{}]", names.join(", "))
}

/// What all members are given alike.
fn common(plan: &Plan, members: &[Member]) -> Change {
    let mut changes = members.iter().map(|member| used(plan, member));
    let first = changes.next().unwrap_or_default();
    changes.fold(first, |common, change| common.common(&change))
}

/// What a member is given, without fields that mean nothing to it: a file may not say them.
fn used(plan: &Plan, member: &Member) -> Change {
    let component = &plan.components[member.component];
    member.change.only(|field| component.uses(field))
}

fn braced(fields: &[String]) -> String {
    match fields {
        [] => "{}".to_owned(),
        fields => format!("{{ {} }}", fields.join(", ")),
    }
}

fn fields(change: &Change) -> Vec<String> {
    let shown = |field: Field| Some(format!("{field}: {}", value(change, field)?));
    Field::ALL.into_iter().filter_map(shown).collect()
}

fn value(change: &Change, field: Field) -> Option<String> {
    let keys = |keys: &Option<Vec<Key>>| keys.as_ref().map(|keys| bracketed(keys.iter().map(key)));
    let word = |word: &Option<Option<String>>| {
        word.as_ref()
            .map(|word| word.as_deref().map_or_else(|| "null".to_owned(), scalar))
    };
    match field {
        Field::Signing => change
            .signing
            .map(|signing: Signing| signing.name().to_owned()),
        Field::Keys => keys(&change.keys),
        Field::Public => keys(&change.public),
        Field::Private => keys(&change.private),
        Field::Active => word(&change.active),
        Field::Url => change.url.map(|url| url.name().to_owned()),
        Field::Insecure => change.insecure.map(|insecure| insecure.to_string()),
        Field::Trust => {
            let trust = change.trust.as_ref()?;
            Some(bracketed(trust.iter().map(|ca| scalar(ca))))
        }
        Field::Leaf => change
            .leaf
            .as_ref()
            .map(|leaf| leaf.as_ref().map_or_else(|| "null".to_owned(), shown_leaf)),
        Field::Password => word(&change.password),
        Field::Ports => change.ports.map(|ports| {
            let named = [(ports.plain, "plain"), (ports.tls, "tls")];
            bracketed(
                named
                    .into_iter()
                    .filter(|(open, _)| *open)
                    .map(|(_, name)| name.to_owned()),
            )
        }),
        Field::Clients => change.clients.map(|clients| clients.name().to_owned()),
    }
}

fn bracketed(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

fn key(key: &Key) -> String {
    if key.id == key.is {
        scalar(&key.id)
    } else {
        format!("{{ id: {}, is: {} }}", scalar(&key.id), scalar(&key.is))
    }
}

fn shown_leaf(leaf: &Leaf) -> String {
    match &leaf.cert {
        None => scalar(&leaf.ca),
        Some(cert) => format!("{{ ca: {}, cert: {} }}", scalar(&leaf.ca), scalar(cert)),
    }
}
