//! Two tasks in turns, each time in a fresh folder, and what comes out of it.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Runs that are not counted.
const WARM_UP: usize = 3;

/// Processes that run one after the other; words are split at spaces.
pub(crate) struct Task {
    commands: Vec<Vec<String>>,
    variables: Vec<(&'static str, String)>,
    succeeds: bool,
}

impl Task {
    pub(crate) fn of(commands: &[&str]) -> Task {
        let words = |command: &&str| command.split(' ').map(str::to_owned).collect();
        Task {
            commands: commands.iter().map(words).collect(),
            variables: Vec::new(),
            succeeds: true,
        }
    }

    /// With these variables in its environment.
    pub(crate) fn given(self, variables: Vec<(&'static str, String)>) -> Task {
        Task { variables, ..self }
    }

    pub(crate) fn that_fails(self) -> Task {
        Task {
            succeeds: false,
            ..self
        }
    }

    /// The time from the start of the first process to the end of the last.
    fn run(&self, dir: &Path) -> io::Result<Duration> {
        let mut commands: Vec<Command> = self
            .commands
            .iter()
            .map(|words| {
                let mut command = Command::new(&words[0]);
                command
                    .args(&words[1..])
                    .envs(self.variables.iter().map(|(name, value)| (name, value)))
                    .current_dir(dir)
                    .stdin(Stdio::null())
                    .stdout(Stdio::null())
                    .stderr(Stdio::null());
                command
            })
            .collect();
        let start = Instant::now();
        for command in &mut commands {
            if command.status()?.success() != self.succeeds {
                return Err(io::Error::other(format!("not as expected: {command:?}")));
            }
        }
        Ok(start.elapsed())
    }
}

/// How many runs, and what stands for them.
#[derive(Clone, Copy)]
pub(crate) enum Average {
    Median { runs: usize },
    Mean { runs: usize },
}

impl Average {
    fn runs(self) -> usize {
        match self {
            Average::Median { runs } | Average::Mean { runs } => runs,
        }
    }

    fn of(self, mut times: Vec<Duration>) -> Duration {
        match self {
            Average::Median { runs } => {
                times.sort_unstable();
                times[runs / 2]
            }
            Average::Mean { runs } => times.iter().sum::<Duration>().div_f64(runs as f64),
        }
    }
}

pub(crate) struct Comparison {
    pub(crate) name: &'static str,
    pub(crate) ours: Task,
    pub(crate) theirs: Task,
    /// Folder for the fresh folders.
    pub(crate) place: &'static str,
    /// The ratio that is promised.
    pub(crate) line: f64,
    pub(crate) average: Average,
}

/// What came out of it.
pub(crate) struct Outcome {
    name: &'static str,
    ours: Duration,
    theirs: Duration,
    line: f64,
}

impl Comparison {
    pub(crate) fn run(&self) -> io::Result<Outcome> {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for number in 0..WARM_UP + self.average.runs() {
            // whoever goes second finds the machine as the first has left it
            let (mine, its) = if number % 2 == 0 {
                let mine = self.time(&self.ours)?;
                (mine, self.time(&self.theirs)?)
            } else {
                let its = self.time(&self.theirs)?;
                (self.time(&self.ours)?, its)
            };
            if number >= WARM_UP {
                ours.push(mine);
                theirs.push(its);
            }
        }
        Ok(Outcome {
            name: self.name,
            ours: self.average.of(ours),
            theirs: self.average.of(theirs),
            line: self.line,
        })
    }

    fn time(&self, task: &Task) -> io::Result<Duration> {
        let dir = tempfile::tempdir_in(self.place)?;
        task.run(dir.path())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
        let (ours, theirs) = (milliseconds(self.ours), milliseconds(self.theirs));
        let ratio = ours / theirs;
        let verdict = if ratio <= self.line { "met" } else { "MISSED" };
        write!(
            f,
            "{:<60} {ours:>9.2} ms / {theirs:>8.2} ms = {ratio:.2}, line {} {verdict}",
            self.name, self.line
        )
    }
}
