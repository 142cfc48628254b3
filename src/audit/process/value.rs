//! What a variable ends with, as far as the files say it.

use crate::formats::url;
use crate::model::secret::Secret;

/// What a variable ends with.
#[derive(Clone, Debug)]
pub enum Value {
    /// This text.
    Known(Secret),
    /// A URL as it would be if the part of its user information that these files do not say were
    /// empty; and why they do not say it.
    WithoutLogin(Box<(Secret, String)>),
    /// Something that these files do not say: why not, in words (`from the environment of
    /// docker compose`, `SealedSecret`).
    Unknown(String),
}

impl Value {
    /// What is known of a text, of which these parts are not for this reason: each would stand at
    /// one of these bytes.
    pub(in crate::audit) fn of_parts(text: Secret, missing: &[usize], why: String) -> Value {
        match url::lacks_login_only(text.expose(), missing) {
            true => Value::WithoutLogin(Box::new((text, why))),
            false => Value::Unknown(why),
        }
    }

    /// The text, where all of it is known.
    #[must_use]
    pub fn known(&self) -> Option<&str> {
        match self {
            Value::Known(text) => Some(text.expose()),
            Value::WithoutLogin(_) | Value::Unknown(_) => None,
        }
    }

    /// Why not all of it is known, where that is so.
    pub(in crate::audit) fn unknown(&self) -> Option<&str> {
        match self {
            Value::Known(_) => None,
            Value::WithoutLogin(url) => Some(&url.1),
            Value::Unknown(why) => Some(why),
        }
    }

    /// The text of a URL, where at least all but its user information is known.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        match self {
            Value::Known(text) => Some(text.expose()),
            Value::WithoutLogin(url) => Some(url.0.expose()),
            Value::Unknown(_) => None,
        }
    }
}
