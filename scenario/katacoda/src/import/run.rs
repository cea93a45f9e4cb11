//! Converts code that runs into blocks with their terminals. Decides which commands go on in the background.
//!
//! A command goes on if a later interrupt ends it. The words of commands decide only how long to wait, and about commands
//! that no interrupt ends.

use std::collections::{BTreeMap, BTreeSet};

use scenario_core::model::Effect;
use scenario_core::parse::{self, Words};

use super::block::{Block, Command, Does, Run};
use super::commands;

/// The time limit for a process to open its port.
const READY: &str = "within=60s";
/// The time to wait for a command that keeps running according to its words, for one that may, and for any other.
const WAIT: [&str; 3] = ["ready=wait within=5s", "ready=wait within=30s", "ready=wait within=60s"];

/// The terminals of a scenario.
pub(super) struct Terminals {
    /// The terminal in use.
    pub(super) now: String,
    /// The blocks in each since the last interrupt.
    since: BTreeMap<String, Vec<usize>>,
    /// The ports that pages link to.
    ports: Vec<u16>,
    /// The images that commands have built.
    built: BTreeSet<String>,
}

impl Terminals {
    pub(super) fn new(ports: Vec<u16>) -> Terminals {
        Terminals { now: "T1".to_owned(), since: BTreeMap::new(), ports, built: BTreeSet::new() }
    }

    /// The blocks for code that is typed into the terminal in use, and notes about it. The first block will have the number
    /// `blocks.len()`.
    pub(super) fn typed(
        &mut self,
        line: usize,
        typed: &str,
        interrupts: bool,
        blocks: &mut [Block],
    ) -> (Vec<Block>, Vec<String>) {
        let mut notes = Vec::new();
        let terminal = (self.now != "T1").then(|| self.now.clone());
        let stop = if interrupts { self.interrupt(blocks, &mut notes) } else { None };
        let mut made: Vec<Block> = Vec::new();
        for command in commands::split(typed) {
            if let Some(port) = commands::asked_port(&command) {
                wait_for(blocks, port);
            }
            if commands::reads_what_follows(&command) {
                let first = command.lines().next().unwrap_or_default();
                notes.push(format!(
                    "`{first}` gets nothing to read: what follows is run by the terminal's shell"
                ));
            }
            let is_left_running = parse::words(&command).is_left_running && command.ends_with('&');
            let text =
                if is_left_running { command.trim_end_matches('&').trim_end().to_owned() } else { command };
            if text.is_empty() {
                continue;
            }
            let command = Command { is_followed: self.follows(&text), text };
            let goes_on = match made.last_mut().map(|block| &mut block.does) {
                Some(Does::Run(run)) if run.background.is_none() => Some(run),
                _ => None,
            };
            match goes_on {
                Some(run) => run.commands.push(command),
                None => {
                    let run = Run {
                        commands: vec![command],
                        terminal: terminal.clone(),
                        stop: if made.is_empty() { stop.clone() } else { None },
                        ..Run::default()
                    };
                    made.push(Block::run(line, typed, run));
                }
            }
            let name = self.name(blocks.len() + made.len());
            if is_left_running && let Some(Does::Run(run)) = made.last_mut().map(|block| &mut block.does) {
                run.background = self.background(run, &name);
            }
        }
        let first = blocks.len();
        let plain = made.iter().enumerate().filter_map(|(number, block)| match &block.does {
            Does::Run(run) if run.background.is_none() => Some(first + number),
            _ => None,
        });
        self.since.entry(self.now.clone()).or_default().extend(plain);
        (made, notes)
    }

    /// Whether the runner tracks the containers of a command. It cannot if the book does not build their image.
    fn follows(&mut self, command: &str) -> bool {
        let Words { effect, .. } = parse::words(command);
        match effect {
            None => false,
            Some(Effect::Run { image, .. }) => self.built.contains(&image),
            Some(Effect::Build { tag }) => {
                self.built.insert(tag);
                true
            }
            Some(_) => true,
        }
    }

    fn name(&self, number: usize) -> String {
        format!("{}-{number}", self.now.to_lowercase())
    }

