//! `systemd-analyze`: nothing to complain of, more hardening than before, and never less.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::common::{folder, run, tool};
use crate::manager::Manager;
use crate::{COMPONENTS, edit, init, render};

/// A service as people write one first.
const BARE: &str = "[Service]\nUser=daemon\nExecStart=/bin/true\n";

/// One with every setting of the drop-in, and stricter than it where that can be.
const STRICT: &str = "[Service]\nUser=daemon\nExecStart=/bin/true\n\
    NoNewPrivileges=yes\nProtectSystem=strict\nProtectHome=yes\nPrivateTmp=yes\nPrivateDevices=yes\n\
    PrivateUsers=yes\nProtectClock=yes\nProtectControlGroups=yes\nProtectHostname=yes\n\
    ProtectKernelLogs=yes\nProtectKernelModules=yes\nProtectKernelTunables=yes\nProtectProc=invisible\n\
    ProcSubset=pid\nCapabilityBoundingSet=\nRestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX\n\
    RestrictNamespaces=yes\nRestrictRealtime=yes\nRestrictSUIDSGID=yes\nLockPersonality=yes\n\
    MemoryDenyWriteExecute=yes\nSystemCallArchitectures=native\nSystemCallFilter=@system-service\n\
    SystemCallFilter=~@privileged @resources\nUMask=0077\nRemoveIPC=yes\nDevicePolicy=closed\nIPAddressDeny=any\n";

fn analyze(units: &Path, arguments: &[&str]) -> crate::common::Done {
    let mut command = tool("systemd-analyze");
    command
        .args(arguments)
        .env("SYSTEMD_UNIT_PATH", format!("{}:", units.display()));
    run(&mut command)
}

#[test]
fn verify_has_nothing_to_say_of_any_unit_with_its_drop_in() {
    for signing in ["none", "hmac-sha256", "ed25519"] {
        for transport in ["plaintext", "tls", "mtls"] {
            let place = folder();
            let mut flags = vec!["--signing", signing, "--transport", transport];
            flags.extend(COMPONENTS);
            init(place.path(), &flags).ok();
            edit(place.path(), "api: { ", "api: { service: \"api@\", ");
            edit(place.path(), "both: { ", "both: { gid: 60, ");
            render(place.path(), &["--prune"]).ok();
            let mut manager = Manager::new();
            for component in ["api@", "worker", "both", "beat", "board", "redis", "proxy"] {
                manager.unit(&format!("{component}.service"), component, BARE);
                let folder = place
                    .path()
                    .join("deploy")
                    .join(component.trim_end_matches('@'));
                if folder.exists() {
                    manager.install_dropins(&folder);
                }
            }
            assert_eq!(complaints(&manager), "", "{signing} + {transport}");
        }
    }
}

#[test]
fn verify_does_see_the_drop_ins() {
    let mut manager = Manager::new();
    manager.unit("worker@.service", "", BARE);
    let folder = manager.units().join("worker@.service.d");
    fs::create_dir(&folder).expect("made");
    fs::write(
        folder.join("50-stem-sec.conf"),
        "[Service]\nPrivateTemp=yes\n",
    )
    .expect("written");
    assert!(complaints(&manager).contains("PrivateTemp"));
}

fn complaints(manager: &Manager) -> String {
    let units = fs::read_dir(manager.units()).expect("a folder");
    let mut names: Vec<String> = units
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "service"))
        .map(|path| {
            path.to_str()
                .expect("text")
                .replace("@.service", "@eu.service")
        })
        .collect();
    names.sort();
    let mut arguments = vec!["verify", "--man=no", "--recursive-errors=no"];
    arguments.extend(names.iter().map(String::as_str));
    analyze(&manager.units(), &arguments).said()
}

#[test]
fn the_drop_in_hardens_a_bare_unit_and_loosens_no_strict_one() {
    let place = folder();
    init(place.path(), &[]).ok();
    let exposures = |unit: &str, with_dropin: bool| {
        let mut manager = Manager::new();
        manager.unit("worker.service", "", unit);
        if with_dropin {
            manager.install_dropins(&place.path().join("deploy/worker"));
        }
        exposures(&manager)
    };
    let bare: f64 = exposures(BARE, false).values().sum();
    let hardened: f64 = exposures(BARE, true).values().sum();
    assert!(hardened < bare * 0.75, "{hardened} of {bare}");
    let (before, after) = (exposures(STRICT, false), exposures(STRICT, true));
    assert!(before.len() > 50, "{before:?}");
    for (setting, exposure) in before {
        assert!(
            after[&setting] <= exposure,
            "{setting}: {} after {exposure}",
            after[&setting]
        );
    }
}

/// How exposed each setting leaves the unit, as `systemd-analyze security` weighs it.
fn exposures(manager: &Manager) -> BTreeMap<String, f64> {
    let path = manager.units().join("worker.service");
    let path = path.to_str().expect("text");
    let arguments = [
        "security",
        "--offline=true",
        "--json=short",
        "--no-pager",
        path,
    ];
    let report = analyze(&manager.units(), &arguments).ok().stdout;
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    let rows = report.as_array().expect("a list").iter();
    rows.map(|row| {
        let exposure = &row["exposure"];
        let number = exposure
            .as_f64()
            .or_else(|| exposure.as_str()?.parse().ok());
        let name = row["json_field"].as_str().or_else(|| row["name"].as_str());
        (name.expect("a name").to_owned(), number.unwrap_or(0.0))
    })
    .collect()
}
