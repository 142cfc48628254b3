//! One question at a time, on the terminal: a line that says why and names the flag, then
//! the question with its default, which Enter takes. Ctrl-C ends the program here, before
//! anything was written, with the terminal as it was.

use std::sync::{Once, OnceLock};

use dialoguer::theme::ColorfulTheme;
use dialoguer::{Confirm, Input, MultiSelect, Select};

use crate::cli::Failure;
use crate::term::{self, Terminal};

/// What every question says besides itself.
#[derive(Clone, Copy)]
pub(super) struct Reason<'a> {
    /// Why it is asked, in one line.
    pub(super) why: &'a str,
    /// The flag that answers it.
    pub(super) flag: &'a str,
}

/// Someone who answers.
pub(super) struct Asker {
    theme: ColorfulTheme,
}

impl Asker {
    /// `None` when there is no terminal to ask on.
    pub(super) fn new() -> Result<Option<Asker>, Failure> {
        let Some(terminal) = Terminal::attached() else {
            return Ok(None);
        };
        // dialoguer hides the cursor and leaves showing it again to us
        if TERMINAL.set(terminal).is_ok() {
            ctrlc::set_handler(|| stop()).map_err(|_| Failure {
                message: "cannot catch Ctrl-C".to_owned(),
                hint: WITHOUT_QUESTIONS.to_owned(),
            })?;
        }
        Ok(Some(Asker {
            theme: ColorfulTheme::default(),
        }))
    }

    /// One of several: the position of the answer.
    pub(super) fn one_of(
        &self,
        reason: Reason<'_>,
        prompt: &str,
        items: &[String],
        default: usize,
    ) -> Result<usize, Failure> {
        reason.say();
        let question = Select::with_theme(&self.theme)
            .with_prompt(term::clean(prompt))
            .items(items.iter().map(|item| term::clean(item)))
            .default(default);
        answer(question.interact())
    }

    /// Some of several, at least one: their positions.
    pub(super) fn some_of(
        &self,
        reason: Reason<'_>,
        prompt: &str,
        items: &[(String, bool)],
    ) -> Result<Vec<usize>, Failure> {
        reason.say();
        loop {
            let question = MultiSelect::with_theme(&self.theme)
                .with_prompt(prompt)
                .report(false)
                .items_checked(items.iter().map(|(item, on)| (item, *on)));
            let chosen = answer(question.interact())?;
            if !chosen.is_empty() {
                let names = chosen
                    .iter()
                    .filter_map(|at| items[*at].0.split(' ').next());
                term::tell(&format!("  {}", names.collect::<Vec<_>>().join(", ")));
                return Ok(chosen);
            }
            term::tell("at least one, please: the space bar takes and leaves");
        }
    }

    /// A text that passes the check.
    pub(super) fn text(
        &self,
        reason: Reason<'_>,
        prompt: &str,
        default: String,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Result<String, Failure> {
        reason.say();
        let question = Input::with_theme(&self.theme)
            .with_prompt(prompt)
            .default(default)
            .validate_with(|text: &String| check(text.trim()));
        answer(question.interact_text()).map(|text| text.trim().to_owned())
    }

    /// Yes or no.
    pub(super) fn whether(
        &self,
        reason: Reason<'_>,
        prompt: &str,
        default: bool,
    ) -> Result<bool, Failure> {
        reason.say();
        let question = Confirm::with_theme(&self.theme)
            .with_prompt(term::clean(prompt))
            .default(default);
        answer(question.interact())
    }
}

impl Reason<'_> {
    fn say(self) {
        term::tell(&format!("\n{} ({})", self.why, self.flag));
    }
}

const WITHOUT_QUESTIONS: &str = "answer with flags: stem-sec init --yes, see stem-sec init --help";

fn answer<T>(answer: dialoguer::Result<T>) -> Result<T, Failure> {
    answer.map_err(|dialoguer::Error::IO(error)| {
        if error.kind() == std::io::ErrorKind::Interrupted {
            stop();
        }
        if let Some(terminal) = TERMINAL.get() {
            terminal.restore();
        }
        Failure {
            message: "the terminal went away before every question was answered".to_owned(),
            hint: WITHOUT_QUESTIONS.to_owned(),
        }
    })
}

/// How the terminal was before the first question.
static TERMINAL: OnceLock<Terminal> = OnceLock::new();
static STOPPED: Once = Once::new();

/// Whichever of the signal's thread and the asking one comes first gives the terminal back;
/// the other waits for the end.
#[expect(
    clippy::exit,
    reason = "a question that is being asked cannot be left otherwise"
)]
fn stop() -> ! {
    STOPPED.call_once(|| {
        if let Some(terminal) = TERMINAL.get() {
            terminal.restore();
        }
    });
    std::process::exit(INTERRUPTED)
}

/// What shells take for an end by Ctrl-C.
const INTERRUPTED: i32 = 130;
