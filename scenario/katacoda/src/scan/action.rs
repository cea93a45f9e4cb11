//! The words of an action: what to do with the code before it, and how.
//!
//! As in the original, their order and case do not matter, and unknown words have no effect.

/// What is done with a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Runs it in a terminal.
    Run,
    /// Copies it.
    Copy,
    /// Opens the file of this name in the editor.
    Open,
    /// Nothing: `{{}}`.
    Nothing,
    /// None of the words is a verb.
    Unknown,
}

/// The words of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// What is done.
    pub verb: Verb,
    /// In which terminals or on which hosts; in the one in use if it is empty.
    pub terminals: Vec<Terminal>,
    /// Whether Ctrl-C is sent first.
    pub interrupts: bool,
    /// Whether no Return follows.
    pub has_no_newline: bool,
    /// Whether the code names keys to press.
    pub is_keys: bool,
    /// Whether the verb is `exec`, as Killercoda writes it.
    pub is_exec: bool,
    /// Words that are none of these.
    pub others: Vec<String>,
}

/// `T2` or `HOST2`.
pub type Terminal = String;

/// The verbs and adverbs.
const WORDS: [&str; 7] = ["execute", "exec", "copy", "open", "interrupt", "no-newline", "ctrl-seq"];

/// The most bytes of a word to compare with the known ones.
const WORD_MAX: usize = 24;

impl Action {
    /// Reads what is between braces.
    pub fn of(words: &str) -> Action {
        let mut action = Action {
            verb: if words.trim().is_empty() { Verb::Nothing } else { Verb::Unknown },
            terminals: Vec::new(),
            interrupts: false,
            has_no_newline: false,
            is_keys: false,
            is_exec: false,
            others: Vec::new(),
        };
        for word in words.split_whitespace().map(|word| word.trim_matches(['"', '\''])) {
            match WORDS.into_iter().find(|known| known.eq_ignore_ascii_case(word)) {
                Some("execute") => action.set(Verb::Run),
                Some("exec") => {
                    action.set(Verb::Run);
                    action.is_exec = true;
                }
                Some("copy") => action.set(Verb::Copy),
                Some("open") => action.set(Verb::Open),
                Some("interrupt") => action.interrupts = true,
                Some("no-newline") => action.has_no_newline = true,
                Some("ctrl-seq") => action.is_keys = true,
                _ if is_terminal(word) => action.terminals.push(word.to_ascii_uppercase()),
                _ => action.others.push(word.to_owned()),
            }
        }
        action
    }

    /// The first verb counts.
    fn set(&mut self, verb: Verb) {
        if self.verb == Verb::Unknown {
            self.verb = verb;
        }
    }

    /// Whether there is a verb, or nothing between the braces.
    pub fn is_known(&self) -> bool {
        self.verb != Verb::Unknown
    }

    /// Whether the words look like an action, and not like a placeholder or a template.
    pub fn is_meant(&self) -> bool {
        let mut words = self.others.iter().chain(&self.terminals);
        let is_word = |word: &String| {
            word.starts_with(char::is_alphabetic)
                && !word.contains(['.', '(', '$', '|', '/', '_'])
                && !word.starts_with("TRAFFIC_")
                || word.starts_with('€')
        };
        self.is_known() || words.all(is_word)
    }
}

/// `t2` and `host2`, in any case.
fn is_terminal(word: &str) -> bool {
    let name = word.trim_end_matches(|c: char| c.is_ascii_digit());
    name.len() < word.len() && ["t", "host"].iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The word that a misspelt one was meant to be.
pub fn meant(word: &str) -> Option<&'static str> {
    // The known words are shorter, and the distance of long words takes time.
    if word.len() > WORD_MAX {
        return None;
    }
    let lower = word.to_lowercase();
    let near = WORDS.iter().map(|known| (strsim::osa_distance(&lower, known), *known));
    // `emacs` is two changes away from `exec`, so two are only allowed in a long word.
    let near = near.filter(|(distance, known)| *distance <= if known.len() > 5 { 2 } else { 1 });
    near.min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_and_the_case_of_the_words_do_not_matter() {
        for words in [
            "execute T1 interrupt",
            "interrupt execute T1",
            "Execute \"T1\" interrupt",
            " EXECUTE t1  INTERRUPT ",
        ] {
            let action = Action::of(words);
            assert_eq!((action.verb, action.interrupts), (Verb::Run, true), "{words}");
            assert_eq!((action.terminals, action.others), (vec!["T1".to_owned()], vec![]), "{words}");
        }
    }

    #[test]
    fn other_words_are_kept_and_harmless() {
        let action = Action::of("exec target=host3");
        assert_eq!((action.verb, action.is_exec), (Verb::Run, true));
        assert_eq!(action.others, ["target=host3"]);
        assert_eq!(Action::of("execute interupt T2").others, ["interupt"]);
        assert!(!Action::of("execute interupt T2").interrupts);
    }

    #[test]
    fn a_misspelt_word_is_no_action_and_was_meant_to_be_one() {
        for (word, expected) in [
            ("exeute", "execute"),
            ("exeucte", "execute"),
            ("€xecute", "execute"),
            ("exxecute", "execute"),
            ("execut", "execute"),
            ("ecopy", "copy"),
            ("cope", "copy"),
            ("exex", "exec"),
            ("interupt", "interrupt"),
        ] {
            assert_eq!(meant(word), Some(expected), "{word}");
            let action = Action::of(word);
            assert!(!action.is_known() && action.is_meant(), "{word}");
        }
        assert_eq!(meant("fmt"), None);
    }

    #[test]
    fn other_braces_are_not_meant_as_actions() {
        for words in [".Names", "TRAFFIC_HOST1_80", "< docs/ignore >", "range $i := .Items"] {
            assert!(!Action::of(words).is_meant(), "{words}");
        }
    }
}
