//! What other programs read, and what a terminal gets.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::forms::{is_junit, is_report};
use crate::playground::{Playground, skipped};
use crate::scenario_test::ScenarioTest;

/// A book with one step that passes, one that fails, and one that is skipped.
fn three() -> Playground {
    ScenarioTest::new()
        .page("step-1.md", "# One\n\n```text file=a.txt\na\n```\n\n```console\n$ cat a.txt\na\n```\n")
        .page("step-2.md", "# Two\n\n```console\n$ printf 'x & <y>\\n\\033[1m'\nz\n```\n")
        .page("step-3.md", "# Three\n\n```console\n$ true\n```\n")
        .playground()
}

impl Playground {
    /// The text of a report file.
    #[track_caller]
    pub(crate) fn report(&self, name: &str) -> String {
        std::fs::read_to_string(self.root().join(name)).expect("a report")
    }

    /// Both reports of a run, held to their forms: the JSON, and the text of the other.
    #[track_caller]
    pub(crate) fn reports(&self, json: &str, junit: &str) -> (Value, String) {
        let (json, junit) = (self.report(json), self.report(junit));
        is_junit(&junit);
        (is_report(&json), junit)
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|cause| panic!("{cause}: {text}"))
}

#[test]
fn a_proof_as_json_has_every_action_with_its_place_and_verdict() {
    let playground = three();
    playground.run(&["verify", "--json", "out.json"]).status(1);
    let report = is_report(&playground.report("out.json"));
    assert_eq!(report["outcome"], Value::from("failed"));
    let items = report["items"].as_array().expect("items");
    let seen: Vec<String> = items
        .iter()
        .map(|item| {
            format!("{} {} {} {}", item["step"], item["kind"], item["page"], item["verdict"]).replace('"', "")
        })
        .collect();
    assert_eq!(
        seen,
        [
            "1 edit src/step-1.md passed",
            "1 command src/step-1.md passed",
            "2 command src/step-2.md failed",
            "3 command src/step-3.md skipped",
        ]
    );
    assert_eq!(items[2]["line"], Value::from(5), "the line of the expected output that does not hold");
    assert!(items[2]["failure"]["detail"].as_str().is_some_and(|detail| detail.contains("- z")));
}

#[test]
fn a_proof_as_junit_fits_its_rules_and_has_the_failure_with_its_place() {
    let playground = three();
    playground.run(&["verify", "--junit", "out.xml"]).status(1);
    let xml = playground.report("out.xml");
    is_junit(&xml);
    assert_eq!(xml.matches("<testcase").count(), 4, "{xml}");
    assert_eq!(xml.matches("<failure").count(), 1, "{xml}");
    assert_eq!(xml.matches("<skipped").count(), 1, "{xml}");
    assert!(xml.contains("src/step-2.md:5"), "{xml}");
}

#[test]
fn reports_are_written_for_a_proof_that_passes_too() {
    let playground = ScenarioTest::step("# One\n\n```console\n$ true\n```\n").playground();
    playground.run(&["verify", "--json", "out.json", "--junit", "out.xml"]).status(0);
    assert_eq!(is_report(&playground.report("out.json"))["outcome"], Value::from("passed"));
    is_junit(&playground.report("out.xml"));
}

#[test]
fn steps_as_json_are_a_matrix() {
    let steps = json(&three().run(&["steps", "--json"]).stdout);
    assert_eq!(steps[1]["number"], Value::from(2));
    assert_eq!(steps[1]["title"], Value::from("step-2"));
    assert_eq!(steps[1]["page"], Value::from("src/step-2.md"));
    assert_eq!(steps.as_array().map(Vec::len), Some(3));
}

