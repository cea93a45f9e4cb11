//! Terminals: what a command changes of its shell, where it is still there, and where it is gone.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use snapbox::str;

use crate::playground::{Playground, skipped};
use crate::scenario_test::ScenarioTest;

/// What a first step may change of a terminal, and a second one that depends on all of it.
fn two_steps() -> Playground {
    ScenarioTest::step(
        "# One\n\n```sh file=env.sh\nFROM_FILE='two words'\n```\n\n\
         ```console\n$ mkdir -p app/src\n$ cd app/src\n$ export EXPORTED=\"it's\"; PLAIN=$'a\\nb'; LIST=(1 'two 2'); declare -A MAP=([k]=v)\n```\n\n\
         ```console\n$ greet() { echo \"hello $1\"; }\n$ alias shout='echo HEY'\n$ . ../../env.sh\n$ set -u; shopt -s extglob; umask 027\n\
         $ trap 'echo bye' USR1\n$ readonly FIXED=1\n```\n",
    )
    .page(
        "step-2.md",
        "# Two\n\n```console\n$ pwd | sed 's|.*/app|app|'; sh -c 'echo $EXPORTED'; echo \"$PLAIN\"; echo \"${LIST[1]} ${MAP[k]} $FROM_FILE $FIXED\"\n\
         app/src\nit's\na\nb\ntwo 2 v two words 1\n$ greet you\nhello you\n$ shout\nHEY\n$ echo $UNKNOWN\n? 1\nbash: UNKNOWN: unbound variable\n\
         $ umask; [[ abc == +([a-c]) ]] && trap -p USR1\n0027\ntrap -- 'echo bye' SIGUSR1\n$ cd - > /dev/null; ls\napp\nenv.sh\n```\n",
    )
    .playground()
}

#[test]
fn what_a_command_changes_of_its_terminal_is_there_in_the_next_block_step_and_run() {
    let playground = two_steps();
    playground.run(&["step", "1"]).status(0);
    playground.run(&["step", "2"]).status(0);
    playground.run(&["verify", "--replace"]).status(0);
}

#[test]
fn traces_traps_and_the_stack_of_directories_are_there_in_the_next_run() {
    let one = "# One\n\n```console\n$ mkdir -p 'a b' c; cd c; pushd '../a b' > /dev/null; pushd / > /dev/null; cd /tmp\n\
               $ trap 'echo debug' DEBUG; trap 'echo return' RETURN\n$ PS4='> '; set -x\n...\n```\n";
    let two = "# Two\n\n```console\n$ trap - DEBUG >&2\ndebug\n...\n$ set +x\n[..] set +x\n$ trap -p RETURN\ntrap -- 'echo return' RETURN\n\
               $ dirs -p | sed 's|.*/||'\ntmp\na b\nc\n$ popd > /dev/null; pwd | sed 's|.*/||'\na b\n```\n";
    let playground = ScenarioTest::step(one).page("step-2.md", two).playground();
    playground.run(&["step", "1"]).status(0);
    playground.run(&["step", "2"]).status(0);
}

#[test]
fn an_earlier_step_begins_where_it_began() {
    let page = |commands: &str| format!("# Two\n\n```console\n{commands}```\n");
    let playground = ScenarioTest::step("# One\n\n```console\n$ A=1; mkdir -p app\n```\n")
        .page("step-2.md", &page("$ echo $A\n1\n$ A=2; cd app\n"))
        .playground();
    playground.run(&["step", "1"]).status(0);
    playground.run(&["step", "2"]).status(0);
    playground.run(&["step", "1"]).status(0);
    let changed = page("$ echo $A; pwd | sed 's|.*/||'\n1\nworkspace\n");
    std::fs::write(playground.root().join("src/step-2.md"), changed).expect("a page");
    playground.run(&["step", "2"]).status(0);
    // Step 1 begins with a terminal that was just opened.
    let changed = "# One\n\n```console\n$ echo ${A-unset}; A=3\nunset\n```\n";
    std::fs::write(playground.root().join("src/step-1.md"), changed).expect("a page");
    playground.run(&["step", "1"]).status(0);
}

#[test]
fn each_terminal_has_a_state_of_its_own() {
    ScenarioTest::step(
        "# One\n\n```console\n$ A=1; cd /\n```\n\n```console terminal=T2\n$ echo ${A-unset}; A=2; pwd | sed 's|.*/||'\nunset\nworkspace\n```\n\n\
         ```console\n$ echo $A; pwd\n1\n/\n```\n\n```console terminal=T2\n$ echo $A\n2\n```\n",
    )
    .playground()
    .run(&["step", "1"])
    .status(0);
}

