//! Files of the book that commands write: what a command did stays, what its block does not say is refused, and a
//! learner's own change is told apart from both.

use snapbox::str;

use crate::playground::Playground;
use crate::scenario_test::ScenarioTest;

/// A command that changes a file, of which its block says so or not.
fn changing(attributes: &str) -> Playground {
    let page = format!(
        "# One\n\n```text file=conf\na=1\nb=1\n```\n\n```console{attributes}\n$ sed -i s/a=1/a=2/ conf\n$ cat conf\na=2\nb=1\n```\n\n\
         ```text file=conf replace=b=1\nb=2\n```\n\n```console read-only\n$ cat conf\na=2\nb=2\n```\n"
    );
    ScenarioTest::step(&page).playground()
}

#[test]
fn what_a_command_has_done_to_a_file_stays() {
    let playground = changing(" writes=conf");
    playground.run(&["step", "1"]).status(0).does_not_say("kept");
    assert_eq!(playground.read("conf"), "a=2\nb=2\n");
    playground.run(&["verify", "--replace"]).status(0);
}

#[test]
fn a_command_that_changes_a_file_without_saying_so_is_named_with_the_attribute() {
    let playground = changing("");
    let told = playground.run(&["step", "1"]);
    told.status(1).says("error: `sed -i s/a=1/a=2/ conf` has changed `conf`, which the page writes\n");
    told.says(" --> src/step-1.md:9:3").says("expected: `a=1`").says("found:    `a=2`");
    told.says("if the command is meant to change it, write `writes=\"conf\"` on its block; or show the change as an edit, in a block with `file=conf`");
    told.says("the file was restored, and the changed version is kept in `workspace/.scenario/kept/");
    told.does_not_say("kept your");
    assert_eq!(playground.read("conf"), "a=1\nb=1\n");
    playground.run(&["verify"]).status(1).says("has changed `conf`");
}

#[test]
fn all_files_that_a_command_has_changed_are_in_the_attribute_that_is_shown() {
    let files = "```text file=a\n1\n```\n\n```text file=b\n1\n```\n\n```text file=c\n1\n```\n\n";
    let page = |attributes: &str| {
        format!("# One\n\n{files}```console{attributes}\n$ for f in a b c; do echo 2 > $f; done\n```\n")
    };
    let told = ScenarioTest::step(&page(" writes=\"c\"")).playground().run(&["step", "1"]);
    told.status(1)
        .says("has changed `a`, which the page writes")
        .says("write `writes=\"c, a, b\"` on its block");
    let told = ScenarioTest::step(&page(" read-only")).playground().run(&["step", "1"]);
    told.status(1).says("write `writes=\"a, b, c\"` in place of `read-only` on its block");
    ScenarioTest::step(&page(" writes=\"c, a, b\"")).playground().run(&["step", "1"]).status(0);
}

/// A project that a tool makes and changes: the pages edit what it has written.
fn project() -> Playground {
    let make = "mkdir -p app && printf '[package]\\nname = \"app\"\\n\\n[dependencies]\\n' > app/Cargo.toml";
    ScenarioTest::new()
        .page(
            "step-1.md",
            &format!(
                "# One\n\n```console writes=\"app/Cargo.toml, app/lock\"\n$ {make}\n$ echo 1 > app/lock\n```\n\n\
                 ```toml file=app/Cargo.toml insert-after=[dependencies]\naxum = \"0.8\"\n```\n\n\
                 ```console read-only\n$ tail -1 app/Cargo.toml\naxum = \"0.8\"\n```\n"
            ),
        )
        .page(
            "step-2.md",
            "# Two\n\n```console writes=app/Cargo.toml\n$ echo 'tokio = \"1\"' >> app/Cargo.toml\n```\n\n\
             ```toml file=app/Cargo.toml replace=0.8\n0.9\n```\n\n```text file=notes\nn\n```\n",
        )
        .page(
            "step-3.md",
            "# Three\n\n```toml file=app/Cargo.toml\n[package]\n```\n\n```console writes=\"app/Cargo.toml,notes\"\n$ rm notes; echo more >> app/Cargo.toml\n```\n",
        )
        .file("app/Cargo.toml", "[package]\nmore\n")
        .file("app/lock", "1\n")
        .file("book.toml", "[book]\ntitle = \"A\"\n[preprocessor.scenario]\nresult = \"app\"\n")
        .playground()
}

