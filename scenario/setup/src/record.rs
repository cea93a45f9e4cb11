//! What is remembered of a server in the tools folder. It is accepted by its checksum.
//!
//! Paths are relative to the tools folder, so that it can be moved and copied. How a server is found elsewhere, and how it
//! comes there, is not known here.

use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

use scenario_core::error::{Context, PathContext, Result};
use serde::{Deserialize, Serialize};

use crate::catalog::Server;
use crate::place::Place;
use crate::release::sha256;
use crate::wrapper::InstalledServer;

/// What we remember. The sum is computed anew only when size or time differ, as that takes a good part of a second.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KnownServer {
    program: PathBuf,
    version: String,
    assets: Option<PathBuf>,
    sha256: String,
    size: u64,
    modified_ns: u128,
}

/// What is known of the server in the tools folder.
pub(crate) enum Recorded {
    Server(InstalledServer),
    /// It is not what was put there.
    Changed(String),
    Nothing,
}

pub(crate) fn recorded(place: &Place, server: &'static Server) -> Result<Recorded> {
    let Some(mut record) = read(place, server) else { return Ok(Recorded::Nothing) };
    let program = in_place(place, server, &record.program);
    let Ok(stamp) = stamp(&program) else { return Ok(Recorded::Nothing) };
    if stamp != (record.size, record.modified_ns) {
        let sum = sha256(&program)?;
        if sum != record.sha256 {
            return Ok(Recorded::Changed(format!(
                "`{}` has changed since it was put there: its SHA-256 is {sum}",
                program.display()
            )));
        }
        (record.size, record.modified_ns) = stamp;
        write(place, server, &record)?;
    }
    let assets = record.assets.map(|assets| in_place(place, server, &assets));
    Ok(Recorded::Server(InstalledServer { server, program, version: record.version, assets, mount: None }))
}

/// The server in the tools folder, whatever is in that file.
pub(crate) fn program(place: &Place, server: &Server) -> Option<PathBuf> {
    read(place, server).map(|record| in_place(place, server, &record.program))
}

/// Records a new server, with the folder of its files.
pub(crate) fn keep(
    place: &Place,
    server: &Server,
    version: String,
    (program, assets): (&Path, Option<&Path>),
) -> Result<()> {
    let (size, modified_ns) = stamp(program)?;
    let relative = |path: &Path| path.strip_prefix(&place.tools).unwrap_or(path).to_owned();
    let record = KnownServer {
        program: relative(program),
        version,
        assets: assets.map(relative),
        sha256: sha256(program)?,
        size,
        modified_ns,
    };
    write(place, server, &record)
}

/// A path of a record. Older records have whole paths: of such a path the part from the server's own folder on counts,
/// wherever the tools folder was then.
fn in_place(place: &Place, server: &Server, path: &Path) -> PathBuf {
    let parts: Vec<Component<'_>> = path.components().collect();
    let is_own = |part: &Component<'_>| part.as_os_str() == server.command();
    let suffixes = (0..parts.len().saturating_sub(1)).filter(|at| is_own(&parts[*at]));
    let mut here = suffixes.map(|at| place.tools.join(parts[at..].iter().collect::<PathBuf>()));
    here.find(|path| path.exists()).unwrap_or_else(|| place.tools.join(path))
}

fn read(place: &Place, server: &Server) -> Option<KnownServer> {
    let text = std::fs::read_to_string(file(place, server)).ok()?;
    serde_json::from_str(&text).ok()
}

fn file(place: &Place, server: &Server) -> PathBuf {
    place.tools.join(server.command()).join("record.json")
}

fn write(place: &Place, server: &Server, record: &KnownServer) -> Result<()> {
    let file = file(place, server);
    let text = serde_json::to_string_pretty(record).context(|| "write a record".to_owned())?;
    std::fs::write(&file, text).on_path("write", &file)
}

fn stamp(program: &Path) -> Result<(u64, u128)> {
    let meta = std::fs::metadata(program).on_path("read", program)?;
    let modified = meta.modified().on_path("read the time of", program)?;
    Ok((meta.len(), modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos()))
}
