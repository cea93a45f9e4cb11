//! `scenario-lab`: opens the lab, prints its link, and stops it.

mod flags;

use std::io::{BufRead, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use flags::{Flags, Subcommand};
use scenario_cli::{self as cli, Front};
use scenario_core::error::{Error, Result};
use scenario_core::{process, session};
use scenario_lab::{BuiltPage, Lab, Server, Settings};
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    cli::main(|| {
        let flags = Flags::parse();
        let exe = process::this_program()?;
        let front = Front {
            name: flags.front.clone().unwrap_or_else(|| "scenario".to_owned()),
            // The lab's other processes get its folders one by one.
            flags: Vec::new(),
            book: flags.book.clone(),
            workspace: flags.workspace.clone(),
            tools: flags.tools.clone().unwrap_or_else(|| cli::tools_dir(cli::cache_dir().join("tools"))),
        };
        match &flags.command {
            Some(Subcommand::Page) => {
                let page = BuiltPage::ready(flags.page.as_deref(), &mut say)?;
                let _ = writeln!(anstream::stdout().lock(), "{}", page.dir().display());
                Ok(ExitCode::SUCCESS)
            }
            Some(Subcommand::Command { file }) => {
                let status = scenario_lab::command::run(file, &front.workspace)?;
                Ok(ExitCode::from(u8::try_from(status).unwrap_or(u8::MAX)))
            }
            Some(Subcommand::Job { task }) => {
                Ok(if task.run(&Settings { front, exe })? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
            }
            None => open(&flags, Settings { front, exe }),
        }
    })
}

fn say(line: &str) {
    let _ = writeln!(anstream::stderr().lock(), "  {line}");
}

fn open(flags: &Flags, settings: Settings) -> Result<ExitCode> {
    let page = BuiltPage::ready(flags.page.as_deref(), &mut say)?;
    if flags.yes {
        cli::toolbox(&settings.front, &cli::needs(&settings.front.load()?.scenario)?, true)?;
    }
    let front = settings.front.clone();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|cause| Error::new(format!("failed to start the server: {cause}")))?;
    runtime.block_on(async {
        let stop = stop()?;
        let server = Server::open(settings, page, flags.port).await?;
        greet(&server.lab, !flags.no_open)?;
        server.run(stop).await
    })?;
    // The thread that reads standard input must not keep the program running.
    runtime.shutdown_background();
    goodbye(&front);
    Ok(ExitCode::SUCCESS)
}

/// Completes when a signal asks the program to stop.
fn stop() -> Result<impl Future<Output = ()> + Send + 'static> {
    let on = |kind| signal(kind).map_err(|cause| Error::new(format!("failed to handle signals: {cause}")));
    let (mut int, mut term, mut hup) =
        (on(SignalKind::interrupt())?, on(SignalKind::terminate())?, on(SignalKind::hangup())?);
    Ok(async move {
        tokio::select! {
            _ = int.recv() => {}
            _ = term.recv() => {}
            _ = hup.recv() => {}
        }
    })
}

/// Prints the link, opens the browser by a link of its own, and prints another link for each Enter.
fn greet(lab: &Arc<Lab>, opens: bool) -> Result<()> {
    let link = lab.link()?;
    let mut out = anstream::stdout().lock();
    let _ = writeln!(out, "the lab is open; your files are in `{}`", cli_path(lab));
    let _ = writeln!(out, "\n  {link}\n");
    let _ =
        writeln!(out, "the link is good once, for 10 minutes: Enter prints a new one. Ctrl-C stops the lab");
    let _ = out.flush();
    drop(out);
    if opens && has_display() {
        // If it fails, there is still the printed link.
        let _ = lab.launch_file().map(open::that_detached);
    }
    let lab = Arc::clone(lab);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let (Ok(_), Ok(link)) = (line, lab.link()) else { return };
            let mut out = anstream::stdout().lock();
            let _ = writeln!(out, "\n  {link}\n");
            let _ = out.flush();
        }
    });
    Ok(())
}

fn cli_path(lab: &Lab) -> String {
    scenario_core::book::shown(lab.workspace()).display().to_string()
}

/// Whether there is a screen for a browser: one in a terminal would take the terminal.
fn has_display() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal()
        && ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"].iter().any(|name| is_set(name))
}

fn goodbye(front: &Front) {
    let running: Vec<String> = session::backgrounds()
        .unwrap_or_default()
        .into_iter()
        .filter(|(_, background)| background.serves())
        .map(|(name, _)| name)
        .collect();
    let mut out = anstream::stdout().lock();
    let _ = match running.as_slice() {
        [] => writeln!(
            out,
            "\nthe lab has stopped; your files and containers stay: `{} down` ends what runs",
            front.name
        ),
        names => writeln!(
            out,
            "\nthe lab has stopped; {} and containers run on: `{} down` ends them",
            names.join(", "),
            front.name
        ),
    };
}
