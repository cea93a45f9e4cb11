//! Chance, all of it in one place: how long an answer takes, and whether it fails.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand_distr::{Bernoulli, BernoulliError, Distribution, Gamma};

/// A slow answer takes this many times as long as it would have.
const SLOWDOWN: f64 = 5.0;

/// Decides how each answer turns out.
pub struct Dice {
    seed: u64,
    thrown: AtomicU64,
    fails: Bernoulli,
    slow: Bernoulli,
    seconds: Gamma<f64>,
}

/// How one answer turns out.
pub struct Throw {
    pub fails: bool,
    pub delay: Duration,
}

impl Dice {
    /// Both rates are probabilities; a number outside 0 to 1 is an error.
    pub fn new(seed: u64, fail_rate: f64, slow_rate: f64) -> Result<Self, BernoulliError> {
        Ok(Self {
            seed,
            thrown: AtomicU64::new(0),
            fails: Bernoulli::new(fail_rate)?,
            slow: Bernoulli::new(slow_rate)?,
            seconds: Gamma::new(2.0, 0.04).expect("both parameters are positive"),
        })
    }

    /// The k-th throw depends on the seed and on k, and on nothing else.
    pub fn throw(&self) -> Throw {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(self.thrown.fetch_add(1, Ordering::Relaxed));

        let fails = self.fails.sample(&mut rng);
        let mut seconds = self.seconds.sample(&mut rng);
        if self.slow.sample(&mut rng) {
            seconds *= SLOWDOWN;
        }
        let delay = Duration::from_secs_f64(seconds);
        Throw { fails, delay }
    }
}
