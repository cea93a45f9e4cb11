//! Brings the files of the plots up to date, or says which are not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use scenario_core::book::shown;
use scenario_core::disk;
use scenario_core::error::{Error, Result};
use scenario_core::failure::Curve;
use scenario_core::model::{CheckKind, Plot, Scenario};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::data::PlotData;
use crate::draw;
use crate::files::Folder;
use crate::times::{self, Times};

/// What is read of the report of a proof.
#[derive(Deserialize)]
struct Report {
    outcome: String,
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    label: String,
    id: String,
    kind: String,
    seconds: f64,
    curve: Option<Curve>,
    exercise: Option<String>,
}

/// A plot of the book: the id of its block, its query, and itself.
type OfBook<'a> = (&'a str, &'a str, &'a Plot);

fn plots(scenario: &Scenario) -> impl Iterator<Item = OfBook<'_>> {
    scenario.steps.iter().flat_map(|step| step.all_checks()).filter_map(|check| match &check.kind {
        CheckKind::Promql { query, .. } => Some((&*check.id, &**query, check.plot.as_deref()?)),
        _ => None,
    })
}

/// Writes the data and the times that a proof has found, and draws all pictures. The paths of what has changed.
pub(crate) fn from_report(scenario: &Scenario, folder: &Folder, report: &Path) -> Result<Vec<PathBuf>> {
    let report: Report = read(report)?.ok_or_else(|| missing(report))?;
    if report.outcome != "passed" {
        return Err(Error::new(format!("the run has not passed: its outcome is `{}`", report.outcome))
            .with_help("pictures are drawn from a run of `verify` that has passed"));
    }
    let mut changed = Vec::new();
    let mut curves: BTreeMap<&str, &Curve> = BTreeMap::new();
    let mut seconds: BTreeMap<&str, f64> = BTreeMap::new();
    for item in &report.items {
        curves.extend(item.curve.as_ref().map(|curve| (&*item.id, curve)));
        // A reader does not wait for a query as a proof does, and takes more than a moment for an exercise.
        let is_timed = item.kind != "check" && item.exercise.is_none();
        let waited = if is_timed { item.seconds } else { 0.0 };
        *seconds.entry(&item.label).or_default() += waited;
    }
    for (id, query, plot) in plots(scenario) {
        if let Some(curve) = curves.get(id) {
            write(&folder.data(&plot.name), &PlotData::new(query, plot, curve).json(), &mut changed)?;
        }
    }
    let before = read::<Times>(&folder.times())?.unwrap_or_default();
    let times = scenario.steps.iter().filter_map(|step| {
        let page = folder.page(&scenario.sources.pages[step.page].path);
        let before = before.get(&page).copied();
        let told = seconds.get(&*step.label).map(|seconds| times::told(*seconds, before)).or(before)?;
        Some((page, told))
    });
    write(&folder.times(), &times::json(&times.collect()), &mut changed)?;
    changed.extend(redraw(scenario, folder)?);
    Ok(changed)
}

/// Draws all pictures from the data beside the book, and removes files of plots that are on no page any more.
pub(crate) fn redraw(scenario: &Scenario, folder: &Folder) -> Result<Vec<PathBuf>> {
    let mut changed = Vec::new();
    for (_, _, plot) in plots(scenario) {
        if let Some(data) = read::<PlotData>(&folder.data(&plot.name))? {
            write(&folder.picture(&plot.name), &svg(scenario, &data, plot)?, &mut changed)?;
        }
    }
    for path in left_over(scenario, folder)? {
        std::fs::remove_file(&path).map_err(|cause| Error::io("remove", &path, cause))?;
        changed.push(shown(&path));
    }
    Ok(changed)
}

/// Draws a plot; a failure names its place in the book.
fn svg(scenario: &Scenario, data: &PlotData, plot: &Plot) -> Result<String> {
    let place = scenario.sources.location(plot.name_span);
    draw::svg(data, plot).map_err(|error| Error::new(format!("{place}: {error}")))
}

/// What is not up to date, a line for each file.
pub(crate) fn check(scenario: &Scenario, folder: &Folder) -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    for (_, query, plot) in plots(scenario) {
        let (data_path, picture_path) = (folder.data(&plot.name), folder.picture(&plot.name));
        let mut complain =
            |path: &Path, what: &str| complaints.push(format!("{}: {what}", shown(path).display()));
        let Some(data) = read::<PlotData>(&data_path)? else {
            complain(&data_path, "missing");
            continue;
        };
        if !data.is_of(query, plot) {
            complain(&data_path, "of another query, range or step than the page has");
            continue;
        }
        match text(&picture_path)? {
            None => complain(&picture_path, "missing"),
            Some(picture) if picture != svg(scenario, &data, plot)? => {
                complain(&picture_path, "not what is drawn from the data");
            }
            Some(_) => {}
        }
    }
    for path in left_over(scenario, folder)? {
        complaints.push(format!("{}: no page has this plot", shown(&path).display()));
    }
    let times = read::<Times>(&folder.times())?.unwrap_or_default();
    let timed: BTreeSet<String> = times.into_keys().collect();
    let pages = scenario.steps.iter().map(|step| folder.page(&scenario.sources.pages[step.page].path));
    let pages: BTreeSet<String> = pages.collect();
    let times = shown(&folder.times()).display().to_string();
    complaints.extend(pages.difference(&timed).map(|page| format!("{times}: no time of `{page}`")));
    complaints.extend(timed.difference(&pages).map(|page| format!("{times}: no chapter `{page}`")));
    Ok(complaints)
}

/// The files in the folder of the plots that were drawn for a plot which is on no page any more. Other files there are
/// left alone.
fn left_over(scenario: &Scenario, folder: &Folder) -> Result<Vec<PathBuf>> {
    let wanted: BTreeSet<PathBuf> = plots(scenario)
        .flat_map(|(_, _, plot)| [folder.data(&plot.name), folder.picture(&plot.name)])
        .collect();
    let plots = folder.plots();
    if !plots.is_dir() {
        return Ok(Vec::new());
    }
    let failed = |cause| Error::io("read", &plots, cause);
    let mut left_over = Vec::new();
    for entry in std::fs::read_dir(&plots).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_drawn = matches!(path.extension().and_then(|kind| kind.to_str()), Some("json" | "svg"))
            && read::<PlotData>(&path.with_extension("json")).is_ok_and(|data| data.is_some());
        left_over.extend((is_drawn && !wanted.contains(&path)).then_some(path));
    }
    left_over.sort();
    Ok(left_over)
}

/// The text of a file; `None` if it does not exist.
fn text(path: &Path) -> Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(Error::io("read", path, cause)),
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let Some(text) = text(path)? else { return Ok(None) };
    let read = serde_json::from_str(&text);
    read.map(Some).map_err(|cause| Error::new(format!("failed to read `{}`: {cause}", shown(path).display())))
}

fn missing(path: &Path) -> Error {
    Error::new(format!("there is no `{}`", shown(path).display()))
        .with_help("`cargo xtask verify --json FILE` writes it")
}

/// Writes a file, unless it has this text already.
fn write(path: &Path, new: &str, changed: &mut Vec<PathBuf>) -> Result<()> {
    if text(path)?.as_deref() == Some(new) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|cause| Error::io("make", folder, cause))?;
    }
    disk::replace(path, new.as_bytes()).map_err(|cause| Error::io("write", path, cause))?;
    changed.push(shown(path));
    Ok(())
}
