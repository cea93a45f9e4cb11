//! Steps on top of each other: what is played on the way to a step, and what is left out.

use nix::sys::signal::Signal;
use snapbox::str;

use crate::playground::Playground;
use crate::scenario_test::ScenarioTest;

/// A first step with a process that is ready at once and works a while, and a look at what comes of it.
fn slow() -> Playground {
    ScenarioTest::new()
        .page(
            "step-1.md",
            "# One\n\n```console background=worker ready=log:started within=5s\n$ echo started; until [ \"$(cat looks 2>/dev/null | wc -l)\" -ge 2 ]; do sleep 0.05; done; echo done > state; sleep 600\n```\n\n\
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

/// A server in Python that answers with a text, on a port.
fn server(port: u16, text: &str) -> String {
    format!(
        "import http.server\n\nMESSAGE = b\"{text}\"\n\n\nclass Handler(http.server.BaseHTTPRequestHandler):\n    \
         def do_GET(self):\n        self.send_response(200)\n        self.end_headers()\n        \
         self.wfile.write(MESSAGE)\n\n\nhttp.server.HTTPServer((\"127.0.0.1\", {port}), Handler).serve_forever()\n"
    )
}

/// Two steps: a server, and the server with another answer, started by a block with these attributes.
fn restarted(port: u16, attributes: &str) -> Playground {
    let look = |text: &str| format!("```console\n$ curl -s localhost:{port}/\n{text}\n```\n");
    let start = |attributes: &str| {
        format!("```console {attributes} ready={port} within=10s\n$ python3 server.py\n```\n")
    };
    let edit = "```python file=server.py replace=one\ntwo\n```\n";
    ScenarioTest::new()
        .page(
            "step-1.md",
            &format!(
                "# One\n\n```python file=server.py\n{}```\n\n{}\n{}",
                server(port, "one"),
                start("background=web"),
                look("one")
            ),
        )
        .page("step-2.md", &format!("# Two\n\n{edit}\n{}\n{}", start(attributes), look("two")))
        .playground()
}

#[test]
fn a_process_is_started_anew_under_its_name_or_stopped_for_another_one_on_its_port() {
    for attributes in ["background=web", "stop=web background=web2"] {
        let playground = restarted(crate::free_port::free_port(), attributes);
        for words in
            [&["step", "1"][..], &["step", "2"], &["step", "1"], &["step", "2"], &["verify", "--replace"]]
        {
            playground.run(words).status(0);
        }
        playground.run(&["step", "2"]).status(0).says("✓ python3 server.py");
        playground.run(&["step", "2"]).status(0).says("unchanged since it last succeeded");
    }
}

#[test]
fn a_port_that_an_earlier_process_of_the_book_has_is_reported_with_the_way_out() {
    let port = crate::free_port::free_port();
    let playground = restarted(port, "background=web2");
    playground.run(&["step", "1"]).status(0);
    let told = playground.run(&["step", "2"]);
    told.status(1).says(&format!("port {port} is taken by the background process `web` of this book"));
    told.says("end it with `stop=web` on this block, or use another port here");
}

/// Three steps whose commands depend on those before them and could not run twice.
fn repository() -> Playground {
    ScenarioTest::new()
        .page("step-1.md", "# One\n\n```console\n$ git init -q -b main proj\n$ mkdir data && echo a,b > data/x.csv\n```\n")
        .page(
            "step-2.md",
            "# Two\n\n```text file=proj/README\nread me\n```\n\n```console\n$ git -C proj add README\n$ git -C proj -c user.name=a -c user.email=a@b commit -qm one\n$ echo v2 > out\n```\n",
        )
        .page(
            "step-3.md",
            "# Three\n\n```text file=proj/README append\nmore\n```\n\n```console\n$ git -C proj -c user.name=a -c user.email=a@b commit -qam two\n$ git -C proj log --format=%s\ntwo\none\n$ rm data/x.csv; echo v3 > out\n```\n",
        )
        .playground()
}

/// What a command prints in the workspace.
fn printed(playground: &Playground, command: &str) -> String {
    let mut shell = std::process::Command::new("sh");
    let output = shell.args(["-c", command]).current_dir(playground.path("")).output();
    String::from_utf8_lossy(&output.expect("sh").stdout).into_owned()
}

impl Playground {
    /// What is in the workspace but for the ids and times of git.
    fn state(&self) -> String {
        printed(
            self,
            "find . -path ./.scenario -prune -o -path '*/.git/*' -prune -o -type f -print | sort | xargs head -v; \
             git -C proj log --format=%s",
        )
    }

    /// Runs `step N`, which must pass; what is in the workspace then.
    #[track_caller]
    fn goes_to(&self, number: &str) -> String {
        self.run(&["step", number]).status(0);
        self.state()
    }
}

#[test]
fn a_state_is_the_same_on_every_way_to_it() {
    let one_after_the_other = repository();
    let states = ["1", "2", "3"].map(|number| one_after_the_other.goes_to(number));
    assert_eq!(repository().goes_to("3"), states[2], "from nothing");
    for back_and_forth in [2, 3, 1, 3, 2, 1, 2, 3] {
        let state = one_after_the_other.goes_to(&back_and_forth.to_string());
        assert_eq!(state, states[back_and_forth - 1], "at {back_and_forth}");
    }
    one_after_the_other.run(&["verify", "--replace"]).status(0);
}

#[test]
fn a_step_whose_page_has_changed_is_played_again_with_those_after_it() {
    let playground = repository();
    let before = playground.goes_to("3");
    let page = playground.dir().join("src/step-2.md");
    let text = std::fs::read_to_string(&page).expect("a page");
    std::fs::write(&page, text.replace("commit -qm one", "commit -qm uno")).expect("a page");
    let third = playground.dir().join("src/step-3.md");
    let text = std::fs::read_to_string(&third).expect("a page");
    std::fs::write(&third, text.replace("two\none", "two\nuno")).expect("a page");
    let told = playground.run(&["step", "3"]);
    told.status(0).says("note playing steps 2 and 3").does_not_say("git init");
    assert_eq!(playground.state(), before.replace("\none\n", "\nuno\n"));
}

#[test]
fn what_a_command_has_made_and_is_gone_is_put_back() {
    let playground = repository();
    let before = playground.goes_to("2");
    std::fs::remove_dir_all(playground.path("data")).expect("a folder");
    std::fs::remove_file(playground.path("out")).expect("a file");
    let told = playground.run(&["step", "2"]);
    told.status(0).says("2 files were missing and were put back, such as `data/x.csv`");
    assert_eq!(playground.state(), before);
}

#[test]
fn what_the_learner_has_changed_is_kept_on_the_way_back_and_what_they_added_stays() {
    let playground = repository();
    playground.goes_to("3");
    std::fs::write(playground.path("out"), "mine\n").expect("a file");
    std::fs::write(playground.path("diary"), "my own\n").expect("a file");
    playground.run(&["step", "2"]).status(0).says("kept your `out` as `workspace/.scenario/kept/");
    assert_eq!(playground.read("out"), "v2\n");
    assert_eq!(playground.read("diary"), "my own\n");
}

#[test]
fn a_step_that_failed_is_played_again_on_the_state_before_it() {
    let playground = repository();
    let page = playground.dir().join("src/step-2.md");
    let text = std::fs::read_to_string(&page).expect("a page");
    std::fs::write(&page, text.replace("$ echo v2", "$ false\n$ echo v2")).expect("a page");
    playground.run(&["step", "2"]).status(1);
    std::fs::write(&page, text).expect("a page");
    let told = playground.run(&["step", "2"]);
    told.status(0).does_not_say("git init").does_not_say("kept");
}

#[test]
fn more_than_is_kept_of_a_step_is_reported_with_the_bound() {
    let page = "# One\n\n```console\n$ mkdir many target\n$ seq 20001 | (cd many && xargs touch)\n```\n";
    let playground = ScenarioTest::step(page).playground();
    playground.run(&["step", "1"]).status(0).out(str![[r#"
Step 1  step-1
  ✓ mkdir many target
  ✓ seq 20001 | (cd many && xargs touch)
  note the end of step 1 is not kept: the workspace has more than 20000 files and folders; what comes back to it plays all steps before it again (`caches` in book.toml names folders that tools fill)
step 1: 2 passed, 0 failed, 0 skipped in [TIME] s
your files are in `workspace`; `scenario down` ends what runs

"#]]);
    let page = "# One\n\n```console\n$ mkdir target\n$ seq 20001 | (cd target && xargs touch)\n```\n";
    let playground = ScenarioTest::step(page).playground();
    playground.run(&["step", "1"]).status(0).does_not_say("not kept");
}

#[test]
fn links_and_modes_come_back() {
    let one = "# One\n\n```console\n$ echo a > a; chmod 750 a; ln -s a b; mkdir -p c/d\n```\n";
    let two = "# Two\n\n```console\n$ chmod 600 a; rm b; ln -s c b; rmdir c/d; touch c/e\n```\n";
    let playground = Playground::steps(&[one, two]);
    let look = || printed(&playground, "find . -path ./.scenario -prune -o -printf '%p %m %l\\n' | sort");
    playground.run(&["step", "1"]).status(0);
    let first = look();
    playground.run(&["step", "2"]).status(0);
    assert_ne!(look(), first);
    playground.run(&["step", "1"]).status(0);
    assert_eq!(look(), first);
}

/// Two steps that make files beside those of the pages.
fn making() -> Playground {
    let one = "# One\n\n```console\n$ mkdir out && echo one > out/f && echo log >> log\n```\n";
    let two = "# Two\n\n```console\n$ echo two > out/f && echo g > out/g\n```\n";
    Playground::steps(&[one, two])
}

#[test]
fn what_the_learner_adds_between_two_steps_outlives_every_way() {
    let playground = making();
    playground.run(&["step", "1"]).status(0);
    std::fs::write(playground.path("mine"), "precious\n").expect("a file");
    for number in ["2", "1", "2", "1"] {
        playground.run(&["step", number]).status(0).does_not_say("kept");
        assert_eq!(playground.read("mine"), "precious\n", "at {number}");
        assert_eq!(playground.read("out/f"), if number == "1" { "one\n" } else { "two\n" });
        assert_eq!(playground.path("out/g").exists(), number == "2");
    }
    playground.run(&["step", "0"]);
    assert_eq!(playground.read("mine"), "precious\n");
}

#[test]
fn what_the_learner_adds_outlives_a_step_that_fails() {
    let playground = making();
    let page = playground.dir().join("src/step-2.md");
    std::fs::write(&page, "# Two\n\n```console\n$ echo half > half\n$ false\n```\n").expect("a page");
    playground.run(&["step", "1"]).status(0);
    std::fs::write(playground.path("mine"), "precious\n").expect("a file");
    playground.run(&["step", "2"]).status(1);
    playground.run(&["step", "1"]).status(0);
    assert_eq!(playground.read("mine"), "precious\n");
    assert!(!playground.path("half").exists());
}

#[test]
fn a_learners_link_in_the_place_of_a_file_is_kept() {
    let playground = making();
    playground.run(&["step", "2"]).status(0);
    std::fs::remove_file(playground.path("out/f")).expect("a file");
    std::os::unix::fs::symlink("g", playground.path("out/f")).expect("a link");
    playground.run(&["step", "1"]).status(0).says("kept your `out/f` as `workspace/.scenario/kept/");
    assert_eq!(playground.read("out/f"), "one\n");
}

#[test]
fn what_an_interrupted_step_has_made_is_not_in_its_way() {
    let playground = making();
    let page = playground.dir().join("src/step-2.md");
    std::fs::write(&page, "# Two\n\n```console\n$ mkdir made && touch made/x\n$ sleep 7205\n```\n")
        .expect("a page");
    playground.run(&["step", "1"]).status(0);
    let run = playground.start(&["step", "2"]);
    playground.wait_for_file("made/x");
    run.signal(Signal::SIGINT);
    assert_eq!(run.wait(), Some(130));
    std::fs::write(&page, "# Two\n\n```console\n$ mkdir made && touch made/x\n```\n").expect("a page");
    playground.run(&["step", "2"]).status(0);
}

#[test]
fn a_run_that_is_interrupted_on_the_way_back_is_not_taken_for_done() {
    let playground = making();
    let check = "\n<!-- scenario: check command=\"touch asked; test ! -e block\" within=60s -->\n";
    let page = playground.dir().join("src/step-1.md");
    let text = std::fs::read_to_string(&page).expect("a page");
    std::fs::write(&page, text + check).expect("a page");
    playground.run(&["step", "2"]).status(0);
    std::fs::write(playground.path("block"), "").expect("a file");
    let run = playground.start(&["step", "1"]);
    playground.wait_for_file("asked");
    run.signal(Signal::SIGINT);
    assert_eq!(run.wait(), Some(130));
    playground.run(&["step", "2"]).status(0);
    assert_eq!(playground.read("out/f") + &playground.read("out/g"), "two\ng\n");
}

#[test]
fn nothing_is_put_back_through_a_link_or_a_file() {
    let playground = making();
    playground.run(&["step", "2"]).status(0);
    let elsewhere = playground.root().join("elsewhere");
    std::fs::create_dir(&elsewhere).expect("a folder");
    std::fs::remove_dir_all(playground.path("out")).expect("a folder");
    std::os::unix::fs::symlink(&elsewhere, playground.path("out")).expect("a link");
    playground.run(&["step", "2"]).status(2).err(str![[r#"
error: `out/f` leads out of the workspace by a symbolic link
  help: remove the link; nothing was written

"#]]);
    assert_eq!(std::fs::read_dir(&elsewhere).expect("a folder").count(), 0);
    std::fs::remove_file(playground.path("out")).expect("a link");
    std::fs::write(playground.path("out"), "mine\n").expect("a file");
    playground.run(&["step", "2"]).status(2).err(str![[r#"
error: `out` is a file in the workspace
  help: move it away: the book has a file `out/f`

"#]]);
    assert_eq!(playground.read("out"), "mine\n");
}

#[test]
fn a_folder_that_a_command_has_made_goes_with_the_files_of_the_pages_in_it() {
    let playground = ScenarioTest::new()
        .page("step-1.md", "# One\n\n```console\n$ mkdir made\n```\n")
        .page("step-2.md", "# Two\n\n```text file=made/a.txt\na\n```\n")
        .playground();
    playground.run(&["step", "2"]).status(0);
    playground.run(&["step", "1"]).status(0);
    assert!(playground.path("made").is_dir() && !playground.path("made/a.txt").exists(), "as step 1 left it");
    playground.run(&["step", "2"]).status(0);
    let changed = "# One\n\n```console\n$ mkdir -m 755 made\n```\n";
    std::fs::write(playground.root().join("src/step-1.md"), changed).expect("a page");
    playground.run(&["step", "1"]).status(0);
}

#[test]
fn what_the_learner_has_stays_where_the_state_before_a_step_is_not_kept() {
    for (makes, removes) in
        [("truncate -s 300M big.img", "rm -f big.img"), (r"touch $'bad\xff'", "rm -f bad*")]
    {
        let playground = ScenarioTest::new()
            .page("one.md", &format!("# One\n\n```console\n$ {makes}\n```\n"))
            .page("two.md", &format!("# Two\n\n```console\n$ {removes}\n$ echo two > two.txt\n```\n"))
            .playground();
        playground.run(&["step", "1"]).status(0).says("the end of step 1 is not kept");
        std::fs::create_dir(playground.path("notes")).expect("a folder");
        std::fs::write(playground.path("notes/mine.txt"), "thesis\n").expect("a file");
        playground.run(&["step", "2"]).status(0);
        playground.run(&["step", "1"]).status(0);
        assert_eq!(playground.read("notes/mine.txt"), "thesis\n");
    }
}

#[test]
fn a_process_whose_files_go_is_started_again_with_them() {
    let page = "# One\n\n```console\n$ mkdir data\n```\n\n```console background=db ready=log:ok within=10s\n\
                $ echo pid > data/pid; echo ok; cd data; sleep 7700\n```\n\n```console\n$ cat data/pid\npid\n```\n";
    let playground = ScenarioTest::step(page).playground();
    playground.run(&["step", "1"]).status(0);
    std::fs::write(playground.root().join("src/step-1.md"), page.replace("cat data", "cat ./data"))
        .expect("a page");
    playground.run(&["step", "1"]).status(0);
    assert_eq!(playground.read("data/pid"), "pid\n");
}

#[test]
fn what_a_background_process_has_made_is_not_the_learners() {
    let playground = ScenarioTest::new()
        .page("one.md", "# One\n\n```console background=bg ready=log:ok within=10s\n$ echo bg > data.txt; echo ok; sleep 7701\n```\n\n```console\n$ cat data.txt\nbg\n```\n")
        .page("two.md", "# Two\n\n```text file=data.txt\ntwo\n```\n\n```console\n$ cat data.txt\ntwo\n```\n")
        .playground();
    playground.run(&["step", "2"]).status(0).does_not_say("kept");
}

#[test]
fn going_back_restores_the_modes_of_files_of_the_pages() {
    let playground = ScenarioTest::new()
        .page("step-1.md", "# One\n\n```sh file=run.sh\necho hi\n```\n")
        .page("step-2.md", "# Two\n\n```console\n$ chmod 750 run.sh; ./run.sh\nhi\n```\n")
        .page("step-3.md", "# Three\n\n```sh file=run.sh append\necho more\n```\n\n```console\n$ ./run.sh | tail -n 1\nmore\n```\n")
        .playground();
    let mode = |step: &str| {
        playground.run(&["step", step]).status(0);
        printed(&playground, "stat -c %a run.sh")
    };
    let before = mode("1");
    assert_ne!(before, "750\n");
    for (step, expected) in
        [("3", "750\n"), ("1", before.as_str()), ("3", "750\n"), ("2", "750\n"), ("1", &before)]
    {
        assert_eq!(mode(step), expected, "at the end of step {step}");
    }
    // A file that is gone comes back as it was.
    std::fs::remove_file(playground.path("run.sh")).expect("a file");
    assert_eq!(mode("2"), "750\n");
}

/// A step that starts a process anew, after a command that needs the one of the step before.
fn replaced() -> Playground {
    ScenarioTest::new()
        .page(
            "step-1.md",
            "# One\n\n```console background=clock ready=log:started within=10s\n$ echo $$ > old.pid && echo started && exec sleep 7411\n```\n",
        )
        .page(
            "step-2.md",
            "# Two\n\n```console\n$ kill -0 $(cat old.pid)\n```\n\n\
             ```console background=clock ready=log:started within=10s\n$ echo started && exec sleep 7412\n```\n",
        )
        .page("step-3.md", "# Three\n\n```console\n$ true\n```\n")
        .playground()
}

#[test]
fn what_a_step_replaces_is_started_again_before_the_step_is_played_again() {
    let playground = replaced();
    playground.run(&["step", "3"]).status(0);
    assert!(playground.process("7411").is_none());
    let new = playground.process("7412").expect("the process of step 2");
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(new), Signal::SIGKILL).expect("it runs");
    playground.run(&["step", "3"]).status(0).says("running the commands of step 1: `clock` is not running");
    assert!(playground.process("7411").is_none());
    assert!(playground.process("7412").is_some());
}

#[test]
fn a_proof_from_a_kept_state_starts_what_the_steps_replace_that_it_plays_again() {
    let playground = replaced();
    playground.run(&["verify"]).status(0);
    playground.run(&["verify", "--from", "3"]).status(0).says("✓ kill -0 $(cat old.pid)");
}

#[test]
fn a_learners_file_that_was_there_before_may_change_after_a_step_that_failed() {
    let playground =
        ScenarioTest::step("# One\n\n```console\n$ mkdir made && test -e ready\n```\n").playground();
    std::fs::create_dir_all(playground.path("")).expect("a folder");
    std::fs::write(playground.path("notes"), "one\n").expect("a file");
    playground.run(&["step", "1"]).status(1);
    std::fs::write(playground.path("notes"), "two\n").expect("a file");
    std::fs::write(playground.path("ready"), "").expect("a file");
    playground.run(&["step", "1"]).status(0).does_not_say("kept");
    assert_eq!(playground.read("notes"), "two\n");
}

#[test]
fn a_step_with_an_untracked_block_and_all_after_it_are_played_each_time() {
    let playground = ScenarioTest::new()
        .page("step-1.md", "```console\n$ echo one >> ../log\n```\n")
        .page("step-2.md", "```console untracked\n$ echo two >> ../log\n```\n")
        .page("step-3.md", "```console\n$ echo three >> ../log\n```\n")
        .playground();
    playground.run(&["step", "3"]).status(0);
    playground.run(&["step", "3"]).status(0);
    let log = std::fs::read_to_string(playground.path("../log")).expect("the file of the commands");
    assert_eq!(log.lines().collect::<Vec<_>>(), ["one", "two", "three", "two", "three"]);
}
