//! Reads the settings, listens, and stops gracefully.

use std::env::{self, VarError};
use std::error::Error;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use app::dice::Dice;
use app::metrics::Metrics;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let seed = setting("SEED", clock.as_nanos() as u64)?;
    let fail_rate = setting("FAIL_RATE", 0.05)?;
    let slow_rate = setting("SLOW_RATE", 0.0)?;
    let dice = Dice::new(seed, fail_rate, slow_rate)?;
    let config = setting("CONFIG", String::from("develop"))?;
    let metrics = Metrics::new(env!("CARGO_PKG_VERSION"), &config)?;

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };

    let address = setting("LISTEN", String::from("127.0.0.1:8000"))?;
    let listener = TcpListener::bind(&address).await?;
    println!("listening on {}", listener.local_addr()?);
    let service = axum::serve(listener, app::router(dice, metrics));
    service.with_graceful_shutdown(stop).await?;
    println!("stopped");
    Ok(())
}

/// The environment variable `name`, or `default` where it is not set.
fn setting<T: FromStr>(name: &str, default: T) -> Result<T, String> {
    match env::var(name) {
        Ok(value) => value.parse().map_err(|_| format!("bad {name}: {value}")),
        Err(VarError::NotPresent) => Ok(default),
        Err(VarError::NotUnicode(value)) => Err(format!("bad {name}: {value:?}")),
    }
}
