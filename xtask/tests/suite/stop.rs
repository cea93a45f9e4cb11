//! However a run with containers ends, nothing labelled is left; what is not ours is left alone.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use scenario_core::ports;

use crate::world::{World, docker, labelled, skipped, until, within};

pub(crate) const PORT: u16 = 18473;
/// How many seconds what a run has started may be there after its end: the time for TERM, and two looks of the watchdog.
const GONE_WITHIN: u64 = 15;
/// What accepts connections, in an image `FROM scratch`.
pub(crate) const SERVE: &str = r#"
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
int main(int count, char **words) {
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(atoi(words[count - 1])) };
    int one = 1, server = socket(AF_INET, SOCK_STREAM, 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(server, (struct sockaddr *)&at, sizeof at) || listen(server, 8)) return 1;
    for (;;) close(accept(server, 0, 0));
}
"#;

/// A world of a small book with one step, whose container listens on [`PORT`].
pub(crate) struct Small {
    pub(crate) world: World,
    book: tempfile::TempDir,
}

/// Makes that book of a page.
pub(crate) fn small(page: &str) -> Option<Small> {
    let book = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(book.path().join("src")).expect("a folder");
    std::fs::write(book.path().join("book.toml"), "[book]\ntitle = \"Small\"\n").expect("a file");
    std::fs::write(book.path().join("src/SUMMARY.md"), "# Summary\n\n- [One](one.md)\n").expect("a file");
    std::fs::write(book.path().join("src/one.md"), page).expect("a file");
    let world = World::of(book.path(), "small")?;
    serve_into(&world.workspace().join("image"));
    Some(Small { world, book })
}

/// Puts the server's static program and its Dockerfile into a folder.
fn serve_into(folder: &Path) {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("serve");
    if !program.exists() {
        let source = program.with_extension("c");
        std::fs::write(&source, SERVE).expect("a source");
        let cc = Command::new("cc").arg("-static").arg("-o").arg(&program).arg(&source).status();
        assert!(cc.expect("a compiler").success());
    }
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::copy(&program, folder.join("serve")).expect("a program");
    std::fs::write(folder.join("Dockerfile"), "FROM scratch\nENTRYPOINT [\"/serve\"]\nCOPY serve /serve\n")
        .expect("a file");
}

/// Ready on `ready`, then a command that does not come to an end.
fn page(ready: u16) -> String {
    format!(
        "# One\n\n```console ready={ready} within=60s\n$ docker build -t t-serve:1 image/\n\
         $ docker run -d --net=host --name=t-serve t-serve:1 {PORT}\n```\n\n\
         ```console\n$ touch started; sleep 7501\n```\n"
    )
}

impl Small {
    fn start(&self) -> Child {
        self.start_with(&[])
    }

    fn start_with(&self, env: &[(&str, &str)]) -> Child {
        let log = || std::fs::File::options().create(true).append(true).open(self.log_file()).expect("a log");
        let mut command = self.world.command(&["step", "1"]);
        command.envs(env.iter().copied()).stdout(log()).stderr(log()).spawn().expect("xtask")
    }

    /// Kills a run and its watchdog while its container runs, as the end of the machine's power would.
    fn kill_with_watchdog(&self) {
        let mut run = self.start();
        until("the command", || self.world.workspace().join("started").exists());
        let session =
            docker(&["inspect", "--format", "{{index .Config.Labels \"scenario.session\"}}", "t-serve"]);
        let watchdog = process(&["__watchdog", &session]).expect("a watchdog");
        kill(Pid::from_raw(watchdog), Signal::SIGKILL).expect("the watchdog runs");
        signal(&run, Signal::SIGKILL);
        let _ = run.wait();
    }

    /// What the runs have printed, for a failure to show.
    fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn log_file(&self) -> std::path::PathBuf {
        self.book.path().join("log")
    }

