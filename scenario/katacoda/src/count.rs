//! Counts what is in a page: runs, copies, opens, blocks for files, ports, and oddities of the format.
//!
//! The names are those of a public measurement of such scenarios. This module does not report mistakes: `check` does.

use std::collections::{BTreeMap, BTreeSet};

use memchr::memmem;

use crate::html;
use crate::links;
use crate::scan::{Action, Construct, End, Fence, Kind, Pre, Span, Target, Verb};

/// Each count with its name.
pub type Counts = BTreeMap<&'static str, usize>;

/// The counts of a page.
#[derive(Debug, Default)]
pub struct Tally {
    /// Runs, copies, opens, blocks and other constructs.
    pub counts: Counts,
    /// Deviations from plain Markdown, or from the meaning of the format.
    pub odd: Counts,
    /// The terminals in which something runs.
    pub terminals: BTreeSet<String>,
    /// The ports that a page links to.
    pub ports: BTreeSet<u16>,
}

/// Counts the constructs of a page.
pub fn count(text: &str, constructs: &[Construct]) -> Tally {
    let mut tally = Tally::default();
    let (mut line_start, mut looked) = (0, 0);
    for construct in constructs {
        match &construct.kind {
            Kind::Fence(fence) => tally.fence(text, fence),
            Kind::Span(span) => tally.span(text, span),
            Kind::Pre(pre) => {
                tally.pre(text, pre);
                // Search each byte once. Otherwise many blocks on one line would take quadratic time.
                if let Some(at) = memchr::memrchr(b'\n', &text.as_bytes()[looked..construct.span.start]) {
                    line_start = looked + at + 1;
                }
                looked = construct.span.start;
                let before = &text[line_start..construct.span.start];
                let is_first = before.bytes().all(|byte| byte.is_ascii_whitespace());
                tally.odd_if(!is_first, "pre_not_at_line_start");
                tally.odd_if(is_first && before.len() >= 4, "pre_indented_4");
            }
            Kind::Comment { .. } => {
                let has_action = has_action(&text[construct.span.clone()]);
                tally.odd_if(has_action, "ignored_in_comment");
            }
            Kind::Orphan(_) => tally.odd_if(true, "orphan_action"),
            Kind::Stray(_) => tally.odd_if(true, "open_fence_action"),
            Kind::LoneBackticks => tally.odd_if(true, "lone_backticks"),
        }
    }
    let (links, has_traffic) = links::find_any(text);
    tally.add("host_port_links", links.len());
    tally.ports = links.iter().map(|link| link.port).collect();
    tally.add("traffic_placeholder", usize::from(has_traffic));
    tally.add("quiz", memmem::find_iter(text.as_bytes(), ">>").filter(|at| is_quiz(text, *at)).count());
    let mut returns = memchr::memchr_iter(b'\r', text.as_bytes());
    tally.odd_if(returns.any(|at| text.as_bytes().get(at + 1) == Some(&b'\n')), "page_crlf");
    tally
}

/// Whether `>>` begins a line with a question: `>>Q1: Which one?<<`.
fn is_quiz(text: &str, at: usize) -> bool {
    let is_line_start = at == 0 || text.as_bytes()[at - 1] == b'\n';
    is_line_start && text[at + 2..].lines().next().is_some_and(|rest| rest.contains("<<"))
}

/// The places of actions in a text where they have no effect, such as the body of a block.
fn actions(text: &str) -> impl Iterator<Item = usize> {
    memmem::find_iter(text.as_bytes(), "{{").filter(|at| {
        let words = text[at + 2..].split(['}', '\n']).next().unwrap_or_default();
        !words.trim().is_empty() && Action::of(words).is_known()
    })
}

fn has_action(text: &str) -> bool {
    actions(text).next().is_some()
}

impl Tally {
    fn add(&mut self, name: &'static str, number: usize) {
        if number > 0 {
            *self.counts.entry(name).or_default() += number;
        }
    }

    fn add_if(&mut self, condition: bool, name: &'static str) {
        self.add(name, usize::from(condition));
    }

    fn odd_if(&mut self, condition: bool, name: &'static str) {
        if condition {
            *self.odd.entry(name).or_default() += 1;
        }
    }

