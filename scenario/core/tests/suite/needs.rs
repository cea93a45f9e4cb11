//! `needs`: the command that decides whether a machine can run a chapter, and what later chapters may use from it.

use snapbox::str;

use crate::scenario_test::ScenarioTest;

const NEEDS: &str = "<!-- scenario: needs what=\"a moon\" command=\"test -e /moon\" -->\n\n";

#[test]
fn a_page_says_what_it_needs_and_what_decides() {
    let scenario = ScenarioTest::step(&format!("# One\n\n{NEEDS}```console\n$ ls\n```\n")).scenario();
    let needs = scenario.steps[0].needs.as_ref().expect("needs");
    assert_eq!((needs.what.as_str(), needs.command.as_str()), ("a moon", "test -e /moon"));
}

#[test]
fn needs_has_both_parts_and_nothing_else() {
    ScenarioTest::step(
        "# One\n\n<!-- scenario: needs -->\n\n<!-- scenario: needs what=\"\" command=true within=1s -->\n",
    )
    .diagnostics(str![[r#"
error[missing-attribute]: missing attribute `what` on `needs`
 --> src/step-1.md:3:1
  |
3 | <!-- scenario: needs -->
  | ^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: add `what="some text"`

error[missing-attribute]: missing attribute `command` on `needs`
 --> src/step-1.md:3:1
  |
3 | <!-- scenario: needs -->
  | ^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: add `command="test -s PATH"`

error[empty-value]: empty value for `what`
 --> src/step-1.md:5:22
  |
5 | <!-- scenario: needs what="" command=true within=1s -->
  |                      ^^^^
  |
  = help: write `what="some text"`, without spaces around the `=`

error[misplaced-attribute]: `within` is not allowed on `needs`
 --> src/step-1.md:5:43
  |
5 | <!-- scenario: needs what="" command=true within=1s -->
  |                                           ^^^^^^
  |
  = help: expected `what` or `command`

"#]]);
}

#[test]
fn a_page_needs_one_thing() {
    ScenarioTest::step(&format!("# One\n\n{NEEDS}{NEEDS}")).diagnostics(str![[r#"
error[duplicate-needs]: second `needs` on a page
 --> src/step-1.md:5:1
  |
3 | <!-- scenario: needs what="a moon" command="test -e /moon" -->
  | -------------------------------------------------------------- the first one is here
4 |
5 | <!-- scenario: needs what="a moon" command="test -e /moon" -->
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: a page has one command that decides: join both commands by `&&`

"#]]);
}

#[test]
fn a_page_that_is_no_step_needs_nothing() {
    ScenarioTest::step("# One\n").unnumbered("end.md", &format!("# End\n\n{NEEDS}")).diagnostics(str![[r#"
error[attribute-outside-step]: `needs` has no effect: this page is not a step
 --> src/end.md:3:1
  |
3 | <!-- scenario: needs what="a moon" command="test -e /moon" -->
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: only the chapters in the numbered list of SUMMARY.md are steps

"#]]);
}

#[test]
fn a_later_chapter_does_not_depend_on_a_chapter_that_may_be_skipped() {
    let first = "```text file=a.txt\none\n```\n";
    let second = format!(
        "# Two\n\n{NEEDS}```text file=a.txt append\ntwo\n```\n\n```text file=b.txt\ntwo\n```\n\n\
         ```text file=b.txt append\ntwo again\n```\n\n\
         ```console background=web ready=8000 within=1s\n$ python3 -m http.server 8000\n```\n"
    );
    let third = "```text file=a.txt append\nthree\n```\n\n```text file=b.txt replace=\"two again\"\nthree\n```\n\n\
                 ```console stop=web\n^C\n```\n";
    ScenarioTest::step(first).page("step-2.md", &second).page("step-3.md", third).diagnostics(str![[r#"
error[depends-on-skippable]: `a.txt` is a file of chapter 2, which may be skipped
 --> src/step-3.md:1:14
  |
1 | ```text file=a.txt append
  |              ^^^^^
  |
 ::: src/step-2.md:5:14
  |
5 | ```text file=a.txt append
  |              ----- it is written here
  |
  = help: a machine that lacks what that chapter needs does not have this file as it is there: use another file,
          or write the whole file here

error[depends-on-skippable]: `b.txt` is a file of chapter 2, which may be skipped
  --> src/step-3.md:5:14
   |
 5 | ```text file=b.txt replace="two again"
   |              ^^^^^
   |
  ::: src/step-2.md:13:14
   |
13 | ```text file=b.txt append
   |              ----- it is written here
   |
   = help: a machine that lacks what that chapter needs does not have this file as it is there: use another file,
           or write the whole file here

error[depends-on-skippable]: chapter 2, which may be skipped, starts the process `web`
  --> src/step-3.md:9:17
   |
 9 | ```console stop=web
   |                 ^^^
   |
  ::: src/step-2.md:17:1
   |
17 | ```console background=web ready=8000 within=1s
   | ---------------------------------------------- it is started here
   |
   = help: a machine that lacks what that chapter needs does not have this process: stop it in that chapter

"#]]);
}

#[test]
fn a_later_chapter_may_write_a_file_anew() {
    let first = format!("# One\n\n{NEEDS}```text file=a.txt\none\n```\n");
    let second = "```text file=a.txt\ntwo\n```\n\n```text file=a.txt append\nthree\n```\n";
    ScenarioTest::step(&first).page("step-2.md", second).diagnostics(str![""]);
}
