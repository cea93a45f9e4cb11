//! Runs `scenario` on a small book, with a state, a cache and processes of its own, so that such tests can go on
//! beside each other and beside the real book's world. Containers are not for here: they belong to the machine.

use std::io::Write;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use snapbox::Assert;
use snapbox::data::Inline;

use crate::scenario_test::ScenarioTest;

/// How long a condition may take that is bound to come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A book that can be run. Whatever it leaves running ends with it.
pub(crate) struct Playground {
    book: ScenarioTest,
    env: Vec<(String, String)>,
}

impl Deref for Playground {
    type Target = ScenarioTest;

    fn deref(&self) -> &ScenarioTest {
        &self.book
    }
}

impl ScenarioTest {
    /// Makes the book ready to be run.
    pub(crate) fn playground(self) -> Playground {
        Playground { book: self, env: vec![] }
    }
}

impl Playground {
    /// A book with these chapters.
    pub(crate) fn steps(pages: &[&str]) -> Playground {
        let numbered = (1..).zip(pages).map(|(number, text)| (format!("step-{number}.md"), text));
        numbered.fold(ScenarioTest::new(), |book, (name, text)| book.page(&name, text)).playground()
    }

    /// Sets a variable for all that is run.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Playground {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Gives it a `prometheus` that only tells its version, for a book whose server is one of the test.
    pub(crate) fn with_fake_prometheus(self) -> Playground {
        let tools = self.root().join(".tools").display().to_string();
        self.with_program("SCENARIO_PROMETHEUS", "echo 'prometheus, version 3.13.2'")
            .env("SCENARIO_TOOLS", &tools)
    }

    /// Makes a program of a script for `sh`, and names it in a variable.
    pub(crate) fn with_program(self, variable: &str, script: &str) -> Playground {
        let tools = self.root().join(".tools");
        std::fs::create_dir_all(&tools).expect("a folder");
        let (text, program) = (tools.join("text"), tools.join("given").join(variable.to_lowercase()));
        std::fs::write(&text, format!("#!/bin/sh\n{script}\n")).expect("a file");
        // By another program: a file that this one has just written may be open still in a child that it has forked.
        let installed = Command::new("install").arg("-Dm755").args([&text, &program]).status();
        assert!(installed.is_ok_and(|status| status.success()), "install");
        self.env(variable, &program.to_string_lossy())
    }

