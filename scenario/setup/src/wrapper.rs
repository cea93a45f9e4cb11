//! The `prometheus` that the book's commands find: a script that gives the real server our defaults.
//!
//! A flag the caller gives wins over ours. The script ends in `exec`, so that it is the server that gets
//! signals and owns the process id.

use std::io::Read;
use std::path::{Path, PathBuf};

use scenario_core::disk;
use scenario_core::error::{PathContext, Result};

use crate::place::{Place, create_folder};

const HEAD: &str = "#!/bin/sh\n# Written by `scenario`:";

/// A Prometheus server on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PrometheusServer {
    pub(crate) program: PathBuf,
    pub(crate) version: String,
    /// Where its web pages are, if it needs a flag for that.
    pub(crate) assets: Option<PathBuf>,
}

/// Writes the script, if it is not there as it should be.
pub(crate) fn write(place: &Place, server: &PrometheusServer) -> Result<()> {
    create_folder(&place.bin())?;
    let file = place.bin().join("prometheus");
    let text = script(place, server);
    if std::fs::read_to_string(&file).is_ok_and(|known| known == text) {
        return Ok(());
    }
    // Replaced whole: a shell reads its script while it runs.
    disk::replace_program(&file, text.as_bytes()).on_path("write", &file)
}

/// Whether a file is such a script, of this checkout or of another. One that named itself would start itself
/// for ever.
pub(crate) fn is_ours(file: &Path) -> bool {
    let mut start = Vec::new();
    let read =
        std::fs::File::open(file).and_then(|file| file.take(HEAD.len() as u64).read_to_end(&mut start));
    read.is_ok() && start == HEAD.as_bytes()
}

/// The script's text. The data folder has the version in its name, as 2.x cannot read what 3.x wrote.
fn script(place: &Place, server: &PrometheusServer) -> String {
    let quote = |path: &Path| shell_words::quote(&path.to_string_lossy()).into_owned();
    let assets = server
        .assets
        .as_deref()
        .map(|assets| format!("[ -n \"$assets\" ] || set -- --web.local-assets={} \"$@\"\n", quote(assets)));
    format!(
        r#"{HEAD} the real server with a data folder outside the workspace, on this machine only.
# SCENARIO_DATA names another folder for the data of tools. A flag that is given wins.
data=${{SCENARIO_DATA:-{data}}}/prometheus/{version}
storage= listen= assets=
for argument in "$@"; do
  case $argument in
    --storage.tsdb.path | --storage.tsdb.path=* | --agent | --storage.agent.path*) storage=given ;;
    --web.listen-address | --web.listen-address=*) listen=given ;;
    --web.local-assets | --web.local-assets=*) assets=given ;;
  esac
done
{assets}[ -n "$listen" ] || set -- --web.listen-address=127.0.0.1:9090 "$@"
[ -n "$storage" ] || set -- --storage.tsdb.path="$data" "$@"
exec {program} "$@"
"#,
        data = quote(&place.tools.join("data")),
        version = quote(Path::new(&server.version)),
        assets = assets.unwrap_or_default(),
        program = quote(&server.program),
    )
}
