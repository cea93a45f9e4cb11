//! Small changes of a chapter that its proof should notice: something is left out, or something else is printed or found. Pure.
//!
//! Whether what is left out is noticed is found out by the runner. That it compares what a page shows with what is printed
//! needs no change of a chapter: a wrong status or line fails whatever the page says, so it is not tried.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::check::accepts;
use crate::failure::{Found, Sample, Samples};
use crate::files::{self, Files};
use crate::model::{
    Block, BlockKind, Check, CheckKind, CommandLine, Commands, Expect, Scenario, Step, by_line,
};
use crate::source::Span;
use crate::transcript::line_matches;

/// What is printed or answered instead.
const OTHER: &str = "~";
/// How many times as much a query finds instead.
const TIMES_AS_MUCH: f64 = 10.0;

/// One change of a step.
#[derive(Debug, Clone)]
pub struct Mutant {
    /// The step.
    pub step: usize,
    /// What is changed.
    pub span: Span,
    /// What is done to it.
    pub change: Change,
}

/// What is done to a step. Blocks, commands and lines are counted from 0.
#[derive(Debug, Clone)]
pub enum Change {
    /// An edit of a file is left out.
    WithoutEdit {
        /// Its block.
        block: usize,
        /// The file.
        path: String,
    },
    /// A block of commands that all show output is left out.
    WithoutBlock {
        /// The block.
        block: usize,
        /// Its first command.
        text: String,
    },
    /// A command is left out.
    WithoutCommand {
        /// Its block.
        block: usize,
        /// Its number in the block.
        command: usize,
        /// Its text.
        text: String,
    },
    /// A process is not stopped.
    WithoutStop {
        /// The block that stops it.
        block: usize,
        /// The process.
        name: String,
    },
    /// A command prints something else than what the page shows, and nothing at all.
    Output {
        /// The command.
        command: Box<CommandLine>,
    },
    /// The whole step is left out, and a check is asked.
    Step {
        /// The check.
        check: Box<Check>,
    },
    /// A check finds something else.
    Found {
        /// The check.
        check: Box<Check>,
    },
    /// A block that is marked `read-only` is left out; no later step must notice.
    ReadOnly {
        /// The block.
        block: usize,
    },
}

/// What was done, in a few words.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |text: &str| text.replace('\n', " ");
        match self {
            Change::WithoutEdit { path, .. } => write!(f, "left out this edit of `{path}`"),
            Change::WithoutBlock { text, .. } => write!(f, "left out the block of `{}`", line(text)),
            Change::WithoutCommand { text, .. } => write!(f, "left out `{}`", line(text)),
            Change::WithoutStop { name, .. } => write!(f, "did not stop `{name}`"),
            Change::Output { command } => write!(f, "`{}` printed something else", line(&command.text)),
            Change::Step { check } => write!(f, "left out the whole chapter: {}", check.title()),
            Change::Found { check } => write!(f, "found something else: {}", check.title()),
            Change::ReadOnly { .. } => f.write_str("left out this block on the way to later chapters"),
        }
    }
}

impl Change {
    /// What to do if nothing notices it.
    pub fn advice(&self) -> &'static str {
        match self {
            Change::WithoutEdit { .. } => "remove it, or check what it does",
            Change::WithoutBlock { .. } | Change::WithoutCommand { .. } => {
                "remove it, or check what it does; a block that only looks is `read-only`"
            }
            Change::WithoutStop { .. } => "remove `stop`, or check that it has ended",
            Change::Output { .. } => {
                "show a line, or a typed elision such as `[NUMBER]`, that would differ; or show no output"
            }
            Change::Step { .. } => {
                "check something that the chapter changes, or say `already-true` with the reason"
            }
            Change::Found { .. } => "expect something more exact",
            Change::ReadOnly { .. } => "a later chapter needs it: remove `read-only`",
        }
    }
}

