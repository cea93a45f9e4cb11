//! Ports 8000 and 9090 belong to the book; others may hold them.

use std::net::TcpListener;

use crate::world::World;

#[track_caller]
fn taken_by_another_program(port: u16, step: &str, page: &str) {
    let Some(world) = World::new() else { return };
    let _held = TcpListener::bind(("127.0.0.1", port)).expect("a free port");
    let ran = world.run(&["step", step]);
    let program = std::env::args().next().expect("a name");
    ran.status(2).says(&format!("port {port} is taken by `{program}")).says(page);
    ran.says(&format!("(process {})", std::process::id()));
    ran.says("help: stop that program, then try again");
}

#[test]
fn port_8000_taken_by_another_program_is_said_at_the_line_that_wants_it() {
    taken_by_another_program(8000, "2", "by-hand.md:");
}

#[test]
fn port_9090_taken_by_another_program_is_said_at_the_line_that_wants_it() {
    taken_by_another_program(9090, "1", "prometheus.md:");
}
