//! What a workflow of GitHub Actions is shown of a run: annotations and the summary of the job.

use snapbox::data::Inline;
use snapbox::{Assert, IntoData, str};

use crate::forms::is_report;
use crate::playground::{Playground, Ran};
use crate::scenario_test::ScenarioTest;

/// A book in a folder of a repository, in a workflow.
struct Job(Playground);

impl Job {
    fn new(pages: &[(&str, &str)]) -> Job {
        let book = pages.iter().fold(ScenarioTest::new(), |book, (name, text)| book.page(name, text));
        let playground = book.playground();
        let root = playground.root();
        let repository = root.parent().expect("a folder above").display().to_string();
        let summary = root.join("summary.md").display().to_string();
        Job(playground
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_WORKSPACE", &repository)
            .env("GITHUB_STEP_SUMMARY", &summary))
    }

    fn run(&self, words: &[&str]) -> Ran {
        let mut ran = self.0.run(words);
        // The repository is the folder of temporary folders.
        let name = self.0.root().file_name().expect("a name").to_string_lossy().into_owned();
        ran.stdout = ran.stdout.replace(&name, "book");
        ran
    }

    /// The summary that the runs have written.
    #[track_caller]
    fn summary(&self, expected: Inline) {
        let text = std::fs::read_to_string(self.0.root().join("summary.md")).expect("a summary");
        let seconds = regex_lite::Regex::new(r"[0-9]+\.[0-9]( s\n| \|)").expect("a pattern");
        // As it is: a backslash is not the separator of a path here.
        let text = seconds.replace_all(&text, "[SECONDS]$1").into_owned();
        Assert::new().action_env("SNAPSHOTS").eq(text, expected.raw());
    }
}

/// Steps that pass, fail and are skipped. What the second prints would be commands to the workflow's runner.
const PAGES: [(&str, &str); 3] = [
    ("one.md", "# One | a `b`\n\n```console\n$ sleep 0.2; echo a\na\n```\n"),
    (
        "two.md",
        "# Two\n\n```text file=a\na\n```\n\n\
         ```console\n$ echo '::error::mine'; echo ' ##[error]mine'; echo '``` 50%, a:b'\nok\n```\n\n```console\n$ true\n```\n",
    ),
    ("three.md", "# Three\n\n```console\n$ true\n```\n"),
];

