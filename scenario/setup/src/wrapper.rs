//! The server that the book's commands find: a script that gives the real one our defaults.
//!
//! A flag the caller gives wins over ours. The script ends in `exec`, so that it is the server that gets
//! signals and owns the process id.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use scenario_core::disk;
use scenario_core::error::{PathContext, Result};

use crate::ask::{ask, first_line};
use crate::catalog::{Argument, Flag, Server};
use crate::host::Host;
use crate::place::{Place, create_folder};

const MOUNT_TIME_MAX: Duration = Duration::from_secs(10);

const HEAD: &str = "#!/bin/sh\n# Written by `scenario`:";

/// A server on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InstalledServer {
    pub(crate) server: &'static Server,
    pub(crate) program: PathBuf,
    pub(crate) version: String,
    /// Where its files are, if it is not where its package would be installed.
    pub(crate) assets: Option<PathBuf>,
    /// The flags of `unshare` with which these can be mounted where it looks for them, if it needs that.
    pub(crate) mount: Option<&'static str>,
}

/// The flags of `unshare` with which a folder can be mounted that no other process sees: for root, and for a plain user
/// by a user namespace. A container often forbids both.
const UNSHARE: [&str; 2] = ["--mount", "--map-root-user --mount"];

/// Writes the script, if it is not there as it should be.
pub(crate) fn write(place: &Place, installed: &InstalledServer) -> Result<()> {
    create_folder(&place.bin())?;
    let file = place.bin().join(installed.server.command());
    let text = script(place, installed);
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

/// The script's text. The data folder has the version in its name, as Prometheus 2.x cannot read what 3.x wrote.
fn script(place: &Place, installed: &InstalledServer) -> String {
    let added: Vec<(String, &Flag)> = installed
        .server
        .flags
        .iter()
        .filter_map(|flag| Some((argument(&flag.argument, installed)?, flag)))
        .collect();
    let unset: Vec<String> = (0..added.len()).map(|number| format!("given{number}=")).collect();
    let cases = added.iter().enumerate().map(|(number, (_, flag))| {
        let patterns: Vec<String> =
            flag.replaced_by.iter().map(|name| format!("{name} | {name}=*")).collect();
        format!("    {}) given{number}=yes ;;\n", patterns.join(" | "))
    });
    // Each is put before the arguments, so the last one goes first.
    let adds =
        added.iter().enumerate().rev().map(|(number, (argument, _))| {
            format!("[ -n \"$given{number}\" ] || set -- {argument} \"$@\"\n")
        });
    format!(
        r#"{HEAD} the real server with a data folder outside the workspace, on this machine only.
# SCENARIO_DATA names another folder for the data of tools. A flag that is given wins.
data=${{SCENARIO_DATA:-{data}}}/{command}/{version}
{unset}
for argument in "$@"; do
  case $argument in
{cases}  esac
done
{adds}exec {mounted}{program} "$@"
"#,
        data = quote(&place.tools.join("data")),
        command = installed.server.command(),
        version = quote(Path::new(&installed.version)),
        unset = unset.join(" "),
        cases = cases.collect::<String>(),
        adds = adds.collect::<String>(),
        mounted = mounted(installed).unwrap_or_default(),
        program = quote(&installed.program),
    )
}

/// What starts a server that looks for its files in one place only: with a mount there that no other process sees.
fn mounted(installed: &InstalledServer) -> Option<String> {
    let (mount, assets) = (installed.server.package.mount?, installed.assets.as_deref()?);
    let (flags, source, mount) = (installed.mount?, quote(assets), quote(Path::new(mount)));
    Some(format!(
        "unshare {flags} sh -c 'mount --rbind \"$1\" \"$2\" && shift 2 && exec \"$@\"' sh {source} \\\n  \
         {mount} "
    ))
}

/// How the files of a server can be mounted, if it needs that, or why they cannot.
pub(crate) fn mounting(
    host: &Host,
    installed: &InstalledServer,
) -> Result<std::result::Result<Option<&'static str>, String>> {
    match installed.assets {
        Some(_) => can_mount(host, installed.server),
        None => Ok(Ok(None)),
    }
}

/// How the files of a server's package can be mounted, if it needs that, or why they cannot.
pub(crate) fn can_mount(
    host: &Host,
    server: &Server,
) -> Result<std::result::Result<Option<&'static str>, String>> {
    let Some(folder) = server.package.mount else { return Ok(Ok(None)) };
    let mut why = "no `unshare` on PATH".to_owned();
    if let Some(unshare) = host.find("unshare") {
        for flags in UNSHARE {
            let args = flags.split(' ').chain(["mount", "--rbind", folder, folder]);
            match ask(&host.command(&unshare, args).deadline(MOUNT_TIME_MAX))? {
                Ok(_) => return Ok(Ok(Some(flags))),
                Err(said) => why = first_line(&said).to_owned(),
            }
        }
    }
    Ok(Err(format!(
        "{} of this system's package looks for its files in `{folder}` only, and they cannot be mounted there: {why}",
        server.title
    )))
}

/// An argument as the script writes it.
fn argument(argument: &Argument, installed: &InstalledServer) -> Option<String> {
    match argument {
        Argument::Data(flag) => Some(format!("{flag}=\"$data\"")),
        Argument::Pages(flag) => installed.assets.as_deref().map(|pages| format!("{flag}={}", quote(pages))),
        Argument::Text(text) => Some((*text).to_owned()),
    }
}

fn quote(path: &Path) -> String {
    shell_words::quote(&path.to_string_lossy()).into_owned()
}
