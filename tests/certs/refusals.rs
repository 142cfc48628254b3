//! Bad input: one sentence, a hint, the right exit code, and the disk as it was.

use std::fs;
use std::os::unix::fs::symlink;

use super::workshop::{CA, P256, RSA, Workshop};

#[test]
fn names_that_no_certificate_may_have() {
    let shop = Workshop::new();
    let long = "a".repeat(300);
    for (host, words) in [
        ("''", "cannot be empty"),
        ("redis,", "cannot be empty"),
        ("*.com", "wildcard"),
        ("a.*.example", "wildcard"),
        ("redis:6379", "port"),
        ("rediss://redis", "URL"),
        ("my_redis", "underscore"),
        ("10.0.0.256", "IP address"),
        ("redis.", "dot"),
        ("fe80::1%eth0", "interface"),
        (&long, "253"),
    ] {
        shop.refuses(&format!("create certs --host {host}"), 2, words);
        shop.refuses(&format!("issue server x --host {host}"), 2, words);
    }
}

#[test]
fn a_name_with_a_blank() {
    let shop = Workshop::new();
    let before = shop.contents();
    let done = super::common::run(
        super::common::stem_sec()
            .args(["certs", "create", "certs", "--host", "a b"])
            .current_dir(shop.path("")),
    );
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("blank") && done.stderr.contains("hint: "));
    assert!(before == shop.contents());
}

#[test]
fn arguments_that_make_no_sense() {
    let shop = Workshop::new();
    for (line, words) in [
        ("create certs", "needs a name"),
        ("create certs --host redis --key-type ed25519", "Dart"),
        ("create certs --host redis --key-type rsa-1024", "rsa-1024"),
        ("create certs --host redis --days 0", "0"),
        (
            "create certs --host redis --days 1 --not-after 2030-01-01",
            "--not-after",
        ),
        ("create certs --host redis --not-after soon", "soon"),
        ("create certs --host redis --mode 0644", "0644"),
        ("create certs --host redis --owner redis", "redis"),
        ("create certs --host redis --ca ca.crt", "--ca-key"),
        ("create certs --host redis --client a/b", "a/b"),
        ("create certs --host redis --ca-dir certs", "side by side"),
        (
            "create certs --host redis --ca-dir certs/ca",
            "side by side",
        ),
        ("create .stem-sec/bundle --host redis", "side by side"),
        ("issue server redis --out .stem-sec", "side by side"),
        ("issue server my_redis", "underscore"),
        ("issue client server.crt", "server.crt"),
        ("issue client ../x", "../x"),
        ("renew", "say what to renew"),
        ("renew a/b", "a/b"),
        ("status --expires-within 30", "30"),
        ("status --at tomorrow", "tomorrow"),
    ] {
        shop.refuses(line, 2, words);
    }
}

#[test]
fn an_end_that_is_past() {
    let shop = Workshop::new();
    shop.refuses(
        "create certs --host redis --not-after 2020-01-01",
        4,
        "past",
    );
}

#[test]
fn a_folder_that_is_none_or_cannot_be_made() {
    let shop = Workshop::new();
    shop.write("file", "mine");
    fs::create_dir(shop.path("real")).unwrap();
    symlink(shop.path("real"), shop.path("link")).unwrap();
    shop.refuses("create file --host redis", 4, "not a folder");
    shop.refuses("create file/certs --host redis", 4, "file");
    shop.refuses("create link --host redis", 4, "symbolic link");
    shop.refuses(
        "create /proc/self/certs --host redis",
        4,
        "/proc/self/certs",
    );
    shop.refuses("create certs --host redis --ca-dir file", 4, "not a folder");
    shop.refuses(
        "create certs --host redis --ca-dir link",
        4,
        "symbolic link",
    );
    shop.refuses("create certs --host redis --state file", 4, "not a folder");
}

#[test]
fn files_that_are_there_already_or_half_of_them() {
    let shop = Workshop::new();
    shop.certs("create certs --host redis").ok();
    shop.refuses("create certs --host redis", 4, "certs/ca.crt`");
    fs::remove_file(shop.path("certs/server.key")).unwrap();
    shop.refuses("create certs --host redis", 4, "certs/server.crt`");
    shop.refuses("renew certs/server.crt", 4, "`certs/server.key` is not");
    shop.certs("issue client worker").ok();
    shop.refuses("issue client worker", 4, "already there");
    fs::remove_file(shop.path(".stem-sec/certs/worker.key")).unwrap();
    shop.refuses("renew worker", 4, "worker.key` is not");
    shop.refuses("renew --all", 4, "worker.key` is not");
    shop.refuses("renew nobody", 4, "no certificate `nobody`");
    shop.refuses("renew nothing.crt", 4, "nothing.crt");
}

