//! Terminals: real shells that outlive the pages that show them.

use std::time::Duration;

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::lab_test::{Lab, LabTest, comes_true, until};

/// How much a flood of output may add to the server's memory: the screen with its scrollback, what one page may have
/// unshown, and what the allocator makes of it.
const FLOOD_MEMORY_MAX: f64 = 24.0;
/// How much processor time the server may use for a million lines. The clock would count what else the machine does.
const MILLION_LINES_MAX: Duration = Duration::from_secs(5);
/// How much it may use from Ctrl-C to the prompt.
const STOP_MAX: Duration = Duration::from_millis(200);

#[test]
fn a_terminal_outlives_its_socket() {
    let test = LabTest::second_book();
    let lab = test.start();
    let mut view = lab.view("1");
    view.until_prompt();
    view.enter("kept=in-this-shell; for n in $(seq 100); do echo line $n; done; printf '\\e[31mred\\e[m\\n'");
    view.until_line("red");
    view.until_prompt();
    let looked = view.looks();
    drop(view);
    let mut again = lab.view("1");
    again.until_prompt();
    assert_eq!(again.looks(), looked, "the same screen, in the same colours");
    assert_eq!(again.snapshots, 1);
    again.scroll(80);
    assert!(again.text().contains("line 20\n"), "what lies above the screen is there too: {}", again.text());
    again.scroll(0);
    again.enter("clear; echo $kept");
    again.until_line("in-this-shell");
}

#[test]
fn a_terminal_whose_command_has_ended_is_not_busy_although_its_prompt_is_slow() {
    let test = LabTest::second_book();
    let lab = test.start();
    let mut page = lab.page();
    let mut view = lab.view("1");
    view.until_prompt();
    // The prompt comes when the test says so.
    view.enter("PS1='$(until [ -e go ]; do sleep 0.1; done)$ '; sleep 1");
    let busy = |message: &serde_json::Value| message["terminals"][0]["busy"].clone();
    page.wait_for("terminals", |message| busy(message) == "sleep 1");
    page.wait_for("terminals", |message| busy(message).is_null());
    test.write("workspace/go", "");
    view.until_prompt();
}

#[test]
fn two_windows_show_the_same_terminal() {
    let test = LabTest::second_book();
    let lab = test.start();
    let (mut one, mut two) = (lab.view("1"), lab.view("1"));
    one.until_prompt();
    two.until_prompt();
    one.enter("echo from one");
    two.until_line("from one");
    two.enter("echo from two");
    one.until_line("from two");
    two.until_line("from two");
    one.until_prompt();
    two.until_prompt();
    assert_eq!(one.looks(), two.looks());
}

#[test]
fn a_terminal_has_the_size_of_the_window_that_was_last_resized() {
    let test = LabTest::second_book();
    let lab = test.start();
    let mut view = lab.view_sized("1", 100, 30);
    view.until_prompt();
    view.enter("stty size");
    view.until_line("30 100");
    view.resize(60, 20);
    view.enter("stty size");
    view.until_line("20 60");
    // Too small to work in: the lab keeps to the smallest that programs can use.
    view.until_prompt();
    view.socket.say(Message::Text(json!({"type": "size", "cols": 1, "rows": 1}).to_string().into()));
    view.enter("clear; stty size");
    view.until_line("5 20");
}

#[test]
fn a_window_that_is_narrower_cuts_no_line() {
    let test = LabTest::second_book();
    let lab = test.start();
    let mut wide = lab.view_sized("1", 110, 24);
    wide.until_prompt();
    wide.enter("printf '%s\\n' \"$(printf 'A%.0s' {1..60})MIDDLE$(printf 'B%.0s' {1..25})END\"");
    let line = format!("{}MIDDLE{}END", "A".repeat(60), "B".repeat(25));
    wide.until_line(&line);
    wide.until_prompt();
    let mut narrow = lab.view_sized("1", 44, 24);
    narrow.until("the line, wrapped", |text| text.contains(&line));
    drop((wide, narrow));
    let mut again = lab.view_sized("1", 110, 24);
    again.until_line(&line);
}

