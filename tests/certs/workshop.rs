//! A folder to work in: runs the binary there, lets OpenSSL make things, and remembers what
//! lies where.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::common::{Done, folder, run, stem_sec, tool};

pub(crate) struct Workshop(TempDir);

/// Every path, with its mode and content.
type Contents = BTreeMap<PathBuf, (u32, Vec<u8>)>;

impl Workshop {
    pub(crate) fn new() -> Workshop {
        Workshop(folder())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).expect("it can be written");
    }

    pub(crate) fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.path(name))
            .expect("it is there")
            .permissions()
            .mode()
            & 0o777
    }

    /// Runs `stem-sec certs …`; words are split at blanks, `''` is an empty one.
    #[track_caller]
    pub(crate) fn certs(&self, line: &str) -> Done {
        let words = line
            .split(' ')
            .map(|word| if word == "''" { "" } else { word });
        run(stem_sec()
            .arg("certs")
            .args(words)
            .current_dir(self.0.path()))
    }

    /// Runs it; it must fail with this code, say that, give a hint, and change nothing.
    #[track_caller]
    pub(crate) fn refuses(&self, line: &str, code: i32, words: &str) {
        let before = self.contents();
        let done = self.certs(line);
        assert_eq!(done.code, Some(code), "{line}: {}", done.said());
        assert!(
            done.stderr.starts_with("stem-sec: "),
            "{line}: {}",
            done.stderr
        );
        assert!(done.stderr.contains(words), "{line}: {}", done.stderr);
        assert!(done.stderr.contains("\nhint: "), "{line}: {}", done.stderr);
        assert_eq!(done.stdout, "", "{line}");
        let sentences = done
            .stderr
            .lines()
            .filter(|line| !line.starts_with("hint: "));
        assert_eq!(sentences.count(), 1, "{line}: {}", done.stderr);
        assert!(before == self.contents(), "{line} left something behind");
    }

    pub(crate) fn contents(&self) -> Contents {
        let mut contents = Contents::new();
        collect(self.0.path(), &mut contents);
        contents
    }

    #[track_caller]
    pub(crate) fn openssl(&self, line: &str) -> Done {
        let mut command = tool("openssl");
        run(command.args(line.split(' ')).current_dir(self.0.path())).ok()
    }

    /// A self-signed certificate `NAME.crt` and `NAME.key`, with these extensions.
    pub(crate) fn root(&self, name: &str, key: &[&str], subject: &str, extensions: &str) {
        self.root_at("", name, key, subject, extensions);
    }

    /// The same, as if it were another time, and for less than a year.
    pub(crate) fn root_at(
        &self,
        time: &str,
        name: &str,
        key: &[&str],
        subject: &str,
        extensions: &str,
    ) {
        let config = format!(
            "[req]\ndistinguished_name=name\nprompt=no\nx509_extensions=extensions\nstring_mask=default\n\
             [name]\n{subject}\n[extensions]\n{extensions}\n"
        );
        self.write(&format!("{name}.cnf"), config);
        let (mut command, days) = if time.is_empty() {
            (tool("openssl"), "3000")
        } else {
            let mut command = tool("faketime");
            command.args([time, "openssl"]);
            (command, "300")
        };
        command.args(["req", "-x509", "-nodes", "-days", days, "-config"]);
        command.arg(format!("{name}.cnf")).args(key);
        command.arg("-keyout").arg(format!("{name}.key"));
        command.arg("-out").arg(format!("{name}.crt"));
        run(command.current_dir(self.0.path())).ok();
    }
}

pub(crate) const RSA: &[&str] = &["-newkey", "rsa:2048"];
pub(crate) const P256: &[&str] = &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
pub(crate) const CA: &str = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n\
                             subjectKeyIdentifier=hash";

fn collect(folder: &Path, contents: &mut Contents) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        let metadata = fs::symlink_metadata(&path).expect("it is there");
        let mode = metadata.permissions().mode();
        let content = if metadata.is_file() {
            fs::read(&path).expect("a readable file")
        } else {
            Vec::new()
        };
        if metadata.is_dir() {
            collect(&path, contents);
        }
        contents.insert(path, (mode, content));
    }
}
