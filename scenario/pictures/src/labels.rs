//! What distinguishes the series of a picture, for its legend.

use std::collections::BTreeMap;

/// How long a line of the legend may be.
const CHARS_MAX: usize = 46;

/// A line for each series: the labels that are not the same in all of them.
pub(crate) fn lines(series: &[&BTreeMap<String, String>]) -> Vec<String> {
    let is_same = |name: &str, value: &str| {
        series.iter().all(|labels| labels.get(name).is_some_and(|other| other == value))
    };
    let line = |labels: &&BTreeMap<String, String>| {
        let own = labels.iter().filter(|(name, value)| !is_same(name, value));
        let own: Vec<String> = own
            .map(
                |(name, value)| {
                    if name == "__name__" { value.clone() } else { format!("{name}=\"{value}\"") }
                },
            )
            .collect();
        shortened(&own.join(" "))
    };
    series.iter().map(line).collect()
}

fn shortened(text: &str) -> String {
    let text = &text.replace(|c: char| c.is_control(), " ");
    match text.char_indices().nth(CHARS_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_labels_that_differ_are_shown() {
        let labels = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let one = labels(&[("__name__", "a"), ("job", "app"), ("code", "200")]);
        let two = labels(&[("__name__", "a"), ("job", "app")]);
        assert_eq!(lines(&[&one, &two]), ["code=\"200\"", ""]);
        let other = labels(&[("__name__", "b"), ("job", "app")]);
        assert_eq!(lines(&[&two, &other]), ["a", "b"]);
        assert_eq!(shortened(&"x".repeat(60)).chars().count(), CHARS_MAX + 1);
    }
}
