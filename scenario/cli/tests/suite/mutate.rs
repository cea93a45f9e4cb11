//! `mutate`: what a chapter's proof does not notice is found, and what it does is not.

use snapbox::data::Inline;
use snapbox::str;

use crate::playground::{Playground, Ran};
use crate::scenario_test::{ScenarioTest, compare};

/// The table without its times, and what survived with the advice. The survivors were also reported while they were found.
#[track_caller]
fn found(ran: &Ran) -> String {
    let (before, table) = ran
        .stdout
        .split_once("chapter  tried  killed  survived  seconds\n")
        .unwrap_or_else(|| panic!("no table: {}{}", ran.stdout, ran.stderr));
    let is_survivor = |line: &&str| line.contains(": survived: ");
    let of = |text: &str| {
        let mut lines: Vec<String> =
            text.lines().filter(is_survivor).map(|line| line.trim().to_owned()).collect();
        lines.sort();
        lines
    };
    assert_eq!(of(before), of(table));
    let rows = table.lines().map(|line| match line.split_whitespace().collect::<Vec<_>>().as_slice() {
        [counts @ .., _seconds]
            if line.starts_with(|c: char| c.is_ascii_digit()) || line.starts_with("all") =>
        {
            counts.join(" ")
        }
        _ => line.to_owned(),
    });
    rows.collect::<Vec<_>>().join("\n")
}

/// Runs a `mutate` that fails because something survives, and compares its table and what it lists.
#[track_caller]
fn survive(playground: &Playground, words: &[&str], expected: Inline) {
    let ran = playground.run(words);
    ran.status(1);
    compare(&found(&ran), expected);
}