/// All changes of a step, in the order of its page.
pub fn mutants(step: &Step) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    let mut add = |span: Span, change: Change| mutants.push(Mutant { step: step.number, span, change });
    for (index, block) in step.blocks.iter().enumerate() {
        if let Some((name, span)) = &block.stops {
            add(*span, Change::WithoutStop { block: index, name: name.clone() });
        }
        let is_read_only = matches!(&block.kind, BlockKind::Commands(Commands { read_only: true, .. }));
        if is_read_only {
            add(block.fence, Change::ReadOnly { block: index });
        }
        let commands = block.kind.commands();
        // A command is needed for what it shows, if that could be something else. Where all show some, something must need
        // the block; one that stops something is needed for that, which is tried by itself.
        let all_show = commands.iter().all(|command| !shows_nothing(command));
        for (ordinal, command) in commands.iter().enumerate() {
            let text = command.text.clone();
            let is_tried = !is_read_only && shows_nothing(command);
            if is_tried {
                add(command.span, Change::WithoutCommand { block: index, command: ordinal, text });
            } else if !is_read_only && all_show && ordinal == 0 && block.stops.is_none() {
                add(block.fence, Change::WithoutBlock { block: index, text });
            }
            if !is_tried && !command.output.is_empty() {
                add(command.span, Change::Output { command: Box::new(command.clone()) });
            }
        }
        match &block.kind {
            BlockKind::Edit(edit) => {
                add(block.fence, Change::WithoutEdit { block: index, path: edit.path.clone() });
            }
            BlockKind::Query(check) => of_check(check, &mut add),
            BlockKind::Commands(_) | BlockKind::Background(_) | BlockKind::Ignored(_) => {}
        }
    }
    step.checks.iter().for_each(|check| of_check(check, &mut add));
    mutants
}

/// The changes around a check. Only a pattern and the result of a query can be such that all passes.
fn of_check(check: &Check, add: &mut dyn FnMut(Span, Change)) {
    if check.already_true.is_none() {
        add(check.span, Change::Step { check: Box::new(check.clone()) });
    }
    if pattern(check).is_some() || matches!(check.kind, CheckKind::Promql { .. }) {
        add(check.span, Change::Found { check: Box::new(check.clone()) });
    }
}

fn pattern(check: &Check) -> Option<&str> {
    match &check.kind {
        CheckKind::Http { matches, .. }
        | CheckKind::Command { matches, .. }
        | CheckKind::File { matches, .. } => matches.as_deref(),
        CheckKind::Target { .. } | CheckKind::Promql { .. } => None,
    }
}

/// Whether a command shows no output, or only elisions that stand for any: whatever it prints is what the page shows.
fn shows_nothing(command: &CommandLine) -> bool {
    let is_any = |line: &str| line.trim() == "..." || line_matches(line.trim_end(), OTHER);
    command.output.iter().all(|line| is_any(&line.text))
}

/// Whether a check passes whatever it finds; `found` is what it has found.
fn passes_anyway(check: &Check, found: &Found) -> bool {
    if let Some(pattern) = pattern(check) {
        return by_line(pattern).is_ok_and(|pattern| ["", OTHER].iter().all(|text| pattern.is_match(text)));
    }
    match (&check.kind, found) {
        (CheckKind::Promql { expect, .. }, Found::Samples(found)) => passes_any_samples(expect, found),
        _ => false,
    }
}

/// Whether a query also passes with no samples, or with the same samples and other values, where the expectation is about
/// values. Where there are none, one sample is another result.
fn passes_any_samples(expect: &Expect, found: &Samples) -> bool {
    let with = |value: &dyn Fn(f64) -> f64| -> Vec<Sample> {
        let other = |sample: &Sample| Sample { value: value(sample.number()).to_string(), ..sample.clone() };
        found.first.iter().map(other).collect()
    };
    if found.count == 0 {
        let one = Sample { labels: BTreeMap::new(), value: "1".to_owned() };
        return accepts(expect, &[one]);
    }
    let is_about_values = matches!(expect, Expect::Samples { value, .. } if !value.is_empty());
    let any_value =
        || accepts(expect, &with(&|_| 0.0)) && accepts(expect, &with(&|value| (value + 1.0) * TIMES_AS_MUCH));
    accepts(expect, &[]) || is_about_values && any_value()
}

impl Change {
    /// A book in which something is left out; `None` for the other changes.
    pub fn of_book(&self, scenario: &Scenario, step: usize) -> Option<Scenario> {
        let mut scenario = scenario.clone();
        let blocks = &mut scenario.steps.get_mut(step.checked_sub(1)?)?.blocks;
        match self {
            Change::WithoutEdit { block, .. } | Change::WithoutBlock { block, .. } => {
                blocks.remove(*block);
            }
            Change::WithoutStop { block, .. } => {
                blocks[*block].stops = None;
                drop_if_empty(blocks, *block);
            }
            Change::WithoutCommand { block, command, .. } => match &mut blocks[*block].kind {
                BlockKind::Commands(commands) => {
                    commands.commands.remove(*command);
                    drop_if_empty(blocks, *block);
                }
                _ => {
                    blocks[*block].kind = BlockKind::Ignored(String::new());
                }
            },
            Change::ReadOnly { .. } | Change::Output { .. } | Change::Step { .. } | Change::Found { .. } => {
                return None;
            }
        }
        Some(scenario)
    }

