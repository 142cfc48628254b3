//! What the surroundings impose: any umask, a full disk, a limit on the size of files, a
//! place that cannot be written to. Needs `strace`, and `unshare` for a small disk.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const TOOL: &str = env!("CARGO_BIN_EXE_stem-sec");
const CREATE: &str = "certs create bundle --host redis --state store";

#[test]
fn the_umask_has_no_say_in_who_reads_a_file() {
    for umask in ["000", "022", "077"] {
        let place = place();
        let output = shell(
            place.path(),
            &format!("umask {umask}; exec {TOOL} {CREATE}"),
        );
        assert!(output.status.success(), "{}", said(&output));
        let made = everything(place.path());
        assert!(made.len() > 9, "{made:?}");
        for path in made {
            let bits = fs::metadata(&path).expect("a file").permissions().mode() & 0o777;
            let name = path.file_name().and_then(|name| name.to_str());
            let expected = match name.unwrap_or_default() {
                "bundle" => 0o755,
                ".gitignore" => 0o644,
                name if name.ends_with(".crt") => 0o644,
                _ if path.is_dir() => 0o700,
                _ => 0o600,
            };
            assert_eq!(bits, expected, "{} is {bits:o}", path.display());
        }
    }
}

#[test]
fn every_file_is_private_when_it_comes_into_being() {
    let place = place();
    let traced = "strace -f -qq -o trace -e trace=?open,openat,?creat,?link,linkat";
    let output = shell(
        place.path(),
        &format!("umask 000; exec {traced} {TOOL} {CREATE}"),
    );
    assert!(output.status.success(), "{}", said(&output));
    let trace = fs::read_to_string(place.path().join("trace")).expect("a trace");
    let creating: Vec<&str> = trace
        .lines()
        .filter(|line| line.contains("O_CREAT"))
        .collect();
    assert!(creating.len() > 7, "{trace}");
    for line in creating {
        assert!(
            line.contains("O_EXCL") && line.contains("O_NOFOLLOW"),
            "{line}"
        );
        assert!(line.contains(", 0600)"), "{line}");
    }
}

#[test]
fn on_a_full_disk_nothing_is_left_until_there_is_room_for_all() {
    let place = place();
    let sizes: Vec<String> = (8..=120)
        .step_by(8)
        .map(|size| format!("{size}k"))
        .collect();
    let script = format!(
        "for size in {}; do
           mkdir $size && mount -t tmpfs -o size=$size none $size || exit 9
           cd $size
           {TOOL} {CREATE} 2>../$size.said; echo $? >../$size.code; find . ! -name . >../$size.left
           cd ..
         done",
        sizes.join(" ")
    );
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script])
        .current_dir(place.path())
        .output()
        .expect("unshare is installed");
    assert!(output.status.success(), "{}", said(&output));
    let read = |size: &str, what: &str| {
        let path = place.path().join(format!("{size}.{what}"));
        fs::read_to_string(path).expect("what the script wrote")
    };
    let codes: Vec<String> = sizes.iter().map(|size| read(size, "code")).collect();
    assert_eq!(codes.first().map(String::as_str), Some("4\n"), "{codes:?}");
    assert_eq!(codes.last().map(String::as_str), Some("0\n"), "{codes:?}");
    for (size, code) in sizes.iter().zip(&codes) {
        if code == "4\n" {
            let said = read(size, "said");
            assert!(said.contains("No space left"), "{size}: {said}");
            assert!(said.contains("hint: free some space"), "{size}: {said}");
            // the CA may be in place already when the bundle finds no room
            assert!(!said.contains("nothing was changed"), "{size}: {said}");
            assert!(
                !read(size, "left").contains("bundle"),
                "{size}: {}",
                read(size, "left")
            );
        }
    }
}

#[test]
fn a_limit_on_the_size_of_files_leaves_nothing() {
    let place = place();
    // ignored, the signal lets the call fail
    let output = shell(
        place.path(),
        &format!("trap '' XFSZ; ulimit -f 0; exec {TOOL} {CREATE}"),
    );
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(said(&output).contains("too large"), "{}", said(&output));
    assert_eq!(everything(place.path()), Vec::<PathBuf>::new());
}

#[test]
fn a_place_that_cannot_be_written_to_is_named_and_left_alone() {
    // for root every place can be written to, but for those that the kernel makes
    let output = shell(Path::new("/proc"), &format!("exec {TOOL} {CREATE}"));
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(
        said(&output).contains("cannot make the folder `store`"),
        "{}",
        said(&output)
    );
}

fn place() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn shell(dir: &Path, script: &str) -> Output {
    Command::new("sh")
        .args(["-c", script])
        .current_dir(dir)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .output()
        .expect("a shell")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Every file and folder below.
fn everything(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("a folder").flatten() {
        if entry.path().is_dir() {
            found.extend(everything(&entry.path()));
        }
        found.push(entry.path());
    }
    found
}
