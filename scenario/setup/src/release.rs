//! A server's own release: fetched with curl, compared with a pinned checksum, and only then unpacked.
//!
//! It does not choose another source. Where the release cannot be reached, the reason is returned; a release with
//! another checksum is an error.

use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use scenario_core::error::{Context, Error, PathContext, Result};
use sha2::{Digest, Sha256};

use crate::ask::explain;
use crate::catalog::Server;
use crate::finding::OnProgress;
use crate::host::Host;
use crate::place::{Place, create_folder};

const DOWNLOAD_TIME_MAX: Duration = Duration::from_secs(900);
const DOWNLOAD_BYTES_MAX: &str = "300000000";
const UNPACKED_BYTES_MAX: u64 = 1 << 30;

/// One archive and its sum.
#[derive(Debug, Clone)]
pub(crate) struct Release {
    pub(crate) server: &'static Server,
    /// Where releases are; `SCENARIO_RELEASES` names a mirror, which needs no TLS because the checksum decides.
    pub(crate) base: String,
    pub(crate) version: String,
    pub(crate) platform: String,
    pub(crate) sha256: String,
}

impl Release {
    /// The one we pinned.
    pub(crate) fn pinned(host: &Host, server: &'static Server, platform: &str) -> Result<Release> {
        let sha256 = match platform {
            "linux-amd64" => server.pin.sum_amd64,
            "linux-arm64" => server.pin.sum_arm64,
            other => {
                return Err(Error::new(format!("no pinned checksum of {} for `{other}`", server.title)));
            }
        };
        let base = host.var("SCENARIO_RELEASES").map(|base| base.to_string_lossy().into_owned());
        Ok(Release {
            server,
            base: base.unwrap_or_else(|| release_site(server)),
            version: server.pin.version.to_owned(),
            platform: platform.to_owned(),
            sha256: sha256.to_owned(),
        })
    }

    fn name(&self) -> String {
        format!("{}-{}.{}", self.server.command(), self.version, self.platform)
    }

    /// Plain HTTP is fine for a mirror that the reader has named. The release site must have TLS, also after a redirect.
    fn protocols(&self) -> &'static str {
        if self.base == release_site(self.server) { "=https" } else { "=http,https" }
    }

    fn url(&self) -> String {
        format!("{}/v{}/{}.tar.gz", self.base.trim_end_matches('/'), self.version, self.name())
    }
}

fn release_site(server: &Server) -> String {
    format!("https://github.com/prometheus/{}/releases/download", server.command())
}

/// Puts the release below `folder` and gives its server, or says why it could not be fetched.
pub(crate) fn fetch(
    host: &Host,
    place: &Place,
    release: &Release,
    folder: &Path,
    progress: OnProgress<'_>,
) -> Result<std::result::Result<PathBuf, String>> {
    let scratch = place.scratch("release")?;
    let archive = scratch.path().join("archive.tar.gz");
    progress(&format!("download {} ({})", release.url(), release.server.pin.size));
    if let Err(why) = download(host, release, &archive)? {
        return Ok(Err(why));
    }
    let sum = sha256(&archive)?;
    if sum != release.sha256 {
        // The file goes with its folder; nothing of it has been unpacked.
        let message = format!(
            "wrong checksum of the download of {} {}, which was deleted\n  expected  sha256 {}\n  found     \
             sha256 {sum}\n  from      {}",
            release.server.title,
            release.version,
            release.sha256,
            release.url()
        );
        return Err(Error::new(message).with_help(
            "it was changed or cut short on the way: try another network; if that does not help, report it to the \
             authors of this tutorial",
        ));
    }
    let unpacked = scratch.path().join("unpacked");
    unpack(release.server, &archive, &unpacked)?;
    let source = unpacked.join(release.name());
    let target = folder.join(&release.version);
    create_folder(folder)?;
    if target.exists() {
        std::fs::remove_dir_all(&target).on_path("remove", &target)?;
    }
    std::fs::rename(&source, &target)
        .context(|| format!("move `{}` to `{}`", source.display(), target.display()))?;
    Ok(Ok(target.join(release.server.command())))
}

/// The SHA-256 of a file, as 64 hexadecimal digits.
pub(crate) fn sha256(file: &Path) -> Result<String> {
    let what = || format!("read `{}`", file.display());
    let mut input = std::fs::File::open(file).context(what)?;
    let mut sum = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = input.read(&mut buffer).context(what)?;
        if count == 0 {
            break;
        }
        sum.update(&buffer[..count]);
    }
    Ok(sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn download(host: &Host, release: &Release, file: &Path) -> Result<std::result::Result<(), String>> {
    let Some(curl) = host.find("curl") else { return Ok(Err("no `curl` on PATH".to_owned())) };
    let protocols = release.protocols();
    let (url, time) = (release.url(), DOWNLOAD_TIME_MAX.as_secs().to_string());
    let file = file.to_string_lossy();
    let args = [
        "--fail",
        "--silent",
        "--show-error",
        "--location",
        "--max-redirs",
        "5",
        "--proto",
        protocols,
        "--proto-redir",
        protocols,
        "--connect-timeout",
        "5",
        "--max-time",
        &time,
        "--speed-limit",
        "1000",
        "--speed-time",
        "30",
        "--max-filesize",
        DOWNLOAD_BYTES_MAX,
        "--output",
        &*file,
        &url,
    ];
    let finished = host.command(&curl, args).deadline(DOWNLOAD_TIME_MAX + Duration::from_secs(5)).run()?;
    Ok(if finished.success() { Ok(()) } else { Err(explain(&finished)) })
}

/// Unpacks regular files and folders. Anything that leaves the folder, or is a link, is an error: a release
/// has no such thing. `tar` would skip it in silence.
fn unpack(server: &Server, archive: &Path, folder: &Path) -> Result<()> {
    let what = || format!("unpack `{}`", archive.display());
    let input = std::fs::File::open(archive).context(what)?;
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(input).take(UNPACKED_BYTES_MAX));
    create_folder(folder)?;
    for entry in tar.entries().context(what)? {
        let mut entry = entry.context(what)?;
        let path = entry.path().context(what)?.into_owned();
        let inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        let kind = entry.header().entry_type();
        if !inside || !(kind.is_file() || kind.is_dir()) {
            let path = path.display();
            let title = server.title;
            return Err(Error::new(format!("unexpected entry in the archive of {title}: `{path}`")));
        }
        entry.unpack_in(folder).context(what)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
