//! The target `dotenv`: a folder a component, with its env file and the files that it names.

use super::holdings::Holdings;
use super::{OutputFile, RenderError};
use crate::formats::dotenv;
use crate::model::secret::Secret;

/// The env file's name in a component's folder.
pub const ENV_FILE: &str = "stem.env";

/// The files of one component. A component that is given nothing has none.
///
/// # Errors
/// When a value cannot stand in an env file.
pub fn files(component: &str, holdings: &Holdings) -> Result<Vec<OutputFile>, RenderError> {
    let mut files = Vec::new();
    if !holdings.variables.is_empty() {
        files.push(OutputFile {
            path: format!("{component}/{ENV_FILE}"),
            content: env_file(component, holdings)?,
            private: true,
        });
    }
    files.extend(holdings.files.iter().map(|file| OutputFile {
        path: format!("{component}/{}", file.name),
        content: file.content.clone(),
        private: file.private,
    }));
    Ok(files)
}

fn env_file(component: &str, holdings: &Holdings) -> Result<Secret, RenderError> {
    let mut text = format!(
        "# {component}: written by stem-sec from stem-sec.yaml, which is the place to change it\n"
    );
    for (variable, value) in &holdings.variables {
        text.push_str(&dotenv::line(variable, value.expose())?);
    }
    Ok(Secret::new(text))
}
