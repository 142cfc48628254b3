//! The environment that the kubelet gives a container: `envFrom` in order, then `env` in
//! order, each later one over the earlier, `$(NAME)` from what came before.

use super::cluster::{Cluster, Origins, Referred, add_gap, call};
use super::files::Room;
use crate::audit::process::{Gap, GapKind, How, Said, Value, Variable};
use crate::audit::variables::Variables;
use crate::formats::kubernetes::bundle::{Entry, Held};
use crate::formats::kubernetes::expand::{Part, parts};
use crate::formats::kubernetes::pod::{Container, Env, EnvFrom, Reference, Source};
use crate::formats::place::Place;
use crate::model::secret::Secret;

/// What has been set so far.
pub(super) struct Environment(Variables);

/// What is looked at while an environment is made.
pub(super) struct Look<'l> {
    pub(super) cluster: &'l Cluster,
    pub(super) origins: &'l Origins,
    pub(super) gaps: &'l mut Vec<Gap>,
    pub(super) room: &'l mut Room,
}

/// What a variable takes beside its text.
const VARIABLE: usize = 256;

/// The environment of a container, whose variables it takes over.
pub(super) fn environment(container: &mut Container, look: &mut Look<'_>) -> Environment {
    let entries = std::mem::take(&mut container.env);
    let number = entries.len() + container.env_from.len();
    let mut environment = Environment(Variables::with_room_for(number));
    for from in &container.env_from {
        environment.take_all(from, look);
    }
    for entry in entries {
        environment.take(entry, look);
    }
    environment
}

impl Environment {
    /// The variables.
    pub(super) fn into_variables(self) -> Vec<Variable> {
        self.0.into_all()
    }

    fn set(&mut self, name: String, value: Value, place: Place, said: Vec<Said>) {
        self.0.set(Variable {
            name,
            value,
            place,
            said,
        });
    }

    fn take_all(&mut self, from: &EnvFrom, look: &mut Look<'_>) {
        let Referred::Bundle(bundle) = look.cluster.find(&from.from, look.gaps) else {
            return;
        };
        if let Some(open) = &bundle.open {
            let text = format!("what {} holds comes from {open}", call(&from.from));
            add_gap(look.gaps, from.from.place, GapKind::Outside, text);
        }
        for entry in bundle.entries.iter().filter(|entry| entry.in_environment) {
            let text = match &entry.held {
                Held::Text(text) => text.expose().len(),
                _ => 0,
            };
            if !look.room.take(VARIABLE + text) {
                let text = "more variables than are kept in all".to_owned();
                add_gap(look.gaps, from.from.place, GapKind::NotFollowed, text);
                return;
            }
            let name = format!("{}{}", from.prefix, entry.key);
            if !is_name(&name) {
                let text = format!("`{name}` can be no variable, and is left out");
                add_gap(look.gaps, entry.place, GapKind::Skipped, text);
                continue;
            }
            if let Some(value) = value_of(entry, look.gaps) {
                say_unknown(&value, &from.from, look.gaps);
                let said = chain(&from.from, How::EnvFrom, entry, look.origins);
                self.set(name, value, entry.place, said);
            }
        }
    }

    fn take(&mut self, entry: Env, look: &mut Look<'_>) {
        let Env {
            name,
            source,
            place,
        } = entry;
        match source {
            Source::Literal(text) => {
                let own = Said {
                    place,
                    how: How::Environment,
                };
                let (value, said) = if text.contains('$') {
                    let (value, mut said) = self.expanded(&text);
                    said.push(own);
                    (value, said)
                } else {
                    (Value::Known(Secret::new(text)), vec![own])
                };
                self.set(name, value, place, said);
            }
            Source::Cluster(what) => {
                let said = Said {
                    place,
                    how: How::ValueFrom,
                };
                let value = Value::Unknown(format!("from the cluster, by `{what}`"));
                self.set(name, value, place, vec![said]);
            }
            Source::Entry(reference, key) => self.take_entry(name, &reference, &key, look),
        }
    }

    fn take_entry(&mut self, name: String, reference: &Reference, key: &str, look: &mut Look<'_>) {
        let said = Said {
            place: reference.place,
            how: How::ValueFrom,
        };
        let bundle = match look.cluster.find(reference, look.gaps) {
            Referred::Bundle(bundle) => bundle,
            Referred::Outside(why) => {
                return self.set(name, Value::Unknown(why), reference.place, vec![said]);
            }
            Referred::Optional => return,
        };
        let entry = bundle.entry(key).filter(|entry| entry.in_environment);
        if let Some(entry) = entry {
            if let Some(value) = value_of(entry, look.gaps) {
                say_unknown(&value, reference, look.gaps);
                let said = chain(reference, How::ValueFrom, entry, look.origins);
                self.set(name, value, entry.place, said);
            }
        } else if let Some(open) = &bundle.open {
            self.set(
                name,
                Value::Unknown(open.clone()),
                reference.place,
                vec![said],
            );
        } else {
            let kind = if reference.optional {
                GapKind::OptionalMissing
            } else {
                GapKind::Missing
            };
            let text = format!("{} has no key `{key}`", call(reference));
            add_gap(look.gaps, reference.place, kind, text);
        }
    }

