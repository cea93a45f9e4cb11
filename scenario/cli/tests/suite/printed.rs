//! What commands print against what the page shows: what counts, and how a difference is shown.

use snapbox::str;

use crate::playground::Ran;
use crate::scenario_test::ScenarioTest;

/// Runs a page with one console block.
fn run(block: &str) -> Ran {
    let page = format!("# One\n\n```console\n{block}```\n");
    ScenarioTest::step(&page).playground().run(&["step", "1"])
}

#[test]
fn standard_error_begins_on_a_line_of_its_own() {
    run("$ printf 'result: 42'; echo slow >&2\nresult: 42\nslow\n").status(0);
}

#[test]
fn colours_do_not_count() {
    run("$ printf '\\033[1;32mok\\033[0m\\n'; printf '\\033]8;;x\\033\\\\link\\033]8;;\\033\\\\\\n'\nok\nlink\n").status(0);
}

#[test]
fn one_missing_line_of_many_is_shown_in_a_few_lines() {
    let shown: String = (1..=40).filter(|number| *number != 20).map(|number| format!("{number}\n")).collect();
    run(&format!("$ seq 40\n{shown}")).status(1).out(str![[r#"
Step 1  step-1
  ✗ seq 40

error: the output differs from what the page shows
  --> src/step-1.md:24:1
   |
24 | 21
   | ^^
      … 16 more lines
      17
      18
      19
    + 20
      21
      22
      23
      … 17 more lines
  help:     lines with `-` are on the page, lines with `+` were printed
  again:    `scenario step 1`

step 1: 0 passed, 1 failed, 0 skipped in [TIME] s
the files in `workspace` and what runs are as far as this step came; nothing was undone

"#]]);
}

#[test]
fn after_dots_the_line_that_differs_is_shown_beside_what_was_printed() {
    run("$ seq 30; echo Done in release mode\n...\nDone in debug mode\n")
        .status(1)
        .says("      ...\n    - Done in debug mode\n    + Done in release mode\n");
}

#[test]
fn what_cannot_be_seen_is_shown_escaped_and_explained() {
    let rows = |page: &str, printed: &str| format!("    - {page}\n    + {printed}\n  help:     ");
    run("$ printf '10%%\\r100%%\\n'\n10%\n")
        .status(1)
        .says(&rows("10%", "10%\\r100%"))
        .says("help:     `\\r` is a carriage return: what follows it is written over the line, and only what is left of the line is compared")
        .says("\n            lines with `-` are on the page, lines with `+` were printed\n");
    run("$ printf 'a\\302\\240b\\n'\na b\n").status(1).says(&rows("a b", "a\\u{a0}b")).says("no-break space");
    run("$ printf 'a\\tb\\n'\na       b\n")
        .status(1)
        .says(&rows("a       b", "a\\tb"))
        .says("`\\t` is a tab");
    run("$ printf 'cafe\\314\\201\\n'\ncafé\n").status(1).says(&rows("café", "cafe\\u{301}")).says("accents");
    run("$ printf 'a\\342\\200\\213b\\n'\nab\n").status(1).says(&rows("ab", "a\\u{200b}b")).says("no width");
}

#[test]
fn of_a_line_that_is_written_over_what_is_left_is_compared() {
    run("$ printf '10%%\\r\\033[1m100%%\\033[0m\\ndone\\r\\n'\n100%\ndone\n").status(0);
}

#[test]
fn a_page_shows_standard_output_alone_or_both_streams() {
    let command = "$ echo out; echo warning >&2; echo end\n";
    run(&format!("{command}out\nend\n")).status(0);
    run(&format!("{command}out\nend\nwarning\n")).status(0);
    run(&format!("{command}out\nend\nerror\n")).status(1).says("      end\n    - error\n    + warning\n");
    run(&format!("{command}out\nENDE\n"))
        .status(1)
        .says("      out\n    - ENDE\n    + end\n  help:     lines with `-`");
}

#[test]
fn a_typed_elision_stands_for_a_text_of_its_form() {
    let command = "$ echo 'Finished in 0.45s at 09:05, 3 warnings'\n";
    run(&format!("{command}Finished in [DURATION] at [TIME], [NUMBER] warnings\n")).status(0);
    run(&format!("{command}Finished in [DURATION] at [DATE], [NUMBER] warnings\n")).status(1).says(
        "    - Finished in [DURATION] at [DATE], [NUMBER] warnings\n    + Finished in 0.45s at 09:05, 3 warnings\n",
    );
}

#[test]
fn nothing_that_a_program_prints_moves_the_cursor_of_a_message() {
    let ran = run("$ printf '\\033[2K\\033[1Agone\\a\\302\\233\\r\\n' >&2; exit 1\n");
    ran.status(1).says("    gone\\u{9b}\n");
    let hidden = |c: char| c.is_control() && c != '\n';
    assert!(!ran.stdout.contains(hidden), "{:?}", ran.stdout);
}

#[test]
fn a_very_long_line_is_cut() {
    let ran = run("$ head -c 1000000 /dev/zero | tr '\\0' x\nshort\n");
    ran.status(1).says("    - short\n    + xxx");
    assert!(ran.stdout.len() < 2000, "{} bytes", ran.stdout.len());
    let ran = run("$ head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 1\n");
    ran.status(1).says("… (32368 more characters)\n    [… 934464 bytes left out: 65536 are kept …]\n");
    assert!(ran.stdout.len() < 2000, "{} bytes", ran.stdout.len());
}

#[test]
fn a_misspelled_elision_is_named_where_the_output_differs() {
    run("$ echo built at 9:05\nbuilt at [TIEM]\n")
        .status(1)
        .says("    - built at [TIEM]\n    + built at 9:05\n")
        .says("  help:     `[TIEM]` is compared as text; did you mean `[TIME]`?\n            lines with `-`");
    // It was printed as well, so it is text.
    run("$ echo '[time] 9:05'\n[time] 9:06\n").status(1).does_not_say("did you mean");
    run("$ echo '[time] [INFO]'\n[time] [INFO]\n").status(0);
}
