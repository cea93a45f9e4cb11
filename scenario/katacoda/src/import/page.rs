//! Converts a page of a scenario into the pieces of a page of a book, in the order of its constructs.
//!
//! A code span that runs stays in its sentence, and the block with its command follows the paragraph. This module leaves
//! nothing out: what has no counterpart stays visible, and gets a note.

use std::collections::{BTreeSet, HashMap};

use super::block::{Block, Does, Note, Piece};
use super::run::Terminals;
use super::source::Source;
use super::text::{retick, unindented, unquoted};
use super::{commands, local, prose};
use crate::blocks::{Files, block_text, path_of};
use crate::export::back;
use crate::scan::{Action, Construct, End, Fence, Kind, Span, Verb, scan};

/// The state that is kept from one page to the next.
pub(super) struct Converter {
    /// The folder to which relative file names refer.
    pub(super) folder: String,
    pub(super) files: Files,
    /// The files that a block has written.
    pub(super) written: BTreeSet<String>,
    /// All commands so far.
    pub(super) commands: String,
    terminals: Terminals,
    /// Hosts that are not this machine.
    hosts: Vec<String>,
    /// The reason why nothing of a page runs, if there is one.
    pub(super) shown_only: Option<&'static str>,
    /// All blocks. A piece refers to its block by number.
    pub(super) blocks: Vec<Block>,
    /// What differs from the original.
    pub(super) notes: Vec<Note>,
    /// The pages so far, each with the number of its first block.
    pages: Vec<(usize, String)>,
}

impl Converter {
    pub(super) fn new(folder: Option<&str>, ports: Vec<u16>, hosts: Vec<String>) -> Converter {
        Converter {
            folder: path_of(folder.unwrap_or("~"), "/"),
            files: Files::new(folder),
            written: BTreeSet::new(),
            commands: String::new(),
            terminals: Terminals::new(ports),
            shown_only: None,
            hosts,
            blocks: Vec::new(),
            notes: Vec::new(),
            pages: Vec::new(),
        }
    }

    /// Converts a page. `heading` goes before it.
    pub(super) fn page(
        &mut self,
        path: &str,
        text: &str,
        heading: Vec<Piece>,
        images: &HashMap<String, String>,
    ) -> Vec<Piece> {
        self.pages.push((self.blocks.len(), path.to_owned()));
        let mut source = Source::new(path, text, heading, images);
        let left_over = local::left_over(text).into_iter();
        self.notes.extend(left_over.map(|(line, text)| Note { page: path.to_owned(), line, text }));
        let (constructs, mut number) = (scan(text), 0);
        while let Some(construct) = constructs.get(number) {
            self.text_until(&mut source, construct.span.start);
            if let Some(ours) = back::block(text, &constructs[number..]) {
                number += ours.constructs;
                self.exported(&mut source, ours, constructs[number - 1].span.end);
            } else {
                self.construct(&mut source, construct);
                number += 1;
            }
        }
        self.text_until(&mut source, text.len());
        source.flush();
        // A question may contain inline code, so its text is complete only now.
        for piece in &mut source.pieces {
            if let Piece::Text(text) = piece {
                *text = local::quizzes(text);
            }
        }
        source.pieces
    }

    /// Restores a block that export has written.
    fn exported(&mut self, source: &mut Source<'_>, ours: back::Ours, end: usize) {
        source.flush();
        let block = Block::as_before(source.line(source.at), ours);
        source.pieces.push(self.add(block));
        source.at = end;
    }

    /// Completes the blocks after the last page.
    pub(super) fn finish(&mut self) {
        for (block, text) in self.terminals.finish(&mut self.blocks) {
            let line = self.blocks[block].line;
            let page = self.pages.iter().rev().find(|(first, _)| *first <= block);
            let page = page.map(|(_, path)| path.clone()).unwrap_or_default();
            self.notes.push(Note { page, line, text });
        }
    }

    /// Converts the text up to a place.
    fn text_until(&mut self, source: &mut Source<'_>, end: usize) {
        let start = source.at;
        for tag in source.text_until(end) {
            self.note(source, start, format!("the tag `{tag}` is shown, not carried out"));
        }
    }

    /// Adds a block.
    pub(super) fn add(&mut self, block: Block) -> Piece {
        self.blocks.push(block);
        Piece::Block(self.blocks.len() - 1)
    }

    pub(super) fn note(&mut self, source: &Source<'_>, at: usize, text: impl Into<String>) {
        self.notes.push(Note { page: source.path.to_owned(), line: source.line(at), text: text.into() });
    }

