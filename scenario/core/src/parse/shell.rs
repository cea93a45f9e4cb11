//! The simple commands of a shell's command line, as far as it takes to see which programs it names.
//!
//! Nothing is expanded: a command that a variable names is not found.

use std::collections::BTreeSet;

/// One program with its words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Simple {
    /// Its words without quotes; those of assignments and reserved words, too.
    pub(super) words: Vec<String>,
    /// How many subshells and substitutions it is in.
    pub(super) depth: usize,
    /// Whether a `&` leaves it running.
    pub(super) background: bool,
}

/// Words of the shell that another command follows.
const RESERVED: [&str; 9] = ["!", "{", "do", "elif", "else", "if", "then", "until", "while"];

impl Simple {
    /// The program and its arguments, without what the shell itself takes before them.
    pub(super) fn program(&self) -> &[String] {
        let before = self.words.iter().take_while(|word| RESERVED.contains(&word.as_str()) || assigns(word));
        &self.words[before.count()..]
    }
}

/// Whether a word is `NAME=value`.
pub(super) fn assigns(word: &str) -> bool {
    let name = word.split_once('=').map_or("", |(name, _)| name);
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The simple commands of a text, in the order of their ends. Comments and here-documents are left out.
pub(super) fn commands(text: &str) -> Vec<Simple> {
    let mut lexer = Lexer { rest: text, found: Vec::new(), documents: Vec::new() };
    lexer.list(0, None);
    lexer.found
}

/// The names of the programs that a command runs.
pub(super) fn programs(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    each_program(text, &mut |name, _| {
        names.insert(name.to_owned());
    });
    names
}

/// Programs that run what follows them.
const WRAPPERS: [&str; 12] = [
    "builtin", "command", "doas", "env", "exec", "find", "nice", "nohup", "sudo", "time", "timeout", "xargs",
];

/// Visits each program that a text runs: its name without folders, and the words after it. After programs such as `sudo`,
/// every word may be the program. The words of a shell may be command lines.
pub(super) fn each_program(text: &str, visit: &mut dyn FnMut(&str, &[String])) {
    let name = |word: &'_ String| word.rsplit('/').next().unwrap_or(word).to_owned();
    for simple in commands(text) {
        let words = simple.program();
        let is_wrapped = words.first().is_some_and(|first| WRAPPERS.contains(&name(first).as_str()));
        let reach = if is_wrapped { words.len() } else { 1 };
        for (at, word) in words.iter().take(reach).enumerate() {
            let (name, rest) = (name(word), &words[at + 1..]);
            if matches!(name.as_str(), "bash" | "dash" | "eval" | "sh" | "zsh") {
                rest.iter().for_each(|word| each_program(word, visit));
            }
            visit(&name, rest);
        }
    }
}

/// Bounds the recursion; no command nests so deep.
const DEPTH_MAX: usize = 50;

struct Lexer<'a> {
    rest: &'a str,
    found: Vec<Simple>,
    /// The here-documents whose text begins at the next line.
    documents: Vec<String>,
}

