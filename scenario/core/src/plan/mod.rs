//! What a run does, in order, as one owned value. The runner, the reports, `plan --json` and the lab use it.
//!
//! It is made from the book alone: nothing here looks at the machine or runs anything.

mod action;
mod exercise;
mod inputs;
mod json;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::model::{Attempt, BlockKind, Check, CommandLine, Effect, Exercise, Needs, Scenario, Step};
use crate::plan::inputs::Inputs;
use crate::source::{PageIndex, Span};

pub use action::{Action, ActionKind, PlannedAction, PlannedCommand, PlannedEdit, Position, Resource};
pub use exercise::{PlannedExercise, PlannedMistake};

/// What a whole book does.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The book that it was made from.
    pub scenario: Scenario,
    /// The steps, in order.
    pub steps: Vec<PlannedStep>,
}

/// What one step does.
#[derive(Debug, Clone, Serialize)]
pub struct PlannedStep {
    /// Which step it is, counted from 1.
    pub number: usize,
    /// Its number as mdBook counts, for messages and commands: `2`, or `2.1` where chapters are nested.
    pub label: String,
    /// Its title.
    pub title: String,
    /// The path of its page, as messages show it.
    pub page: String,
    /// The same page in the sources.
    #[serde(skip)]
    pub source: PageIndex,
    /// What the step needs that not every machine has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs: Option<Needs>,
    /// The whole step, in a plan for a machine that lacks what it needs. The actions are empty there.
    #[serde(skip)]
    pub left_out: Option<Box<PlannedStep>>,
    /// Changes with everything in this step and those before it that changes something. Commands that only look do not count.
    pub key: String,
    /// As `key`, but it also changes with the commands of this step that only look.
    pub own_key: String,
    /// Its blocks in the order of the page, then its hidden checks.
    pub actions: Vec<PlannedAction>,
    /// Its exercises, which are not played with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exercises: Vec<PlannedExercise>,
}

impl Plan {
    /// The plan of a book without mistakes.
    pub fn new(scenario: Scenario) -> Plan {
        let mut inputs = Inputs::new(&scenario.unwritten);
        let mut started = BTreeSet::new();
        let each = scenario.steps.iter();
        let plan = |step: &Step| {
            let planned = plan_step(&scenario, step, &mut started, &mut inputs);
            let actions =
                |step: &Step| plan_step(&scenario, step, &mut started.clone(), &mut inputs.clone()).actions;
            let exercises = step.exercises.iter();
            let exercises = exercises.map(|exercise| exercise::plan(&scenario, step, exercise, &actions));
            PlannedStep { exercises: exercises.collect(), ..planned }
        };
        let steps = each.map(plan).collect();
        Plan { scenario, steps }
    }

    /// The step with a number, counted from 1.
    pub fn step(&self, number: usize) -> Option<&PlannedStep> {
        self.steps.iter().find(|step| step.number == number)
    }

    /// The first steps, up to the one with this number.
    pub fn up_to(&self, number: usize) -> impl Iterator<Item = &PlannedStep> {
        self.steps.iter().take_while(move |step| step.number <= number)
    }

    /// The step that a block is in, and its actions, by the block's id.
    pub fn block(&self, id: &str) -> Option<(&PlannedStep, &[PlannedAction])> {
        let mut all = self.steps.iter().flat_map(|step| step.blocks().map(move |block| (step, block)));
        all.find(|(_, (block, _))| *block == id).map(|(step, (_, actions))| (step, actions))
    }

    /// The plan of the book that ends with an attempt at an exercise of step `number`: the attempt is the step after
    /// that one.
    pub fn of_attempt(&self, number: usize, exercise: &Exercise, attempt: Attempt) -> Plan {
        Plan::new(self.scenario.with_attempt(number, exercise, attempt))
    }

    /// The plan of the same book for a machine that lacks what these steps need. They have no actions, and no other step
    /// depends on them.
    #[must_use]
    pub fn leaving_out(&self, numbers: &BTreeSet<usize>) -> Plan {
        let mut scenario = self.scenario.clone();
        for step in scenario.steps.iter_mut().filter(|step| numbers.contains(&step.number)) {
            (step.blocks, step.checks, step.exercises) = (Vec::new(), Vec::new(), Vec::new());
        }
        let mut plan = Plan::new(scenario);
        for (step, whole) in plan.steps.iter_mut().zip(&self.steps) {
            step.left_out = numbers.contains(&step.number).then(|| Box::new(whole.clone()));
        }
        plan
    }

    /// The files that steps which are left out would write or change.
    pub fn left_out_files(&self) -> BTreeSet<&str> {
        let actions =
            self.steps.iter().filter_map(|step| step.left_out.as_ref()).flat_map(|step| &step.actions);
        let changes = actions.flat_map(|action| &action.changes);
        changes
            .filter_map(|change| match change {
                Resource::File(path) => Some(path.as_str()),
                _ => None,
            })
            .collect()
    }

    /// The plan of one step alone.
    #[must_use]
    pub fn only(mut self, number: usize) -> Plan {
        self.steps.retain(|step| step.number == number);
        self
    }
}

impl PlannedStep {
    /// Its commands, in the foreground and the background, and what it ends.
    pub fn commands(&self) -> impl Iterator<Item = &PlannedAction> {
        self.actions.iter().filter(|action| action.is_command())
    }

    /// Its blocks, each with its actions.
    pub fn blocks(&self) -> impl Iterator<Item = (&str, &[PlannedAction])> {
        in_blocks(&self.actions)
    }

    /// What it checks: its queries and its hidden checks.
    pub fn checks(&self) -> impl Iterator<Item = (&PlannedAction, &Check)> {
        checks_of(&self.actions)
    }