    fn construct(&mut self, source: &mut Source<'_>, construct: &Construct) {
        let span = &construct.span;
        let whole = &source.text[span.clone()];
        match &construct.kind {
            Kind::Span(code) => self.span(source, code, span.start),
            Kind::Fence(fence) => {
                source.flush();
                // The place of a fence begins with its line.
                let indent = prose::indent_of(whole.lines().next().unwrap_or_default());
                let before = &whole[..indent];
                if before.contains(|c: char| c.is_ascii_digit()) {
                    source.push_text(before.trim_end());
                }
                for block in self.fence(source, fence, span.start) {
                    source.pieces.push(self.add(Block { indent, ..block }));
                }
            }
            Kind::Pre(pre) if pre.is_file(source.text) => {
                source.flush();
                let block = self.file(source, pre);
                let indent = source.indent(span.start);
                source.pieces.push(self.add(Block { indent, ..block }));
            }
            Kind::Pre(pre) => {
                source.flush();
                let line = source.line(span.start);
                // A tag over several lines may be text behind a `<pre` that nothing closes.
                let is_tag = !source.text[pre.tag.clone()].contains('\n');
                let text = if is_tag { block_text(&source.text[pre.body.clone()]) } else { whole.to_owned() };
                let why = if pre.is_closed { "shown only" } else { "shown only; not closed in the original" };
                source.pieces.push(self.add(Block::shown(line, "text", &local::local(&text), why)));
            }
            Kind::Comment { is_closed: true } => match back::needs(whole) {
                Some(needs) => {
                    source.flush();
                    source.pieces.push(Piece::Verbatim(needs));
                }
                None => source.push_text(&prose::comment(whole)),
            },
            Kind::Comment { is_closed: false } => {
                source.flush();
                let line = source.line(span.start);
                source.pieces.push(self.add(Block::shown(
                    line,
                    "html",
                    whole,
                    "a comment that is not closed",
                )));
                self.note(source, span.start, "a comment that is not closed is shown as a block");
            }
            Kind::Orphan(braces) => {
                source.push_text(&prose::tags(whole).0);
                let words = braces.words(source.text).trim();
                self.note(source, span.start, format!("action `{words}` without code stays as text"));
            }
            Kind::Stray(braces) => {
                source.flush();
                let line = source.line(span.start);
                source.pieces.push(self.add(Block::shown(line, "text", whole, "an action without a block")));
                let words = braces.words(source.text).trim();
                self.note(
                    source,
                    span.start,
                    format!("action `{words}` without a block is shown as a block"),
                );
            }
            Kind::LoneBackticks => source.push_text(&whole.replace('`', "\\`")),
        }
        source.at = span.end;
    }

    fn span(&mut self, source: &mut Source<'_>, span: &Span, start: usize) {
        let text = source.text;
        let code = &text[span.code.clone()];
        let Some(braces) = &span.braces else {
            source.push_text(&retick(code, span.ticks));
            return;
        };
        let action = Action::of(braces.words(text));
        let end = braces.span.end;
        let is_alone = matches!(action.verb, Verb::Run | Verb::Copy)
            && !code.trim().is_empty()
            && source.is_alone(start..end);
        if !is_alone {
            source.push_text(&local::local(&retick(code, span.ticks)));
        }
        let indent = source.indent(start);
        let mut blocks = Vec::new();
        match action.verb {
            Verb::Run if code.trim().is_empty() => {
                source.push_text(&prose::tags(&text[braces.span.clone()]).0);
                self.note(source, start, "an action without a command stays as text");
            }
            Verb::Run => blocks = self.run(source, &action, code, "bash", start),
            Verb::Open => self.note(source, start, "`open` became inline code: open the file in the editor"),
            Verb::Copy if code.trim().is_empty() => {}
            Verb::Copy => {
                blocks.push(Block::shown(source.line(start), "text", &local::local(code), "to copy"));
            }
            Verb::Nothing => {}
            Verb::Unknown => {
                source.push_text(&prose::tags(&text[braces.span.clone()]).0);
                if action.is_meant() {
                    let words = braces.words(text).trim();
                    self.note(source, start, format!("unknown action `{words}` stays as text"));
                }
            }
        }
        for block in blocks {
            let piece = self.add(Block { indent, ..block });
            if is_alone { source.pieces.push(piece) } else { source.pending.push(piece) }
        }
    }

