//! Finds out which small changes of a chapter its proof does not notice. Each is played from the state at the end of the
//! step before, which is kept; what runs is started afresh each time.
//!
//! `mutant` decides what the changes are.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::check::Outcome;
use crate::error::{Error, Result};
use crate::event::{ItemResult, Remark, RunResult, Verdict};
use crate::failure::Found;
use crate::model::Scenario;
use crate::mutant::{self, Change, Mutant};
use crate::plan::{Plan, PlannedStep};
use crate::runner::needs;
use crate::runner::play::Part;
use crate::runner::record::Sink;
use crate::runner::run::{Mode, Run, RunOptions};
use crate::runner::step::require_step;
use crate::runner::verify::from_nothing;
use crate::session::{self, Session};
use crate::snapshot::Before;
use crate::workspace::Workspace;
use crate::world::World;

/// A command of a changed step may take this many times as long as the whole unchanged step.
const TIMES_AS_LONG: u32 = 5;
/// How long such a command may take in any case.
const LEAST: Duration = Duration::from_secs(30);
/// How long to wait for a check of a changed step in any case, unless the page waits less.
const LEAST_OF_CHECK: Duration = Duration::from_secs(10);

/// What became of one change.
#[derive(Debug, Clone)]
pub struct Tried {
    /// The change.
    pub mutant: Mutant,
    /// Whether nothing noticed it.
    pub survived: bool,
    /// What failed in a later step although only a `read-only` block was left out.
    pub noticed_by: Option<Box<ItemResult>>,
    /// How long it took to find out.
    pub elapsed: Duration,
}

impl Tried {
    fn new(mutant: &Mutant, survived: bool, elapsed: Duration) -> Tried {
        Tried { mutant: mutant.clone(), survived, noticed_by: None, elapsed }
    }
}

/// What became of the changes of one step.
#[derive(Debug, Clone)]
pub struct MutatedStep {
    /// The step.
    pub step: usize,
    /// The changes, in the order of the page.
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
/// [`verify`](crate::runner::verify). Each of `on_tried` is a change that was tried; one that had to be tried again comes again.
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
    let plan = &*needs::fit(plan, plan.steps.len(), options)?;
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

/// How long things may take in a changed step.
struct Bounds {
    /// Each of its commands.
    command: Duration,
    /// Its checks and repeated looks, by their ids.
    checks: BTreeMap<String, Duration>,
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
        let mut passed = run.reach_again(step.number)?;
        if passed {
            for mutant in &mutants {
                let began = Instant::now();
                if let Some(survived) = run.passes_before(&mutant.change, step)? {
                    tried.push(Tried::new(mutant, survived, began.elapsed()));
                }
            }
            run.record.step(step);
            passed = run.play_layer(step, Part::Whole)?;
            run.workspace.save()?;
        }
        let items: Vec<ItemResult> = run.record.result().items.clone();
        drop(run);
        if passed {
            for mutant in &mutants {
                if let Some(survived) = mutant.change.survives(found(&mutant.change, step, &items)) {
                    tried.push(Tried::new(mutant, survived, Duration::ZERO));
                }
            }
        } else {
            tried.clear();
        }
        tried.iter().for_each(&mut *self.on_tried);
        self.done.result.items.extend(items);
        if passed {
            let command = (start.elapsed() * TIMES_AS_LONG).max(LEAST);
            let took = self.done.result.items.iter().filter(|item| item.step == step.number);
            let checks =
                took.map(|item| (item.id.clone(), (item.elapsed * TIMES_AS_LONG).max(LEAST_OF_CHECK)));
            let bounds = Bounds { command, checks: checks.collect() };
            self.left_out(step, &mutants, &bounds, &mut tried)?;
        }
        tried.sort_by_key(|tried| tried.mutant.span.start);
        self.done.steps.push(MutatedStep { step: step.number, tried, elapsed: start.elapsed() });
        Ok(passed)
    }

