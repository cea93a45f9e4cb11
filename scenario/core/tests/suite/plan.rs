//! The plan as one value: what an action reads and changes, when its key changes, and how long making a plan takes.

use std::fmt::Write;

use scenario_core::plan::{Plan, PlannedAction};
use scenario_core::runner::prometheus_address;
use snapbox::str;

use crate::scenario_test::{ScenarioTest, compare};

/// A page with an action of each kind.
const ALL: &str = r#"# One

```text file=app/conf.yml
port: 1
```

```text file=app/conf.yml append
host: x
```

```console ready=8000 within=2s
$ docker build -t app:v1 app
$ docker run -d --name=app app:v1 --conf=./app/conf.yml
```

```console background=web ready=8001 within=2s
$ serve app/conf.yml
```

```promql
up
```

```text ignore="an example"
x
```

<!-- scenario: check http url=http://localhost:8000/ status=200 -->
"#;

fn plan(page: &str) -> Plan {
    Plan::new(ScenarioTest::step(page).scenario())
}

/// The actions of the first step.
fn actions(page: &str) -> Vec<PlannedAction> {
    plan(page).steps.remove(0).actions
}

/// The keys of its commands.
fn keys(page: &str) -> Vec<String> {
    actions(page).into_iter().filter(PlannedAction::is_command).map(|action| action.key).collect()
}

