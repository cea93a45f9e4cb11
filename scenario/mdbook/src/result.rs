//! The result of a query that a page shows, as a table: a column for each label, the last for the value.

use scenario_core::model::Shown;

use crate::html::Escaped;

pub(crate) fn table(shown: &Shown) -> String {
    if shown.samples.is_empty() {
        return "<table class=\"scenario-result\"><tbody><tr><td>no results</td></tr></tbody></table>"
            .to_owned();
    }
    let has_name = shown.samples.iter().any(|sample| sample.name.is_some());
    let has_others = shown.samples.iter().any(|sample| sample.other_labels);
    let mut labels: Vec<&str> = Vec::new();
    for name in shown.samples.iter().flat_map(|sample| sample.labels.keys()) {
        if !labels.contains(&name.as_str()) {
            labels.push(name);
        }
    }
    let names = has_name.then_some("name").into_iter().chain(labels.iter().copied());
    let head: String = names
        .chain(has_others.then_some("other labels"))
        .chain(["value"])
        .map(|name| format!("<th>{}</th>", Escaped(name)))
        .collect();
    let mut rows: String = shown
        .samples
        .iter()
        .map(|sample| {
            let name = has_name.then(|| sample.name.clone().unwrap_or_default());
            let values = labels.iter().map(|label| sample.labels.get(*label).cloned().unwrap_or_default());
            let others = has_others.then(|| if sample.other_labels { "…" } else { "" }.to_owned());
            let cells = name.into_iter().chain(values).chain(others).chain([sample.value_text()]);
            let cells: String =
                cells.map(|cell| format!("<td>{}</td>", Escaped(&cell.replace("[..]", "…")))).collect();
            format!("<tr>{cells}</tr>")
        })
        .collect();
    if shown.more {
        let count = labels.len() + usize::from(has_name) + usize::from(has_others) + 1;
        rows += &format!("<tr><td colspan=\"{count}\">…</td></tr>");
    }
    format!("<table class=\"scenario-result\"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")
}