#[test]
fn a_shell_that_ends_reports_its_status_and_can_be_restarted() {
    let test = LabTest::second_book();
    let lab = test.start();
    let (mut page, mut view) = (lab.page(), lab.view("1"));
    view.until_prompt();
    for (words, status) in [("echo last words; exit 3", 3), ("kill -KILL $$", 137)] {
        view.enter(words);
        until_exit(&mut view);
        assert_eq!(view.exits.pop(), Some(status), "{words}");
        page.wait_for("terminals", |message| message["terminals"][0]["alive"] == false);
        // Who comes later sees how it ended, and what it said.
        let mut late = lab.view("1");
        until_exit(&mut late);
        assert_eq!(late.exits, [status], "{words}");
        assert!(status != 3 || late.text().lines().any(|line| line == "last words"), "{}", late.text());
        let run = lab.post(&format!("/api/blocks/{}/run", lab.block(1, 4)), "{}").is(409);
        assert_eq!(run.json()["error"], "the shell in T1 has ended");
        lab.post("/api/terminals/1/restart", "{}").is(204);
        page.wait_for("terminals", |message| message["terminals"][0]["alive"] == true);
        view.until_prompt();
        assert!(!view.text().contains("exit"), "a new shell has a new screen: {}", view.text());
        // A shell that lives is left alone.
        let shells = lab.shells();
        lab.post("/api/terminals/1/restart", "{}").is(204);
        assert_eq!(lab.shells(), shells);
    }
    lab.post("/api/terminals/7/restart", "{}").is(404);
}

fn until_exit(view: &mut crate::sockets::View) {
    until("the end of the shell", || {
        view.look();
        !view.exits.is_empty()
    });
}

#[test]
fn what_an_old_shell_has_left_running_does_not_write_into_the_new_one() {
    let test = LabTest::second_book();
    let lab = test.start();
    let mut view = lab.view("1");
    view.until_prompt();
    view.enter("(while sleep 0.05; do echo tick; date +%N > ticked; done) & exit");
    until_exit(&mut view);
    lab.post("/api/terminals/1/restart", "{}").is(204);
    view.until_prompt();
    view.enter("echo something else");
    view.until_line("something else");
    // It may go on, or have ended at its first word; it must not be heard.
    comes_true(Duration::from_millis(300), || {
        view.look();
        view.text().contains("tick")
    });
    assert!(!view.text().contains("tick"), "{}", view.text());
}

#[test]
fn a_closed_terminal_takes_its_processes_with_it() {
    let test = LabTest::second_book();
    let lab = test.start();
    lab.post("/api/terminals", "{}").is(201);
    let mut view = lab.view("2");
    view.until_prompt();
    view.enter("sleep 1001 & sleep 1002");
    until("the commands", || test.process("sleep 1002").is_some() && test.process("sleep 1001").is_some());
    lab.ask("DELETE", "/api/terminals/2").cookie().origin().json("").send().is(204);
    assert_eq!((test.process("sleep 1001"), test.process("sleep 1002")), (None, None));
    view.socket.until_closed();
    let code = view.socket.closed.flatten().map(|frame| u16::from(frame.code));
    assert_eq!(code, Some(4001), "the page must not come back to it");
    assert_eq!(lab.try_socket("/ws/terminal/2").err(), Some(404));
    lab.ask("DELETE", "/api/terminals/2").cookie().origin().json("").send().is(404);
}

#[test]
fn a_window_that_comes_to_a_terminal_as_it_is_closed_is_told_so() {
    let test = LabTest::second_book();
    let lab = test.start();
    lab.post("/api/terminals", "{}").is(201);
    let mut socket = lab.socket("/ws/terminal/2");
    lab.ask("DELETE", "/api/terminals/2").cookie().origin().json("").send().is(204);
    socket.say(Message::Text(json!({"type": "size", "cols": 80, "rows": 24}).to_string().into()));
    socket.until_closed();
    let code = socket.closed.flatten().map(|frame| u16::from(frame.code));
    assert_eq!(code, Some(4001), "the page must not come back to it");
}

#[test]
fn cyrillic_goes_in_and_comes_out() {
    let test = LabTest::second_book();
    let lab = test.start();
    let mut view = lab.view("1");
    view.until_prompt();
    view.enter("echo 'Привет, мир' | tee привет.txt | tr 'П' 'п'");
    view.until_line("привет, мир");
    // `tee` may show it before it has written it.
    view.until_prompt();
    assert_eq!(test.read("привет.txt"), "Привет, мир\n");
    view.enter("ls");
    view.until("the file's name", |text| text.lines().any(|line| line.trim_end().ends_with("привет.txt")));
    // A letter may come in two pieces.
    let letter = "ж".as_bytes();
    view.type_in("echo ");
    for byte in letter {
        view.socket.say(Message::Binary(vec![*byte].into()));
    }
    view.enter("");
    view.until_line("ж");
    let mut late = lab.view("1");
    late.until_line("ж");
}

