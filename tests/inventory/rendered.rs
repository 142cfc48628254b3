//! What `init` writes is whole to `inventory`, before anything of the user's lies beside it.

use std::process::Command;

#[test]
fn what_init_writes_for_kubernetes_names_every_component() {
    let dir = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stem-sec"));
        command
            .current_dir(dir.path())
            .args(arguments)
            .output()
            .unwrap()
    };
    assert!(
        run(&["init", "--yes", "--target", "kubernetes"])
            .status
            .success()
    );
    let ran = run(&["inventory"]);
    assert_eq!(ran.status.code(), Some(0));
    let text = String::from_utf8(ran.stdout).unwrap();
    for line in [
        "deployment/producer:producer  producer  primary",
        "deployment/worker:worker      worker    ·",
        "deployment/beat:beat          beat      primary",
        "assumed: the Deployment `redis` gets no more than its patch says",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}
