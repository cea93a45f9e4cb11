//! A server of Debian or Ubuntu: fetched with apt, unpacked into the tools folder, not installed.
//!
//! Needs no root. Debian's Prometheus looks for its web pages below `/usr/share` and takes their scripts from
//! other packages through links, so those are unpacked into the same root, and a flag names that to the server.

use std::path::{Path, PathBuf};

use scenario_core::error::{Context, PathContext, Result};

use crate::apt::Apt;
use crate::catalog::Server;
use crate::finding::OnProgress;
use crate::host::Host;
use crate::place::{Place, create_folder};

/// The server, and the folder with its files where it has one.
type Unpacked = (PathBuf, Option<PathBuf>);

/// Puts the distribution's server below `folder`, or says why it cannot be had.
pub(crate) fn fetch(
    host: &Host,
    place: &Place,
    server: &Server,
    folder: &Path,
    progress: OnProgress<'_>,
) -> Result<std::result::Result<Unpacked, String>> {
    let Some(apt) = Apt::of(host, place) else {
        return Ok(Err("this is not Debian or Ubuntu, or has no `apt-get`".to_owned()));
    };
    let scratch = place.scratch("debian")?;
    let root = scratch.path().join("root");
    create_folder(&root)?;
    let fetched = fetch_into(&apt, server, scratch.path(), &root, progress);
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
    let assets = target.join(server.package.assets);
    Ok(Ok((target.join(server.package.program), assets.is_dir().then_some(assets))))
}

fn fetch_into(
    apt: &Apt<'_>,
    server: &Server,
    folder: &Path,
    root: &Path,
    progress: OnProgress<'_>,
) -> Result<()> {
    apt.download(&[server.package.name], folder, progress)?;
    apt.unpack(folder, root)?;
    if server.package.linked.is_empty() {
        return Ok(());
    }
    // Without these the server works and its pages lack style and scripts, and another release may name
    // them otherwise, so their absence is reported and does not end the run.
    match apt.download(server.package.linked, folder, progress) {
        Ok(()) => {
            apt.unpack(folder, root)?;
            if let Some(unused) = server.package.unused {
                let _ = std::fs::remove_dir_all(root.join(unused));
            }
            Ok(())
        }
        Err(error) if error.is_interrupted() => Err(error),
        Err(error) => {
            progress(&format!("the web pages of {} will be incomplete: {error}", server.title));
            Ok(())
        }
    }
}