/// Presses Ctrl-C, and tells how much processor time the server used until the prompt: a flood that it had taken in
/// would be worked through first. The clock would count what else the machine does as well.
fn interrupt(view: &mut crate::sockets::View, lab: &Lab) -> Duration {
    let begin = lab.processor_time();
    view.type_in("\x03");
    let mut page = lab.page();
    if !page.hello()["terminals"][0]["busy"].is_null() {
        page.wait_for("terminals", |message| message["terminals"][0]["busy"].is_null());
    }
    lab.processor_time() - begin
}

#[test]
fn a_flood_of_output_that_nobody_shows_costs_no_memory_and_stops_at_once() {
    let test = LabTest::second_book();
    let lab = test.start();
    let mut view = lab.view("1");
    view.until_prompt();
    let before = lab.memory();
    view.acks = false;
    for command in ["yes", "yes \"$(head -c 3000 /dev/zero | tr '\\0' x)\""] {
        view.enter(command);
        // The page takes in what it is sent, and never says that it has shown it.
        let received = view.received;
        comes_true(Duration::from_secs(2), || {
            view.look();
            false
        });
        let after = lab.memory();
        assert!(after < before + FLOOD_MEMORY_MAX, "`{command}`: {before} MiB before, {after} MiB after");
        assert!(
            view.received - received < 1 << 20,
            "`{command}`: {} bytes were sent",
            view.received - received
        );
        let took = interrupt(&mut view, &lab);
        assert!(took < STOP_MAX, "`{command}` stopped after {took:?} of work");
    }
    // It reads nothing at all, so that not even the socket takes more.
    view.enter("seq 1 1000000; echo over");
    let begin = lab.processor_time();
    let mut page = lab.page();
    page.wait_for("terminals", |message| message["terminals"][0]["busy"].is_null());
    let after = lab.memory();
    assert!(after < before + FLOOD_MEMORY_MAX, "`seq`: {before} MiB before, {after} MiB after");
    let took = lab.processor_time() - begin;
    assert!(took < MILLION_LINES_MAX, "`seq` took {took:?} of work");
    // Once it has caught up, it shows how things are now.
    view.acks = true;
    view.ack(view.received);
    view.until_line("over");
    assert!(view.text().contains("1000000\n"), "{}", view.text());
}

#[test]
fn a_million_lines_reach_a_page_that_keeps_up() {
    let test = LabTest::second_book();
    let lab = test.start();
    let mut view = lab.view("1");
    view.until_prompt();
    let begin = lab.processor_time();
    view.enter("seq 1 1000000; echo over");
    view.until_line("over");
    assert!(view.text().contains("1000000\n"), "{}", view.text());
    let took = lab.processor_time() - begin;
    assert!(took < MILLION_LINES_MAX, "{took:?} of work");
}

#[test]
fn the_command_in_the_foreground_is_named_while_it_runs() {
    let test = LabTest::second_book();
    let lab = test.start();
    let (mut page, mut view) = (lab.page(), lab.view("1"));
    view.until_prompt();
    view.enter("sleep 1001");
    page.wait_for("terminals", |message| message["terminals"][0]["busy"] == "sleep 1001");
    view.type_in("\x03");
    page.wait_for("terminals", |message| message["terminals"][0]["busy"].is_null());
    // What runs in the background leaves it free.
    view.enter("sleep 1002 &");
    until("the command", || test.process("sleep 1002").is_some());
    // The prompt after the Ctrl-C may not have been looked at yet. That of this command comes after the number of its job.
    view.until("the job", |text| text.contains("[1]"));
    view.until_prompt();
    assert!(lab.page().hello()["terminals"][0]["busy"].is_null());
}

#[test]
fn a_full_screen_programs_screen_survives_a_reconnect() {
    let test = LabTest::second_book();
    test.write("workspace/long.txt", (1..=500).map(|n| format!("text {n}\n")).collect::<String>());
    let lab = test.start();
    let mut view = lab.view("1");
    view.until_prompt();
    view.enter("echo under it; LESS= less long.txt");
    view.until_line("text 1");
    until("the whole screen", || {
        view.look();
        view.is_full_screen()
    });
    view.type_in(" ");
    view.until_line("text 30");
    view.drain();
    let looked = view.looks();
    drop(view);
    let mut again = lab.view("1");
    again.until_line("text 30");
    assert!(again.is_full_screen());
    assert_eq!(again.looks(), looked);
    // It has not seen what lies under the program, and gets it when that ends.
    again.type_in("q");
    again.until_line("under it");
    again.until_prompt();
    assert!(!again.is_full_screen());
}

