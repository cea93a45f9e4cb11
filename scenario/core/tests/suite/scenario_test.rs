//! The builder of this suite: a small book in its own folder, and what the parser and the runner make of it.

use std::path::Path;

use scenario_core::book::Book;
use scenario_core::diagnostic::Mistakes;
use scenario_core::excerpt::Style;
use scenario_core::files::Files;
use scenario_core::model::{Block, Check, CommandLine, Scenario, Step};
use snapbox::data::Inline;
use snapbox::{Assert, IntoData};
use tempfile::TempDir;

/// A book that a test builds. It is on disk from the start and is removed with the test.
pub(crate) struct ScenarioTest {
    dir: TempDir,
    summary: Vec<String>,
}

impl ScenarioTest {
    /// A book without chapters.
    pub(crate) fn new() -> ScenarioTest {
        let dir = tempfile::tempdir().expect("a folder for the book");
        ScenarioTest { dir, summary: vec![] }.file("book.toml", "[book]\ntitle = \"A book\"\n")
    }

    /// A book whose only step has this text.
    pub(crate) fn step(text: &str) -> ScenarioTest {
        ScenarioTest::new().page("step-1.md", text)
    }

    /// Adds the next step. A newline at the very beginning is not part of the text.
    pub(crate) fn page(mut self, name: &str, text: &str) -> ScenarioTest {
        self.summary.push(format!("- [{}]({name})", name.trim_end_matches(".md")));
        self.write_summary().file(&format!("src/{name}"), text)
    }

    /// Adds a chapter that is not a step. It goes to the end, or to the beginning before there are steps.
    pub(crate) fn unnumbered(mut self, name: &str, text: &str) -> ScenarioTest {
        self.summary.push(format!("\n[{}]({name})\n", name.trim_end_matches(".md")));
        self.write_summary().file(&format!("src/{name}"), text)
    }

    /// Writes SUMMARY.md.
    pub(crate) fn summary(self, text: &str) -> ScenarioTest {
        self.file("src/SUMMARY.md", text)
    }

    fn write_summary(self) -> ScenarioTest {
        let text = format!("# Summary\n\n{}\n", self.summary.join("\n"));
        self.summary(&text)
    }

    /// Writes any file of the book's folder.
    pub(crate) fn file(self, path: &str, text: &str) -> ScenarioTest {
        let path = self.dir().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text.strip_prefix('\n').unwrap_or(text)).expect("a file");
        self
    }

    /// The folder of the book.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The text, with paths relative to the book's folder.
    pub(crate) fn redact(&self, text: &str) -> String {
        let dir = self.dir().display().to_string();
        text.replace(&format!("{dir}/"), "").replace(&dir, "[BOOK]")
    }

    /// The book as it is read, with its mistakes.
    #[track_caller]
    pub(crate) fn book(&self) -> Book {
        Book::load(self.dir()).expect("a book that can be read")
    }

    /// The scenario of a book without mistakes.
    #[track_caller]
    pub(crate) fn scenario(&self) -> Scenario {
        match self.book().into_scenario() {
            Ok(scenario) => scenario,
            Err(error) => panic!("{}", self.redact(&error.to_string())),
        }
    }

    /// Compares all mistakes in the book with a text.
    #[track_caller]
    pub(crate) fn diagnostics(&self, expected: Inline) -> &ScenarioTest {
        compare(&self.rendered(), expected);
        self
    }

    /// All mistakes in the book, as they are shown.
    #[track_caller]
    pub(crate) fn rendered(&self) -> String {
        let book = self.book();
        let mistakes = Mistakes { diagnostics: book.diagnostics, sources: book.scenario.sources };
        let rendered = mistakes.diagnostics.first().map(|_| mistakes.render(Style::Plain) + "\n");
        self.redact(&rendered.unwrap_or_default())
    }

    /// Compares the error for a book that cannot be read at all.
    #[track_caller]
    pub(crate) fn unreadable(&self, expected: Inline) {
        let error = Book::load(self.dir()).expect_err("a book that cannot be read");
        let help = error.help().map(|help| format!("\n  help: {help}")).unwrap_or_default();
        compare(&self.redact(&format!("error: {error}{help}\n")), expected);
    }

    /// Compares a file of the workspace at the end of a step.
    #[track_caller]
    pub(crate) fn files_at(&self, step: usize, path: &str, expected: Inline) -> &ScenarioTest {
        let text = Files::at(&self.scenario(), step).text(path);
        compare(&text.unwrap_or_else(|| format!("there is no file `{path}` at step {step}")), expected);
        self
    }

    /// Compares the scenario of all steps.
    #[track_caller]
    pub(crate) fn outline(&self, expected: Inline) -> &ScenarioTest {
        compare(&outline(&self.scenario()), expected);
        self
    }
}

