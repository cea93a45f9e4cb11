//! What a reader of the book meets: step, check, back and forth, by hand and by the runner.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::SystemTime;

use scenario_core::ports;

use crate::world::{ByHand, World, curl, docker, label, labelled};

const METRICS: &str = "http://localhost:8000/metrics";

/// What a second run must leave as it is.
#[derive(Debug, PartialEq, Eq)]
struct Things {
    image: String,
    container: String,
    prometheus: Option<i32>,
    compiled: SystemTime,
}

fn things(world: &World) -> Things {
    let binary = world.workspace().join("app/target/debug/app");
    Things {
        image: docker(&["image", "inspect", "--format", "{{.Id}}", "app:metrics"]),
        container: docker(&["inspect", "--format", "{{.Id}} {{.State.StartedAt}}", "app-metrics"]),
        prometheus: ports::holder(9090).and_then(|holder| holder.process).map(|process| process.pid),
        compiled: std::fs::metadata(binary).and_then(|meta| meta.modified()).expect("a program"),
    }
}

fn running(name: &str) -> bool {
    docker(&["inspect", "--format", "{{.State.Running}}", name]) == "true"
}

/// Each goes on from where the one before has left the world, since to play up to there takes longer than any of them.
#[test]
fn four_chapters_by_hand_and_by_the_runner_back_and_forth() {
    let Some(world) = World::new() else { return };
    let hand = a_reader_who_has_done_everything_by_hand_is_checked_and_nothing_is_changed(&world);
    what_a_reader_has_running_is_in_the_way_of_a_step(&world, hand);
    a_step_a_second_time_compiles_nothing_builds_no_image_and_only_checks(&world);
    a_learners_edit_is_kept_and_the_program_is_the_books_again(&world);
    a_container_that_was_removed_is_noticed_and_brought_back(&world);
    back_and_forth_the_program_that_runs_is_that_of_the_step(&world);
}

fn a_step_a_second_time_compiles_nothing_builds_no_image_and_only_checks(world: &World) {
    let before = things(world);
    let images = docker(&["images", "-q", "--no-trunc", "app"]);
    let ran = world.passes(&["step", "4"]);
    ran.says("unchanged since it last succeeded")
        .does_not_say("running the commands of step")
        .does_not_say("kept");
    assert_eq!(things(world), before);
    assert_eq!(docker(&["images", "-q", "--no-trunc", "app"]), images);

    // `check` agrees, and a chapter that the world has left is said to be past.
    world.passes(&["check", "4"]);
    world
        .run(&["check", "3"])
        .status(1)
        .says("this machine is past step 3: the container `app-metrics` of step 4 is running");

    // A proof beside it would end it.
    let ran = world.run(&["verify"]);
    ran.status(2)
        .says("the book is already running: ")
        .says("container `app-metrics`")
        .says("`cargo xtask --workspace ")
        .says(" down`");
    assert_eq!(things(world), before);
}

fn a_learners_edit_is_kept_and_the_program_is_the_books_again(world: &World) {
    let path = world.workspace().join("app/src/metrics.rs");
    let text = std::fs::read_to_string(&path).expect("a file of the book");
    let mine = text.replace("app_request_count_total", "my_request_count_total");
    assert_ne!(mine, text);
    std::fs::write(&path, &mine).expect("an edit");
    let ran = world.passes(&["step", "4"]);
    ran.says("kept your `app/src/metrics.rs` as `").says(".scenario/kept/");
    assert_eq!(std::fs::read_to_string(&path).expect("a file of the book"), text);
    let kept = ran
        .text
        .lines()
        .find(|line| line.contains("kept your `app/src/metrics.rs`"))
        .and_then(|line| line.split('`').nth(3));
    let kept = crate::world::root().join(kept.expect("a path"));
    assert_eq!(std::fs::read_to_string(kept).expect("what was kept"), mine);
    assert!(!curl(METRICS).1.contains("my_request_count_total"));
}

fn a_container_that_was_removed_is_noticed_and_brought_back(world: &World) {
    docker(&["rm", "-f", "app-metrics"]);
    world.passes(&["step", "4"]);
    assert!(running("app-metrics"));
    assert_eq!(curl(METRICS).0, "200");
}

