//! The public routes.

use std::time::{Duration, Instant};

use app::dice::Dice;
use app::metrics::Metrics;

use crate::client::{finish, get, send, serve, serve_router, serve_slots, serve_with};

#[test]
fn it_answers_ok() {
    let answer = get(serve(), "/probe");
    assert_eq!((answer.status, answer.body.as_str()), (200, "OK\n"));
}

#[test]
fn it_fails_with_500() {
    let answer = get(serve_with(1.0), "/probe");
    assert_eq!((answer.status, answer.body.as_str()), (500, "FAILED\n"));
}

#[test]
fn the_public_port_has_no_metrics() {
    let dice = Dice::new(45, 0.0, 0.0).expect("both rates are probabilities");
    let metrics = Metrics::new("1.2.3", "test").expect("the metrics are well formed");
    assert_eq!(get(serve_router(app::router(dice, 1, metrics)), "/metrics").status, 404);
}

#[test]
fn with_one_slot_requests_wait_for_each_other() {
    let dice = || Dice::new(45, 0.0, 1.0).expect("both rates are probabilities");
    let address = serve_slots(dice(), 1);
    let start = Instant::now();
    let requests = [(); 3].map(|()| send(address, "GET", "/probe"));
    for request in requests {
        assert_eq!(finish(request).status, 200);
    }
    let dice = dice();
    let one_by_one: Duration = (0..3).map(|_| dice.throw().delay).sum();
    assert!(start.elapsed() >= one_by_one, "{:?} < {one_by_one:?}", start.elapsed());
}
