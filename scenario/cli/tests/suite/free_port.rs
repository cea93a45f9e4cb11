//! Ports for tests. Suites that run at the same time, in two worktrees say, take different ones.

use std::fs::File;
use std::net::TcpStream;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};

/// A port that nobody listens on, and no other test takes. It is one of those that the system never gives to a client.
pub(crate) fn free_port() -> u16 {
    static HUNDRED: OnceLock<(u16, File)> = OnceLock::new();
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let (first, _) = HUNDRED.get_or_init(own_hundred);
    loop {
        let port = first + TAKEN.fetch_add(1, Ordering::Relaxed) % 100;
        if !listens(port) {
            return port;
        }
    }
}

/// The first of a hundred ports, and the lock that keeps other suites away from them while this one runs.
fn own_hundred() -> (u16, File) {
    let own = |first: u16| {
        let path = std::env::temp_dir().join(format!("scenario-test-ports-{first}"));
        let file = File::options().create(true).append(true).open(path).ok()?;
        file.try_lock().is_ok().then_some((first, file))
    };
    (200..300).find_map(|hundred| own(hundred * 100)).expect("a hundred ports that no other suite has")
}

/// Whether somebody listens on a port. To ask by listening there would hold it: a process that another test is starting
/// has a copy of all our sockets for a moment.
pub(crate) fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}
