//! Finds out which small changes of a chapter its proof does not notice. Each is played from the state at the end of the
//! step before, which is kept; what runs is started afresh each time.
//!
//! What the changes are is not known here.

use std::time::{Duration, Instant};

use crate::check::Outcome;
use crate::error::Result;
use crate::event::{ItemResult, Remark, RunResult, Verdict};
use crate::failure::Captured;
use crate::files::Files;
use crate::model::{CommandLine, Scenario};
use crate::mutant::{self, Change, Mutant};
use crate::plan::{Plan, PlannedStep};
use crate::process::{Exit, Finished};
use crate::runner::block;
use crate::runner::places::Named;
use crate::runner::play::Part;
use crate::runner::record::Sink;
use crate::runner::run::{Mode, Run, RunOptions};
use crate::runner::step::require_step;
use crate::runner::verify::from_nothing;
use crate::session::{self, Session};
use crate::workspace::Workspace;
use crate::world::World;

/// How many times as long as the whole step a command of a changed step may take.
const TIMES_AS_LONG: u32 = 5;
/// How long it may take at least.
const LEAST: Duration = Duration::from_secs(30);

/// What became of one change.
#[derive(Debug, Clone)]
pub struct Tried {
    /// The change.
    pub mutant: Mutant,
    /// Whether nothing noticed it.
    pub survived: bool,
    /// How long it took to find out.
    pub elapsed: Duration,
}

/// What became of the changes of one step.
#[derive(Debug, Clone)]
pub struct MutatedStep {
    /// The step.
    pub step: usize,
    /// The changes, in the order in which they were tried.
    pub tried: Vec<Tried>,
    /// How long all of it took, the steps before included.
    pub elapsed: Duration,
}

/// What came of all.
#[derive(Debug, Clone, Default)]
pub struct Mutated {
    /// The steps without changes. If one fails, none of its changes is tried.
    pub result: RunResult,
    /// The steps that were tried.
    pub steps: Vec<MutatedStep>,
}

/// Tries each change of step `number`, or of all steps, in `options.workspace`, which is emptied; `replace` as for
/// [`verify`](crate::runner::verify). Each of `on_tried` is a change that was tried.
///
/// # Errors
///
/// As those of [`verify`](crate::runner::verify).
pub fn mutate(
    plan: &Plan,
    number: Option<usize>,
    replace: bool,
    options: &RunOptions,
    sink: Sink<'_>,
    on_tried: &mut dyn FnMut(&Tried),
) -> Result<Mutated> {
    let (first, last) = number.map_or((1, plan.steps.len()), |number| (number, number));
    require_step(plan, last)?;
    from_nothing(&plan.scenario.unwritten.caches, replace, ("mutate", options), |session| {
        let mut bench = Bench { plan, options, session, sink, on_tried, done: Mutated::default() };
        for step in plan.up_to(last).filter(|step| step.number >= first) {
            if !bench.step(step)? {
                break;
            }
        }
        Ok(bench.done)
    })
}

/// What the changes are tried with.
struct Bench<'a> {
    plan: &'a Plan,
    options: &'a RunOptions,
    session: &'a mut Session,
    sink: Sink<'a>,
    on_tried: &'a mut dyn FnMut(&Tried),
    done: Mutated,
}

/// How much is done again before a change is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    /// The state before the step is put back.
    Kept,
    /// All steps before it are played, with the folders that tools fill as they are.
    Nothing,
    /// All steps before it are played in an empty workspace.
    Cold,
}

