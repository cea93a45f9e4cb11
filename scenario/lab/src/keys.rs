//! Access to the lab: launch links that are good once, and the key that a browser keeps as a cookie.
//!
//! The key outlives the server, so that a page that is open reconnects when the lab is started again; it is
//! kept outside the workspace, in a file that only its owner can read. A token is never written down.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use scenario_core::error::{Error, Result};
use scenario_core::session::state_dir;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::digest::digest;
use crate::limits::LINKS_MAX;

/// What is kept between two runs of the lab for one workspace.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    key: String,
    port: u16,
}

/// The key of a workspace's lab, its launch tokens, and the proof that no other lab runs for it.
#[derive(Debug)]
pub(crate) struct Keys {
    kept: Mutex<(Kept, File)>,
    tokens: Mutex<VecDeque<String>>,
}

impl Keys {
    /// The keys of the lab for a workspace: those of last time, or new ones.
    ///
    /// # Errors
    ///
    /// Another lab runs for this workspace, or the state folder cannot be used.
    pub(crate) fn of(workspace: &Path) -> Result<Keys> {
        let path = place(workspace);
        let what =
            |cause: std::io::Error| Error::new(format!("failed to open `{}`: {cause}", path.display()));
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(what)?;
        }
        let mut options = OpenOptions::new();
        let mut file = options
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(what)?;
        // It may have been created by hand, with a mode that lets others read it.
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        file.set_permissions(mode).map_err(what)?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(what)?;
        let kept: Kept = serde_json::from_str(&text).unwrap_or_default();
        if file.try_lock().is_err() {
            let message =
                format!("the lab runs already for this workspace, at http://127.0.0.1:{}/", kept.port);
            return Err(Error::new(message)
                .with_help("press Enter in its terminal for a link, or stop it there with Ctrl-C"));
        }
        let key = if kept.key.len() == 64 { kept.key } else { random()? };
        let kept = Kept { key, port: kept.port };
        Ok(Keys { kept: Mutex::new((kept, file)), tokens: Mutex::default() })
    }

    /// The port of last time, to which open pages reconnect; 0 the first time.
    pub(crate) fn port(&self) -> u16 {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).0.port
    }

    /// Writes down key and port.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub(crate) fn keep(&self, port: u16) -> Result<()> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.0.port = port;
        let text = serde_json::to_string(&kept.0).unwrap_or_default();
        let file = &mut kept.1;
        let written =
            file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(text.as_bytes()));
        written.map_err(|cause| Error::new(format!("failed to keep the lab's key: {cause}")))
    }

    /// A new launch token, good once.
    ///
    /// # Errors
    ///
    /// The system has no random numbers.
    pub(crate) fn token(&self) -> Result<String> {
        let token = random()?;
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.push_back(token.clone());
        let excess = tokens.len().saturating_sub(LINKS_MAX);
        tokens.drain(..excess);
        Ok(token)
    }

    /// Takes a launch token; true if it was good. How long this takes does not depend on how wrong it is.
    pub(crate) fn redeem(&self, token: &str) -> bool {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let before = tokens.len();
        tokens.retain(|good| !same(good, token));
        tokens.len() < before
    }

    /// Whether a cookie's value is our key.
    pub(crate) fn opens(&self, key: &str) -> bool {
        same(&self.kept.lock().unwrap_or_else(PoisonError::into_inner).0.key, key)
    }

    /// The cookie that lets a browser in.
    pub(crate) fn cookie(&self, port: u16) -> String {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        format!("{}={}; HttpOnly; SameSite=Strict; Path=/", cookie_name(port), kept.0.key)
    }
}

/// The name of the cookie. Cookies are not separated by port, so the port is in the name.
pub(crate) fn cookie_name(port: u16) -> String {
    format!("lab_{port}")
}

fn place(workspace: &Path) -> PathBuf {
    state_dir().join("lab").join(format!("{}.json", &digest(workspace.as_os_str().as_encoded_bytes())[..16]))
}

fn same(ours: &str, theirs: &str) -> bool {
    ours.as_bytes().ct_eq(theirs.as_bytes()).into()
}

fn random() -> Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|cause| Error::new(format!("failed to make a random key: {cause}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
