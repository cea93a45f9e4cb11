//! The start page from its opening to the lab that was chosen there. The lab is another server, with secrets and a port of
//! its own: so nothing of one book's lab is known to another's.

use std::future::Future;
use std::sync::Arc;

use scenario_core::error::{Error, Result};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};

use crate::catalog::Chosen;
use crate::door::{Door, Guest};
use crate::page::BuiltPage;
use crate::routes::start_router;
use crate::serve::{Server, listen};
use crate::start::{Start, Wish};

/// A start page that listens and does not answer yet.
#[derive(Debug)]
pub struct Chooser {
    /// The start page.
    pub start: Arc<Start>,
    listener: TcpListener,
    wishes: mpsc::Receiver<Wish>,
}

impl Chooser {
    /// Opens the start page.
    ///
    /// # Errors
    ///
    /// Another start page is open, or the port cannot be used.
    pub async fn open(page: BuiltPage, port: Option<u16>) -> Result<Chooser> {
        let keys = Start::keys()?;
        let listener = listen(port, keys.port()).await?;
        let port =
            listener.local_addr().map_err(|cause| Error::new(format!("failed to listen: {cause}")))?.port();
        keys.listen_on(port)?;
        let (sender, wishes) = mpsc::channel(1);
        let start = Start { port, keys, page, wishes: sender, choosing: Semaphore::new(1) };
        Ok(Chooser { start: Arc::new(start), listener, wishes })
    }

    /// Answers requests until a book was chosen whose lab `open` has opened; nothing if `stop` comes first.
    pub async fn choose<F: Future<Output = Result<Server>>>(
        self,
        stop: impl Future<Output = ()>,
        open: impl Fn(Chosen) -> F,
    ) -> Option<Server> {
        let Chooser { start, listener, mut wishes } = self;
        let (stopping, mut stopped) = tokio::sync::watch::channel(false);
        let routes = start_router(start).into_make_service_with_connect_info::<Guest>();
        let until = async move { drop(stopped.wait_for(|stopped| *stopped).await) };
        let serving = axum::serve(Door::new(listener), routes).with_graceful_shutdown(until);
        let serving = tokio::spawn(async move { serving.await });
        tokio::pin!(stop);
        let chosen = loop {
            let wish = tokio::select! {
                () = &mut stop => break None,
                wish = wishes.recv() => wish,
            };
            let Some((chosen, answer)) = wish else { break None };
            match open(chosen).await {
                Ok(server) => {
                    let _ = answer.send(server.lab.link());
                    break Some(server);
                }
                // The learner may choose another one.
                Err(error) => drop(answer.send(Err(error))),
            }
        };
        let _ = stopping.send(true);
        let abort = serving.abort_handle();
        // The answer is on its way, and a browser may keep its connection.
        let _ = tokio::time::timeout(crate::serve::LAST_REQUESTS_MAX, serving).await;
        abort.abort();
        chosen
    }
}
