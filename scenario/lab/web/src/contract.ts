// What the server says, as JSON: the messages of `/ws/events` and the answers of `/api`. The names are those of
// `scenario/lab/src/message.rs`; what is done with them is not decided here.

export type Message =
    | ({ type: 'hello' } & Hello)
    | { type: 'progress'; step: number; guide: boolean }
    | { type: 'block'; step: number; block: Block }
    | { type: 'check'; step: number; check: Check }
    | { type: 'checked'; step: number; passed: number; total: number; done: boolean; by: 'learner' | 'lab' }
    | { type: 'terminals'; terminals: Terminal[] }
    | { type: 'services'; services: Service[] }
    | { type: 'preflight'; preflight: Preflight }
    | { type: 'job'; job: Job }
    | { type: 'files' }
    | { type: 'file'; path: string; etag: string | null }
    | { type: 'book'; error: string | null; mistakes: Mistake[] }
    | { type: 'steps'; steps: Step[] }
    | { type: 'stopping' };

/** Everything that a page shows. */
export interface Hello {
    /** Changes when the page's own script does. */
    build: string;
    title: string;
    workspace: string;
    /** The words before a command in messages, such as `cargo xtask`. */
    front: string;
    /** The first page of the book. */
    page: string;
    steps: Step[];
    /** The step that is being read. */
    step: number;
    guide: boolean;
    terminals: Terminal[];
    services: Service[];
    preflight: Preflight;
    job: Job | null;
}

export interface Step {
    number: number;
    title: string;
    /** A path below `/book/`. */
    page: string;
    blocks: Block[];
    checks: Check[];
    done: boolean;
}

export type Block = {
    id: string;
    used: boolean;
    state?: BlockState;
} & (
    | { kind: 'edit'; file: string; verb: string }
    | { kind: 'command'; commands: string[] }
    | { kind: 'background'; commands: string[]; name: string }
    | { kind: 'query'; query: string; check: string }
    | { kind: 'ignored' }
);

export interface BlockState {
    now: 'running' | 'passed' | 'failed' | 'stopped';
    text: string;
}

export interface Check {
    id: string;
    /** `up` is a target that must be UP, `target` one that must not. */
    kind: 'http' | 'up' | 'target' | 'query';
    title: string;
    state: 'unknown' | 'asking' | 'passed' | 'failed';
    text: string;
    expected: string;
    found: string;
    detail: string;
    help: string;
}

export interface Terminal {
    id: string;
    alive: boolean;
    /** The command that runs in it. */
    busy: string | null;
}

export interface Service {
    name: string;
    port: number;
    up: boolean;
    /** Whether it lets itself be framed. */
    frames: boolean;
    /** The step that starts it. */
    step: number;
    /** Paths that the book mentions; the first is where to begin. */
    paths: string[];
    /** What stands before an encoded PromQL expression; only Prometheus has it. */
    query: string | null;
}

export interface Preflight {
    looking: boolean;
    items: PreflightItem[];
    fixable: boolean;
}

export interface PreflightItem {
    name: string;
    state: 'present' | 'missing' | 'taken';
    detail: string;
    fix: string | null;
    help: string;
}

export interface Job {
    id: number;
    kind: 'solve' | 'begin' | 'start' | 'provide';
    step: number | null;
    title: string;
    state: 'running' | 'passed' | 'failed' | 'cancelled';
    lines: { mark: string; text: string }[];
}

/** What *Copy to editor* has done. */
export interface Applied {
    outcome: 'applied' | 'already';
    path: string;
    etag: string;
    /** Ranges of lines, counted from 1, both ends included. */
    changed: [number, number][];
    /** Where the learner's file went, if it was put aside. */
    kept: string | null;
}

/** A file that the book has otherwise at the end of a step. */
export interface Difference {
    path: string;
    mine: string | null;
    book: string | null;
}

/** A file of the workspace. */
export interface Listed {
    path: string;
    /** Whether the book writes it. */
    book: boolean;
}

/** A mistake in a page of the book, and where it is; `line` and `column` are counted from 1. */
export type Mistake = {
    path: string;
    line: number;
    column: number;
    code: string;
    message: string;
    help: string[];
};
