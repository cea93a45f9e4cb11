//! The screenshots of a book: from where a run has taken them to beside the pages, and what is wrong with those there.
//!
//! Two screenshots of the same page are never the same to the byte, so it is not compared what they show.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use scenario_core::book::shown;
use scenario_core::disk;
use scenario_core::error::{Error, Result};
use scenario_core::model::{
    SCREENSHOT_HEIGHT_MAX, SCREENSHOT_SCALE, SCREENSHOT_WIDTH, Scenario, Screenshot, Step,
};

use crate::files::Folder;
use crate::image::Image;

/// Less than that is not a page.
const HEIGHT_MIN: usize = 60;
/// A page with text has more colours, by the edges of its letters; a blank one has one.
const COLOURS_MIN: usize = 16;
/// How large the file of one may be: all of them are in the repository, and each run adds new ones.
const BYTES_MAX: usize = 200 << 10;

fn all(scenario: &Scenario) -> impl Iterator<Item = &Screenshot> {
    scenario.steps.iter().flat_map(Step::all_checks).filter_map(|check| check.screenshot.as_deref())
}

/// Takes over those that a run has taken into the folder `from`. The paths of what has changed.
pub(crate) fn take_over(scenario: &Scenario, folder: &Folder, from: &Path) -> Result<Vec<PathBuf>> {
    let mut changed = Vec::new();
    for screenshot in all(scenario) {
        let taken = from.join(format!("{}.png", screenshot.name));
        let Some(bytes) = bytes(&taken)? else { continue };
        let unusable = |why: String| Error::new(format!("cannot use `{}`: {why}", shown(&taken).display()));
        let cut = Image::read(&bytes).map_err(unusable)?.cut();
        let png = cut.png().map_err(unusable)?;
        if let Some(fault) = fault(&cut, png.len()) {
            return Err(unusable(fault));
        }
        let path = folder.screenshot(&screenshot.name);
        let parent = folder.screenshots();
        std::fs::create_dir_all(&parent).map_err(|cause| Error::io("make", &parent, cause))?;
        disk::replace(&path, &png).map_err(|cause| Error::io("write", &path, cause))?;
        changed.push(shown(&path));
    }
    Ok(changed)
}

/// Removes those that are on no page any more.
pub(crate) fn remove_left_over(scenario: &Scenario, folder: &Folder) -> Result<Vec<PathBuf>> {
    let left_over = left_over(scenario, folder)?;
    for path in &left_over {
        std::fs::remove_file(path).map_err(|cause| Error::io("remove", path, cause))?;
    }
    Ok(left_over.iter().map(|path| shown(path)).collect())
}

/// What is wrong with those beside the pages, a line for each file.
pub(crate) fn check(scenario: &Scenario, folder: &Folder) -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    for screenshot in all(scenario) {
        let path = folder.screenshot(&screenshot.name);
        let fault = match bytes(&path)? {
            None => Some("missing".to_owned()),
            Some(bytes) => match Image::read(&bytes) {
                Ok(image) => fault(&image, bytes.len()),
                Err(why) => Some(format!("not a PNG: {why}")),
            },
        };
        complaints.extend(fault.map(|fault| format!("{}: {fault}", shown(&path).display())));
    }
    for path in left_over(scenario, folder)? {
        complaints.push(format!("{}: no page has this screenshot", shown(&path).display()));
    }
    Ok(complaints)
}

/// What is wrong with a picture whose file has so many bytes.
fn fault(image: &Image, bytes: usize) -> Option<String> {
    let (width, height, colours) = (image.width, image.height(), image.colours());
    let pixels = |of_window: u32| (of_window * SCREENSHOT_SCALE) as usize;
    let (width_wanted, height_max) = (pixels(SCREENSHOT_WIDTH), pixels(SCREENSHOT_HEIGHT_MAX));
    if colours < COLOURS_MIN {
        return Some(format!("blank: fewer than {COLOURS_MIN} colours"));
    }
    if width != width_wanted || !(HEIGHT_MIN..=height_max).contains(&height) {
        return Some(format!(
            "expected {width_wanted} by {HEIGHT_MIN} to {height_max} pixels, found {width} by {height}"
        ));
    }
    (bytes > BYTES_MAX).then(|| format!("more than {} KiB", BYTES_MAX >> 10))
}

/// The files in the folder of the screenshots that are on no page.
fn left_over(scenario: &Scenario, folder: &Folder) -> Result<Vec<PathBuf>> {
    let wanted: BTreeSet<PathBuf> =
        all(scenario).map(|screenshot| folder.screenshot(&screenshot.name)).collect();
    let screenshots = folder.screenshots();
    if !screenshots.is_dir() {
        return Ok(Vec::new());
    }
    let failed = |cause| Error::io("read", &screenshots, cause);
    let mut left_over = Vec::new();
    for entry in std::fs::read_dir(&screenshots).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_picture = path.extension().is_some_and(|kind| kind == "png");
        left_over.extend((is_picture && !wanted.contains(&path)).then_some(path));
    }
    left_over.sort();
    Ok(left_over)
}

/// The content of a file; `None` if it does not exist.
fn bytes(path: &Path) -> Result<Option<Vec<u8>>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(Error::io("read", path, cause)),
    }
}
