//! What a reader does alone after a chapter, and how it is checked: an exercise, its solution and its mistakes.
//!
//! An attempt at an exercise is played as a step of its own after the chapter. How that is done is not known here.

use crate::model::{Block, BlockKind, Check, Scenario, Step};
use crate::source::Span;

/// An exercise of a step. It does not belong to the step: it begins at the end of it, and nothing builds on it.
#[derive(Debug, Clone)]
pub struct Exercise {
    /// Its name, which no other exercise of the step has.
    pub name: String,
    /// Where the page first names it.
    pub span: Span,
    /// The blocks that solve it, in the order of the page.
    pub solution: Vec<Block>,
    /// Its hidden checks, which run after the last block.
    pub checks: Vec<Check>,
    /// What may go wrong, in the order of the page.
    pub mistakes: Vec<Mistake>,
}

/// A wrong solution of an exercise: its check with the same hint notices it.
#[derive(Debug, Clone)]
pub struct Mistake {
    /// The hint that a reader gets after making it.
    pub hint: String,
    /// Where the page first gives the hint.
    pub span: Span,
    /// The blocks that make it, in the order of the page.
    pub blocks: Vec<Block>,
}

/// What is done of an exercise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// Nothing: its checks are only asked.
    Nothing,
    /// Its solution.
    Solution,
    /// The mistake with this number, counted from 0.
    Mistake(usize),
}

impl Exercise {
    /// Its blocks, those of mistakes included.
    pub fn all_blocks(&self) -> impl Iterator<Item = &Block> {
        self.solution.iter().chain(self.mistakes.iter().flat_map(|mistake| &mistake.blocks))
    }

    /// The hint that is shown when `failed` is the first check to fail.
    pub fn hint(&self, failed: &str) -> Option<&str> {
        self.checks.iter().find(|check| check.id == failed)?.hint.as_deref()
    }

    /// The attempts, in the order in which a learner may come to the solution.
    pub fn attempts(&self) -> impl Iterator<Item = Attempt> + use<> {
        let mistakes = (0..self.mistakes.len()).map(Attempt::Mistake);
        std::iter::once(Attempt::Nothing).chain(mistakes).chain([Attempt::Solution])
    }

    /// The blocks of an attempt.
    pub fn blocks(&self, attempt: Attempt) -> &[Block] {
        match attempt {
            Attempt::Nothing => &[],
            Attempt::Solution => &self.solution,
            Attempt::Mistake(index) => self.mistakes.get(index).map_or(&[], |mistake| &mistake.blocks),
        }
    }
}

impl Scenario {
    /// The exercise of a step that has this name.
    pub fn exercise(&self, number: usize, name: &str) -> Option<&Exercise> {
        self.step(number)?.exercises.iter().find(|exercise| exercise.name == name)
    }

    /// The book that ends with an attempt at an exercise of step `number`: the attempt is the step after that one.
    pub fn with_attempt(&self, number: usize, exercise: &Exercise, attempt: Attempt) -> Scenario {
        let mut steps: Vec<Step> = self.steps.iter().take(number).cloned().collect();
        let last = steps.last().map(|step| Step { number: number + 1, ..step.attempt(exercise, attempt) });
        steps.extend(last);
        let (title, sources) = (self.title.clone(), self.sources.clone());
        let (results, unwritten) = (self.results.clone(), self.unwritten.clone());
        let (needs, imported, after_save) = (self.needs.clone(), self.imported, self.after_save.clone());
        Scenario { title, steps, sources, results, unwritten, needs, imported, after_save }
    }

    /// The book in which a block of an exercise is part of a step; `None` for a block that is of no exercise.
    pub fn with_block_of_exercise(&self, id: &str) -> Option<Scenario> {
        let of_steps =
            self.steps.iter().flat_map(|step| step.exercises.iter().map(move |it| (step.number, it)));
        let (number, exercise) = of_steps
            .into_iter()
            .find(|(_, exercise)| exercise.solution.iter().any(|block| block.id == id))?;
        Some(self.with_attempt(number, exercise, Attempt::Solution))
    }
}

impl Step {
    /// All blocks of its page: its own, then those of its exercises with their mistakes.
    pub fn every_block(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter().chain(self.exercises.iter().flat_map(Exercise::all_blocks))
    }

    /// All that its page asks: the PromQL blocks and the hidden checks, its own and those of its exercises.
    pub fn every_check(&self) -> impl Iterator<Item = &Check> {
        let visible = self.every_block().filter_map(|block| match &block.kind {
            BlockKind::Query(check) => Some(check),
            _ => None,
        });
        let of_exercises = self.exercises.iter().flat_map(|exercise| &exercise.checks);
        visible.chain(&self.checks).chain(of_exercises)
    }

    /// The blocks that a page shows: those of the step, then those of the solutions of its exercises.
    pub fn shown_blocks(&self) -> impl DoubleEndedIterator<Item = &Block> {
        self.blocks.iter().chain(self.exercises.iter().flat_map(|exercise| &exercise.solution))
    }

    /// An attempt at an exercise as a step of its own, on the same page.
    pub fn attempt(&self, exercise: &Exercise, attempt: Attempt) -> Step {
        Step {
            number: self.number,
            label: self.label.clone(),
            title: self.title.clone(),
            page: self.page,
            blocks: exercise.blocks(attempt).to_vec(),
            checks: exercise.checks.clone(),
            needs: None,
            exercises: Vec::new(),
        }
    }
}