#[test]
fn what_nothing_notices_survives_and_fails() {
    let playground = ScenarioTest::new()
        .page(
            "step-1.md",
            "# One\n\n```text file=a\none\n```\n\n```text file=unused\nx\n```\n\n```console\n$ echo two > b\n$ echo x > c\n$ cat a b\none\n...\n```\n\n\
             <!-- scenario: check file=b contains=two -->\n",
        )
        .page("step-2.md", "# Two\n\n```console read-only\n$ cat b\ntwo\n```\n\n```console\n$ echo three > d; cat d\nthree\n```\n")
        .playground();
    survive(
        &playground,
        &["mutate"],
        str![[r#"
1 6 4 2
2 4 3 1
all 10 7 3
src/step-1.md:7:1: survived: left out this edit of `unused`
  remove it, or check what it does
src/step-1.md:13:3: survived: left out `echo x > c`
  remove it, or check what it does; a block that only looks is `read-only`
src/step-2.md:8:1: survived: left out the block of `echo three > d; cat d`
  remove it, or check what it does; a block that only looks is `read-only`
"#]],
    );
}

#[test]
fn a_false_read_only_is_found_and_named() {
    let playground = ScenarioTest::new()
        .page(
            "step-1.md",
            "# One\n\n```console read-only\n$ ls\n```\n\n```console read-only\n$ echo x > f\n```\n",
        )
        .page("step-2.md", "# Two\n\n```console\n$ cat f\nx\n$ rm f\n$ test ! -e f\n```\n")
        .playground();
    survive(
        &playground,
        &["mutate", "1"],
        str![[r#"
1 2 1 1
all 2 1 1
src/step-1.md:7:1: survived: left out this block on the way to later chapters
  src/step-2.md:4:3: failed without it: cat f
  a later chapter needs it: remove `read-only`
"#]],
    );
}

#[test]
fn a_chapter_in_which_everything_is_needed_passes_and_leaves_nothing() {
    let playground = ScenarioTest::new()
        .page("step-1.md", "# One\n\n```console background=clock ready=log:tick within=5s\n$ echo tick >> log; cat log; sleep 600\n```\n\n```console\n$ export A=b\n```\n")
        .page(
            "step-2.md",
            "# Two\n\n```text file=f\nx\n```\n\n```console read-only\n$ test \"$(cat log)\" = tick\n```\n\n```console stop=clock\n^C\n$ cp f g; echo [TIME] $A\n[TIME] b\n```\n\n\
             <!-- scenario: check file=g matches=\"^x$\" -->\n<!-- scenario: check command=\"cmp f g\" -->\n\
             <!-- scenario: check command=\"pgrep -f [s]leep.600\" status=1 -->\n",
        )
        .playground();
    let ran = playground.run(&["mutate", "2"]);
    assert_eq!(found(&ran), "2 8 8 0\nall 8 8 0");
    ran.status(0);
    assert!(!playground.path("").exists(), "it has a folder of its own");
    playground.nothing_is_left_within(5);
}

#[test]
fn a_chapter_that_fails_as_it_is_is_not_mutated() {
    let playground = ScenarioTest::step("# One\n\n```console\n$ echo a\nb\n```\n").playground();
    playground.run(&["mutate"]).status(1).says("✗ echo a").says("mutate: 0 passed, 1 failed");
}

#[test]
fn what_a_tool_has_kept_of_an_earlier_play_hides_nothing() {
    let playground = ScenarioTest::new()
        .page("step-1.md", "# One\n\n```console\n$ echo x > a\n$ cat a\nx\n```\n")
        .page(
            "step-2.md",
            "# Two\n\n```console background=db ready=log:up within=10s\n$ sh -c 'cat a; touch $SCENARIO_DATA/two; echo up; sleep 7713'\n```\n\n\
             <!-- scenario: check command=\"test -e $SCENARIO_DATA/two\" -->\n",
        )
        .playground();
    let ran = playground.run(&["mutate"]);
    assert_eq!(found(&ran), "1 2 2 0\n2 2 2 0\nall 4 4 0");
    ran.status(0);
}

#[test]
fn what_tools_have_left_hides_nothing_and_later_chapters_count() {
    let playground = ScenarioTest::new()
        .file("book.toml", "[book]\ntitle = \"A book\"\n\n[preprocessor.scenario]\ncaches = [\"build\"]\n")
        .page(
            "step-1.md",
            "# One\n\n```console\n$ mkdir -p build; echo x > build/out\n$ cat build/out\nx\n$ echo y > later\n```\n",
        )
        .page("step-2.md", "# Two\n\n```console read-only\n$ cat later\ny\n```\n")
        .playground();
    let ran = playground.run(&["mutate", "1"]);
    assert_eq!(found(&ran), "1 3 3 0\nall 3 3 0");
    ran.status(0);
}

#[test]
fn what_would_pass_whatever_is_printed_or_found_survives() {
    let playground = ScenarioTest::step(
        "# One\n\n```console\n$ echo a > f\n...\n```\n\n```console read-only\n$ cat f\n[..]\n$ cat f\n[ID]\n```\n\n\
         <!-- scenario: check file=f matches=\".*\" -->\n\
         <!-- scenario: check command=\"echo b\" matches=b -->\n\
         <!-- scenario: check file=g absent already-true=\"why\" -->\n",
    )
    .playground();
    survive(
        &playground,
        &["mutate"],
        str![[r#"
1 8 5 3
all 8 5 3
src/step-1.md:9:3: survived: `cat f` printed something else
  show a line, or a typed elision such as `[NUMBER]`, that would differ; or show no output
src/step-1.md:15:1: survived: found something else: `f` matches `.*`
  expect something more exact
src/step-1.md:16:1: survived: left out the whole chapter: `echo b` ends with status 0, prints what matches `b`
  check something that the chapter changes, or say `already-true` with the reason
"#]],
    );
}

#[test]
fn a_process_that_writes_at_its_end_does_not_hide_what_survives() {
    let page = "# One\n\n```console background=late ready=log:on within=5s\n\
                $ trap 'echo x > late; exit' TERM INT HUP; echo on; while :; do sleep 0.05; done\n```\n\n\
                ```console read-only\n$ test ! -e late\n```\n\n```console\n$ echo y > needed\n$ cat needed\ny\n$ echo x > unused\n```\n\n\
                <!-- scenario: check command=\"pgrep -f [e]cho.on\" -->\n";
    let playground = ScenarioTest::step(page).playground();
    survive(
        &playground,
        &["mutate"],
        str![[r#"
1 6 5 1
all 6 5 1
src/step-1.md:15:3: survived: left out `echo x > unused`
  remove it, or check what it does; a block that only looks is `read-only`
"#]],
    );
}

#[test]
fn a_chapter_that_does_not_run_twice_is_not_judged() {
    let playground =
        ScenarioTest::step("# One\n\n```console\n$ mkdir ../../../../outside\n```\n").playground();
    let ran = playground.run(&["mutate"]);
    ran.status(2).err(str![[r#"
error: chapter 1 does not pass again after its changes were tried, so their results are not certain
  help: one of its commands changes something outside of the workspace, or in a folder of `caches`

"#]]);
}

#[test]
fn an_edit_that_a_later_one_replaces_before_anything_meets_it_survives() {
    let playground = ScenarioTest::step(
        "# One\n\n```text file=a\none\n```\n\n```text file=a replace=one\ntwo\n```\n\n```text file=a\nthree\n```\n\n\
         ```console read-only\n$ cat a\nthree\n```\n",
    )
    .playground();
    survive(
        &playground,
        &["mutate"],
        str![[r#"
1 5 4 1
all 5 4 1
src/step-1.md:7:1: survived: left out this edit of `a`
  remove it, or check what it does
"#]],
    );
}
