//! Values that attributes may have, for messages that show how one is written.

/// An example of a value.
pub(super) fn placeholder(key: &str) -> &'static str {
    match key {
        "file" | "writes" => "PATH",
        "background" | "job" | "plot" | "screenshot" => "NAME",
        "ready" => "PORT",
        "within" => "30s",
        "expect" => "\"value > 0\"",
        "range" => "2m",
        "step" => "1s",
        "curve" => "\"highest > 0\"",
        "ignore" | "already-true" => "\"why\"",
        "health" => "up",
        "command" => "\"test -s PATH\"",
        "url" => "http://localhost:8000/",
        "status" => "200",
        "header" => "\"name: value\"",
        _ => "\"some text\"",
    }
}

/// An example of a name.
pub(super) fn name_for(attribute: &str) -> &'static str {
    match attribute {
        "terminal" => "T2",
        "plot" | "screenshot" => "load",
        "exercise" => "buckets",
        _ => "prometheus",
    }
}
