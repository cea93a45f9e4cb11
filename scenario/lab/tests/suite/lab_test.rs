//! Starts the real `scenario-lab` on a small book, with a workspace, a state, a cache and processes of its own, so that
//! tests go on beside each other. What a browser would do, the tests do: by `http` and by `sockets`.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::free_port::free_port;

/// How long a condition may take that is bound to come. To take in a million lines costs up to five seconds of processor time,
/// of which there may be an eighth where other tests run and cargo compiles.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A book, a workspace, and what belongs to them. Whatever it leaves running ends with it.
pub(crate) struct LabTest {
    folder: TempDir,
    env: Vec<(String, String)>,
}

impl LabTest {
    /// The small book of the runner's own tests, with a port that is this test's alone.
    pub(crate) fn second_book() -> LabTest {
        let lab = LabTest::empty();
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/tests/fixtures/second-book");
        copy(&fixture, &lab.root().join("book"));
        let port = free_port().to_string();
        for page in ["step-2-serve.md", "step-3-change.md"] {
            let path = format!("book/src/{page}");
            let text = std::fs::read_to_string(lab.root().join(&path)).expect("a page");
            lab.write(&path, text.replace("18765", &port));
        }
        lab
    }

    /// One of the books in `scenario/examples/`.
    pub(crate) fn example(name: &str) -> LabTest {
        let lab = LabTest::empty();
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
        copy(&examples.join(name), &lab.root().join("book"));
        lab
    }

    /// A book of these pages, each a step.
    pub(crate) fn book(pages: &[&str]) -> LabTest {
        let lab = LabTest::empty();
        let mut summary = "# Summary\n\n".to_owned();
        for (index, page) in pages.iter().enumerate() {
            let name = format!("step-{}.md", index + 1);
            summary.push_str(&format!("- [Step {}]({name})\n", index + 1));
            lab.write(&format!("book/src/{name}"), page);
        }
        lab.write("book/src/SUMMARY.md", &summary);
        lab.write("book/book.toml", "[book]\ntitle = \"A book\"\nsrc = \"src\"\n\n[preprocessor.scenario]\n");
        lab
    }

    fn empty() -> LabTest {
        let folder = TempDir::new().expect("a folder");
        let lab = LabTest { folder, env: Vec::new() };
        lab.write(
            "page/index.html",
            "<!doctype html><title>The lab</title><script src=\"/assets/page.js\"></script>",
        );
        lab.write("page/page.js", "let nothing = 0;");
        lab.write("home/.bashrc", "PS1='$ '\n");
        std::fs::create_dir(lab.root().join("workspace")).expect("a workspace");
        lab
    }

    /// Sets a variable for all that is run.
    pub(crate) fn env(mut self, name: &str, value: &str) -> LabTest {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Puts a shell script before all other programs of that name.
    pub(crate) fn with_program(self, name: &str, script: &str) -> LabTest {
        let folder = self.root().join("bin");
        self.write(&format!("bin/{name}"), format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(folder.join(name), PermissionsExt::from_mode(0o755)).expect("a mode");
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
        self.env("PATH", &path)
    }

    /// The folder of it all, as the kernel names it.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().expect("the folder of the test")
    }

    /// A file of the learner's.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root().join("workspace").join(path)
    }

