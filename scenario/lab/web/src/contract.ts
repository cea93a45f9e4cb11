// The messages of `/ws/events` and the answers of `/api`. Made from the types of the server, of `message.rs` above all:
// a test there compares this file with them, and writes it anew with SNAPSHOTS=overwrite.

/**
 * One message to all pages.
 */
export type Message = { "type": "hello" } & Hello | { "type": "progress", step: number, guide: boolean, } | { "type": "block", step: number, block: Block, } | { "type": "check", step: number, check: Check, } | { "type": "checked", step: number, passed: number, total: number, done: boolean, by: By, } | { "type": "terminals", terminals: Array<TerminalView>, } | { "type": "services", services: Array<Service>, } | { "type": "preflight", preflight: Preflight, } | { "type": "job", job: Job, } | { "type": "problems", problems: Problems, } | { "type": "files" } | { "type": "file", path: string, etag: string | null, } | { "type": "book", error: BookError | null, title: string, } | { "type": "steps", steps: Array<Step>, } | { "type": "trust", untrusted: Untrusted | null, } | { "type": "alive" } | { "type": "stopping" };

/**
 * Everything that a page shows.
 */
export type Hello = { build: string, title: string, workspace: string, front: string, page: string, steps: Array<Step>, step: number, guide: boolean, terminals: Array<TerminalView>, services: Array<Service>, preflight: Preflight, job: Job | null, book_error: BookError | null, untrusted: Untrusted | null, problems: Problems, };

/**
 * What an imported book runs to which the learner has not agreed. Until then nothing of it is run.
 */
export type Untrusted = { 
/**
 * Names exactly this; it is what the learner agrees to.
 */
digest: string, 
/**
 * How many commands, files and checks there are, in words.
 */
counts: string, };

/**
 * All that an imported book runs.
 */
export type Listing = { 
/**
 * Names exactly this.
 */
digest: string, listed: Array<Listed>, 
/**
 * How many more there are.
 */
more: number, };

/**
 * A command, a file or a check of an imported book.
 */
export type Listed = { 
/**
 * `command`, `file` or `check`.
 */
kind: string, 
/**
 * What is done with the file.
 */
title: string, 
/**
 * The command, the text of the file, or what is asked.
 */
text: string, 
/**
 * How many more bytes the text has.
 */
more: number, 
/**
 * The place in the book.
 */
position: string, };

/**
 * Why the book on disk could not be rendered. The pages are those of its last version without mistakes.
 */
export type BookError = { 
/**
 * What happened, and what to do next, unless its pages have mistakes.
 */
message: string | null, 
/**
 * The first mistakes in its pages.
 */
mistakes: Array<Mistake>, 
/**
 * How many mistakes there are.
 */
count: number, };

/**
 * A mistake in a page of the book, and where it is.
 */
export type Mistake = { path: string, line: number, column: number, code: string, message: string, 
/**
 * The line, with the mistake underlined.
 */
excerpt: string, help: Array<string>, 
/**
 * The page as it is shown, below `/book/`.
 */
page: string | null, 
/**
 * The last block above the mistake, on that page.
 */
block: string | null, };

/**
 * A line of a file that a program has complained about, and where the book has it.
 */
export type Place = { 
/**
 * The file, relative to the workspace.
 */
file: string, 
/**
 * Its line, counted from 1.
 */
line: number, 
/**
 * The place in the book, for a person.
 */
origin: string, 
/**
 * The page as it is shown, below `/book/`.
 */
page: string | null, 
/**
 * The block that has the line, on that page.
 */
block: string | null, 
/**
 * Which line of the block's text it is, counted from 1.
 */
row: number | null, };

/**
 * A section of the book that a search has found.
 */
export type Found = { 
/**
 * Its page and heading, as an address below `/book/`.
 */
page: string, 
/**
 * The titles of what it is in, and its own.
 */
title: string, 
/**
 * The text around the first word of the query.
 */
text: string, };