/// Shorthand for the mistakes in a book with one page.
#[track_caller]
pub(crate) fn rejects(page: &str, expected: Inline) {
    ScenarioTest::step(page).diagnostics(expected);
}

/// Compares exactly, without elisions.
#[track_caller]
pub(crate) fn compare(actual: &str, expected: Inline) {
    let expected = expected.raw();
    Assert::new().action_env("SNAPSHOTS").eq(actual.into_data().raw(), expected);
}

/// Everything in a scenario, with one line for each item: `line-line kind text`.
fn outline(scenario: &Scenario) -> String {
    let mut out = String::new();
    for step in &scenario.steps {
        out.push_str(&format!("step {}: {}\n", step.label, step.title));
        step.blocks.iter().for_each(|block| out.push_str(&outline_block(scenario, step, block)));
        step.checks.iter().for_each(|check| out.push_str(&outline_check(scenario, check)));
    }
    out
}

fn outline_block(scenario: &Scenario, step: &Step, block: &Block) -> String {
    use scenario_core::model::BlockKind;
    let page = &scenario.sources.pages[step.page];
    let lines = format!("{}-{}", page.line_number(block.span.start), page.line_number(block.span.end));
    match &block.kind {
        BlockKind::Edit(edit) => format!("{lines} {} {}\n", edit.verb.name(), edit.path),
        BlockKind::Ignored(why) => format!("{lines} ignored: {why}\n"),
        BlockKind::Query(check) => outline_check(scenario, check),
        BlockKind::Commands(_) | BlockKind::Background(_) => {
            let mut out = match &block.kind {
                BlockKind::Background(background) => format!("{lines} background {}\n", background.name),
                BlockKind::Commands(commands) if commands.read_only => {
                    let repeat = commands.repeat.map(|within| format!(", repeat within {within:?}"));
                    format!("{lines} console, read-only{}\n", repeat.unwrap_or_default())
                }
                _ => format!("{lines} console\n"),
            };
            if let Some((name, _)) = &block.stops {
                out.push_str(&format!("  stop {name}\n"));
            }
            if let Some(ready) = block.kind.ready() {
                out.push_str(&format!("  ready {:?} within {:?}\n", ready.probe, ready.within));
            }
            block.kind.commands().iter().for_each(|command| out.push_str(&outline_command(command)));
            out
        }
    }
}

fn outline_command(command: &CommandLine) -> String {
    let mut out = format!("  run {:?}", command.text);
    if command.status != 0 {
        out.push_str(&format!(", status {}", command.status));
    }
    if command.effect != scenario_core::model::Effect::None {
        out.push_str(&format!(", {:?}", command.effect));
    }
    for line in &command.output {
        out.push_str(&format!("\n    {:?}", line.text));
    }
    out + "\n"
}

fn outline_check(scenario: &Scenario, check: &Check) -> String {
    let line = scenario.sources.location(check.span).line;
    let within = check.within.map(|within| format!(" within {within:?}")).unwrap_or_default();
    let already = check.already_true.as_ref().map(|why| format!(", already true: {why}")).unwrap_or_default();
    format!("{line} check {:?}{within}{already}\n", check.kind)
}