    /// For a `read-only` block, a book in which it is played on the way to a later step.
    pub fn played_on_the_way(&self, scenario: &Scenario, step: usize) -> Option<Scenario> {
        let Change::ReadOnly { block } = self else { return None };
        let mut scenario = scenario.clone();
        let block = scenario.steps.get_mut(step.checked_sub(1)?)?.blocks.get_mut(*block)?;
        if let BlockKind::Commands(commands) = &mut block.kind {
            commands.read_only = false;
            commands.commands.iter_mut().for_each(|command| command.output.clear());
        }
        Some(scenario)
    }

    /// Whether nothing notices that something else was printed, or `found` by a check; `None` for the other changes.
    pub fn survives(&self, found: Option<&Found>) -> Option<bool> {
        match self {
            Change::Output { command } => Some(shows_nothing(command)),
            Change::Found { check } => found.map(|found| passes_anyway(check, found)),
            _ => None,
        }
    }
}

/// A block without commands does nothing, unless it stops something.
fn drop_if_empty(blocks: &mut Vec<Block>, block: usize) {
    if blocks[block].kind.commands().is_empty() && blocks[block].stops.is_none() {
        blocks.remove(block);
    }
}

/// Whether the book itself shows that an edit is missing: a later edit does not fit, or the files at the end are not those
/// that the book must have made.
pub fn shows_in_files(scenario: &Scenario, mutated: &Scenario) -> bool {
    if !files::check(mutated).is_empty() {
        return true;
    }
    let last = scenario.steps.len();
    let (before, after) = (Files::at(scenario, last), Files::at(mutated, last));
    before
        .paths()
        .chain(after.paths())
        .any(|path| scenario.result_of(path).is_some() && before.bytes(path) != after.bytes(path))
}

/// Bounds how long each check of a step, and each look that is repeated, is waited for, by the id of the check or command.
pub fn wait_no_longer(step: &mut Step, bound: impl Fn(&str) -> Option<Duration>) {
    let shorten = |within: &mut Option<Duration>, ids: &mut dyn Iterator<Item = &String>| {
        if let (Some(within), Some(bound)) = (within.as_mut(), ids.filter_map(|id| bound(id)).max()) {
            *within = bound.min(*within);
        }
    };
    for block in &mut step.blocks {
        match &mut block.kind {
            BlockKind::Query(check) => shorten(&mut check.within, &mut std::iter::once(&check.id)),
            BlockKind::Commands(Commands { commands, repeat, .. }) => {
                shorten(repeat, &mut commands.iter().map(|command| &command.id));
            }
            BlockKind::Edit(_) | BlockKind::Background(_) | BlockKind::Ignored(_) => {}
        }
    }
    step.checks.iter_mut().for_each(|check| shorten(&mut check.within, &mut std::iter::once(&check.id)));
}

/// Whether no block and no check can notice that an edit is left out, because a later edit replaces what this one has changed:
/// the file is the same before each block that is not an edit, and at the end of each step. False if a command writes the file.
pub fn cannot_be_noticed(change: &Change, scenario: &Scenario, mutated: &Scenario) -> bool {
    let Change::WithoutEdit { path, .. } = change else { return false };
    let found = |scenario| found_by_others(scenario, path);
    found(scenario).is_some_and(|before| found(mutated) == Some(before))
}

