//! Plants recognisable secrets in every format and in every place, right and wrong, and looks
//! for them in whatever the inventory prints: whole, in part, and coded.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/planted.rs"]
mod planted;

#[test]
fn no_planted_secret_is_printed_in_whole_or_part() {
    let folder = common::folder();
    let mut planted = planted::Planted::default();
    planted.plant(folder.path(), &planted::FILES);
    assert_eq!(planted.count(), 68);
    for arguments in [
        &["--format", "human"][..],
        &["--format", "json"],
        &["--format", "markdown"],
        &["--deployment-files"],
        &["--unknown"],
    ] {
        let mut command = common::stem_sec();
        command
            .arg("inventory")
            .args(arguments)
            .current_dir(folder.path());
        let said = common::run(&mut command).said();
        assert!(said.len() > 20, "nothing is said");
        let shown = planted.shown_in(said.as_bytes());
        assert!(shown.is_empty(), "{shown:?} with {arguments:?}:\n{said}");
    }
}
