//! The state of a terminal's shell, as it reports it by its own builtins, and the script that brings another shell to that
//! state.
//!
//! Open files, jobs and the history are not part of it. Nothing here starts a shell.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use super::in_quotes;

/// How the names of our own functions and variables in a shell begin, the lab's included.
const OWN: [&str; 2] = ["__scenario_", "__lab_"];

/// Variables that belong to one shell, or to the place where it runs, and are not passed on.
const OF_ONE_SHELL: [&str; 32] = [
    "COLORTERM",
    "COLUMNS",
    "COMP_WORDBREAKS",
    "DIRSTACK",
    "EPOCHREALTIME",
    "EPOCHSECONDS",
    "EUID",
    "FUNCNAME",
    "GROUPS",
    "HISTCMD",
    "HISTCONTROL",
    "HISTFILE",
    "HISTFILESIZE",
    "HISTSIZE",
    "LINENO",
    "LINES",
    "OPTIND",
    "PIPESTATUS",
    "PPID",
    "PROMPT_COMMAND",
    "PS0",
    "PS1",
    "PS2",
    "PWD",
    "RANDOM",
    "SCENARIO_TREES",
    "SECONDS",
    "SHELLOPTS",
    "SHLVL",
    "SRANDOM",
    "TERM",
    "_",
];
/// Options and `shopt` settings that depend on whether there is a terminal.
const OPTIONS_OF_ONE_SHELL: [&str; 9] = [
    "checkwinsize",
    "emacs",
    "histexpand",
    "history",
    "login_shell",
    "monitor",
    "privileged",
    "restricted_shell",
    "vi",
];

