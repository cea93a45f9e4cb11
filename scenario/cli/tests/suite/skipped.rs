//! Chapters that this machine cannot run: skipped with the reason, never passed and never failed, and later chapters do
//! without them.

use serde_json::{Value, json};
use snapbox::str;

use crate::playground::Playground;
use crate::scenario_test::ScenarioTest;

/// Three steps; the second needs a folder `moon` beside the book, and `result` has the file of each.
fn book() -> Playground {
    let book = ScenarioTest::new();
    let moon = book.dir().join("moon").display().to_string();
    let second = format!(
        "# Two\n\n<!-- scenario: needs what=\"a moon\" command=\"test -d '{moon}'\" -->\n\n\
         ```text file=two.txt\ntwo\n```\n\n```console\n$ cp two.txt landed\n$ cat landed\ntwo\n```\n\n\
         ```text ignore=\"shows something\"\nx\n```\n\n\
         <!-- scenario: check file=landed contains=two -->\n\n\
         ```text file=more.txt exercise=more\nmore\n```\n\n\
         <!-- scenario: check file=more.txt contains=more exercise=more -->\n"
    );
    let third = "```text file=three.txt\nthree\n```\n\n```console\n$ test ! -e landed && echo alone > alone; cat three.txt\nthree\n```\n\n\
                 <!-- scenario: check file=three.txt contains=three -->\n";
    book.file("book.toml", "[book]\ntitle = \"A book\"\n[preprocessor.scenario]\nresult = [\"end/one.txt\", \"end/two.txt\", \"end/three.txt\"]\n")
        .file("end/one.txt", "one\n")
        .file("end/two.txt", "two\n")
        .file("end/three.txt", "three\n")
        .page("step-1.md", "```text file=one.txt\none\n```\n")
        .page("step-2.md", &second)
        .page("step-3.md", third)
        .playground()
}

fn with_moon(playground: &Playground) {
    std::fs::create_dir_all(playground.dir().join("moon")).expect("a folder");
}

