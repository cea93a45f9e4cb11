//! Small changes of a chapter that its proof should notice: something is left out, or an expectation is wrong. Pure.
//!
//! Whether they are noticed is found out by the runner.

use std::fmt;

use crate::failure::{Found, Samples};
use crate::files::{self, Files};
use crate::model::{
    Block, BlockKind, Check, CheckKind, CommandLine, Commands, Expect, Health, Op, Scenario, Shown,
    ShownSample, Step, Tolerance,
};
use crate::source::Span;

/// Stands behind a text to make it another one.
const OTHER: &str = "~";

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
    /// A command is expected to print another line.
    Line {
        /// The command.
        command: String,
        /// The line.
        line: usize,
        /// Its text.
        text: String,
    },
    /// A command is expected to end with another exit status.
    Status {
        /// The command.
        command: String,
        /// The other status.
        status: i32,
    },
    /// A check expects something else.
    Check {
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
        match self {
            Change::WithoutEdit { path, .. } => write!(f, "left out this edit of `{path}`"),
            Change::WithoutBlock { text, .. } => {
                write!(
                    f,
                    "left out the block of `{}`; if it only looks, it is `read-only`",
                    text.replace('\n', " ")
                )
            }
            Change::WithoutCommand { text, .. } => write!(f, "left out `{}`", text.replace('\n', " ")),
            Change::WithoutStop { name, .. } => write!(f, "did not stop `{name}`"),
            Change::Line { text, .. } => write!(f, "expected another line than `{text}`"),
            Change::Status { status, .. } => write!(f, "expected exit status {status}"),
            Change::Check { check } => write!(f, "expected something else than: {}", check.title()),
            Change::ReadOnly { .. } => {
                write!(f, "a later step needs this block, so it is not `read-only`")
            }
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
        // A command with output is needed for what it shows. Where all have some, something must need the block.
        let all_show = commands.iter().all(|command| !command.output.is_empty());
        for (ordinal, command) in commands.iter().enumerate() {
            let text = command.text.clone();
            if !is_read_only && all_show && ordinal == 0 {
                add(block.fence, Change::WithoutBlock { block: index, text });
            } else if !is_read_only && command.output.is_empty() {
                add(command.span, Change::WithoutCommand { block: index, command: ordinal, text });
            }
            if block.kind.background().is_none() {
                expectations(command, &mut add);
            }
        }
        match &block.kind {
            BlockKind::Edit(edit) => {
                add(block.fence, Change::WithoutEdit { block: index, path: edit.path.clone() });
            }
            BlockKind::Query(check) => add(check.span, Change::Check { check: Box::new(check.clone()) }),
            BlockKind::Commands(_) | BlockKind::Background(_) | BlockKind::Ignored(_) => {}
        }
    }
    for check in &step.checks {
        add(check.span, Change::Check { check: Box::new(check.clone()) });
    }
    mutants
}