fn ids(playground: &Playground) -> Vec<String> {
    let plan = json(&playground.run(&["plan", "--json"]).stdout);
    let steps = plan["steps"].as_array().cloned().unwrap_or_default();
    let actions = steps.iter().flat_map(|step| step["actions"].as_array().cloned().unwrap_or_default());
    actions.map(|action| action["id"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn ids_in_the_plan_stay_when_prose_or_another_page_changes() {
    let playground = three();
    let before = ids(&playground);
    assert_eq!(before.len(), 4);
    assert_eq!(ids(&playground), before);
    let mut unique = before.clone();
    unique.dedup();
    assert_eq!(unique.len(), 4, "{before:?}");
    let page = playground.dir().join("src/step-1.md");
    let text = std::fs::read_to_string(&page).expect("a page").replace("# One\n", "# One\n\nMore prose.\n");
    std::fs::write(&page, text).expect("a page");
    assert_eq!(ids(&playground), before);
    let page = playground.dir().join("src/step-2.md");
    let text = std::fs::read_to_string(&page).expect("a page").replace("x & <y>", "x and y");
    std::fs::write(&page, text).expect("a page");
    let after = ids(&playground);
    assert_ne!(after[2], before[2], "another command is another action");
    assert_eq!((&after[..2], &after[3..]), (&before[..2], &before[3..]));
}

#[test]
fn an_id_stays_when_a_block_comes_before_it() {
    let page = "# One\n\n```console\n$ true\n$ true\n```\n\n```console\n$ true\n$ true\n```\n\n\
                <!-- scenario: check http url=http://localhost/ status=200 -->\n\
                <!-- scenario: check http url=http://localhost/ status=200 -->\n";
    let before = ids(&ScenarioTest::step(page).playground());
    let [one, two] = ["step-1:4487495a:1", "step-1:4487495a:2"];
    let [first, second] = ["step-1:aaf664c5:1", "step-1:aaf664c5:2"];
    let commands = [format!("{one}.1"), format!("{one}.2"), format!("{two}.1"), format!("{two}.2")];
    assert_eq!(
        before,
        [&commands[..], &[first.to_owned(), second.to_owned()]].concat(),
        "equal blocks are counted"
    );
    let above = "# One\n\n```text ignore=\"an example\"\nx\n```\n\n```promql\nup\n```\n\n\
                 <!-- scenario: check http url=http://localhost/ status=404 -->\n\n";
    let after = ids(&ScenarioTest::step(&page.replace("# One\n\n", above)).playground());
    let old: Vec<String> = after.into_iter().filter(|id| before.contains(id)).collect();
    assert_eq!(old, before);
}

#[test]
fn the_plan_of_one_step_has_what_is_typed_and_expected() {
    let plan = json(&three().run(&["plan", "1", "--json"]).stdout);
    let actions = &plan["steps"][0]["actions"];
    assert_eq!(plan["steps"].as_array().map(Vec::len), Some(1));
    assert_eq!(actions[0]["file"], Value::from("a.txt"));
    assert_eq!(actions[1]["command"], Value::from("cat a.txt"));
    assert_eq!(actions[1]["output"][0], Value::from("a"));
    assert_eq!((&actions[1]["line"], &actions[1]["column"]), (&Value::from(8), &Value::from(3)));
}

#[test]
fn without_a_terminal_there_are_no_colours_and_no_progress() {
    let output = three().command(&["step", "1"]).output().expect("scenario can be started");
    assert!(!output.stdout.contains(&0x1b), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

/// Runs `scenario` on a terminal of its own; `None` where that is not possible.
fn on_a_terminal(playground: &Playground, env: &[(&str, &str)]) -> Option<String> {
    let mut command = Command::new("script");
    let line = format!("{} step 1", env!("CARGO_BIN_EXE_scenario"));
    command.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    playground.prepare(&mut command);
    let output =
        command.env("TERM", "xterm-256color").envs(env.iter().copied()).stdin(Stdio::null()).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_terminal_gets_colours_and_a_progress_line() {
    let playground = ScenarioTest::step(
        "# One\n\n```console\n$ for n in 1 2 3; do echo number $n; sleep 0.2; done\n```\n",
    )
    .playground();
    let Some(shown) = on_a_terminal(&playground, &[]) else {
        return skipped("no `script` to make a terminal");
    };
    assert!(shown.contains("\x1b[32m✓"), "{shown:?}");
    assert!(shown.contains("\r\x1b[2K") && shown.contains("… for n in 1 2 3"), "{shown:?}");
}

#[test]
fn no_color_is_respected_on_a_terminal() {
    let playground = ScenarioTest::step("# One\n\n```console\n$ true\n```\n").playground();
    let Some(shown) = on_a_terminal(&playground, &[("NO_COLOR", "1")]) else {
        return skipped("no `script` to make a terminal");
    };
    assert!(shown.contains("✓ true"), "{shown:?}");
    assert!(!shown.contains("\x1b[3") && !shown.contains("\x1b[1m"), "{shown:?}");
}
