//! The server: from a book and a workspace to a link, and in the end to nothing left running in any shell.

use std::future::Future;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use scenario_cli as cli;
use scenario_core::error::{Error, Result};
use scenario_core::workspace::Workspace;
use tokio::net::TcpListener;

use crate::book::RenderedBook;
use crate::digest::digest;
use crate::files::WorkspaceFiles;
use crate::keys::Keys;
use crate::lab::{Lab, Parts};
use crate::message::Message;
use crate::page::BuiltPage;
use crate::routes::router;
use crate::settings::Settings;
use crate::sync::blocking;
use crate::{machine, watch};

/// How long requests that are under way may take when the lab stops.
const LAST_REQUESTS_MAX: Duration = Duration::from_secs(1);
/// How long a job has to clean up before it is interrupted again.
const JOB_GRACE: Duration = Duration::from_secs(1);
/// The port of a lab that had none before.
const USUAL_PORT: u16 = 8089;

/// A lab that listens and does not answer yet.
#[derive(Debug)]
pub struct Server {
    /// The lab.
    pub lab: Arc<Lab>,
    listener: TcpListener,
    rendered: PathBuf,
}

impl Server {
    /// Opens the lab: renders the book, surveys the machine, takes a port, starts the first terminal.
    ///
    /// `port` must be had if it is given; otherwise it is the one of last time, the usual one, or any.
    ///
    /// # Errors
    ///
    /// Mistakes in the book; another lab for this workspace, or another workspace's world; no such port.
    pub async fn open(settings: Settings, page: BuiltPage, port: Option<u16>) -> Result<Server> {
        let workspace = Workspace::open(&settings.front.workspace)?.root().to_owned();
        let keys = Keys::of(&workspace)?;
        let rendered =
            cli::cache_dir().join("lab").join(&digest(workspace.as_os_str().as_encoded_bytes())[..16]);
        let mut settings = settings;
        settings.front.workspace = workspace;
        let (for_book, into) = (settings.clone(), rendered.join("book-1"));
        let (book, survey) = blocking(move || {
            let book = RenderedBook::render(&for_book.front.book, &into)?;
            let survey = machine::survey(&for_book, &book.plan.scenario)?;
            Ok::<_, Error>((book, survey))
        })
        .await??;
        let listener = listen(port, keys.port()).await?;
        let port =
            listener.local_addr().map_err(|cause| Error::new(format!("failed to listen: {cause}")))?.port();
        keys.keep(port)?;
        let files = WorkspaceFiles::open(&settings.front.workspace)?;
        let lab = Lab::new(Parts { settings, port, keys, page, files, book, survey });
        let watching = Arc::clone(&lab);
        tokio::spawn(async move {
            loop {
                watching.terminals.changed.notified().await;
                watching.terminals.send();
                watching.activity.notify_one();
            }
        });
        // A lab without bash has no terminals, and all else.
        let _ = lab.terminals.open();
        Ok(Server { lab, listener, rendered })
    }

    /// Answers requests until `stop` comes, then ends the shells and the job. What the book has started stays, as after
    /// a `step`: it belongs to the workspace.
    ///
    /// # Errors
    ///
    /// The server cannot go on.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        let Server { lab, listener, rendered } = self;
        let watching = [
            tokio::spawn(watch::watch(Arc::clone(&lab), rendered.clone())),
            tokio::spawn(watch::check(Arc::clone(&lab))),
        ];
        let (stopping, mut stopped) = tokio::sync::watch::channel(false);
        let routes = router(Arc::clone(&lab));
        let serving = tokio::spawn(async move {
            let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
                // A keystroke and its echo are small, and must not wait for more.
                let _ = stream.set_nodelay(true);
            });
            let until = async move { drop(stopped.wait_for(|stopped| *stopped).await) };
            axum::serve(listener, routes).with_graceful_shutdown(until).await
        });
        let abort = serving.abort_handle();
        stop.await;
        lab.hub.send(&Message::Stopping);
        watching.iter().for_each(|task| task.abort());
        let _ = stopping.send(true);
        end(&lab).await;
        let _ = tokio::time::timeout(LAST_REQUESTS_MAX, serving).await;
        abort.abort();
        let _ = std::fs::remove_dir_all(&rendered);
        Ok(())
    }
}

/// Ends all shells at once, and the job.
async fn end(lab: &Arc<Lab>) {
    lab.jobs.cancel();
    let removed =
        lab.terminals.all().into_iter().filter_map(|terminal| lab.terminals.remove(&terminal.id).ok());
    let endings: Vec<_> =
        removed.map(|terminal| tokio::task::spawn_blocking(move || terminal.end())).collect();
    for ending in endings {
        let _ = ending.await;
    }
    let ended = async {
        while lab.jobs.any_runs() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    if tokio::time::timeout(JOB_GRACE, ended).await.is_err() {
        lab.jobs.cancel();
    }
}

/// Listens on 127.0.0.1. No flag changes the address.
async fn listen(wanted: Option<u16>, last: u16) -> Result<TcpListener> {
    let on = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    if let Some(port) = wanted {
        return on(port).await.map_err(|cause| {
            Error::new(format!("failed to listen on port {port}: {cause}"))
                .with_help("leave `--port` out, and the lab takes one that is free")
        });
    }
    for port in [last, USUAL_PORT].into_iter().filter(|port| *port != 0) {
        if let Ok(listener) = on(port).await {
            return Ok(listener);
        }
    }
    on(0).await.map_err(|cause| Error::new(format!("failed to listen on 127.0.0.1: {cause}")))
}
