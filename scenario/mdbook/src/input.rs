//! Standard input, as mdBook fills it.
//!
//! What is in it is not known here.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;

use nix::fcntl::{FcntlArg, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// How much the pipe is to hold: what Linux allows every user (`/proc/sys/fs/pipe-max-size`).
const PIPE_BYTES: i32 = 1 << 20;
/// How long to wait, in milliseconds, for the end of a book that may not fit into the pipe.
const WAIT_MS: u8 = 20;

/// Standard input in large parts. mdBook writes a book in very many small parts, 100,000 for 200 chapters. A reader that takes
/// each of them as it comes is woken for it, and costs the build a twentieth of its time. So before it reads, it waits until
/// mdBook has closed the pipe.
#[derive(Debug)]
pub(crate) struct Input {
    file: File,
    /// Whether it is a pipe that holds more than usual.
    is_large_pipe: bool,
    /// Whether all that was there has been read.
    is_drained: bool,
}

impl Input {
    /// Standard input of this process.
    ///
    /// # Errors
    ///
    /// It is closed.
    pub(crate) fn standard() -> io::Result<Input> {
        let file = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        let is_large_pipe = fcntl(&file, FcntlArg::F_SETPIPE_SZ(PIPE_BYTES)).is_ok();
        Ok(Input { file, is_large_pipe, is_drained: true })
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_large_pipe && self.is_drained {
            // No event is asked for, so it returns at the end of the input. After a signal it is read at once.
            let _ =
                poll(&mut [PollFd::new(self.file.as_fd(), PollFlags::empty())], PollTimeout::from(WAIT_MS));
        }
        let count = self.file.read(buffer)?;
        self.is_drained = count < buffer.len();
        Ok(count)
    }
}
