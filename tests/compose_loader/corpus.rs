//! The corpus: small projects over every feature, each held against Compose.

use std::panic::catch_unwind;
use std::sync::Mutex;

use crate::agree;

const CORPUS: &str = include_str!("corpus.txt");

/// Title, whether Compose takes it, and its files.
type Entry = (String, bool, Vec<(String, String)>);

fn entries() -> Vec<Entry> {
    let entry = |part: &str| {
        let mut files = part.split("--- ");
        let title = files.next().expect("a title").trim().to_owned();
        let file = |text: &str| {
            let (path, text) = text.split_once('\n').expect("a path");
            (path.trim().to_owned(), text.to_owned())
        };
        let is_taken = !title.starts_with("refused: ");
        (title, is_taken, files.map(file).collect())
    };
    CORPUS.split("=== ").skip(1).map(entry).collect()
}

#[test]
fn every_project_of_the_corpus_is_read_as_compose_reads_it() {
    let entries = entries();
    assert!(entries.len() >= 40, "{}", entries.len());
    let next = Mutex::new(entries.iter());
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                loop {
                    let entry = next.lock().expect("entries").next();
                    let Some((title, is_taken, files)) = entry else {
                        break;
                    };
                    let agreed = catch_unwind(|| agree(title, files));
                    match agreed {
                        Ok(taken) if taken == *is_taken => {}
                        Ok(taken) => failed
                            .lock()
                            .expect("failures")
                            .push(format!("{title}: taken is {taken}")),
                        Err(_) => failed.lock().expect("failures").push(title.clone()),
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("failures");
    assert!(failed.is_empty(), "{failed:#?}");
}
