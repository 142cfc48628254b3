//! Links the unwinder into the binary where that can be done: loading it as a library of its
//! own is a seventh of the time that it takes to start.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |name: &str| std::env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    let native = std::env::var("HOST") == std::env::var("TARGET");
    if native && target("OS") == "linux" && target("ENV") == "gnu" {
        link_unwinder();
    }
}

/// GCC always brings the archive; without GCC the library will do.
fn link_unwinder() {
    let asked = Command::new("cc")
        .arg("-print-file-name=libgcc_eh.a")
        .output();
    let answer = asked.map(|output| output.stdout).unwrap_or_default();
    let answer = String::from_utf8_lossy(&answer);
    let path = Path::new(answer.trim());
    // a bare name means that it is not there
    if let Some(folder) = path.parent().filter(|_| path.is_file()) {
        println!("cargo:rustc-link-search=native={}", folder.display());
        println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
    }
}
