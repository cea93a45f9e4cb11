//! How sentences name what the runner can do for the reader: a command, or a button. The sentences are in `words` and `help`.

/// What a reader uses to have the runner play a step.
#[derive(Debug, Clone, Copy)]
pub enum Door<'a> {
    /// A command: the words before `step N`, quoted for a shell, such as `cargo xtask`.
    Command(&'a str),
    /// A button of this name, which each step has.
    Button(&'a str),
}

impl Door<'_> {
    /// Its name for the step that is called `label`.
    pub(super) fn of(&self, label: &str) -> String {
        match self {
            Door::Command(front) => format!("`{front} step {label}`"),
            Door::Button(name) => format!("“{name}” in step {label}"),
        }
    }
}
