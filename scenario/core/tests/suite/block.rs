//! How the result of a command is compared with the page, without running it.

use scenario_core::failure::{Elsewhere, Failure, Place, Reason};
use scenario_core::files::Files;
use scenario_core::model::Scenario;
use scenario_core::plan::{Action, Plan, PlannedCommand};
use scenario_core::process::{Exit, Finished};
use scenario_core::runner::block;
use scenario_core::runner::places::{Named, mentions};

use crate::scenario_test::ScenarioTest;

const PAGE: &str = "# One\n\n```rust file=src/main.rs\nfn main() {\n    wrong\n}\n```\n\n```console\n$ cargo build\n\
                    ? 101\nbegin\n...\nend in [..] s\n```\n";

fn command(scenario: &Scenario) -> PlannedCommand {
    let actions = Plan::new(scenario.clone()).steps.remove(0).actions;
    let mut commands = actions.into_iter().filter_map(|action| match action.action {
        Action::Command(planned) => Some(*planned),
        _ => None,
    });
    commands.next().expect("a command")
}

/// The failure for a command of the page that ended with this status and printed this text.
fn judged(status: i32, printed: &str) -> Result<(), Box<Failure>> {
    judged_in("", status, printed)
}

/// The same for a terminal in a directory of the workspace.
fn judged_in(dir: &str, status: i32, printed: &str) -> Result<(), Box<Failure>> {
    let scenario = ScenarioTest::step(PAGE).scenario();
    let workspace = tempfile::tempdir().expect("a workspace");
    std::fs::create_dir(workspace.path().join("src")).expect("a folder");
    std::fs::write(workspace.path().join("src/main.rs"), "fn main() {\n    wrong\n}\n").expect("a file");
    let finished = Finished {
        status,
        exit: Exit::Status(status),
        stdout: printed.to_owned(),
        stderr: String::new(),
        truncated: false,
        timed_out: None,
        left: Vec::new(),
        ended_terminal: false,
        dir: Some(workspace.path().join(dir)),
    };
    let (files, root) = (Files::at(&scenario, 1), workspace.path());
    block::judge(&command(&scenario).command, &finished, &files, root)
}

#[test]
fn a_command_that_ends_as_the_page_says_passes() {
    assert_eq!(judged(101, "begin\nmore\nand more\nend in 0.2 s\n"), Ok(()));
}

#[test]
fn another_status_is_a_failure_whatever_was_printed() {
    let failure = judged(0, "begin\nend in 0.2 s\n").expect_err("a failure");
    assert_eq!(
        failure.reason,
        Reason::Status { expected: 101, found: 0, cause: None, prints_as_shown: true }
    );
}

#[test]
fn a_complaint_about_a_file_of_the_book_leads_to_the_line_of_the_page() {
    let failure = judged(1, "error: no such value\n --> src/main.rs:2:5\n").expect_err("a failure");
    let Reason::Status { cause: Some(cause), .. } = &failure.reason else { panic!("{failure:?}") };
    let scenario = ScenarioTest::step(PAGE).scenario();
    assert_eq!((cause.file.as_str(), cause.line), ("src/main.rs", 2));
    assert_eq!(scenario.sources.location(cause.origin).line, 5);
    assert_eq!(failure.span, Some(cause.origin));
}

#[test]
fn other_output_is_a_failure_at_the_line_that_is_missing() {
    let failure = judged(101, "begin\nmore\nended\n").expect_err("a failure");
    assert!(matches!(failure.reason, Reason::Output { .. }), "{failure:?}");
    let scenario = ScenarioTest::step(PAGE).scenario();
    let span = failure.span.expect("a place");
    assert_eq!(scenario.sources.location(span).line, 14);
}

/// The places that a text names in a workspace with the files `main.rs`, `a/src/lib.rs` and `b/src/lib.rs` of two lines
/// each: the cause, and all of them.
fn places(printed: &str, dir: &str) -> (Option<String>, Vec<String>) {
    let paths = ["main.rs", "a/src/lib.rs", "b/src/lib.rs", "a/one.py"];
    let page = paths.map(|path| format!("```text file={path}\none\n  two\n```\n\n")).concat();
    let scenario = ScenarioTest::step(&page).scenario();
    let workspace = tempfile::tempdir().expect("a workspace");
    let root = workspace.path().canonicalize().expect("a workspace");
    for path in paths {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, "one\n  two\n").expect("a file");
    }
    std::fs::write(root.join("b/src/lib.rs"), "new\none\n").expect("a file");
    let files = Files::at(&scenario, 1);
    let named = Named { files: &files, root: &root, dir: &root.join(dir) };
    let found = named.find(&printed.replace("[ROOT]", &root.display().to_string()));
    let shown = |place: &Place| {
        let at = scenario.sources.location(place.origin);
        format!("{}:{} {}:{}", place.file, place.line, at.line, at.column)
    };
    (found.cause.as_ref().map(shown), found.all.iter().map(shown).collect())
}

