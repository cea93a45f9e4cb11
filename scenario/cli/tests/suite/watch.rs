//! `watch`: a saved page shows its mistakes at once, or is played.

use std::fs::File;
use std::process::Child;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::playground::{PATIENCE, Playground, until};
use crate::scenario_test::ScenarioTest;

const ONE: &str = "# One\n\n```console\n$ echo one >> one.txt\n```\n";
const TWO: &str = "# Two\n\nRead this.\n\n```console\n$ echo two >> two.txt\n```\n";

/// `watch` in a book, and all that it has said.
struct Watching<'a> {
    playground: &'a Playground,
    child: Child,
}

impl<'a> Watching<'a> {
    fn start(playground: &'a Playground, words: &[&str]) -> Watching<'a> {
        let said = File::create(playground.root().join(".said")).expect("a file");
        let errors = said.try_clone().expect("the same file");
        let child = playground.command(words).stdout(said).stderr(errors).spawn().expect("watch starts");
        let watching = Watching { playground, child };
        watching.until_said("watching `.`", 1);
        watching
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.playground.root().join(".said")).expect("what was said")
    }

    /// Waits until a text was said so many times.
    #[track_caller]
    fn until_said(&self, text: &str, times: usize) {
        let end = Instant::now() + PATIENCE;
        while self.said().matches(text).count() < times {
            assert!(Instant::now() < end, "`{text}` not {times} times in:\n{}", self.said());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn save(&self, page: &str, text: &str) {
        std::fs::write(self.playground.root().join("src").join(page), text).expect("a page");
    }

    /// Asks it to end; its exit status.
    fn end(mut self) -> Option<i32> {
        kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGINT).expect("it runs");
        let mut status = None;
        until("the end of watching", || {
            status = self.child.try_wait().expect("a child");
            status.is_some()
        });
        status.and_then(|status| status.code())
    }
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn two_steps() -> Playground {
    ScenarioTest::new().page("one.md", ONE).page("two.md", TWO).playground()
}

#[test]
fn the_step_of_a_saved_page_is_played() {
    let playground = two_steps();
    let watching = Watching::start(&playground, &["watch"]);
    assert!(!playground.path("one.txt").exists());
    watching.save("two.md", &TWO.replace("echo two", "echo deux"));
    watching.until_said("-- saved `src/two.md`: step 2\n", 1);
    watching.until_said("step 2: 2 passed, 0 failed", 1);
    watching.until_said("-- waiting for the next save", 1);
    assert_eq!(playground.read("two.txt"), "deux\n");
    watching.save("one.md", &ONE.replace("echo one", "echo un"));
    watching.until_said("-- saved `src/one.md`: step 1\n", 1);
    watching.until_said("-- waiting for the next save", 2);
    assert_eq!(playground.read("one.txt"), "un\n");
    assert!(!playground.path("two.txt").exists());
    assert_eq!(watching.end(), Some(130));
}

#[test]
fn a_mistake_is_shown_with_its_place_and_nothing_is_played() {
    let playground = two_steps();
    let watching = Watching::start(&playground, &["watch"]);
    watching.save("two.md", &TWO.replace("```console", "```console raedy=8000"));
    watching.until_said("src/two.md:5:12", 1);
    watching.until_said("unknown attribute `raedy`", 1);
    assert!(!playground.path("one.txt").exists());
    watching.save("two.md", TWO);
    watching.until_said("step 2: 2 passed, 0 failed", 1);
}

#[test]
fn a_change_of_prose_plays_nothing() {
    let playground = two_steps();
    let watching = Watching::start(&playground, &["watch", "2"]);
    watching.until_said("-- waiting for the next save", 1);
    watching.save("two.md", &TWO.replace("Read this.", "Read this twice."));
    watching.until_said("-- its blocks are as before; nothing to play\n", 1);
    assert_eq!(watching.said().matches("Step 2  two").count(), 1);
}

#[test]
fn a_save_ends_the_run_that_it_has_made_obsolete() {
    let playground = two_steps();
    let watching = Watching::start(&playground, &["watch"]);
    watching.save("two.md", &TWO.replace("echo two", "touch started; sleep 7100; echo two"));
    playground.wait_for_file("started");
    watching.save("two.md", TWO);
    watching.until_said("interrupted: what this run had started was removed", 1);
    // Step 1 had ended before.
    watching.until_said("step 2: 1 passed, 0 failed", 1);
    assert_eq!(playground.read("two.txt"), "two\n");
    assert_eq!(playground.process("sleep 7100"), None);
}

#[test]
fn mistakes_are_shown_while_a_run_goes_on() {
    let playground = two_steps();
    let watching = Watching::start(&playground, &["watch"]);
    let waits = TWO.replace("echo two", "touch started; until [ -e go ]; do sleep 0.02; done; echo two");
    watching.save("two.md", &waits);
    playground.wait_for_file("started");
    watching.save("two.md", &waits.replace("```console", "```console raedy=8000"));
    watching.until_said("unknown attribute `raedy`", 1);
    std::fs::write(playground.path("go"), "").expect("a file");
    watching.until_said("step 2: 2 passed, 0 failed", 1);
}

#[test]
fn a_page_may_be_a_link_and_the_workspace_is_not_watched() {
    let playground = two_steps();
    let root = playground.root();
    std::fs::create_dir(root.join(".pages")).expect("a folder");
    std::fs::rename(root.join("src/two.md"), root.join(".pages/two.md")).expect("a page");
    std::os::unix::fs::symlink("../.pages/two.md", root.join("src/two.md")).expect("a link");
    let watching = Watching::start(&playground, &["--workspace", "mine", "watch", "1"]);
    watching.until_said("-- waiting for the next save", 1);
    watching.save("two.md", &TWO.replace("Read this.", "Read this twice."));
    watching.until_said("-- its blocks are as before; nothing to play\n", 1);
    assert_eq!(watching.said().matches("-- saved").count(), 1, "{}", watching.said());
}

#[test]
fn the_end_of_watching_ends_the_run() {
    let playground = two_steps();
    let watching = Watching::start(&playground, &["watch"]);
    watching.save("two.md", &TWO.replace("echo two", "touch started; sleep 7101; echo two"));
    playground.wait_for_file("started");
    assert_eq!(watching.end(), Some(130));
    playground.nothing_is_left_within(5);
}

#[test]
fn a_step_that_is_not_in_the_book_is_an_error() {
    two_steps().run(&["watch", "3"]).status(2).err(snapbox::str![[r#"
error: there is no step 3
  help: the steps are:
          1  one
          2  two

"#]]);
}