/// The rest of an array of directories, and what puts them on the stack, the last one first.
const PUSH: &str = r#")
for ((__scenario_i=${#__scenario_d[@]}; __scenario_i>0; __scenario_i--)); do
builtin pushd -n -- "${__scenario_d[__scenario_i]}"; done >/dev/null
builtin unset -v __scenario_d __scenario_i
"#;

/// The status of a script whose directory is not there.
pub(super) const NO_DIRECTORY: i32 = 99;

/// One `NAME → words` of each kind; the words bring a shell there.
type Settings = BTreeMap<Vec<u8>, Vec<u8>>;

/// The state of a shell between two commands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShellState {
    dir: PathBuf,
    /// The directories below it on the stack, as the elements of an array.
    pushed: Vec<u8>,
    umask: Vec<u8>,
    variables: Settings,
    functions: Settings,
    exported_functions: Settings,
    aliases: Settings,
    traps: Settings,
    /// Those that are on: `set` or `shopt`, and the name.
    options: BTreeSet<(String, String)>,
}

impl ShellState {
    /// Reads what [`REPORT`](super::REPORT) writes: a status and the parts of the state, each ended by a NUL.
    pub fn read(report: &[u8]) -> Option<ShellState> {
        let parts: Vec<&[u8]> = report.split(|byte| *byte == 0).collect();
        let [_, dir, variables, names, functions, aliases, traps, ..] = parts.as_slice() else {
            return None;
        };
        let (umask, variables) = split_line(variables);
        let mut state = ShellState {
            dir: PathBuf::from(OsString::from_vec(dir.to_vec())),
            umask: umask.to_vec(),
            ..ShellState::default()
        };
        for entry in entries(variables, b"declare -") {
            let name = entry[8..].split(|byte| *byte == b' ').nth(1).unwrap_or_default();
            let name = name.split(|byte| matches!(byte, b'=' | b'\n')).next().unwrap_or_default();
            let text = String::from_utf8_lossy(name);
            match &*text {
                "BASHOPTS" => state.options.extend(options(entry, "shopt")),
                "SHELLOPTS" => state.options.extend(options(entry, "set")),
                "DIRSTACK" => state.pushed = pushed(entry).to_vec(),
                _ => {}
            }
            let is_own = OWN.iter().any(|own| text.starts_with(own)) || text.starts_with("BASH");
            if !is_own && !OF_ONE_SHELL.contains(&&*text) {
                state.variables.insert(name.to_vec(), entry.to_vec());
            }
        }
        state.read_functions(names, functions);
        for entry in entries(aliases, b"alias ") {
            let name = entry[6..].split(|byte| *byte == b'=').next().unwrap_or_default();
            state.aliases.insert(name.to_vec(), entry.to_vec());
        }
        state.read_traps(traps);
        Some(state)
    }

    /// The names come in the order of the texts, so each text ends where that of the next name begins.
    fn read_functions(&mut self, names: &[u8], mut texts: &[u8]) {
        let names: Vec<(&[u8], &[u8])> = names
            .split(|byte| *byte == b'\n')
            .filter_map(|line| {
                let mut words = line.splitn(3, |byte| *byte == b' ').skip(1);
                Some((words.next()?, words.next()?))
            })
            .collect();
        for (at, (flags, name)) in names.iter().enumerate() {
            let end = names.get(at + 1).and_then(|(_, next)| {
                let head = [b"\n", *next, b" () \n"].concat();
                texts.windows(head.len()).position(|window| window == head)
            });
            let (text, rest) = texts.split_at(end.map_or(texts.len(), |end| end + 1));
            texts = rest;
            if OWN.iter().any(|own| name.starts_with(own.as_bytes())) {
                continue;
            }
            self.functions.insert(name.to_vec(), text.to_vec());
            if flags.contains(&b'x') {
                let words = [b"builtin export -f ", *name, b"\n"].concat();
                self.exported_functions.insert(name.to_vec(), words);
            }
        }
    }

    /// The directory that the shell is in.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The same state with these traps besides.
    pub(super) fn with_traps(mut self, traps: &[u8]) -> ShellState {
        self.read_traps(traps);
        self
    }

    fn read_traps(&mut self, traps: &[u8]) {
        for entry in entries(traps, b"trap -- ") {
            let name = entry.trim_ascii_end().rsplit(|byte| *byte == b' ').next().unwrap_or_default();
            self.traps.insert(name.to_vec(), entry.to_vec());
        }
    }

    /// Whether `xtrace` is on.
    pub(super) fn traces(&self) -> bool {
        self.has("xtrace")
    }

    fn has(&self, option: &str) -> bool {
        self.options.contains(&("set".to_owned(), option.to_owned()))
    }

    /// What a trace begins with, unless that is different each time.
    pub(super) fn trace_mark(&self) -> Option<u8> {
        let mark = self.variables.get(b"PS4".as_slice()).and_then(|entry| value(entry))?.first().copied()?;
        (mark.is_ascii() && !matches!(mark, b'$' | b'`' | b'\\')).then_some(mark)
    }

    /// The words that turn on what a shell may not do between commands: traces, and traps that run at each command.
    pub(super) fn resumes(&self) -> Vec<u8> {
        // Last what would run at the others.
        let of_each = [b"RETURN".as_slice(), b"DEBUG"];
        let traps = of_each.into_iter().filter_map(|name| self.traps.get(name));
        let mut words: Vec<u8> = traps.flat_map(|words| [b"builtin ", words.as_slice()].concat()).collect();
        let flag = |option, flag| if self.has(option) { flag } else { "" };
        let flags = flag("xtrace", "x").to_owned() + flag("verbose", "v");
        if !flags.is_empty() {
            words.extend(format!("builtin set -{flags}\n").into_bytes());
        }
        words
    }

    /// The script by which a shell in state `from` comes to this one; empty if there is nothing to do. `root` is the
    /// directory of a shell that has just started, so that the script outlives a move of that.
    pub fn script(&self, from: &ShellState, root: Option<&Path>) -> Vec<u8> {
        let mut script = Vec::new();
        // `extglob` and its like decide how the rest is read.
        self.options_from(from, "shopt", ["-s", "-u"], &mut script);
        if self.dir != from.dir {
            script.extend(b"builtin cd -- ");
            let below =
                root.and_then(|root| self.dir.strip_prefix(root).ok()).map(|dir| Path::new(".").join(dir));
            script.extend(in_quotes(below.as_deref().unwrap_or(&self.dir)).as_bytes());
            script.extend(format!(" || builtin return {NO_DIRECTORY}\n").as_bytes());
        }
        if self.pushed != from.pushed {
            script.extend(b"builtin dirs -c\n__scenario_d=(");
            script.extend(&self.pushed);
            script.extend(PUSH.as_bytes());
        }
        if self.umask != from.umask {
            script.extend([b"builtin ", self.umask.as_slice(), b"\n"].concat());
        }
        self.variables_from(from, &mut script);
        let unset = |words: &'static [u8]| move |name: &[u8]| [words, name, b"\n"].concat();
        // A name in the text of a function must not be taken for an alias.
        let (none, redone) =
            (Settings::new(), self.aliases != from.aliases || self.functions != from.functions);
        if redone {
            changes(&from.aliases, &none, &mut script, unset(b"builtin unalias "));
        }
        changes(&from.functions, &self.functions, &mut script, unset(b"builtin unset -f "));
        let (exported, wanted) = (&from.exported_functions, &self.exported_functions);
        changes(exported, wanted, &mut script, unset(b"builtin export -nf "));
        changes(&from.traps, &self.traps, &mut script, unset(b"builtin trap - "));
        if redone {
            changes(&none, &self.aliases, &mut script, unset(b""));
        }
        // `errexit`, `nounset` and `xtrace` are not for the lines above.
        self.options_from(from, "set", ["-o", "+o"], &mut script);
        script
    }

    fn options_from(&self, from: &ShellState, kind: &str, [on, off]: [&str; 2], script: &mut Vec<u8>) {
        for (changed, word) in
            [(self.options.difference(&from.options), on), (from.options.difference(&self.options), off)]
        {
            for (_, name) in changed.filter(|(of, _)| of == kind) {
                script.extend(format!("builtin {kind} {word} {name}\n").as_bytes());
            }
        }
    }

    fn variables_from(&self, from: &ShellState, script: &mut Vec<u8>) {
        let flags = |entry: &[u8]| entry.split(|byte| *byte == b' ').nth(1).map(<[u8]>::to_vec);
        for (name, entry) in &from.variables {
            let stays = self.variables.get(name).is_some_and(|new| flags(new) == flags(entry));
            if !stays {
                script.extend([b"builtin unset -v ", name.as_slice(), b"\n"].concat());
            }
        }
        for (name, entry) in &self.variables {
            let before = from.variables.get(name);
            if before == Some(entry) {
                continue;
            }
            let mut entry = entry.clone();
            if name == b"PATH"
                && let Some(old) = before.and_then(|old| value(old)).filter(|old| !old.is_empty())
                && let Some(at) = entry.windows(old.len()).position(|window| window == old)
            {
                // What was there before may be another one by then.
                entry.splice(at..at + old.len(), *b"${PATH}");
            }
            // A script may be read within a function, where `declare` alone would make a local variable.
            // Behind `builtin`, bash takes no list.
            script.extend(b"declare -g ");
            script.extend(entry.strip_prefix(b"declare ").unwrap_or(&entry));
        }
    }
}

/// The words for what differs.
fn changes(from: &Settings, to: &Settings, script: &mut Vec<u8>, undo: impl Fn(&[u8]) -> Vec<u8>) {
    for name in from.keys().filter(|name| !to.contains_key(*name)) {
        script.extend(undo(name));
    }
    for (_, words) in to.iter().filter(|(name, words)| from.get(*name) != Some(words)) {
        script.extend(words);
    }
}

/// The text between the quotes of `declare -x NAME="text"`.
fn value(entry: &[u8]) -> Option<&[u8]> {
    let at = entry.iter().position(|byte| *byte == b'"')?;
    entry[at + 1..].trim_ascii_end().strip_suffix(b"\"")
}

/// The elements of `declare -a DIRSTACK=([0]="/" [1]="/tmp")` from the second one on.
fn pushed(entry: &[u8]) -> &[u8] {
    let second = entry.windows(6).position(|window| window == b" [1]=\"");
    let end = entry.trim_ascii_end().len();
    second.and_then(|at| entry[..end].strip_suffix(b")")?.get(at + 1..)).unwrap_or_default()
}

/// The options of `declare -r SHELLOPTS="a:b"` that are passed on.
fn options(entry: &[u8], kind: &str) -> BTreeSet<(String, String)> {
    let names = String::from_utf8_lossy(value(entry).unwrap_or_default()).into_owned();
    let names = names.split(':').filter(|name| !name.is_empty() && !OPTIONS_OF_ONE_SHELL.contains(name));
    names.map(|name| (kind.to_owned(), name.to_owned())).collect()
}

fn split_line(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| *byte == b'\n').unwrap_or(text.len());
    (&text[..end], text.get(end + 1..).unwrap_or_default())
}

/// The entries of a list, each of which begins a line with `head`.
fn entries<'a>(text: &'a [u8], head: &[u8]) -> Vec<&'a [u8]> {
    let mut starts: Vec<usize> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with(head) {
            starts.push(at);
        }
        at += text[at..].iter().position(|byte| *byte == b'\n').map_or(text.len() - at, |end| end + 1);
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(start, end)| &text[*start..end]).collect()
}
