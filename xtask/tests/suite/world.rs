//! The machine's one world, held by one test at a time.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

use scenario_core::book::Book;
use scenario_core::files::Files;
use scenario_core::model::{CommandLine, Readiness, Scenario};
use scenario_core::plan::{Action, Plan};
use scenario_core::ports;
use scenario_core::process::group_alive;
use scenario_core::transcript::compare_streams;

/// How long to wait for the world of another session.
const OTHERS: Duration = Duration::from_secs(120);
/// How long a condition may take that is bound to come.
const PATIENCE: Duration = Duration::from_secs(60);

static ONE: Mutex<()> = Mutex::new(());
/// What of another session has not ended. It is waited for once, not in each test.
static OTHER_SESSION: OnceLock<String> = OnceLock::new();

/// The right to use the ports, the names and the engine of this machine.
pub(crate) struct World {
    workspace: PathBuf,
    book: PathBuf,
    _alone: File,
    _one: MutexGuard<'static, ()>,
}

/// A run that has ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) text: String,
}

impl World {
    /// The world of this repository's book, with nothing in it but what cargo has compiled; `None` where this
    /// machine lacks something, which is said.
    pub(crate) fn new() -> Option<World> {
        World::of(&root().join("book"), "world")
    }

    /// The world of another book, with a workspace of that name.
    pub(crate) fn of(book: &Path, name: &str) -> Option<World> {
        let one = ONE.lock().unwrap_or_else(|broken| broken.into_inner());
        let workspace = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&workspace).expect("a workspace");
        if let Some(why) = lacking() {
            skipped(why);
            return None;
        }
        let alone = alone();
        // Before there is a world of ours, whose end would be that of the others', too.
        wait_for_others();
        let world = World { workspace, book: book.to_owned(), _alone: alone, _one: one };
        clear(&world.workspace);
        share_dependencies(&world.workspace);
        share_dependencies(&cache().join("scenario/verify/scrapebook"));
        Some(world)
    }

    pub(crate) fn workspace(&self) -> &Path {
        &self.workspace
    }

    /// `cargo xtask` with these words, not started yet.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.arg("--workspace").arg(&self.workspace).arg("--book").arg(&self.book).args(words);
        command.env("XDG_CACHE_HOME", cache()).stdin(Stdio::null()).current_dir(root());
        command.env_remove("GITHUB_ACTIONS");
        command
    }

    /// Runs `cargo xtask` with these words to its end.
    #[track_caller]
    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        let output = self.command(words).output().expect("xtask can be started");
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Ran { status: output.status.code(), text: text.concat() }
    }

    /// Runs what is bound to succeed.
    #[track_caller]
    pub(crate) fn passes(&self, words: &[&str]) -> Ran {
        let ran = self.run(words);
        assert_eq!(ran.status, Some(0), "`cargo xtask {}`:\n{}", words.join(" "), ran.text);
        ran
    }

    /// The book's scenario.
    pub(crate) fn scenario(&self) -> Scenario {
        Book::load(&self.book).and_then(Book::into_scenario).expect("a book without mistakes")
    }

    /// Does by hand what the chapters up to `number` say: writes the files, and types the commands into a shell.
    pub(crate) fn type_by_hand(&self, number: usize) -> ByHand {
        let scenario = self.scenario();
        let mut hand = ByHand { kept: BTreeMap::new() };
        let mut files = Files::default();
        std::fs::create_dir_all(self.workspace.join("app")).expect("a folder");
        std::fs::copy(root().join("app/Cargo.lock"), self.workspace.join("app/Cargo.lock"))
            .expect("a lock file");
        for step in Plan::new(scenario).up_to(number) {
            for action in &step.actions {
                match &action.action {
                    Action::Edit(planned) => {
                        let edit = &planned.edit;
                        files.apply(&planned.block).expect("an edit that applies");
                        let path = self.workspace.join(&edit.path);
                        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
                        std::fs::write(path, files.text(&edit.path).unwrap_or_default()).expect("a file");
                    }
                    Action::Command(planned) => {
                        let command = &planned.command;
                        let mut typed = self.type_command(command);
                        if let Some(bound) = planned.repeat {
                            within(bound, &command.text, || {
                                typed = self.type_command(command);
                                typed.0 == Some(command.status)
                                    && compare_streams(&command.output, &typed.1, &typed.2).is_none()
                            });
                        }
                        let (status, stdout, stderr) = typed;
                        assert_eq!(status, Some(command.status), "`{}`: {stdout}{stderr}", command.text);
                        planned.ready.iter().for_each(ready);
                    }
                    Action::Background(background) => {
                        hand.end(&background.name);
                        let text = format!("exec {}", background.command.text);
                        let child = self.shell(&text).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
                        hand.kept.insert(background.name.clone(), child.expect("a shell"));
                        ready(&background.ready);
                    }
                    Action::Stop { name } => hand.end(name),
                    Action::Check(_) | Action::Ignored { .. } => {}
                }
            }
        }
        hand
    }

    /// Runs a command once: its exit status, and what it printed on each stream.
    fn type_command(&self, command: &CommandLine) -> (Option<i32>, String, String) {
        let output = self.shell(&command.text).output().expect("a shell");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }

    fn shell(&self, text: &str) -> Command {
        let mut path = vec![tools().join("bin")];
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        let mut command = Command::new("bash");
        command.args(["-c", text]).stdin(Stdio::null()).current_dir(&self.workspace);
        command.env("PATH", std::env::join_paths(path).expect("a PATH"));
        command.env("SCENARIO_DATA", self.workspace.join("data"));
        let cargos = std::env::vars_os().map(|(name, _)| name);
        for name in cargos.filter(|name| name.to_string_lossy().starts_with("CARGO_PKG")) {
            command.env_remove(name);
        }
        command.env_remove("CARGO_TARGET_DIR").env_remove("RUSTFLAGS");
        command
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let ran = self.run(&["down"]);
        if ran.status != Some(0) {
            tell(&format!("`down` failed: {}", ran.text));
        }
    }
}

