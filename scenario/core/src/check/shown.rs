//! Compares the samples that a query finds with the result that a page shows. Their order does not matter.

use crate::failure::Sample;
use crate::model::{Shown, ShownSample, series};
use crate::transcript::{DiffLine, line_matches};

/// How many samples that are not on the page a difference has.
const FOUND_MAX: usize = 20;

/// How the samples differ; `None` if they are as shown.
pub(super) fn compare(shown: &Shown, samples: &[Sample], number: fn(&str) -> f64) -> Option<Vec<DiffLine>> {
    let fits = |line: &ShownSample, sample: &Sample| {
        has_labels(line, sample) && line.has_value(number(&sample.value))
    };
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

    fn number(text: &str) -> f64 {
        text.parse().unwrap_or(f64::NAN)
    }

    #[test]
    fn each_line_has_a_sample_of_its_own_in_any_order() {
        let lines = shown(&[(&[], true, None), (&[("code", "200")], false, Some(1.0))], false);
        assert_eq!(compare(&lines, &found(&[("200", "1"), ("500", "2")]), number), None);
        assert_eq!(compare(&lines, &found(&[("500", "2"), ("200", "1")]), number), None);
        assert!(compare(&lines, &found(&[("200", "1")]), number).is_some(), "one sample is not two");
    }

    #[test]
    fn other_samples_and_labels_are_a_difference_unless_they_are_left_out() {
        let exact = shown(&[(&[("code", "200")], false, Some(1.0))], false);
        let diff = compare(&exact, &found(&[("200", "1"), ("500", "2")]), number).expect("a difference");
        assert_eq!(
            diff,
            [DiffLine::Both("{code=\"200\"} 1".into()), DiffLine::Printed("{code=\"500\"} 2".into()),]
        );
        let more = Shown { more: true, ..exact.clone() };
        assert_eq!(compare(&more, &found(&[("200", "1"), ("500", "2")]), number), None);
        let unlabelled = shown(&[(&[], false, Some(1.0))], false);
        assert!(compare(&unlabelled, &found(&[("200", "1")]), number).is_some());
        let pattern = shown(&[(&[("code", "[NUMBER]")], false, None)], false);
        assert_eq!(compare(&pattern, &found(&[("200", "1")]), number), None);
        assert!(compare(&pattern, &found(&[("ok", "1")]), number).is_some());
    }

    #[test]
    fn none_is_no_sample() {
        assert_eq!(compare(&Shown::default(), &[], number), None);
        let diff = compare(&Shown::default(), &found(&[("200", "1")]), number).expect("a difference");
        assert_eq!(diff, [DiffLine::Page("none".into()), DiffLine::Printed("{code=\"200\"} 1".into())]);
    }
}
