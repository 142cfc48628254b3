//! The formats of deployment files. Each writes values so that the real loader reads them
//! back unchanged, or refuses them. Pure: bytes in, bytes out.

pub mod compose;
pub mod dotenv;
pub mod kubernetes;
pub mod redis_conf;
pub mod systemd;
pub mod yaml;
pub mod yaml_text;