    /// Tries to leave out each part, from the state before the step, and then plays the step unchanged. If that fails, the
    /// failures before may have had another cause, and each part is tried from nothing.
    fn left_out(
        &mut self,
        step: &PlannedStep,
        mutants: &[Mutant],
        bounds: &Bounds,
        tried: &mut Vec<Tried>,
    ) -> Result<()> {
        let mut survivors: Vec<Tried> = Vec::new();
        for from in [From::Kept, From::Nothing] {
            let mut killed: Vec<Tried> = Vec::new();
            // The last step in which a change was noticed. Later steps need not be played unchanged.
            let mut last = step.number;
            for mutant in mutants {
                let is_known = survivors.iter().any(|known| known.mutant.span == mutant.span);
                let Some(mutated) = mutant.change.of_book(&self.plan.scenario, step.number) else { continue };
                if is_known {
                    continue;
                }
                let began = Instant::now();
                let noticed = self.noticed(&mutant.change, mutated, (step.number, from), bounds)?;
                let found = Tried::new(mutant, noticed.is_none(), began.elapsed());
                (self.on_tried)(&found);
                match noticed {
                    Some(at) => {
                        last = last.max(at);
                        killed.push(found);
                    }
                    None => survivors.push(found),
                }
            }
            let read_only = self.read_only(step, mutants, (from, bounds.command))?;
            read_only.iter().for_each(&mut *self.on_tried);
            let needed = read_only.iter().filter_map(|tried| tried.noticed_by.as_deref());
            last = needed.map(|item| item.step).fold(last, usize::max);
            if self.plays(self.plan, (step.number, last), Part::Whole, from, bounds.command)?.passed {
                tried.extend(survivors.into_iter().chain(killed).chain(read_only));
                return Ok(());
            }
        }
        Err(Error::new(format!(
            "chapter {} does not pass again after its changes were tried, so their results are not certain",
            step.label
        ))
        .with_help(
            "one of its commands changes something outside of the workspace, or in a folder of `caches`",
        ))
    }

    /// The step in which it is noticed that something is left out of a book; `None` if all steps pass nevertheless. What is left
    /// of earlier plays, such as compiled programs, may hide it. So if its own step passes, that is played again without them
    /// before the later steps: usually it fails soon, and the later steps take long.
    fn noticed(
        &mut self,
        change: &Change,
        mut mutated: Scenario,
        (number, first): (usize, From),
        bounds: &Bounds,
    ) -> Result<Option<usize>> {
        if mutant::shows_in_files(&self.plan.scenario, &mutated) {
            return Ok(Some(number));
        }
        if mutant::cannot_be_noticed(change, &self.plan.scenario, &mutated) {
            return Ok(None);
        }
        if let Some(step) = mutated.steps.iter_mut().find(|step| step.number == number) {
            mutant::wait_no_longer(step, |id| bounds.checks.get(id).copied());
        }
        let mutated = Plan::new(mutated);
        for (from, last) in [(first, number), (From::Cold, mutated.steps.len())] {
            let played = self.plays(&mutated, (number, last), Part::Whole, from, bounds.command)?;
            if !played.passed {
                return Ok(Some(played.failed.map_or(number, |item| item.step)));
            }
        }
        Ok(None)
    }

    /// Whether all later steps pass without the `read-only` blocks of a step; if not, which of the blocks is needed.
    fn read_only(
        &mut self,
        step: &PlannedStep,
        mutants: &[Mutant],
        (from, within): (From, Duration),
    ) -> Result<Vec<Tried>> {
        let began = Instant::now();
        let is_word = |mutant: &&Mutant| matches!(mutant.change, Change::ReadOnly { .. });
        let words: Vec<&Mutant> = mutants.iter().filter(is_word).collect();
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let plan = self.plan;
        let without = match step.number == plan.steps.len() {
            true => Played { passed: true, failed: None },
            false => self.plays(plan, (step.number, plan.steps.len()), Part::Way, from, within)?,
        };
        let all_hold = without.passed;
        let mut needed = Vec::new();
        for mutant in words.iter().filter(|_| !all_hold) {
            let with = mutant.change.played_on_the_way(&plan.scenario, step.number).map(Plan::new);
            let helps = match with {
                Some(with) => {
                    let steps = (step.number, with.steps.len());
                    self.plays(&with, steps, Part::Way, from, within)?.passed
                }
                None => false,
            };
            needed.push(helps);
        }
        // Where none of them helps alone, several are needed.
        let are_all = !needed.contains(&true);
        let each = u32::try_from(words.len()).map_or(began.elapsed(), |count| began.elapsed() / count);
        let tried = words.into_iter().enumerate().map(|(index, mutant)| {
            let survived = !all_hold && (are_all || needed.get(index) == Some(&true));
            let noticed_by = without.failed.clone().filter(|_| survived);
            Tried { noticed_by, ..Tried::new(mutant, survived, each) }
        });
        Ok(tried.collect())
    }