    /// A text with the variables that it names, and where those were set.
    fn expanded(&self, text: &str) -> (Value, Vec<Said>) {
        let mut said: Vec<Said> = Vec::new();
        let mut expanded = String::with_capacity(text.len());
        let mut unknown = None;
        let mut missing = Vec::new();
        for part in parts(text) {
            let name = match part {
                Part::Text(text) => {
                    expanded.push_str(text);
                    continue;
                }
                Part::Variable(name) => name,
            };
            let variable = self.0.get(name);
            match variable.map(|variable| &variable.value) {
                Some(Value::Known(value)) => expanded.push_str(value.expose()),
                Some(value) => {
                    missing.push(expanded.len());
                    unknown = value.unknown().map(str::to_owned);
                }
                None if names_a_service(name) => {
                    missing.push(expanded.len());
                    unknown = Some(format!("from the cluster, by the Service of `{name}`"));
                }
                None => {
                    expanded.push_str("$(");
                    expanded.push_str(name);
                    expanded.push(')');
                }
            }
            if let Some(variable) = variable {
                let place = Said {
                    place: variable.place,
                    how: How::Interpolation,
                };
                if !said.contains(&place) {
                    said.push(place);
                }
            }
            if expanded.len() > MAX_EXPANDED {
                return (Value::Unknown("too long".to_owned()), said);
            }
        }
        let expanded = Secret::new(expanded);
        let value = match unknown {
            Some(why) => Value::of_parts(expanded, &missing, why),
            None => Value::Known(expanded),
        };
        (value, said)
    }

    /// A word of the command line, or a path, and whether it names something that is not known:
    /// that stays as it stands. So does what is set nowhere, which is what the kubelet makes of
    /// it, unless more is set than these files say.
    pub(super) fn word(&self, text: &str, gaps: &[Gap]) -> (Secret, bool) {
        let mut expanded = String::with_capacity(text.len());
        let mut is_open = false;
        for part in parts(text) {
            let (name, value) = match part {
                Part::Text(text) => {
                    expanded.push_str(text);
                    continue;
                }
                Part::Variable(name) => (name, self.0.get(name).map(|variable| &variable.value)),
            };
            match value {
                Some(Value::Known(value)) if expanded.len() < MAX_EXPANDED => {
                    expanded.push_str(value.expose());
                }
                value => {
                    let may_be_set = || names_a_service(name) || gaps.iter().any(hides_variables);
                    is_open |= value.is_some() || is_name(name) && may_be_set();
                    expanded.push_str("$(");
                    expanded.push_str(name);
                    expanded.push(')');
                }
            }
        }
        (Secret::new(expanded), is_open)
    }
}

/// Whether variables may be set that these files do not say.
fn hides_variables(gap: &Gap) -> bool {
    !matches!(gap.kind, GapKind::Skipped | GapKind::Note)
}

/// What is known by name only is made elsewhere.
fn say_unknown(value: &Value, reference: &Reference, gaps: &mut Vec<Gap>) {
    if let Some(why) = value.unknown() {
        let text = format!("what {} holds comes from {why}", call(reference));
        add_gap(gaps, reference.place, GapKind::Outside, text);
    }
}

/// No kernel takes a longer variable.
const MAX_EXPANDED: usize = 1 << 20;

fn chain(reference: &Reference, how: How, entry: &Entry, origins: &Origins) -> Vec<Said> {
    let mut said = vec![Said {
        place: reference.place,
        how,
    }];
    said.extend(origins.of(entry));
    said
}

fn value_of(entry: &Entry, gaps: &mut Vec<Gap>) -> Option<Value> {
    match &entry.held {
        Held::Text(text) => Some(Value::Known(text.clone())),
        Held::Unknown(why) => Some(Value::Unknown(why.clone())),
        Held::Binary => {
            let text = format!("what `{}` holds is no text", entry.key);
            add_gap(gaps, entry.place, GapKind::Skipped, text);
            None
        }
    }
}

/// Kubernetes' C-identifier with dots and dashes.
fn is_name(name: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name.bytes().all(inside)
        && name != "."
        && !name.starts_with("..")
}

/// Every Service that is there when the pod starts brings variables of these forms.
fn names_a_service(name: &str) -> bool {
    let tail = name.rfind("_SERVICE_").map(|at| &name[at..]);
    name.ends_with("_PORT")
        || name.contains("_PORT_")
        || tail.is_some_and(|tail| tail == "_SERVICE_HOST" || tail.starts_with("_SERVICE_PORT"))
}
