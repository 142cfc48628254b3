//! Env files as `kubectl create configmap|secret --from-env-file` and the generators of a
//! kustomization read them: alike but for names, and for a name without a value.

use super::Trouble;
use super::lines::{Line, Pair};
use super::reading::Reading;

/// Reads the file as `kubectl create` does: its names are those of a ConfigMap's keys and of
/// variables both; a name alone is taken over from kubectl's environment, empty where it is
/// not set there.
pub(super) fn read_kubectl(reading: &mut Reading<'_>) {
    read(reading, |reading, pair| {
        if !is_name(pair.name) {
            return Err(Trouble::BadName);
        }
        reading.add_pair(&pair);
        Ok(())
    });
}

/// Reads the file as kustomize does: any name; a name alone is empty.
pub(super) fn read_kustomize(reading: &mut Reading<'_>) {
    read(reading, |reading, pair| {
        if pair.name.is_empty() {
            // taken for a blank line
            reading.trouble(pair.place, Trouble::NoName);
            return Ok(());
        }
        let value = pair.value.or(Some(""));
        reading.add_pair(&Pair { value, ..pair });
        Ok(())
    });
}

fn read<'t>(
    reading: &mut Reading<'t>,
    add: impl Fn(&mut Reading<'t>, Pair<'t>) -> Result<(), Trouble>,
) {
    while let Some(line) = reading.line() {
        if line.too_long {
            // neither looks at the scanner's error: the rest of the file is lost in silence
            return reading.trouble(line.place, Trouble::LineTooLong);
        }
        if let Err(trouble) = one_line(reading, &line, &add) {
            return reading.refuse(line.place, trouble);
        }
        reading.end(&line);
    }
}

fn one_line<'t>(
    reading: &mut Reading<'t>,
    line: &Line<'t>,
    add: &impl Fn(&mut Reading<'t>, Pair<'t>) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    if !reading.is_utf8(line.place) {
        return Err(Trouble::NotUtf8);
    }
    if line.text.is_empty() || line.text.starts_with('#') {
        return Ok(());
    }
    let pair = reading.pair(line);
    if reading.is_set(pair.name) {
        return Err(Trouble::Duplicate);
    }
    add(reading, pair)
}

fn is_name(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(is_part)
        && name != "."
        && !name.starts_with("..")
        && name.len() <= 253
}