impl Lexer<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.rest.chars().next()?;
        self.rest = &self.rest[next.len_utf8()..];
        Some(next)
    }

    fn next_if(&mut self, wanted: &str) -> bool {
        let rest = self.rest.strip_prefix(wanted);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Commands up to `end`, or to the end of the text.
    fn list(&mut self, depth: usize, end: Option<char>) {
        let mut now = Simple { depth, ..Simple::default() };
        let mut word: Option<String> = None;
        while let Some(c) = self.next() {
            let is_end = end == Some(c);
            if is_end || c.is_whitespace() || ";&|()<>".contains(c) {
                now.words.extend(word.take());
            }
            match c {
                _ if is_end => break,
                '\n' => {
                    self.finish(&mut now);
                    self.skip_documents();
                }
                c if c.is_whitespace() => {}
                ';' => self.finish(&mut now),
                '|' => {
                    self.next_if("|");
                    self.next_if("&");
                    self.finish(&mut now);
                }
                '&' if self.next_if("&") => self.finish(&mut now),
                '&' if self.next_if(">") => {}
                '&' => {
                    now.background = true;
                    self.finish(&mut now);
                }
                '<' if self.next_if("<<") => {}
                '<' if self.next_if("<") => self.document(),
                // A file follows, or the number of a stream.
                '<' | '>' => drop(self.next_if("&")),
                '(' if depth < DEPTH_MAX => {
                    self.finish(&mut now);
                    self.list(depth + 1, Some(')'));
                }
                '(' | ')' => self.finish(&mut now),
                '#' if word.is_none() => {
                    self.rest = self.rest.find('\n').map_or("", |at| &self.rest[at..]);
                }
                c => self.part_of_word(c, word.get_or_insert_default(), depth),
            }
        }
        now.words.extend(word);
        self.finish(&mut now);
    }

    fn finish(&mut self, now: &mut Simple) {
        let done = std::mem::replace(now, Simple { depth: now.depth, ..Simple::default() });
        if !done.words.is_empty() {
            self.found.push(done);
        }
    }

    /// A character that begins or goes on with a word, and all that its quotes hold.
    fn part_of_word(&mut self, c: char, word: &mut String, depth: usize) {
        match c {
            '\\' => word.extend(self.next().filter(|c| *c != '\n')),
            '\'' => {
                let end = self.rest.find('\'').unwrap_or(self.rest.len());
                word.push_str(&self.rest[..end]);
                self.rest = self.rest.get(end + 1..).unwrap_or("");
            }
            '"' => {
                while let Some(c) = self.next().filter(|c| *c != '"') {
                    match c {
                        '\\' => word.extend(self.next()),
                        c => self.substitution(c, word, depth),
                    }
                }
            }
            c => self.substitution(c, word, depth),
        }
    }

    /// A command in the place of a word, or the character itself.
    fn substitution(&mut self, c: char, word: &mut String, depth: usize) {
        match c {
            '$' if self.rest.starts_with('(') && depth < DEPTH_MAX => {
                self.next();
                self.list(depth + 1, Some(')'));
            }
            '`' if depth < DEPTH_MAX => {
                let end = self.rest.find('`').unwrap_or(self.rest.len());
                let mut inner = Lexer { rest: &self.rest[..end], found: Vec::new(), documents: Vec::new() };
                inner.list(depth + 1, None);
                self.found.extend(inner.found);
                self.rest = self.rest.get(end + 1..).unwrap_or("");
            }
            c => word.push(c),
        }
    }

    /// What follows `<<`: the word that ends a here-document.
    fn document(&mut self) {
        self.next_if("-");
        self.rest = self.rest.trim_start_matches([' ', '\t']);
        let end =
            self.rest.find(|c: char| c.is_whitespace() || ";&|)<>".contains(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.documents.push(word.replace(['"', '\'', '\\'], ""));
        self.rest = rest;
    }

    fn skip_documents(&mut self) {
        for end in std::mem::take(&mut self.documents) {
            while !self.rest.is_empty() {
                let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
                self.rest = rest;
                if line.trim_start_matches('\t') == end {
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_split_into_programs_with_their_words() {
        let all: [(&str, &[&str]); 16] = [
            ("a b c", &["a b c"]),
            ("a; b && c || d | e & f\ng", &["a", "b", "c", "d", "e &", "f", "g"]),
            ("echo \"a; b\" 'c | d' e\\ f", &["echo a; b c | d e f"]),
            ("echo \"it's\"; cd app", &["echo it's", "cd app"]),
            ("echo a # b &", &["echo a"]),
            ("echo a#b &", &["echo a#b &"]),
            ("sleep 1 & # later", &["sleep 1 &"]),
            ("a 2>&1 &>b >&2 <<<c", &["a 2 1 b 2 c"]),
            ("cat <<EOF > x\ndocker rm app\nEOF\nb", &["cat x", "b"]),
            ("cat <<-'EOF'\n\tdocker rm\n\tEOF", &["cat"]),
            ("(a; b) c", &["  a", "  b", "c"]),
            ("a $(b c) d", &["  b c", "a  d"]),
            ("a \"x $(b \"c d\") y\"", &["  b c d", "a x  y"]),
            ("a `b c`", &["  b c", "a "]),
            ("for d in a; do b; done", &["for d in a", "do b", "done"]),
            ("a 'unterminated; b", &["a unterminated; b"]),
        ];
        for (text, expected) in all {
            let found: Vec<String> = commands(text)
                .iter()
                .map(|command| {
                    let mark = if command.background { " &" } else { "" };
                    format!("{}{}{mark}", "  ".repeat(command.depth), command.words.join(" "))
                })
                .collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn programs_are_found_behind_folders_wrappers_and_shells() {
        let all: [(&str, &[&str]); 6] = [
            ("A=1 /usr/bin/cargo run", &["cargo"]),
            ("echo cargo run", &["echo"]),
            ("sudo -E docker ps", &["sudo", "-E", "docker", "ps"]),
            ("sh -c 'cargo build && curl -s x'", &["-c", "cargo", "curl", "sh"]),
            ("a $(curl x) | b", &["curl", "a", "b"]),
            ("", &[]),
        ];
        for (text, expected) in all {
            let mut found = Vec::new();
            each_program(text, &mut |name, _| found.push(name.to_owned()));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_text_that_nests_without_end_is_read_to_its_end() {
        for text in ["(", "$(", "\"$(", "`"] {
            commands(&text.repeat(20_000));
        }
    }
}
