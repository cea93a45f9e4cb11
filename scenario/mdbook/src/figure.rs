//! The HTML of one block: a figure with a caption that says what the block does.
//!
//! mdBook parses each figure again, tag by tag, so a figure has only the tags that the style and the script need. What is
//! not text of the block, such as the caption and the lines around an edit, is in attributes `data-text`. The copy
//! button copies the `kbd` elements of a console, the elements with the class `scenario-own` of a changed file, and the
//! whole text of all others.

use std::fmt::Write;

use scenario_core::edit::{Change, Line};
use scenario_core::model::{Check, CheckKind, CommandLine, Expect};
use scenario_core::plan::PlannedEdit;

use crate::html::{DataText, Escaped, code};
use crate::listing::{self, Mark, Row};
use crate::result;
use crate::settings::Picture;
use crate::words;

/// What the runner and the lab run of a figure.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Runs<'a> {
    /// The block with this id.
    Block(&'a str),
    /// Another block than the one that is shown: the file of the page does not have this one.
    Another,
    /// Nothing: the page is not a step.
    Nothing,
}

/// A change of a file, which has the lines `after` then; `None` if the file did not exist before.
pub(crate) fn edit(runs: Runs<'_>, planned: &PlannedEdit, change: Option<&Change>, after: &[Line]) -> String {
    let PlannedEdit { edit, block } = planned;
    let caption = format!("{} · {}", code(&edit.path), words::verb(&edit.verb, change.is_some()));
    let listing = match change {
        Some(change) => rows(&listing::rows(block, &edit.verb, change, after)),
        // In a `code` that begins with text, mdBook hides lines, such as those of Rust that begin with `#`.
        None => format!("<span>{}</span>", Escaped(&block.text)),
    };
    // `noplayground`: the listing belongs to a package, so a playground could not run it.
    let class = match block.language.as_str() {
        "" => "nohighlight".to_owned(),
        language => format!("language-{} noplayground", Escaped(language)),
    };
    figure("edit", runs, &caption, &class, &listing, "")
}

/// The rows, those around the edit together.
fn rows(rows: &[Row]) -> String {
    let mut html = "<span class=\"scenario-lines\">".to_owned();
    for rows in rows.chunk_by(|one, other| is_around(one) && is_around(other)) {
        if is_around(&rows[0]) {
            let lines: String = rows.iter().flat_map(|row| [&*row.head, "\n"]).collect();
            push(&mut html, format_args!("<span class=\"scenario-around\"{}></span>", DataText(&lines)));
        } else {
            rows.iter().for_each(|row| push_row(&mut html, row));
        }
    }
    html + "</span>"
}

fn is_around(row: &Row) -> bool {
    row.mark == Mark::Same && row.own.is_none()
}

fn push_row(html: &mut String, row: &Row) {
    let tag = match row.mark {
        Mark::Added => "ins",
        Mark::Removed => {
            let line = format!("{}\n", row.head);
            return push(html, format_args!("<del{}></del>", DataText(&line)));
        }
        Mark::Same => "span",
    };
    let (head, tail) = (Escaped(&row.head), Escaped(&row.tail));
    let is_part = !row.head.trim().is_empty() || !row.tail.trim().is_empty();
    let (class, own) = match row.own.as_deref().map(Escaped) {
        None => ("", String::new()),
        Some(own) if is_part => {
            (" class=\"scenario-line\"", format!("<span class=\"scenario-own\">{own}</span>"))
        }
        Some(own) => (" class=\"scenario-own\"", own.to_string()),
    };
    push(html, format_args!("<{tag}{class}>{head}{own}{tail}\n</{tag}>"));
}

/// Commands, each with what it prints, below a line `head`; `captions` say what else happens.
pub(crate) fn console<'a>(
    runs: Runs<'_>,
    head: Option<&str>,
    commands: impl IntoIterator<Item = &'a CommandLine>,
    captions: &[String],
) -> String {
    let caption = captions.iter().fold("Terminal".to_owned(), |caption, more| caption + " · " + more);
    let mut text = String::new();
    if let Some(head) = head {
        push(&mut text, format_args!("<i>{}</i>\n", Escaped(head)));
    }
    for command in commands {
        for (index, line) in command.text.split('\n').enumerate() {
            let prompt = if index == 0 { "$ " } else { "> " };
            push(&mut text, format_args!("<span>{prompt}</span><kbd>{}</kbd>\n", Escaped(line)));
        }
        if command.status != 0 {
            push(&mut text, format_args!("<i>exit status {}</i>\n", command.status));
        }
        if !command.output.is_empty() {
            text += "<samp>";
            for line in &command.output {
                push(&mut text, format_args!("{}\n", Escaped(&line.text)));
            }
            text += "</samp>";
        }
    }
    figure("console", runs, &caption, "nohighlight", &text, "")
}

/// A query, with what it should find and its picture.
pub(crate) fn promql(runs: Runs<'_>, query: &str, check: &Check, picture: Option<&Picture>) -> String {
    let caption = format!("Prometheus query · expected: {}", words::expected(check));
    let (query, table) = match &check.kind {
        CheckKind::Promql { query, expect: Expect::Shown(shown) } => {
            (&*format!("{query}\n"), result::table(shown))
        }
        _ => (query, String::new()),
    };
    let picture = picture.map_or_else(String::new, |picture| image(picture, check));
    figure("promql", runs, &caption, "nohighlight", &Escaped(query).to_string(), &(table + &picture))
}

/// A picture below a query. A screenshot leads to its file, to be read on a narrow screen, and says what it is of.
fn image(Picture { url, size }: &Picture, check: &Check) -> String {
    let quoted = |text: &str| Escaped(text).to_string().replace('"', "&quot;");
    if let Some(plot) = &check.plot {
        return format!("<img class=\"scenario-plot\" src=\"{url}\" alt=\"{}\">", quoted(&plot.alt));
    }
    let Some(screenshot) = &check.screenshot else { return String::new() };
    let page = screenshot.url.split('?').next().unwrap_or_default();
    let size =
        size.map_or_else(String::new, |(width, height)| format!(" width=\"{width}\" height=\"{height}\""));
    format!(
        "<a class=\"scenario-screenshot\" href=\"{url}\"><img src=\"{url}\" alt=\"{}\"{size} loading=\"lazy\"></a>\
         <p class=\"scenario-source\"{}></p>",
        quoted(&screenshot.alt),
        DataText(&format!("Screenshot of {}", code(page)))
    )
}

/// A block's text below its caption; `below` is the HTML that follows the text.
fn figure(kind: &str, runs: Runs<'_>, caption: &str, class: &str, text: &str, below: &str) -> String {
    let (id, note) = match runs {
        Runs::Block(id) => (format!(" data-block=\"{}\"", Escaped(id)), ""),
        Runs::Another => {
            (String::new(), " · changed by another preprocessor: the original block is run instead")
        }
        Runs::Nothing => (String::new(), ""),
    };
    format!(
        "<figure class=\"scenario-block\" data-kind=\"{kind}\"{id}><figcaption{}></figcaption>\
         <pre><code class=\"{class}\">{text}</code></pre>{below}</figure>",
        DataText(&format!("{caption}{note}"))
    )
}

fn push(html: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a text does not fail.
    let _ = html.write_fmt(text);
}
