//! Exercises out of the blocks and checks of a page that name one, and whether each is complete.
//!
//! What a block or a check does is read elsewhere.

use crate::diagnostic::Diagnostic;
use crate::model::{Block, BlockKind, Check, Exercise, Mistake};
use crate::parse::attributes::Attributes;
use crate::problem::Problem;
use crate::source::Span;

/// The attributes of a block or check that make it part of an exercise.
#[derive(Debug)]
pub(super) struct Membership {
    /// The name of the exercise, and where it is written.
    name: (String, Span),
    /// The hint of a mistake, and where it is written.
    mistake: Option<(String, Span)>,
}

impl Membership {
    /// Takes the attributes. Returns `None` if there are none, so that the block or check is part of the step, and after a
    /// mistake.
    pub(super) fn take(attributes: &mut Attributes<'_>) -> Option<Membership> {
        let mistake_key = attributes.key_span("mistake");
        let mistake = attributes.take("mistake");
        // In a comment it may go on in the next line.
        let mistake =
            mistake.map(|(hint, span)| (hint.split_whitespace().collect::<Vec<_>>().join(" "), span));
        let name = attributes.take_name("exercise");
        match (name, mistake_key) {
            (Some(name), _) => Some(Membership { name, mistake }),
            (None, Some(span)) if !attributes.had_mistake("exercise") => {
                attributes.report(span, Problem::MistakeWithoutExercise);
                None
            }
            _ => None,
        }
    }

    /// The hint, which is a check's own.
    pub(super) fn hint(&self) -> Option<String> {
        self.mistake.as_ref().map(|(hint, _)| hint.clone())
    }
}

/// The exercises of a page, as they are put together.
#[derive(Debug, Default)]
pub(super) struct Exercises {
    all: Vec<Exercise>,
    /// The hints of checks, each with its exercise and its place.
    hints: Vec<(usize, String, Span)>,
}

impl Exercises {
    /// Adds a block to its exercise.
    pub(super) fn block(&mut self, membership: Membership, block: Block) {
        let index = self.find(&membership.name);
        let exercise = &mut self.all[index];
        match membership.mistake {
            None => exercise.solution.push(block),
            Some((hint, span)) => match exercise.mistakes.iter_mut().find(|known| known.hint == hint) {
                Some(known) => known.blocks.push(block),
                None => exercise.mistakes.push(Mistake { hint, span, blocks: vec![block] }),
            },
        }
    }

    /// Adds a hidden check to its exercise.
    pub(super) fn check(&mut self, membership: Membership, check: Check) {
        let index = self.find(&membership.name);
        self.hints.extend(membership.mistake.map(|(hint, span)| (index, hint, span)));
        self.all[index].checks.push(check);
    }

    fn find(&mut self, (name, span): &(String, Span)) -> usize {
        if let Some(index) = self.all.iter().position(|exercise| exercise.name == *name) {
            let exercise = &mut self.all[index];
            if span.start < exercise.span.start {
                exercise.span = *span;
            }
            return index;
        }
        let (solution, checks, mistakes) = (Vec::new(), Vec::new(), Vec::new());
        self.all.push(Exercise { name: name.clone(), span: *span, solution, checks, mistakes });
        self.all.len() - 1
    }

    /// The exercises of a step with these blocks.
    pub(super) fn finish(self) -> Vec<Exercise> {
        self.all
    }

    /// What is wrong with them.
    pub(super) fn mistakes(&self, blocks: &[Block]) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let first = self.all.iter().min_by_key(|exercise| exercise.span.start);
        let last = blocks.iter().rfind(|block| !matches!(block.kind, BlockKind::Ignored(_)));
        if let Some((exercise, block)) = first.zip(last)
            && exercise.span.start < block.span.start
        {
            let problem = Problem::BlockAfterExercise { exercise: exercise.name.clone() };
            found.push(
                Diagnostic::new(block.fence, problem).with_label(exercise.span, "the exercise begins here"),
            );
        }
        for (index, exercise) in self.all.iter().enumerate() {
            let name = exercise.name.clone();
            if exercise.checks.is_empty() {
                found.push(Diagnostic::new(
                    exercise.span,
                    Problem::ExerciseWithoutCheck { name: name.clone() },
                ));
            }
            if exercise.solution.iter().all(|block| matches!(block.kind, BlockKind::Query(_))) {
                found.push(Diagnostic::new(
                    exercise.span,
                    Problem::ExerciseWithoutSolution { name: name.clone() },
                ));
            }
            let hints = self.hints.iter().filter(|(of, _, _)| *of == index);
            let made = |hint: &str| exercise.mistakes.iter().any(|mistake| mistake.hint == hint);
            for (_, _, span) in hints.clone().filter(|(_, hint, _)| !made(hint)) {
                let problem = Problem::UnmatchedMistake { exercise: name.clone(), on_check: true };
                found.push(Diagnostic::new(*span, problem));
            }
            let noticed = |hint: &str| hints.clone().any(|(_, known, _)| known == hint);
            for mistake in exercise.mistakes.iter().filter(|mistake| !noticed(&mistake.hint)) {
                let problem = Problem::UnmatchedMistake { exercise: name.clone(), on_check: false };
                found.push(Diagnostic::new(mistake.span, problem));
            }
        }
        found
    }
}