#[test]
fn what_a_program_asks_of_its_terminal_one_window_answers() {
    let test = LabTest::second_book();
    let lab = test.start();
    let (mut one, mut two) = (lab.view("1"), lab.view("1"));
    one.until_prompt();
    two.until_prompt();
    let report = "\x1b[7;9R";
    one.enter("IFS= read -rs -d R -t 5 answer; printf '%q\\n' \"$answer\"; IFS= read -rs -d R -t 0.3 more || echo one answer");
    until("the question", || lab.page().hello()["terminals"][0]["busy"].is_string());
    two.type_in(report);
    one.type_in(report);
    one.until_line("one answer");
    one.until_prompt();
    one.enter("clear; IFS= read -rs -d R -t 20 answer && printf '\\nan answer\\n'");
    until("the question", || lab.page().hello()["terminals"][0]["busy"].is_string());
    // The window that was used last has gone: another answers in its place, as soon as that is known. What it says
    // before the program listens is on the screen, hence the line of its own.
    drop(one);
    until("an answer", || {
        two.type_in(report);
        two.look();
        two.text().lines().any(|line| line == "an answer")
    });
}

#[test]
fn a_message_that_no_page_says_closes_the_socket() {
    let test = LabTest::second_book();
    let lab = test.start();
    for said in [
        "{",
        "{\"type\": \"run\", \"command\": \"id\"}",
        "{\"type\": \"size\", \"cols\": 80}",
        "{\"type\": \"size\", \"cols\": 80, \"rows\": 24, \"more\": 1}",
    ] {
        let mut view = lab.view("1");
        view.until_prompt();
        view.socket.say(Message::Text(said.into()));
        view.socket.until_closed();
    }
    // The first message is the size, and nothing else.
    let mut socket = lab.socket("/ws/terminal/1");
    socket.say(Message::Text(json!({"type": "ack", "bytes": 1}).to_string().into()));
    socket.until_closed();
}

#[test]
fn a_shell_has_the_learners_settings_and_begins_in_the_workspace() {
    let test = LabTest::second_book();
    test.write(
        "home/.bashrc",
        "PS1='$ '\nalias greet='echo from my settings'\nPROMPT_COMMAND='prompts=$((prompts + 1))'\n",
    );
    let lab = test.start();
    let mut view = lab.view("1");
    view.until_prompt();
    view.enter("greet; pwd -P; echo $TERM $COLORTERM");
    view.until_line("from my settings");
    view.until("the workspace", |shown| {
        shown
            .replace('\n', "")
            .contains(&test.path("").display().to_string().trim_end_matches('/').to_owned())
    });
    view.until_line("xterm-256color truecolor");
    view.enter("clear; echo prompts: $prompts");
    view.until_line("prompts: 2");
    view.enter("(exit 7)");
    view.enter("echo status: $?");
    view.until_line("status: 7");
}

#[test]
fn shells_that_start_at_the_same_time_all_have_their_settings() {
    let test = LabTest::second_book();
    let lab = test.start();
    for _ in 0..3 {
        for _ in 2..=8 {
            lab.post("/api/terminals", "{}").is(201);
        }
        for id in 2..=8 {
            lab.view(&id.to_string()).until_prompt();
            lab.ask("DELETE", &format!("/api/terminals/{id}")).cookie().origin().json("").send().is(204);
        }
    }
}

/// Programs print such marks too: a shell in a shell, or a log of one.
#[test]
fn the_marks_of_a_program_do_not_make_a_busy_terminal_look_free() {
    let test = LabTest::second_book();
    let lab = test.start();
    let mut view = lab.view("1");
    view.until_prompt();
    view.enter("printf '\\e]133;D;0\\e\\\\\\e]133;B\\e\\\\%s\\n' marked; sleep 1001");
    view.until_line("marked");
    until("the program", || test.process("sleep 1001").is_some());
    assert_eq!(lab.page().hello()["terminals"][0]["busy"], "sleep 1001");
    lab.post(&format!("/api/blocks/{}/run", lab.block(1, 2)), "{\"terminal\": \"1\"}").is(409);
}
