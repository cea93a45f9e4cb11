//! Runs a target with many inputs, each made from its own seed, and reports one that fails.

use std::cell::Cell;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Once;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::Target;
use crate::mutate::mutate;

thread_local! {
    /// Whether this thread runs a target. [`run`] reports the panics of targets.
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Time limits.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// For one input. If it takes longer, it counts as endless.
    pub one: Duration,
    /// For all inputs. After that, no more are made.
    pub all: Duration,
}

/// An input that shows a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counterexample {
    /// The seed of the input.
    pub seed: u64,
    /// The input, made as short as possible.
    pub input: Vec<u8>,
    /// The message of the panic.
    pub message: String,
}

/// The texts in a folder, in the order of their names.
///
/// # Errors
///
/// The folder cannot be read.
pub fn corpus(folder: &Path) -> std::io::Result<Vec<Vec<u8>>> {
    let mut paths = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    paths.iter().map(std::fs::read).collect()
}

/// The input of a seed. The first seeds give the texts as they are, the others changed copies of them.
pub fn input(seed: u64, corpus: &[Vec<u8>]) -> Vec<u8> {
    let unchanged = usize::try_from(seed).ok().and_then(|seed| corpus.get(seed)).cloned();
    unchanged.unwrap_or_else(|| mutate(&mut Rng::with_seed(seed), corpus))
}

/// Runs a target with the inputs of some seeds, until one fails or the time is over. Returns the number of inputs.
///
/// # Errors
///
/// The first input with which the target panics or does not end.
pub fn run(
    target: Target,
    corpus: &[Vec<u8>],
    seeds: Range<u64>,
    bounds: Bounds,
) -> Result<u64, Counterexample> {
    let (sender, receiver) = channel();
    let texts = corpus.to_vec();
    let first = seeds.start;
    let start = Instant::now();
    // On another thread, so that an endless input can be reported.
    std::thread::spawn(move || {
        for seed in seeds {
            let message = panics(target, &input(seed, &texts));
            // The receiver is gone when the time is over.
            if sender.send((seed, message)).is_err() {
                break;
            }
        }
    });
    let mut count = 0;
    while start.elapsed() < bounds.all {
        match receiver.recv_timeout(bounds.one) {
            Ok((_, None)) => count += 1,
            Ok((seed, Some(message))) => {
                let input = shorten(target, input(seed, corpus));
                return Err(Counterexample { seed, input, message });
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                let seed = first + count;
                let message = format!("no end within {} s", bounds.one.as_secs());
                return Err(Counterexample { seed, input: input(seed, corpus), message });
            }
        }
    }
    Ok(count)
}

/// The message of a target's panic with an input; `None` if it does not panic.
pub fn panics(target: Target, input: &[u8]) -> Option<String> {
    install_quiet_hook();
    IS_QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(|| target(input)));
    IS_QUIET.set(false);
    let cause = result.err()?;
    let text = cause.downcast_ref::<String>().cloned();
    let text = text.or_else(|| cause.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    Some(text.unwrap_or_else(|| "a panic without a message".to_owned()))
}

/// Silences panics of targets: while an input is made shorter, there are hundreds.
fn install_quiet_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !IS_QUIET.get() {
                usual(info);
            }
        }));
    });
}

/// Removes what a target does not need to fail: first lines, then bytes.
fn shorten(target: Target, mut input: Vec<u8>) -> Vec<u8> {
    for by_line in [true, false] {
        let mut size = input.len().max(1);
        while size > 0 {
            let pieces: Vec<Vec<u8>> = if by_line {
                input.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
            } else {
                input.chunks(1).map(<[u8]>::to_vec).collect()
            };
            size = size.min(pieces.len());
            let mut kept = pieces;
            let mut at = 0;
            while at < kept.len() {
                let mut fewer = kept.clone();
                fewer.drain(at..(at + size).min(kept.len()));
                if panics(target, &fewer.concat()).is_some() {
                    kept = fewer;
                } else {
                    at += size;
                }
            }
            input = kept.concat();
            size /= 2;
        }
    }
    input
}
