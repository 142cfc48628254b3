//! The target `dotenv`: a folder a component, with its env file and the files that it names.

use super::{Deployment, Held, OutputFile, RenderError, Rendered};
use crate::formats::dotenv;
use crate::model::secret::Secret;

/// The env file's name in a component's folder.
pub const ENV_FILE: &str = "stem.env";

/// The files of every component.
///
/// # Errors
/// When a value cannot stand in an env file.
pub fn render(deployment: &Deployment<'_>) -> Result<Rendered, RenderError> {
    let mut rendered = Rendered::default();
    for held in &deployment.held {
        rendered.files.extend(env_file(held)?);
        rendered.files.extend(held_files(held));
    }
    Ok(rendered)
}

/// The env file of a component that has variables.
///
/// # Errors
/// When a value cannot stand in an env file.
pub fn env_file(held: &Held<'_>) -> Result<Option<OutputFile>, RenderError> {
    if held.holdings.variables.is_empty() {
        return Ok(None);
    }
    let name = &held.component.name;
    let mut text = format!(
        "# {name}: written by stem-sec from stem-sec.yaml, which is the place to change it\n"
    );
    for (variable, value) in &held.holdings.variables {
        text.push_str(&dotenv::line(variable, value.expose())?);
    }
    Ok(Some(OutputFile {
        path: format!("{name}/{ENV_FILE}"),
        content: Secret::new(text),
        private: true,
    }))
}

/// The files that a component reads.
pub fn held_files<'h>(held: &'h Held<'_>) -> impl Iterator<Item = OutputFile> + 'h {
    held.holdings.files.iter().map(|file| OutputFile {
        path: format!("{}/{}", held.component.name, file.name),
        content: file.content.clone(),
        private: file.private,
    })
}