#[test]
fn a_place_is_found_however_a_program_names_the_file() {
    let main = || "main.rs:2 3:1".to_owned();
    for printed in [
        "error: no\n --> main.rs:2:5\n",
        "#9 1.2 error[E1]: no\n#9 1.2   --> ./main.rs:2:5\n",
        "error: no\n --> a/../main.rs:2:5\n",
        "error: no\n --> [ROOT]/main.rs:2:5\n",
        "thread 'main' panicked at main.rs:2:5:\n",
        "Error: no\n    at run (file://[ROOT]/main.rs:2:9)\n    at node:internal/x:1:1\n",
        "    at [ROOT]/main.rs:2:9\n",
        "  File \"[ROOT]/main.rs\", line 2, in <module>\n",
    ] {
        assert_eq!(places(printed, ""), (Some(main()), vec![main()]), "{printed}");
    }
    for printed in ["main.rs:2: no\n", "warning: no\n --> main.rs:2:1\n"] {
        assert_eq!(places(printed, ""), (None, vec![main()]), "{printed}");
    }
    for printed in [
        "main.rs:3: no such line\n",
        "main.rs:0: no\n",
        "main.rs: no\n",
        "other.rs:1\n",
        "/usr/lib/main.rs:2\n",
        "[ROOT]/../main.rs:2\n",
        " --> \n",
        "File \"main.rs\", line x\n",
        "in main.rs:2\n",
        "at 12:30\n",
    ] {
        assert_eq!(places(printed, ""), (None, Vec::new()), "{printed}");
    }
}

#[test]
fn all_lines_of_files_in_a_line_of_output_are_found() {
    let found = |line: &'static str| -> Vec<(&str, usize, Option<usize>, &str)> {
        let all = mentions(line).into_iter();
        all.map(|one| (one.path, one.line, one.column, &line[one.range])).collect()
    };
    assert_eq!(
        found("see src/a.rs:3, (b.rs:4:5) and `c.rs:6`."),
        [("src/a.rs", 3, None, "src/a.rs:3"), ("b.rs", 4, Some(5), "b.rs:4:5"), ("c.rs", 6, None, "c.rs:6"),]
    );
    assert_eq!(found("  --> ä/main.rs:1:6"), [("ä/main.rs", 1, Some(6), "ä/main.rs:1:6")]);
    let python = "  File \"my file.py\", line 3, in <module>";
    assert_eq!(found(python), [("my file.py", 3, None, "my file.py\", line 3")]);
    assert_eq!(found("    at f (file:///a/b.mjs:7:8)"), [("/a/b.mjs", 7, Some(8), "/a/b.mjs:7:8")]);
    assert_eq!(found("a.c:1:2: error: no"), [("a.c", 1, Some(2), "a.c:1:2")]);
    assert_eq!(found("http://localhost/x at 12 node:internal/x"), []);
    assert_eq!(mentions(&"a:1 ".repeat(1000)).len(), 20);
}

#[test]
fn a_path_is_that_of_the_terminals_folder_or_of_the_only_file_that_it_fits() {
    let error = "error: no\n --> src/lib.rs:2:1\n";
    assert_eq!(places(error, "a").1, ["a/src/lib.rs:2 8:1"]);
    assert_eq!(places(error, "").1, Vec::<String>::new(), "there are two of them");
    assert_eq!(places("error: no\n --> one.py:2:1\n", "").1, ["a/one.py:2 18:1"]);
    assert_eq!(places(error, "b").1, Vec::<String>::new(), "the file has other lines by now");
}

#[test]
fn the_cause_is_the_first_error_or_the_last_call_and_comes_first() {
    let printed = "warning: unused\n --> main.rs:1:1\nerror[E2]: no\n --> a/src/lib.rs:2:1\nerror: no\n --> main.rs:2:1\n";
    let (cause, all) = places(printed, "");
    assert_eq!(cause.as_deref(), Some("a/src/lib.rs:2 8:1"));
    assert_eq!(all, ["a/src/lib.rs:2 8:1", "main.rs:1 2:1", "main.rs:2 3:1"]);
    let printed = "Traceback\n  File \"main.rs\", line 1, in a\n  File \"a/one.py\", line 2, in b\n  File \"/usr/lib/x.py\", line 9\n";
    let (cause, all) = places(printed, "");
    assert_eq!(cause.as_deref(), Some("a/one.py:2 18:1"));
    assert_eq!(all, ["a/one.py:2 18:1", "main.rs:1 2:1"]);
}

#[test]
fn a_failure_names_the_directory_of_its_terminal_unless_that_is_the_workspace() {
    let failure = judged_in("", 1, "").expect_err("a failure");
    assert_eq!(failure.elsewhere, None);
    for (status, printed) in [(1, ""), (101, "something else\n")] {
        let failure = judged_in("src", status, printed).expect_err("a failure");
        assert_eq!(failure.elsewhere, Some(Elsewhere { terminal: "T1".into(), dir: "src".into() }));
    }
    let failure = judged_in("/tmp", 1, "").expect_err("a failure");
    assert_eq!(failure.elsewhere, Some(Elsewhere { terminal: "T1".into(), dir: "/tmp".into() }));
}
