//! `scenario-lab`: opens the lab, prints its link, and stops it.

mod flags;

use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Parser;
use flags::{Flags, Subcommand};
use scenario_cli::{self as cli, Front};
use scenario_core::error::{Error, Result};
use scenario_core::trust::Runs;
use scenario_core::{process, session};
use scenario_lab::{BuiltPage, Chooser, Chosen, Lab, Server, Settings};
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    cli::main(|| {
        let flags = Flags::parse();
        let exe = process::this_program()?;
        let here = PathBuf::from(".");
        let book = flags.book.clone().or_else(|| here.join("book.toml").is_file().then_some(here));
        let front = Front {
            name: flags.front.clone().unwrap_or_else(|| "scenario".to_owned()),
            // The lab's other processes get its folders one by one.
            flags: Vec::new(),
            book: book.clone().unwrap_or_default(),
            workspace: flags.workspace.clone().unwrap_or_else(|| "workspace".into()),
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
            Some(Subcommand::Render { into, imported }) => {
                Ok(match scenario_lab::pages::write(&front.book, into, *imported) {
                    Ok(source) => {
                        let _ = writeln!(anstream::stdout().lock(), "{}", source.display());
                        ExitCode::SUCCESS
                    }
                    Err(error) => {
                        let _ = writeln!(anstream::stderr().lock(), "{error}");
                        ExitCode::FAILURE
                    }
                })
            }
            Some(Subcommand::Job { task }) => {
                Ok(if task.run(&Settings { front, exe })? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
            }
            None => open(&flags, Settings { front, exe }, book.is_some()),
        }
    })
}

fn say(line: &str) {
    let _ = writeln!(anstream::stderr().lock(), "  {line}");
}

fn open(flags: &Flags, settings: Settings, has_book: bool) -> Result<ExitCode> {
    let page = BuiltPage::ready(flags.page.as_deref(), &mut say)?;
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|cause| Error::new(format!("failed to start the server: {cause}")))?;
    let front = runtime.block_on(async {
        // Whoever sees a link may stop the lab at once.
        let (choosing, running) = (stop()?, stop()?);
        let links = Links::default();
        let server = match has_book {
            true => Some(serve(settings, page, flags.port, flags.yes).await?),
            false => choose(flags, &settings, page, &links, choosing).await?,
        };
        let Some(server) = server else { return Ok(None) };
        let front = server.front();
        greet(&server.lab, !flags.no_open && has_book, &links)?;
        server.run(running).await?;
        Ok::<_, Error>(Some(front))
    })?;
    // The thread that reads standard input must not keep the program running.
    runtime.shutdown_background();
    if let Some(front) = front {
        goodbye(&front);
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens the lab of a book; with `yes`, what the machine lacks is provided first.
async fn serve(settings: Settings, page: BuiltPage, port: Option<u16>, yes: bool) -> Result<Server> {
    if yes {
        let plan = settings.front.load()?;
        // What an imported book needs is provided by a button, once the learner has agreed to what it runs.
        if Runs::of(&plan).is_none_or(|runs| runs.is_trusted()) {
            cli::toolbox(&settings.front, &cli::needs(&plan.scenario)?, true)?;
        }
    }
    Server::open(settings, page, port).await
}

/// The lab of the book that is chosen on the start page; nothing if the program is stopped before.
async fn choose(
    flags: &Flags,
    settings: &Settings,
    page: BuiltPage,
    links: &Links,
    stop: impl Future<Output = ()>,
) -> Result<Option<Server>> {
    let chooser = Chooser::open(page.clone(), flags.port).await?;
    let start = Arc::clone(&chooser.start);
    say_open("choose a book on the start page", &start.link()?);
    links.now_of(move || start.link());
    let open = |chosen: Chosen| {
        let workspace = flags.workspace.clone().unwrap_or(chosen.workspace);
        let words =
            ["--book".as_ref(), chosen.book.as_os_str(), "--workspace".as_ref(), workspace.as_os_str()];
        let name = format!("{} {}", settings.front.name, cli::quoted(words));
        let front = Front { name, book: chosen.book.clone(), workspace, ..settings.front.clone() };
        // The start page listens on the port that was named.
        serve(Settings { front, exe: settings.exe.clone() }, page.clone(), None, flags.yes)
    };
    Ok(chooser.choose(stop, open).await)
}

/// Who makes the link that Enter prints.
#[derive(Clone, Default)]
struct Links(Arc<Mutex<Option<MakeLink>>>);

type MakeLink = Box<dyn Fn() -> Result<String> + Send>;

impl Links {
    /// From now on these; the first time, a thread begins to wait for Enter.
    fn now_of(&self, make: impl Fn() -> Result<String> + Send + 'static) {
        let make: MakeLink = Box::new(make);
        let before = self.0.lock().unwrap_or_else(PoisonError::into_inner).replace(make);
        if before.is_some() {
            return;
        }
        let links = self.clone();
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines() {
                let link = links.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|make| make());
                let (Ok(_), Some(Ok(link))) = (line, link) else { return };
                let mut out = anstream::stdout().lock();
                let _ = writeln!(out, "\n  {link}\n");
                let _ = out.flush();
            }
        });
    }
}

/// Completes when a signal asks the program to stop, from this call on.
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
fn greet(lab: &Arc<Lab>, opens: bool, links: &Links) -> Result<()> {
    say_open(&format!("the lab is open; your files are in `{}`", cli_path(lab)), &lab.link()?);
    if opens && has_display() {
        // If it fails, there is still the printed link.
        let _ = lab.launch_file().map(open::that_detached);
    }
    let lab = Arc::clone(lab);
    links.now_of(move || lab.link());
    Ok(())
}

fn say_open(what: &str, link: &str) {
    let mut out = anstream::stdout().lock();
    let _ = writeln!(out, "{what}\n\n  {link}\n");
    let _ =
        writeln!(out, "the link is good once, for 10 minutes: Enter prints a new one. Ctrl-C stops the lab");
    let _ = out.flush();
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
