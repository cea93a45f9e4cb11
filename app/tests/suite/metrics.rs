//! The page `/metrics`, and what gets counted on it.

use std::io::Read;

use axum::Router;
use axum::middleware;
use axum::routing::get as route;

use app::dice::Dice;
use app::metrics::{Metrics, expose, track};

use crate::client::{get, request, send, serve, serve_dice, serve_router, serve_with, until};

#[test]
fn the_content_type_is_the_one_of_the_text_format() {
    let page = get(serve(), "/metrics");
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/plain; version=0.0.4"));
}

#[test]
fn a_request_is_counted_once_in_each_metric() {
    let address = serve();
    get(address, "/probe");
    let page = get(address, "/metrics");
    let count = r#"app_request_count_total{endpoint="/probe",http_status="200",method="GET"}"#;
    let latency = r#"app_request_latency_seconds_count{endpoint="/probe",method="GET"}"#;
    assert_eq!(page.sample(count), Some(1.0));
    assert_eq!(page.sample(latency), Some(1.0));
}

#[test]
fn a_failure_is_counted_under_its_status() {
    let address = serve_with(1.0);
    get(address, "/probe");
    let page = get(address, "/metrics");
    let series = r#"app_request_count_total{endpoint="/probe",http_status="500",method="GET"}"#;
    assert_eq!(page.sample(series), Some(1.0));
}

#[test]
fn the_latency_is_in_seconds_and_includes_the_delay() {
    let address = serve();
    get(address, "/probe");
    let page = get(address, "/metrics");
    // Seed 45 delays its first answer by 0.072 s; nothing but a stalled machine makes it 2.5 s.
    let bucket = |le| {
        let labels = format!(r#"{{endpoint="/probe",method="GET",le="{le}"}}"#);
        page.sample(&format!("app_request_latency_seconds_bucket{labels}"))
    };
    assert_eq!(bucket("0.05"), Some(0.0));
    assert_eq!(bucket("2.5"), Some(1.0));
    assert_eq!(bucket("+Inf"), Some(1.0));
}

#[test]
fn the_buckets_are_those_of_the_book() {
    let page = get(serve(), "/metrics");
    let bounds: Vec<&str> = page
        .body
        .lines()
        .filter_map(|line| line.split_once(r#"endpoint="/probe",method="GET",le=""#))
        .filter_map(|(_, rest)| rest.split('"').next())
        .collect();
    let book = ["0.025", "0.05", "0.075", "0.1", "0.15", "0.2", "0.3", "0.5", "1", "2.5", "+Inf"];
    assert_eq!(bounds, book);
}

#[test]
fn the_series_of_probe_exist_before_the_first_request() {
    let page = get(serve(), "/metrics");
    for status in ["200", "500"] {
        let labels = format!(r#"{{endpoint="/probe",http_status="{status}",method="GET"}}"#);
        assert_eq!(page.sample(&format!("app_request_count_total{labels}")), Some(0.0), "{status}");
    }
    let latency = r#"app_request_latency_seconds_count{endpoint="/probe",method="GET"}"#;
    assert_eq!(page.sample(latency), Some(0.0), "{}", page.body);
}

#[test]
fn the_version_is_reported() {
    let page = get(serve(), "/metrics");
    let series = r#"app_version_info{config="test",version="1.2.3"}"#;
    assert_eq!(page.sample(series), Some(1.0));
}

#[test]
fn paths_without_a_route_share_one_series() {
    let address = serve();
    for user in 0..5 {
        assert_eq!(get(address, &format!("/users/{user}")).status, 404);
    }
    let page = get(address, "/metrics");
    let series = r#"app_request_count_total{endpoint="unmatched",http_status="404",method="GET"}"#;
    assert_eq!(page.sample(series), Some(5.0));
    assert!(!page.body.contains("/users"), "{}", page.body);
}

#[test]
fn a_query_is_no_part_of_the_endpoint() {
    let address = serve();
    get(address, "/probe?name=someone");
    let page = get(address, "/metrics");
    assert!(page.body.contains(r#"endpoint="/probe""#));
    assert!(!page.body.contains("someone"), "{}", page.body);
}

#[test]
fn made_up_methods_share_one_series() {
    let address = serve();
    for method in ["BREW", "FROB"] {
        assert_eq!(request(address, method, "/probe").status, 405);
    }
    let page = get(address, "/metrics");
    let series = r#"app_request_count_total{endpoint="/probe",http_status="405",method="other"}"#;
    assert_eq!(page.sample(series), Some(2.0));
    assert!(!page.body.contains("BREW"), "{}", page.body);
}

#[test]
fn each_standard_method_has_a_series_of_its_own() {
    let address = serve();
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"] {
        request(address, method, "/users/1");
        let page = get(address, "/metrics");
        let labels = format!(r#"{{endpoint="unmatched",http_status="404",method="{method}"}}"#);
        assert_eq!(page.sample(&format!("app_request_count_total{labels}")), Some(1.0), "{method}");
    }
}

#[test]
fn requests_for_the_page_are_not_counted() {
    let address = serve();
    get(address, "/metrics");
    let page = get(address, "/metrics");
    assert!(!page.body.contains(r#"endpoint="/metrics""#), "{}", page.body);
}

#[test]
fn two_services_in_one_process_count_apart() {
    let (one, other) = (serve(), serve());
    get(one, "/probe");
    let page = get(other, "/metrics");
    let count = r#"app_request_count_total{endpoint="/probe",http_status="200",method="GET"}"#;
    assert_eq!(page.sample(count), Some(0.0), "{}", page.body);
}

#[test]
fn clients_that_hang_up_are_counted() {
    // All answers of this seed take 0.3 s or more when they are slow: nobody gets one in time.
    let address = serve_dice(Dice::new(31487, 0.0, 1.0).expect("both rates are probabilities"));
    let waiting: Vec<_> = (0..20).map(|_| send(address, "GET", "/probe")).collect();
    let in_flight = || get(address, "/metrics").sample("app_requests_in_flight");
    until("all are under way", || in_flight() == Some(20.0));
    drop(waiting);
    until("none is under way", || in_flight() == Some(0.0));

    let page = get(address, "/metrics");
    let count = r#"app_request_count_total{endpoint="/probe",http_status="499",method="GET"}"#;
    let latency = r#"app_request_latency_seconds_count{endpoint="/probe",method="GET"}"#;
    assert_eq!(page.sample(count), Some(20.0), "{}", page.body);
    assert_eq!(page.sample(latency), Some(20.0), "{}", page.body);
}

#[test]
fn a_panic_is_counted() {
    async fn panics() -> &'static str {
        panic!("for the test")
    }
    let metrics = Metrics::new("1.2.3", "test").expect("the metrics are well formed");
    let page = route(expose).with_state(metrics.clone());
    let router = Router::new().route("/panics", route(panics)).route("/metrics", page);
    let address = serve_router(router.layer(middleware::from_fn_with_state(metrics, track)));

    let mut answer = String::new();
    send(address, "GET", "/panics").read_to_string(&mut answer).expect("the server hangs up");
    assert_eq!(answer, "");
    let page = get(address, "/metrics");
    let count = r#"app_request_count_total{endpoint="/panics",http_status="panic",method="GET"}"#;
    assert_eq!(page.sample(count), Some(1.0), "{}", page.body);
    assert_eq!(page.sample("app_requests_in_flight"), Some(1.0), "{}", page.body);
}
