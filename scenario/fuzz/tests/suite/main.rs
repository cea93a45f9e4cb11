//! Runs the targets with changed texts of the corpus. A plain `cargo test` uses the same inputs each time.
//! `SCENARIO_FUZZ_SECONDS` runs new inputs for that time. `SCENARIO_FUZZ_SEED` runs the input of that seed again, and
//! `SCENARIO_FUZZ_INPUTS` runs that many inputs, from that seed on or from the first.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, SystemTime};

use scenario_fuzz::run::{Bounds, Counterexample, corpus, input, panics, run};
use scenario_fuzz::{TARGETS, Target};

/// The number of inputs of each target in a plain `cargo test`.
const INPUTS: u64 = 2_000;
/// The same for a target that writes files.
const INPUTS_ON_DISK: u64 = 150;
/// More time than the inputs take, even on a busy machine.
const BOUNDS: Bounds = Bounds { one: Duration::from_secs(60), all: Duration::from_secs(600) };
/// The limits with `SCENARIO_FUZZ_INPUTS`: no input may take a second.
const MANY: Bounds = Bounds { one: Duration::from_secs(1), all: Duration::from_secs(24 * 60 * 60) };

fn texts(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    corpus(&folder).expect("a corpus")
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|value| value.parse().expect("a number"))
}

#[track_caller]
fn fuzz(name: &str) {
    let (_, target) = TARGETS.into_iter().find(|(known, _)| *known == name).expect("a target");
    let texts = texts(name);
    let seed = number("SCENARIO_FUZZ_SEED");
    let result = match (seed, number("SCENARIO_FUZZ_INPUTS"), number("SCENARIO_FUZZ_SECONDS")) {
        (Some(seed), None, _) => run(target, &texts, seed..seed + 1, BOUNDS),
        (seed, Some(inputs), _) => {
            let first = seed.unwrap_or_default();
            run(target, &texts, first..first + inputs, MANY)
        }
        (None, None, Some(seconds)) => {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a time").as_secs();
            run(target, &texts, now << 24..u64::MAX, Bounds { all: Duration::from_secs(seconds), ..BOUNDS })
        }
        (None, None, None) => {
            let inputs = if name == "import" { INPUTS_ON_DISK } else { INPUTS };
            run(target, &texts, 0..inputs, BOUNDS)
        }
    };
    match result {
        // For a passing test, the test harness hides what `eprintln!` prints.
        Ok(count) => drop(writeln!(std::io::stderr(), "{name}: {count} inputs")),
        Err(Counterexample { seed, input, message }) => panic!(
            "{message}\n\nthe input, as short as possible:\n{}\n\nagain: SCENARIO_FUZZ_SEED={seed} cargo test -p scenario-fuzz {name}",
            input.escape_ascii()
        ),
    }
}

#[test]
fn parser() {
    fuzz("parser");
}

#[test]
fn edits() {
    fuzz("edits");
}

#[test]
fn transcript() {
    fuzz("transcript");
}

#[test]
fn renderer() {
    fuzz("renderer");
}

#[test]
fn foreign() {
    fuzz("foreign");
}

#[test]
fn import() {
    fuzz("import");
}

#[test]
fn every_target_has_a_test_and_a_corpus() {
    let tests = include_str!("main.rs");
    for (name, _) in TARGETS {
        assert!(tests.contains(&format!("fuzz(\"{name}\")")), "{name}");
        assert!(!texts(name).is_empty(), "{name}");
    }
}

#[test]
fn a_planted_mistake_is_found_made_short_and_found_again_by_its_seed() {
    // It needs a word of the format in a place where the corpus never has it.
    let planted: Target = |input| {
        let text = String::from_utf8_lossy(input);
        assert!(!text.contains("append\t"), "planted");
    };
    let texts = texts("parser");
    assert!(texts.iter().all(|text| panics(planted, text).is_none()));
    let found = run(planted, &texts, 0..1_000_000, BOUNDS).expect_err("a mistake");
    assert_eq!((found.message.as_str(), found.input.as_slice()), ("planted", &b"append\t"[..]));
    assert!(panics(planted, &input(found.seed, &texts)).is_some());
}

#[test]
fn an_input_that_does_not_come_to_an_end_is_reported() {
    let planted: Target = |input| {
        if input == b"2" {
            std::thread::park();
        }
    };
    let texts = [b"1".to_vec(), b"2".to_vec()];
    let bounds = Bounds { one: Duration::from_secs(1), ..BOUNDS };
    let found = run(planted, &texts, 0..2, bounds).expect_err("a mistake");
    assert_eq!((found.seed, found.message.as_str()), (1, "no end within 1 s"));
}
