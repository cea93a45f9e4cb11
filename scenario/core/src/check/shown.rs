//! Compares the samples that a query finds with the result that a page shows. Their order does not matter.

use crate::failure::Sample;
use crate::model::{Shown, ShownSample, series};
use crate::transcript::{DiffLine, line_matches};

/// How many samples that are not on the page a difference lists.
const FOUND_MAX: usize = 20;

/// How the samples differ; `None` if they are as shown.
pub(super) fn compare(shown: &Shown, samples: &[Sample]) -> Option<Vec<DiffLine>> {
    let line_of = assign(&shown.samples, samples, &fits);
    let is_taken = |line: usize| line_of.contains(&Some(line));
    let missing = (0..shown.samples.len()).any(|line| !is_taken(line));
    let left: Vec<&Sample> =
        samples.iter().zip(&line_of).filter(|(_, line)| line.is_none()).map(|(sample, _)| sample).collect();
    if !missing && (left.is_empty() || shown.more) {
        return None;
    }
    let mut diff: Vec<DiffLine> = Vec::new();
    for (index, line) in shown.samples.iter().enumerate() {
        diff.push(if is_taken(index) {
            DiffLine::Both(line.to_string())
        } else {
            DiffLine::Page(line.to_string())
        });
    }
    if shown.samples.is_empty() {
        diff.push(DiffLine::Page("none".to_owned()));
    }
    if samples.is_empty() {
        diff.push(DiffLine::Printed("none".to_owned()));
    }
    diff.extend(left.iter().take(FOUND_MAX).map(|sample| DiffLine::Printed(notation(sample))));
    if left.len() > FOUND_MAX {
        diff.push(DiffLine::LeftOut(0, 0, left.len() - FOUND_MAX));
    }
    if shown.more {
        diff.push(DiffLine::Both("...".to_owned()));
    }
    Some(diff)
}

/// A line of a result that a page should show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResultRow {
    /// A line that the page shows already, by its index among the samples.
    Kept(usize),
    /// The same with another value.
    Value(usize, String),
    /// Another sample, or `none`.
    New(String),
}

/// The lines that a page should show instead; `None` if the samples are as shown. A sample whose value alone has changed
/// keeps its line. With `...`, no samples are added as long as one of those shown remains.
pub fn rewrite(shown: &Shown, samples: &[Sample]) -> Option<Vec<ResultRow>> {
    compare(shown, samples)?;
    let exact = assign(&shown.samples, samples, &fits);
    let with_labels = |line: &ShownSample, sample: &Sample| {
        has_labels(line, sample) && line.value.is_some() && !sample.number().is_nan()
    };
    let left = |taken: &[Option<usize>], index: usize| taken[index].is_none();
    let others: Vec<usize> = (0..samples.len()).filter(|index| left(&exact, *index)).collect();
    let rest: Vec<Sample> = others.iter().map(|index| samples[*index].clone()).collect();
    let is_free = |line: usize| !exact.contains(&Some(line));
    let free: Vec<usize> = (0..shown.samples.len()).filter(|line| is_free(*line)).collect();
    let lines: Vec<ShownSample> = free.iter().map(|line| shown.samples[*line].clone()).collect();
    let changed = assign(&lines, &rest, &with_labels);
    let mut rows: Vec<ResultRow> = (0..shown.samples.len())
        .filter_map(|line| {
            if !is_free(line) {
                return Some(ResultRow::Kept(line));
            }
            let free = free.iter().position(|other| *other == line);
            let sample = changed.iter().position(|of| of.is_some() && *of == free)?;
            Some(ResultRow::Value(line, rest[sample].value.clone()))
        })
        .collect();
    if !shown.more || rows.is_empty() {
        let new = rest.iter().zip(&changed).filter(|(_, line)| line.is_none());
        rows.extend(new.map(|(sample, _)| ResultRow::New(line_of_page(sample))));
    }
    if samples.is_empty() {
        rows.push(ResultRow::New("none".to_owned()));
    }
    Some(rows)
}

/// A sample as a page shows it. What has no single value is shown with any.
fn line_of_page(sample: &Sample) -> String {
    match sample.number() {
        number if number.is_nan() && sample.value != "NaN" => {
            notation(&Sample { value: "[..]".to_owned(), ..sample.clone() })
        }
        _ => notation(sample),
    }
}

fn fits(line: &ShownSample, sample: &Sample) -> bool {
    has_labels(line, sample) && line.has_value(sample.number())
}

/// The line that each sample is given, so that as many lines as possible have one: by augmenting paths.
fn assign(
    lines: &[ShownSample],
    samples: &[Sample],
    fits: &dyn Fn(&ShownSample, &Sample) -> bool,
) -> Vec<Option<usize>> {
    fn give(line: usize, fitting: &[Vec<usize>], tried: &mut [bool], line_of: &mut [Option<usize>]) -> bool {
        for sample in &fitting[line] {
            if std::mem::replace(&mut tried[*sample], true) {
                continue;
            }
            if line_of[*sample].is_none_or(|other| give(other, fitting, tried, line_of)) {
                line_of[*sample] = Some(line);
                return true;
            }
        }
        false
    }
    let fitting: Vec<Vec<usize>> = lines
        .iter()
        .map(|line| (0..samples.len()).filter(|sample| fits(line, &samples[*sample])).collect())
        .collect();
    let mut line_of = vec![None; samples.len()];
    for line in 0..lines.len() {
        give(line, &fitting, &mut vec![false; samples.len()], &mut line_of);
    }
    line_of
}

