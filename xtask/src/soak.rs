//! `cargo xtask soak`: runs tests many times while all cores are busy, and counts what fails.
//!
//! A test that depends on how fast the machine is fails here sooner or later. Tests that fetch packages
//! (`#[ignore]`) are left out; `ci` runs them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use scenario_cli::Front;
use scenario_core::error::{Error, Result};
use scenario_setup::Toolbox;

use crate::child::{self, Ending};
use crate::results::{Libtest, Report};
use crate::suites::{self, Suite};
use crate::{ci, flags, project_root, schedule};

/// How long one run of a suite may take.
const RUN_TIME_MAX: Duration = Duration::from_secs(3600);

/// How often a suite ran, how often it failed, and what failed.
#[derive(Debug, Default)]
struct Tally {
    runs: usize,
    failed: usize,
    /// By what failed: how often, and the output of the first time.
    causes: BTreeMap<String, (usize, PathBuf)>,
}

impl flags::Soak {
    pub(crate) fn run(self, front: &Front) -> Result<ExitCode> {
        let (suites, toolbox) = match &self.manifest_path {
            Some(manifest) => {
                let suite = suites::of_cargo("package", &format!("--manifest-path {}", manifest.display()));
                (vec![Suite { logs: manifest.with_file_name("soak"), ..suite }], Toolbox::default())
            }
            None => (self.chosen(), ci::toolbox(front, self.yes)?),
        };
        let mut out = anstream::stdout();
        for line in suites.iter().flat_map(|suite| &suite.build) {
            let _ = writeln!(out, "== build: {line}");
            let mut show = |text: &str| drop(writeln!(out, "{text}"));
            let ending = child::run(&mut ci::command(line, &toolbox), RUN_TIME_MAX, &mut show)?;
            if !ending.success() {
                return Err(Error::new(format!("`{line}` failed ({ending})")));
            }
        }
        let load = Load::start();
        let _ = writeln!(out, "== {} threads keep the cores busy", load.threads);
        let mut tallies: Vec<Tally> = suites.iter().map(|_| Tally::default()).collect();
        let ended = self.rounds(&suites, &toolbox, &mut tallies, &mut out);
        drop(load);
        let _ = write!(out, "{}", summary(&suites, &tallies));
        ended?;
        let passed = tallies.iter().all(|tally| tally.failed == 0);
        Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn chosen(&self) -> Vec<Suite> {
        let chosen = |name: &&str| self.suites.is_empty() || self.suites.iter().any(|given| given == name);
        suites::names().filter(chosen).map(suites::suite).collect()
    }

    fn rounds(
        &self,
        suites: &[Suite],
        toolbox: &Toolbox,
        tallies: &mut [Tally],
        out: &mut dyn Write,
    ) -> Result<()> {
        let times = self.times;
        for suite in suites {
            let _ = std::fs::remove_dir_all(&suite.logs);
        }
        for round in 1..=times {
            for (suite, tally) in suites.iter().zip(tallies.iter_mut()) {
                let begun = Instant::now();
                let log = suite.logs.join(format!("{round}.log"));
                let causes = run_once(suite, toolbox, &log)?;
                tally.runs += 1;
                let (name, seconds) = (suite.name, begun.elapsed().as_secs_f32());
                let _ = if causes.is_empty() {
                    writeln!(out, "{name:<8} {round:>3}/{times}  passed  {seconds:>5.0} s")
                } else {
                    let list = causes.join(", ");
                    writeln!(out, "{name:<8} {round:>3}/{times}  failed  {seconds:>5.0} s  {list}")
                };
                tally.failed += usize::from(!causes.is_empty());
                for cause in causes {
                    tally.causes.entry(cause).or_insert_with(|| (0, log.clone())).0 += 1;
                }
            }
        }
        Ok(())
    }
}

/// Runs a suite once: what failed. Its output stays in `log` only if something did.
fn run_once(suite: &Suite, toolbox: &Toolbox, log: &Path) -> Result<Vec<String>> {
    let failed = |cause: std::io::Error| Error::new(format!("failed to write `{}`: {cause}", log.display()));
    std::fs::create_dir_all(&suite.logs).map_err(failed)?;
    let mut file = BufWriter::new(File::create(log).map_err(failed)?);
    if let Some(report) = suite.report {
        report.remove();
    }
    let mut libtest = Libtest::new(schedule::threads(&suite.run));
    let mut written = Ok(());
    let ending = child::run(&mut ci::command(&suite.run, toolbox), RUN_TIME_MAX, &mut |line| {
        libtest.line(line, Instant::now());
        if written.is_ok() {
            written = writeln!(file, "{line}");
        }
    })?;
    written.and_then(|()| file.flush()).map_err(failed)?;
    let tests = suite.report.map_or_else(|| libtest.finish(), Report::read);
    let causes = causes(ending, tests.into_iter().filter(|test| test.failed).map(|test| test.name).collect());
    if causes.is_empty() {
        std::fs::remove_file(log).map_err(failed)?;
    }
    Ok(causes)
}

/// What failed in a run: the tests that failed, or how it ended where no test is to blame.
fn causes(ending: Ending, tests: Vec<String>) -> Vec<String> {
    if tests.is_empty() && !ending.success() {
        vec![format!("({ending}, and no test failed)")]
    } else {
        tests
    }
}

/// The last lines: how often each suite failed, and in which tests.
fn summary(suites: &[Suite], tallies: &[Tally]) -> String {
    let mut text = "\nsuite     runs  failed\n".to_owned();
    for (suite, tally) in suites.iter().zip(tallies) {
        text += &format!("{:<8}  {:>4}  {:>6}\n", suite.name, tally.runs, tally.failed);
    }
    for (suite, tally) in suites.iter().zip(tallies) {
        for (cause, (count, log)) in &tally.causes {
            let log = log.strip_prefix(project_root()).unwrap_or(log).display();
            text += &format!("failed {count} of {} times: {}: {cause}; see {log}\n", tally.runs, suite.name);
        }
    }
    text
}

/// Keeps all cores busy. Its threads end with this value or with this process, whichever ends first.
struct Load {
    threads: usize,
    ended: Arc<AtomicBool>,
}

impl Load {
    fn start() -> Load {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let ended = Arc::new(AtomicBool::new(false));
        for _ in 0..threads {
            let ended = Arc::clone(&ended);
            std::thread::spawn(move || {
                while !ended.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        Load { threads, ended }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}
