// What the page knows: signals, and how a message from the server changes them. Nothing is drawn or requested here.

import { batch, computed, signal } from '@preact/signals';

import type { Block, BookError, Check, Hello, Job, Message, Preflight, Problems, Service, Step, TerminalView, Untrusted } from './contract.ts';

/** Whether the server is there; `silent` is one that hangs, `full` one that has too many connections. */
export type Connection = 'opening' | 'open' | 'silent' | 'lost' | 'full' | 'stopped' | 'locked';

export const connection = signal<Connection>('opening');
/** What does not change while the server runs. */
export const lab = signal<Pick<Hello, 'build' | 'title' | 'workspace' | 'front' | 'page' | 'step'> | null>(null);
export const steps = signal<Step[]>([]);
export const guide = signal(false);
export const terminals = signal<TerminalView[]>([]);
export const services = signal<Service[]>([]);
export const preflight = signal<Preflight>({ looking: false, items: [], fixable: false });
export const job = signal<Job | null>(null);
/** What an imported book runs to which the learner has not agreed. */
export const untrusted = signal<Untrusted | null>(null);
/** Why the book on disk is not the one that is shown. */
export const bookError = signal<BookError | null>(null);
/** Grows when the book was rendered again. */
export const edition = signal(0);
/** What was found in files that were saved. */
export const problems = signal<Problems>({ state: 'never', command: '', text: '', list: [] });
/** Grows when a file has come or gone. */
export const listing = signal(0);
/** The file that has changed on disk last. */
export const changedFile = signal<{ path: string; etag: string | null } | null>(null);
/** The page of the book that is shown, as a path below `/book/`. */
export const page = signal('');
/** The page that is being loaded in its place; `null` once it is there. */
export const coming = signal<string | null>(null);
/** The step of the last target that has turned UP while the page was open. */
export const up = signal<{ step: number } | null>(null);
/** The server has a newer page than this one. */
export const outdated = signal(false);

/** The headings of the chapter that is shown, each a part of it. */
export const headings = signal<string[]>([]);

/** The step that is read; `null` on another page. */
export const reading = computed(() => steps.value.find((step) => step.page === page.value) ?? null);
/** The Prometheus that runs; else the first that the book starts. */
export const prometheus = computed(() => {
    const all = services.value.filter((service) => service.query !== null);
    return all.find((service) => service.up) ?? all[0] ?? null;
});
export const jobRuns = computed(() => job.value?.state === 'running');

/** What a step and an exercise have. */
type Part = Pick<Step, 'blocks' | 'checks'>;

/** The steps, and the exercises of each. */
function parts(): Part[] {
    return steps.value.flatMap((step) => [step, ...step.exercises]);
}

export function blockOf(id: string): Block | undefined {
    return parts().flatMap((part) => part.blocks).find((block) => block.id === id);
}

export function checkOf(id: string): Check | undefined {
    return parts().flatMap((part) => part.checks).find((check) => check.id === id);
}

/** Handles a message. */
export function take(message: Message): void {
    batch(() => handle(message));
}

function handle(message: Message): void {
    switch (message.type) {
        case 'hello':
            greet(message);
            break;
        case 'progress':
            guide.value = message.guide;
            break;
        case 'block':
            changeParts(message.step, ({ blocks }) => ({ blocks: blocks.map(put(message.block)) }));
            break;
        case 'check':
            celebrate(message.step, message.check);
            changeParts(message.step, ({ checks }) => ({ checks: checks.map(put(message.check)) }));
            break;
        case 'checked':
            changeStep(message.step, (step) => ({ ...step, done: message.done }));
            break;
        case 'terminals':
            terminals.value = message.terminals;
            break;
        case 'services':
            services.value = message.services;
            break;
        case 'preflight':
            preflight.value = message.preflight;
            break;
        case 'job':
            job.value = message.job;
            break;
        case 'problems':
            problems.value = message.problems;
            break;
        case 'files':
            listing.value += 1;
            break;
        case 'file':
            changedFile.value = { path: message.path, etag: message.etag };
            break;
        case 'book':
            bookError.value = message.error;
            lab.value = lab.value && { ...lab.value, title: message.title };
            edition.value += message.error === null ? 1 : 0;
            break;
        case 'steps':
            steps.value = message.steps;
            break;
        case 'trust':
            untrusted.value = message.untrusted;
            break;
        case 'alive':
            break;
        case 'stopping':
            connection.value = 'stopped';
            break;
    }
}

function greet(hello: Hello): void {
    const known = lab.value;
    outdated.value = known !== null && known.build !== hello.build;
    lab.value = { ...hello, build: known?.build ?? hello.build };
    steps.value = hello.steps;
    guide.value = hello.guide;
    terminals.value = hello.terminals;
    services.value = hello.services;
    preflight.value = hello.preflight;
    bookError.value = hello.book_error;
    untrusted.value = hello.untrusted;
    problems.value = hello.problems;
    // A job that had ended before this window was opened is not shown.
    const isOurs = hello.job?.state === 'running' || hello.job?.id === job.peek()?.id;
    job.value = isOurs ? hello.job : null;
    for (const check of hello.steps.flatMap((step) => step.checks)) {
        if (check.kind === 'up' && check.state === 'passed') {
            upBefore.add(check.id);
        }
    }
    // Files and book may have changed while the page was not connected.
    listing.value += 1;
    if (known) {
        edition.value += 1;
    }
    connection.value = 'open';
}

function put<T extends { id: string }>(fresh: T): (old: T) => T {
    return (old) => (old.id === fresh.id ? fresh : old);
}

function changeStep(number: number, change: (step: Step) => Step): void {
    steps.value = steps.value.map((step) => (step.number === number ? change(step) : step));
}

/** Changes the blocks or the checks of a step and of its exercises. */
function changeParts(number: number, change: (part: Part) => Partial<Part>): void {
    changeStep(number, (step) => ({
        ...step,
        ...change(step),
        exercises: step.exercises.map((exercise) => ({ ...exercise, ...change(exercise) })),
    }));
}

/** The targets that were UP when last checked. While one is checked again, it counts as before. */
const upBefore = new Set<string>();

/** Celebrates a target that turns UP while the page is open: the reader has worked for it. */
function celebrate(step: number, check: Check): void {
    if (check.kind !== 'up' || check.state === 'running') {
        return;
    }
    if (check.state !== 'passed') {
        upBefore.delete(check.id);
        up.value = up.value?.step === step ? null : up.value;
    } else if (!upBefore.has(check.id)) {
        upBefore.add(check.id);
        up.value = { step };
    }
}
