//! Steps are layers: which of them must be played to reach a step, from which state, and what is kept of each.
//!
//! `play` carries out one step.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Result;
use crate::event::{Note, RunResult, Skip};
use crate::files::Files;
use crate::mode_and_time::ModeAndTime;
use crate::plan::PlannedStep;
use crate::runner::play::Part;
use crate::runner::run::Run;
use crate::runner::step::require_step;
use crate::snapshot::{Before, Damage, PutBack, Snapshots};
use crate::workspace::Layer;
use crate::world::World;

/// How many files of the learner's are named that were moved out of the way.
const KEPT_MAX: usize = 10;

impl Run<'_> {
    /// Brings files and world to the end of a step.
    pub(super) fn converge_to(mut self, step: &PlannedStep) -> Result<RunResult> {
        let number = step.number;
        let files = Files::at(&self.plan.scenario, number);
        let world = World::at(&self.plan.scenario, number);
        let by_hand = self.accept_what_is_by_hand(number)?;
        let dirty = self.workspace.is_changed_by_hand(&files);
        let first = self.first_to_play(step, &world, dirty, None)?;
        if !self.play_from(first, number - 1)? {
            return self.finish();
        }
        if first > number {
            self.end_what_is_over(&world, &World::at(&self.plan.scenario, number - 1))?;
            self.go_to(number)?;
        }
        self.record.step(step);
        if first > number {
            let why = if by_hand == number { Skip::MadeByHand } else { Skip::Unchanged };
            if self.still_holds(step, &mut files.clone(), why)? {
                return self.finish();
            }
            self.go_to(number - 1)?;
        }
        self.play_layer(step, Part::Whole)?;
        self.finish()
    }

    /// Brings files and world to the beginning of a step. The caller then plays it and those after it up to `last`. Returns
    /// true if all steps before it passed.
    pub(super) fn reach(&mut self, number: usize, world: &World, last: usize) -> Result<bool> {
        let step = require_step(self.plan, number)?;
        let dirty = self.workspace.is_changed_by_hand(&Files::at(&self.plan.scenario, number));
        let first = self.first_to_play(step, world, dirty, Some(last))?;
        self.play_from(first, number - 1)
    }

    /// As [`Run::reach`], if the world is known to be at the end of step `at`: all steps after that are played. With 0,
    /// nothing runs, and only the steps that are needed are played.
    pub(super) fn reach_after(&mut self, at: usize, number: usize, world: &World) -> Result<bool> {
        let step = require_step(self.plan, number)?;
        let first = self.first_to_play(step, world, false, Some(number))?;
        let first = if at == 0 { first } else { first.min(at + 1) };
        self.play_from(first, number - 1)
    }

    pub(super) fn finish(self) -> Result<RunResult> {
        self.workspace.save()?;
        Ok(self.record.into_result())
    }

    /// Ends all that is ours, and removes what the book has made: its files, and what its commands have left. Folders that
    /// tools fill stay, for example those with compiled programs.
    pub(super) fn converge_to_nothing(mut self) -> Result<RunResult> {
        self.end_what_is_over(&World::default(), &World::default())?;
        if self.snapshots()?.has(0) {
            self.go_to(0)?;
        }
        self.sync(&Files::default())?;
        self.workspace.memory.by_commands.clear();
        self.workspace.memory.layers.clear();
        self.terminals.forget()?;
        self.record.note(Note::NothingLeft);
        self.finish()
    }

    /// The first step that must be played to reach a step; the number after that step if none must. With `last`, the step
    /// itself and those after it up to `last` are played in any case. `world` is what should run in the end.
    ///
    /// A step must be played if its present text has not been played to its end, or if something that it has started or
    /// built is gone and is needed. All steps after it are played as well, from the state before it: they may have told a
    /// process something that a new one does not know.
    pub(super) fn first_to_play(
        &mut self,
        step: &PlannedStep,
        world: &World,
        dirty: bool,
        last: Option<usize>,
    ) -> Result<usize> {
        let number = step.number;
        let mut first = if last.is_some() { number } else { number + 1 };
        for earlier in self.plan.up_to(number).collect::<Vec<_>>().into_iter().rev() {
            let layer = self.workspace.memory.layers.get(&earlier.number);
            // A terminal that was closed since has lost what the step did to it.
            let kept = self.workspace.memory.terminals.get(&earlier.number);
            let is_open = kept.is_none_or(|kept| self.terminals.has(earlier.number, kept));
            // Nobody knows what of it still runs.
            let known = self.plan.scenario.step(earlier.number);
            let is_untracked = known.is_some_and(|step| step.blocks.iter().any(|block| block.untracked));
            let is_done = is_open
                && !is_untracked
                && layer.is_some_and(|layer| {
                    layer.key.as_ref() == Some(&earlier.key)
                        && (earlier.number < number || layer.own_key.as_ref() == Some(&earlier.own_key))
                });
            let makes_container = world.containers.values().any(|made| made.step == earlier.number);
            let is_old = dirty && (earlier.number == number || makes_container);
            if !is_done || is_old {
                first = earlier.number;
            }
        }
        let is_there = self.workspace.memory.at == Some(number);
        let mut missing = BTreeMap::new();
        loop {
            let before = first;
            let needed = self.missing_before(first, last.unwrap_or(number), world)?;
            first = needed.keys().next().copied().unwrap_or(first);
            missing.extend(needed);
            // If the state before a step cannot be put back, it begins with an earlier one.
            while first > 1 && (first <= number || !is_there) && !self.can_begin_after(first - 1) {
                first -= 1;
            }
            if first == before {
                break;
            }
        }
        if !missing.is_empty() {
            // Two steps may have started something under one name.
            let missing = missing.into_values().flatten().collect::<BTreeSet<_>>().into_iter().collect();
            self.record.note(Note::BringingBack { step: first, missing });
        }
        Ok(first)
    }

    /// Whether the end of a step is there, or can be put back.
    fn can_begin_after(&mut self, number: usize) -> bool {
        let Ok(snapshots) = self.snapshots() else { return false };
        if !snapshots.has(number) {
            return self.workspace.memory.layers.get(&number).is_some_and(|layer| layer.by_hand);
        }
        let damage = snapshots.damage(number, self.workspace.memory.at == Some(number));
        if let Some(Damage { path, missing }) = damage.clone() {
            self.record.note(Note::Damaged { step: number, path, missing });
        }
        damage.is_none()
    }

    /// Plays the steps from `first` to `last` on the way to a later one, from the state before the first of them.
    /// True if all of them passed.
    fn play_from(&mut self, first: usize, last: usize) -> Result<bool> {
        if first > last + 1 {
            return Ok(true);
        }
        let steps: Vec<usize> = (first..=last + 1).collect();
        if steps.len() > 1 {
            self.record.note(Note::Playing { steps });
        }
        let world = |number| World::at(&self.plan.scenario, number);
        self.end_what_is_over(&world(first), &world(first - 1))?;
        // A later step would find what tools have collected before, and the page knows nothing of that.
        if first == 1 {
            self.workspace.clear_data_of_tools()?;
        }
        self.go_to(first - 1)?;
        for step in self.plan.up_to(last).filter(|step| step.number >= first) {
            self.record.step(step);
            if !self.play_layer(step, Part::Way)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Plays one step on the state of the step before it, and keeps its end if this run keeps any.
    pub(super) fn play_layer(&mut self, step: &PlannedStep, part: Part) -> Result<bool> {
        let number = step.number;
        self.workspace.memory.at = None;
        let snapshots = self.snapshots()?;
        if !self.keeps {
            self.workspace.save()?;
            let mut files = self.files_before(number, &snapshots)?;
            let before = snapshots.before()?;
            self.seed()?;
            let passed = self.play(step, &mut files, part);
            // So that it is not taken for the learner's, and goes.
            snapshots.note(&before)?;
            return passed;
        }
        self.workspace.memory.layers.retain(|known, _| *known < number);
        self.workspace.memory.layers.insert(number, Layer::default());
        self.workspace.save()?;
        snapshots.forget_from(number)?;
        let mut files = self.files_before(number, &snapshots)?;
        let before = snapshots.before()?.without(&self.workspace.going);
        self.seed()?;
        let passed = self.play(step, &mut files, part);
        if !matches!(passed, Ok(true)) {
            snapshots.note(&before)?;
            return passed;
        }
        let own_key = (part == Part::Whole).then(|| step.own_key.clone());
        let layer = Layer { key: Some(step.key.clone()), own_key, ..Layer::default() };
        self.workspace.memory.layers.insert(number, layer);
        let files = Files::at(&self.plan.scenario, number);
        files.written().for_each(|path| self.workspace.acknowledge(path));
        self.keep_end(number, &before)?;
        Ok(true)
    }

    /// The files at the end of the step before this one, with what commands have made of them.
    pub(super) fn files_before(&mut self, number: usize, snapshots: &Snapshots) -> Result<Files> {
        let mut files = Files::at(&self.plan.scenario, number - 1);
        let written: Vec<String> = files.written().map(str::to_owned).collect();
        for path in written {
            if snapshots.content(number - 1, &path).is_some() {
                let kept = snapshots.put_back_file(number - 1, &path, &self.workspace)?;
                if let Some(kept) = kept {
                    self.record.kept(path.clone(), kept);
                }
                self.workspace.acknowledge(&path);
            }
            files.learn(&path, self.workspace.read(&path));
        }
        Ok(files)
    }

    /// Keeps what steps have made as the end of a step.
    pub(super) fn keep_end(&mut self, number: usize, before: &Before) -> Result<()> {
        self.workspace.memory.at = Some(number);
        let pages = Files::at(&self.plan.scenario, number);
        if let Some(why) = self.snapshots()?.take(number, &pages, before)? {
            self.record.note(Note::NotKept { step: number, why });
        }
        self.workspace.save()
    }

    /// Brings the files that no page writes to the end of a step, and ends what later steps have started. The files of the
    /// pages are written afterwards.
    pub(super) fn go_to(&mut self, number: usize) -> Result<()> {
        let snapshots = self.snapshots()?;
        if !snapshots.has(number) {
            if self.workspace.memory.layers.is_empty() && number == 0 {
                self.keep_end(0, &Before::default())?;
            }
            return Ok(());
        }
        if self.workspace.memory.at == Some(number) {
            let missing = snapshots.put_back_missing(number)?;
            if let Some(path) = missing.first().cloned() {
                self.record.note(Note::PutBack { path, count: missing.len() });
            }
            return Ok(());
        }
        self.end_what_came_after(number)?;
        // Until it is done, the workspace is at no step's end.
        self.workspace.memory.at = None;
        self.workspace.save()?;
        let pages = Files::at(&self.plan.scenario, number);
        let PutBack { kept, written, removed, folders, folder_modes, pages: modes_and_times, .. } =
            match snapshots.put_back(number, &pages, &self.workspace)? {
                Ok(done) => done,
                Err(why) => {
                    self.record.note(Note::NotPutBack { step: number, why });
                    return Ok(());
                }
            };
        self.workspace.going = folders;
        self.workspace.folder_modes = folder_modes;
        self.workspace.modes_and_times = modes_and_times;
        // A file that only later pages write is new when they are played again.
        let later = self.workspace.memory.files.keys().filter(|path| !pages.has(path)).cloned();
        let new_file = ModeAndTime::of_new_file();
        let later: Vec<_> = later.filter_map(|path| Some((path, new_file.clone()?))).collect();
        self.workspace.modes_and_times.extend(later);
        for path in &removed {
            self.workspace.memory.files.remove(path);
            self.workspace.memory.by_commands.remove(path);
        }
        for path in written {
            self.workspace.memory.files.remove(&path);
            if self.looks.is_of_book(&path) {
                self.workspace.acknowledge(&path);
            }
            if self.seeds().iter().any(|(seed, _)| *seed == path) {
                self.workspace.remember_seed(&path);
            }
        }
        let more = kept.len().saturating_sub(KEPT_MAX);
        let folder = kept.first().and_then(|(path, kept)| kept.ancestors().nth(path.split('/').count()));
        let folder = folder.map(std::path::Path::to_owned);
        for (path, kept) in kept.into_iter().take(KEPT_MAX) {
            self.record.kept(path, kept);
        }
        if let Some(folder) = folder.filter(|_| more > 0) {
            self.record.note(Note::KeptMore { count: more, folder });
        }
        self.workspace.memory.at = Some(number);
        self.workspace.save()
    }

    pub(super) fn snapshots(&self) -> Result<Snapshots> {
        Snapshots::of(&self.workspace, &self.plan.scenario.unwritten.caches)
    }

    /// Checks a step that need not be played. A check may come to fail with time, such as one of a rate over the last few
    /// minutes. Then only a note is reported, and the step is played after all.
    fn still_holds(&mut self, step: &PlannedStep, files: &mut Files, why: Skip) -> Result<bool> {
        self.record.hold_back();
        let passed = self.play(step, files, Part::Checks(why));
        if let Ok(true) = passed {
            self.record.release();
            return Ok(true);
        }
        self.record.discard();
        if passed.is_ok() && step.commands().next().is_some() {
            self.record.note(Note::RunningAgain);
        }
        passed
    }
}
