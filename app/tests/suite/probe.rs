//! The public routes.

use app::dice::Dice;
use app::metrics::Metrics;

use crate::client::{get, serve, serve_router, serve_with};

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
    assert_eq!(get(serve_router(app::router(dice, metrics)), "/metrics").status, 404);
}
