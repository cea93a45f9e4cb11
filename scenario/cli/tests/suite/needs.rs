//! What a book needs of a machine: read off its pages, and off `needs` in its book.toml.

use snapbox::str;

use crate::playground::Playground;
use crate::scenario_test::ScenarioTest;

/// The needs of a book with one page, by the names that `setup` gives them.
fn needs(book: &ScenarioTest) -> Vec<String> {
    let needs = scenario_cli::needs(&book.scenario()).expect("known needs");
    needs.iter().map(|need| need.name().to_owned()).collect()
}

fn with_key(page: &str, needs: &str) -> ScenarioTest {
    let config = format!("[book]\ntitle = \"A book\"\n\n[preprocessor.scenario]\nneeds = {needs}\n");
    ScenarioTest::step(page).file("book.toml", &config)
}

#[test]
fn what_a_page_runs_and_asks_is_needed() {
    let of = |lines: &str| needs(&ScenarioTest::step(&format!("# One\n\n```console\n{lines}\n```\n")));
    assert_eq!(of("$ echo cargo curl docker prometheus crt-static"), ["system"]);
    assert_eq!(of("$ A=1 cargo build"), ["system", "C linker"]);
    assert_eq!(of("$ sh -c 'curl -s localhost | sort'"), ["system", "curl"]);
    assert_eq!(of("$ sudo podman ps"), ["system", "container engine"]);
    assert_eq!(of("$ docker build -t app ."), ["system", "container engine"]);
    assert_eq!(of("$ ./prometheus --version"), ["system", "Prometheus"]);
    assert_eq!(of("$ promtool check rules a.yml"), ["system", "promtool"]);
    assert_eq!(of("$ alertmanager --version\n$ amtool --version"), ["system", "Alertmanager", "amtool"]);
    let query = ScenarioTest::step("# One\n\n```promql\nup\n```\n");
    assert_eq!(needs(&query), ["system", "Prometheus"]);
    let check =
        |check: &str| needs(&ScenarioTest::step(&format!("# One\n\n<!-- scenario: check {check} -->\n")));
    assert_eq!(check("command=\"curl -s localhost | sort\""), ["system", "curl"]);
    assert_eq!(check("file=curl absent"), ["system"]);
}

#[test]
fn a_book_says_what_its_commands_do_not_name() {
    let page = "# One\n\n```console\n$ make image\n```\n";
    let book = with_key(page, "[\"static-libc\", \"container-engine\"]");
    assert_eq!(needs(&book), ["system", "static libc", "container engine"]);
}

#[test]
fn a_book_lists_programs_by_their_names() {
    let page = "# One\n\n```console\n$ make image\n```\n";
    assert_eq!(
        needs(&with_key(page, "[\"psql\", \"docker\", \"git\"]")),
        ["system", "container engine", "git", "psql"]
    );
    assert_eq!(
        needs(&with_key(page, "[\"promtool\", \"alertmanager\"]")),
        ["system", "promtool", "Alertmanager"]
    );
}

#[test]
fn setup_says_that_nothing_is_missing() {
    let playground = with_key("# One\n", "[\"sh\"]").playground();
    playground.run(&["setup"]).status(0).says("nothing is missing\n");
}

#[test]
fn programs_that_are_missing_are_listed_together_before_anything_runs() {
    let page = "# One\n\n```console\n$ touch ran\n```\n";
    let playground = with_key(page, "[\"no-such-b\", \"sh\", \"no-such-a\"]").playground();
    playground.run(&["step", "1"]).status(2).err(str![[r#"
error: this machine lacks 2 of the 4 things that are needed
  no-such-a   no `no-such-a` on PATH
      by hand:    install `no-such-a`; if this name is wrong, change `needs` in book.toml
  no-such-b   no `no-such-b` on PATH
      by hand:    install `no-such-b`; if this name is wrong, change `needs` in book.toml
  help: do what `by hand` says, then run the same command again

"#]]);
    assert!(!playground.path("ran").exists());
}

#[test]
fn what_is_not_the_name_of_a_program_is_refused() {
    let playground = with_key("# One\n\n```console\n$ true\n```\n", "[\"python3 -m venv\"]").playground();
    playground.run(&["step", "1"]).status(2).err(str![[r#"
error: invalid need `python3 -m venv`
  help: `needs` in `[preprocessor.scenario]` of book.toml lists names of programs, such as `git`, and `linker`, `static-libc`, `curl`, `container-engine`, `prometheus`, `promtool`, `alertmanager`, `amtool`

"#]]);
}

#[test]
fn a_step_asks_for_what_the_steps_up_to_it_use() {
    let playground = Playground::steps(&[
        "# One\n\n```console\n$ touch ran\n```\n",
        "# Two\n\n```console\n$ alertmanager --version\n...\n```\n",
    ])
    .env("SCENARIO_ALERTMANAGER", "/nowhere/alertmanager");
    playground.run(&["step", "1"]).status(0);
    for words in [&["step", "2"][..], &["verify", "--step", "1"], &["mutate", "1"], &["bless"]] {
        let ran = playground.run(words);
        assert!(
            ran.status(2).stderr.contains("SCENARIO_ALERTMANAGER is `/nowhere/alertmanager`"),
            "{}",
            ran.stderr
        );
    }
}
