//! Access to the lab: launch links that are good once and for minutes, and two secrets: one that a browser keeps as a
//! cookie, and one that a page keeps for itself.
//!
//! A browser sends the cookie to every port of this computer, so the cookie alone opens no file and no terminal. The
//! second secret is in the page that a link opens, and goes to nobody else.
//!
//! Both are new at each start. So that an open page reconnects after a restart, their digests outlive the server by
//! some minutes, outside the workspace, in a file that only its owner can read. No secret is written down.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use scenario_core::error::{Error, Result};
use scenario_core::state::state_dir;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::digest::{digest, random};
use crate::limits::{KEYS_KEPT_MAX, LINK_LIFE, LINKS_MAX, RECONNECT_MAX};
use crate::sync::locked;

/// What is kept between two runs of the lab for one workspace.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    port: u16,
    /// The last is the newest.
    #[serde(default)]
    pairs: Vec<Pair>,
}

/// The digests of a cookie and of a page's secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Pair {
    cookie: String,
    page: String,
}

/// The pairs of earlier runs.
#[derive(Debug)]
struct Earlier {
    pairs: Vec<Pair>,
    /// Until when they are good; for as long as the lab runs once a page has come back with them.
    until: Option<Instant>,
}

impl Earlier {
    fn expire(&mut self) {
        if self.until.is_some_and(|until| until < Instant::now()) {
            self.pairs.clear();
        }
    }
}

/// The secrets of a workspace's lab, its launch tokens, and the proof that no other lab runs for it.
#[derive(Debug)]
pub(crate) struct Keys {
    cookie: String,
    page: String,
    own: Pair,
    earlier: Mutex<Earlier>,
    kept: Mutex<(u16, File)>,
    tokens: Mutex<VecDeque<(String, Instant)>>,
    path: PathBuf,
    is_new: bool,
}

impl Keys {
    /// The keys of the lab for a workspace.
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
        let is_new = !path.exists();
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
        let age = file.metadata().and_then(|metadata| metadata.modified()).map_err(what)?.elapsed();
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(what)?;
        let Kept { port, pairs } = serde_json::from_str(&text).unwrap_or_default();
        if file.try_lock().is_err() {
            let message = format!("the lab runs already for this workspace, at http://127.0.0.1:{port}/");
            return Err(Error::new(message)
                .with_help("press Enter in its terminal for a link, or stop it there with Ctrl-C"));
        }
        // A time to come is that of a clock that was put back.
        let is_fresh = age.is_ok_and(|age| age < RECONNECT_MAX);
        let pairs = if is_fresh { pairs } else { Vec::new() };
        let (cookie, page) = (random()?, random()?);
        let own = Pair { cookie: digest(cookie.as_bytes()), page: digest(page.as_bytes()) };
        let earlier = Mutex::new(Earlier { pairs, until: Instant::now().checked_add(RECONNECT_MAX) });
        let (kept, tokens) = (Mutex::new((port, file)), Mutex::default());
        Ok(Keys { cookie, page, own, earlier, kept, tokens, path, is_new })
    }

    /// The port of last time, to which open pages reconnect; 0 the first time.
    pub(crate) fn port(&self) -> u16 {
        locked(&self.kept).0
    }

    /// Takes the port that the lab listens on. Pages that were open know the one of last time: with another one, nobody
    /// can come back.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub(crate) fn listen_on(&self, port: u16) -> Result<()> {
        if std::mem::replace(&mut locked(&self.kept).0, port) != port {
            locked(&self.earlier).pairs.clear();
        }
        self.keep()
    }

    /// Writes down the port, and the digests of those who may come back: within some minutes from now.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub(crate) fn keep(&self) -> Result<()> {
        let mut pairs = {
            let mut earlier = locked(&self.earlier);
            earlier.expire();
            earlier.pairs.clone()
        };
        pairs.push(self.own.clone());
        let excess = pairs.len().saturating_sub(KEYS_KEPT_MAX);
        pairs.drain(..excess);
        let mut kept = locked(&self.kept);
        let text = serde_json::to_string(&Kept { port: kept.0, pairs }).unwrap_or_default();
        let file = &mut kept.1;
        let written =
            file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(text.as_bytes()));
        written.map_err(|cause| Error::new(format!("failed to keep the lab's key: {cause}")))
    }

    /// Leaves nothing of a lab that was not opened.
    pub(crate) fn forget(self) {
        if self.is_new {
            let _ = std::fs::remove_file(self.path);
        }
    }

    /// A new launch token, good once.
    ///
    /// # Errors
    ///
    /// The system has no random numbers.
    pub(crate) fn token(&self) -> Result<String> {
        let token = random()?;
        let mut tokens = locked(&self.tokens);
        tokens.push_back((token.clone(), Instant::now()));
        let excess = tokens.len().saturating_sub(LINKS_MAX);
        tokens.drain(..excess);
        Ok(token)
    }

    /// Takes a launch token; true if it was good. How long this takes does not depend on how wrong it is.
    pub(crate) fn redeem(&self, token: &str) -> bool {
        self.redeem_at(token, Instant::now())
    }

    fn redeem_at(&self, token: &str, now: Instant) -> bool {
        let mut tokens = locked(&self.tokens);
        tokens.retain(|(_, made)| now.saturating_duration_since(*made) < LINK_LIFE);
        let before = tokens.len();
        tokens.retain(|(good, _)| !same(good, token));
        tokens.len() < before
    }

    /// Whether a cookie's value is ours.
    pub(crate) fn knows_browser(&self, cookie: &str) -> bool {
        self.knows(cookie, |pair| &pair.cookie)
    }

    /// Whether a page's secret is ours, of a browser that has shown the cookie. With those of an earlier run it has come
    /// back, and they stay good.
    pub(crate) fn knows_page(&self, page: &str) -> bool {
        let knows = self.knows(page, |pair| &pair.page);
        if knows && !same(&self.own.page, &digest(page.as_bytes())) {
            locked(&self.earlier).until = None;
        }
        knows
    }

    fn knows(&self, secret: &str, part: impl Fn(&Pair) -> &String) -> bool {
        let theirs = digest(secret.as_bytes());
        let mut earlier = locked(&self.earlier);
        earlier.expire();
        let known = earlier.pairs.iter().chain([&self.own]);
        known.map(part).filter(|ours| same(ours, &theirs)).count() > 0
    }

    /// The cookie that lets a browser in.
    pub(crate) fn cookie(&self, port: u16) -> String {
        format!("{}={}; HttpOnly; SameSite=Strict; Path=/", cookie_name(port), self.cookie)
    }

    /// The secret of a page that a link has opened.
    pub(crate) fn page(&self) -> &str {
        &self.page
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_nobody_has_opened_is_good_for_minutes() {
        let file = File::open("/dev/null").expect("a file");
        let own = Pair { cookie: String::new(), page: String::new() };
        let keys = Keys {
            cookie: String::new(),
            page: String::new(),
            own,
            earlier: Mutex::new(Earlier { pairs: Vec::new(), until: None }),
            kept: Mutex::new((0, file)),
            tokens: Mutex::default(),
            path: PathBuf::new(),
            is_new: false,
        };
        let [early, late] = [(); 2].map(|()| keys.token().expect("a token"));
        let now = Instant::now();
        assert!(keys.redeem_at(&early, now + LINK_LIFE / 2));
        assert!(!keys.redeem_at(&late, now + LINK_LIFE));
    }
}
