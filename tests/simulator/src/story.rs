//! The story of a harm: of all that happened in a schedule, what has to do with it.

use crate::outcome::Harm;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Process(usize),
    Message(usize),
}

pub(crate) struct Story {
    wanted: Harm,
    lines: Vec<(Vec<Subject>, String)>,
    end: Option<(String, Vec<String>)>,
}

impl Story {
    /// The story of the first harm of a kind.
    pub(crate) fn of(wanted: Harm) -> Self {
        Self {
            wanted,
            lines: Vec::new(),
            end: None,
        }
    }

    pub(crate) fn note(&mut self, subjects: &[Subject], words: String) {
        if self.end.is_none() {
            self.lines.push((subjects.to_vec(), words));
        }
    }

    pub(crate) fn harm(&mut self, harm: Harm, subjects: &[Subject], words: String) {
        if self.end.is_some() || harm != self.wanted {
            return;
        }
        let mut cast = subjects.to_vec();
        // whoever had the message in hand belongs to it
        for (with, _) in &self.lines {
            let concerned = with
                .iter()
                .any(|one| matches!(one, Subject::Message(_)) && subjects.contains(one));
            if concerned {
                cast.extend(with.iter().filter(|one| matches!(one, Subject::Process(_))));
            }
        }
        let belongs = |with: &[Subject]| {
            let message = with.iter().find(|one| matches!(one, Subject::Message(_)));
            match message {
                Some(message) => subjects.contains(message),
                None => with.is_empty() || with.iter().any(|one| cast.contains(one)),
            }
        };
        let lines = self.lines.iter().filter(|(with, _)| belongs(with));
        let mut story: Vec<String> = lines.map(|(_, words)| words.clone()).collect();
        story.push(words.clone());
        self.end = Some((words, story));
    }

    pub(crate) fn end(self) -> (String, Vec<String>) {
        self.end.unwrap_or_default()
    }
}