#[test]
fn a_symbolic_link_where_a_file_should_be() {
    let shop = Workshop::new();
    shop.write("precious", "mine");
    fs::create_dir(shop.path("certs")).unwrap();
    symlink("../precious", shop.path("certs/server.key")).unwrap();
    shop.refuses("create certs --host redis", 4, "symbolic link");
    shop.refuses("create certs --host redis --force", 4, "symbolic link");
}

#[test]
fn a_store_that_is_half_there() {
    let shop = Workshop::new();
    shop.certs("create certs --host redis").ok();
    let serial = shop.read(".stem-sec/ca/current");
    let ca = format!(".stem-sec/ca/{}", serial.trim());
    let key = shop.read(&format!("{ca}/ca.key"));
    let line = "issue client worker";

    fs::remove_file(shop.path(&format!("{ca}/ca.key"))).unwrap();
    shop.refuses(line, 4, "ca.key` is not");
    shop.write(&format!("{ca}/ca.key"), "garbage");
    shop.refuses(line, 4, "no PEM private key");
    shop.write(&format!("{ca}/ca.key"), &key[..key.len() / 2]);
    shop.refuses(line, 4, "private key");
    shop.write(&format!("{ca}/ca.key"), key);

    let certificate = shop.read(&format!("{ca}/ca.crt"));
    shop.write(
        &format!("{ca}/ca.crt"),
        &certificate[..certificate.len() / 2],
    );
    shop.refuses(line, 4, "ca.crt");
    shop.write(&format!("{ca}/ca.crt"), certificate);

    shop.write(".stem-sec/ca/current", "0".repeat(40));
    shop.refuses(line, 4, "which is not there");
    shop.write(".stem-sec/ca/current", "../../etc");
    shop.refuses(line, 4, "serial number");
    fs::remove_file(shop.path(".stem-sec/ca/current")).unwrap();
    shop.refuses(line, 4, "missing");
    shop.write(".stem-sec/ca/current", serial);
    shop.certs(line).ok();
}

#[test]
fn a_store_that_another_process_works_in() {
    let shop = Workshop::new();
    shop.certs("create certs --host redis").ok();
    let held = fs::File::open(shop.path(".stem-sec")).unwrap();
    held.lock().unwrap();
    shop.refuses("issue client worker", 4, "locked");
}

#[test]
fn cas_that_must_not_sign() {
    let shop = Workshop::new();
    let name = "CN=Some CA";
    shop.root("ca", P256, name, CA);
    shop.root("other", P256, name, CA);
    shop.root("leaf", P256, name, "basicConstraints=CA:FALSE");
    shop.root("no-constraints", P256, name, "subjectKeyIdentifier=hash");
    shop.root(
        "no-sign",
        P256,
        name,
        "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,cRLSign",
    );
    shop.root(
        "code",
        P256,
        name,
        &format!("{CA}\nextendedKeyUsage=codeSigning"),
    );
    shop.root("weak", &["-newkey", "rsa:1024"], name, CA);
    shop.root(
        "p521",
        &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"],
        name,
        CA,
    );
    shop.root("ed25519", &["-newkey", "ed25519"], name, CA);
    shop.root_at("2020-01-01", "expired", P256, name, CA);
    shop.root_at("2100-01-01", "early", P256, name, CA);
    for (files, words) in [
        ("--ca ca.crt --ca-key other.key", "does not belong"),
        ("--ca leaf.crt --ca-key leaf.key", "not a CA"),
        (
            "--ca no-constraints.crt --ca-key no-constraints.key",
            "not a CA",
        ),
        ("--ca no-sign.crt --ca-key no-sign.key", "keyCertSign"),
        ("--ca code.crt --ca-key code.key", "extended key usage"),
        ("--ca weak.crt --ca-key weak.key", "RSA-1024"),
        ("--ca p521.crt --ca-key p521.key", "1.3.132.0.35"),
        ("--ca ed25519.crt --ca-key ed25519.key", "Ed25519"),
        ("--ca expired.crt --ca-key expired.key", "expired at 2020"),
        ("--ca early.crt --ca-key early.key", "not valid before 2100"),
        ("--ca ca.key --ca-key ca.key", "no PEM certificate"),
        ("--ca ca.crt --ca-key ca.crt", "no PEM private key"),
        ("--ca ca.cnf --ca-key ca.key", "no PEM certificate"),
        ("--ca gone.crt --ca-key ca.key", "gone.crt"),
        ("--ca ca.crt --ca-key .", "not a regular file"),
    ] {
        shop.refuses(&format!("create certs --host redis {files}"), 4, words);
    }
}

