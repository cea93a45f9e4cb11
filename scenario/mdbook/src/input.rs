//! Standard input, as mdBook fills it.
//!
//! What is in it is not known here.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::thread;
use std::time::Duration;

use nix::fcntl::{FcntlArg, fcntl};

/// How much the pipe is to hold: what Linux allows everybody (`/proc/sys/fs/pipe-max-size`).
const PIPE_BYTES: i32 = 1 << 20;
/// How long mdBook takes to fill a fourth of it.
const PAUSE: Duration = Duration::from_millis(5);

/// Standard input in large parts. mdBook writes a book in very many small parts, 100,000 for 200 chapters, and a reader that
/// waits for each of them costs a build up to a tenth of its processor time. So it pauses where it has read all that
/// was there. No condition can be waited for instead: a pipe cannot say that it is half full.
#[derive(Debug)]
pub struct Input {
    file: File,
    /// Whether this is a pipe that holds what comes in a pause.
    is_large_pipe: bool,
    /// Whether the last part was all that was there.
    is_drained: bool,
}

impl Input {
    /// Standard input of this process.
    ///
    /// # Errors
    ///
    /// It is closed.
    pub fn standard() -> io::Result<Input> {
        let file = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        let is_large_pipe = fcntl(&file, FcntlArg::F_SETPIPE_SZ(PIPE_BYTES)).is_ok();
        Ok(Input { file, is_large_pipe, is_drained: true })
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_large_pipe && self.is_drained {
            thread::sleep(PAUSE);
        }
        let count = self.file.read(buffer)?;
        self.is_drained = count < buffer.len();
        Ok(count)
    }
}
