//! An override for a project that is there, merged by Docker Compose itself.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::select;

use crate::common::{environment, run, stem_sec};
use crate::fresh::postures;
use crate::project::{COMPONENTS, COMPOSE, adopt, dotenv, key, old_private, project};
use crate::real::{Service, config, ensure_schema, services};

pub(crate) const MERGED: [&str; 2] = ["compose.yaml", "deploy/compose.stem-sec.yaml"];

/// The services after the merge; none of them says anything of an old secret.
#[track_caller]
pub(crate) fn merged(place: &Path) -> BTreeMap<String, Service> {
    ensure_schema(&place.join(MERGED[1]));
    let done = config(place, &MERGED).ok();
    assert!(!done.stdout.contains(&old_private()), "{}", done.stdout);
    let services = services(place, &MERGED);
    for (name, service) in &services {
        for source in service
            .mounts()
            .values()
            .filter(|source| !source.is_empty())
        {
            let text = fs::read_to_string(source).unwrap_or_default();
            assert!(!text.contains("old "), "{name}: {source}");
            let certs = place.join("certs");
            assert!(!Path::new(source).starts_with(&certs), "{name}: {source}");
            assert!(!certs.starts_with(source), "{name}: {source}");
        }
    }
    services
}

/// What the service gets of its own, and what else it should have kept.
#[track_caller]
fn ensure_environment(
    place: &Path,
    services: &BTreeMap<String, Service>,
    name: &str,
    kept: &[(&str, &str)],
) {
    let own = place.join(format!("deploy/{name}/stem.env"));
    let mut expected = if own.exists() {
        environment(&own)
    } else {
        BTreeMap::new()
    };
    expected.extend(
        kept.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    assert_eq!(services[name].environment(), expected, "{name}");
}

#[test]
fn the_shared_secrets_go_and_everything_else_stays_in_every_posture() {
    for posture in postures() {
        let place = project(COMPOSE);
        let scheme = if posture[3] == "plaintext" {
            "redis"
        } else {
            "rediss"
        };
        let url = format!("{scheme}://redis:6379/0");
        adopt(
            place.path(),
            &COMPONENTS,
            &[&posture[..], &["--broker", &url]].concat(),
        )
        .ok();
        let services = merged(place.path());
        let database = ("DATABASE_URL", "postgres://app:p$w@db/app");
        ensure_environment(place.path(), &services, "api", &[database]);
        ensure_environment(
            place.path(),
            &services,
            "worker",
            &[database, ("CONCURRENCY", "4")],
        );
        ensure_environment(place.path(), &services, "redis", &[database]);
        let uploads = place.path().join("uploads").display().to_string();
        assert_eq!(services["api"].mounts()["/srv/uploads"], uploads);
        assert_eq!(services["redis"].mounts()["/data"], "redis-data");
        assert_eq!(services["api"].text("image"), "example/api:1");
        assert_eq!(services["worker"].0["labels"]["team"], "blue");
        let test = &services["redis"].0["healthcheck"]["test"];
        assert_eq!(test[0], "CMD-SHELL");
        let command = services["redis"].list(&services["redis"].0["command"]);
        assert_eq!(command, ["redis-server", "/etc/stem/redis.conf"]);
        for service in services.values() {
            for (variable, path) in service.environment() {
                let is_path = variable.starts_with("STEM_TLS_");
                assert!(
                    !is_path || service.mounts().contains_key(&path),
                    "{variable}={path}"
                );
            }
        }
    }
}

/// Ways to say the same environment; each with one variable of Stem's and one that is not.
const FORMS: [&str; 7] = [
    "environment: { STEM_SIGNING_PRIVATE_KEYS: \"primary:$OLD\", KEEP: \"a${MORE:-b}$$c\" }",
    "environment: [ \"STEM_SIGNING_PRIVATE_KEYS=primary:$OLD\", \"KEEP=a${MORE:-b}$$c\" ]",
    "environment:\n      <<: *shared\n      STEM_BROKER_URL: redis://old",
    "environment: *shared",
    "environment: [ STEM_SIGNING_PRIVATE_KEYS, 'KEEP=a${MORE:-b}$$c' ]\n    env_file: [ .env, { path: gone.env, required: false } ]",
    "extends: base",
    "extends: { service: base }\n    environment: [ STEM_TLS_CLIENT_KEY=/certs/old.key ]",
];

/// What an override of the user's own may add.
const ON_TOP: [&str; 4] = [
    "",
    "services: { api: { environment: { STEM_SIGNING_ACTIVE_KEY: old, MORE_OF_IT: '1' } } }",
    "services: { api: { environment: [ STEM_SIGNING_ACTIVE_KEY=old, MORE_OF_IT=1 ], volumes: [ './certs:/elsewhere' ] } }",
    "services: { api: { environment: !override { KEEP: abc, STEM_TLS_ALLOW_INSECURE: 'true', MORE_OF_IT: '1' } } }",
];

#[test]
fn whatever_way_the_project_says_it_stems_variables_are_those_of_the_component() {
    for form in FORMS {
        for on_top in ON_TOP {
            let form = form.replace("$OLD", &old_private());
            let place = project(&format!(
                "x-env: &shared {{ STEM_SIGNING_PRIVATE_KEYS: \"primary:{0}\", KEEP: \"a${{MORE:-b}}$$c\" }}\n\
                 services:\n  base:\n    image: base\n    environment: *shared\n    profiles: [never]\n  api:\n    image: api\n    {form}\n",
                old_private()
            ));
            if !on_top.is_empty() {
                fs::write(place.path().join("compose.override.yaml"), on_top).expect("written");
            }
            let components = ["api=producer", "base=other"];
            adopt(place.path(), &components, &[]).ok();
            let files: &[&str] = if on_top.is_empty() {
                &MERGED
            } else {
                &["compose.yaml", "compose.override.yaml", MERGED[1]]
            };
            let done = config(place.path(), files).ok();
            assert!(
                !done.stdout.contains("/certs"),
                "{form}\n{on_top}\n{}",
                done.stdout
            );
            let api = &services(place.path(), files)["api"];
            let mut expected = environment(&place.path().join("deploy/api/stem.env"));
            let kept = if on_top.contains("KEEP") {
                "abc"
            } else {
                "ab$c"
            };
            expected.insert("KEEP".to_owned(), kept.to_owned());
            if !on_top.is_empty() {
                expected.insert("MORE_OF_IT".to_owned(), "1".to_owned());
            }
            if form.contains("env_file") {
                expected.insert(
                    "DATABASE_URL".to_owned(),
                    "postgres://app:p$w@db/app".to_owned(),
                );
            }
            assert_eq!(api.environment(), expected, "{form}\n{on_top}");
            let base = &services(place.path(), files)["base"];
            assert!(
                !base.environment().contains_key("STEM_SIGNING_PRIVATE_KEYS"),
                "{form}"
            );
        }
    }
}

#[test]
fn mounts_of_every_kind_lose_the_keys_and_nothing_else() {
    let place = project(
        "services:
  api:
    image: api
    volumes:
      - ./certs/client.key:/run/client.key:ro
      - type: bind
        source: ${KEYS:-./certs}
        target: /certs
      - { type: volume, source: keys, target: /v }
      - { type: tmpfs, target: /scratch }
      - ./config.yaml:/etc/app.yaml
      - cache:/cache
      - /anonymous
      - .env:/app/.env
    secrets: [ signing, { source: other, target: o } ]
    configs: [ { source: inline, target: /i } ]
volumes:
  cache:
  keys: { driver: local, driver_opts: { type: none, o: 'ro,bind', device: ./certs } }
secrets:
  signing: { environment: STEM_SIGNING_PRIVATE_KEYS }
  other: { file: ./config.yaml }
configs:
  inline: { content: 'keys: ${STEM_SIGNING_PRIVATE_KEYS}' }
",
    );
    fs::write(place.path().join("config.yaml"), "a: b\n").expect("written");
    adopt(place.path(), &["api=producer"], &[]).ok();
    let api = &merged(place.path())["api"];
    let mounts = api.mounts();
    let targets: Vec<&str> = mounts.keys().map(String::as_str).collect();
    assert_eq!(
        targets,
        [
            "/anonymous",
            "/cache",
            "/etc/app.yaml",
            "/etc/stem/ca.crt",
            "/etc/stem/client.crt",
            "/etc/stem/client.key",
            "/scratch"
        ]
    );
    assert_eq!(
        api.0["secrets"].as_array().map(Vec::len),
        Some(1),
        "{}",
        api.0
    );
    assert_eq!(api.0["secrets"][0]["source"], "other");
    assert_eq!(
        api.0["configs"].as_array().map_or(0, Vec::len),
        0,
        "{}",
        api.0
    );
}

#[test]
fn a_key_that_no_component_shares_stays_with_its_service() {
    let place = project(&format!(
        "{COMPOSE}secrets:\n  https: {{ file: ./proxy/https.key }}\n"
    ).replace("services:\n", "services:\n  proxy:\n    image: nginx\n    volumes: [ './proxy:/etc/nginx/keys' ]\n    secrets: [ https ]\n"));
    fs::create_dir(place.path().join("proxy")).expect("a folder");
    fs::write(place.path().join("proxy/https.key"), key("own https")).expect("a key");
    adopt(place.path(), &COMPONENTS, &[]).ok();
    let services = services(place.path(), &MERGED);
    assert!(services["proxy"].mounts().contains_key("/etc/nginx/keys"));
}

#[test]
fn a_component_that_the_project_lacks_is_added_when_it_has_an_image() {
    let place = project(COMPOSE);
    adopt(place.path(), &COMPONENTS, &[]).ok();
    let path = place.path().join("stem-sec.yaml");
    let text = fs::read_to_string(&path).expect("a manifest");
    let text = text.replace(
        "components:\n",
        "components:\n  beat: { role: beat, image: example/beat }\n",
    );
    fs::write(&path, text).expect("written");
    run(stem_sec().args(["init", "--yes"]).current_dir(place.path())).ok();
    let services = merged(place.path());
    ensure_environment(place.path(), &services, "beat", &[]);
    assert_eq!(services["beat"].text("image"), "example/beat");
    assert!(
        services["beat"]
            .mounts()
            .contains_key("/etc/stem/client.key")
    );
}

#[test]
fn the_project_may_lie_in_another_folder() {
    let place = project(COMPOSE);
    let below = place.path().join("stem");
    fs::create_dir(&below).expect("a folder");
    let mut command = stem_sec();
    command.current_dir(&below).args([
        "init",
        ".",
        "--yes",
        "--target",
        "compose",
        "--project",
        "../compose.yaml",
    ]);
    run(command.args(
        COMPONENTS
            .iter()
            .flat_map(|component| ["--component", component]),
    ))
    .ok();
    let services = services(&below, &["../compose.yaml", MERGED[1]]);
    let key = below.join("deploy/api/client.key").display().to_string();
    assert_eq!(services["api"].mounts()["/etc/stem/client.key"], key);
    assert!(!services["api"].mounts().contains_key("/certs"));
    assert_eq!(services["worker"].environment()["CONCURRENCY"], "4");
}

#[test]
fn a_difference_shows_none_of_the_users_values() {
    let place = project(&COMPOSE.replace(
        "    depends_on: [redis]\n  worker",
        "    environment: [ STEM_BROKER_URL=redis://old, PASSWORD=hunter2hunter2 ]\n  worker",
    ));
    adopt(place.path(), &COMPONENTS, &[]).ok();
    let changed = dotenv().replace("p$$w", "xyz-new") + "PIN=1\n";
    fs::write(place.path().join(".env"), changed).expect("written");
    let override_file = place.path().join(MERGED[1]);
    let mode = fs::metadata(&override_file)
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    fs::remove_file(override_file).expect("removed");
    let done = run(stem_sec()
        .args(["render", "--check"])
        .current_dir(place.path()));
    assert_eq!(done.code, Some(1), "{}", done.said());
    assert!(
        done.stdout.contains("new: DATABASE_URL=<hidden>"),
        "{}",
        done.stdout
    );
    assert!(done.stdout.contains("new: PIN=<hidden>"), "{}", done.stdout);
    for secret in ["hunter2", "xyz-new", "postgres", "PIN=1", &old_private()] {
        assert!(!done.said().contains(secret), "{}", done.said());
    }
}

#[test]
fn a_second_run_changes_nothing() {
    let place = project(COMPOSE);
    adopt(place.path(), &COMPONENTS, &[]).ok();
    let again = adopt(place.path(), &COMPONENTS, &[]).ok();
    assert!(
        again.stdout.contains("nothing was changed"),
        "{}",
        again.stdout
    );
}

fn any_statement() -> impl Strategy<Value = String> {
    let name = select(vec![
        "A",
        "B",
        "LONG_NAME",
        "d.e",
        "F-G",
        "STEM_SIGNING_KEYS",
        "STEM_BROKER_URL",
        "STEM_WORKER_QUEUES",
    ]);
    let value = prop_oneof![
        "[ -~é]{0,12}".prop_filter("a quote opens", |text| !text
            .trim_start()
            .starts_with(['\'', '"'])),
        "'[ -&(-~é]{0,10}'",
        "\"[ -!#-\\[\\]-~é]{0,10}\"",
        select(vec![
            "\"two\nlines\"",
            "'two\nlines'",
            "${A:-d}x",
            "$$A",
            "\"\\n\\t\\\"\\$A\"",
            "x #c",
            "x#y",
            "\"q\" # c",
            "${STEM_BROKER_URL:+z}"
        ])
        .prop_map(str::to_owned),
    ];
    let before = select(vec!["", "export ", "  ", "# a comment\n", "\n"]);
    (
        before,
        name,
        select(vec!["=", " = ", "= ", ": "]),
        value,
        select(vec!["\n", "\r\n", "\n\n"]),
    )
        .prop_map(|(before, name, sign, value, end)| format!("{before}{name}{sign}{value}{end}"))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        failure_persistence: None,
        // the same statements in every run: what they found is known, a new seed is for the desk
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    #[test]
    fn variables_that_are_not_stems_say_the_same_as_before(statements in prop::collection::vec(any_statement(), 0..8)) {
        let place = project("services: { api: { image: api, env_file: app.env } }");
        fs::write(place.path().join(".env"), "A=from the project\n").expect("written");
        fs::write(place.path().join("app.env"), statements.concat()).expect("written");
        let before = config(place.path(), &["compose.yaml"]);
        let done = adopt(place.path(), &["api=producer"], &[]);
        // of some templates that it refuses it says so, and exits with 0 all the same
        if !before.success || !before.stdout.contains("{\n") {
            // what Compose does not take is refused too
            prop_assert_eq!(done.code, Some(4), "{}", statements.concat());
            return Ok(());
        }
        if !done.success {
            // what depends on a variable that goes, or is not known to be read alike
            prop_assert_eq!(done.code, Some(4));
            let reason = ["by means of", "that Compose takes", "as part of"];
            prop_assert!(reason.iter().any(|reason| done.stderr.contains(reason)), "{}", done.stderr);
            return Ok(());
        }
        let is_kept = |name: &str| !matches!(name, "STEM_SIGNING_KEYS" | "STEM_BROKER_URL");
        let mut expected = services(place.path(), &["compose.yaml"])["api"].environment();
        expected.retain(|name, _| is_kept(name));
        expected.extend(environment(&place.path().join("deploy/api/stem.env")));
        prop_assert_eq!(services(place.path(), &MERGED)["api"].environment(), expected);
    }
}

#[test]
fn the_shared_env_file_may_be_read_by_line() {
    let place =
        project("services: { api: { image: api, env_file: [ { path: .env, format: raw } ] } }");
    adopt(place.path(), &["api=producer"], &[]).ok();
    let api = &merged(place.path())["api"];
    let expected = "\"postgres://app:p$$w@db/app\" # not ours";
    assert_eq!(api.environment()["DATABASE_URL"], expected);
    assert!(dotenv().contains("# not ours"));
}