/**
 * What the book's command after a save has found in the files of a folder.
 */
export type Problems = { state: Looking, 
/**
 * The command, for a person; empty if none has run.
 */
command: string, 
/**
 * One line for a person: how many there are, or why that is not known.
 */
text: string, list: Array<FileProblem>, };

export type Looking = "never" | "running" | "done" | "failed";

/**
 * A mistake in a file.
 */
export type FileProblem = { 
/**
 * The file, relative to the workspace.
 */
path: string, 
/**
 * Where it begins, counted from 1; columns are characters.
 */
line: number, column: number, 
/**
 * Where it ends; the column is the one behind it.
 */
end_line: number, end_column: number, severity: Severity, 
/**
 * One line for a person.
 */
message: string, 
/**
 * All that the command says about it.
 */
detail: string, 
/**
 * Where the book has the line.
 */
place: Place | null, };

export type Severity = "error" | "warning";

/**
 * A line of a file that a line of a terminal names.
 */
export type NamedLine = { 
/**
 * Where the terminal's line names it: from one UTF-16 unit to another.
 */
start: number, end: number, 
/**
 * The file, relative to the workspace.
 */
path: string, 
/**
 * The line, counted from 1.
 */
line: number, 
/**
 * The column, counted from 1.
 */
column: number | null, 
/**
 * Where the book has the line.
 */
place: Place | null, };

/**
 * A text that a formatter was given.
 */
export type Formatted = { 
/**
 * The formatted text; none if it is to stay as it is.
 */
text: string | null, 
/**
 * Why it is to stay, if a person should know.
 */
why: string, };

/**
 * By whom checks were run.
 */
export type By = "learner" | "lab";

export type Step = { 
/**
 * Which step it is, counted from 1.
 */
number: number, 
/**
 * Its number as mdBook counts: `2`, or `2.1` where chapters are nested.
 */
label: string, title: string, page: string, blocks: Array<Block>, checks: Array<Check>, 
/**
 * What the learner does alone afterwards; no part of the step.
 */
exercises: Array<Exercise>, done: boolean, };

/**
 * An exercise of a step.
 */
export type Exercise = { name: string, 
/**
 * The blocks of its solution.
 */
blocks: Array<Block>, checks: Array<Check>, };

/**
 * A block of the plan, and its state.
 */
export type Block = { id: string, 
/**
 * Whether the learner has used it.
 */
used: boolean, state: BlockState | null, } & ({ "kind": "edit", file: string, verb: string, } | { "kind": "command", commands: Array<string>, 
/**
 * The terminal that the page names, or `T1`.
 */
terminal: string, } | { "kind": "background", commands: Array<string>, name: string, } | { "kind": "query", query: string, check: string, 
/**
 * What the page shows of its result, or expects of it, in lines.
 */
shown: Array<string>, } | { "kind": "ignored" });

export type BlockState = { now: Now, 
/**
 * One line for a person.
 */
text: string, 
/**
 * The terminal that its commands are typed into.
 */
terminal: string | null, 
/**
 * More lines, such as a difference; may be empty.
 */
detail: string, 
/**
 * The lines of the book's files that the output names.
 */
places: Array<Place>, };

export type Now = "running" | "passed" | "failed" | "stopped";

export type Check = { id: string, kind: CheckKind, title: string, state: CheckState, text: string, expected: string, found: string, detail: string, help: string, };

export type CheckKind = "http" | "query" | "up" | "target" | "command" | "file";

export type CheckState = "unknown" | "running" | "passed" | "failed";

export type TerminalView = { id: string, 
/**
 * What the learner calls it; may be empty.
 */
name: string, alive: boolean, 
/**
 * The command that runs in it.
 */
busy: string | null, };

export type Service = { name: string, port: number, up: boolean, 
/**
 * Whether it lets itself be framed.
 */
frames: boolean, 
/**
 * The step that starts it.
 */
step: number, 
/**
 * Paths that the book mentions; the first is where to begin.
 */
paths: Array<string>, 
/**
 * The path before an encoded PromQL expression.
 */
query: string | null, };

