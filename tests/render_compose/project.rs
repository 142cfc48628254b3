//! Projects as people have them: one `.env` with every secret, one folder of keys mounted
//! everywhere.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::common::{Done, folder, run, stem_sec};

/// Its three services, each with the shared `.env` and `./certs`.
pub(crate) const COMPOSE: &str = "\
services:
  api:
    image: example/api:1
    env_file: .env
    volumes:
      - ./certs:/certs:ro
      - ./uploads:/srv/uploads
    depends_on: [redis]
  worker:
    image: example/worker:1
    env_file: .env
    environment:
      STEM_BROKER_URL: redis://redis:6379/0
      CONCURRENCY: \"4\"
    labels: [ team=blue ]
    volumes:
      - ./certs:/certs:ro
    depends_on: [redis]
  redis:
    image: redis:7
    env_file: .env
    healthcheck: { test: redis-cli ping, start_interval: 1s }
    volumes:
      - ./certs:/certs:ro
      - redis-data:/data
volumes:
  redis-data:
";

/// The components of [`COMPOSE`].
pub(crate) const COMPONENTS: [&str; 3] = ["api=producer", "worker=worker", "redis=broker"];

/// A private key that nobody uses.
pub(crate) fn key(name: &str) -> String {
    let body = format!("old {name} key, {}", "never used ".repeat(4));
    format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
}

/// The value of the shared private key: 32 bytes, base64.
pub(crate) fn old_private() -> String {
    format!("{}=", "b2xk".repeat(10) + "b2w")
}

/// The shared `.env`.
pub(crate) fn dotenv() -> String {
    format!(
        "STEM_BROKER_URL=redis://redis:6379/0\n\
         STEM_RESULT_BACKEND_URL=redis://redis:6379/1\n\
         STEM_SIGNING_ALGORITHM=ed25519\n\
         STEM_SIGNING_PUBLIC_KEYS=primary:{0}\n\
         STEM_SIGNING_PRIVATE_KEYS=primary:{1}\n\
         STEM_SIGNING_ACTIVE_KEY=primary\n\
         STEM_TLS_CA_CERT=/certs/ca.crt\n\
         STEM_TLS_CLIENT_CERT=/certs/client.crt\n\
         STEM_TLS_CLIENT_KEY=/certs/client.key\n\
         STEM_TLS_ALLOW_INSECURE=true\n\
         # the application's own\n\
         DATABASE_URL=\"postgres://app:p$$w@db/app\" # not ours\n",
        "cHVi".repeat(11),
        old_private()
    )
}

/// A folder with this compose file, the shared `.env` and `certs`.
pub(crate) fn project(compose: &str) -> TempDir {
    let place = folder();
    let at = |name: &str| place.path().join(name);
    fs::write(at("compose.yaml"), compose).expect("a compose file");
    fs::write(at(".env"), dotenv()).expect("an env file");
    fs::create_dir(at("certs")).expect("a folder of keys");
    for name in ["ca", "server", "client"] {
        fs::write(at(&format!("certs/{name}.key")), key(name)).expect("a key");
        fs::write(at(&format!("certs/{name}.crt")), "a certificate\n").expect("a certificate");
    }
    place
}

/// `init` for a project that is there.
pub(crate) fn adopt(place: &Path, components: &[&str], flags: &[&str]) -> Done {
    let mut command = stem_sec();
    command
        .current_dir(place)
        .args(["init", ".", "--yes", "--target", "compose"]);
    command.args(["--project", "compose.yaml"]);
    for component in components {
        command.args(["--component", component]);
    }
    run(command.args(flags))
}