    /// A file of the learner's.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root().join("workspace").join(path)
    }

    /// The folder of the book, as the kernel names it.
    pub(crate) fn root(&self) -> PathBuf {
        self.dir().canonicalize().expect("the folder of the book")
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_else(|cause| format!("({path}: {cause})"))
    }

    /// `scenario` with these words, not started yet.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scenario"));
        command.args(words);
        self.prepare(&mut command);
        command
    }

    /// The directory and the environment of everything that is run here.
    pub(crate) fn prepare(&self, command: &mut Command) {
        command.current_dir(self.root()).stdin(Stdio::null());
        command.env("SCENARIO_STATE", self.root().join(".state"));
        command.env("XDG_CACHE_HOME", self.root().join(".cache"));
        command.env("SCENARIO_TOOLS", tools());
        // No engine by that name: these books must not touch the machine's containers.
        command.env("SCENARIO_ENGINE", "none");
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "GITHUB_ACTIONS", "SCENARIO_COMMAND_SECONDS"] {
            command.env_remove(name);
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
    }

    /// Runs `scenario` with these words to its end.
    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        let output = self.command(words).output().expect("scenario can be started");
        let text = |bytes: &[u8]| self.redact_run(&String::from_utf8_lossy(bytes));
        Ran {
            words: words.join(" "),
            status: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// Starts `scenario` with these words.
    pub(crate) fn start(&self, words: &[&str]) -> Running<'_> {
        let child = self.command(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Running { child: child.expect("scenario can be started"), playground: self }
    }

    /// Waits until a file of the learner's is there.
    #[track_caller]
    pub(crate) fn wait_for_file(&self, path: &str) {
        until(&format!("the file `{path}`"), || self.path(path).exists());
    }

    /// What runs in the book's folder: the runner, its watchdog, and the processes of the pages.
    pub(crate) fn processes(&self) -> Vec<(i32, String)> {
        let root = self.root();
        let all = procfs::process::all_processes().expect("/proc");
        let here = all.flatten().filter(|process| process.cwd().is_ok_and(|dir| dir.starts_with(&root)));
        here.filter_map(|process| {
            let alive = process.stat().is_ok_and(|stat| stat.state != 'Z');
            let words = process.cmdline().unwrap_or_default().join(" ");
            alive.then_some((process.pid, words))
        })
        .collect()
    }

    /// The process whose words contain `text`.
    pub(crate) fn process(&self, text: &str) -> Option<i32> {
        self.processes().iter().find(|(_, words)| words.contains(text)).map(|(pid, _)| *pid)
    }

    /// Waits until nothing runs any more in the book's folder.
    #[track_caller]
    pub(crate) fn nothing_is_left_within(&self, seconds: u64) {
        let end = Instant::now() + Duration::from_secs(seconds);
        loop {
            let left = self.processes();
            if left.is_empty() {
                return;
            }
            assert!(Instant::now() < end, "still running after {seconds} s: {left:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What differs from run to run: places, times and process ids.
    fn redact_run(&self, text: &str) -> String {
        let root = self.root().display().to_string();
        let text = self.redact(&text.replace(&format!("{root}/"), "").replace(&root, "[BOOK]"));
        let patterns = [
            (r"(?m)  [0-9]+\.[0-9] s$", ""),
            (r"[0-9]+\.[0-9] s\b", "[TIME] s"),
            (r"\bprocess [0-9]+", "process [PID]"),
            (r"\([0-9]+\)", "([PID])"),
            (r"::[0-9a-f]{32}\b", "::[TOKEN]"),
        ];
        patterns.iter().fold(text, |text, (pattern, with)| {
            let pattern = regex_lite::Regex::new(pattern).expect("a pattern");
            pattern.replace_all(&text, *with).into_owned()
        })
    }
}

impl Drop for Playground {
    fn drop(&mut self) {
        let _ = self.command(&["down"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        for (pid, _) in self.processes() {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
}

/// A run that has ended.
#[derive(Debug)]
pub(crate) struct Ran {
    words: String,
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Compares the exit status.
    #[track_caller]
    pub(crate) fn status(&self, status: i32) -> &Ran {
        assert_eq!(self.status, Some(status), "`{}`: {}\n{}", self.words, self.stdout, self.stderr);
        self
    }

    /// Compares standard output.
    #[track_caller]
    pub(crate) fn out(&self, expected: Inline) -> &Ran {
        same(&self.stdout, expected);
        self
    }

    /// Compares standard error.
    #[track_caller]
    pub(crate) fn err(&self, expected: Inline) -> &Ran {
        same(&self.stderr, expected);
        self
    }

    /// Looks for a text in standard output.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Ran {
        assert!(self.stdout.contains(text), "no `{text}` in what `{}` says:\n{}", self.words, self.stdout);
        self
    }

    /// Looks that a text is not in standard output.
    #[track_caller]
    pub(crate) fn does_not_say(&self, text: &str) -> &Ran {
        assert!(!self.stdout.contains(text), "`{text}` in what `{}` says:\n{}", self.words, self.stdout);
        self
    }
}

#[track_caller]
fn same(actual: &str, expected: Inline) {
    Assert::new().action_env("SNAPSHOTS").eq(actual, expected);
}

/// A run that goes on.
pub(crate) struct Running<'a> {
    pub(crate) child: Child,
    playground: &'a Playground,
}

impl Running<'_> {
    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().cast_signed()), signal).expect("the runner runs");
    }

    /// Waits for its end; its exit status, if it was not killed.
    #[track_caller]
    pub(crate) fn wait(mut self) -> Option<i32> {
        let mut status = None;
        until("the end of the run", || {
            status = self.child.try_wait().expect("a child");
            status.is_some()
        });
        status.and_then(|status| status.code())
    }

    /// The watchdog of this run.
    #[track_caller]
    pub(crate) fn watchdog(&self) -> i32 {
        self.playground.process("__watchdog").expect("a watchdog")
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for a condition.
#[track_caller]
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "waited {} s in vain for {what}", PATIENCE.as_secs());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The tools folder of this repository, or the one that is given.
pub(crate) fn tools() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the repository");
    std::env::var_os("SCENARIO_TOOLS").map_or_else(|| root.join("target/tools"), PathBuf::from)
}

/// Says why a test cannot run here; where everything must be there, that is a failure.
pub(crate) fn skipped(reason: &str) {
    assert!(std::env::var_os("SCENARIO_NO_SKIP").is_none(), "cannot be skipped here: {reason}");
    // A passing test keeps back what `eprintln!` says.
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
}
