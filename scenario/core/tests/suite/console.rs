//! Console transcripts: commands, continuations, statuses and output, and what a transcript must not contain.

use snapbox::str;

use crate::scenario_test::{ScenarioTest, rejects};

/// The mistakes in a console block with one command.
#[track_caller]
fn refuses(command: &str, expected: snapbox::data::Inline) {
    rejects(&format!("```console\n$ {command}\n```\n"), expected);
}

#[test]
fn a_transcript_is_commands_with_their_output() {
    ScenarioTest::step(
        r#"
```console
$ echo one \
>   two
one two
$ grep -c x file
? 1
0
$ cargo build
...
   Compiling [..]
$ true
```
"#,
    )
    .outline(str![[r#"
step 1: step-1
1-12 console
  run "echo one \\\n  two"
    "one two"
  run "grep -c x file", status 1
    "0"
  run "cargo build"
    "..."
    "   Compiling [..]"
  run "true"

"#]]);
}

#[test]
fn a_continuation_follows_its_command_directly() {
    ScenarioTest::step("```console\n$ cat <<END\n> a\n>\n> b\n> END\na\n> b\n```\n").outline(str![[r#"
step 1: step-1
1-9 console
  run "cat <<END\na\n\nb\nEND"
    "a"
    "> b"

"#]]);
}

#[test]
fn empty_lines_between_commands_are_no_output() {
    ScenarioTest::step("```console\n\n$ one\n\n$ two\na\n\nb\n\n$ three\n```\n").outline(str![[r#"
step 1: step-1
1-11 console
  run "one"
  run "two"
    "a"
    ""
    "b"
  run "three"

"#]]);
}

#[test]
fn a_status_is_a_number_up_to_255() {
    rejects(
        "```console\n$ one\n? failed\n$ two\n? 256\n$ three\n?1\n```\n",
        str![[r#"
error[invalid-exit-status]: invalid exit status `? failed`
 --> src/step-1.md:3:1
  |
3 | ? failed
  | ^^^^^^^^
  |
  = help: write a number from 0 to 255, as in `? 1`, directly below the command

error[invalid-exit-status]: invalid exit status `? 256`
 --> src/step-1.md:5:1
  |
5 | ? 256
  | ^^^^^
  |
  = help: write a number from 0 to 255, as in `? 1`, directly below the command

error[invalid-exit-status]: invalid exit status `?1`
 --> src/step-1.md:7:1
  |
7 | ?1
  | ^^
  |
  = help: write a number from 0 to 255, as in `? 1`, directly below the command

"#]],
    );
}

#[test]
fn a_status_is_directly_below_its_command() {
    rejects(
        "```console\n$ one\nout\n? 1\n$ two\n? 1\n? 2\n```\n",
        str![[r#"
error[misplaced-exit-status]: an exit status must be directly below its command
 --> src/step-1.md:4:1
  |
4 | ? 1
  | ^^^
  |
  = help: move it above the output; if the command prints this line, write `[..]` for a part of it

error[misplaced-exit-status]: an exit status must be directly below its command
 --> src/step-1.md:7:1
  |
7 | ? 2
  | ^^^
  |
  = help: move it above the output; if the command prints this line, write `[..]` for a part of it

"#]],
    );
}

#[test]
fn a_console_block_starts_with_a_command() {
    rejects(
        "```console\nls\nls -l\n```\n",
        str![[r#"
error[output-before-command]: expected a command that starts with `$ `
 --> src/step-1.md:2:1
  |
2 | ls
  | ^^
  |
  = help: write `$ ` before the command, or add `ignore="why"` to the block

"#]],
    );
    rejects(
        "```console\n$ls\n```\n",
        str![[r#"
error[output-before-command]: expected a command that starts with `$ `
 --> src/step-1.md:2:1
  |
2 | $ls
  | ^^^
  |
  = help: write `$ ` before the command, or add `ignore="why"` to the block

"#]],
    );
    rejects(
        "```console\n```\n",
        str![[r#"
error[no-command]: console block without a command
 --> src/step-1.md:1:1
  |
1 | ```console
  | ^^^^^^^^^^
  |
  = help: write a command after `$ `

"#]],
    );
}

#[test]
fn a_command_is_not_empty() {
    rejects(
        "```console\n$\n$ \n```\n",
        str![[r#"
error[empty-command]: empty command
 --> src/step-1.md:2:2
  |
2 | $
  |  ^
  |
  = help: write a command after `$ `

error[empty-command]: empty command
 --> src/step-1.md:3:3
  |
3 | $ 
  |   ^
  |
  = help: write a command after `$ `

"#]],
    );
}

#[test]
fn a_command_does_not_end_in_the_middle() {
    rejects(
        "```console\n$ docker ps \\\n    --all\n```\n",
        str![[r#"
error[missing-continuation]: command ends with `\`, but no continuation line follows
 --> src/step-1.md:2:3
  |
2 | $ docker ps \
  |   ^^^^^^^^^^^
  |
  = help: a continuation line starts with `> `

"#]],
    );
}

#[test]
fn a_command_may_change_the_shell_of_its_terminal() {
    ScenarioTest::step(
        "```console\n$ cd app\n$ export SEED=1\n$ alias ll='ls -l'\n$ . .venv/bin/activate\n$ set -u; A=1\n\
         $ for d in a b; do cd $d; ls; cd ..; done\n$ cat <<E\n> export A=1\n> E\n```\n",
    )
    .diagnostics(str![""]);
}

#[test]
fn a_terminal_has_a_plain_name() {
    ScenarioTest::step("```console terminal=T2\n$ ls\n```\n").diagnostics(str![""]);
    ScenarioTest::step("```console terminal=../T2\n$ ls\n```\n\n```text file=a terminal=T2\nx\n```\n")
        .diagnostics(str![[r#"
error[invalid-name]: invalid terminal name `../T2`
 --> src/step-1.md:1:21
  |
1 | ```console terminal=../T2
  |                     ^^^^^
  |
  = help: use letters, digits, `-` and `_`, as in `terminal=T2`

error[misplaced-attribute]: `terminal` is not allowed on a file edit
 --> src/step-1.md:5:16
  |
5 | ```text file=a terminal=T2
  |                ^^^^^^^^
  |
  = help: expected `file`, `append`, `prepend`, `insert-before`, `insert-after`, `replace`, `replace-to`, `exercise` or `mistake`

"#]]);
}

#[test]
fn a_process_that_keeps_running_has_a_name() {
    refuses(
        "prometheus &",
        str![[r#"
error[trailing-ampersand]: `&` is not allowed at the end of a command
 --> src/step-1.md:2:3
  |
2 | $ prometheus &
  |   ^^^^^^^^^^^^
  |
  = help: remove it, and add `background=NAME`, `ready=` and `within=` to the block

"#]],
    );
    rejects(
        "```console background=p ready=80 within=1s\n$ prometheus &\n```\n",
        str![[r#"
error[trailing-ampersand]: `&` is not allowed at the end of a command
 --> src/step-1.md:2:3
  |
2 | $ prometheus &
  |   ^^^^^^^^^^^^
  |
  = help: remove the `&`: `background` keeps the command running already

"#]],
    );
}

#[test]
fn a_background_process_has_a_readiness_probe() {
    ScenarioTest::step(
        r#"
```console background=a ready=8000 within=500ms
$ a
```

```console background=b ready=http://localhost:8000/-/ready within=2m
$ b
```

```console background=c ready=log:"it runs" within=30s
$ c
```
"#,
    )
    .outline(str![[r#"
step 1: step-1
1-3 background a
  ready Port(8000) within 500ms
  run "a"
5-7 background b
  ready Url("http://localhost:8000/-/ready") within 120s
  run "b"
9-11 background c
  ready Log("it runs") within 30s
  run "c"

"#]]);
    rejects(
        "```console background=a\n$ a\n```\n",
        str![[r#"
error[missing-ready]: background process without `ready`
 --> src/step-1.md:1:23
  |
1 | ```console background=a
  |                       ^
  |
  = help: add `ready=URL`, `ready=PORT` or `ready=log:"text"`, and `within=30s`

"#]],
    );
}

#[test]
fn a_readiness_probe_is_a_port_a_url_or_a_text_in_the_log() {
    rejects(
        "```console background=a ready=soon within=3s\n$ a\n```\n",
        str![[r#"
error[invalid-ready]: invalid readiness probe `soon`
 --> src/step-1.md:1:31
  |
1 | ```console background=a ready=soon within=3s
  |                               ^^^^
  |
  = help: write a port, an `http://` URL, `log:"some text"`, or `wait`

"#]],
    );
    rejects(
        "```console background=a ready=https://localhost/ within=3s\n$ a\n```\n",
        str![[r#"
error[invalid-ready]: invalid readiness probe `https://localhost/`
 --> src/step-1.md:1:31
  |
1 | ```console background=a ready=https://localhost/ within=3s
  |                               ^^^^^^^^^^^^^^^^^^
  |
  = help: write a port, an `http://` URL, `log:"some text"`, or `wait`

"#]],
    );
}

#[test]
fn a_readiness_probe_is_bounded() {
    rejects(
        "```console background=a ready=80\n$ a\n```\n",
        str![[r#"
error[missing-within]: `ready` without `within`
 --> src/step-1.md:1:1
  |
1 | ```console background=a ready=80
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: add how long it may take: `within=30s`

"#]],
    );
    rejects(
        "```console background=a ready=80 within=30\n$ a\n```\n",
        str![[r#"
error[invalid-duration]: invalid duration `30`
 --> src/step-1.md:1:41
  |
1 | ```console background=a ready=80 within=30
  |                                         ^^
  |
  = help: write a whole number and `ms`, `s` or `m`, from `1ms` to `60m`, as in `30s`

"#]],
    );
    rejects(
        "```console background=a ready=80 within=2000m\n$ a\n```\n",
        str![[r#"
error[duration-out-of-range]: duration `2000m` is out of range
 --> src/step-1.md:1:41
  |
1 | ```console background=a ready=80 within=2000m
  |                                         ^^^^^
  |
  = help: write a whole number and `ms`, `s` or `m`, from `1ms` to `60m`, as in `30s`

"#]],
    );
    rejects(
        "```console within=30s\n$ a\n```\n",
        str![[r#"
error[within-without-ready]: `within` without `ready`
 --> src/step-1.md:1:19
  |
1 | ```console within=30s
  |                   ^^^
  |
  = help: add `ready=URL` or `ready=PORT`; add `read-only` to repeat commands that change nothing; or remove `within`

"#]],
    );
}

#[test]
fn a_container_can_have_a_readiness_probe() {
    ScenarioTest::step("```console ready=8000 within=10s\n$ docker run -d --name=app app:plain\n```\n")
        .outline(str![[r#"
step 1: step-1
1-3 console
  ready Port(8000) within 10s
  run "docker run -d --name=app app:plain", Run { name: "app", image: "app:plain" }

"#]]);
}

#[test]
fn only_a_background_process_has_a_log() {
    rejects(
        "```console ready=log:x within=3s\n$ a\n```\n",
        str![[r#"
error[ready-without-background]: `ready=log:` without a background process
 --> src/step-1.md:1:1
  |
1 | ```console ready=log:x within=3s
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: add `background=NAME`, or wait for a port or a URL

"#]],
    );
}

#[test]
fn a_background_block_holds_one_command_that_keeps_running() {
    rejects(
        "```console background=a ready=80 within=3s\n$ a\n? 1\nout\n$ b\n```\n",
        str![[r#"
error[background-exit-status]: a background process has no exit status while it runs
 --> src/step-1.md:2:3
  |
2 | $ a
  |   ^
  |
  = help: remove the `?` line, or remove `background`

error[background-output]: the output of a background process is not compared
 --> src/step-1.md:4:1
  |
4 | out
  | ^^^
  |
  = help: remove the output; to wait for a line of it, write `ready=log:"text"`

error[several-background-commands]: more than one command in a background block
 --> src/step-1.md:5:3
  |
5 | $ b
  |   ^
  |
  = help: move the others to a `console` block of their own

"#]],
    );
    rejects(
        "```console background=a ready=80 within=3s\n$ docker run -d --name=a b\n```\n",
        str![[r#"
error[background-container-command]: this command ends at once, so it cannot be a background process
 --> src/step-1.md:2:3
  |
2 | $ docker run -d --name=a b
  |   ^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: remove `background`; the runner keeps track of containers and images by itself

"#]],
    );
}

#[test]
fn a_background_name_is_plain() {
    rejects(
        "```console background=\"a b\" ready=80 within=3s\n$ a\n```\n",
        str![[r#"
error[invalid-name]: invalid process name `a b`
 --> src/step-1.md:1:23
  |
1 | ```console background="a b" ready=80 within=3s
  |                       ^^^^^
  |
  = help: use letters, digits, `-` and `_`, as in `background=prometheus`

"#]],
    );
}

#[test]
fn a_signal_that_is_not_to_end_a_container_ends_nothing() {
    let page = "```console\n$ docker kill --signal=HUP a\n$ docker kill -s USR1 a\n$ docker kill --signal KILL a\n$ docker kill -s 15 a\n```\n";
    ScenarioTest::step(page).outline(str![[r#"
step 1: step-1
1-6 console
  run "docker kill --signal=HUP a"
  run "docker kill -s USR1 a"
  run "docker kill --signal KILL a", Stop { names: ["a"] }
  run "docker kill -s 15 a", Stop { names: ["a"] }

"#]]);
}

#[test]
fn the_words_of_an_argument_are_no_command() {
    let page = "```console\n$ grep -c 'docker build' Makefile\n$ echo \"next: docker run app\"\n```\n";
    ScenarioTest::step(page).outline(str![[r#"
step 1: step-1
1-4 console
  run "grep -c 'docker build' Makefile"
  run "echo \"next: docker run app\""

"#]]);
}

#[test]
fn a_flag_that_is_not_known_does_not_hide_the_next_one() {
    for flag in ["--disable-content-trust", "--some-new-flag"] {
        let page = format!("```console\n$ docker run {flag} -d --name=a app\n```\n");
        let scenario = ScenarioTest::step(&page).scenario();
        let world = scenario_core::world::World::at(&scenario, 1);
        assert!(world.containers.contains_key("a"), "{flag}");
    }
}

#[test]
fn the_words_of_a_command_say_what_it_does_to_containers() {
    ScenarioTest::step(
        r#"
```console
$ docker build --quiet -t app:plain -f app/Dockerfile app/
$ docker buildx build --tag=app:plain app/
$ docker run --detach --name=one --env SEED=1 -p 80:80 app:plain --name=other
$ podman run -dp8000:8000 --name two app:plain
$ docker container run -itd --rm --init \
>   --name three app:plain
$ docker run --rm -i app:plain version
$ docker kill one two
$ docker stop -t 5 three
$ docker rm -f one two
$ docker ps --all
$ docker logs one | grep -c run
```
"#,
    )
    .outline(str![[r#"
step 1: step-1
1-14 console
  run "docker build --quiet -t app:plain -f app/Dockerfile app/", Build { tag: "app:plain" }
  run "docker buildx build --tag=app:plain app/", Build { tag: "app:plain" }
  run "docker run --detach --name=one --env SEED=1 -p 80:80 app:plain --name=other", Run { name: "one", image: "app:plain" }
  run "podman run -dp8000:8000 --name two app:plain", Run { name: "two", image: "app:plain" }
  run "docker container run -itd --rm --init \\\n  --name three app:plain", Run { name: "three", image: "app:plain" }
  run "docker run --rm -i app:plain version"
  run "docker kill one two", Stop { names: ["one", "two"] }
  run "docker stop -t 5 three", Stop { names: ["three"] }
  run "docker rm -f one two", Remove { names: ["one", "two"] }
  run "docker ps --all"
  run "docker logs one | grep -c run"

"#]]);
}

#[test]
fn what_an_engine_has_named_is_killed_by_an_ordinary_command() {
    ScenarioTest::step(
        "```console\n$ docker service create --name=app app\n$ docker kill \"$(docker ps -q --filter name=app.2.)\"\n\
         $ docker network create --config-only setting\n$ docker network create --scope swarm --config-from setting net\n\
         $ docker network create -d overlay far\n$ docker network rm docker_gwbridge\n```\n",
    )
    .diagnostics(str![""]);
    refuses(
        "docker network create near",
        str![[r#"
error[unsupported-container-command]: the runner does not keep track of `network create`
 --> src/step-1.md:2:3
  |
2 | $ docker network create near
  |   ^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: use `build`, `run`, `stop`, `kill` and `rm`, each directly behind the engine's name; or add `untracked`: then `step` plays the step again each time

"#]],
    );
    refuses(
        "docker kill \"$(cat names)\"",
        str![[r#"
error[container-command-not-alone]: a command that changes containers or images must be a plain command of its own
 --> src/step-1.md:2:3
  |
2 | $ docker kill "$(cat names)"
  |   ^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write it without `sudo`, pipe, `&&` and variable, so that the runner knows what it starts; or add `untracked`: then `step` plays the step again each time

"#]],
    );
}

#[test]
fn a_container_that_leaves_nothing_behind_is_an_ordinary_command() {
    ScenarioTest::step(
        r#"
```console
$ docker run --rm -v "$PWD":/work alpine ls /work | sort > list.txt
a
$ sudo podman container run -i --rm --name=one "$IMAGE" version && echo done
$ for i in 1 2; do docker run --detach=false --rm app:plain $i; done
```
"#,
    )
    .outline(str![[r#"
step 1: step-1
1-6 console
  run "docker run --rm -v \"$PWD\":/work alpine ls /work | sort > list.txt"
    "a"
  run "sudo podman container run -i --rm --name=one \"$IMAGE\" version && echo done"
  run "for i in 1 2; do docker run --detach=false --rm app:plain $i; done"

"#]]);
    rejects(
        r#"
```console
$ docker run --rm -d --name=app app | cat
$ docker run --rm=false app | cat
$ docker run app --rm | cat
$ docker run $FLAGS --rm app
$ docker run --rm app; docker rm app
```
"#,
        str![[r#"
error[container-command-not-alone]: a command that changes containers or images must be a plain command of its own
 --> src/step-1.md:2:3
  |
2 | $ docker run --rm -d --name=app app | cat
  |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write it without `sudo`, pipe, `&&` and variable, so that the runner knows what it starts; or add `untracked`: then `step` plays the step again each time

error[container-command-not-alone]: a command that changes containers or images must be a plain command of its own
 --> src/step-1.md:3:3
  |
3 | $ docker run --rm=false app | cat
  |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write it without `sudo`, pipe, `&&` and variable, so that the runner knows what it starts; or add `untracked`: then `step` plays the step again each time

error[container-command-not-alone]: a command that changes containers or images must be a plain command of its own
 --> src/step-1.md:4:3
  |
4 | $ docker run app --rm | cat
  |   ^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write it without `sudo`, pipe, `&&` and variable, so that the runner knows what it starts; or add `untracked`: then `step` plays the step again each time

error[container-command-not-alone]: a command that changes containers or images must be a plain command of its own
 --> src/step-1.md:5:3
  |
5 | $ docker run $FLAGS --rm app
  |   ^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write it without `sudo`, pipe, `&&` and variable, so that the runner knows what it starts; or add `untracked`: then `step` plays the step again each time

error[container-command-not-alone]: a command that changes containers or images must be a plain command of its own
 --> src/step-1.md:6:3
  |
6 | $ docker run --rm app; docker rm app
  |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write it without `sudo`, pipe, `&&` and variable, so that the runner knows what it starts; or add `untracked`: then `step` plays the step again each time

"#]],
    );
}

#[test]
fn a_command_that_changes_containers_must_be_alone() {
    refuses(
        "docker rm -f app; docker run -d --name=app app",
        str![[r#"
error[container-command-not-alone]: a command that changes containers or images must be a plain command of its own
 --> src/step-1.md:2:3
  |
2 | $ docker rm -f app; docker run -d --name=app app
  |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write it without `sudo`, pipe, `&&` and variable, so that the runner knows what it starts; or add `untracked`: then `step` plays the step again each time

"#]],
    );
    refuses(
        "sudo docker run -d --name=app app",
        str![[r#"
error[container-command-not-alone]: a command that changes containers or images must be a plain command of its own
 --> src/step-1.md:2:3
  |
2 | $ sudo docker run -d --name=app app
  |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write it without `sudo`, pipe, `&&` and variable, so that the runner knows what it starts; or add `untracked`: then `step` plays the step again each time

"#]],
    );
    refuses(
        "docker ps && docker kill app",
        str![[r#"
error[container-command-not-alone]: a command that changes containers or images must be a plain command of its own
 --> src/step-1.md:2:3
  |
2 | $ docker ps && docker kill app
  |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write it without `sudo`, pipe, `&&` and variable, so that the runner knows what it starts; or add `untracked`: then `step` plays the step again each time

"#]],
    );
    refuses(
        "docker kill $(docker ps -q)",
        str![[r#"
error[container-command-not-alone]: a command that changes containers or images must be a plain command of its own
 --> src/step-1.md:2:3
  |
2 | $ docker kill $(docker ps -q)
  |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write it without `sudo`, pipe, `&&` and variable, so that the runner knows what it starts; or add `untracked`: then `step` plays the step again each time

"#]],
    );
    refuses(
        "sh -c 'docker rm app'",
        str![[r#"
error[container-command-not-alone]: a command that changes containers or images must be a plain command of its own
 --> src/step-1.md:2:3
  |
2 | $ sh -c 'docker rm app'
  |   ^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write it without `sudo`, pipe, `&&` and variable, so that the runner knows what it starts; or add `untracked`: then `step` plays the step again each time

"#]],
    );
    rejects(
        "```console\n$ docker kill a\n> docker rm a\n```\n",
        str![[r#"
error[container-command-not-alone]: a command that changes containers or images must be a plain command of its own
 --> src/step-1.md:2:3
  |
2 | $ docker kill a
  |   ^^^^^^^^^^^^^
  |
  = help: write it without `sudo`, pipe, `&&` and variable, so that the runner knows what it starts; or add `untracked`: then `step` plays the step again each time

"#]],
    );
}

#[test]
fn what_the_runner_cannot_keep_track_of_is_an_error() {
    refuses(
        "docker compose up -d",
        str![[r#"
error[unsupported-container-command]: the runner does not keep track of `compose up`
 --> src/step-1.md:2:3
  |
2 | $ docker compose up -d
  |   ^^^^^^^^^^^^^^^^^^^^
  |
  = help: use `build`, `run`, `stop`, `kill` and `rm`, each directly behind the engine's name; or add `untracked`: then `step` plays the step again each time

"#]],
    );
    refuses(
        "docker image rm app",
        str![[r#"
error[unsupported-container-command]: the runner does not keep track of `image rm`
 --> src/step-1.md:2:3
  |
2 | $ docker image rm app
  |   ^^^^^^^^^^^^^^^^^^^
  |
  = help: use `build`, `run`, `stop`, `kill` and `rm`, each directly behind the engine's name; or add `untracked`: then `step` plays the step again each time

"#]],
    );
    refuses(
        "docker --context other run -d --name=app app",
        str![[r#"
error[unsupported-container-command]: the runner does not keep track of `--context`
 --> src/step-1.md:2:3
  |
2 | $ docker --context other run -d --name=app app
  |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: use `build`, `run`, `stop`, `kill` and `rm`, each directly behind the engine's name; or add `untracked`: then `step` plays the step again each time

"#]],
    );
    refuses(
        "docker restart app",
        str![[r#"
error[unsupported-container-command]: the runner does not keep track of `restart`
 --> src/step-1.md:2:3
  |
2 | $ docker restart app
  |   ^^^^^^^^^^^^^^^^^^
  |
  = help: use `build`, `run`, `stop`, `kill` and `rm`, each directly behind the engine's name; or add `untracked`: then `step` plays the step again each time

"#]],
    );
}

#[test]
fn what_is_made_has_a_name() {
    refuses(
        "docker build app/",
        str![[r#"
error[missing-image-name]: missing name of the image
 --> src/step-1.md:2:3
  |
2 | $ docker build app/
  |   ^^^^^^^^^^^^^^^^^
  |
  = help: add `-t NAME`

"#]],
    );
    refuses(
        "docker run -dp 80:80 app",
        str![[r#"
error[missing-container-name]: missing name of a detached container
 --> src/step-1.md:2:3
  |
2 | $ docker run -dp 80:80 app
  |   ^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: add `--name=NAME`

"#]],
    );
    refuses(
        "docker run -d --name=app",
        str![[r#"
error[missing-image]: missing image after `run`
 --> src/step-1.md:2:3
  |
2 | $ docker run -d --name=app
  |   ^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write the image behind all flags

"#]],
    );
    refuses(
        "docker stop -t 5",
        str![[r#"
error[missing-container]: missing container name after `stop`
 --> src/step-1.md:2:3
  |
2 | $ docker stop -t 5
  |   ^^^^^^^^^^^^^^^^
  |
  = help: add the name that the container was run with

"#]],
    );
}

#[test]
fn what_an_engine_prints_while_it_builds_or_starts_is_not_asserted() {
    rejects(
        "```console\n$ docker build -t a .\n...\nSuccessfully built 0123\n$ docker run -d --name=a a\n0123\n```\n",
        str![[r#"
error[engine-output]: the output of a container engine differs between machines, so it is not compared
 --> src/step-1.md:4:1
  |
4 | Successfully built 0123
  | ^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: remove the output, or write `...`

error[engine-output]: the output of a container engine differs between machines, so it is not compared
 --> src/step-1.md:6:1
  |
6 | 0123
  | ^^^^
  |
  = help: remove the output, or write `...`

"#]],
    );
    ScenarioTest::step("```console\n$ docker build -t a .\n...\n$ docker kill a\na\n```\n")
        .diagnostics(str![""]);
}

#[test]
fn a_block_may_be_read_only_and_repeated() {
    ScenarioTest::step(
        "```console read-only\n$ a\n```\n\n```console within=5s read-only\n$ a\nb\n$ c\n```\n",
    )
    .outline(str![[r#"
step 1: step-1
1-3 console, read-only
  run "a"
5-9 console, read-only, repeat within 5s
  run "a"
    "b"
  run "c"

"#]]);
}

#[test]
fn a_read_only_block_starts_nothing() {
    rejects(
        "```console read-only ready=8000 within=5s\n$ a\n```\n",
        str![[r#"
error[conflicting-attributes]: `ready` conflicts with `read-only`
 --> src/step-1.md:1:12
  |
1 | ```console read-only ready=8000 within=5s
  |            ^^^^^^^^^
  |
  = help: a block that starts or stops something is not read-only: remove one of the two

"#]],
    );
    rejects(
        "```console background=a read-only ready=8000 within=5s\n$ a\n```\n",
        str![[r#"
error[conflicting-attributes]: `background` conflicts with `read-only`
 --> src/step-1.md:1:25
  |
1 | ```console background=a read-only ready=8000 within=5s
  |                         ^^^^^^^^^
  |
  = help: a block that starts or stops something is not read-only: remove one of the two

"#]],
    );
    rejects(
        "```console read-only\n$ ls\n$ docker kill app\n```\n",
        str![[r#"
error[read-only-container-command]: container command in a read-only block
 --> src/step-1.md:3:3
  |
3 | $ docker kill app
  |   ^^^^^^^^^^^^^^^
  |
  = help: move the command to a block without `read-only`, or remove `read-only`

"#]],
    );
    rejects(
        "```console read-only=yes\n$ ls\n```\n",
        str![[r#"
error[unexpected-value]: `read-only` takes no value
 --> src/step-1.md:1:22
  |
1 | ```console read-only=yes
  |                      ^^^
  |
  = help: write `read-only` alone

"#]],
    );
    rejects(
        "```promql read-only\nup\n```\n",
        str![[r#"
error[misplaced-attribute]: `read-only` is not allowed on a `promql` block
 --> src/step-1.md:1:11
  |
1 | ```promql read-only
  |           ^^^^^^^^^
  |
  = help: expected `within`, `expect`, `already-true`, `plot`, `range`, `step`, `curve`, `unit`, `alt`, `screenshot`, `url`, `exercise`, `file` or `ignore`

"#]],
    );
}

#[test]
fn a_block_that_is_repeated_shows_what_to_wait_for() {
    rejects(
        "```console read-only within=5s\n$ a\n? 1\n```\n",
        str![[r#"
error[within-without-output]: `within` on a read-only block without expected output
 --> src/step-1.md:1:29
  |
1 | ```console read-only within=5s
  |                             ^^
  |
  = help: show the output to wait for; a `read-only` block with `within` is repeated until it prints that

"#]],
    );
}

#[test]
fn a_block_may_stop_a_process_and_start_it_anew() {
    let start = "```console background=a ready=80 within=3s\n$ a\n```\n";
    let stop = "```console stop=a\n^C\n```\n\n```console stop=b background=a ready=80 within=3s\n$ a\n```\n";
    let other = "```console background=b ready=81 within=3s\n^C\n```\n";
    ScenarioTest::step(start).page("step-2.md", start).outline(str![[r#"
step 1: step-1
1-3 background a
  ready Port(80) within 3s
  run "a"
step 2: step-2
1-3 background a
  ready Port(80) within 3s
  run "a"

"#]]);
    ScenarioTest::step(&format!("{start}\n{}\n{stop}", other.replace("^C", "$ b"))).outline(str![[r#"
step 1: step-1
1-3 background a
  ready Port(80) within 3s
  run "a"
5-7 background b
  ready Port(81) within 3s
  run "b"
9-11 console
  stop a
13-15 background a
  stop b
  ready Port(80) within 3s
  run "a"

"#]]);
    rejects(
        other,
        str![[r#"
error[output-before-command]: expected a command that starts with `$ `
 --> src/step-1.md:2:1
  |
2 | ^C
  | ^^
  |
  = help: write `$ ` before the command, or add `ignore="why"` to the block

"#]],
    );
}

#[test]
fn a_block_with_a_mistake_may_start_what_is_stopped_later() {
    let stop = "```console stop=web\n^C\n```\n";
    rejects(
        &format!("```console background=web within=3s\n$ a\n```\n\n{stop}"),
        str![[r#"
error[missing-ready]: background process without `ready`
 --> src/step-1.md:1:23
  |
1 | ```console background=web within=3s
  |                       ^^^
  |
  = help: add `ready=URL`, `ready=PORT` or `ready=log:"text"`, and `within=30s`

"#]],
    );
    rejects(
        &format!("```console background=web ready=80 within\n$ a\n```\n\n{stop}"),
        str![[r#"
error[missing-value]: missing value for `within`
 --> src/step-1.md:1:36
  |
1 | ```console background=web ready=80 within
  |                                    ^^^^^^
  |
  = help: write `within=30s`, without spaces around the `=`

"#]],
    );
}

#[test]
fn what_is_stopped_runs() {
    let start = "```console background=web ready=80 within=3s\n$ a\n```\n";
    rejects(
        &format!("{start}\n```console stop=wbe\n^C\n```\n"),
        str![[r#"
error[not-running]: no background process `wbe` is running here
 --> src/step-1.md:5:17
  |
5 | ```console stop=wbe
  |                 ^^^
  |
  = help: an earlier block starts it with `background=wbe`; remove `stop` if none does

"#]],
    );
    let stop = "```console stop=web\n$ a\n```\n";
    rejects(
        &format!("{start}\n{stop}\n{stop}"),
        str![[r#"
error[not-running]: no background process `web` is running here
 --> src/step-1.md:9:17
  |
5 | ```console stop=web
  |                 --- it is stopped here already
...
9 | ```console stop=web
  |                 ^^^
  |
  = help: an earlier block starts it with `background=web`; remove `stop` if none does

"#]],
    );
    let wrong = "```console stop=weeb\n^C\n```\n";
    rejects(
        &format!("{start}\n{wrong}\n{wrong}"),
        str![[r#"
error[not-running]: no background process `weeb` is running here
 --> src/step-1.md:5:17
  |
5 | ```console stop=weeb
  |                 ^^^^
  |
  = help: did you mean `web`?

error[not-running]: no background process `weeb` is running here
 --> src/step-1.md:9:17
  |
9 | ```console stop=weeb
  |                 ^^^^
  |
  = help: did you mean `web`?

"#]],
    );
    rejects(
        &format!("{start}\n```console stop=web read-only\n$ a\n```\n"),
        str![[r#"
error[conflicting-attributes]: `stop` conflicts with `read-only`
 --> src/step-1.md:5:21
  |
5 | ```console stop=web read-only
  |                     ^^^^^^^^^
  |
  = help: a block that starts or stops something is not read-only: remove one of the two

"#]],
    );
    rejects(
        &format!("{start}\n```console stop=web ready=80 within=1s\n^C\n```\n"),
        str![[r#"
error[no-command]: console block without a command
 --> src/step-1.md:5:1
  |
5 | ```console stop=web ready=80 within=1s
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write a command after `$ `

"#]],
    );
}

#[test]
fn an_untracked_block_may_change_containers_in_any_way_and_is_not_read_only() {
    ScenarioTest::step(
        "```console untracked\n$ docker compose up -d && docker run -d web\n$ sudo docker rm -f web | cat\n```\n",
    )
    .outline(str![[r#"
step 1: step-1
1-4 console
  run "docker compose up -d && docker run -d web"
  run "sudo docker rm -f web | cat"

"#]]);
    rejects(
        "```console untracked read-only\n$ docker ps\n```\n",
        str![[r#"
error[conflicting-attributes]: `untracked` conflicts with `read-only`
 --> src/step-1.md:1:22
  |
1 | ```console untracked read-only
  |                      ^^^^^^^^^
  |
  = help: a block that starts or stops something is not read-only: remove one of the two

"#]],
    );
    rejects(
        "```sh untracked\nls\n```\n",
        str![[r#"
error[misplaced-attribute]: `untracked` is not allowed on a block that is neither a file edit, `console` nor `promql`
 --> src/step-1.md:1:7
  |
1 | ```sh untracked
  |       ^^^^^^^^^
  |
  = help: expected `file` or `ignore`

"#]],
    );
}
