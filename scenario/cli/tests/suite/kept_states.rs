//! The state at the end of a step: what of it comes back, and what happens where it is damaged.

use std::path::PathBuf;

use nix::sys::signal::Signal;
use snapbox::str;

use crate::playground::{Playground, until};
use crate::scenario_test::{ScenarioTest, compare};

/// What a command prints in the workspace.
fn printed(playground: &Playground, command: &str) -> String {
    let mut shell = std::process::Command::new("sh");
    let output = shell.args(["-c", command]).current_dir(playground.path("")).output();
    String::from_utf8_lossy(&output.expect("sh").stdout).into_owned()
}

fn rewrite(playground: &Playground, page: &str, text: &str) {
    std::fs::write(playground.dir().join("src").join(page), text).expect("a page");
}

/// What is kept of the file with this content.
fn content(state: PathBuf, text: &str) -> PathBuf {
    let all = std::fs::read_dir(state.join("steps/content")).expect("a folder").flatten();
    all.map(|entry| entry.path())
        .find(|path| std::fs::read_to_string(path).is_ok_and(|found| found == text))
        .expect("a content")
}

#[test]
fn modes_of_folders_times_of_files_and_pipes_come_back() {
    let playground = ScenarioTest::new()
        .page(
            "step-1.md",
            "# One\n\n```text file=secret/page.txt\none\n```\n\n```console\n$ chmod 500 secret; mkfifo -m 600 pipe; mkdir d; echo a > made\n\
             $ touch -d 2001-02-03T04:05:06Z made; touch -d 2001-02-03T04:05:07Z secret/page.txt\n```\n",
        )
        .page(
            "step-2.md",
            "# Two\n\n```text file=secret/page.txt append\ntwo\n```\n\n```console\n$ chmod 755 secret; rm pipe; echo b > made\n\
             $ touch -d 2002-02-03T04:05:06Z made; touch -d 2002-02-03T04:05:07Z secret/page.txt\n```\n",
        )
        .page("step-3.md", "# Three\n\n```console\n$ touch made secret/page.txt; chmod 711 d\n```\n")
        .playground();
    let look = |step: &str| {
        playground.run(&["step", step]).status(0).does_not_say("kept");
        printed(
            &playground,
            "stat -c '%n %a %F' secret d pipe; TZ=UTC stat -c '%n %a %.19y' made secret/page.txt",
        )
    };
    let first = look("1");
    compare(
        &first,
        str![[r#"
secret 500 directory
d 755 directory
pipe 600 fifo
made 644 2001-02-03 04:05:06
secret/page.txt 644 2001-02-03 04:05:07

"#]],
    );
    let second = look("2");
    for (step, expected) in [("1", Some(&first)), ("3", None), ("2", Some(&second)), ("1", Some(&first))] {
        let found = look(step);
        assert_eq!(&found, expected.unwrap_or(&found), "at the end of step {step}");
    }
    playground.run(&["verify"]).status(0);
    let page = "# Three\n\n```console\n$ test -p pipe || stat -c '%n %a %Y' secret made secret/page.txt\nsecret 755\n```\n";
    rewrite(&playground, "step-3.md", page);
    let ran = playground.run(&["verify", "--from", "3"]);
    ran.status(1).says("\n    + made 644 1012709106\n    + secret/page.txt 644 1012709107\n");
}

#[test]
fn a_file_that_tools_may_have_compiled_is_newer_than_what_they_made_of_it() {
    let playground = ScenarioTest::new()
        .page("step-1.md", "# One\n\n```console\n$ echo a > source; mkdir target; cat source > target/made\n```\n")
        .page("step-2.md", "# Two\n\n```console\n$ echo b > source; cat source > target/made; touch -d 2001-02-03 target/made\n```\n")
        .playground();
    for step in ["1", "2", "1"] {
        playground.run(&["step", step]).status(0);
    }
    assert_eq!(printed(&playground, "cat source; test source -nt target/made && echo newer"), "a\nnewer\n");
    let time = printed(&playground, "stat -c %Y source");
    let age = "echo $(($(date +%s) - $(stat -c %Y source) < 100))";
    assert_eq!(printed(&playground, age), "1\n", "{time}");
}

#[test]
fn a_file_that_goes_back_twice_does_not_become_older_than_what_was_made_of_it() {
    let make = "$ [ target/made -nt source ] || cp source target/made\n";
    let playground = ScenarioTest::new()
        .page(
            "step-1.md",
            &format!("# One\n\n```text file=source\nold\n```\n\n```console\n$ mkdir -p target\n{make}```\n"),
        )
        .page("step-2.md", "# Two\n\n```console\n$ true\n```\n")
        .page("step-3.md", &format!("# Three\n\n```console\n{make}$ cat target/made\nold\n```\n"))
        .page("step-4.md", &format!("# Four\n\n```text file=source\nnew\n```\n\n```console\n{make}```\n"))
        .playground();
    for step in ["4", "2", "1", "3"] {
        playground.run(&["step", step]).status(0);
    }
}

#[test]
fn a_file_of_a_page_is_new_when_its_step_is_played_again() {
    let page = "# One\n\n```sh file=run.sh\ntrue\n```\n\n```console\n$ chmod 750 run.sh\n```\n";
    let playground = ScenarioTest::step(page).playground();
    playground.run(&["step", "1"]).status(0);
    let look = page.replace("chmod 750 run.sh", "stat -c %a run.sh\n644");
    rewrite(&playground, "step-1.md", &look);
    playground.run(&["step", "1"]).status(0);
}

/// Two steps: the first makes a file, and the second changes it.
fn two() -> Playground {
    ScenarioTest::new()
        .page("step-1.md", "# One\n\n```console\n$ echo one > a\n```\n")
        .page("step-2.md", "# Two\n\n```console\n$ cat a; echo two > a\none\n```\n")
        .playground()
}

#[test]
fn a_damaged_state_is_not_used() {
    let playground = two();
    playground.run(&["step", "1"]).status(0);
    playground.run(&["step", "2"]).status(0);
    std::fs::write(content(playground.path(".scenario"), "one\n"), "xxx\n").expect("a file");
    playground.run(&["step", "1"]).status(0).out(str![[r#"
  note the end of step 1 cannot be put back: what is kept of `a` is damaged, so step 1 is played again
Step 1  step-1
  ✓ echo one > a
step 1: 1 passed, 0 failed, 0 skipped in [TIME] s
your files are in `workspace`; `scenario down` ends what runs

"#]]);
    assert_eq!(playground.read("a"), "one\n");
    // It is kept anew.
    playground.run(&["step", "2"]).status(0);
    playground.run(&["step", "1"]).status(0).does_not_say("cannot be put back");
    playground.run(&["verify"]).status(0);
    let state = playground.root().join(".cache/scenario/verify/a-book/.scenario");
    std::fs::remove_dir_all(state.join("steps/content")).expect("a folder");
    let ran = playground.run(&["verify", "--from", "2"]);
    ran.status(0).says(
        "note the end of step 1 cannot be put back: what is kept of `a` is missing, so step 1 is proved first",
    );
}

#[test]
fn a_file_of_the_learners_that_cannot_be_put_back_is_an_error() {
    let playground = two();
    std::fs::create_dir_all(playground.path("")).expect("a folder");
    std::fs::write(playground.path("a"), "mine\n").expect("a file");
    playground.run(&["step", "1"]).status(0);
    std::fs::remove_dir_all(playground.path(".scenario/steps/content")).expect("a folder");
    let page = "# One\n\n```console\n$ echo new > a\n```\n";
    rewrite(&playground, "step-1.md", page);
    playground.run(&["step", "1"]).status(2).err(str![[r#"
error: failed to put back `a`, as it was before the first step: what is kept of it cannot be read: No such file or directory (os error 2)
  help: put `a` there yourself as it was, or go on in an empty folder

"#]]);
    assert_eq!(playground.read("a"), "one\n");
    std::fs::write(playground.path("a"), "mine\n").expect("a file");
    playground.run(&["step", "1"]).status(0);
    assert_eq!(playground.read("a"), "new\n");
}

#[test]
fn other_caches_or_seeds_are_another_book() {
    let playground = two();
    playground.run(&["verify"]).status(0);
    let toml = "[book]\ntitle = \"A book\"\n\n[preprocessor.scenario]\ncaches = [\"build\"]\n";
    std::fs::write(playground.dir().join("book.toml"), toml).expect("a file");
    let ran = playground.run(&["verify", "--from", "2"]);
    ran.status(0)
        .says("note step 1 or one before it has changed since it passed `verify`, so step 1 is proved first");
}

#[test]
fn two_proofs_do_not_share_a_folder() {
    let playground = ScenarioTest::step("# One\n\n```console\n$ touch begun; sleep 7712\n```\n").playground();
    let run = playground.start(&["verify"]);
    let folder = playground.root().join(".cache/scenario/verify/a-book");
    until("the command runs", || folder.join("begun").exists());
    let mut other = playground.command(&["verify"]);
    let output = other.env("SCENARIO_STATE", playground.root().join(".other")).output().expect("scenario");
    let message = String::from_utf8_lossy(&output.stderr).replace(&run.child.id().to_string(), "[PID]");
    compare(
        &message,
        str![[r#"
error: another run works in `.cache/scenario/verify/a-book`: `scenario verify` (process [PID])
  help: books of one title share this folder; wait for that run, or stop it

"#]],
    );
    assert_eq!(output.status.code(), Some(2));
    run.signal(Signal::SIGINT);
    assert_eq!(run.wait(), Some(130));
}

#[test]
fn a_process_that_leaves_files_at_its_start_finds_them_as_they_were_before() {
    let start = "# One\n\n```console background=db ready=log:up within=10s\n$ sh -c 'mkdir data && echo up; sleep 7714'\n```\n";
    let playground = ScenarioTest::new()
        .page("step-1.md", "# None\n\n```text file=conf\nx\n```\n")
        .page("step-2.md", start)
        .page("step-3.md", "# Two\n\n```console\n$ echo row >> data/rows\n```\n")
        .page("step-4.md", "# Three\n\n```console\n$ cat data/rows\nrow\n```\n")
        .playground();
    playground.run(&["verify"]).status(0);
    playground.run(&["verify", "--from", "4"]).status(0);
    playground.run(&["step", "3"]).status(0);
    playground.run(&["down"]).status(0);
    playground.run(&["step", "4"]).status(0);
}

#[test]
fn a_learners_file_that_a_step_has_changed_comes_back_if_it_is_gone() {
    let playground = Playground::steps(&[
        "# One\n\n```console\n$ echo one >> notes\n```\n",
        "# Two\n\n```console\n$ cat notes\nmine\none\n```\n",
    ]);
    let notes = playground.path("notes");
    std::fs::create_dir_all(playground.path("")).expect("a folder");
    std::fs::write(&notes, "mine\n").expect("a file");
    for step in ["1", "2"] {
        playground.run(&["step", step]).status(0);
        std::fs::remove_file(&notes).expect("a file");
        playground.run(&["step", step]).status(0);
        assert_eq!(playground.read("notes"), "mine\none\n");
    }
    std::fs::remove_file(&notes).expect("a file");
    playground.run(&["step", "1"]).status(0);
    assert_eq!(playground.read("notes"), "mine\none\n");
}

#[test]
fn a_file_that_the_learner_has_made_and_a_step_has_changed_stays_on_every_way() {
    let playground = Playground::steps(&[
        "# One\n\n```console\n$ echo one > one\n```\n",
        "# Two\n\n```console\n$ touch notes && echo two >> notes\n```\n",
    ]);
    playground.run(&["step", "1"]).status(0);
    std::fs::write(playground.path("notes"), "mine\n").expect("a file");
    for step in ["2", "1", "2", "1"] {
        playground.run(&["step", step]).status(0);
        assert_eq!(playground.read("notes"), "mine\ntwo\n", "{step}");
    }
}