    /// The attributes with which the last command of a block goes on in the background.
    fn background(&self, run: &Run, name: &str) -> Option<String> {
        let command = &run.commands.last()?.text;
        let has = |port: &&u16| {
            let digits = port.to_string();
            command.split(|c: char| !c.is_ascii_digit()).any(|number| number == digits)
        };
        let port = self.ports.iter().find(has).filter(|_| !commands::is_client(command));
        let ready = match port {
            Some(port) => format!("ready={port} {READY}"),
            None if commands::keeps_running(command) => WAIT[0].to_owned(),
            None if commands::may_keep_running(command) => WAIT[1].to_owned(),
            None => WAIT[2].to_owned(),
        };
        Some(format!("background={name} {ready}"))
    }

    /// Makes a command of the terminal a background process that ends now, and returns its name. It is the last one that looks
    /// as if it keeps running, or otherwise the last one.
    fn interrupt(&mut self, blocks: &mut [Block], notes: &mut Vec<String>) -> Option<String> {
        let since = self.since.remove(&self.now).unwrap_or_default();
        let looks_so = |number: &&usize| last_of(blocks, **number).is_some_and(commands::may_keep_running);
        // A client would have ended by itself.
        let may_go_on =
            |number: &&usize| last_of(blocks, **number).is_some_and(|last| !commands::is_client(last));
        let all = || since.iter().rev();
        let number = *all().find(looks_so).or_else(|| all().find(may_go_on))?;
        let name = self.name(number + 1);
        let Does::Run(run) = &mut blocks.get_mut(number)?.does else { return None };
        let command = &run.commands.last()?.text;
        if commands::is_of_shell(command) {
            notes.push(format!("`interrupt` does nothing: `{command}` has ended by itself"));
            return None;
        }
        run.background = self.background(run, &name);
        Some(name)
    }

    /// Makes commands background processes that look as if they keep running and that no interrupt ends. Returns their blocks,
    /// with notes. A script is one of these if it is the last in its terminal and the page goes on in another one.
    pub(super) fn finish(&mut self, blocks: &mut [Block]) -> Vec<(usize, String)> {
        let mut notes = Vec::new();
        let all = std::mem::take(&mut self.since);
        let end = all.values().filter_map(|since| since.last()).max().copied();
        for (terminal, since) in all {
            self.now = terminal;
            for number in &since {
                let goes_on_elsewhere = since.last() == Some(number) && end > Some(*number);
                let goes_on = |command: &&str| {
                    commands::may_keep_running(command) || goes_on_elsewhere && commands::is_script(command)
                };
                let Some(command) = last_of(blocks, *number).filter(goes_on) else { continue };
                let first = command.lines().next().unwrap_or_default();
                notes.push((
                    *number,
                    format!("`{first}` is assumed to keep running, because no interrupt ends it"),
                ));
                let name = self.name(number + 1);
                if let Some(Does::Run(run)) = blocks.get_mut(*number).map(|block| &mut block.does) {
                    run.background = self.background(run, &name);
                }
            }
        }
        notes
    }
}

/// Makes the last block that has started a container wait for its port. In the original, the learner typed slowly enough.
fn wait_for(blocks: &mut [Block], port: u16) {
    let last = blocks.iter_mut().rev().find_map(|block| match &mut block.does {
        Does::Run(run) if run.commands.last().is_some_and(|last| commands::starts_container(&last.text)) => {
            Some(run)
        }
        _ => None,
    });
    let Some(run) = last.filter(|run| run.ready.is_none()) else { return };
    let has_port = |command: &str| {
        let digits = port.to_string();
        command.contains("host")
            || command.split(|c: char| !c.is_ascii_digit()).any(|number| number == digits)
    };
    if run.commands.last().is_some_and(|last| has_port(&last.text)) {
        run.ready = Some(port);
    }
}

/// The last command of a block, if it can go on in the background. A background process cannot write files of the pages.
fn last_of(blocks: &[Block], number: usize) -> Option<&str> {
    match &blocks.get(number)?.does {
        Does::Run(run) if run.writes.is_empty() || run.commands.len() > 1 => {
            run.commands.last().map(|command| command.text.as_str())
        }
        _ => None,
    }
}