#[test]
fn verify_skips_a_chapter_that_the_machine_cannot_run() {
    let playground = book();
    playground.run(&["verify", "--json", "run.json", "--junit", "run.xml"]).status(0).out(str![[r#"
Step 1  step-1
  ✓ write `one.txt`
Step 2  step-2
  – 4 actions skipped: this machine lacks what the chapter needs: a moon
Step 3  step-3
  ✓ write `three.txt`
  ✓ test ! -e landed && echo alone > alone; cat three.txt
  ✓ `three.txt` contains `three`
  ✓ the result is equal to `end/one.txt`, `end/two.txt`, `end/three.txt`, without `two.txt`
Step 2  exercise more
  – 2 actions skipped: this machine lacks what the chapter needs: a moon
verify: 5 passed, 0 failed, 6 skipped in [TIME] s
census: 6 blocks: 3 file edits, 2 of commands, 0 queries, 1 ignored with a reason, 0 unaccounted; 2 hidden checks; 1 exercises: 1 blocks, 1 hidden checks, 0 mistakes

"#]]);
    let text = std::fs::read_to_string(playground.dir().join("run.json")).expect("a report");
    let report: Value = serde_json::from_str(&text).expect("JSON");
    let of_two = report["items"].as_array().expect("items").iter().filter(|item| item["step"] == 2);
    let of_two: Vec<_> = of_two.map(|item| (&item["verdict"], &item["remark"])).collect();
    let skipped = json!("skipped");
    let why = json!("this machine lacks what the chapter needs: a moon");
    assert_eq!(of_two, [(&skipped, &why); 6]);
    assert_eq!(report["outcome"], "passed");
    let xml = std::fs::read_to_string(playground.dir().join("run.xml")).expect("a report");
    let skipped = "<skipped message=\"this machine lacks what the chapter needs: a moon\"/>";
    assert_eq!(xml.matches(skipped).count(), 6, "{xml}");
}

#[test]
fn verify_runs_it_where_the_machine_has_what_it_needs() {
    let playground = book();
    with_moon(&playground);
    // Its third step wants to be alone.
    playground.run(&["verify", "--step", "2"]).status(0).says("✓ `landed` contains `two`").says("1 skipped");
}

#[test]
fn step_goes_past_it_and_plays_it_as_soon_as_the_machine_has_what_it_needs() {
    let playground = book();
    playground.run(&["step", "3"]).status(0).out(str![[r#"
  note playing steps 1, 2 and 3
Step 1  step-1
  ✓ write `one.txt`
Step 2  step-2
  – 4 actions skipped: this machine lacks what the chapter needs: a moon
Step 3  step-3
  ✓ write `three.txt`
  ✓ test ! -e landed && echo alone > alone; cat three.txt
  ✓ `three.txt` contains `three`
step 3: 4 passed, 0 failed, 4 skipped in [TIME] s
your files are in `workspace`; `scenario down` ends what runs

"#]]);
    assert_eq!((playground.read("alone").as_str(), playground.path("two.txt").exists()), ("alone\n", false));
    playground.run(&["step", "2"]).status(0).out(str![[r#"
Step 2  step-2
  – 4 actions skipped: this machine lacks what the chapter needs: a moon
step 2: 0 passed, 0 failed, 4 skipped in [TIME] s
your files are in `workspace`; `scenario down` ends what runs

"#]]);
    with_moon(&playground);
    playground.run(&["step", "2"]).status(0).says("✓ `landed` contains `two`");
    assert_eq!(playground.read("landed"), "two\n");
    std::fs::remove_dir(playground.dir().join("moon")).expect("a folder");
    playground.run(&["step", "3"]).status(0);
    assert!(!playground.path("landed").exists(), "what the chapter had made is gone again");
}

#[test]
fn check_and_plan_say_what_it_needs() {
    let playground = book();
    playground.run(&["check", "2"]).status(0).out(str![[r#"
Step 2  step-2
  – 4 actions skipped: this machine lacks what the chapter needs: a moon
check 2: 0 passed, 0 failed, 4 skipped in [TIME] s

"#]]);
    playground.run(&["check", "2", "--exercise", "more"]).status(0).out(str![[r#"
Step 2  exercise more
  – 2 actions skipped: this machine lacks what the chapter needs: a moon
check 2 --exercise more: 0 passed, 0 failed, 2 skipped in [TIME] s

"#]]);
    playground.run(&["plan", "2"]).status(0).says("needs      a moon: test -d ");
}

#[test]
fn a_proof_that_begins_later_skips_it_too() {
    let playground = book();
    playground.run(&["verify"]).status(0);
    playground.run(&["verify", "--from", "3"]).status(0).out(str![[r#"
  note starting from the end of step 2, as an earlier `verify` has kept it
  – write `one.txt` skipped: this run begins with step 3
  – 4 actions skipped: this machine lacks what the chapter needs: a moon
Step 3  step-3
  ✓ write `three.txt`
  ✓ test ! -e landed && echo alone > alone; cat three.txt
  ✓ `three.txt` contains `three`
  ✓ the result is equal to `end/one.txt`, `end/two.txt`, `end/three.txt`, without `two.txt`
verify: 4 passed, 0 failed, 5 skipped in [TIME] s
census: 6 blocks: 3 file edits, 2 of commands, 0 queries, 1 ignored with a reason, 0 unaccounted; 2 hidden checks; 1 exercises: 1 blocks, 1 hidden checks, 0 mistakes

"#]]);
}

/// A book whose only chapter needs what a command tells.
fn needing(command: &str) -> Playground {
    let needs = format!("<!-- scenario: needs what=\"a moon\" command=\"{command}\" -->");
    ScenarioTest::step(&format!("# One\n\n{needs}\n\n```console\n$ true\n```\n")).playground()
}

#[test]
fn a_command_whose_program_is_not_found_decides_nothing() {
    needing("tesst -d /moon && true").run(&["step", "1"]).status(2).err(str![[r#"
error: src/step-1.md:3:1: the command of `needs` ended with exit status 127, so it does not say whether the machine has a moon
    bash: line 1: tesst: command not found
  help: correct the name of the program; if a machine may be without it, ask for it first, as in `command -v docker && docker info`

"#]]);
    let denied = needing("/ 2>/dev/null").run(&["verify"]);
    assert!(denied.status(2).stderr.contains("ended with exit status 126, so"), "{}", denied.stderr);
}

#[test]
fn a_command_that_a_signal_ends_decides_nothing() {
    needing("kill -9 $$").run(&["step", "1"]).status(2).err(str![[r#"
error: src/step-1.md:3:1: the command of `needs` ended with signal 9 (KILL), so it does not say whether the machine has a moon
  help: write one that ends by itself: status 0 where the machine has it, and 1 where not

"#]]);
    let within = needing("bash -c 'kill -9 $$'; exit $?").run(&["step", "1"]);
    assert!(within.status(2).stderr.contains("ended with exit status 137, so"), "{}", within.stderr);
}

#[test]
fn any_other_status_says_that_it_is_not_here() {
    for command in
        ["command -v no-such-program && no-such-program", "no-such-program | grep moon", "exit 125"]
    {
        let skipped = "this machine lacks what the chapter needs: a moon";
        needing(command).run(&["step", "1"]).status(0).says(skipped);
    }
}

#[test]
fn a_command_that_does_not_end_is_an_error() {
    let page =
        "# One\n\n<!-- scenario: needs what=\"time\" command=\"sleep 100\" -->\n\n```console\n$ true\n```\n";
    let playground = ScenarioTest::step(page).playground().env("SCENARIO_COMMAND_SECONDS", "1");
    playground.run(&["step", "1"]).status(2).err(str![[r#"
error: src/step-1.md:3:1: the command of `needs` did not end within 1 s and was stopped
  help: it decides whether the chapter is skipped: write one that only looks

"#]]);
}