impl Ran {
    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Ran {
        assert!(self.text.contains(text), "no `{text}` in:\n{}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn does_not_say(&self, text: &str) -> &Ran {
        assert!(!self.text.contains(text), "`{text}` in:\n{}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn status(&self, status: i32) -> &Ran {
        assert_eq!(self.status, Some(status), "{}", self.text);
        self
    }
}

/// What a reader has running who has done it by hand.
pub(crate) struct ByHand {
    /// What keeps running, each in a terminal of its own.
    pub(crate) kept: BTreeMap<String, Child>,
}

impl ByHand {
    /// Ends what runs under this name, as Ctrl-C in its terminal does.
    pub(crate) fn end(&mut self, name: &str) {
        if let Some(mut child) = self.kept.remove(name) {
            child.kill().expect("a process of ours");
            child.wait().expect("a process of ours");
        }
    }
}

impl Drop for ByHand {
    fn drop(&mut self) {
        for child in self.kept.values_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
        docker(&["rm", "-f", "app-v1", "app-metrics"]);
        docker(&["rmi", "-f", "app:v1", "app:metrics"]);
    }
}

#[track_caller]
fn ready(ready: &Readiness) {
    let Some(port) = ready.port() else { return };
    until(&format!("port {port}"), || ports::accepts(port));
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a parent").to_owned()
}

fn tools() -> PathBuf {
    std::env::var_os("SCENARIO_TOOLS").map_or_else(|| root().join("target/tools"), PathBuf::from)
}

/// Where `verify` has its workspace.
fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache")
}

/// Gives a workspace without compiled dependencies those of another one, which are the same: to compile them costs
/// half a minute. The app itself is left out, as its name is the same wherever it is.
fn share_dependencies(workspace: &Path) {
    let target = workspace.join("app/target");
    let others = [Path::new(env!("CARGO_TARGET_TMPDIR")).join("world/app/target"), root().join("app/target")];
    let Some(other) = others.iter().find(|other| other.join("debug/.fingerprint").is_dir()) else { return };
    if target.exists() {
        return;
    }
    std::fs::create_dir_all(target.join("debug")).expect("a folder");
    // Fingerprints first: one that is there says that what it stands for is complete.
    for folder in [".fingerprint", "build", "deps"] {
        let (from, to) = (other.join("debug").join(folder), target.join("debug").join(folder));
        let copied = Command::new("cp").arg("-a").arg(from).arg(&to).status().expect("`cp`");
        assert!(copied.success(), "{}", to.display());
        for entry in std::fs::read_dir(&to).expect("a folder").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("app-") || name.starts_with("libapp-") {
                let path = entry.path();
                let removed =
                    if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
                removed.expect("a file of ours");
            }
        }
    }
}

