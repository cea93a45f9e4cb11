//! How long the commands of each chapter take, roughly.

use std::collections::BTreeMap;

/// A chapter's page, and the seconds that its commands take.
pub(crate) type Times = BTreeMap<String, u64>;

/// What a reader is told: no exact number, because another machine takes longer.
const ROUND: [u64; 15] = [5, 10, 15, 20, 30, 40, 50, 60, 90, 120, 150, 180, 240, 300, 600];

/// The time to tell. One that was told before stays while it is about right, so that it does not change with each run.
pub(crate) fn told(seconds: f64, before: Option<u64>) -> u64 {
    #[expect(clippy::cast_precision_loss, reason = "these are small numbers")]
    let distance = |told: u64| (told as f64 - seconds).abs();
    match before {
        Some(before) if distance(before) <= 0.3 * seconds || distance(before) <= 3.0 => before,
        _ => {
            let nearest = ROUND.into_iter().min_by(|one, other| distance(*one).total_cmp(&distance(*other)));
            nearest.unwrap_or(ROUND[0])
        }
    }
}

/// As JSON, a chapter on a line.
pub(crate) fn json(times: &Times) -> String {
    // A map of texts to numbers has a form as JSON.
    let mut json = serde_json::to_string_pretty(times).unwrap_or_default();
    json.push('\n');
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_round_and_stays_while_it_is_about_right() {
        for (seconds, expected) in [(0.2, 5), (8.0, 10), (24.0, 20), (26.0, 30), (70.0, 60), (4000.0, 600)] {
            assert_eq!(told(seconds, None), expected, "{seconds}");
        }
        assert_eq!(told(24.0, Some(30)), 30);
        assert_eq!(told(7.0, Some(5)), 5);
        assert_eq!(told(60.0, Some(30)), 60);
    }
}