    fn fence(&mut self, text: &str, fence: &Fence) {
        self.add("fence", 1);
        if let Some(braces) = &fence.braces {
            let action = Action::of(braces.words(text));
            self.action(&action, ["run_fence", "copy_fence", "open_fence"]);
            let has_language = !fence.info.is_empty() && fence.opening_braces.is_none();
            self.odd_if(has_language && action.is_known(), "action_on_language_fence");
        }
        self.odd_if(fence.opening_braces.is_some(), "open_fence_action");
        self.odd_if(fence.is_indented, "indented_fence");
        self.odd_if(fence.is_tilde, "tilde_fence");
        self.odd_if(fence.has_text_after, "text_after_close_fence");
        self.odd_if(fence.end == End::AfterCode, "fence_closed_after_code");
        self.odd_if(fence.end == End::Shorter, "fence_closed_by_shorter");
        self.odd_if(fence.end == End::Missing, "unclosed_fence");
        self.odd_if(has_action(&text[fence.body.clone()]), "action_in_fence");
    }

    fn span(&mut self, text: &str, span: &Span) {
        let code = &text[span.code.clone()];
        if let Some(braces) = &span.braces {
            self.action(&Action::of(braces.words(text)), ["run_inline", "copy_inline", "open_inline"]);
        }
        self.odd_if(span.ticks > 1, "multi_backtick_span");
        self.odd_if(code.contains('\n'), "code_span_over_lines");
        self.odd_if(has_action(code), "action_in_code_span");
    }

    /// Counts an action behind code. The names are those of a run, a copy, and an open.
    fn action(&mut self, action: &Action, [run, copy, open]: [&'static str; 3]) {
        match action.verb {
            Verb::Nothing => self.add("none", 1),
            Verb::Unknown => {}
            Verb::Copy => {
                self.add("copy", 1);
                self.add(copy, 1);
            }
            Verb::Open => {
                self.add("open", 1);
                self.add(open, 1);
            }
            Verb::Run => {
                self.add("run", 1);
                self.add(run, 1);
                self.add_if(action.interrupts, "run_interrupt");
                self.add_if(action.has_no_newline, "run_no-newline");
                self.add_if(action.is_keys, "run_ctrl-seq");
                self.add_if(action.is_exec, "run_exec_word");
                self.add_if(!action.others.is_empty(), "run_other_word");
                let names = action.terminals.iter().map(String::as_str);
                let default = action.terminals.is_empty().then_some("default");
                for name in names.chain(default) {
                    if !self.terminals.contains(name) {
                        self.terminals.insert(name.to_owned());
                    }
                }
            }
        }
    }

    fn pre(&mut self, text: &str, pre: &Pre) {
        let body = &text[pre.body.clone()];
        let tag = &text[pre.tag.clone()];
        self.odd_if(!pre.is_closed, "unclosed_pre");
        self.odd_if(tag.contains(['“', '”', '‘', '’']), "curly_quotes_in_tag");
        let ignored = actions(body).count();
        if ignored > 0 {
            *self.odd.entry("ignored_in_pre").or_default() += ignored;
        }
        if !pre.is_file(text) {
            self.add("plain_pre", 1);
            return;
        }
        self.add("file", 1);
        match pre.target(text) {
            Target::Unset => self.add("file_unset", 1),
            Target::Empty => self.add("file_empty", 1),
            Target::Replace => self.add("file_replace", 1),
            Target::Append => self.add("file_append", 1),
            Target::Prepend => self.add("file_prepend", 1),
            Target::Insert => self.add("file_insert", 1),
            Target::Clipboard => self.add("file_clipboard", 1),
            Target::Other => self.add("file_other", 1),
        }
        let is_shown_only =
            matches!(pre.target(text), Target::Unset | Target::Empty) && pre.filename(text).is_none();
        self.add_if(is_shown_only, "file_unnamed");
        self.odd_if(tag.contains('\n'), "pre_tag_over_lines");
        self.odd_if(html::has_entities(body), "entity_in_file_block");
        self.odd_if(has_raw_tag(body), "raw_tag_in_file_block");
        let mut lines = body.split_inclusive('\n').skip(1).filter(|line| line.ends_with('\n'));
        self.odd_if(lines.any(|line| line.trim().is_empty()), "blank_line_in_file_block");
    }
}

/// Whether a browser would read a part of the text as a tag.
fn has_raw_tag(body: &str) -> bool {
    let is_tag = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
    body.split('<').skip(1).any(is_tag)
}