export type Preflight = { looking: boolean, items: Array<PreflightItem>, 
/**
 * Whether a button can provide something that is missing.
 */
fixable: boolean, };

export type PreflightItem = { name: string, state: Presence, detail: string, fix: string | null, help: string, };

export type Presence = "present" | "missing" | "taken";

export type Job = { id: number, kind: JobKind, step: number | null, title: string, state: JobState, lines: Array<JobLine>, 
/**
 * Files of the learner's that it has replaced, and that can be put back.
 */
kept: Array<string>, };

export type JobKind = "solve" | "begin" | "start" | "provide";

export type JobState = "running" | "passed" | "failed" | "cancelled";

/**
 * A line of what a job reports.
 */
export type JobLine = { mark: Mark, text: string, 
/**
 * The place that the line is about, if a program has complained about it.
 */
place: Place | null, };

/**
 * What a line is about.
 */
export type Mark = "note" | "progress" | "passed" | "failed" | "more";

/**
 * What a query of the book finds now, against what the page shows.
 */
export type Compared = { same: boolean, 
/**
 * One line for a person.
 */
text: string, expected: string, found: string, 
/**
 * The difference, line by line; may be empty.
 */
detail: string, };

/**
 * The answer to *Copy to editor*.
 */
export type Applied = { outcome: Outcome, path: string, etag: string, 
/**
 * Ranges of lines of the new text, counted from 1, both ends included.
 */
changed: Array<[number, number]>, 
/**
 * Where the learner's own file was moved to.
 */
kept: string | null, };

/**
 * Whether the file was changed.
 */
export type Outcome = "applied" | "already";

/**
 * A file that differs from the book's at the end of a step.
 */
export type Difference = { path: string, mine: string | null, book: string | null, };

/**
 * What the book has running, and how long the lab was open.
 */
export type Running = { parts: Array<Part>, 
/**
 * For how many minutes a page of this workspace's lab was open, in all.
 */
minutes: number, };

/**
 * A process or a container of the book.
 */
export type Part = { 
/**
 * The id of the command that starts it.
 */
id: string, 
/**
 * The block of that command.
 */
block: string, name: string, kind: PartKind, 
/**
 * The label of the step that starts it.
 */
step: string, port: number | null, state: PartState, 
/**
 * One line for a person.
 */
text: string, };

export type PartKind = "process" | "container";

export type PartState = "running" | "ended" | "absent";

/**
 * The files of the workspace.
 */
export type FileList = { files: Array<FileEntry>, 
/**
 * The folders that the files are in, and those without files.
 */
folders: Array<string>, 
/**
 * Whether there are more.
 */
truncated: boolean, };

export type FileEntry = { path: string, 
/**
 * Whether the book writes it.
 */
book: boolean, };

/**
 * What the start page shows.
 */
export type Choices = { 
/**
 * Where the learner was last.
 */
last: Last | null, books: Array<Choice>, 
/**
 * Those that were imported into the user's folder.
 */
imported: Array<Choice>, 
/**
 * That folder.
 */
place: string, };

/**
 * A book.
 */
export type Choice = { 
/**
 * Its folder.
 */
path: string, title: string, };

/**
 * Where the learner was last.
 */
export type Last = { 
/**
 * The folder of the book.
 */
path: string, title: string, 
/**
 * The label and the title of the step.
 */
step: string, };

/**
 * Lines of files that have a text.
 */
export type FoundLines = { lines: Array<FoundLine>, 
/**
 * Why there may be more.
 */
cut: Cut | null, };

export type FoundLine = { path: string, 
/**
 * Its number, counted from 1.
 */
line: number, 
/**
 * What is around the text in it.
 */
text: string, };

/**
 * Which bound has ended a search.
 */
export type Cut = "lines" | "time" | "files";