#[test]
fn a_failure_is_shown_at_its_line_and_in_the_summary() {
    let job = Job::new(&PAGES);
    let ran = job.run(&["verify"]);
    ran.status(1).err(str![]).out(str![[r#"
::stop-commands::[TOKEN]
Step 1  one
  ✓ sleep 0.2; echo a
Step 2  two
  ✓ write `a`
  ✗ echo '::error::mine'; echo ' ##[error]mine'; echo '``` 50%, a:b'

error: the output differs from what the page shows
 --> src/two.md:9:1
  |
9 | ok
  | ^^
    - ok
    + ::error::mine
    +  ##[error]mine
    + ``` 50%, a:b
  help:     lines with `-` are on the page, lines with `+` were printed
  again:    `scenario verify --step 2`

  – true skipped: an earlier action of the step failed
Step 3  three
  – true skipped: an earlier step failed
verify: 2 passed, 1 failed, 2 skipped in [TIME] s
census: 5 blocks: 1 file edits, 4 of commands, 0 queries, 0 ignored with a reason, 0 unaccounted; 0 hidden checks
::[TOKEN]::
::error file=book/src/two.md,line=9,col=1,title=step 2%3A echo '%3A%3Aerror%3A%3Amine'; echo ' ##[error]mine'; echo '``` 50%25%2C a%3Ab'::the output differs from what the page shows%0A- ok%0A+ ::error::mine%0A+  ##[error]mine%0A+ ``` 50%25, a:b%0Ahelp: lines with `-` are on the page, lines with `+` were printed

"#]]);
    job.summary(str![[r#"
## scenario verify: 2 passed, 1 failed, 2 skipped in [SECONDS] s

| step | chapter | result | seconds |
|---:|---|---|---:|
| 1 | one | passed | [SECONDS] |
| 2 | two | **failed** | [SECONDS] |
| 3 | three | skipped | [SECONDS] |

### Step 2: echo '::error::mine'; echo ' \#\#\[error\]mine'; echo '\`\`\` 50%, a:b'

````text
error: the output differs from what the page shows
 --> src/two.md:9:1
  |
9 | ok
  | ^^
- ok
+ ::error::mine
+  ##[error]mine
+ ``` 50%, a:b
help: lines with `-` are on the page, lines with `+` were printed
````

### The slowest blocks

| seconds | step | block | place |
|---:|---:|---|---|
| [SECONDS] | 1 | sleep 0.2; echo a | src/one.md:4:3 |


"#]]);
}

#[test]
fn what_a_command_prints_is_no_command_to_the_workflow() {
    let ran = Job::new(&PAGES).run(&["step", "2"]);
    let (stop, rest) = ran.stdout.split_once('\n').expect("lines");
    let token = stop.strip_prefix("::stop-commands::").expect("the first line");
    let (run, after) = rest.split_once(&format!("::{token}::\n")).expect("the end of the run");
    assert!(run.contains("::error::mine") && run.contains("##[error]mine"), "{run}");
    let commands: Vec<&str> = after.lines().collect();
    assert_eq!(commands.len(), 1, "{after}");
    assert!(commands[0].starts_with("::error file=book/src/two.md,line=9,col=1,"), "{after}");
}

#[test]
fn a_mistake_in_a_page_is_shown_at_its_place() {
    let job = Job::new(&[("one.md", "# One\n\n```console\n$ echo '##[error]mine' &\n```\n\n```sh\n```\n")]);
    for words in [&["verify"][..], &["step", "1"], &["check", "1"]] {
        let ran = job.run(words);
        ran.status(2).err(str![]).out(str![[r#"
::stop-commands::[TOKEN]
error: 2 mistakes in the book; nothing was run

error[trailing-ampersand]: `&` is not allowed at the end of a command
 --> src/one.md:4:3
  |
4 | $ echo '##[error]mine' &
  |   ^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: remove it, and add `background=NAME`, `ready=` and `within=` to the block

error[block-without-effect]: this block is not applied, run or checked
 --> src/one.md:7:1
  |
7 | ```sh
  | ^^^^^
  |
  = help: write commands in a `console` block, each after `$ `; or add `file=PATH` or `ignore="why"`
::[TOKEN]::
::error file=book/src/one.md,line=4,col=3,title=trailing-ampersand::`&` is not allowed at the end of a command%0Ahelp: remove it, and add `background=NAME`, `ready=` and `within=` to the block
::error file=book/src/one.md,line=7,col=1,title=block-without-effect::this block is not applied, run or checked%0Ahelp: write commands in a `console` block, each after `$ `; or add `file=PATH` or `ignore="why"`

"#]]);
        std::fs::remove_file(job.0.root().join("summary.md")).expect("a summary");
    }
    job.run(&["verify"]);
    job.summary(str![[r###"
## scenario verify: error in [SECONDS] s

````text
error: 2 mistakes in the book; nothing was run

error[trailing-ampersand]: `&` is not allowed at the end of a command
 --> src/one.md:4:3
  |
4 | $ echo '##[error]mine' &
  |   ^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: remove it, and add `background=NAME`, `ready=` and `within=` to the block

error[block-without-effect]: this block is not applied, run or checked
 --> src/one.md:7:1
  |
7 | ```sh
  | ^^^^^
  |
  = help: write commands in a `console` block, each after `$ `; or add `file=PATH` or `ignore="why"`
````


"###]]);
}

#[test]
fn a_run_that_could_not_go_on_is_shown_without_a_place() {
    let job = Job::new(&PAGES);
    job.run(&["check", "7"]).status(2).err(str![]).out(str![[r#"
::stop-commands::[TOKEN]
error: there is no step 7
  help: the steps are:
          1  one
          2  two
          3  three
::[TOKEN]::
::error title=the run could not go on::there is no step 7%0Ahelp: the steps are:%0A  1  one%0A  2  two%0A  3  three

"#]]);
    job.summary(str![[r#"
## scenario check 7: error in [SECONDS] s

```text
error: there is no step 7
help: the steps are:
  1  one
  2  two
  3  three
```


"#]]);
}

#[test]
fn other_commands_and_other_systems_are_left_alone() {
    let job = Job::new(&PAGES);
    job.run(&["steps", "--json"]).status(0).does_not_say("::");
    let elsewhere = Job(job.0.env("GITHUB_ACTIONS", "false"));
    elsewhere.run(&["step", "1"]).status(0).does_not_say("::");
    assert!(!elsewhere.0.root().join("summary.md").exists());
}

#[test]
fn summaries_are_added_to_each_other_up_to_their_bound() {
    let job = Job::new(&PAGES);
    let path = job.0.root().join("summary.md");
    job.run(&["step", "1"]).status(0);
    let one = std::fs::read_to_string(&path).expect("a summary");
    job.run(&["check", "2"]).status(1);
    let two = std::fs::read_to_string(&path).expect("a summary");
    assert!(two.starts_with(&one) && two.len() > one.len(), "{two}");
    std::fs::write(&path, "x".repeat((1 << 20) - 400)).expect("a long summary");
    job.run(&["verify"]).status(1);
    let full = std::fs::read_to_string(&path).expect("a summary");
    let end = "parts are left out: a summary has at most 1048576 bytes.\n\n";
    assert!(full.len() <= 1 << 20 && full.ends_with(end), "{} {}", full.len(), &full[full.len() - 300..]);
}

#[test]
fn a_summary_that_cannot_be_written_fails_nothing() {
    let job = Job(Job::new(&PAGES).0.env("GITHUB_STEP_SUMMARY", "/proc/summary.md"));
    let ran = job.run(&["step", "1"]);
    ran.status(0).err(str![[r#"
error: failed to write `/proc/summary.md`: No such file or directory (os error 2)

"#]]);
}

#[test]
fn a_chapter_fails_with_one_of_its_actions_and_a_block_with_one_of_its_own() {
    let page = "# One\n\n```console\n$ sleep 0.1\n$ true\n```\n\n```console\n$ echo a\na\n```\n\n\
                <!-- scenario: check command=true -->\n";
    let job = Job::new(&[("one.md", page)]);
    job.run(&["verify", "--json", "run.json"]).status(1);
    let text = std::fs::read_to_string(job.0.root().join("summary.md")).expect("a summary");
    assert!(text.contains("| 1 | one | **failed** |"), "{text}");
    let report = is_report(&job.0.report("run.json"));
    let blocks = report["blocks"].as_array().expect("the blocks");
    let shown: Vec<_> = blocks.iter().map(|block| (&block["line"], &block["outcome"])).collect();
    assert_eq!(
        format!("{shown:?}"),
        r#"[(Number(4), String("passed")), (Number(9), String("passed")), (Number(13), String("failed"))]"#
    );
    assert!(blocks[0]["seconds"].as_f64() >= Some(0.1), "{}", blocks[0]);
}