    /// Plays a step of a changed book, and those after it up to `last`.
    fn plays(
        &mut self,
        mutated: &Plan,
        (number, last): (usize, usize),
        part: Part,
        from: From,
        within: Duration,
    ) -> Result<Played> {
        if from != From::Kept {
            session::down(self.session)?;
            let caches = &self.plan.scenario.unwritten.caches;
            Workspace::open(&self.options.workspace)?.clear(if from == From::Cold { &[] } else { caches })?;
        }
        let mut run = Run::new(mutated, self.options, &mut *self.session, Mode::Verify, &mut *self.sink)?;
        run.record.hold_back();
        let passed = run.reach_again(number)? && run.plays_on((number, last), part, within)?;
        let mut items = run.record.discard().into_iter();
        let failed = items.find(|item| matches!(item.verdict, Verdict::Failed(_))).map(Box::new);
        run.workspace.save()?;
        Ok(Played { passed, failed })
    }
}

/// What came of a changed book.
struct Played {
    passed: bool,
    /// The first action that failed.
    failed: Option<Box<ItemResult>>,
}

impl Run<'_> {
    /// Brings files, containers and processes to the beginning of a step, started afresh; from nothing where the state at the end
    /// of the step before is not kept.
    pub(super) fn reach_again(&mut self, number: usize) -> Result<bool> {
        self.end_all()?;
        self.mode = Mode::Step;
        self.workspace.memory.at = None;
        let reached =
            self.reach(number, &World::at(&self.plan.scenario, number - 1), self.plan.steps.len())?;
        self.mode = Mode::Verify;
        Ok(reached)
    }

    /// Ends all that runs, and forgets what tools have written about it.
    pub(super) fn end_all(&mut self) -> Result<()> {
        self.end_what_is_over(&World::default(), &World::default())?;
        self.workspace.clear_data_of_tools()?;
        // Nothing here is a learner's. What a process has written at its end, after a step that failed, must go, too.
        self.snapshots()?.note(&Before::default())
    }

    /// Plays a part of a step, each of whose commands may take as long as `within`, and then those after it up to `last`.
    fn plays_on(&mut self, (number, last): (usize, usize), part: Part, within: Duration) -> Result<bool> {
        let (plan, deadline) = (self.plan, self.command_deadline);
        for step in plan.up_to(last).filter(|step| step.number >= number) {
            let (part, deadline) = match step.number == number {
                true => (part, deadline.min(within)),
                false => (Part::Whole, deadline),
            };
            self.command_deadline = deadline;
            if !self.play_layer(step, part)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a check passes before its step; `None` for the changes that are not about that.
    fn passes_before(&mut self, change: &Change, step: &PlannedStep) -> Result<Option<bool>> {
        let Change::Step { check } = change else { return Ok(None) };
        self.aim(step, &check.id);
        Ok(Some(matches!(self.before(check)?, Outcome::Passed(_))))
    }
}

/// What a check has found that passed in its step.
fn found<'a>(change: &Change, step: &PlannedStep, items: &'a [ItemResult]) -> Option<&'a Found> {
    let Change::Found { check } = change else { return None };
    let item = items.iter().rev().find(|item| item.step == step.number && item.id == check.id)?;
    match &item.verdict {
        Verdict::Passed(Remark::Found(found)) => Some(found),
        _ => None,
    }
}
