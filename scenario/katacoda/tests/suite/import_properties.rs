//! For any scenario, an import keeps the commands and edits in their order, and loses nothing.
//!
//! The pages are those of `generated`.

use std::path::Path;

use scenario_core::book::Book;
use scenario_core::plan::Plan;
use scenario_katacoda::scan::{Action, Kind, Target, Verb, scan};
use serde_json::Value;

use crate::generated::{Numbers, page};
use crate::scenario_test::Folder;

/// The number of scenarios.
const SCENARIOS: u64 = 300;

/// A text without invisible characters, and without what an import adds or removes at the ends of lines.
fn bare(text: &str) -> String {
    let text = text.replace('\\', "").replace("&lt;", "<");
    text.chars().filter(|c| !c.is_whitespace() && !"&`~".contains(*c)).collect()
}

/// The commands and the files of edits, read from the constructs of the pages.
fn seen(pages: &[String]) -> (Vec<String>, Vec<String>) {
    let (mut commands, mut files) = (Vec::new(), Vec::new());
    for page in pages {
        let page = page.replace("\r\n", "\n");
        for construct in scan(&page) {
            let (braces, code) = match &construct.kind {
                Kind::Span(span) => (&span.braces, &span.code),
                Kind::Fence(fence) => (&fence.braces, &fence.body),
                Kind::Pre(pre) => {
                    let name = pre.filename(&page).filter(|name| !name.starts_with('/'));
                    let changes = !matches!(pre.target(&page), Target::Clipboard);
                    files.extend(name.filter(|_| changes && pre.is_file(&page)).map(str::to_owned));
                    continue;
                }
                _ => continue,
            };
            let action = braces.as_ref().map(|braces| Action::of(braces.words(&page)));
            let runs = action.is_some_and(|action| {
                let is_here = action.terminals.iter().all(|terminal| !terminal.starts_with("HOST"));
                action.verb == Verb::Run && !action.is_keys && !action.has_no_newline && is_here
            });
            if runs {
                commands.push(bare(&page[code.clone()]));
            }
        }
    }
    (commands, files)
}

/// The same, read from the plan of a book.
fn planned(book: &Path) -> (Vec<String>, Vec<String>) {
    let book = Book::load(book).expect("a book");
    let plan = serde_json::to_value(Plan::new(book.into_scenario().expect("no mistakes"))).expect("JSON");
    let steps = plan["steps"].as_array().expect("steps");
    let actions: Vec<&Value> =
        steps.iter().flat_map(|step| step["actions"].as_array().expect("actions")).collect();
    let all =
        |key: &str| actions.iter().filter_map(|action| action[key].as_str().map(str::to_owned)).collect();
    let commands: Vec<String> = all("command");
    (commands.iter().map(|command| bare(command)).collect(), all("file"))
}

#[test]
fn commands_and_edits_are_those_that_were_seen_in_order_and_nothing_is_lost() {
    for seed in 0..SCENARIOS {
        let mut numbers = Numbers(seed);
        let pages: Vec<String> = (0..1 + numbers.below(3)).map(|_| page(&mut numbers)).collect();
        let folder = Folder::new();
        folder.scenario("tea", &pages.iter().map(String::as_str).collect::<Vec<_>>());
        let output = folder.run(&["import", "tea", "--out", "book"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let report = std::fs::read_to_string(folder.path("book/import.md")).unwrap();
        assert!(!report.contains("not possible in a book"), "seed {seed}\n{report}\n{pages:#?}");
        let (commands, files) = seen(&pages);
        let (planned_commands, planned_files) = planned(&folder.path("book"));
        // Each line of one code may become a command.
        assert_eq!(planned_commands.concat(), commands.concat(), "seed {seed} {pages:#?}");
        let refused = report.matches("cannot be changed").count();
        assert_eq!(planned_files.len() + refused, files.len(), "seed {seed} {pages:#?}");
        let mut rest = files.iter();
        assert!(
            planned_files.iter().all(|file| rest.any(|other| other == file)),
            "seed {seed} {files:?} {planned_files:?}"
        );
        // Each word with a number is in the page or in the report.
        for (number, page) in (1..).zip(&pages) {
            let text = std::fs::read_to_string(folder.path(&format!("book/src/step-{number}.md"))).unwrap();
            let words = page.split(|c: char| !c.is_alphanumeric() && c != '-');
            for word in words.filter(|word| word.bytes().any(|byte| byte.is_ascii_digit())) {
                let is_placeholder = word.contains("8080") || word.starts_with("HOST");
                assert!(
                    is_placeholder || text.contains(word) || report.contains(word),
                    "seed {seed}: `{word}`\n{text}"
                );
            }
        }
    }
}
