//! The process that listens on a TCP port of this machine, read from `/proc`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use procfs::net::TcpState;
use procfs::process::{FDTarget, Process};

/// The program that holds a port.
#[derive(Debug, Clone)]
pub struct Holder {
    /// The process, where this user may see it.
    pub process: Option<HolderProcess>,
    /// The port.
    pub port: u16,
}

/// A process that listens.
#[derive(Debug, Clone)]
pub struct HolderProcess {
    /// Its id.
    pub pid: i32,
    /// Its words.
    pub argv: Vec<String>,
    /// Its working directory, where this user may see it.
    pub dir: Option<PathBuf>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.process {
            Some(process) => write!(f, "`{}` (process {})", process.argv.join(" "), process.pid),
            None => {
                write!(f, "a process of another user (`sudo ss -ltnp 'sport = :{}'` names it)", self.port)
            }
        }
    }
}

/// The process that listens on a port, or `None` if there is none.
pub fn holder(port: u16) -> Option<Holder> {
    let mut entries = procfs::net::tcp().unwrap_or_default();
    entries.extend(procfs::net::tcp6().unwrap_or_default());
    let entry =
        entries.iter().find(|entry| entry.state == TcpState::Listen && entry.local_address.port() == port)?;
    let process = procfs::process::all_processes().ok().and_then(|processes| {
        processes.flatten().find(|process| holds_socket(process, entry.inode)).map(|process| HolderProcess {
            pid: process.pid,
            argv: process.cmdline().unwrap_or_default(),
            dir: process.cwd().ok(),
        })
    });
    Some(Holder { process, port })
}

fn holds_socket(process: &Process, inode: u64) -> bool {
    let Ok(descriptors) = process.fd() else { return false };
    descriptors
        .flatten()
        .any(|descriptor| matches!(descriptor.target, FDTarget::Socket(found) if found == inode))
}

/// Whether something accepts connections on a port, at either address of `localhost`.
pub fn accepts(port: u16) -> bool {
    let addresses: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    addresses.iter().any(|address| {
        TcpStream::connect_timeout(&(*address, port).into(), Duration::from_millis(500)).is_ok()
    })
}
