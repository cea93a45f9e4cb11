//! Prometheus of Debian or Ubuntu: fetched with apt, unpacked into the tools folder, not installed.
//!
//! Needs no root. Debian's build looks for its web pages below `/usr/share` and takes their scripts from
//! other packages through links, so those are unpacked into the same root, and a flag names that to the server.

use std::path::{Path, PathBuf};

use scenario_core::error::{Context, PathContext, Result};

use crate::apt::Apt;
use crate::finding::OnProgress;
use crate::host::Host;
use crate::place::{Place, create_folder};

/// What the classic web pages of 2.42 and 2.53 link to.
const ASSET_PACKAGES: [&str; 11] = [
    "libjs-bootstrap4",
    "libjs-eonasdan-bootstrap-datetimepicker",
    "libjs-jquery",
    "libjs-jquery-hotkeys",
    "libjs-moment",
    "libjs-moment-timezone",
    "libjs-mustache",
    "libjs-popper.js",
    "libjs-rickshaw",
    "libjs-d3",
    "fonts-glyphicons-halflings",
];

/// The server, and its web pages where it has any.
type Unpacked = (PathBuf, Option<PathBuf>);

/// Puts the distribution's Prometheus below `folder`, or says why it cannot be had.
pub(crate) fn fetch(
    host: &Host,
    place: &Place,
    folder: &Path,
    progress: OnProgress<'_>,
) -> Result<std::result::Result<Unpacked, String>> {
    let Some(apt) = Apt::of(host, place) else {
        return Ok(Err("this is not Debian or Ubuntu, or has no `apt-get`".to_owned()));
    };
    let scratch = place.scratch("debian")?;
    let root = scratch.path().join("root");
    create_folder(&root)?;
    let fetched = fetch_into(&apt, scratch.path(), &root, progress);
    apt.forget_private_lists();
    if let Err(error) = fetched {
        return if error.is_interrupted() { Err(error) } else { Ok(Err(error.to_string())) };
    }
    create_folder(folder)?;
    let target = folder.join("debian");
    if target.exists() {
        std::fs::remove_dir_all(&target).on_path("remove", &target)?;
    }
    std::fs::rename(&root, &target).context(|| format!("move `{}` into place", target.display()))?;
    let assets = target.join("usr/share/prometheus/web");
    Ok(Ok((target.join("usr/bin/prometheus"), assets.is_dir().then_some(assets))))
}

fn fetch_into(apt: &Apt<'_>, folder: &Path, root: &Path, progress: OnProgress<'_>) -> Result<()> {
    apt.download(&["prometheus"], folder, progress)?;
    apt.unpack(folder, root)?;
    // Without these the server works and its pages lack style and scripts, and another release may name
    // them otherwise, so their absence is reported and does not end the run.
    match apt.download(&ASSET_PACKAGES, folder, progress) {
        Ok(()) => {
            apt.unpack(folder, root)?;
            // 210 MB of raw time zones; the pages use the packed ones.
            let _ = std::fs::remove_dir_all(root.join("usr/share/javascript/moment-timezone/data"));
            Ok(())
        }
        Err(error) if error.is_interrupted() => Err(error),
        Err(error) => {
            progress(&format!("the web pages of Prometheus will be incomplete: {error}"));
            Ok(())
        }
    }
}
