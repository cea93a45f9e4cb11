//! What a page makes of a swarm is ended: its service and, where the page has begun it, the swarm.

use crate::stop::{PORT, Small, small};
use crate::world::{Ran, docker, skipped, until};

const INIT: &str = "docker swarm init --advertise-addr 127.0.0.1 --listen-addr 127.0.0.1:2377";

/// Begins a swarm unless there is one, and starts a service in it.
fn page() -> String {
    format!(
        "# One\n\n```console\n$ docker build -t t-serve:1 image/\n\
         $ docker info --format '{{{{.Swarm.LocalNodeState}}}}' | grep -qx active || {INIT}\n\
         $ docker service create --detach --no-resolve-image --name t-service t-serve:1 {PORT}\n```\n"
    )
}

fn state() -> String {
    docker(&["info", "--format", "{{.Swarm.LocalNodeState}}"])
}

/// A world of that page; `None` where the engine cannot be a swarm, or is one already, which is said.
fn begin() -> Option<Small> {
    let small = small(&page())?;
    if state() != "inactive" {
        skipped("the engine is in a swarm, or cannot be in one");
        return None;
    }
    Some(small)
}

/// Plays the page, and ends what it has started.
fn play_and_end(small: &Small) -> Ran {
    small.world.passes(&["step", "1"]);
    until("its container", || !docker(&["ps", "-q", "--filter", "name=t-service"]).is_empty());
    let ran = small.world.passes(&["down"]);
    assert_eq!(docker(&["ps", "-aq", "--filter", "name=t-service"]), "");
    ran
}

#[test]
fn a_swarm_that_a_page_has_begun_is_left_with_its_service() {
    let Some(small) = begin() else { return };
    play_and_end(&small).says("removed service `t-service`").says("removed swarm");
    assert_eq!(state(), "inactive");
    assert_eq!(docker(&["network", "ls", "-q", "--filter", "name=docker_gwbridge"]), "");
}

/// Leaves the swarm that a test has begun, however the test ends.
struct Theirs;

impl Drop for Theirs {
    fn drop(&mut self) {
        docker(&["swarm", "leave", "--force"]);
        docker(&["network", "rm", "docker_gwbridge"]);
    }
}

#[test]
fn a_swarm_that_was_there_before_is_not_left() {
    let Some(small) = begin() else { return };
    let _theirs = Theirs;
    docker(&INIT.split(' ').skip(1).collect::<Vec<_>>());
    docker(&["service", "create", "--detach", "--no-resolve-image", "--name", "t-stranger", "t-none:1"]);
    play_and_end(&small).says("removed service `t-service`").does_not_say("removed swarm");
    assert_eq!(docker(&["service", "ls", "--format", "{{.Name}}"]), "t-stranger");
    assert_eq!(state(), "active");
}