/// Cargo leaves the program of another step in place where steps share a target folder with the wrong care.
fn back_and_forth_the_program_that_runs_is_that_of_the_step(world: &World) {
    for (step, status, container) in
        [("2", "200", "no container"), ("3", "404", "app-v1"), ("4", "200", "app-metrics")]
    {
        world.passes(&["step", step]);
        assert_eq!(curl(METRICS).0, status, "/metrics at step {step}");
        for name in ["app-v1", "app-metrics"] {
            assert_eq!(running(name), name == container, "{name} at step {step}");
        }
        let metrics = world.workspace().join("app/src/metrics.rs").exists();
        assert_eq!(metrics, step == "4", "app/src/metrics.rs at step {step}");
        assert!(ports::holder(9090).is_some(), "Prometheus at step {step}");
    }
    world
        .run(&["ci"])
        .status(2)
        .says("error: the book is already running: ")
        .says("`ci` starts from nothing");
    assert!(running("app-metrics"), "what runs is left alone");
    world.passes(&["down"]).says("removed container `app-metrics`").says("ended process `prometheus`");
    world.passes(&["down"]).says("nothing of the book is left running");
    assert_eq!(labelled(), "");
    assert_eq!(docker(&["images", "-q", "--filter", &label()]), "");
    assert!(ports::holder(8000).is_none() && ports::holder(9090).is_none());
}

/// All files with their times, but for what is compiled and what Prometheus writes.
fn tree(dir: &Path) -> BTreeMap<String, SystemTime> {
    let mut found = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() && !["target", "data"].iter().any(|name| entry.file_name() == *name) {
                folders.push(path.clone());
            }
            let modified = entry.metadata().and_then(|meta| meta.modified()).expect("a file");
            found.insert(path.display().to_string(), modified);
        }
    }
    found
}

fn a_reader_who_has_done_everything_by_hand_is_checked_and_nothing_is_changed(world: &World) -> ByHand {
    let hand = world.type_by_hand(4);
    let prometheus = hand.kept["prometheus"].id();
    // Others may use the engine too, so only what has the book's names or our label. It lists things of one moment
    // in any order.
    let sorted = |words: &[&str]| -> BTreeSet<String> { docker(words).lines().map(str::to_owned).collect() };
    let listed = |what: &[&str], filters: [&str; 2]| -> BTreeSet<String> {
        filters
            .iter()
            .flat_map(|filter| sorted(&[what, &["--no-trunc", "--filter", filter]].concat()))
            .collect()
    };
    let look = || {
        let containers = ["ps", "-a", "--format", "{{.ID}} {{.Names}} {{.State}}"];
        let containers = listed(&containers, ["name=^app-", "label=scenario.owner"]);
        let images = listed(&["images", "-a", "-q"], ["reference=app", "label=scenario.owner"]);
        (tree(world.workspace()), containers, images)
    };
    let before = look();

    world.passes(&["check", "4"]);
    world.run(&["check", "3"]).status(1).says("this machine is past step 3");
    assert_eq!(look(), before);

    // What was done by hand counts as played.
    world.passes(&["step", "4"]).says("made by hand already");
    let (_, containers, images) = look();
    assert_eq!((containers, images), (before.1, before.2));
    assert!(crate::world::alive(prometheus), "what was started by hand goes on");
    hand
}

/// To play the chapters takes their ports and names. What the reader has running is in the way, one after the other, and
/// only they may end it.
fn what_a_reader_has_running_is_in_the_way_of_a_step(world: &World, mut hand: ByHand) {
    hand.end("prometheus");
    std::fs::remove_dir_all(world.workspace().join("app/src")).expect("the reader's files");
    world.run(&["step", "4"]).status(2).says("port 8000 is taken by ");
    assert!(running("app-metrics"), "an unlabelled container is never touched");
    docker(&["rm", "-f", "app-metrics"]);
    world
        .run(&["step", "4"])
        .status(2)
        .says("a container named `app-v1` exists already")
        .says("this workspace did not start it");
    drop(hand);

    world.passes(&["step", "4"]).says("your files are in");
    assert!(running("app-metrics"));
    assert_eq!(curl(METRICS).0, "200");
}