#[test]
fn a_command_that_ends_its_terminal_is_named_and_has_changed_nothing() {
    let playground =
        ScenarioTest::step("# One\n\n```console\n$ A=1\n$ A=2; echo last words; exit 3\n? 3\n```\n")
            .playground();
    playground.run(&["step", "1"]).status(1).out(str![[r#"
Step 1  step-1
  ✓ A=1
  ✗ A=2; echo last words; exit 3

error: the command ended the shell of its terminal `T1` (exit status 3)
 --> src/step-1.md:5:3
  |
5 | $ A=2; echo last words; exit 3
  |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    last words
  help:     `exit`, `exec`, and what fails after `set -e` close a reader's terminal too: put it in a subshell, as `(exit 3)`; the next command has the terminal as it was before this one
  again:    `scenario step 1`

step 1: 1 passed, 1 failed, 0 skipped in [TIME] s
the files in `workspace` and what runs are as far as this step came; nothing was undone

"#]]);
    let state = playground.read(".scenario/terminals/now/T1.sh");
    assert!(state.contains("A=\"1\"\n"), "{state}");
    for ends in ["exec true", "kill -KILL $$", "set -e; false"] {
        let playground =
            ScenarioTest::step(&format!("# One\n\n```console\n$ A=1\n$ A=2; {ends}\n```\n")).playground();
        playground.run(&["step", "1"]).status(1).says("the command ended the shell of its terminal `T1`");
        let state = playground.read(".scenario/terminals/now/T1.sh");
        assert!(state.contains("A=\"1\"\n") && !state.contains("errexit"), "{ends}: {state}");
    }
}

#[test]
fn a_command_that_is_stopped_has_changed_nothing() {
    let page = "# One\n\n```console\n$ A=1\n$ A=2; cd /; sleep 7641\n```\n";
    let playground = ScenarioTest::step(page).playground().env("SCENARIO_COMMAND_SECONDS", "1");
    playground.run(&["step", "1"]).status(1).says("did not end within 1 s");
    let state = playground.read(".scenario/terminals/now/T1.sh");
    assert!(state.contains("A=\"1\"\n") && !state.contains("cd"), "{state}");
    playground.nothing_is_left_within(5);
}

#[test]
fn a_background_process_begins_with_the_state_of_its_terminal() {
    let playground = ScenarioTest::step(
        "# One\n\n```console\n$ mkdir -p served; cd served; GREETING=hi; say() { echo \"$GREETING in ${PWD##*/}\"; }\n```\n\n\
         ```console background=web ready=log:\"in served\" within=10s\n$ say; exec sleep 7642\n```\n\n\
         ```console background=other terminal=T2 ready=log:\"workspace\" within=10s\n$ echo ${PWD##*/}; exec sleep 7642\n```\n",
    )
    .playground();
    playground.run(&["step", "1"]).status(0);
    assert_eq!(playground.read(".scenario/logs/web.log"), "hi in served\n");
}

#[test]
fn down_closes_the_terminals() {
    let playground = ScenarioTest::step("# One\n\n```console\n$ A=1; echo ran >> runs\n```\n").playground();
    playground.run(&["step", "1"]).status(0);
    assert!(playground.path(".scenario/terminals/1/T1.sh").exists());
    playground.run(&["down"]).status(0);
    assert!(!playground.path(".scenario/terminals").exists());
    // What it did to its terminal is gone, so it runs again.
    playground.run(&["step", "1"]).status(0).says("✓ A=1; echo ran >> runs");
    assert_eq!(playground.read("runs"), "ran\n", "it ran on the state before it");
}

#[test]
fn a_directory_that_is_gone_is_named_by_its_terminal() {
    // What tools fill is not kept, so it is not put back.
    let playground = ScenarioTest::step("# One\n\n```console\n$ mkdir target; cd target\n```\n")
        .page("step-2.md", "# Two\n\n```console\n$ ls\n```\n")
        .playground();
    playground.run(&["step", "1"]).status(0);
    std::fs::remove_dir(playground.path("target")).expect("a folder");
    playground.run(&["step", "2"]).status(2).err(str![[r#"
error: the directory in which terminal `T1` was is not there any more
  help: run the steps before this one again

"#]]);
}

#[test]
fn a_run_in_a_hook_of_git_leaves_the_repository_of_the_hook_alone() {
    let page = "# One\n\n```console\n$ git init --quiet mine\n$ cd mine\n$ git config user.name Ada\n$ git config user.email a@example.com\n\
                $ git commit --quiet --allow-empty --message=one\n$ git log --format='%an %s'\nAda one\n```\n";
    let playground = ScenarioTest::step(page).playground();
    let theirs = playground.root().join("theirs").display().to_string();
    let variables = [
        ("GIT_DIR", format!("{theirs}/.git")),
        ("GIT_WORK_TREE", theirs.clone()),
        ("GIT_INDEX_FILE", format!("{theirs}/.git/index")),
        ("GIT_AUTHOR_NAME", "Eve".to_owned()),
    ];
    variables
        .iter()
        .fold(playground, |playground, (name, value)| playground.env(name, value))
        .run(&["step", "1"])
        .status(0);
    assert!(!Path::new(&theirs).exists());
}

#[test]
fn a_machine_without_bash_is_reported_at_the_first_command() {
    let playground = ScenarioTest::step("# One\n\n```console\n$ ls\n```\n").playground();
    let tools = playground.root().join(".bin");
    std::fs::create_dir_all(&tools).expect("a folder");
    std::os::unix::fs::symlink("/bin/sh", tools.join("sh")).expect("a link");
    playground.env("PATH", &tools.to_string_lossy()).run(&["step", "1"]).status(2).err(str![[r#"
error: failed to start a terminal: `bash` is not on PATH
  help: the commands of a book run in bash; install it, then try again

"#]]);
}

#[test]
fn the_environment_is_the_same_on_every_machine() {
    let page = "# One\n\n```console\n$ date -d @0 '+%H:%M %A'; echo $TZ $LANG ${LC_ALL-} $COLUMNS $PAGER ${CDPATH-} $no_proxy\n\
                00:00 Thursday\nUTC C.UTF-8 80 cat example.org,localhost,127.0.0.1,::1\n\
                $ echo \"Hello, World!\" ${CARGO_TERM_COLOR-} ${BASH_ENV-} ${CI-} ${GITHUB_ACTIONS-}\nHello, World!\n$ git --version > /dev/null; echo a-{1..3}; diff <(echo a) <(echo a)\na-1 a-2 a-3\n```\n";
    let variables = [
        ("TZ", "Asia/Tokyo"),
        ("LC_ALL", "de_DE.UTF-8"),
        ("LANG", "fr_FR.UTF-8"),
        ("CDPATH", "/"),
        ("COLUMNS", "200"),
        ("no_proxy", "example.org"),
        ("CARGO_TERM_COLOR", "always"),
        ("BASH_ENV", "/nowhere"),
        ("CI", "true"),
        ("GITHUB_ACTIONS", "true"),
    ];
    let playground = ScenarioTest::step(page).playground();
    variables
        .iter()
        .fold(playground, |playground, (name, value)| playground.env(name, value))
        .run(&["step", "1"])
        .status(0);
}

/// What readers type, each list in a terminal of its own. What is printed beside a trace goes to standard error, too: a
/// page has standard output first.
const TYPED: [&[&str]; 14] = [
    &[
        "mkdir -p app && cd app",
        "pwd | sed 's|.*/||'",
        "export SEED=1",
        "echo \"NAME='a b'\" > env.sh",
        "source env.sh",
        "echo \"$NAME $SEED\"",
        "greet() { echo \"hello $1 from ${PWD##*/}\"; }",
        "greet you",
        "set -u",
        "echo $MISSING",
        "greet again",
        "no-such-program",
        "echo )",
        "set +u; cd ..",
        "echo \"${MISSING}none\" $?",
        "alias ll='echo listed'",
    ],
    &[
        "set -x",
        "echo one >&2",
        "A=2; echo $A >&2",
        "f() { echo in f >&2; }",
        "f",
        "false",
        "echo $? >&2",
        "(exit 3)",
        "set +x",
        "echo done",
    ],
    &["PS4='>> '", "set -x", "echo one >&2", "echo $( echo two ) >&2", "set +x"],
    &[
        "set -o xtrace",
        "cd /; cd - > /dev/null",
        "set -u",
        "echo $MISSING",
        "echo again >&2",
        "set +o xtrace",
        "echo done",
    ],
    &[
        "echo 'set -x' > on.sh",
        ". on.sh",
        "true; (exit 3)",
        "echo \"'$?'\" >&2",
        "true a b",
        "echo $_ >&2",
        "set +x",
    ],
    &["set -v", "echo one >&2", "f() { echo in f >&2; }", "f", "false", "echo $? >&2", "set +v", "echo done"],
    &["set -vx", "echo one >&2", "set +vx", "echo done"],
    &[
        "trap 'echo debug' DEBUG",
        "echo one",
        "f() { echo in f; }",
        "f",
        "false",
        "echo $?",
        "trap -p DEBUG",
        "trap - DEBUG",
        "echo done",
    ],
    &[
        "set -T",
        "trap 'echo debug' DEBUG",
        "f() { echo in f; }",
        "f",
        "trap 'echo return' RETURN",
        "f",
        "trap - DEBUG RETURN",
        "f",
    ],
    &[
        "set -E",
        "trap 'echo failed $?' ERR",
        "false",
        "f() { false; echo in f; }",
        "f",
        "false",
        "echo $?",
        "trap - ERR",
        "false",
    ],
    &["shopt -s extdebug", "trap 'echo debug' DEBUG", "echo one", "f() { echo in f; }", "f"],
    &[
        "set -e",
        "(exit 3) || echo caught",
        "if false; then :; fi",
        "false && true",
        "echo $?",
        "set +e",
        "false",
        "echo after",
    ],
    &[
        "echo one > f",
        "set -o noclobber",
        "echo two > f",
        "cat f",
        "echo three >| f",
        "cat f",
        "set -f",
        "echo *",
        "set +f",
        "echo *",
        "set +o noclobber; echo four > f",
        "cat f",
    ],
    &[
        "IFS=:",
        "X=a:b; printf '%s\\n' $X",
        "set -- 1 2",
        "echo \"$*\" $#",
        "IFS=",
        "echo \"$*\"",
        "unset IFS",
        "shift; echo \"$@\"",
        "set -o posix",
        "f() { echo in f; }",
        "f",
        "set +o posix; set -o pipefail",
        "false | true",
        "echo one two",
        "echo $_",
        "exec 3> f",
        "echo hi >&3",
        "cat f",
        "pushd / > /dev/null",
        "pushd /tmp > /dev/null",
        "popd +2 > /dev/null",
        "dirs",
        "popd",
    ],
];

#[test]
fn a_page_shows_what_a_real_terminal_shows() {
    for typed in TYPED {
        let playground = ScenarioTest::step("# One\n").playground();
        let Some(transcript) = typed_into_a_terminal(&playground, typed) else {
            return skipped("`script` is not installed");
        };
        let page = format!("# One\n\n```console\n{transcript}```\n");
        std::fs::write(playground.root().join("src/step-1.md"), &page).expect("a page");
        let ran = playground.run(&["step", "1"]);
        assert_eq!(ran.stdout.matches('✓').count(), typed.len(), "{transcript}\n{}", ran.stdout);
        ran.status(0);
    }
}

/// The commands with what an interactive bash on a terminal of its own shows for each, as a page has it.
fn typed_into_a_terminal(playground: &Playground, typed: &[&str]) -> Option<String> {
    let folder = playground.root().join("typed");
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut command = Command::new("script");
    command.args(["-qec", "bash --norc --noprofile -i", "/dev/null"]);
    command.current_dir(&folder).stdin(Stdio::piped()).stdout(Stdio::piped());
    // A prompt that is found again, and before it the status of the last command.
    // A bash that only hands over would take the prompt away.
    command.envs([
        ("SHELL", "/bin/sh"),
        ("PS1", "\n@$?@\n"),
        ("TERM", "dumb"),
        ("LANG", "C.UTF-8"),
        ("HISTFILE", ""),
    ]);
    let mut child = command.spawn().ok()?;
    let mut input = child.stdin.take().expect("a pipe");
    // In one piece: what comes while a command runs would be shown among what that prints.
    input.write_all((typed.join("\n") + "\nexit\n").as_bytes()).expect("it is read");
    drop(input);
    let output = child.wait_with_output().expect("its end");
    let shown = String::from_utf8_lossy(&output.stdout).replace('\r', "");
    let mut transcript = String::new();
    let parts: Vec<&str> = shown.split("\n@").skip(1).collect();
    for (at, typed) in typed.iter().enumerate() {
        let (_, shown) = parts[at].split_once("@\n").expect("a prompt");
        let status = parts[at + 1].split('@').next().expect("a status");
        transcript.push_str(&format!("$ {typed}\n"));
        if status != "0" {
            transcript.push_str(&format!("? {status}\n"));
        }
        let printed = shown.strip_prefix(&format!("{typed}\n")).unwrap_or(shown);
        transcript.push_str(printed.trim_end_matches('\n'));
        transcript.push_str(if printed.trim().is_empty() { "" } else { "\n" });
    }
    Some(transcript)
}