    /// The text of a file of the learner's.
    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_else(|cause| format!("({path}: {cause})"))
    }

    /// Writes a file of the test's folder, in folders that need not be there.
    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, text).unwrap_or_else(|cause| panic!("`{}`: {cause}", path.display()));
    }

    /// Changes a page of the book, in one step, as an editor would.
    pub(crate) fn change_page(&self, page: &str, from: &str, to: &str) {
        let path = self.root().join("book").join(page);
        let text = std::fs::read_to_string(&path).expect("a page");
        assert!(text.contains(from), "no `{from}` in {page}");
        self.write("changed", text.replace(from, to));
        std::fs::rename(self.root().join("changed"), path).expect("a page");
    }

    /// `scenario-lab` with these words, not started yet.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let root = self.root();
        let mut command = self.program();
        command.arg("--book").arg(root.join("book")).arg("--workspace").arg(root.join("workspace"));
        command.args(words);
        command
    }

    /// `scenario-lab` without a word, in the test's folder.
    pub(crate) fn program(&self) -> Command {
        let root = self.root();
        let mut command = Command::new(env!("CARGO_BIN_EXE_scenario-lab"));
        command.current_dir(&root);
        command.env("XDG_DATA_HOME", root.join("data"));
        command.env("HOME", root.join("home"));
        command.env("SCENARIO_STATE", root.join("state"));
        command.env("XDG_CACHE_HOME", root.join("cache"));
        command.env("SCENARIO_PAGE", root.join("page"));
        // No engine by that name: these books must not touch the machine's containers.
        command.env("SCENARIO_ENGINE", "none");
        command.env("LC_ALL", "C.UTF-8");
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "SCENARIO_COMMAND_SECONDS", "PROMPT_COMMAND"] {
            command.env_remove(name);
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts the lab, and opens its first link.
    #[track_caller]
    pub(crate) fn start(&self) -> Lab {
        let mut lab = self.start_locked(&[]);
        lab.open_link();
        lab
    }

    /// Starts the lab with these words; nobody has opened its link yet.
    #[track_caller]
    pub(crate) fn start_locked(&self, words: &[&str]) -> Lab {
        self.start_with(self.command(words))
    }

    /// Starts it by a command.
    #[track_caller]
    pub(crate) fn start_with(&self, mut command: Command) -> Lab {
        command.arg("--no-open").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("scenario-lab can be started");
        let said = Arc::new(Mutex::new(String::new()));
        let complaints = Arc::new(Mutex::new(String::new()));
        collect(child.stdout.take().expect("its output"), Arc::clone(&said));
        collect(child.stderr.take().expect("its complaints"), Arc::clone(&complaints));
        let stdin = child.stdin.take();
        let (cookie, secret) = (String::new(), String::new());
        let mut lab = Lab { child, stdin, said, complaints, links_read: 0, port: 0, cookie, secret };
        let link = lab.next_link();
        let port = link.strip_prefix("http://127.0.0.1:").and_then(|rest| rest.split('/').next());
        lab.port = port.and_then(|port| port.parse().ok()).unwrap_or_else(|| panic!("no port in `{link}`"));
        lab.links_read = 0;
        lab
    }

    /// Runs a command that is bound to end by itself; one that does not is ended, and fails the test.
    #[track_caller]
    pub(crate) fn run(&self, mut command: Command) -> Output {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("scenario-lab can be started");
        let ended = comes_true(PATIENCE, || child.try_wait().expect("a child").is_some());
        let _ = child.kill();
        let output = child.wait_with_output().expect("a child");
        assert!(ended, "it runs on after {} s: {output:?}", PATIENCE.as_secs());
        output
    }

    /// What runs in the test's folder: the lab, its jobs, its shells, and the processes of the pages.
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
}

impl Drop for LabTest {
    fn drop(&mut self) {
        // A process that is killed may have had another one start meanwhile.
        for _ in 0..100 {
            let left = self.processes();
            if left.is_empty() {
                return;
            }
            for (pid, _) in left {
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("the fixture").flatten() {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).expect("a copy");
        }
    }
}

fn collect(stream: impl Read + Send + 'static, into: Arc<Mutex<String>>) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut into = into.lock().expect("what it says");
            into.push_str(&line);
            into.push('\n');
        }
    });
}

/// A lab that runs.
pub(crate) struct Lab {
    pub(crate) child: Child,
    stdin: Option<ChildStdin>,
    said: Arc<Mutex<String>>,
    complaints: Arc<Mutex<String>>,
    links_read: usize,
    pub(crate) port: u16,
    /// Name and value of the cookie, once a link was opened.
    pub(crate) cookie: String,
    /// The secret of the page, once a link was opened.
    pub(crate) secret: String,
}

