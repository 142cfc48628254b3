//! The formats of deployment files. Each is read by the rules of its real loader, with the
//! place of every fact, and written so that this loader reads the values back unchanged, or
//! refuses. Pure: bytes in, bytes out.

pub mod command_line;
pub mod compose;
pub mod dockerfile;
pub mod dotenv;
pub mod git_index;
pub mod glob;
pub mod joined;
mod json;
pub mod key_list;
pub mod kubernetes;
pub mod pem;
pub mod place;
pub mod postgres;
pub mod redis_conf;
pub mod reference;
pub mod systemd;
pub mod url;
pub mod yaml;
pub mod yaml_text;
