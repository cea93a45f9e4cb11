//! mdBook 0.5, with which the book is read in a browser: on PATH, or built into the tools folder.

use std::path::Path;
use std::time::Duration;

use scenario_core::error::{Error, Result};

use crate::ask::{ask, explain};
use crate::environment::removed_variables;
use crate::finding::{Look, OnProgress, Remedy, RemedyKind, Unmet};
use crate::host::Host;
use crate::place::Place;

const VERSION: &str = "0.5.4";
const SERIES: &str = "0.5.";
const BUILD_TIME_MAX: Duration = Duration::from_secs(30 * 60);
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);

pub(crate) fn look_for_mdbook(host: &Host, place: &Place) -> Result<Look<String>> {
    let mut found = "no `mdbook` on PATH or in the tools folder".to_owned();
    let ours = place.bin().join("mdbook");
    let programs = [host.find_but("mdbook", |file| place.has_in_bin(file)), ours.is_file().then_some(ours)];
    for program in programs.into_iter().flatten() {
        match version(host, &program)? {
            Ok(version) if version.starts_with(SERIES) => {
                return Ok(Look::Present(format!("{version} ({})", program.display())));
            }
            Ok(version) => found = format!("mdBook {version} is here, and the book needs {SERIES}x"),
            Err(why) => found = format!("`{} --version`: {why}", program.display()),
        }
    }
    let remedy = Remedy {
        what: format!("cargo install mdbook {VERSION} into `{}`", place.tools.display()),
        size: "about 20 MB, and 2 minutes to compile".to_owned(),
        kind: RemedyKind::Mdbook,
    };
    let help = format!("cargo install mdbook --version {VERSION} --locked");
    Ok(Look::Missing(Unmet { found, remedy: Some(remedy), help }))
}

/// Builds it from source; what the build leaves behind is many times its size, and removed.
pub(crate) fn provide(host: &Host, place: &Place, progress: OnProgress<'_>) -> Result<()> {
    let cargo = host.find("cargo").ok_or_else(|| Error::new("no `cargo` on PATH"))?;
    let scratch = place.scratch("mdbook")?;
    let (root, target) = (place.tools.to_string_lossy(), scratch.path().to_string_lossy());
    let args = [
        "install",
        "mdbook",
        "--version",
        VERSION,
        "--locked",
        "--no-default-features",
        "--features",
        "search",
        "--root",
        &*root,
        "--target-dir",
        &*target,
    ];
    progress(&format!("cargo {} (about 2 minutes)", args[..8].join(" ")));
    let command = host.command(&cargo, args).envs(&removed_variables(host)).deadline(BUILD_TIME_MAX);
    let finished = command.run()?;
    if finished.success() {
        return Ok(());
    }
    Err(Error::new(format!("failed to build mdBook {VERSION}: {}", explain(&finished))))
}

fn version(host: &Host, program: &Path) -> Result<std::result::Result<String, String>> {
    let answer = ask(&host.command(program, ["--version"]).deadline(ANSWER_TIME_MAX))?;
    Ok(answer.and_then(|text| {
        let version = text.split_whitespace().nth(1).map(|word| word.trim_start_matches('v').to_owned());
        version.ok_or_else(|| format!("it says `{}`", text.trim()))
    }))
}
