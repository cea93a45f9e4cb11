//! Reads the settings, listens, and stops gracefully.

use std::env::{self, VarError};
use std::error::Error;
use std::num::NonZeroU16;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use app::dice::Dice;
use app::metrics::Metrics;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tokio::time::timeout;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let seed = setting("SEED", clock.as_nanos() as u64)?;
    let fail_rate = setting("FAIL_RATE", 0.05)?;
    let slow_rate = setting("SLOW_RATE", 0.0)?;
    let dice = Dice::new(seed, fail_rate, slow_rate)?;
    let slots = setting("SLOTS", NonZeroU16::MAX)?.get();
    let config = setting("CONFIG", String::from("develop"))?;
    let metrics = Metrics::new(env!("CARGO_PKG_VERSION"), &config)?;

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let limit = Duration::try_from_secs_f64(setting("DRAIN_SECONDS", 5.0)?)?;

    let public = listen("LISTEN", "127.0.0.1:8000").await?;
    let private = listen("METRICS_LISTEN", "127.0.0.1:9000").await?;
    let pages = axum::serve(private, app::private_router(metrics.clone()));
    tokio::spawn(pages.into_future());

    let (stop, stopped) = oneshot::channel::<()>();
    let service = axum::serve(public, app::router(dice, slots, metrics));
    let service = service.with_graceful_shutdown(async { _ = stopped.await });
    let service = tokio::spawn(service.into_future());

    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    drop(stop);
    match timeout(limit, service).await {
        Ok(ended) => ended??,
        Err(_) => println!("requests were still under way"),
    }
    println!("stopped");
    Ok(())
}

/// Listens on the address that the environment variable `name` gives, or on `default`.
async fn listen(name: &str, default: &str) -> Result<TcpListener, Box<dyn Error>> {
    let listener = TcpListener::bind(setting(name, String::from(default))?).await?;
    println!("listening on {}", listener.local_addr()?);
    Ok(listener)
}

/// The environment variable `name`, or `default` where it is not set.
fn setting<T: FromStr>(name: &str, default: T) -> Result<T, String> {
    match env::var(name) {
        Ok(value) => value.parse().map_err(|_| format!("bad {name}: {value}")),
        Err(VarError::NotPresent) => Ok(default),
        Err(VarError::NotUnicode(value)) => Err(format!("bad {name}: {value:?}")),
    }
}
