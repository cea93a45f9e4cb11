//! What a step takes for fresh: a scrape from before a container was started has not seen it.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::{Timestamp, ToSpan};

use crate::free_port::free_port;
use crate::server::{ok, serve_on};
use crate::stop::{PORT, small};
use crate::world::{docker, until};

/// From this answer on they are to the second run.
const SECOND_RUN: usize = 1_000_000;
/// How many of those are old.
const OLD: usize = 3;

/// The server of the test stands in for Prometheus: it listens once the process of the page has started, which is
/// before the container is.
#[test]
fn a_step_passes_over_an_up_from_before_its_container_was_started() {
    let port = free_port();
    let page = format!(
        "# One\n\n```console background=prometheus ready={port} within=20s\n$ sh -c 'touch started; sleep 7502'\n```\n\n\
         ```console ready={PORT} within=60s\n$ docker build -t t-serve:1 image/\n\
         $ docker run -d --net=host --name=t-serve t-serve:1 {PORT}\n```\n\n\
         <!-- scenario: check target job=app health=up within=20s -->\n"
    );
    let Some(small) = small(&page) else { return };
    let asked = Arc::new(AtomicUsize::new(0));
    let started = small.world.workspace().join("started");
    let count = Arc::clone(&asked);
    std::thread::spawn(move || {
        until("the process of the page", || started.exists());
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port of the page");
        serve_on(listener, move |_| {
            let number = count.fetch_add(1, Ordering::SeqCst);
            let scraped = match container_started() {
                Some(started) if number >= SECOND_RUN + OLD => started + 1.millisecond(),
                Some(started) if number >= SECOND_RUN => started - 1.millisecond(),
                _ => Timestamp::now(),
            };
            ok(format!(
                r#"{{"status":"success","data":{{"activeTargets":[{{"labels":{{"job":"app"}},"scrapeUrl":"http://localhost/","health":"up","lastError":"","lastScrape":"{scraped}"}}]}}}}"#
            ))
        });
    });
    small.world.passes(&["step", "1"]);
    asked.store(SECOND_RUN, Ordering::SeqCst);
    // Nothing is to be run: only the check is asked.
    small.world.passes(&["step", "1"]).says("unchanged since it last succeeded");
    let asked = asked.load(Ordering::SeqCst) - SECOND_RUN;
    assert!(asked > OLD, "an answer from before the start of the container was taken: {asked}");
}

fn container_started() -> Option<Timestamp> {
    let started = docker(&["inspect", "--format", "{{json .State.StartedAt}}", "t-serve"]);
    started.trim_matches('"').parse().ok()
}