/// Whether a sample has the labels of a line, and no others unless the line says so.
fn has_labels(line: &ShownSample, sample: &Sample) -> bool {
    let name = sample.labels.get("__name__");
    let has_name = match &line.name {
        Some(expected) => name == Some(expected),
        None => name.is_none() || line.other_labels,
    };
    let has = |(label, pattern): (&String, &String)| {
        sample.labels.get(label).is_some_and(|value| line_matches(pattern, value))
    };
    let count = sample.labels.len() - usize::from(name.is_some());
    has_name && line.labels.iter().all(has) && (line.other_labels || line.labels.len() == count)
}

/// A sample as a page would show it.
fn notation(sample: &Sample) -> String {
    let labels = sample.labels.iter().filter(|(label, _)| *label != "__name__");
    let labels = labels.map(|(label, value)| (label.as_str(), value.as_str()));
    let name = sample.labels.get("__name__").map(String::as_str);
    format!("{} {}", series(name, labels, false), sample.value).trim_start().to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Labels, whether there may be others, and a value.
    type Row<'a> = (&'a [(&'a str, &'a str)], bool, Option<f64>);

    fn shown(lines: &[Row<'_>], more: bool) -> Shown {
        let texts = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let sample = |(labels, other_labels, value): &Row<'_>| ShownSample {
            name: None,
            labels: texts(labels),
            other_labels: *other_labels,
            value: *value,
            tolerance: None,
        };
        Shown { samples: lines.iter().map(sample).collect(), more }
    }

    fn found(samples: &[(&str, &str)]) -> Vec<Sample> {
        let labels = |code: &str| BTreeMap::from([("code".to_owned(), code.to_owned())]);
        samples
            .iter()
            .map(|(code, value)| Sample { labels: labels(code), value: (*value).to_owned() })
            .collect()
    }

    #[test]
    fn each_line_has_a_sample_of_its_own_in_any_order() {
        let lines = shown(&[(&[], true, None), (&[("code", "200")], false, Some(1.0))], false);
        assert_eq!(compare(&lines, &found(&[("200", "1"), ("500", "2")])), None);
        assert_eq!(compare(&lines, &found(&[("500", "2"), ("200", "1")])), None);
        assert!(compare(&lines, &found(&[("200", "1")])).is_some(), "one sample is not two");
    }

    #[test]
    fn other_samples_and_labels_are_a_difference_unless_they_are_left_out() {
        let exact = shown(&[(&[("code", "200")], false, Some(1.0))], false);
        let diff = compare(&exact, &found(&[("200", "1"), ("500", "2")])).expect("a difference");
        assert_eq!(
            diff,
            [DiffLine::Both("{code=\"200\"} 1".into()), DiffLine::Printed("{code=\"500\"} 2".into()),]
        );
        let more = Shown { more: true, ..exact.clone() };
        assert_eq!(compare(&more, &found(&[("200", "1"), ("500", "2")])), None);
        let unlabelled = shown(&[(&[], false, Some(1.0))], false);
        assert!(compare(&unlabelled, &found(&[("200", "1")])).is_some());
        let pattern = shown(&[(&[("code", "[NUMBER]")], false, None)], false);
        assert_eq!(compare(&pattern, &found(&[("200", "1")])), None);
        assert!(compare(&pattern, &found(&[("ok", "1")])).is_some());
    }

    #[test]
    fn none_is_no_sample() {
        assert_eq!(compare(&Shown::default(), &[]), None);
        let diff = compare(&Shown::default(), &found(&[("200", "1")])).expect("a difference");
        assert_eq!(diff, [DiffLine::Page("none".into()), DiffLine::Printed("{code=\"200\"} 1".into())]);
    }

    #[test]
    fn a_changed_value_keeps_its_line_and_other_samples_get_one() {
        use ResultRow::{Kept, New, Value};
        let lines = shown(
            &[
                (&[("code", "200")], false, Some(1.0)),
                (&[("code", "404")], false, Some(3.0)),
                (&[("code", "500")], false, None),
            ],
            false,
        );
        let rows = |samples: &[(&str, &str)]| rewrite(&lines, &found(samples));
        assert_eq!(rows(&[("200", "1"), ("404", "3"), ("500", "7")]), None);
        assert_eq!(
            rows(&[("500", "7"), ("200", "2"), ("302", "+Inf")]),
            Some(vec![Value(0, "2".into()), Kept(2), New("{code=\"302\"} +Inf".into())])
        );
        assert_eq!(rows(&[]), Some(vec![New("none".into())]));
        let more = shown(&[(&[("code", "200")], false, Some(1.0))], true);
        assert_eq!(rewrite(&more, &found(&[("200", "2"), ("500", "1")])), Some(vec![Value(0, "2".into())]));
        let histogram = found(&[("500", "{count:3, sum:0.4}")]);
        assert_eq!(rewrite(&more, &histogram), Some(vec![New("{code=\"500\"} [..]".into())]));
        assert_eq!(
            rewrite(&Shown::default(), &found(&[("200", "2")])),
            Some(vec![New("{code=\"200\"} 2".into())])
        );
    }
}
