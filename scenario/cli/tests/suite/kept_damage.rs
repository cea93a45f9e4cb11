//! Kept states that are cut off, empty, gone or of another version: each step is reached all the same, and nothing of
//! the learner's is lost.

use std::path::Path;
use std::process::Command;

use snapbox::str;

use crate::playground::Playground;
use crate::scenario_test::ScenarioTest;

/// Steps that cannot be played twice on one state.
fn book() -> Playground {
    let page = |name: &str, before: &str| {
        format!(
            "# {name}\n\n```text file={name}.txt\na\n```\n\n```console\n$ cat {before} > copy && mkdir {name} && cp copy {name}/x\n```\n"
        )
    };
    ScenarioTest::new()
        .page("step-1.md", &page("one", "one.txt"))
        .page("step-2.md", &page("two", "one/x"))
        .page("step-3.md", &page("three", "two/x"))
        .playground()
}

fn rewrite(playground: &Playground) {
    let path = playground.dir().join("src/step-2.md");
    let page = std::fs::read_to_string(&path).expect("a page");
    std::fs::write(path, page.replace("two/x\n", "two/x; true\n")).expect("a page");
}

fn damage(path: &Path, how: &str) {
    let bytes = std::fs::read(path).expect("a kept state");
    match how {
        "empty" => std::fs::write(path, ""),
        "cut off" => std::fs::write(path, &bytes[..bytes.len() / 2]),
        "of another version" => std::fs::write(path, r#"{"format":99,"entries":[]}"#),
        _ => std::fs::remove_file(path),
    }
    .expect("a kept state");
}

/// How many files have this text, those that are kept included.
fn with_text(playground: &Playground, text: &str) -> usize {
    let find = format!("grep -rlx {text} --exclude-dir=steps . | wc -l");
    let found = Command::new("sh").args(["-c", &find]).current_dir(playground.path("")).output().expect("sh");
    String::from_utf8_lossy(&found.stdout).trim().parse().expect("a number")
}

const HOW: [&str; 3] = ["cut off", "of another version", "gone"];
/// Each with whether it is missed if it is gone.
const STATES: [(&str, bool); 6] = [
    ("memory.json", true),
    ("steps/now.json", true),
    ("steps/0.json", true),
    ("steps/1.json", false),
    ("steps/2.json", false),
    ("steps/3.json", false),
];

#[test]
fn a_state_that_cannot_be_read_is_left_out_and_said_once() {
    for (state, is_missed) in STATES {
        for how in HOW {
            for way in ["back", "on", "changed"] {
                let playground = book();
                playground.run(&["step", "3"]).status(0);
                for path in ["mine", "two/x"] {
                    std::fs::write(playground.path(path), "mine\n").expect("a file");
                }
                damage(&playground.path(&format!(".scenario/{state}")), how);
                if way == "changed" {
                    rewrite(&playground);
                }
                let ran = playground.run(&["step", if way == "back" { "1" } else { "3" }]);
                assert_eq!(ran.status, Some(0), "{state} {how} {way}: {}{}", ran.stdout, ran.stderr);
                let said = ran.stdout.matches("in the workspace: ").count();
                assert_eq!(
                    said,
                    usize::from(how != "gone" || is_missed),
                    "{state} {how} {way}: {}",
                    ran.stdout
                );
                playground.run(&["step", "3"]).status(0).does_not_say("in the workspace: ");
                assert_eq!(playground.read("mine"), "mine\n", "{state} {how} {way}");
                assert_eq!(playground.read("three/x"), "a\n", "{state} {how} {way}");
                // Replaced, but kept.
                assert_eq!(with_text(&playground, "mine"), 2, "{state} {how} {way}");
            }
        }
    }
}

#[test]
fn states_of_which_none_can_be_read_are_left_out_and_what_is_there_is_kept() {
    for how in ["empty", "of another version"] {
        for way in ["back", "changed"] {
            let playground = book();
            playground.run(&["step", "3"]).status(0);
            std::fs::write(playground.path("mine"), "mine\n").expect("a file");
            for folder in ["my-folder/empty", "two/empty"] {
                std::fs::create_dir_all(playground.path(folder)).expect("a folder");
            }
            for state in ["now", "seen", "0", "1", "2", "3"] {
                damage(&playground.path(&format!(".scenario/steps/{state}.json")), how);
            }
            if way == "changed" {
                rewrite(&playground);
            }
            playground.run(&["step", if way == "back" { "1" } else { "3" }]).status(0);
            playground.run(&["step", "3"]).status(0);
            assert_eq!(playground.read("mine"), "mine\n", "{how} {way}");
            assert!(playground.path("my-folder/empty").is_dir(), "{how} {way}");
            // In a folder that a step has made, which is made anew.
            let kept = std::fs::read_dir(playground.path(".scenario/kept")).into_iter().flatten().flatten();
            let count = kept.filter(|kept| kept.path().join("two/empty").is_dir()).count();
            assert_eq!(count, 1, "{how} {way}");
        }
    }
}

#[test]
fn what_is_where_our_own_files_are_to_be_is_named_before_anything_is_done() {
    let folders = ["", "bin", "kept", "logs", "steps", "steps/content", "terminals", "terminals/now"];
    let files = ["memory.json", "steps/now.json", "steps/0.json", "steps/1.json"];
    let all = folders.map(|path| (path, "folder")).into_iter().chain(files.map(|path| (path, "file")));
    let playground = book();
    for (path, kind) in all {
        let _ = std::fs::remove_dir_all(playground.path(""));
        playground.run(&["step", "1"]).status(0);
        let place = format!(".scenario/{path}");
        let place = place.trim_end_matches('/');
        let on_disk = playground.path(place);
        let _ = std::fs::remove_dir_all(&on_disk).or_else(|_| std::fs::remove_file(&on_disk));
        match kind {
            "folder" => std::fs::write(&on_disk, "mine\n").expect("a file"),
            _ => std::fs::create_dir(&on_disk).expect("a folder"),
        }
        let ran = playground.run(&["step", "2"]);
        assert_eq!(
            ran.status(2).stderr,
            format!(
                "error: `{place}` in the workspace is not a {kind}\n  help: this program keeps its own files there: \
                 move away what is there; nothing was written\n"
            )
        );
        assert_eq!(on_disk.is_dir(), kind == "file", "{place}");
        assert!(!playground.path("two.txt").exists(), "{place}");
    }
}

#[test]
fn a_proof_from_a_state_that_cannot_be_read_begins_earlier() {
    let playground = book();
    for (state, _) in STATES {
        for how in HOW {
            playground.run(&["verify"]).status(0);
            damage(&playground.root().join(".cache/scenario/verify/a-book/.scenario").join(state), how);
            let ran = playground.run(&["verify", "--from", "3"]);
            assert_eq!(ran.status, Some(0), "{state} {how}: {}{}", ran.stdout, ran.stderr);
        }
    }
}

#[test]
fn a_state_that_cannot_be_read_is_named_with_the_cause() {
    let playground = book();
    playground.run(&["step", "2"]).status(0);
    damage(&playground.path(".scenario/steps/now.json"), "empty");
    playground.run(&["step", "1"]).status(0).out(str![[r#"
  note failed to read `.scenario/steps/now.json` in the workspace: EOF while parsing a value at line 1 column 0; steps are played again where that is needed, and what is in their way is kept as yours
Step 1  step-1
  ✓ write `one.txt`
  ✓ cat one.txt > copy && mkdir one && cp copy one/x
step 1: 2 passed, 0 failed, 0 skipped in [TIME] s
your files are in `workspace`; `scenario down` ends what runs

"#]]);
    let playground = book();
    playground.run(&["step", "2"]).status(0);
    damage(&playground.path(".scenario/memory.json"), "of another version");
    playground.run(&["step", "2"]).status(0).out(str![[r#"
  note failed to read `.scenario/memory.json` in the workspace: no step is in it; a file that differs from the book is kept as yours, and every command runs again
  note playing steps 1 and 2
Step 1  step-1
  ✓ write `one.txt`
  ✓ cat one.txt > copy && mkdir one && cp copy one/x
Step 2  step-2
  ✓ write `two.txt`
  ✓ cat one/x > copy && mkdir two && cp copy two/x
step 2: 4 passed, 0 failed, 0 skipped in [TIME] s
your files are in `workspace`; `scenario down` ends what runs

"#]]);
}
