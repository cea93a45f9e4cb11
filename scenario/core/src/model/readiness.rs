//! When something that was started counts as ready. Whether it is, is found out elsewhere.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::url_port;

/// What must answer, and how long that may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    /// What must answer.
    pub probe: Ready,
    /// How long that may take.
    pub within: Duration,
}

impl Readiness {
    /// The TCP port that will be listened on, where it is known.
    pub fn port(&self) -> Option<u16> {
        self.probe.port()
    }
}

/// How to find out whether something that was started answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ready {
    /// A TCP port of this machine accepts connections.
    Port(u16),
    /// A URL answers with a status from 200 to 299.
    Url(String),
    /// The process has printed this text.
    Log(String),
    /// The time is over, or the process has ended well before.
    Wait,
}

impl Ready {
    /// The TCP port that will be listened on, where it is known.
    pub fn port(&self) -> Option<u16> {
        match self {
            Ready::Port(port) => Some(*port),
            Ready::Url(url) => url_port(url),
            Ready::Log(_) | Ready::Wait => None,
        }
    }
}