    /// Processes whose directory is the workspace, other than containers'.
    fn processes(&self) -> Vec<String> {
        let root = self.world.workspace().canonicalize().expect("a workspace");
        let all = procfs::process::all_processes().expect("/proc").flatten();
        let here = all.filter(|process| process.cwd().is_ok_and(|dir| dir.starts_with(&root)));
        here.map(|process| process.cmdline().unwrap_or_default().join(" ")).collect()
    }

    /// What of it is there, by now or `bound` seconds later.
    fn left(&self, bound: u64) -> Option<String> {
        let end = Instant::now() + Duration::from_secs(bound);
        loop {
            let (containers, processes, holder) = (labelled(), self.processes(), ports::holder(PORT));
            if containers.is_empty() && processes.is_empty() && holder.is_none() {
                return None;
            }
            if Instant::now() >= end {
                let holder = holder.map(|holder| holder.to_string());
                return Some(format!("containers {containers:?}, processes {processes:?}, port {holder:?}"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn signal(child: &Child, signal: Signal) {
    kill(Pid::from_raw(child.id().cast_signed()), signal).expect("the runner runs");
}

/// The pid of a process whose words contain all of these.
fn process(words: &[&str]) -> Option<i32> {
    let all = procfs::process::all_processes().expect("/proc").flatten();
    let mut named = all.filter(|process| {
        let found = process.cmdline().unwrap_or_default();
        words.iter().all(|word| found.iter().any(|other| other.contains(word)))
    });
    named.next().map(|process| process.pid)
}

/// All four ways to end, at one moment. Going through them in one test saves three builds.
#[track_caller]
fn ends_well(page: &str, what: &str, bound: u64, mut moment: impl FnMut(&Small) -> bool) {
    let Some(small) = small(page) else { return };
    for (way, status) in [
        (Signal::SIGINT, Some(130)),
        (Signal::SIGTERM, Some(130)),
        (Signal::SIGHUP, Some(130)),
        (Signal::SIGKILL, None),
    ] {
        let mut run = small.start();
        until(what, || moment(&small) || run.try_wait().expect("a child").is_some());
        if let Some(status) = run.try_wait().expect("a child") {
            panic!("the run ended before {way}, {status}:\n{}", small.log());
        }
        signal(&run, way);
        assert_eq!(run.wait().expect("an end").code(), status, "{way}");
        assert_eq!(small.left(bound), None, "{way}:\n{}", small.log());
        let _ = std::fs::remove_file(small.world.workspace().join("started"));
    }
}

#[test]
fn a_signal_while_a_command_runs_removes_the_container() {
    ends_well(&page(PORT), "the command", GONE_WITHIN, |small| {
        small.world.workspace().join("started").exists()
    });
}

#[test]
fn a_signal_right_after_docker_run_removes_the_container() {
    // Nothing ever listens on the port that the page waits for.
    ends_well(&page(PORT + 1), "the container", GONE_WITHIN, |_| ports::accepts(PORT));
}

#[test]
fn a_signal_while_docker_run_is_at_work_removes_the_container() {
    // The watchdog waits a minute for what the engine was asked for.
    ends_well(&page(PORT + 1), "docker run", 60, |_| process(&["docker", "run", "--name=t-serve"]).is_some());
}

#[test]
fn a_container_that_a_slow_engine_makes_after_the_end_is_removed() {
    let Some(small) = small(&page(PORT + 1)) else { return };
    let Some(slow) = SlowEngine::start() else { return };
    for way in [Signal::SIGINT, Signal::SIGKILL] {
        slow.passes_on.store(false, Ordering::SeqCst);
        let mut run = small.start_with(&[("DOCKER_HOST", &slow.address())]);
        until("the request for a container", || slow.is_asked.swap(false, Ordering::SeqCst));
        signal(&run, way);
        let _ = run.wait();
        slow.passes_on.store(true, Ordering::SeqCst);
        until("the container", || slow.has_made.swap(false, Ordering::SeqCst));
        assert_eq!(small.left(60), None, "{way}:\n{}", small.log());
    }
}

/// What the test and a [`SlowEngine`] tell each other.
#[derive(Default)]
struct Gate {
    is_asked: AtomicBool,
    passes_on: AtomicBool,
    has_made: AtomicBool,
}

/// The machine's engine behind a socket that keeps back each request for a container until it may pass it on, which it
/// does even if the sender is gone.
struct SlowEngine {
    socket: PathBuf,
    gate: Arc<Gate>,
    _folder: tempfile::TempDir,
}

impl std::ops::Deref for SlowEngine {
    type Target = Gate;

    fn deref(&self) -> &Gate {
        &self.gate
    }
}

impl SlowEngine {
    /// `None` where the engine has no socket, which is said.
    fn start() -> Option<SlowEngine> {
        let address = docker(&["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]);
        let Some(engine) = address.strip_prefix("unix://").map(PathBuf::from) else {
            skipped("the engine has no socket on this machine");
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("engine.sock");
        let listener = UnixListener::bind(&socket).expect("a socket");
        let gate = Arc::new(Gate::default());
        let shared = Arc::clone(&gate);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (engine, gate) = (engine.clone(), Arc::clone(&shared));
                std::thread::spawn(move || pass_on(client, &engine, &gate));
            }
        });
        Some(SlowEngine { socket, gate, _folder: folder })
    }

    fn address(&self) -> String {
        format!("unix://{}", self.socket.display())
    }
}

/// One connection of a client, whose requests come one after the other.
fn pass_on(mut client: UnixStream, engine: &Path, gate: &Gate) {
    let mut engine = UnixStream::connect(engine).expect("the engine");
    let (mut answers, mut back) =
        (engine.try_clone().expect("a socket"), client.try_clone().expect("a socket"));
    let awaited = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut buffer = vec![0; 1 << 16];
            while let Ok(count @ 1..) = answers.read(&mut buffer) {
                if awaited.swap(false, Ordering::SeqCst) {
                    gate.has_made.store(true, Ordering::SeqCst);
                }
                let _ = back.write_all(&buffer[..count]);
            }
            let _ = back.shutdown(Shutdown::Both);
        });
        let mut buffer = vec![0; 1 << 16];
        while let Ok(count @ 1..) = client.read(&mut buffer) {
            let request = String::from_utf8_lossy(&buffer[..count]);
            if request.starts_with("POST ") && request.contains("/containers/create?name=t-serve") {
                gate.is_asked.store(true, Ordering::SeqCst);
                until("leave to pass it on", || gate.passes_on.load(Ordering::SeqCst));
                awaited.store(true, Ordering::SeqCst);
            }
            let _ = engine.write_all(&buffer[..count]);
        }
        // The engine is not told that the sender is gone before it has made the container.
        until("the engine's answer", || !awaited.load(Ordering::SeqCst));
        let _ = engine.shutdown(Shutdown::Both);
    });
}

#[test]
fn after_runner_and_watchdog_were_killed_the_next_start_removes_the_container() {
    let Some(small) = small(&page(PORT)) else { return };
    small.kill_with_watchdog();
    assert_eq!(labelled(), "t-serve");
    small.world.passes(&["down"]);
    assert_eq!(small.left(1), None);
}

/// As on a machine that was switched off: the first run afterwards finds an engine that has not started yet.
#[test]
fn what_a_killed_run_has_left_is_removed_once_there_is_an_engine() {
    let Some(small) = small(&page(PORT)) else { return };
    small.kill_with_watchdog();
    let nowhere = format!("unix://{}/no.sock", small.world.workspace().display());
    let down = small.world.command(&["down"]).env("DOCKER_HOST", nowhere).output().expect("xtask");
    assert_eq!(down.status.code(), Some(0), "{}", String::from_utf8_lossy(&down.stderr));
    assert_eq!(labelled(), "t-serve", "nobody could remove it");
    let page = small.book.path().join("src/one.md");
    std::fs::write(page, "# One\n\n```console\n$ touch started\n```\n").expect("a page");
    small.world.passes(&["step", "1"]);
    assert_eq!(small.left(1), None);
}

#[test]
fn a_container_without_our_label_is_never_touched() {
    let Some(small) = small(&page(PORT)) else { return };
    docker(&[
        "build",
        "-q",
        "-t",
        "t-stranger:1",
        &small.world.workspace().join("image").display().to_string(),
    ]);
    docker(&["run", "-d", "--net=host", "--name=t-stranger", "t-stranger:1", "18475"]);
    let mut run = small.start();
    until("the command", || small.world.workspace().join("started").exists());
    signal(&run, Signal::SIGINT);
    let status = run.wait().expect("an end").code();
    small.world.run(&["down"]);
    let running = docker(&["inspect", "--format", "{{.State.Running}}", "t-stranger"]);
    let image = docker(&["images", "-q", "t-stranger:1"]);
    docker(&["rm", "-f", "t-stranger"]);
    docker(&["rmi", "-f", "t-stranger:1"]);
    assert_eq!((status, running.as_str()), (Some(130), "true"));
    assert_ne!(image, "", "its image is there as well");
}

#[test]
fn a_port_that_a_container_of_ours_holds_fails_at_the_pages_line() {
    let page = format!(
        "# One\n\n```console ready={PORT} within=20s\n$ docker build -t t-serve:1 image/\n\
         $ docker run -d --net=host --name=t-serve t-serve:1 {PORT}\n```\n\n\
         ```console ready={PORT} within=20s\n$ docker run -d --net=host --name=t-other t-serve:1 {PORT}\n```\n"
    );
    let Some(small) = small(&page) else { return };
    let ran = small.world.run(&["step", "1"]);
    ran.status(1).says(&format!("port {PORT} is taken by the container `t-serve` of this book"));
    ran.says("one.md:9:3")
        .says("docker kill t-serve")
        .says("again:    `cargo xtask --workspace ")
        .says(" step 1`");
    ran.says("nothing was undone");
    assert_eq!(labelled(), "t-serve", "what was reached is left");
}

#[test]
fn a_container_that_ends_at_once_is_reported_with_its_status() {
    let page = "# One\n\n```console\n$ docker build -t t-serve:1 image/\n```\n\n\
                ```console ready=18473 within=20s\n$ docker run -d --net=host --name=t-serve t-serve:1 8.8.8\n```\n";
    // Port 8 of this machine needs no privilege for root alone; an address in use needs none for anybody.
    let held = std::net::TcpListener::bind("127.0.0.1:18476").expect("a free port");
    let Some(small) = small(&page.replace("8.8.8", "18476")) else { return };
    let ran = small.world.run(&["step", "1"]);
    drop(held);
    ran.status(1).says("the container `t-serve` ended with status 1").says("one.md:8:3");
}

#[test]
fn a_proof_of_the_real_book_leaves_nothing_however_it_ends() {
    let Some(world) = World::new() else { return };
    // The second begins where the first has proved the first chapter, whose scrapes take a quarter of a minute.
    for (words, way, status) in
        [(&["verify"][..], Signal::SIGINT, Some(130)), (&["verify", "--from", "2"], Signal::SIGKILL, None)]
    {
        let mut run =
            world.command(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("xtask");
        until("Prometheus and the service", || {
            let ended = run.try_wait().expect("a child").is_some();
            ended || (ports::accepts(9090) && ports::accepts(8000))
        });
        signal(&run, way);
        assert_eq!(run.wait().expect("an end").code(), status, "{way}");
        within(Duration::from_secs(8), "no container and free ports", || {
            labelled().is_empty() && ports::holder(8000).is_none() && ports::holder(9090).is_none()
        });
    }
}