/// The changes of what a command is expected to do.
fn expectations(command: &CommandLine, add: &mut dyn FnMut(Span, Change)) {
    let id = || command.id.clone();
    add(command.span, Change::Status { command: id(), status: i32::from(command.status == 0) });
    for (line, shown) in command.output.iter().enumerate().filter(|(_, line)| line.text.trim() != "...") {
        add(shown.span, Change::Line { command: id(), line, text: shown.text.clone() });
    }
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
            Change::ReadOnly { .. } | Change::Line { .. } | Change::Status { .. } | Change::Check { .. } => {
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

    /// A command with the change of what is expected of it.
    pub fn of_command(&self, command: &CommandLine) -> Option<CommandLine> {
        let mut command = command.clone();
        match self {
            Change::Line { command: id, line, .. } if *id == command.id => {
                let text = &mut command.output.get_mut(*line)?.text;
                text.insert_str(0, OTHER);
            }
            Change::Status { command: id, status } if *id == command.id => command.status = *status,
            _ => return None,
        }
        Some(command)
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
    let differ = || {
        before.paths().ne(after.paths()) || before.paths().any(|path| before.bytes(path) != after.bytes(path))
    };
    scenario.result.is_some() && differ()
}

/// A check that must fail where `check` has passed with what was `found`.
pub fn contrary(check: &Check, found: &Found) -> Check {
    let other = |text: &Option<String>| text.as_ref().map(|text| format!("{text}{OTHER}"));
    let pattern = |text: &Option<String>| text.as_ref().map(|text| format!("(?:{text}){OTHER}"));
    let mut contrary = check.clone();
    match &mut contrary.kind {
        CheckKind::Target { error: Some(error), .. } => error.push_str(OTHER),
        CheckKind::Target { health, .. } => {
            *health = if *health == Health::Up { Health::Down } else { Health::Up };
        }
        CheckKind::Http { status, header, contains, matches, .. } => {
            if contains.is_some() || matches.is_some() {
                (*contains, *matches) = (other(contains), pattern(matches));
            } else if let Some((_, value)) = header {
                value.push_str(OTHER);
            } else {
                *status = status.map(|status| status + 1);
            }
        }
        CheckKind::Command { status, contains, matches, .. } => {
            if contains.is_none() && matches.is_none() {
                *status = i32::from(*status == 0);
            }
            (*contains, *matches) = (other(contains), pattern(matches));
        }
        CheckKind::File { absent, contains, matches, .. } => {
            *absent = !*absent && contains.is_none() && matches.is_none();
            (*contains, *matches) = (other(contains), pattern(matches));
        }
        CheckKind::Promql { expect, .. } => *expect = contrary_result(expect, found),
    }
    contrary
}

fn contrary_result(expect: &Expect, found: &Found) -> Expect {
    let none = Samples::default();
    let found = if let Found::Samples(samples) = found { samples } else { &none };
    let values = || found.first.iter().map(|sample| sample.number()).filter(|value| !value.is_nan());
    let (least, most) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    match expect {
        Expect::None => Expect::Samples { value: vec![], count: vec![(Op::Greater, 0.0)] },
        Expect::Shown(shown) if shown.samples.is_empty() => {
            Expect::Samples { value: vec![], count: vec![(Op::Greater, 0.0)] }
        }
        Expect::Shown(shown) => Expect::Shown(Shown {
            samples: shown
                .samples
                .iter()
                .enumerate()
                .map(|(index, sample)| other_sample(index, sample))
                .collect(),
            more: shown.more,
        }),
        Expect::Samples { value, count } if value.is_empty() => {
            let against = |op: &Op| match op {
                Op::Less => Op::GreaterEqual,
                Op::LessEqual => Op::Greater,
                Op::Equal => Op::NotEqual,
                Op::NotEqual => Op::Equal,
                Op::GreaterEqual => Op::Less,
                Op::Greater => Op::LessEqual,
            };
            let count = count.iter().take(1).map(|(op, bound)| (against(op), *bound)).collect();
            Expect::Samples { value: vec![], count }
        }
        // One sample must meet it, so the bound is moved beyond all.
        Expect::Samples { value, count } => {
            let beyond = |(op, bound): &(Op, f64)| match op {
                Op::Greater | Op::GreaterEqual | Op::Equal => (*op, most + 1.0),
                Op::Less | Op::LessEqual => (*op, least - 1.0),
                Op::NotEqual => (Op::Equal, *bound),
            };
            Expect::Samples { value: value.iter().map(beyond).collect(), count: count.clone() }
        }
    }
}

/// The first sample with another value, or with other labels where it has any value.
fn other_sample(index: usize, sample: &ShownSample) -> ShownSample {
    let mut other = sample.clone();
    match (index, &mut other.value) {
        (0, Some(value)) => {
            let by = match other.tolerance {
                Some(Tolerance::Percent(percent)) => value.abs() * percent / 50.0,
                Some(Tolerance::Absolute(number)) => number * 2.0,
                None => 0.0,
            };
            *value = if value.is_finite() { *value + by + 1.0 } else { 0.0 };
        }
        (0, None) => {
            other.labels.insert("mutant".to_owned(), OTHER.to_owned());
        }
        _ => {}
    }
    other
}
