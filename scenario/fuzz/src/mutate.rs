//! Changes a text of the corpus in small ways, as people do: lines that are missing, repeated or swapped, words of the
//! format in the wrong place, odd characters.
//!
//! All randomness comes from the given generator.

use fastrand::Rng;

/// The most changes to make.
const CHANGES_MAX: usize = 8;

/// Words with a meaning in a page, and common mistakes.
const WORDS: [&str; 77] = [
    "```",
    "````",
    "~~~",
    "`",
    "\n```\n",
    "```console\n",
    "```text file=a\n",
    "```rust file=a append\n",
    " file=a",
    " file=b/c",
    " append",
    " prepend",
    " replace=one",
    " replace-to=\"two\"",
    " insert-after=\"one\"",
    " insert-before=one",
    " ignore=\"why\"",
    " background=clock",
    " ready=port:8000",
    " ready=log:\"tick\"",
    " within=10s",
    " expect=\"value > 0\"",
    " stop=clock",
    " read-only",
    " untracked",
    " terminal=T2",
    "^C\n",
    "# => 1 ±10%\n",
    "# => {a=\"b\", [..]} 1\n",
    "# ...\n",
    "=",
    "\"",
    "\\\"",
    "$ ",
    "> ",
    "? 1",
    "...",
    "...\n",
    "[..]",
    "[TIME]",
    "[NUMBER]",
    "[PATH]",
    "<!-- scenario: check http url=http://127.0.0.1:1/ status=200 -->",
    "<!-- scenario: ",
    "<!--",
    "-->",
    "{{execute}}",
    "```{{exec T2}}\n",
    "{{execute interrupt}}",
    "{{",
    "<pre class=file data-filename=a data-target=replace>\n",
    "<pre class=file data-filename=a data-target=insert data-marker=\"one\">",
    " data-target=append",
    "[[HOST_SUBDOMAIN]]-80-[[KATACODA_HOST]]",
    "<pre>",
    "</pre>",
    "<div>\n",
    "> > ",
    "- ",
    "1. ",
    "  ",
    "    ",
    "\t",
    "\r",
    "\r\n",
    "\n",
    "\n\n",
    "%%%\n",
    "# One\n",
    "- [One](one.md)\n",
    "[^1]",
    "| a |\n|---|\n",
    "{#id}",
    "\u{e9}",
    "\u{1f600}",
    "\u{0}",
    "\u{feff}",
];

/// A changed copy of one of the texts.
pub(crate) fn mutate(rng: &mut Rng, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut input = pick(rng, corpus).to_vec();
    for _ in 0..=rng.usize(0..CHANGES_MAX) {
        change(rng, &mut input, corpus);
    }
    input
}

fn pick<'a>(rng: &mut Rng, corpus: &'a [Vec<u8>]) -> &'a [u8] {
    rng.choice(corpus).map_or(&[], Vec::as_slice)
}

fn change(rng: &mut Rng, input: &mut Vec<u8>, corpus: &[Vec<u8>]) {
    let at = rng.usize(0..=input.len());
    let some = at..(at + rng.usize(0..16)).min(input.len());
    match rng.usize(0..9) {
        0 => drop(input.drain(some)),
        1 => drop(input.splice(some, word(rng))),
        2 | 3 => drop(input.splice(at..at, word(rng))),
        4 => {
            if let Some(byte) = input.get_mut(at) {
                *byte = rng.u8(..);
            }
        }
        5 => {
            let other = pick(rng, corpus);
            let start = rng.usize(0..=other.len());
            let end = (start + rng.usize(0..64)).min(other.len());
            drop(input.splice(at..at, other[start..end].to_vec()));
        }
        by_lines => {
            let mut lines: Vec<Vec<u8>> =
                input.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
            if lines.is_empty() {
                return;
            }
            let (one, other) = (rng.usize(0..lines.len()), rng.usize(0..lines.len()));
            match by_lines {
                6 => drop(lines.remove(one)),
                7 => lines.insert(other, lines[one].clone()),
                _ => lines.swap(one, other),
            }
            *input = lines.concat();
        }
    }
}

fn word(rng: &mut Rng) -> Vec<u8> {
    rng.choice(WORDS).unwrap_or_default().as_bytes().to_vec()
}
