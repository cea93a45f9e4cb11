//! Every bound of the lab, sized for one person with several windows.
//!
//! The messages that name a bound are where it is hit; README.md lists those that a learner may meet.

use std::time::Duration;

/// How many commands, files and checks of an imported book are listed before the learner agrees to them.
pub(crate) const RUNS_MAX: usize = 500;
/// How many bytes of each.
pub(crate) const RUN_BYTES_MAX: usize = 8 << 10;
/// How many books of a folder the start page lists.
pub(crate) const BOOKS_MAX: usize = 50;
/// How many scenarios below a folder it names.
pub(crate) const BELOW_MAX: usize = 20;
/// How many terminals there may be.
pub(crate) const TERMINALS_MAX: usize = 8;
/// How many WebSockets may be open: eight windows, each with its events and up to seven terminals.
pub(crate) const SOCKETS_MAX: usize = 64;
/// How many requests are answered in a second.
pub(crate) const REQUESTS_PER_SECOND_MAX: u32 = 600;
/// The largest body of a request, and the largest file that the editor opens.
pub(crate) const BODY_BYTES_MAX: usize = 256 << 10;
/// The largest message on a WebSocket.
pub(crate) const MESSAGE_BYTES_MAX: usize = 64 << 10;
/// How much is read from a WebSocket at once: keystrokes are small, and each socket keeps this much.
pub(crate) const SOCKET_READ_BYTES: usize = 4 << 10;
/// The largest piece in which a screen is sent: a socket keeps as much as the largest message that went through it.
pub(crate) const PIECE_BYTES_MAX: usize = 16 << 10;
/// How much output a page may have received and not yet shown before it is sent no more.
pub(crate) const UNSHOWN_BYTES_MAX: usize = 512 << 10;
/// How much a terminal remembers of the lines above its screen: 1000 of 160 letters, with some colours.
pub(crate) const HISTORY_BYTES_MAX: usize = 192 << 10;
/// How long a shell and what it started have to end before they are killed.
pub(crate) const HANGUP_GRACE: Duration = Duration::from_secs(2);
/// How many launch links are good at a time; an older one ceases to work.
pub(crate) const LINKS_MAX: usize = 16;
/// How long a launch link is good.
pub(crate) const LINK_LIFE: Duration = Duration::from_secs(600);
/// How long after its end a lab that is started again lets the pages of before come back.
pub(crate) const RECONNECT_MAX: Duration = Duration::from_secs(600);
/// How many runs of the lab, one soon after the other, a page can outlive.
pub(crate) const KEYS_KEPT_MAX: usize = 4;
/// How many connections may be open that have not shown the cookie; beyond it the oldest is closed.
pub(crate) const STRANGERS_MAX: usize = 64;
/// How long such a connection may last.
pub(crate) const STRANGER_MAX: Duration = Duration::from_secs(10);
/// How often a page is told that the lab still runs.
pub(crate) const ALIVE_EVERY: Duration = Duration::from_secs(2);
/// The largest index of a book that is searched.
pub(crate) const INDEX_BYTES_MAX: u64 = 16 << 20;
/// How many sections a search finds.
pub(crate) const FOUND_MAX: usize = 30;
/// How much of a query is read.
pub(crate) const QUERY_CHARS_MAX: usize = 100;
/// How many files the editor lists.
pub(crate) const FILES_MAX: usize = 2000;
/// How many lines a search in all files finds.
pub(crate) const FOUND_LINES_MAX: usize = 200;
/// How long a search in all files may take.
pub(crate) const FIND_MAX: Duration = Duration::from_secs(2);
/// How many files that a job has replaced can be put back by a button.
pub(crate) const KEPT_MAX: usize = 100;
/// Of how many files that were opened last changes are reported though they are not listed.
pub(crate) const OPENED_MAX: usize = 64;
/// How deep below the workspace the editor lists files.
pub(crate) const DEPTH_MAX: usize = 12;
/// How many lines of a job are sent to pages.
pub(crate) const JOB_LINES_MAX: usize = 200;
/// How much of the end of a background process's log is shown.
pub(crate) const LOG_BYTES_MAX: u64 = 64 << 10;
/// How long a command that was stopped has to give the prompt back.
pub(crate) const STOP_COMMAND_MAX: Duration = Duration::from_secs(3);
/// How long a shell may take to show its prompt: at its start, and after a command has ended.
pub(crate) const PROMPT_MAX: Duration = Duration::from_secs(30);
/// How long a shell may take to begin a command that was typed.
pub(crate) const BEGIN_COMMAND_MAX: Duration = Duration::from_secs(10);
/// How many questions to Prometheus may be under way; `scenario-core` bounds each in time and size.
pub(crate) const QUESTIONS_MAX: usize = 16;
/// How long Prometheus may work on a question: less than we wait for its answer.
pub(crate) const QUESTION_TIME: &str = "4s";
/// How often the files on disk, the ports and the book are polled.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often the lab itself runs the checks of the step that is being read.
pub(crate) const CHECK_EVERY: Duration = Duration::from_secs(5);
/// How many messages a page may be behind before it must reconnect.
pub(crate) const MESSAGES_BEHIND_MAX: usize = 1024;
/// How long mdBook may take to write the pages of a book, with the programs that its `book.toml` names.
pub(crate) const RENDER_MAX: Duration = Duration::from_secs(120);
/// How many mistakes of a book are sent to pages.
pub(crate) const MISTAKES_MAX: usize = 100;
/// How many lines that a program has named are sent to pages with a failure.
pub(crate) const PLACES_MAX: usize = 5;
/// How long the command may take that looks for mistakes after a save: the first time it may have to compile much.
pub(crate) const AFTER_SAVE_MAX: Duration = Duration::from_secs(120);
/// How many mistakes that such a command has found are sent to pages.
pub(crate) const PROBLEMS_MAX: usize = 100;
/// How much is sent of what such a command says about one mistake.
pub(crate) const PROBLEM_CHARS_MAX: usize = 2000;
/// How much of a line of a terminal is searched for lines of files.
pub(crate) const SEARCHED_BYTES_MAX: usize = 4 << 10;
/// How long a file may take to be formatted.
pub(crate) const FORMAT_MAX: Duration = Duration::from_secs(5);
/// How long the name of a terminal may be.
pub(crate) const NAME_CHARS_MAX: usize = 24;
