//! The HTML of one block: a figure on a single line, with a caption that says what the block does.
//!
//! Everything in it that the copy button takes has the class `scenario-own`, in order.

use std::fmt::Write;

use scenario_core::edit::{Change, Line};
use scenario_core::model::{Block, Check, CommandLine, FileEdit};

use crate::html::{Escaped, code};
use crate::listing::{self, Mark, Row};
use crate::words;

/// What the runner and the lab run of a figure.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Runs<'a> {
    /// The block with this id.
    Block(&'a str),
    /// Another block than the one that is shown: the file of the page does not have this one.
    Another,
    /// Nothing: the page is no step.
    Nothing,
}

/// A change of a file, which has the lines `after` then; `None` if the file did not exist before.
pub(crate) fn edit(
    runs: Runs<'_>,
    block: &Block,
    edit: &FileEdit,
    change: Option<&Change>,
    after: &[Line],
) -> String {
    let caption = format!("{} <span>{}</span>", code(&edit.path), words::verb(&edit.verb, change.is_some()));
    let listing = match change {
        Some(change) => rows(&listing::rows(block, &edit.verb, change, after)),
        None => format!("<span class=\"scenario-own\">{}</span>", Escaped(&block.text)),
    };
    // `noplayground`: the listing belongs to a package, so a playground could not run it.
    let class = match block.language.as_str() {
        "" => "nohighlight".to_owned(),
        language => format!("language-{} noplayground", Escaped(language)),
    };
    figure("edit", runs, &caption, &class, &listing)
}

fn rows(rows: &[Row]) -> String {
    let lines: String = rows.iter().map(row).collect();
    format!("<span class=\"scenario-lines\">{lines}</span>")
}

fn row(row: &Row) -> String {
    let (head, tail) = (Escaped(&row.head), Escaped(&row.tail));
    let within = !row.head.trim().is_empty() || !row.tail.trim().is_empty();
    let text = match &row.own {
        None => format!("{head}&#10;"),
        Some(own) if within => {
            let own = Escaped(own);
            format!("{head}<span class=\"scenario-own scenario-part\">{own}</span>{tail}&#10;")
        }
        Some(own) => format!("{head}<span class=\"scenario-own\">{}{tail}&#10;</span>", Escaped(own)),
    };
    match (row.mark, &row.own) {
        (Mark::Added, _) => format!("<ins class=\"scenario-line\">{text}</ins>"),
        (Mark::Removed, _) => format!("<del class=\"scenario-line\">{text}</del>"),
        (Mark::Same, Some(_)) => format!("<span class=\"scenario-line\">{text}</span>"),
        (Mark::Same, None) => format!("<span class=\"scenario-line scenario-around\">{text}</span>"),
    }
}

/// Commands, each with what it prints, and what is true after them.
pub(crate) fn console(runs: Runs<'_>, commands: &[CommandLine], and_then: Option<String>) -> String {
    let mut caption = "Terminal".to_owned();
    if let Some(and_then) = and_then {
        let _ = write!(caption, " <span>{and_then}</span>");
    }
    let mut text = String::new();
    for command in commands {
        for (index, line) in command.text.split('\n').enumerate() {
            let prompt = if index == 0 { "$ " } else { "&gt; " };
            let line = Escaped(line);
            let _ = write!(
                text,
                "<span class=\"scenario-prompt\">{prompt}</span><kbd class=\"scenario-own\">{line}</kbd>&#10;"
            );
        }
        if command.status != 0 {
            let _ =
                write!(text, "<span class=\"scenario-status\">exit status {}</span>&#10;", command.status);
        }
        for line in &command.output {
            let _ = write!(text, "<samp>{}</samp>&#10;", Escaped(&line.text));
        }
    }
    figure("console", runs, &caption, "nohighlight", &text)
}

/// A query, with what it should find.
pub(crate) fn promql(runs: Runs<'_>, block: &Block, check: &Check) -> String {
    let caption = format!("Ask Prometheus <span>{}</span>", words::expected(check));
    let text = format!("<span class=\"scenario-own\">{}</span>", Escaped(&block.text));
    figure("promql", runs, &caption, "nohighlight", &text)
}

fn figure(kind: &str, runs: Runs<'_>, caption: &str, class: &str, text: &str) -> String {
    let (id, note) = match runs {
        Runs::Block(id) => (format!(" data-block=\"{}\"", Escaped(id)), ""),
        Runs::Another => {
            (String::new(), " <span>changed by another preprocessor: this is not the block that runs</span>")
        }
        Runs::Nothing => (String::new(), ""),
    };
    format!(
        "<figure class=\"scenario-block\" data-kind=\"{kind}\"{id}>\
         <figcaption><span class=\"scenario-caption\">{caption}{note}</span></figcaption>\
         <pre><code class=\"{class}\">{text}</code></pre></figure>"
    )
}
