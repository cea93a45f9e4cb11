//! The server: from a book and a workspace to a link, and in the end to nothing left running in any shell.

use std::future::Future;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use scenario_cli as cli;
use scenario_core::book::{FileVersions, file_versions};
use scenario_core::error::{Error, Result};
use scenario_core::workspace::Workspace;
use tokio::net::TcpListener;

use crate::book::RenderedBook;
use crate::digest::digest;
use crate::door::{Door, Guest};
use crate::files::WorkspaceFiles;
use crate::keys::Keys;
use crate::lab::{Lab, Parts};
use crate::listing::OWN;
use crate::machine::{self, Survey};
use crate::message::Message;
use crate::page::BuiltPage;
use crate::routes::router;
use crate::settings::Settings;
use crate::sync::blocking;
use crate::{after_save, watch};

/// How long requests that are under way may take when the lab stops.
pub(crate) const LAST_REQUESTS_MAX: Duration = Duration::from_secs(1);
/// How long a job has to clean up before it is interrupted again.
const JOB_GRACE: Duration = Duration::from_secs(1);
/// How often the time is noted until which pages may come back.
const KEEP_EVERY: Duration = Duration::from_secs(60);
/// The port of a lab that had none before.
const USUAL_PORT: u16 = 8089;

/// A lab that listens and does not answer yet.
#[derive(Debug)]
pub struct Server {
    /// The lab.
    pub lab: Arc<Lab>,
    listener: TcpListener,
    rendered: PathBuf,
    /// The files of the book, before it was read.
    known: FileVersions,
}

impl Server {
    /// Opens the lab: renders the book, surveys the machine, takes a port, starts the first terminal.
    ///
    /// `port` must be had if it is given; otherwise it is the one of last time, the usual one, or any.
    ///
    /// # Errors
    ///
    /// Mistakes in the book; another lab for this workspace, or another workspace's world; no such port.
    pub async fn open(mut settings: Settings, page: BuiltPage, port: Option<u16>) -> Result<Server> {
        let traces = Traces::before(&settings.front.workspace);
        let opened = Workspace::open(&settings.front.workspace);
        let keys = opened.and_then(|workspace| {
            settings.front.workspace = workspace.root().to_owned();
            Keys::of(workspace.root())
        });
        let keys = keys.inspect_err(|_| traces.remove())?;
        let name = digest(settings.front.workspace.as_os_str().as_encoded_bytes());
        let rendered = cli::cache_dir().join("lab").join(&name[..16]);
        match prepare(&settings, port, &keys, &rendered).await {
            Ok(Prepared { listener, port, known, book, survey, files }) => {
                let parts = Parts { settings, port, keys, page, files, book, survey };
                Ok(Server { lab: begin(parts), listener, rendered, known })
            }
            Err(error) => {
                // A lab that was refused leaves nothing.
                let _ = std::fs::remove_dir_all(&rendered);
                keys.forget();
                traces.remove();
                Err(error)
            }
        }
    }

    /// The book, the workspace, and the command line of the runner.
    pub fn front(&self) -> cli::Front {
        self.lab.settings.front.clone()
    }

    /// Answers requests until `stop` comes, then ends the shells and the job. What the book has started stays, as after
    /// a `step`: it belongs to the workspace.
    ///
    /// # Errors
    ///
    /// The server cannot go on.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        let Server { lab, listener, rendered, known } = self;
        let watching = [
            tokio::spawn(watch::watch(Arc::clone(&lab), rendered.clone(), known)),
            tokio::spawn(watch::check(Arc::clone(&lab))),
            tokio::spawn(keep(Arc::clone(&lab))),
        ];
        let (stopping, mut stopped) = tokio::sync::watch::channel(false);
        let routes = router(Arc::clone(&lab));
        let serving = tokio::spawn(async move {
            let routes = routes.into_make_service_with_connect_info::<Guest>();
            let until = async move { drop(stopped.wait_for(|stopped| *stopped).await) };
            axum::serve(Door::new(listener), routes).with_graceful_shutdown(until).await
        });
        let abort = serving.abort_handle();
        stop.await;
        lab.hub.send(&Message::Stopping);
        watching.iter().for_each(|task| task.abort());
        let _ = stopping.send(true);
        end(&lab).await;
        let _ = tokio::time::timeout(LAST_REQUESTS_MAX, serving).await;
        abort.abort();
        let _ = lab.keys.keep();
        lab.forget_launch();
        let _ = std::fs::remove_dir_all(&rendered);
        Ok(())
    }
}

/// What a lab needs that can be refused.
struct Prepared {
    listener: TcpListener,
    port: u16,
    known: FileVersions,
    book: RenderedBook,
    survey: Survey,
    files: WorkspaceFiles,
}

async fn prepare(settings: &Settings, port: Option<u16>, keys: &Keys, rendered: &Path) -> Result<Prepared> {
    let (for_book, into) = (settings.clone(), rendered.join("book-1"));
    let (known, book, survey) = blocking(move || {
        let known = file_versions(&for_book.front.book, &for_book.front.workspace);
        let book = RenderedBook::render(&for_book.exe, &for_book.front.book, &into, false)?;
        let survey = machine::survey(&for_book, &book.plan.scenario)?;
        Ok::<_, Error>((known, book, survey))
    })
    .await??;
    let listener = listen(port, keys.port()).await?;
    let port =
        listener.local_addr().map_err(|cause| Error::new(format!("failed to listen: {cause}")))?.port();
    let files = WorkspaceFiles::open(&settings.front.workspace)?;
    keys.listen_on(port)?;
    Ok(Prepared { listener, port, known, book, survey, files })
}

/// Puts the lab together, and starts its first terminal.
fn begin(parts: Parts) -> Arc<Lab> {
    let lab = Lab::new(parts);
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
    lab.keep_place();
    lab
}

/// Writes down from time to time that the lab runs, as one that is killed cannot at its end.
async fn keep(lab: Arc<Lab>) {
    loop {
        tokio::time::sleep(KEEP_EVERY).await;
        let _ = lab.keys.keep();
    }
}

/// Which folders of the workspace were not there before.
struct Traces {
    workspace: PathBuf,
    is_new: bool,
    has_own: bool,
}

impl Traces {
    fn before(workspace: &Path) -> Traces {
        let own = workspace.join(OWN);
        Traces { workspace: workspace.to_owned(), is_new: !workspace.exists(), has_own: own.exists() }
    }

    fn remove(&self) {
        if !self.has_own {
            let _ = std::fs::remove_dir_all(self.workspace.join(OWN));
        }
        if self.is_new {
            // Only an empty one: what somebody else has put there stays.
            let _ = std::fs::remove_dir(&self.workspace);
        }
    }
}

/// Ends all shells at once, and the job.
async fn end(lab: &Arc<Lab>) {
    lab.jobs.cancel();
    after_save::stop(lab).await;
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
pub(crate) async fn listen(wanted: Option<u16>, last: u16) -> Result<TcpListener> {
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
