//! Plays steps to see what their commands print and their queries find, so that the pages can be brought to that.
//!
//! What differs from the page is in the result, and the run goes on. How pages change is not known here.

use crate::error::Result;
use crate::event::{Remark, RunResult, Verdict};
use crate::plan::Plan;
use crate::runner::needs;
use crate::runner::play::Part;
use crate::runner::record::Sink;
use crate::runner::run::{Run, RunOptions};
use crate::runner::step::{in_world, require_step};
use crate::workspace::Layer;
use crate::world::World;

/// Plays step `number`, or all steps, in the workspace, after the steps before it as by [`step`](crate::runner::step).
/// Output or results that differ from the page pass with [`Remark::Differs`].
///
/// # Errors
///
/// As those of [`step`](crate::runner::step).
pub fn bless(plan: &Plan, number: Option<usize>, options: &RunOptions, sink: Sink<'_>) -> Result<RunResult> {
    let (first, last) = number.map_or((1, plan.steps.len()), |number| (number, number));
    require_step(plan, last)?;
    let plan = &*needs::fit(plan, last, options)?;
    in_world(plan, options, sink, |run| run.bless(first, last))
}

impl Run<'_> {
    fn bless(mut self, first: usize, last: usize) -> Result<RunResult> {
        let world = World::at(&self.plan.scenario, first);
        self.accept_what_is_by_hand(first - 1)?;
        if self.reach(first, &world, last)? {
            let plan = self.plan;
            self.blesses = true;
            for step in plan.up_to(last).filter(|step| step.number >= first) {
                self.record.step(step);
                let passed = self.play_layer(step, Part::Whole)?;
                if self.differs_at(step.number) {
                    // With what the page shows now, the step has not passed.
                    self.workspace.memory.layers.insert(step.number, Layer::default());
                }
                if !passed {
                    break;
                }
            }
        }
        self.finish()
    }

    fn differs_at(&self, number: usize) -> bool {
        let differs = |verdict: &Verdict| matches!(verdict, Verdict::Passed(Remark::Differs(_)));
        self.record.result().items.iter().any(|item| item.step == number && differs(&item.verdict))
    }
}
