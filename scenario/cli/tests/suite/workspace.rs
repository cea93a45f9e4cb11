//! The learner's directory: what is written, what is kept, and the way back.

use std::time::SystemTime;

use scenario_core::workspace::Workspace;
use snapbox::str;

use crate::playground::{Playground, until};
use crate::scenario_test::ScenarioTest;

/// Two steps that write and change files, and count how often their commands run.
fn notes() -> Playground {
    ScenarioTest::new()
        .page(
            "step-1.md",
            "# One\n\n```text file=notes.txt\none\n```\n\n```console\n$ cat notes.txt >> ran-1.log\n```\n",
        )
        .page(
            "step-2.md",
            "# Two\n\n```text file=notes.txt append\ntwo\n```\n\n```text file=more.txt\nmore\n```\n\n```console\n$ cat notes.txt >> ran-2.log\n```\n",
        )
        .playground()
}

fn modified(playground: &Playground, path: &str) -> SystemTime {
    std::fs::metadata(playground.path(path)).and_then(|meta| meta.modified()).expect("a file")
}

/// The files under `.scenario/kept`, as the learner wrote them.
fn kept(playground: &Playground) -> Vec<(String, String)> {
    let root = playground.path(".scenario/kept");
    let mut folders = vec![root];
    let mut found = vec![];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                let text = std::fs::read_to_string(entry.path()).expect("a text");
                found.push((entry.file_name().to_string_lossy().into_owned(), text));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_step_a_second_time_writes_nothing_and_runs_nothing() {
    let playground = notes();
    playground.run(&["step", "2"]).status(0);
    let before = modified(&playground, "notes.txt");
    playground.run(&["step", "2"]).status(0).says("unchanged since it last succeeded");
    assert_eq!(modified(&playground, "notes.txt"), before);
    assert_eq!(playground.read("ran-2.log"), "one\ntwo\n", "its command ran once");
}

#[test]
fn a_step_plays_the_steps_before_it_that_were_not_played_yet() {
    let playground = notes();
    playground.run(&["step", "2"]).status(0).says("note playing steps 1 and 2");
    assert_eq!(playground.read("ran-1.log"), "one\n");
    assert_eq!(playground.read("notes.txt"), "one\ntwo\n");
    let again = playground.run(&["step", "2"]);
    again.status(0).says("unchanged since it last succeeded").does_not_say("playing");
    assert_eq!(playground.read("ran-1.log"), "one\n");
}

#[test]
fn a_command_whose_input_changed_in_the_book_runs_again() {
    let playground = notes();
    playground.run(&["step", "1"]).status(0);
    rewrite(&playground, "step-1.md", |page| page.replace("\none\n", "\nuno\n"));
    playground.run(&["step", "1"]).status(0);
    assert_eq!(playground.read("ran-1.log"), "uno\n", "it ran on the state before it");
}

/// Changes a page of the book.
fn rewrite(playground: &Playground, page: &str, change: impl FnOnce(&str) -> String) {
    let path = playground.dir().join("src").join(page);
    let text = std::fs::read_to_string(&path).expect("a page");
    std::fs::write(&path, change(&text)).expect("a page");
}

#[test]
fn what_is_new_on_a_page_and_changes_nothing_runs_no_command_again() {
    let playground = notes();
    playground.run(&["step", "1"]).status(0);
    let above = "# One\n\nSome words.\n\n```text ignore=\"only to be read\"\nx\n```\n\n";
    rewrite(&playground, "step-1.md", |page| page.replace("# One\n\n", above));
    playground.run(&["step", "1"]).status(0).says("unchanged since it last succeeded");
    assert_eq!(playground.read("ran-1.log"), "one\n", "its command ran once");
}

#[test]
fn a_command_that_is_new_on_a_page_runs_and_those_below_it_too() {
    let playground = notes();
    playground.run(&["step", "1"]).status(0);
    let above = "# One\n\n```console\n$ echo zero >> ran-1.log\n```\n\n";
    rewrite(&playground, "step-1.md", |page| page.replace("# One\n\n", above));
    playground.run(&["step", "1"]).status(0);
    assert_eq!(playground.read("ran-1.log"), "zero\none\n", "both ran, on the state before the step");
}

#[test]
fn a_command_that_comes_back_to_the_page_runs_again() {
    let page = "# One\n\n```console\n$ echo first > which\n```\n";
    let playground = ScenarioTest::step(page).playground();
    playground.run(&["step", "1"]).status(0);
    rewrite(&playground, "step-1.md", |page| page.replace("first", "second"));
    playground.run(&["step", "1"]).status(0);
    assert_eq!(playground.read("which"), "second\n");
    rewrite(&playground, "step-1.md", |page| page.replace("second", "first"));
    playground.run(&["step", "1"]).status(0);
    assert_eq!(playground.read("which"), "first\n");
}

#[test]
fn a_command_that_failed_runs_again() {
    let page = "# One\n\n```console\n$ mkdir made\n$ touch made/it; test -e ready\n```\n";
    let playground = ScenarioTest::step(page).playground();
    playground.run(&["step", "1"]).status(1);
    std::fs::write(playground.path("ready"), "").expect("a file");
    playground.run(&["step", "1"]).status(0).does_not_say("kept");
    assert!(playground.path("made/it").exists());
    assert!(playground.path("ready").exists(), "what the learner has added stays");
}

#[test]
fn a_learners_edit_is_kept_and_named() {
    let playground = notes();
    playground.run(&["step", "1"]).status(0);
    std::fs::write(playground.path("notes.txt"), "one, as I see it\n").expect("an edit");
    let ran = playground.run(&["step", "1"]);
    ran.status(0).says("kept your `notes.txt` as `workspace/.scenario/kept/");
    assert_eq!(playground.read("notes.txt"), "one\n");
    assert_eq!(kept(&playground), [("notes.txt".to_owned(), "one, as I see it\n".to_owned())]);
    playground.run(&["step", "1"]).status(0).does_not_say("kept");
}

#[test]
fn a_file_that_was_there_before_us_is_kept_too() {
    let playground = notes();
    std::fs::create_dir_all(playground.path("")).expect("a folder");
    std::fs::write(playground.path("notes.txt"), "mine\n").expect("a file");
    std::fs::write(playground.path("diary.txt"), "not yours\n").expect("a file");
    playground.run(&["step", "1"]).status(0).says("kept your `notes.txt`");
    assert_eq!(kept(&playground), [("notes.txt".to_owned(), "mine\n".to_owned())]);
    assert_eq!(playground.read("diary.txt"), "not yours\n");
}

#[test]
fn a_file_that_the_learner_has_written_as_the_book_says_is_not_kept() {
    let playground = notes();
    std::fs::create_dir_all(playground.path("")).expect("a folder");
    std::fs::write(playground.path("notes.txt"), "one\n").expect("a file");
    let before = modified(&playground, "notes.txt");
    playground.run(&["step", "1"]).status(0).does_not_say("kept");
    assert_eq!(modified(&playground, "notes.txt"), before, "it was not written anew");
}

#[test]
fn going_back_removes_what_is_later_and_restores_what_was_earlier() {
    let playground = notes();
    playground.run(&["step", "2"]).status(0);
    playground.run(&["step", "1"]).status(0).does_not_say("kept");
    assert_eq!(playground.read("notes.txt"), "one\n");
    assert!(!playground.path("more.txt").exists());
    playground.run(&["step", "2"]).status(0);
    assert_eq!(playground.read("notes.txt"), "one\ntwo\n");
    assert_eq!(playground.read("more.txt"), "more\n");
}

#[test]
fn going_back_keeps_a_later_file_that_the_learner_has_changed() {
    let playground = notes();
    playground.run(&["step", "2"]).status(0);
    std::fs::write(playground.path("more.txt"), "more and more\n").expect("an edit");
    playground.run(&["step", "1"]).status(0).says("kept your `more.txt`");
    assert!(!playground.path("more.txt").exists());
    assert_eq!(kept(&playground), [("more.txt".to_owned(), "more and more\n".to_owned())]);
}

#[test]
fn going_back_ends_what_only_a_later_step_starts() {
    let clock = "# Two\n\n```console background=clock ready=log:\"tick\" within=10s\n$ sh -c 'echo tick; sleep 7301'\n```\n";
    let playground = ScenarioTest::new()
        .page("step-1.md", "# One\n\n```console\n$ true\n```\n")
        .page("step-2.md", clock)
        .playground();
    playground.run(&["step", "2"]).status(0);
    assert!(playground.process("7301").is_some());
    playground.run(&["step", "1"]).status(0).says("ended `clock`");
    playground.nothing_is_left_within(1);
}

#[test]
fn another_folder_serves_as_workspace() {
    let playground = notes();
    let ran = playground.run(&["step", "1", "--workspace", "elsewhere"]);
    ran.status(0).says("`elsewhere`");
    assert!(playground.root().join("elsewhere/notes.txt").exists());
    assert!(!playground.path("").exists());
}

#[test]
fn another_workspace_waits_until_the_live_one_has_ended() {
    let clock = "# One\n\n```console background=clock ready=log:\"tick\" within=10s\n$ sh -c 'echo tick; sleep 7302'\n```\n";
    let playground = ScenarioTest::step(clock).playground();
    playground.run(&["step", "1"]).status(0);
    playground.run(&["step", "1", "--workspace", "elsewhere"]).status(2).err(str![[r#"
error: another workspace is active: `workspace` has process `clock` ([PID])
  help: only one workspace can be active; `scenario --workspace elsewhere down` stops it

"#]]);
    playground.run(&["down"]).status(0);
    playground.run(&["step", "1", "--workspace", "elsewhere"]).status(0);
}

#[test]
fn a_second_run_at_once_names_the_first() {
    let playground =
        ScenarioTest::step("# One\n\n```console\n$ touch started; sleep 7303\n```\n").playground();
    let first = playground.start(&["step", "1"]);
    playground.wait_for_file("started");
    for words in [&["step", "1"][..], &["verify"], &["down"]] {
        let ran = playground.run(words);
        ran.status(2);
        let named = ran.stderr.contains("another run is in progress: `scenario step 1` (process [PID])");
        assert!(named, "{}", ran.stderr);
    }
    first.signal(nix::sys::signal::Signal::SIGINT);
    assert_eq!(first.wait(), Some(130));
}

/// The first waits for the second.
#[test]
fn two_checks_at_once_are_both_answered() {
    let meet = "mkdir ../first 2>/dev/null || { touch ../second; exit; }; until [ -e ../second ]; do sleep 0.01; done";
    let page = format!(
        "# One\n\n```text file=notes.txt\nmine\n```\n\n<!-- scenario: check command=\"{meet}\" -->\n"
    );
    let playground = Playground::steps(&[&page]);
    std::fs::create_dir_all(playground.path("")).expect("a workspace");
    let first = playground.start(&["check", "1"]);
    until("the first", || playground.root().join("first").exists());
    playground.run(&["check", "1"]).status(0);
    assert_eq!(first.wait(), Some(0));
}

#[test]
fn a_check_does_not_ask_what_a_run_is_about_to_change_nor_the_other_way_round() {
    let page = "# One\n\n```console\n$ touch started; sleep 7615\n```\n\n\
                <!-- scenario: check command=\"touch ../asked; sleep 7616\" -->\n";
    let playground = Playground::steps(&[page]);
    let run = playground.start(&["step", "1"]);
    playground.wait_for_file("started");
    playground.run(&["check", "1"]).status(2).out(str![[""]]).err(str![[r#"
error: another run is in progress: `scenario step 1` (process [PID])
  help: all runs use the ports and names of the book, so there can be only one; wait for that run, or stop it

"#]]);
    run.signal(nix::sys::signal::Signal::SIGINT);
    assert_eq!(run.wait(), Some(130));
    let check = playground.start(&["check", "1"]);
    until("the check", || playground.root().join("asked").exists());
    let ran = playground.run(&["step", "1"]);
    ran.status(2);
    assert!(
        ran.stderr.contains("another run is in progress: `scenario check 1` (process [PID])"),
        "{}",
        ran.stderr
    );
    check.signal(nix::sys::signal::Signal::SIGINT);
    assert_eq!(check.wait(), Some(130));
}

#[test]
fn a_workspace_that_was_removed_is_made_again_with_what_runs_in_it() {
    let clock = "# One\n\n```text file=notes.txt\none\n```\n\n```console background=clock ready=log:\"tick\" within=10s\n$ sh -c 'echo tick; sleep 7304'\n```\n";
    let playground = ScenarioTest::step(clock).playground();
    playground.run(&["step", "1"]).status(0);
    let first = playground.process("7304");
    std::fs::remove_dir_all(playground.path("")).expect("a workspace");
    playground.run(&["step", "1"]).status(0);
    assert_eq!(playground.read("notes.txt"), "one\n");
    let second = playground.process("7304");
    assert!(second.is_some() && second != first, "the first one ran in a folder that is gone");
}

#[test]
fn one_file_is_put_as_a_step_would_and_the_learners_version_is_kept() {
    let playground = notes();
    playground.run(&["step", "1"]).status(0);
    let mut workspace = Workspace::open(&playground.path("")).expect("a workspace");
    let before = modified(&playground, "notes.txt");
    assert_eq!(workspace.put("notes.txt", "one\n").expect("it can be written"), None);
    assert_eq!(modified(&playground, "notes.txt"), before, "it was not written anew");
    assert_eq!(workspace.put("notes.txt", "one\ntwo\n").expect("it can be written"), None, "it was ours");
    std::fs::write(playground.path("notes.txt"), "mine\n").expect("an edit");
    let place = workspace.put("notes.txt", "one\n").expect("it can be written").expect("it is kept");
    assert!(place.starts_with(workspace.root().join(".scenario/kept")), "{}", place.display());
    assert_eq!(kept(&playground), [("notes.txt".to_owned(), "mine\n".to_owned())]);
    assert_eq!(workspace.put("deep/in/here.txt", "new\n").expect("it can be written"), None);
    workspace.save().expect("a memory");
    playground.run(&["step", "1"]).status(0).does_not_say("kept");
    assert!(!playground.path("deep/in/here.txt").exists(), "it was ours to remove");
}

#[test]
fn a_workspace_that_is_a_file_or_in_one_is_named() {
    let playground = notes();
    let file = playground.root().join("mine");
    std::fs::write(&file, "mine\n").expect("a file");
    playground.run(&["step", "1", "--workspace", "mine"]).status(2).err(str![[r#"
error: the workspace `mine` cannot be made: `mine` is not a folder
  help: move it away, or name another workspace; nothing was written

"#]]);
    playground.run(&["bless", "1", "--workspace", "mine/below"]).status(2).err(str![[r#"
error: the workspace `mine/below` cannot be made: `mine` is not a folder
  help: move it away, or name another workspace; nothing was written

"#]]);
    assert_eq!(std::fs::read_to_string(file).expect("a file"), "mine\n");
}