    fn fence(&mut self, source: &Source<'_>, fence: &Fence, start: usize) -> Vec<Block> {
        let (text, line) = (source.text, source.line(start));
        let info = &text[fence.info.clone()];
        let language =
            info.split(|c: char| c.is_whitespace() || matches!(c, '{' | ',')).next().unwrap_or_default();
        // Where the command begins on the opening line, the info string is code.
        let is_code = fence.has_code_on_first_line(text);
        let body = unquoted(&text[fence.body.clone()].replace("\r\n", "\n"), fence.quotes);
        let body = unindented(&if is_code { format!("{info}\n{body}") } else { body });
        if fence.end == End::Missing {
            self.note(source, start, "a block that is not closed ends with the page");
        }
        if let Some(braces) = &fence.opening_braces {
            let words = braces.words(text).trim().to_owned();
            self.note(source, start, format!("action `{words}` on the first line of a block does nothing"));
            let why = format!("`{words}` is on the first line of the block");
            return vec![Block::shown(line, language, &body, &why)];
        }
        let Some(braces) = &fence.braces else {
            return vec![Block::shown(line, language, &local::local(&body), "shown only")];
        };
        let action = Action::of(braces.words(text));
        match action.verb {
            Verb::Run => {
                let rest = info[language.len()..].trim();
                if !is_code && !rest.is_empty() && !rest.starts_with(['{', ',']) {
                    self.note(
                        source,
                        start,
                        format!("`{info}` on the first line of a block is not part of its code"),
                    );
                }
                self.run(source, &action, &body, if is_code { "bash" } else { language }, start)
            }
            Verb::Copy => vec![Block::shown(line, language, &local::local(&body), "to copy")],
            Verb::Open => {
                self.note(source, start, "`open` became a block: open the file in the editor");
                vec![Block::shown(line, language, &body, "to open in the editor")]
            }
            Verb::Nothing => vec![Block::shown(line, language, &local::local(&body), "shown only")],
            Verb::Unknown => {
                let words = braces.words(text).trim().to_owned();
                self.note(source, start, format!("unknown action `{words}`: the block is shown only"));
                vec![Block::shown(line, language, &body, &format!("unknown action `{words}`"))]
            }
        }
    }

    /// Converts code that runs.
    fn run(
        &mut self,
        source: &Source<'_>,
        action: &Action,
        code: &str,
        language: &str,
        start: usize,
    ) -> Vec<Block> {
        let line = source.line(start);
        let typed = local::local(code);
        let language = if language.is_empty() { "bash" } else { language };
        let shown = |why: &str| vec![Block::shown(line, language, &typed, why)];
        if let Some(why) = self.shown_only {
            return shown(why);
        }
        if action.is_keys || action.has_no_newline {
            let why = if action.is_keys { "keys to press" } else { "typed without Return" };
            self.note(source, start, format!("{why}: `{}` is shown only", code.trim()));
            return shown(why);
        }
        if let Some(host) = self.host(action) {
            self.note(source, start, format!("runs on {host}: it is shown only"));
            return shown(&format!("on {host}"));
        }
        for terminal in &action.terminals {
            let number = terminal.strip_prefix("HOST").map(|number| number.trim_start_matches('0'));
            let name = if number == Some("1") { "T1" } else { terminal };
            name.clone_into(&mut self.terminals.now);
        }
        self.files.run(&typed);
        self.commands.push_str(&typed);
        let (mut made, notes) = self.terminals.typed(line, &typed, action.interrupts, &mut self.blocks);
        for note in notes {
            self.note(source, start, note);
        }
        for block in &mut made {
            if let Does::Run(run) = &mut block.does {
                let plain = &run.commands[..run.commands.len() - usize::from(run.background.is_some())];
                let changes =
                    |path: &&String| plain.iter().any(|command| commands::may_change(&command.text, path));
                run.writes = self.written.iter().filter(changes).cloned().collect();
            }
        }
        if made.is_empty() { shown("no command") } else { made }
    }

    /// The other host on which an action runs.
    fn host(&self, action: &Action) -> Option<String> {
        let numbered = action.terminals.iter().find_map(|terminal| terminal.strip_prefix("HOST"));
        if let Some(number) = numbered.filter(|number| number.trim_start_matches('0') != "1") {
            return Some(format!("host{number:0>2}"));
        }
        let words = action.others.iter().map(|word| word.trim_start_matches("target=").to_ascii_lowercase());
        words.into_iter().find(|word| {
            let number = word.trim_start_matches("node").trim_start_matches("host").trim_start_matches('0');
            let is_numbered = word.len() > number.len() && number.bytes().all(|byte| byte.is_ascii_digit());
            self.hosts.contains(word) || is_numbered && number != "1"
        })
    }
}
