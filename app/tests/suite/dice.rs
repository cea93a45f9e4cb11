//! The dice behind `/probe`.

use app::dice::{Dice, Throw};

fn throws(seed: u64, count: usize) -> Vec<Throw> {
    let dice = Dice::new(seed, 0.05, 0.0).expect("both rates are probabilities");
    (0..count).map(|_| dice.throw()).collect()
}

/// The book prints these numbers. If a new version of `rand` throws differently, the book is
/// to be changed with it.
#[test]
fn the_seed_of_the_book_gives_the_numbers_of_the_book() {
    let failures = |count| throws(45, count).iter().filter(|t| t.fails).count();
    assert_eq!(failures(66), 0, "the first answers are all good");
    assert_eq!(failures(600), 28, "the load of the book");
    assert_eq!(failures(601), 28, "and one request more");
}

#[test]
fn the_delays_have_the_quantiles_and_the_average_of_the_book() {
    let mut delays: Vec<f64> = throws(45, 601).iter().map(|t| t.delay.as_secs_f64()).collect();
    delays.sort_by(f64::total_cmp);
    let average = delays.iter().sum::<f64>() / 601.0;
    let shown = [delays[300], delays[570], average].map(|seconds| format!("{seconds:.3}"));
    assert_eq!(shown, ["0.071", "0.181", "0.082"]);
}

#[test]
fn the_buckets_are_compared_with_the_true_quantiles_of_600_delays() {
    let mut delays: Vec<f64> = throws(45, 600).iter().map(|t| t.delay.as_secs_f64()).collect();
    delays.sort_by(f64::total_cmp);
    let shown = [delays[299], delays[569]].map(|seconds| format!("{seconds:.3}"));
    assert_eq!(shown, ["0.071", "0.181"]);
    let kept = delays.iter().filter(|seconds| **seconds <= 0.2).count();
    assert_eq!(kept, 580, "within the promised 0.2 s");
}

#[test]
fn the_same_seed_gives_the_same_throws() {
    let delays = |seed| throws(seed, 50).iter().map(|t| t.delay).collect::<Vec<_>>();
    assert_eq!(delays(1), delays(1));
    assert_ne!(delays(1), delays(2));
}

/// Of the mean of 10 000 gamma draws, 0.08 s is the mean and 0.0006 s the standard deviation, so
/// 0.005 s is eight of them. The seed makes this certain anyway.
#[test]
fn the_delays_have_the_mean_that_the_book_says() {
    let sum: f64 = throws(1, 10_000).iter().map(|t| t.delay.as_secs_f64()).sum();
    let mean = sum / 10_000.0;
    assert!((mean - 0.08).abs() < 0.005, "mean {mean}");
}

#[test]
fn a_slow_answer_takes_five_times_as_long() {
    let usual = Dice::new(1, 0.0, 0.0).expect("probabilities").throw();
    let slow = Dice::new(1, 0.0, 1.0).expect("probabilities").throw();
    let ratio = slow.delay.as_secs_f64() / usual.delay.as_secs_f64();
    assert!((ratio - 5.0).abs() < 1e-3, "ratio {ratio}");
}

#[test]
fn a_rate_that_is_no_probability_is_refused() {
    assert!(Dice::new(1, 1.5, 0.0).is_err());
    assert!(Dice::new(1, 0.0, -0.1).is_err());
    assert!(Dice::new(1, f64::NAN, 0.0).is_err());
}
