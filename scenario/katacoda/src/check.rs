//! Finds what would not work in a page, with its place.
//!
//! It searches markers in the files as the blocks of this page and the earlier ones have written them. It reads nothing from disk.

use std::ops::Range;

use crate::blocks::{Files, Marker};
use crate::count::Tally;
use crate::problem::Kind as Problem;
use crate::scan::{self, Action, Braces, Construct, End, Kind, Pre, Target, Verb};

/// Returns the problems of a page, and counts its markers.
pub fn check(
    text: &str,
    constructs: &[Construct],
    files: &mut Files,
    tally: &mut Tally,
) -> Vec<(Range<usize>, Problem)> {
    let mut check = Check { text, found: Vec::new() };
    for construct in constructs {
        match &construct.kind {
            Kind::Fence(fence) => {
                let open = first_line(text, &construct.span);
                if fence.end == End::Missing {
                    check.add(open.clone(), Problem::UnclosedFence);
                }
                if let Some(braces) = &fence.opening_braces {
                    let words = check.words(braces);
                    check.add(braces.span.clone(), Problem::ActionOnOpening(words));
                }
                let code = if fence.has_code_on_first_line(text) {
                    fence.info.start..fence.body.end
                } else {
                    fence.body.clone()
                };
                check.action(fence.braces.as_ref(), &code, files);
            }
            Kind::Span(span) => check.action(span.braces.as_ref(), &span.code, files),
            Kind::Pre(pre) => check.pre(pre, files, tally),
            Kind::Comment { is_closed: false } => {
                let start = construct.span.start;
                check.add(start..start + "<!--".len(), Problem::UnclosedComment);
            }
            Kind::Orphan(braces) => {
                let words = check.words(braces);
                check.add(braces.span.clone(), Problem::OrphanAction(words));
            }
            Kind::Stray(braces) => {
                let words = check.words(braces);
                check.add(braces.span.clone(), Problem::ActionOnOpening(words));
            }
            Kind::Comment { .. } | Kind::LoneBackticks => {}
        }
    }
    check.found
}

struct Check<'a> {
    text: &'a str,
    found: Vec<(Range<usize>, Problem)>,
}

impl Check<'_> {
    fn add(&mut self, place: Range<usize>, problem: Problem) {
        self.found.push((place, problem));
    }

    fn words(&self, braces: &Braces) -> String {
        braces.words(self.text).trim().to_owned()
    }

    /// Checks the braces behind a code.
    fn action(&mut self, braces: Option<&Braces>, code: &Range<usize>, files: &mut Files) {
        let Some(braces) = braces else { return };
        let action = Action::of(braces.words(self.text));
        let code = &self.text[code.clone()];
        if action.verb == Verb::Run {
            files.run(code);
        }
        if !action.is_known() {
            if action.is_meant() {
                let meant = action.others.iter().find_map(|word| scan::meant(word));
                let words = self.words(braces);
                self.add(braces.span.clone(), Problem::UnknownAction { words, meant });
            }
            return;
        }
        for word in &action.others {
            if let Some(meant) = scan::meant(word) {
                self.add(braces.span.clone(), Problem::MisspeltWord { word: word.clone(), meant });
            }
        }
        if action.verb != Verb::Nothing && code.trim().is_empty() {
            self.add(braces.span.clone(), Problem::EmptyCommand);
        }
    }

    fn pre(&mut self, pre: &Pre, files: &mut Files, tally: &mut Tally) {
        let text = self.text;
        let tag = first_line(text, &pre.tag);
        let is_file = pre.is_file(text);
        if text[pre.tag.clone()].contains(['“', '”', '‘', '’']) {
            self.add(tag.clone(), Problem::CurlyQuotes);
        }
        if !pre.is_closed {
            self.add(tag.clone(), Problem::UnclosedPre { is_file });
        }
        if !is_file {
            return;
        }
        let target = pre.target(text);
        let changes = matches!(target, Target::Replace | Target::Append | Target::Prepend | Target::Insert);
        if changes && pre.filename(text).is_none() {
            self.add(tag.clone(), Problem::NoFilename);
        }
        if target == Target::Other {
            let place = pre.attribute(text, "data-target").unwrap_or(tag.clone());
            let word = text[place.clone()].to_owned();
            self.add(place, Problem::UnknownTarget(word));
        }
        if target == Target::Insert && pre.marker(text).is_none() {
            self.add(tag.clone(), Problem::NoMarker);
        }
        match files.apply(text, pre) {
            Marker::Found => *tally.counts.entry("marker_found").or_default() += 1,
            Marker::NotFound => {
                let place = pre.attribute(text, "data-marker").unwrap_or(tag);
                let file = pre.filename(text).unwrap_or_default().to_owned();
                let marker = text[place.clone()].to_owned();
                self.add(place, Problem::MarkerNotFound { marker, file });
            }
            Marker::None | Marker::Undecided => {}
        }
    }
}

/// The part of a place on its first line.
fn first_line(text: &str, place: &Range<usize>) -> Range<usize> {
    let length = text[place.clone()].lines().next().map_or(0, str::len);
    place.start..place.start + length
}
