//! Steps on top of each other: what is played on the way to a step, and what is left out.

use snapbox::str;

use crate::playground::Playground;
use crate::scenario_test::ScenarioTest;

/// A first step with a process that is ready at once and works a while, and a look at what comes of it.
fn slow() -> Playground {
    ScenarioTest::new()
        .page(
            "step-1.md",
            "# One\n\n```console background=worker ready=log:started within=5s\n$ echo started; sleep 0.4; echo done > state; sleep 600\n```\n\n\
             ```console read-only within=20s\n$ echo look >> looks; cat state\ndone\n```\n",
        )
        .page("step-2.md", "# Two\n\n```console\n$ true\n```\n")
        .playground()
}

#[test]
fn a_read_only_block_with_within_is_repeated_until_it_prints_what_the_page_shows() {
    let playground = slow();
    playground.run(&["step", "1"]).status(0).says("✓ echo look >> looks; cat state");
    assert!(playground.read("looks").lines().count() > 1, "it was repeated");
    playground.run(&["verify", "--replace"]).status(0);
}

#[test]
fn on_the_way_to_a_later_step_read_only_blocks_are_left_out() {
    let playground = slow();
    playground.run(&["step", "2"]).status(0).does_not_say("cat state");
    assert!(!playground.path("looks").exists());
}

#[test]
fn a_repetition_has_a_bound_that_is_named() {
    let page = "```console read-only within=1s\n$ echo a\nb\n```\n";
    let playground = ScenarioTest::step(page).playground();
    playground.run(&["step", "1"]).status(1).out(str![[r#"
Step 1  step-1
  ✗ echo a

error: the output differs from what the page shows, also after 1 s of repeating it
 --> src/step-1.md:3:1
  |
3 | b
  | ^
    - b
    + a
  help:     lines with `-` are on the page, lines with `+` were printed
  again:    `scenario step 1`

step 1: 0 passed, 1 failed, 0 skipped in [TIME] s
the files in `workspace` and what runs are as far as this step came; nothing was undone

"#]]);
}
