//! `mutate`: what a chapter's proof does not notice is found, and what it does is not.

use crate::playground::Ran;
use crate::scenario_test::ScenarioTest;

/// What survived, and the table without its times.
#[track_caller]
fn found(ran: &Ran) -> String {
    let (before, table) = ran
        .stdout
        .split_once("chapter  tried  killed  survived  seconds\n")
        .unwrap_or_else(|| panic!("no table: {}{}", ran.stdout, ran.stderr));
    let survivors =
        before.lines().filter(|line| line.contains(": survived: ")).map(|line| line.trim().to_owned());
    let rows = table.lines().map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        columns.split_last().map_or(String::new(), |(_, counts)| counts.join(" "))
    });
    survivors.chain(rows).collect::<Vec<_>>().join("\n")
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
    let ran = playground.run(&["mutate"]);
    ran.status(1);
    assert_eq!(
        found(&ran),
        "src/step-1.md:7:1: survived: left out this edit of `unused`\n\
         src/step-1.md:13:3: survived: left out `echo x > c`\n\
         src/step-2.md:8:1: survived: left out the block of `echo three > d; cat d`; if it only looks, it is `read-only`\n\
         1 9 7 2\n2 6 5 1\nall 15 12 3"
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
    let ran = playground.run(&["mutate", "1"]);
    ran.status(1);
    assert_eq!(
        found(&ran),
        "src/step-1.md:7:1: survived: a later step needs this block, so it is not `read-only`\n1 4 3 1\nall 4 3 1"
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
    assert_eq!(found(&ran), "2 10 10 0\nall 10 10 0");
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
    assert_eq!(found(&ran), "1 6 6 0\nall 6 6 0");
    ran.status(0);
}
