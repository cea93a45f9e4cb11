//! A page of theirs as pieces of one of ours, in the order of its constructs.
//!
//! A code span that runs stays in its sentence, and the block with its command follows the paragraph. Nothing is left
//! out: what has no counterpart stays visible, and is a note.

use std::collections::{BTreeSet, HashMap};

use super::block::{Block, Does, Piece};
use super::text::{background, language_of, paragraph_end, replacement, retick, unindented};
use super::{commands, local};
use crate::blocks::{Files, block_text, path_of};
use crate::export::back;
use crate::html;
use crate::scan::{Action, Construct, End, Fence, Kind, Pre, Span, Target, Verb, scan};

/// Something that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Note {
    /// The original page.
    pub(super) page: String,
    /// The line there; 0 for the whole page.
    pub(super) line: usize,
    /// What is so now.
    pub(super) text: String,
}

/// What is known from one page to the next.
pub(super) struct Converter {
    /// The folder of files without another one.
    folder: String,
    files: Files,
    /// The files that a block has written.
    written: BTreeSet<String>,
    /// The terminal in use.
    terminal: String,
    /// The block of the last run in each terminal that goes on until it is interrupted.
    last: HashMap<String, usize>,
    ports: Vec<u16>,
    /// All blocks; a piece has the number of its own.
    pub(super) blocks: Vec<Block>,
    /// What is not as it was.
    pub(super) notes: Vec<Note>,
}

/// A page on the way.
struct Source<'a> {
    path: &'a str,
    text: &'a str,
    pieces: Vec<Piece>,
    /// Blocks that follow the paragraph.
    pending: Vec<Piece>,
    /// Where the text that is not taken over yet begins.
    at: usize,
}

