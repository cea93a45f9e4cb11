//! The route `/probe`.

use crate::client::{get, serve, serve_with};

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