    /// What can be checked at any time after the step: its hidden checks, and the queries below its last change. A query above
    /// that shows a state that has changed since. A query about the last few minutes is included only if there is nothing
    /// else.
    pub fn lasting_checks(&self) -> impl Iterator<Item = (&PlannedAction, &Check)> {
        let lasting = self.lasting();
        let lasts =
            self.actions.iter().enumerate().filter(move |(index, action)| lasting.has(*index, action));
        lasts.filter_map(|(_, action)| action.check().map(|check| (action, check)))
    }

    /// Which of its checks those are.
    pub(crate) fn lasting(&self) -> Lasting {
        let is_change = |action: &PlannedAction| match &action.action {
            Action::Edit(_) | Action::Background(_) | Action::Stop { .. } => true,
            Action::Command(planned) => !planned.read_only,
            Action::Check(_) | Action::Ignored { .. } => false,
        };
        let from = self.actions.iter().rposition(is_change).map_or(0, |last| last + 1);
        let are_all_brief = checks_of(&self.actions[from..]).all(|(action, check)| is_brief(action, check));
        Lasting { from, with_brief: are_all_brief }
    }
}

/// Which checks of a step can be asked at any time after it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lasting {
    from: usize,
    with_brief: bool,
}

impl Lasting {
    /// Whether the action at this index is such a check.
    pub(crate) fn has(self, index: usize, action: &PlannedAction) -> bool {
        let lasts = |check| self.with_brief || !is_brief(action, check);
        index >= self.from && action.check().is_some_and(lasts)
    }
}

/// Whether it is a query that the page shows, about the last few minutes.
fn is_brief(action: &PlannedAction, check: &Check) -> bool {
    action.block.is_some() && check.is_brief()
}

fn checks_of(actions: &[PlannedAction]) -> impl Iterator<Item = (&PlannedAction, &Check)> {
    actions.iter().filter_map(|action| action.check().map(|check| (action, check)))
}

/// The blocks of a list of actions, each with its id.
pub fn in_blocks(actions: &[PlannedAction]) -> impl Iterator<Item = (&str, &[PlannedAction])> {
    let blocks = actions.chunk_by(|one, other| one.block.is_some() && one.block == other.block);
    blocks.filter_map(|actions| Some((actions.first()?.block.as_deref()?, actions)))
}

/// The action that a block is there for. A block that ends a process usually does something else as well, which counts.
pub fn main_action(block: &[PlannedAction]) -> Option<&PlannedAction> {
    block.iter().find(|action| action.kind() != ActionKind::Stop).or(block.first())
}

/// The port at which the container or background process that a block starts becomes ready.
fn port_of(kind: &BlockKind) -> Option<u16> {
    let runs = |command: &CommandLine| matches!(command.effect, Effect::Run { .. });
    let starts = kind.background().is_some() || kind.commands().iter().any(runs);
    kind.ready().filter(|_| starts)?.port()
}

/// `started` has the ports of what earlier blocks start.
fn plan_step(
    scenario: &Scenario,
    step: &Step,
    started: &mut BTreeSet<u16>,
    inputs: &mut Inputs,
) -> PlannedStep {
    let mut actions = Vec::new();
    let mut add = |id: &str, block: Option<&str>, span: Span, action: Action, inputs: &mut Inputs| {
        actions.push(PlannedAction {
            id: id.to_owned(),
            block: block.map(str::to_owned),
            title: action.title(),
            position: Position::of(scenario, span),
            span,
            key: inputs.key(&action),
            reads: inputs.reads(&action),
            changes: action.changes(),
            action,
        });
    };
    inputs.begin_step();
    for block in &step.blocks {
        let part_of = Some(block.id.as_str());
        if let Some((name, span)) = &block.stops {
            let id = format!("{}.stop", block.id);
            add(&id, part_of, *span, Action::Stop { name: name.clone() }, inputs);
        }
        match &block.kind {
            BlockKind::Edit(edit) => {
                inputs.apply(edit, block);
                let action = Action::Edit(Box::new(PlannedEdit { edit: edit.clone(), block: block.clone() }));
                add(&block.id, part_of, block.fence, action, inputs);
            }
            BlockKind::Commands(commands) => {
                for planned in PlannedCommand::all_of(commands, &|port| started.contains(&port)) {
                    let (id, span) = (planned.command.id.clone(), planned.command.span);
                    add(&id, part_of, span, Action::Command(Box::new(planned)), inputs);
                }
                inputs.write(&commands.writes);
            }
            BlockKind::Background(background) => {
                let command = &background.command;
                let action = Action::Background(Box::new(background.clone()));
                add(&command.id, part_of, command.span, action, inputs);
            }
            BlockKind::Query(check) => {
                add(&check.id, part_of, check.span, Action::Check(Box::new(check.clone())), inputs);
            }
            BlockKind::Ignored(why) => {
                add(&block.id, part_of, block.fence, Action::Ignored { why: why.clone() }, inputs);
            }
        }
        started.extend(port_of(&block.kind));
    }
    for check in &step.checks {
        add(&check.id, None, check.span, Action::Check(Box::new(check.clone())), inputs);
    }
    let page = scenario.sources.pages[step.page].path.display().to_string();
    let (key, own_key) = inputs.end_step(&actions);
    let (number, label, title) = (step.number, step.label.clone(), step.title.clone());
    let (source, exercises, needs, left_out) = (step.page, Vec::new(), step.needs.clone(), None);
    PlannedStep { number, label, title, page, source, needs, left_out, key, own_key, actions, exercises }
}
