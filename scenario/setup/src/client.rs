//! A container engine by its command line: which one it is, and what its children need in their environment.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A container engine that ran our probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledEngine {
    /// Its command line.
    pub program: PathBuf,
    /// Which one it is.
    pub kind: EngineKind,
    /// The version of what runs the containers: docker's daemon, or podman itself.
    pub version: String,
    /// Whether docker's command line has the builder of today, a plugin named `buildx`.
    pub has_buildx: bool,
}

/// The engines we speak to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineKind {
    /// `docker`, a client with a daemon.
    Docker,
    /// `podman`, without one.
    Podman,
}

impl EngineKind {
    /// The name of its program.
    pub fn name(self) -> &'static str {
        match self {
            EngineKind::Docker => "docker",
            EngineKind::Podman => "podman",
        }
    }
}

/// What a child that builds or runs with this engine needs in its environment.
///
/// Without buildx the command line of docker 23 and later warns on every build, and fails where the
/// reader's own environment asks for BuildKit.
pub(crate) fn engine_env(engine: &InstalledEngine) -> Vec<(OsString, Option<OsString>)> {
    let is_old_builder = engine.kind == EngineKind::Docker && !engine.has_buildx;
    if is_old_builder { vec![("DOCKER_BUILDKIT".into(), Some("0".into()))] } else { Vec::new() }
}

/// Where the book's word `docker` leads: whether a link to this engine is needed for it.
pub(crate) fn needs_docker_link(engine: &InstalledEngine) -> bool {
    engine.kind == EngineKind::Podman && engine.program.file_name() != Some(Path::new("docker").as_os_str())
}