impl Lab {
    /// The next link that the lab prints and nobody has taken yet.
    #[track_caller]
    pub(crate) fn next_link(&mut self) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let said = self.said();
            let links: Vec<&str> = said
                .lines()
                .map(str::trim)
                .filter(|line| line.starts_with("http://") && line.contains("token="))
                .collect();
            if let Some(link) = links.get(self.links_read) {
                self.links_read += 1;
                return (*link).to_owned();
            }
            let ended = self.child.try_wait().expect("a child");
            assert!(
                Instant::now() < end && ended.is_none(),
                "no link ({ended:?}):\n{said}{}",
                self.complaints()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Opens the next link as a browser does, and keeps the cookie and the secret of the page.
    #[track_caller]
    pub(crate) fn open_link(&mut self) {
        let link = self.next_link();
        let path = link.strip_prefix(&self.origin()).expect("a link to the lab");
        let answer = self.ask("GET", path).send();
        assert_eq!(answer.status, 200, "{answer:?}");
        let cookie = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next());
        self.cookie = cookie.expect("a cookie").to_owned();
        self.secret = secret_in(&answer.text()).unwrap_or_else(|| panic!("no secret in {}", answer.text()));
    }

    /// Presses Enter in the lab's own terminal.
    pub(crate) fn press_enter(&mut self) {
        let stdin = self.stdin.as_mut().expect("standard input");
        stdin.write_all(b"\n").expect("standard input");
    }

    /// All that was said on standard output.
    pub(crate) fn said(&self) -> String {
        self.said.lock().expect("what it says").clone()
    }

    /// All that was said on standard error.
    pub(crate) fn complaints(&self) -> String {
        self.complaints.lock().expect("what it says").clone()
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn pid(&self) -> i32 {
        self.child.id().cast_signed()
    }

    /// How much memory the server has now, in MiB.
    pub(crate) fn memory(&self) -> f64 {
        let process = procfs::process::Process::new(self.pid()).and_then(|process| process.status());
        process.expect("the server").vmrss.expect("its memory") as f64 / 1024.0
    }

    /// How much processor time the server has used so far.
    pub(crate) fn processor_time(&self) -> Duration {
        let stat = procfs::process::Process::new(self.pid()).and_then(|process| process.stat());
        let stat = stat.expect("the server");
        Duration::from_millis((stat.utime + stat.stime) * 1000 / procfs::ticks_per_second())
    }

    /// The ids of the shells: processes whose parent is the lab and that lead a session.
    pub(crate) fn shells(&self) -> Vec<i32> {
        let all = procfs::process::all_processes().expect("/proc").flatten();
        let stats = all.filter_map(|process| process.stat().ok());
        stats
            .filter(|stat| stat.ppid == self.pid() && stat.session == stat.pid && stat.state != 'Z')
            .map(|stat| stat.pid)
            .collect()
    }

    /// Sends a signal and waits for the end.
    #[track_caller]
    pub(crate) fn stop(&mut self, signal: Signal) -> ExitStatus {
        kill(Pid::from_raw(self.pid()), signal).expect("the lab runs");
        let mut status = None;
        until("the end of the lab", || {
            status = self.child.try_wait().expect("a child");
            status.is_some()
        });
        status.expect("a status")
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The secret in a page that a link has opened.
pub(crate) fn secret_in(html: &str) -> Option<String> {
    let rest = html.split_once("<meta name=\"lab-key\" content=\"")?.1;
    rest.split_once('"').map(|(secret, _)| secret.to_owned())
}

/// The living processes of a session, by their words.
pub(crate) fn members(session: i32) -> Vec<(i32, String)> {
    let all = procfs::process::all_processes().expect("/proc").flatten();
    all.filter_map(|process| {
        let stat = process.stat().ok()?;
        let words = process.cmdline().unwrap_or_default().join(" ");
        (stat.session == session && stat.state != 'Z').then_some((stat.pid, words))
    })
    .collect()
}

/// Waits for a condition.
#[track_caller]
pub(crate) fn until(what: &str, holds: impl FnMut() -> bool) {
    assert!(comes_true(PATIENCE, holds), "waited {} s in vain for {what}", PATIENCE.as_secs());
}

/// Whether a condition comes true within a time.
pub(crate) fn comes_true(within: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + within;
    while !holds() {
        if Instant::now() >= end {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    true
}