/// What all but edits find of a file, in order; `None` if a command writes it.
fn found_by_others(scenario: &Scenario, path: &str) -> Option<Vec<Option<Vec<u8>>>> {
    let (mut files, mut found) = (Files::default(), Vec::new());
    for step in &scenario.steps {
        for block in &step.blocks {
            if !matches!(block.kind, BlockKind::Edit(_) | BlockKind::Ignored(_)) {
                found.push(files.bytes(path));
            }
            let _ = files.apply(block);
            if files.is_written(path) {
                return None;
            }
        }
        found.push(files.bytes(path));
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{self, Chapter, Page, Parsed};
    use crate::source::{SourceFile, Sources};

    #[track_caller]
    fn step(page: &str) -> Step {
        let mut sources = Sources::default();
        let index = sources.add(SourceFile::new("page.md", page));
        let span = Span::new(index, 0..0);
        let chapter = Chapter { title: String::new(), path: "page.md".to_owned(), number: vec![1], span };
        let Parsed { scenario, diagnostics: mistakes, .. } =
            parse::parse("", sources, &[Page { chapter, index }]);
        assert!(mistakes.is_empty(), "{page}: {}", mistakes[0].message());
        scenario.steps.into_iter().next().expect("a step")
    }

    /// The changes of a page, and of those that are decided without playing it, whether nothing notices them.
    #[track_caller]
    fn changes(page: &str, found: &Found) -> Vec<(String, Option<bool>)> {
        let changes = mutants(&step(page)).into_iter().map(|mutant| mutant.change);
        changes.map(|change| (change.to_string(), change.survives(Some(found)))).collect()
    }

    #[track_caller]
    fn are(page: &str, expected: &[(&str, Option<bool>)]) {
        let expected: Vec<(String, Option<bool>)> =
            expected.iter().map(|(text, survives)| ((*text).to_owned(), *survives)).collect();
        assert_eq!(changes(page, &Found::File), expected, "{page}");
    }

    #[test]
    fn what_shows_nothing_that_could_differ_is_left_out() {
        are("```console\n$ a\n$ b\n...\n```\n", &[("left out `a`", None), ("left out `b`", None)]);
        are(
            "```console\n$ a\n1\n$ b\n...\n```\n",
            &[("`a` printed something else", Some(false)), ("left out `b`", None)],
        );
        are(
            "```console\n$ a\n1\n$ b\n[NUMBER]\n```\n",
            &[
                ("left out the block of `a`", None),
                ("`a` printed something else", Some(false)),
                ("`b` printed something else", Some(false)),
            ],
        );
        are("```text file=a\nx\n```\n", &[("left out this edit of `a`", None)]);
        are(
            "```console background=a ready=1 within=1s\n$ a\n```\n\n```console stop=a\n^C\n$ b\n1\n```\n",
            &[
                ("left out `a`", None),
                ("did not stop `a`", None),
                ("`b` printed something else", Some(false)),
            ],
        );
    }

    #[test]
    fn in_a_read_only_block_output_that_says_nothing_survives() {
        let way = ("left out this block on the way to later chapters", None);
        for (output, survives) in [
            ("...", true),
            ("...\n[..]\n...", true),
            ("[..]", true),
            ("a [..]", false),
            ("...\n[DATE]", false),
            ("? 1\n...", true),
        ] {
            let page = format!("```console read-only\n$ a\n{output}\n```\n");
            are(&page, &[way, ("`a` printed something else", Some(survives))]);
        }
        are("```console read-only\n$ a\n```\n", &[way]);
    }

    #[test]
    fn a_check_is_asked_before_its_chapter_unless_it_says_that_it_passes_there() {
        let page = |more: &str| format!("<!-- scenario: check file=a contains=b{more} -->\n");
        are(&page(""), &[("left out the whole chapter: `a` contains `b`", None)]);
        are(&page(" already-true=\"why\""), &[]);
    }

    #[track_caller]
    fn passes(check: &str, found: &Found) -> bool {
        let all = changes(check, found);
        let is_found = |(text, _): &&(String, Option<bool>)| text.starts_with("found something else");
        let survives = all.iter().find(is_found).and_then(|(_, survives)| *survives);
        survives.unwrap_or_else(|| panic!("{check}: {all:?}"))
    }

    #[test]
    fn a_pattern_survives_that_matches_any_text() {
        for (pattern, survives) in
            [(".*", true), ("^", true), ("x?", true), ("^a", false), ("^$", false), ("x*", true)]
        {
            let check = format!("<!-- scenario: check file=a matches=\"{pattern}\" -->\n");
            assert_eq!(passes(&check, &Found::File), survives, "{pattern}");
        }
    }

    fn samples(values: &[&str]) -> Found {
        let sample = |value: &&str| Sample { labels: BTreeMap::new(), value: (*value).to_owned() };
        Found::Samples(Samples { first: values.iter().map(sample).collect(), count: values.len() })
    }

    #[test]
    fn an_expectation_survives_that_no_samples_or_any_values_meet() {
        for (expect, found, survives) in [
            ("count == 2", &["1", "2"][..], false),
            ("count < 5", &["1"], true),
            ("count >= 1 and count < 5", &["1"], false),
            ("count >= 0", &["1"], true),
            ("value > 0", &["28"], false),
            ("value >= 0", &["28"], true),
            ("value >= 0", &["0"], true),
            ("value < 0.5", &["0.3"], false),
            ("value > 90 and value <= 100", &["99"], false),
            ("value != 3", &["NaN", "5"], true),
            ("none", &[], false),
        ] {
            let page = format!("```promql expect=\"{expect}\"\nup\n```\n");
            assert_eq!(passes(&page, &samples(found)), survives, "{expect}");
        }
        assert!(!passes("```promql\nup\n```\n", &samples(&["1"])));
        for (shown, found, survives) in
            [("# => 1", &["1"][..], false), ("# => [..]", &["1"], false), ("# => none", &[], false)]
        {
            let page = format!("```promql\nup\n{shown}\n```\n");
            assert_eq!(passes(&page, &samples(found)), survives, "{shown}");
        }
    }
}