impl Converter {
    pub(super) fn new(folder: Option<&str>, ports: Vec<u16>) -> Converter {
        Converter {
            folder: path_of(folder.unwrap_or("~"), "/"),
            files: Files::new(folder),
            written: BTreeSet::new(),
            terminal: "T1".to_owned(),
            last: HashMap::new(),
            ports,
            blocks: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The path of a file in the workspace, if it is in there.
    pub(super) fn workspace_path(&self, name: &str) -> Option<String> {
        let path = path_of(name, &self.folder);
        let home = path_of("~", "/");
        let below = [self.folder.as_str(), &home]
            .into_iter()
            .find_map(|root| path.strip_prefix(root)?.strip_prefix('/'));
        let below = below
            .filter(|below| !below.split('/').any(|part| part == "..") && !below.starts_with(".scenario"));
        below.map(str::to_owned)
    }

    /// Takes over a page; `heading` goes before it.
    pub(super) fn page(&mut self, path: &str, text: &str, heading: Vec<Piece>) -> Vec<Piece> {
        let mut source = Source { path, text, pieces: heading, pending: Vec::new(), at: 0 };
        let (constructs, mut number) = (scan(text), 0);
        while let Some(construct) = constructs.get(number) {
            source.text_until(construct.span.start);
            if let Some(ours) = back::block(text, &constructs[number..]) {
                number += ours.constructs;
                self.exported(&mut source, ours, constructs[number - 1].span.end);
            } else {
                self.construct(&mut source, construct);
                number += 1;
            }
        }
        source.text_until(text.len());
        source.flush();
        source.pieces
    }

    /// A block that export has written: as it was.
    fn exported(&mut self, source: &mut Source<'_>, ours: back::Ours, end: usize) {
        source.flush();
        let block = Block::as_before(source.line(source.at), ours);
        source.pieces.push(self.add(block));
        source.at = end;
    }

    /// Adds a block.
    pub(super) fn add(&mut self, block: Block) -> Piece {
        self.blocks.push(block);
        Piece::Block(self.blocks.len() - 1)
    }

    fn note(&mut self, source: &Source<'_>, at: usize, text: impl Into<String>) {
        self.notes.push(Note { page: source.path.to_owned(), line: source.line(at), text: text.into() });
    }

    fn construct(&mut self, source: &mut Source<'_>, construct: &Construct) {
        let span = &construct.span;
        let whole = &source.text[span.clone()];
        match &construct.kind {
            Kind::Span(code) => self.span(source, code, span.start),
            Kind::Fence(fence) => {
                source.flush();
                let block = self.fence(source, fence, span.start);
                source.pieces.push(self.add(block));
            }
            Kind::Pre(pre) if pre.is_file(source.text) => {
                source.flush();
                let block = self.file(source, pre);
                source.pieces.push(self.add(block));
            }
            Kind::Pre(pre) => {
                source.flush();
                let line = source.line(span.start);
                let text = block_text(&source.text[pre.body.clone()]);
                let why = if pre.is_closed { "shown only" } else { "shown only; not closed in the original" };
                source.pieces.push(self.add(Block::shown(line, "text", &local::local(&text), why)));
            }
            Kind::Comment { is_closed: true } => source.push_text(whole),
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
                source.push_text(whole);
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
        source.push_text(&local::local(&retick(code, span.ticks)));
        match action.verb {
            Verb::Run if code.trim().is_empty() => {
                source.push_text(&text[braces.span.clone()]);
                self.note(source, start, "an action without a command stays as text");
            }
            Verb::Run => {
                let block = self.run(source, &action, code, "bash", start);
                source.pending.push(self.add(block));
            }
            Verb::Open => self.note(source, start, "`open` became inline code: open the file in the editor"),
            Verb::Copy | Verb::Nothing => {}
            Verb::Unknown => {
                source.push_text(&text[braces.span.clone()]);
                if action.is_meant() {
                    let words = braces.words(text).trim();
                    self.note(source, start, format!("unknown action `{words}` stays as text"));
                }
            }
        }
    }

    fn fence(&mut self, source: &Source<'_>, fence: &Fence, start: usize) -> Block {
        let (text, line) = (source.text, source.line(start));
        let info = &text[fence.info.clone()];
        let language = info.split(|c: char| c.is_whitespace() || c == '{').next().unwrap_or_default();
        // Where the command begins on the opening line, the info string is code.
        let is_code = fence.has_code_on_first_line(text);
        let body = text[fence.body.clone()].replace("\r\n", "\n");
        let body = unindented(&if is_code { format!("{info}\n{body}") } else { body });
        if fence.end == End::Missing {
            self.note(source, start, "a block that is not closed ends with the page");
        }
        if let Some(braces) = &fence.opening_braces {
            let words = braces.words(text).trim().to_owned();
            self.note(source, start, format!("action `{words}` on the first line of a block does nothing"));
            return Block::shown(
                line,
                language,
                &body,
                &format!("`{words}` is on the first line of the block"),
            );
        }
        let Some(braces) = &fence.braces else {
            return Block::shown(line, language, &local::local(&body), "shown only");
        };
        let action = Action::of(braces.words(text));
        match action.verb {
            Verb::Run => self.run(source, &action, &body, if is_code { "bash" } else { language }, start),
            Verb::Copy => Block::shown(line, language, &local::local(&body), "to copy"),
            Verb::Open => {
                self.note(source, start, "`open` became a block: open the file in the editor");
                Block::shown(line, language, &body, "to open in the editor")
            }
            Verb::Nothing => Block::shown(line, language, &local::local(&body), "shown only"),
            Verb::Unknown => {
                let words = braces.words(text).trim().to_owned();
                self.note(source, start, format!("unknown action `{words}`: the block is shown only"));
                Block::shown(line, language, &body, &format!("unknown action `{words}`"))
            }
        }
    }

    /// A code that runs.
    fn run(
        &mut self,
        source: &Source<'_>,
        action: &Action,
        code: &str,
        language: &str,
        start: usize,
    ) -> Block {
        let line = source.line(start);
        let typed = local::local(code);
        let shown =
            |why: &str| Block::shown(line, if language.is_empty() { "bash" } else { language }, &typed, why);
        if action.is_keys || action.has_no_newline {
            let why = if action.is_keys { "keys to press" } else { "typed without Return" };
            self.note(source, start, format!("{why}: `{}` is shown only", code.trim()));
            return shown(why);
        }
        for terminal in &action.terminals {
            match terminal.strip_prefix("HOST") {
                Some("1") => "T1".clone_into(&mut self.terminal),
                Some(host) => {
                    self.note(source, start, format!("runs on host {host}: it is shown only"));
                    return shown(&format!("on host{host:0>2}"));
                }
                None => self.terminal.clone_from(terminal),
            }
        }
        self.files.run(&typed);
        let console = commands::console(&typed);
        if console.is_empty() {
            return shown("no command");
        }
        let mut attributes = String::new();
        if self.terminal != "T1" {
            attributes = format!(" terminal={}", self.terminal);
        }
        if action.interrupts
            && let Some(name) = self.interrupt(source, start)
        {
            attributes.push_str(&format!(" stop={name}"));
        }
        if commands::keeps_running(&typed) {
            // The block is added next.
            self.last.insert(self.terminal.clone(), self.blocks.len());
        }
        let does = Does::Run { console, attributes };
        Block { line, language: "bash".to_owned(), text: typed, does, ignore: None }
    }

    /// Makes the last command of the terminal one in the background, if it goes on until it is interrupted: its name.
    fn interrupt(&mut self, source: &Source<'_>, start: usize) -> Option<String> {
        let last = self.last.remove(&self.terminal);
        let name = format!("{}-{}", self.terminal.to_lowercase(), last.unwrap_or_default() + 1);
        let block = last.and_then(|last| self.blocks.get_mut(last));
        let why = "every command before it is taken to have ended by itself";
        match block.map_or(Err(why), |block| background(block, &name, &self.ports)) {
            Ok(()) => Some(name),
            Err(why) => {
                self.note(source, start, format!("`interrupt`: {why}"));
                None
            }
        }
    }

    /// A block for a file.
    fn file(&mut self, source: &Source<'_>, pre: &Pre) -> Block {
        let (text, start) = (source.text, pre.tag.start);
        let line = source.line(start);
        let body = block_text(&text[pre.body.clone()]);
        let shown = |language: &str, why: &str| Block::shown(line, language, &body, why);
        if !pre.is_closed {
            self.note(source, start, "a block for a file that is not closed ends here");
        }
        let target = pre.target(text);
        let Some(name) = pre.filename(text) else {
            return match target {
                Target::Clipboard => shown("text", "to copy"),
                Target::Unset | Target::Empty => shown("text", "shown only"),
                _ => {
                    self.note(source, start, "a block for a file without its name is shown only");
                    shown("text", "no file is named")
                }
            };
        };
        let language = language_of(name);
        if target == Target::Clipboard {
            return shown(language, "to copy");
        }
        let Some(path) = self.workspace_path(name) else {
            self.note(source, start, format!("`{name}` is outside the workspace: the block is shown only"));
            return shown(language, &format!("changes {name}, which is outside the workspace"));
        };
        let before = self.files.text(&path_of(name, &self.folder)).map(str::to_owned);
        self.files.apply(text, pre);
        let is_new = self.written.insert(path.clone());
        let (verb, text) = match target {
            Target::Replace => (String::new(), body.clone()),
            Target::Insert => {
                let marker = html::decode(pre.marker(text).unwrap_or_default()).into_owned();
                replacement(before.as_deref().unwrap_or_default(), &marker, &body)
            }
            _ if is_new => (String::new(), body.clone()),
            Target::Prepend => (" prepend".to_owned(), body.clone()),
            Target::Other => {
                self.note(source, start, "unknown `data-target`: the block is shown only");
                return shown(language, "unknown data-target");
            }
            _ => (" append".to_owned(), body.clone()),
        };
        let does = Does::File { path, verb, text };
        Block { line, language: language.to_owned(), text: body, does, ignore: None }
    }

    /// A file that is there from the beginning, as a block of ours.
    pub(super) fn asset(&mut self, path: &str, text: &str) -> Block {
        self.written.insert(path.to_owned());
        let name = path.rsplit('/').next().unwrap_or(path);
        let folder = path.strip_suffix(name).unwrap_or_default();
        self.files.asset(name, &path_of(folder, &self.folder), text);
        let does = Does::File { path: path.to_owned(), verb: String::new(), text: text.to_owned() };
        Block { line: 0, language: language_of(path).to_owned(), text: text.to_owned(), does, ignore: None }
    }
}

impl Source<'_> {
    fn line(&self, at: usize) -> usize {
        self.text[..at].matches('\n').count() + 1
    }

    fn push_text(&mut self, text: &str) {
        if let Some(Piece::Text(last)) = self.pieces.last_mut() {
            last.push_str(text);
        } else {
            self.pieces.push(Piece::Text(text.to_owned()));
        }
    }

    /// Takes over the text up to a place; blocks that wait follow its first paragraph.
    fn text_until(&mut self, end: usize) {
        let text = &self.text[self.at..end.max(self.at)];
        let split = if self.pending.is_empty() { None } else { paragraph_end(text) };
        let (first, rest) = text.split_at(split.unwrap_or(text.len()));
        self.push_text(&local::quizzes(&local::local(first)));
        if split.is_some() {
            self.flush();
            self.push_text(&local::quizzes(&local::local(rest)));
        }
        self.at = end;
    }

    /// Adds the blocks that wait.
    fn flush(&mut self) {
        self.pieces.append(&mut self.pending);
    }
}