#[test]
fn an_intermediate_ca_and_one_with_a_forged_signature() {
    let shop = Workshop::new();
    shop.root("root", P256, "CN=Root", CA);
    let request = |name: &str, subject: &str| {
        shop.write("ext.cnf", CA);
        shop.openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out new.key");
        shop.openssl(&format!(
            "req -new -key new.key -config {subject}.cnf -out new.csr"
        ));
        shop.openssl(&format!(
            "x509 -req -in new.csr -CA root.crt -CAkey root.key -days 30 -extfile ext.cnf -out {name}.crt"
        ));
        fs::rename(shop.path("new.key"), shop.path(&format!("{name}.key"))).unwrap();
    };
    shop.root("second", P256, "CN=Second", CA);
    request("intermediate", "second");
    request("forged", "root");
    let line = "create certs --host redis --ca intermediate.crt --ca-key intermediate.key";
    shop.refuses(line, 4, "not a root");
    let line = "create certs --host redis --ca forged.crt --ca-key forged.key";
    shop.refuses(line, 4, "not its own");
}

#[test]
fn an_encrypted_ca_key_and_der() {
    let shop = Workshop::new();
    shop.root("ca", RSA, "CN=Some CA", CA);
    shop.openssl("pkcs8 -topk8 -in ca.key -out pkcs8.key -passout pass:x");
    shop.openssl("rsa -traditional -aes128 -in ca.key -out old.key -passout pass:x");
    shop.openssl("x509 -in ca.crt -outform der -out ca.der");
    for key in ["pkcs8.key", "old.key"] {
        let line = format!("create certs --host redis --ca ca.crt --ca-key {key}");
        shop.refuses(&line, 4, "encrypted");
    }
    let line = "create certs --host redis --ca ca.der --ca-key ca.key";
    shop.refuses(line, 4, "no PEM certificate");
}

#[test]
fn questions_about_what_is_not_there() {
    let shop = Workshop::new();
    shop.write(
        "broken.crt",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    );
    shop.write("text.crt", "hello");
    for command in ["status", "verify"] {
        shop.refuses(&format!("{command} gone"), 4, "gone");
        shop.refuses(&format!("{command} broken.crt"), 4, "damaged");
        shop.refuses(&format!("{command} text.crt"), 4, "no PEM certificate");
        shop.refuses(command, 3, "no certificate to");
    }
    fs::create_dir(shop.path("empty")).unwrap();
    shop.refuses("status empty", 3, "no certificate to");
    shop.refuses("verify empty", 3, "no certificate to");
}

#[test]
fn no_message_repeats_a_key() {
    let shop = Workshop::new();
    shop.root("ca", P256, "CN=Some CA", CA);
    let key = shop.read("ca.key");
    let secret = key.lines().nth(1).unwrap();
    for line in [
        "create certs --host redis --ca ca.key --ca-key ca.crt",
        "create certs --host redis --ca ca.key --ca-key ca.key",
        "status ca.key",
        "verify ca.key --ca ca.key",
        "create certs --host redis --ca ca.crt --ca-key ca.key",
        "status certs --format json",
        "verify certs",
    ] {
        let done = shop.certs(line);
        assert!(!done.said().contains(secret), "{line}");
        assert!(!done.said().contains("PRIVATE KEY-----\n"), "{line}");
    }
}

#[test]
fn an_expired_ca_and_what_its_hint_does() {
    let shop = Workshop::new();
    shop.root_at("2020-01-01", "expired", P256, "CN=Old CA", CA);
    shop.certs("issue client worker").ok();
    let serial = shop.read(".stem-sec/ca/current");
    let place = format!(".stem-sec/ca/{}", serial.trim());
    for ending in ["crt", "key"] {
        let file = format!("{place}/ca.{ending}");
        fs::copy(shop.path(&format!("expired.{ending}")), shop.path(&file)).unwrap();
    }
    shop.refuses("issue client beat", 4, "expired at 2020");
    let done = shop.certs("issue client beat");
    assert!(
        done.stderr.contains("stem-sec certs renew --all --new-ca"),
        "{}",
        done.stderr
    );
    shop.certs("renew --all --new-ca").ok();
    shop.certs("issue client beat").ok();
    let line = "create certs --host redis --ca expired.crt --ca-key expired.key";
    let done = shop.certs(line);
    assert!(done.stderr.contains("leave that out"), "{}", done.stderr);
}