impl Bench<'_> {
    /// Plays a step as it is, then with each change; false if it fails as it is.
    fn step(&mut self, step: &PlannedStep) -> Result<bool> {
        let start = Instant::now();
        let plan = self.plan;
        let Some(model) = plan.scenario.step(step.number) else { return Ok(false) };
        let mut tried = Vec::new();
        let mutants = mutant::mutants(model);
        let mut run = Run::new(plan, self.options, &mut *self.session, Mode::Verify, &mut *self.sink)?;
        let passed = run.play_from_kept(step.number)?;
        let items: Vec<ItemResult> = run.record.result().items.clone();
        if passed {
            for mutant in &mutants {
                let began = Instant::now();
                if let Some(survived) = run.survives_in_place(&mutant.change, step, &items)? {
                    tried.push(Tried { mutant: mutant.clone(), survived, elapsed: began.elapsed() });
                }
            }
        }
        drop(run);
        tried.iter().for_each(&mut *self.on_tried);
        self.done.result.items.extend(items);
        if passed {
            let within = (start.elapsed() * TIMES_AS_LONG).max(LEAST);
            for mutant in &mutants {
                let began = Instant::now();
                let Some(mutated) = mutant.change.of_book(&plan.scenario, step.number) else { continue };
                let survived = self.survives(mutated, step.number, within)?;
                self.note(&mut tried, Tried { mutant: mutant.clone(), survived, elapsed: began.elapsed() });
            }
            self.read_only(step, &mutants, within, &mut tried)?;
        }
        self.done.steps.push(MutatedStep { step: step.number, tried, elapsed: start.elapsed() });
        Ok(passed)
    }

    fn note(&mut self, all: &mut Vec<Tried>, tried: Tried) {
        (self.on_tried)(&tried);
        all.push(tried);
    }

    /// Whether a book in which something is left out passes all the same. What the state before has of earlier plays, such
    /// as compiled programs, may hide that; so it must pass from nothing, too.
    fn survives(&mut self, mutated: Scenario, number: usize, within: Duration) -> Result<bool> {
        if mutant::shows_in_files(&self.plan.scenario, &mutated) {
            return Ok(false);
        }
        let mutated = Plan::new(mutated);
        for from in [From::Kept, From::Nothing, From::Cold] {
            if !self.passes(&mutated, number, Part::Whole, from, within)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether all later steps pass without the `read-only` blocks of a step; if not, which of the blocks is needed.
    fn read_only(
        &mut self,
        step: &PlannedStep,
        mutants: &[Mutant],
        within: Duration,
        tried: &mut Vec<Tried>,
    ) -> Result<()> {
        let began = Instant::now();
        let is_word = |mutant: &&Mutant| matches!(mutant.change, Change::ReadOnly { .. });
        let words: Vec<&Mutant> = mutants.iter().filter(is_word).collect();
        if words.is_empty() {
            return Ok(());
        }
        let plan = self.plan;
        let is_last = step.number == plan.steps.len();
        let all_hold = is_last || self.passes(plan, step.number, Part::Way, From::Kept, within)?;
        let mut needed = Vec::new();
        for mutant in words.iter().filter(|_| !all_hold) {
            let with = mutant.change.played_on_the_way(&plan.scenario, step.number).map(Plan::new);
            let helps = match with {
                Some(with) => self.passes(&with, step.number, Part::Way, From::Kept, within)?,
                None => false,
            };
            needed.push(helps);
        }
        // Where none of them helps alone, several are needed.
        let are_all = !needed.contains(&true);
        let each = u32::try_from(words.len()).map_or(began.elapsed(), |count| began.elapsed() / count);
        for (index, mutant) in words.into_iter().enumerate() {
            let survived = !all_hold && (are_all || needed.get(index) == Some(&true));
            self.note(tried, Tried { mutant: mutant.clone(), survived, elapsed: each });
        }
        Ok(())
    }

    /// Whether a step of a changed book passes, and all later ones.
    fn passes(
        &mut self,
        mutated: &Plan,
        number: usize,
        part: Part,
        from: From,
        within: Duration,
    ) -> Result<bool> {
        if from != From::Kept {
            session::down(self.session)?;
            let caches = &self.plan.scenario.unwritten.caches;
            Workspace::open(&self.options.workspace)?.clear(if from == From::Cold { &[] } else { caches })?;
        }
        let mut run = Run::new(mutated, self.options, &mut *self.session, Mode::Verify, &mut *self.sink)?;
        run.record.hold_back();
        let passed = run.reach_again(number)? && {
            run.command_deadline = run.command_deadline.min(within);
            run.plays_on(number, part)?
        };
        run.record.discard();
        run.workspace.save()?;
        Ok(passed)
    }
}

impl Run<'_> {
    /// Brings files, containers and processes to the beginning of a step, started afresh; from nothing where the state at the end
    /// of the step before is not kept.
    fn reach_again(&mut self, number: usize) -> Result<bool> {
        self.mode = Mode::Step;
        self.end_what_is_over(&World::default(), &World::default())?;
        let plan = self.plan;
        let (layers, snapshots) = (&self.workspace.memory.layers, self.snapshots()?);
        let is_kept = |step: &PlannedStep| {
            layers.get(&step.number).is_some_and(|layer| layer.key.as_ref() == Some(&step.key))
        };
        let mut kept = plan.up_to(number - 1).take_while(|step| is_kept(step)).count();
        while kept > 0 && !snapshots.has(kept) {
            kept -= 1;
        }
        let mut reached = true;
        if kept > 0 {
            let (files, world) = (Files::at(&plan.scenario, kept), World::at(&plan.scenario, kept));
            self.go_to(kept)?;
            reached = self.restart_missing(kept + 1, &files, &world)?;
        }
        if reached && (kept == 0 || kept < number - 1) {
            reached = self.play_from(kept + 1, number - 1)?;
        }
        self.mode = Mode::Verify;
        Ok(reached)
    }

    /// Plays a step as it is, reported.
    fn play_from_kept(&mut self, number: usize) -> Result<bool> {
        let step = require_step(self.plan, number)?;
        if !self.reach_again(number)? {
            return Ok(false);
        }
        self.record.step(step);
        let passed = self.play_layer(step, Part::Whole)?;
        self.workspace.save()?;
        Ok(passed)
    }

    /// Plays a part of a step, and then all later steps.
    fn plays_on(&mut self, number: usize, part: Part) -> Result<bool> {
        let plan = self.plan;
        for step in plan.steps.iter().filter(|step| step.number >= number) {
            let part = if step.number == number { part } else { Part::Whole };
            if !self.play_layer(step, part)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a wrong expectation holds in the state after the step, where it has passed; `None` for other changes.
    fn survives_in_place(
        &self,
        change: &Change,
        step: &PlannedStep,
        items: &[ItemResult],
    ) -> Result<Option<bool>> {
        let item_of = |id: &str| items.iter().rev().find(|item| item.step == step.number && item.id == id);
        if let Change::Check { check } = change {
            let Some(ItemResult { verdict: Verdict::Passed(Remark::Found(found)), .. }) = item_of(&check.id)
            else {
                return Ok(None);
            };
            let outcome = self.prober.once(&mutant::contrary(check, found), None)?;
            return Ok(Some(matches!(outcome, Outcome::Passed(_))));
        }
        let commands = step.actions.iter().filter_map(|action| action.command());
        for command in commands {
            let Some(changed) = change.of_command(command) else { continue };
            let Some(output) = item_of(&command.id).and_then(|item| item.output.as_ref()) else { continue };
            let finished = finished(command, &output.stdout, &output.stderr);
            let (files, root) = (Files::default(), self.workspace.root());
            let named = Named { files: &files, root, dir: root };
            return Ok(Some(block::judge(&changed, &finished, named).is_ok()));
        }
        Ok(None)
    }
}

/// How a command ended that did what the page shows.
fn finished(command: &CommandLine, stdout: &Captured, stderr: &Captured) -> Finished {
    Finished {
        status: command.status,
        exit: Exit::Status(command.status),
        stdout: stdout.text.clone(),
        stderr: stderr.text.clone(),
        truncated: false,
        timed_out: None,
        left: Vec::new(),
        ended_terminal: false,
    }
}