/// Says why a test cannot run here; where everything must be there, that is a failure.
pub(crate) fn skipped(reason: &str) {
    assert!(std::env::var_os("SCENARIO_NO_SKIP").is_none(), "cannot be skipped here: {reason}");
    tell(&format!("skipped: {reason}"));
}

/// What the book needs and this machine lacks, found out once.
fn lacking() -> Option<&'static str> {
    static LACKING: OnceLock<Option<String>> = OnceLock::new();
    let look = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        let output = command.arg("setup").stdin(Stdio::null()).output().expect("xtask can be started");
        (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
    };
    LACKING.get_or_init(look).as_deref()
}

/// Runs the engine, past the runner; returns what it prints.
pub(crate) fn docker(words: &[&str]) -> String {
    let output =
        Command::new("docker").args(words).stdin(Stdio::null()).output().expect("the engine's program");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The names of all containers that the state folder of these tests answers for.
pub(crate) fn labelled() -> String {
    docker(&["ps", "-a", "--filter", &label(), "--format", "{{.Names}}"])
}

/// The filter for what these tests' state folder answers for; others may have containers and images of their own.
pub(crate) fn label() -> String {
    let dir = scenario_core::state::state_dir();
    format!("label=scenario.state={}", dir.canonicalize().unwrap_or(dir).display())
}

/// Waits for the tests of other worktrees, whose books have the same ports and names. Between two of its runs a test
/// holds nothing that [`wait_for_others`] could see.
fn alone() -> File {
    let path = std::env::temp_dir().join("scenario-test-world");
    let file = File::options().create(true).append(true).open(path).expect("a lock file");
    file.lock().expect("a lock");
    file
}

/// Another session may have a world, or a run under way.
fn wait_for_others() {
    let end = Instant::now() + OTHERS;
    loop {
        if let Some(what) = OTHER_SESSION.get() {
            panic!("another session has a world for more than {} s: {what}", OTHERS.as_secs());
        }
        let dir = scenario_core::state::state_dir();
        let under_way = File::open(dir.join("lock")).is_ok_and(|file| file.try_lock().is_err());
        let containers = labelled();
        let ports: Vec<String> =
            [8000, 9090].into_iter().filter_map(ports::holder).map(|held| held.to_string()).collect();
        if !under_way && containers.is_empty() && ports.is_empty() {
            return;
        }
        if Instant::now() >= end {
            let what = format!("run under way: {under_way}; containers: {containers:?}; ports: {ports:?}");
            let _ = OTHER_SESSION.set(what);
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// Removes all but what cargo has compiled.
fn clear(workspace: &Path) {
    for entry in std::fs::read_dir(workspace).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_name() == "target" {
            continue;
        }
        if path.join("target").is_dir() {
            clear(&path);
        } else if path.is_dir() {
            std::fs::remove_dir_all(&path).expect("a folder of ours");
        } else {
            std::fs::remove_file(&path).expect("a file of ours");
        }
    }
}

/// Asks the service, as a reader does; the status and the body.
pub(crate) fn curl(url: &str) -> (String, String) {
    let output =
        Command::new("curl").args(["-s", "-m", "5", "-w", "\n%{http_code}", url]).output().expect("curl");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (body, status) = text.rsplit_once('\n').unwrap_or_default();
    (status.to_owned(), body.to_owned())
}

/// Waits for a condition.
#[track_caller]
pub(crate) fn until(what: &str, holds: impl FnMut() -> bool) {
    within(PATIENCE, what, holds);
}

/// Waits for a condition that must come within a time.
#[track_caller]
pub(crate) fn within(bound: Duration, what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + bound;
    while !holds() {
        assert!(Instant::now() < end, "waited {} s in vain for {what}", bound.as_secs());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether a process is there.
pub(crate) fn alive(pid: u32) -> bool {
    group_alive(pid.cast_signed()) || {
        let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        status
            .rsplit(')')
            .next()
            .is_some_and(|rest| !rest.trim().is_empty() && !rest.trim_start().starts_with('Z'))
    }
}

/// Says something that is worth reading where a test passes, too: `eprintln!` would keep it back then.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
