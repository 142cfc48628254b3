//! Deployments as teams write them: stages side by side, certificates for other things, names
//! without what they name.

use super::raised_at;

const SIGNS: &str = "STEM_SIGNING_KEYS=primary:<secret a>\nSTEM_SIGNING_ACTIVE_KEY=primary\n";

#[test]
fn env_files_of_different_stages_do_not_accuse_each_other() {
    let clear = "STEM_BROKER_URL=redis://localhost:6379/0\n";
    let encrypted = format!("STEM_BROKER_URL=rediss://redis.example.com:6379/0\n{SIGNS}");
    for (dev, prod) in [
        (".env.development", ".env.production"),
        ("dev.env", "prod.env"),
        ("worker-dev.env", "worker-staging.env"),
        (".env", ".env.prod"),
    ] {
        let found = raised_at(&[(dev, clear), (prod, &encrypted)]);
        let errors = found.iter().filter(|one| one.starts_with("error"));
        assert_eq!(errors.count(), 0, "{dev}, {prod}: {found:?}");
    }
}

#[test]
fn env_files_of_one_stage_are_judged_together() {
    let clear = "STEM_BROKER_URL=redis://redis.example.com:6379/0\n";
    let encrypted = format!("STEM_BROKER_URL=rediss://redis.example.com:6379/0\n{SIGNS}");
    for (one, other) in [
        ("worker.prod.env", "api.production.env"),
        ("worker.env", "api.env"),
    ] {
        let found = raised_at(&[(one, clear), (other, &encrypted)]);
        let expected = format!("error plaintext-url {one}:1 STEM_BROKER_URL");
        assert!(found.contains(&expected), "{one}, {other}: {found:?}");
    }
}