#[test]
fn an_action_has_its_kind_its_place_and_what_it_reads_and_changes() {
    let lines = actions(ALL).into_iter().fold(String::new(), |mut out, action| {
        let PlannedAction { title, position, reads, changes, .. } = &action;
        let kind = action.kind().name();
        let _ = writeln!(out, "{}:{} {kind}: {title}", position.line, position.column);
        let _ = writeln!(out, "  reads {reads:?}\n  changes {changes:?}");
        out
    });
    compare(
        &lines,
        str![[r#"
3:1 edit: write `app/conf.yml`
  reads []
  changes [File("app/conf.yml")]
7:1 edit: edit `app/conf.yml` (append)
  reads [File("app/conf.yml")]
  changes [File("app/conf.yml")]
12:3 command: docker build -t app:v1 app
  reads [Workspace]
  changes [Image("app:v1")]
13:3 command: docker run -d --name=app app:v1 --conf=./app/conf.yml
  reads [File("app/conf.yml"), Image("app:v1"), Workspace]
  changes [Container("app")]
17:3 background: serve app/conf.yml
  reads [File("app/conf.yml")]
  changes [Process("web")]
20:1 check: `up` has count > 0
  reads []
  changes []
24:1 ignored: a block that is not run: an example
  reads []
  changes []
28:1 check: `http://localhost:8000/` answers 200
  reads []
  changes []

"#]],
    );
}

#[test]
fn an_action_is_data_for_other_programs() {
    let test = ScenarioTest::step(ALL);
    let plan = serde_json::to_value(Plan::new(test.scenario())).expect("JSON");
    let text = serde_json::to_string_pretty(&plan["steps"][0]["actions"][3]).expect("JSON");
    compare(
        &test.redact(&text),
        str![[r#"
{
  "block": "step-1:873ecd9c:1",
  "changes": [
    {
      "container": "app"
    }
  ],
  "column": 3,
  "command": "docker run -d --name=app app:v1 --conf=./app/conf.yml",
  "id": "step-1:873ecd9c:1.2",
  "key": "f24fd221b9937718dd116ea47b92557c",
  "kind": "command",
  "line": 13,
  "output": [],
  "path": "src/step-1.md",
  "read_only": false,
  "reads": [
    {
      "file": "app/conf.yml"
    },
    {
      "image": "app:v1"
    },
    "workspace"
  ],
  "status": 0,
  "title": "docker run -d --name=app app:v1 --conf=./app/conf.yml"
}
"#]],
    );
}

#[test]
fn a_block_is_found_with_all_its_actions() {
    let plan = plan(ALL);
    let step = plan.step(1).expect("a step");
    let id = step.actions[2].block.clone().expect("a block");
    let (found, actions) = plan.block(&id).expect("the block");
    assert_eq!((found.number, actions.len()), (1, 2));
    assert!(actions.iter().all(|action| action.block.as_ref() == Some(&id)));
    assert!(plan.block("step-1:00000000:1").is_none());
}

/// Two commands with an edit between them.
const TWO: &str = "# One\n\n```text file=a\none\n```\n\n```console\n$ first\nout\n```\n\n\
                   ```text file=b\ntwo\n```\n\n```console ready=80 within=1s\n$ second\n```\n";

#[test]
fn a_key_stays_as_long_as_its_inputs_are_equal() {
    let before = keys(TWO);
    let same = [
        // Text that is only read.
        TWO.replace(
            "# One\n",
            "# Another title\n\nProse.\n\n```text ignore=\"why\"\nx\n```\n\n```promql\nup\n```\n",
        ),
        // Other edits with the same files as their result.
        TWO.replace("```text file=a\none\n```", "```text file=a\n\n```\n\n```text file=a\none\n```"),
    ];
    for page in same {
        assert_eq!(keys(&page), before, "{page}");
    }
}

#[test]
fn a_key_changes_with_each_of_its_inputs() {
    let before = keys(TWO);
    let all = [
        ("file=a\none", "file=a\nuno"),
        ("file=a\n", "file=c\n"),
        ("$ first\n", "$ other\n"),
        ("$ first\n", "$ first\n? 1\n"),
        ("\nout\n", "\nin\n"),
        ("```console\n", "```console\n$ before\n```\n\n```console\n"),
    ];
    for (from, to) in all {
        let after = keys(&TWO.replacen(from, to, 1));
        let [.., first, second] = &after[..] else { panic!("two commands") };
        assert_ne!(*first, before[0], "{from:?} to {to:?}");
        assert_ne!(*second, before[1], "{from:?} to {to:?}: a command depends on those before it");
    }
    for (from, to) in [("file=b\ntwo", "file=b\ndue"), ("ready=80", "ready=81"), ("within=1s", "within=2s")] {
        let after = keys(&TWO.replacen(from, to, 1));
        assert_eq!(after[0], before[0], "{from:?} to {to:?} comes later");
        assert_ne!(after[1], before[1], "{from:?} to {to:?}");
    }
}

#[test]
fn a_step_does_not_depend_on_the_commands_of_earlier_steps() {
    let second = "# Two\n\n```console\n$ second\n```\n";
    let key = |first: &str| {
        let test = ScenarioTest::new().page("a.md", first).page("b.md", second);
        Plan::new(test.scenario()).steps[1].actions[0].key.clone()
    };
    let before = key("# One\n\n```text file=a\none\n```\n\n```console\n$ first\n```\n");
    assert_eq!(key("# One\n\n```text file=a\none\n```\n\n```console\n$ other\n```\n"), before);
    assert_ne!(key("# One\n\n```text file=a\nuno\n```\n\n```console\n$ first\n```\n"), before);
}

#[test]
fn queries_are_asked_of_the_process_named_prometheus() {
    let block =
        |name, ready| format!("```console background={name} ready={ready} within=1s\n$ sh start.sh\n```\n\n");
    let address = |page: &str| prometheus_address(&ScenarioTest::step(page).scenario(), 1, None);
    let exporter = block("prometheus-node-exporter", "9100");
    assert_eq!(address(&(exporter.clone() + &block("prometheus", "9190"))), "http://127.0.0.1:9190");
    assert_eq!(address(&exporter), "http://127.0.0.1:9090");
    for (ready, expected) in [
        ("http://localhost:9190/-/ready", "http://localhost:9190"),
        ("http://[::1]:9190/prometheus/-/healthy", "http://[::1]:9190/prometheus"),
        ("http://localhost:9190/a/b/api/v1/status/config?x=/-/", "http://localhost:9190/a/b"),
        ("http://localhost:9190/a/graph", "http://localhost:9190/a"),
        ("http://localhost:9190/metrics", "http://localhost:9190"),
        ("http://localhost:9190", "http://localhost:9190"),
        ("log:ready", "http://127.0.0.1:9090"),
    ] {
        assert_eq!(address(&block("prometheus", ready)), expected, "{ready}");
    }
}

#[test]
fn queries_are_asked_of_the_container_named_prometheus() {
    let page = "```console ready=http://localhost:9390/-/ready within=1s\n\
                $ docker run -d --name prometheus -p 9390:9090 prom/prometheus\n```\n";
    assert_eq!(prometheus_address(&ScenarioTest::step(page).scenario(), 1, None), "http://localhost:9390");
}

#[test]
fn each_query_is_asked_of_the_prometheus_that_the_page_starts_last_before_it() {
    let start = |name: &str, command: &str, port: u16| {
        format!(
            "```console background={name} ready=http://localhost:{port}/-/ready within=1s\n$ {command}\n```\n\n"
        )
    };
    let query = "```promql\nup\n```\n\n";
    let container = "```console ready=http://localhost:9393/-/ready within=1s\n$ docker run -d --name eu prom/prometheus:v3\n```\n\n";
    let page = [
        query,
        &start("prometheus", "sh start.sh", 9391),
        query,
        &start("other", "GOGC=50 /opt/prometheus --web.listen-address=:9392", 9392),
        &start("exporter", "sh exporter.sh prometheus", 9100),
        query,
        "```console stop=other\n^C\n```\n\n",
        query,
        container,
        query,
        "<!-- scenario: check target job=app health=up -->\n",
    ]
    .concat();
    let scenario = ScenarioTest::step(&page).page("step-2.md", &format!("# Two\n\n{query}")).scenario();
    let plan = Plan::new(scenario.clone());
    let checks =
        plan.steps.iter().flat_map(|step| step.checks().map(move |(action, _)| (step.number, action)));
    let asked: Vec<String> =
        checks.map(|(step, action)| prometheus_address(&scenario, step, Some(&action.id))).collect();
    let port = |port: u16| format!("http://localhost:{port}");
    // A check before the first Prometheus asks the one that is started next.
    assert_eq!(asked, [9391, 9391, 9392, 9391, 9393, 9393, 9393].map(port));
}

#[test]
fn only_what_lasts_is_asked_after_its_step() {
    let query = |query: &str| format!("```promql expect=\"count > 0\"\n{query}\n```\n\n");
    let page = format!(
        "# One\n\n```console\n$ touch a\n```\n\n{}```console\n$ touch b\n```\n\n{}{}{}{}\
         <!-- scenario: check file=a contains=b -->\n",
        query("a_total"),
        query("b_total"),
        query("rate(b_total[30s])"),
        query("job:b:rate1m"),
        query("rate(b_total[5m])"),
    );
    let lasting = |page: &str| -> Vec<String> {
        plan(page).steps[0].lasting_checks().map(|(action, _)| action.title.clone()).collect()
    };
    assert_eq!(
        lasting(&page),
        ["`b_total` has count > 0", "`rate(b_total[5m])` has count > 0", "`a` contains `b`"]
    );
    let brief = format!("# One\n\n```console\n$ touch a\n```\n\n{}", query("rate(b_total[30s])"));
    assert_eq!(lasting(&brief), ["`rate(b_total[30s])` has count > 0"], "better than nothing");
}
