//! What a page makes of a swarm is ended: its service and, where the page has begun it, the swarm.

use crate::stop::{PORT, Small, small};
use crate::world::{Ran, docker, skipped, until};

/// What begins a swarm that only this machine can join.
const INIT: [&str; 6] = ["swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", "127.0.0.1:2377"];

/// Begins a swarm unless there is one, and starts a service in it, in a network with a configuration of its own.
fn page() -> String {
    format!(
        "# One\n\n```console\n$ docker build -t t-serve:1 image/\n\
         $ docker info --format '{{{{.Swarm.LocalNodeState}}}}' | grep -qx active || docker {}\n\
         $ docker network create --config-only t-config\n\
         $ docker network create --driver bridge --scope swarm --config-from t-config t-network\n\
         $ docker service create --detach --no-resolve-image --name t-service --network t-network t-serve:1 {PORT}\n```\n",
        INIT.join(" ")
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
    for name in ["t-network", "t-config"] {
        ran.says(&format!("removed network `{name}`"));
        assert_eq!(docker(&["network", "ls", "-q", "--filter", &format!("name={name}")]), "");
    }
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
    docker(&INIT);
    docker(&["service", "create", "--detach", "--no-resolve-image", "--name", "t-stranger", "t-none:1"]);
    play_and_end(&small).says("removed service `t-service`").does_not_say("removed swarm");
    // Nothing of ours is in the swarm any more, so the next run does not ask for it.
    assert!(!scenario_core::state::state_dir().join("swarm").exists());
    assert_eq!(docker(&["service", "ls", "--format", "{{.Name}}"]), "t-stranger");
    assert_eq!(state(), "active");
}
