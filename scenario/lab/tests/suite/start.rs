//! What a start needs, and what an idle lab costs.

use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::http::{Answer, connect};
use crate::lab_test::{LabTest, until};

#[test]
fn a_mistake_in_the_book_is_named_with_its_place_and_nothing_starts() {
    let test = LabTest::book(&["# One\n\n```text file=a.txt insert-after=\"x\"\ny\n```\n"]);
    let output = test.run(test.command(&["--no-open"]));
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("step-1.md:3:"), "{said}");
    assert!(test.processes().is_empty());
}

#[test]
fn a_lab_that_is_stopped_as_soon_as_its_link_is_shown_stops() {
    let test = LabTest::second_book();
    for _ in 0..5 {
        let mut lab = test.start_locked(&[]);
        assert!(lab.stop(Signal::SIGINT).success());
    }
}

#[test]
fn a_page_that_is_named_and_not_there_is_said_to_be_so() {
    let test = LabTest::second_book().env("SCENARIO_PAGE", "/nowhere");
    let output = test.run(test.command(&["--no-open"]));
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.starts_with(
            "error: SCENARIO_PAGE names `/nowhere`, and there is no `index.html` in it\n  help: "
        ),
        "{said}"
    );
}

#[test]
fn without_node_and_without_a_page_the_two_ways_out_are_said_at_once() {
    let test = LabTest::second_book();
    let nothing = test.root().join("nothing");
    std::fs::create_dir(&nothing).expect("a folder");
    let into = test.root().join("built");
    for words in [&["--no-open"][..], &["page"]] {
        let mut command = test.command(words);
        command.arg("--page").arg(&into).env_remove("SCENARIO_PAGE").env("PATH", &nothing);
        let output = test.run(command);
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        let expected = "\
error: this machine lacks something that is needed
  Node.js   no `node` and no `npm` on PATH
      by hand:    install Node.js 20 or newer, with npm: from this system's packages, or https://nodejs.org
  help: do what `by hand` says, then run the same command again
        or bring the page from a machine that has Node.js: `cargo xtask page` builds `target/lab/page` there;
        copy that folder here, to the same path, or name it in SCENARIO_PAGE
";
        assert_eq!(String::from_utf8_lossy(&output.stderr), expected, "{words:?}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{words:?}");
    }
    assert!(!into.exists() && test.processes().is_empty());
}

#[test]
fn the_page_and_its_files_are_served_and_nothing_beside_them() {
    let test = LabTest::second_book();
    test.write("page/page.css", "p {}");
    test.write("beside.txt", "secret");
    let lab = test.start();
    for (path, status, kind) in [
        ("/", 200, "text/html; charset=utf-8"),
        ("/assets/page.js", 200, "text/javascript; charset=utf-8"),
        ("/assets/page.css", 200, "text/css; charset=utf-8"),
        ("/assets/nothing.js", 404, "application/json"),
        ("/assets/..%2fbeside.txt", 404, "application/json"),
        ("/assets/.hidden", 404, "application/json"),
        ("/book/", 200, "text/html; charset=utf-8"),
        ("/book/step-1-write.html", 200, "text/html; charset=utf-8"),
        ("/book/..%2f..%2fbook.toml", 404, "application/json"),
        ("/book/%2e%2e/%2e%2e/page.js", 404, "application/json"),
        ("/book/nothing.html", 404, "text/html; charset=utf-8"),
        ("/book/nothing.css", 404, "application/json"),
    ] {
        let answer = lab.get(path);
        assert_eq!((answer.status, answer.header("content-type")), (status, Some(kind)), "{path}");
    }
}

/// The bound is for a release build, and a debug build is no larger than this either.
#[test]
fn an_idle_lab_with_two_terminals_needs_at_most_30_mib_in_release_and_45_in_debug() {
    let bound = if cfg!(debug_assertions) { 45.0 } else { 30.0 };
    let test = LabTest::second_book();
    let lab = test.start();
    lab.post("/api/terminals", "{}").is(201);
    let _page = lab.page();
    let mut views = [lab.view("1"), lab.view("2")];
    views.iter_mut().for_each(crate::sockets::View::until_prompt);
    let memory = lab.memory();
    // Seen with `--nocapture`, for who wants the figure.
    println!("idle: {memory:.1} MiB");
    assert!(memory <= bound, "{memory} MiB");
}

