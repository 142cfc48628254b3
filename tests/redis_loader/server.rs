//! A Redis that is started to be asked for its settings, and goes away. Judges nothing.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::common::{Server, server};

/// Settings and what they are.
pub(crate) type Answers = BTreeMap<String, String>;

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(20);

/// Its own user, so that it answers whatever the password is; no port, no data.
const OURS: [&str; 17] = [
    "--user",
    "tester",
    "on",
    "nopass",
    "~*",
    "&*",
    "+@all",
    "--port",
    "0",
    "--unixsocket",
    "socket",
    "--logfile",
    "log",
    "--loglevel",
    "warning",
    "--save",
    "",
];

/// Starts a server by these words in the folder; `None` where it refuses.
pub(crate) fn ask(folder: &Path, words: &[String], settings: &[&str]) -> Option<Answers> {
    let mut command = server(&words[0]);
    command.args(&words[1..]).args(OURS).current_dir(folder);
    let mut talk = Talk::begin(&mut command, folder)?;
    assert_eq!(talk.say(&["AUTH", "tester", "x"]), ["OK"]);
    let mut answers = Answers::new();
    for setting in settings {
        let pair = talk.say(&["CONFIG", "GET", setting]);
        answers.insert((*setting).to_owned(), pair[1].clone());
    }
    Some(answers)
}

/// Starts a server by `redis.conf` in the folder, and says one thing to its `socket` without
/// logging in; `None` where it refuses to start.
pub(crate) fn say(folder: &Path, words: &[&str]) -> Option<String> {
    let mut command = server("redis-server");
    command.arg("redis.conf").current_dir(folder);
    let mut talk = Talk::begin(&mut command, folder)?;
    // it listens before it has read its users
    Some(talk.try_to_say(words).ok()?.concat())
}

/// A server that is spoken to.
struct Talk {
    stream: UnixStream,
    reader: BufReader<UnixStream>,
    /// It goes away with this.
    _process: Server,
}

impl Talk {
    /// `None` where it ends before there is a socket.
    fn begin(command: &mut Command, folder: &Path) -> Option<Talk> {
        let mut process = Server::start(command);
        let begun = Instant::now();
        let socket = folder.join("socket");
        loop {
            if let Ok(stream) = UnixStream::connect(&socket) {
                let reader = BufReader::new(stream.try_clone().expect("a second handle"));
                return Some(Talk {
                    stream,
                    reader,
                    _process: process,
                });
            }
            if process.has_ended() {
                return None;
            }
            assert!(begun.elapsed() < PATIENCE, "redis-server does not start");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn say(&mut self, words: &[&str]) -> Vec<String> {
        self.try_to_say(words).expect("an answer")
    }

    fn try_to_say(&mut self, words: &[&str]) -> io::Result<Vec<String>> {
        let mut text = format!("*{}\r\n", words.len());
        for word in words {
            text.push_str(&format!("${}\r\n{word}\r\n", word.len()));
        }
        self.stream.write_all(text.as_bytes())?;
        answer(&mut self.reader)
    }
}

/// One answer: a line, or the texts of a list.
fn answer(reader: &mut BufReader<UnixStream>) -> io::Result<Vec<String>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let line = line.trim_end();
    let number = || line[1..].parse::<usize>().expect("a number");
    Ok(match line.as_bytes()[0] {
        b'*' => {
            let parts = (0..number()).map(|_| answer(reader));
            let parts: Vec<Vec<String>> = parts.collect::<io::Result<_>>()?;
            parts.concat()
        }
        b'$' => {
            let mut bytes = vec![0; number() + 2];
            reader.read_exact(&mut bytes)?;
            bytes.truncate(bytes.len() - 2);
            vec![String::from_utf8_lossy(&bytes).into_owned()]
        }
        _ => vec![line[1..].to_owned()],
    })
}
