//! A Redis that is started to be asked for its settings, and goes away. Judges nothing.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
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
    let mut process = Server::start(&mut command);
    let begun = Instant::now();
    let socket = folder.join("socket");
    let mut stream = loop {
        if let Ok(stream) = UnixStream::connect(&socket) {
            break stream;
        }
        if process.has_ended() {
            return None;
        }
        assert!(begun.elapsed() < PATIENCE, "redis-server does not start");
        std::thread::sleep(Duration::from_millis(2));
    };
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut call = |words: &[&str]| {
        let mut text = format!("*{}\r\n", words.len());
        for word in words {
            text.push_str(&format!("${}\r\n{word}\r\n", word.len()));
        }
        stream.write_all(text.as_bytes()).expect("sent");
        answer(&mut reader)
    };
    assert_eq!(call(&["AUTH", "tester", "x"]), ["OK"]);
    let mut answers = Answers::new();
    for setting in settings {
        let pair = call(&["CONFIG", "GET", setting]);
        answers.insert((*setting).to_owned(), pair[1].clone());
    }
    Some(answers)
}

/// One answer: a line, or the texts of a list.
fn answer(reader: &mut BufReader<UnixStream>) -> Vec<String> {
    let mut line = String::new();
    reader.read_line(&mut line).expect("an answer");
    let line = line.trim_end();
    let number = || line[1..].parse::<usize>().expect("a number");
    match line.as_bytes()[0] {
        b'*' => (0..number()).flat_map(|_| answer(reader)).collect(),
        b'$' => {
            let mut bytes = vec![0; number() + 2];
            reader.read_exact(&mut bytes).expect("a text");
            bytes.truncate(bytes.len() - 2);
            vec![String::from_utf8_lossy(&bytes).into_owned()]
        }
        _ => vec![line[1..].to_owned()],
    }
}