/// Eight windows, and eight terminals that have printed more than is kept of it. A window has seven of them: with its events
/// that is as many connections as there may be.
#[test]
fn a_lab_at_its_limits_needs_at_most_45_mib_in_release_and_60_in_debug() {
    let bound = if cfg!(debug_assertions) { 60.0 } else { 45.0 };
    let test = LabTest::second_book();
    let lab = test.start();
    for _ in 2..=8 {
        lab.post("/api/terminals", "{}").is(201);
    }
    let _pages: Vec<_> = (0..8).map(|_| lab.page()).collect();
    let view = |n: usize| {
        let mut view = lab.view_sized(&(n % 8 + 1).to_string(), 160, 50);
        view.until_prompt();
        view
    };
    let mut views: Vec<_> = (0..8).map(view).collect();
    for view in &mut views {
        view.enter("for n in $(seq 2000); do printf '%0150d\\n' $n; done");
        view.until_line(&format!("{:0150}", 2000));
        view.until_prompt();
    }
    views.extend((8..56).map(view));
    let memory = lab.memory();
    println!("at its limits: {memory:.1} MiB");
    assert!(memory <= bound, "{memory} MiB");
}

#[test]
fn without_bash_there_are_no_terminals_and_all_else() {
    let test = LabTest::second_book();
    let tools = test.root().join("bin");
    std::fs::create_dir(&tools).expect("a folder");
    for tool in ["cat", "sh"] {
        symlink(format!("/bin/{tool}"), tools.join(tool)).expect("a link");
    }
    let test = test.env("PATH", tools.to_str().expect("a path"));
    let lab = test.start();
    assert_eq!(lab.page().hello()["terminals"].as_array().map(Vec::len), Some(0));
    let answer = lab.post("/api/terminals", "{}");
    assert!(answer.text().contains("the lab's terminals need bash"), "{}", answer.text());
    assert_eq!(lab.get("/book/").status, 200);
}

/// Every user of a computer can read the command lines of all programs.
#[test]
fn the_browser_is_opened_by_a_file_and_no_command_line_has_the_link() {
    let test = LabTest::second_book();
    let root = test.root();
    let opened = root.join("opened.txt");
    let test = test.with_program("xdg-open", &format!("printf '%s' \"$*\" > {}", opened.display()));
    // A browser is opened only where somebody looks at the output.
    let terminal = nix::pty::openpty(None, None).expect("a terminal");
    let mut command = test.command(&[]);
    command.env("DISPLAY", ":99").env_remove("WAYLAND_DISPLAY");
    command.stdin(Stdio::piped()).stdout(Stdio::from(terminal.slave)).stderr(Stdio::null());
    let mut child = command.spawn().expect("scenario-lab can be started");
    let file = root.join("workspace/.scenario/open.html");
    until("the browser", || {
        std::fs::read_to_string(&opened).is_ok_and(|words| words == file.display().to_string())
    });
    assert_eq!(file.metadata().expect("the file").permissions().mode() & 0o777, 0o600);
    let html = std::fs::read_to_string(&file).expect("the file");
    let (_, rest) = html.split_once("url=http://127.0.0.1:").expect("an address");
    let (port, path) = rest.split_once('/').expect("a path");
    let path = path.split('"').next().expect("an address");
    let words: Vec<String> = test.processes().into_iter().map(|(_, words)| words).collect();
    assert!(words.iter().all(|words| !words.contains("token=")), "{words:?}");
    let mut stream = connect(port.parse().expect("a port"));
    let ask = format!(
        "GET /{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n\r\n"
    );
    stream.write_all(ask.as_bytes()).expect("the lab listens");
    assert_eq!(Answer::read(&mut stream, &mut Vec::new()).map(|answer| answer.status), Some(200));
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGTERM).expect("the lab runs");
    until("the end of the lab", || child.try_wait().expect("a child").is_some());
    assert!(!file.exists(), "it goes with the lab");
}