impl Playground {
    /// What is in the workspace of a project.
    fn project_state(&self) -> String {
        ["app/Cargo.toml", "app/lock", "notes"].map(|path| self.read_if_there(path)).concat()
    }

    fn read_if_there(&self, path: &str) -> String {
        let text = std::fs::read_to_string(self.path(path));
        format!("{path}:\n{}", text.unwrap_or_else(|_| "-\n".to_owned()))
    }
}

#[test]
fn what_commands_have_written_is_the_same_on_every_way_to_a_step() {
    let playground = project();
    let states = ["1", "2", "3"].map(|number| {
        playground.run(&["step", number]).status(0).does_not_say("kept");
        playground.project_state()
    });
    snapbox::assert_data_eq!(
        states.join("\n"),
        str![[r#"
app/Cargo.toml:
[package]
name = "app"

[dependencies]
axum = "0.8"
app/lock:
1
notes:
-

app/Cargo.toml:
[package]
name = "app"

[dependencies]
axum = "0.9"
tokio = "1"
app/lock:
1
notes:
n

app/Cargo.toml:
[package]
more
app/lock:
1
notes:
-

"#]]
    );
    for number in [1, 2, 1, 3, 2, 3, 1, 2, 3] {
        let told = playground.run(&["step", &number.to_string()]);
        told.status(0)
            .says("unchanged since it last succeeded")
            .does_not_say("kept")
            .does_not_say("✓ rm notes");
        assert_eq!(playground.project_state(), states[number - 1], "at {number}");
    }
    let told = playground.run(&["step", "3"]);
    told.status(0).says("unchanged since it last succeeded").does_not_say("✓ rm notes");
    let fresh = project();
    fresh.run(&["step", "3"]).status(0).does_not_say("kept");
    assert_eq!(fresh.project_state(), states[2], "from nothing");
    fresh.run(&["verify", "--replace"]).status(0).says("the result is equal to");
}

#[test]
fn a_learners_change_is_kept_and_a_commands_is_not() {
    let playground = project();
    playground.run(&["step", "1"]).status(0);
    let made = playground.project_state();
    let mine = playground.read("app/Cargo.toml") + "mine = \"1\"\n";
    for number in ["1", "2"] {
        std::fs::write(playground.path("app/Cargo.toml"), &mine).expect("a file");
        let told = playground.run(&["step", number]);
        told.status(0).says("kept your `app/Cargo.toml` as `workspace/.scenario/kept/");
        let kept = told.stdout.split_once("kept your `app/Cargo.toml` as `").expect("kept").1;
        let kept = std::fs::read_to_string(playground.root().join(kept.split('`').next().expect("a path")));
        assert_eq!(kept.expect("the kept file"), mine);
        playground.run(&["step", "1"]).status(0).does_not_say("kept");
        assert_eq!(playground.project_state(), made);
    }
    playground.run(&["step", "2"]).status(0);
    std::fs::write(playground.path("app/Cargo.toml"), &mine).expect("a file");
    playground.run(&["step", "1"]).status(0).says("kept your `app/Cargo.toml`");
    assert_eq!(playground.project_state(), made);
}

#[test]
fn a_file_that_a_command_makes_before_the_page_writes_it_is_not_the_learners() {
    let page = "# One\n\n```console\n$ mkdir src && echo 'fn main() {}' > src/main.rs\n```\n\n```rust file=src/main.rs\nfn main() { run() }\n```\n";
    let two = "# Two\n\n```rust file=src/main.rs append\n// two\n```\n";
    let playground = Playground::steps(&[page, two]);
    for number in ["1", "2", "1", "2"] {
        playground.run(&["step", number]).status(0).does_not_say("kept");
    }
    assert_eq!(playground.read("src/main.rs"), "fn main() { run() }\n// two\n");
}

/// A page with a command that writes `conf`, then an edit of it with these attributes.
fn edited(command: &str, attributes: &str) -> Playground {
    let page = format!(
        "# One\n\n```console writes=conf\n$ {command}\n```\n\n```text file=conf {attributes}\nx\n```\n\n```console\n$ cat conf\n```\n"
    );
    ScenarioTest::step(&page).playground()
}

#[test]
fn a_marker_that_is_not_in_the_file_is_reported_when_the_step_runs() {
    let playground = edited("printf 'alpha = 1\\nbeta = 2\\n' > conf", "insert-after=\"alpha = 3\"");
    playground.run(&["step", "1"]).status(1).out(str![[r#"
Step 1  step-1
  ✓ printf 'alpha = 1/nbeta = 2/n' > conf
  ✗ edit `conf` (insert-after)

error: marker not found in `conf`
 --> src/step-1.md:7:32
  |
7 | ```text file=conf insert-after="alpha = 3"
  |                                ^^^^^^^^^^^
  expected: one place with `alpha = 3`
  found:    none
  help:     a marker is text from one line of the file; the most similar lines are:
              line 1: alpha = 1
            `writes` at src/step-1.md:3:19 says that a command writes it
  again:    `scenario step 1`

  – cat conf skipped: an earlier action of the step failed
step 1: 1 passed, 1 failed, 1 skipped in [TIME] s
the files in `workspace` and what runs are as far as this step came; nothing was undone

"#]]);
    let playground = edited("printf 'alpha\\nalpha\\n' > conf", "replace=alpha");
    playground.run(&["step", "1"]).status(1).out(str![[r#"
Step 1  step-1
  ✓ printf 'alpha/nalpha/n' > conf
  ✗ edit `conf` (replace)

error: marker matches 2 places in `conf`
 --> src/step-1.md:7:27
  |
7 | ```text file=conf replace=alpha
  |                           ^^^^^
  expected: one place with `alpha`
  found:    2 places
  help:     extend the marker until it matches one place only:
              line 1: alpha
              line 2: alpha
            `writes` at src/step-1.md:3:19 says that a command writes it
  again:    `scenario step 1`

  – cat conf skipped: an earlier action of the step failed
step 1: 1 passed, 1 failed, 1 skipped in [TIME] s
the files in `workspace` and what runs are as far as this step came; nothing was undone

"#]]);
    let playground = edited("rm -f conf", "append");
    playground.run(&["step", "1"]).status(1).out(str![[r#"
Step 1  step-1
  ✓ rm -f conf
  ✗ edit `conf` (append)

error: there is no `conf`, which a command should have written
 --> src/step-1.md:7:1
  |
7 | ```text file=conf append
  | ^^^^^^^^^^^^^^^^^^^^^^^^
  help:     make it by a command, or write it whole, in a block with `file=conf` and nothing else
            `writes` at src/step-1.md:3:19 says that a command writes it
  again:    `scenario step 1`

  – cat conf skipped: an earlier action of the step failed
step 1: 1 passed, 1 failed, 1 skipped in [TIME] s
the files in `workspace` and what runs are as far as this step came; nothing was undone

"#]]);
    let playground = edited("printf '\\377\\n' > conf", "append");
    playground.run(&["step", "1"]).status(1).out(str![[r#"
Step 1  step-1
  ✓ printf '/377/n' > conf
  ✗ edit `conf` (append)

error: `conf`, as a command has left it, is not text in UTF-8
 --> src/step-1.md:7:1
  |
7 | ```text file=conf append
  | ^^^^^^^^^^^^^^^^^^^^^^^^
  help:     change it by a command, or write it whole, in a block with `file=conf`
            `writes` at src/step-1.md:3:19 says that a command writes it
  again:    `scenario step 1`

  – cat conf skipped: an earlier action of the step failed
step 1: 1 passed, 1 failed, 1 skipped in [TIME] s
the files in `workspace` and what runs are as far as this step came; nothing was undone

"#]]);
}

#[test]
fn the_ends_of_lines_that_a_command_has_written_stay() {
    let playground = edited("printf 'one\\r\\ntwo\\r\\nthree' > conf", "insert-after=one");
    playground.run(&["step", "1"]).status(0);
    assert_eq!(playground.read("conf"), "one\r\nx\r\ntwo\r\nthree");
    playground.run(&["verify", "--replace"]).status(0);
}

#[test]
fn check_compares_a_file_that_a_command_has_written_with_what_was_kept() {
    let one = "# One\n\n```console writes=conf\n$ echo a > conf\n```\n\n```text file=conf append\nb\n```\n";
    let playground = ScenarioTest::step(one).playground();
    playground.run(&["check", "1"]).status(1).says("there is no such file in the workspace");
    std::fs::create_dir_all(playground.path("")).expect("a folder");
    std::fs::write(playground.path("conf"), "mine\n").expect("a file");
    playground.run(&["check", "1"]).status(2).err(str![[r#"
error: src/step-1.md:1:1: step 1 has nothing to check: its files are written by commands, and it was not played here
  help: `scenario step 1` runs its commands; to check what they have done, its author adds a check, such as `<!-- scenario: check http url=http://localhost:8000/ status=200 -->`

"#]]);
    std::fs::remove_file(playground.path("conf")).expect("a file");
    playground.run(&["step", "1"]).status(0);
    playground.run(&["check", "1"]).status(0).says("✓ `conf`");
    std::fs::write(playground.path("conf"), "a\nc\n").expect("a file");
    playground.run(&["check", "1"]).status(1).says("line 2 differs from the book").says("expected: `b`");
}

#[test]
fn what_only_a_command_would_show_is_not_taken_for_done_by_hand() {
    let playground = project();
    let told = playground.run(&["step", "2"]);
    told.status(0).says("✓ mkdir -p app").does_not_say("by hand");
    let by_hand = project();
    std::fs::create_dir_all(by_hand.path("app")).expect("a folder");
    for path in ["app/Cargo.toml", "app/lock", "notes"] {
        std::fs::copy(playground.path(path), by_hand.path(path)).expect("a copy");
    }
    let told = by_hand.run(&["step", "3"]);
    told.status(0).says("kept your `app/Cargo.toml` as").does_not_say("✓ mkdir -p app");
    assert_eq!(by_hand.project_state(), {
        playground.run(&["step", "3"]).status(0);
        playground.project_state()
    });
}

#[test]
fn a_learners_file_in_the_place_of_one_that_a_command_makes_is_no_step_done_by_hand_and_is_kept() {
    let playground = project();
    std::fs::create_dir_all(playground.path("app")).expect("a folder");
    std::fs::write(playground.path("app/Cargo.toml"), "mine\n").expect("a file");
    std::fs::write(playground.path("app/lock"), "1\n").expect("a file");
    let told = playground.run(&["step", "2"]);
    told.status(0).says("✓ mkdir -p app").says("kept your `app/Cargo.toml` as `workspace/.scenario/kept/");
    assert!(!playground.read("app/Cargo.toml").contains("mine"));
}

#[test]
fn a_learners_change_of_a_file_that_a_later_command_removes_is_kept() {
    let playground = project();
    for number in ["1", "2", "3", "2"] {
        playground.run(&["step", number]).status(0);
    }
    std::fs::write(playground.path("notes"), "mine\n").expect("a file");
    playground.run(&["step", "3"]).status(0).says("kept your `notes` as `workspace/.scenario/kept/");
    assert!(!playground.path("notes").exists());
}

#[test]
fn adopt_says_which_changed_files_a_command_writes() {
    let playground = project();
    playground.run(&["step", "1"]).status(0);
    playground.run(&["adopt", "--yes"]).status(0).says("nothing to take over");
    let mine = playground.read("app/Cargo.toml") + "mine\n";
    std::fs::write(playground.path("app/Cargo.toml"), &mine).expect("a file");
    playground.run(&["adopt", "--yes"]).status(1).out(str![[r#"
not taken over: workspace/app/Cargo.toml: a command writes this file, so no page has its text; change the command, or edit the file in a block

"#]]);
    assert_eq!(playground.read("app/Cargo.toml"), mine);
}

#[test]
fn the_plan_has_what_a_command_writes() {
    let playground = project();
    playground
        .run(&["plan", "2", "--json"])
        .status(0)
        .says("\"writes\": [\n            \"app/Cargo.toml\"\n          ]");
}

#[test]
fn a_link_or_a_folder_in_the_place_of_a_file_is_reported_at_the_command() {
    for command in ["mv a.txt b.txt && ln -s b.txt a.txt", "rm a.txt && mkdir a.txt"] {
        let page = format!("# One\n\n```text file=a.txt\na\n```\n\n```console\n$ {command}\n$ true\n```\n");
        let playground = ScenarioTest::step(&page).playground();
        let told = playground.run(&["step", "1"]);
        told.status(1).says(" --> src/step-1.md:8:3").says("writes=\"a.txt\"");
    }
}
