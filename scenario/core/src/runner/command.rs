//! One command of a page: run as written, between the conditions that `block` knows.

use std::time::Instant;

use crate::error::Result;
use crate::event::{Output, Phase, Progress, Remark};
use crate::failure::{Captured, Failure};
use crate::files::Files;
use crate::model::CommandLine;
use crate::plan::PlannedCommand;
use crate::process::{self, Finished, TerminalCommand};
use crate::runner::block::{self, Start, Stop};
use crate::runner::run::Run;

impl Run<'_> {
    /// Runs a command and whatever its words need before and after; the last of its block waits until `ready`.
    pub(super) fn command(&mut self, planned: &PlannedCommand, files: &Files) -> Result<Remark, Stop> {
        self.record.phase(Phase::Before);
        if self.parts().0.before(planned)? == Start::DoneAlready {
            return Ok(Remark::DoneAlready);
        }
        self.record.phase(Phase::Run);
        let mut remark = Remark::Done;
        let start = Instant::now();
        while let Err(failure) = self.judged(&planned.command, files)? {
            let within = planned.repeat.filter(|_| failure.may_pass());
            let left = within.unwrap_or_default().saturating_sub(start.elapsed());
            if left.is_zero() && self.blesses && failure.is_of_what_is_shown() {
                remark = Remark::Differs(failure);
                break;
            }
            let Some(within) = within else { return Err(failure.into()) };
            if left.is_zero() {
                return Err(failure.after_repeating(within).into());
            }
            self.record.progress(Progress::Repeating, Some(left));
            process::pause(block::REPEAT_AFTER)?;
        }
        self.record.phase(Phase::After);
        let (conditions, record) = self.parts();
        conditions.after(planned)?;
        conditions.ready(planned, &mut |probe, left| {
            record.progress(Progress::Waiting(probe.clone()), Some(left));
        })?;
        Ok(remark)
    }

    /// Runs the command, and compares it with the page.
    fn judged(&mut self, command: &CommandLine, files: &Files) -> Result<Result<(), Box<Failure>>> {
        let finished = self.shell(command)?;
        self.record.output(Output {
            stdout: Captured::new(&finished.stdout),
            stderr: Captured::new(&finished.stderr),
        });
        let root = self.workspace.root();
        let judged = block::judge(command, &finished, files, root);
        if self.blesses && judged.as_ref().is_err_and(|failure| failure.is_of_what_is_shown()) {
            // Another output must not hide what else is wrong.
            let silent = CommandLine { output: Vec::new(), ..command.clone() };
            if let Err(failure) = block::judge(&silent, &finished, files, root) {
                return Ok(Err(failure));
            }
        }
        Ok(judged)
    }

    /// Runs the command in its terminal.
    fn shell(&mut self, command: &CommandLine) -> Result<Finished> {
        let terminal = self.terminals.get(&command.terminal)?;
        let (session, record) = (&mut *self.session, &mut self.record);
        let given = TerminalCommand {
            text: &command.text,
            deadline: self.command_deadline,
            // What a client leaves behind for an engine is the container itself.
            leaves_to_others: block::names_engine(&command.text),
        };
        let finished = terminal.run(given, &mut |tree| session.track(tree), &mut |line| {
            record.progress(Progress::Line(line.to_owned()), None);
        })?;
        if given.leaves_to_others && finished.timed_out.is_none() && !finished.ended_terminal {
            self.session.has_settled();
        }
        Ok(finished)
    }
}
