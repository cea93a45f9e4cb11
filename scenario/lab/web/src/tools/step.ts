// What the buttons of a step do: read it, check it, reset it, solve it, compare. They are drawn in `view/`.

import { computed, effect } from '@preact/signals';

import { machine, steps as requests } from '../api.ts';
import type { Step } from '../contract.ts';
import { ask, open } from '../dialogs.ts';
import { dirtyPaths, saveAll } from '../editor/buffers.ts';
import { show } from '../panes.ts';
import { coming, connection, edition, page, reading, steps } from '../state.ts';
import { attempt } from './attempt.ts';

type ShowPage = (page: string, block: string | null, row: number | null) => void;

let showPage: ShowPage = () => {};

/** Sets how a page of the book is shown; the book's frame does it. */
export function onRead(show: ShowPage): void {
    showPage = show;
}

/** Shows a page of the book, or a block of it, or a line of that. */
export function read(path: string, block: string | null = null, row: number | null = null): void {
    show('book');
    showPage(path, block, row);
}

/** Runs the checks of a step. */
export function check(step: Step): void {
    void attempt(`step ${step.label} was not checked`, requests.check(step.number));
}

/** Runs the checks of an exercise of a step. */
export function checkExercise(step: Step, name: string): void {
    void attempt(`exercise ${name} was not checked`, requests.checkExercise(step.number, name));
}

export function showDifference(step: Step): void {
    open({ kind: 'diff', step: step.number });
}

/** Reads the chapter after this one, or after the one that is on its way. */
export function readNext(): void {
    const from = coming.value ?? page.value;
    const number = steps.value.find((step) => step.page === from)?.number ?? 0;
    const next = steps.value.find((step) => step.number === number + 1);
    if (next) {
        read(next.page);
    }
}

/** What a question says about the learner's own files, which a job may change. */
function keeps(): string {
    const dirty = dirtyPaths();
    const saved = dirty.length > 0 ? `First ${dirty.join(', ')} ${dirty.length > 1 ? 'are' : 'is'} saved. ` : '';
    return `${saved}Files of yours that are not the book's are kept in .scenario/kept.`;
}

/** Brings files and services to the beginning of a step. */
export async function reset(step: Step): Promise<void> {
    const title = `Reset step ${step.label}?`;
    const text = `Files and services become what they are at the beginning of “${step.title}”. ${keeps()}`;
    const answer = await ask(title, text, [{ value: 'go', label: 'Reset step', first: true }]);
    if (answer && (await saveAll())) {
        await attempt(`step ${step.label} was not reset`, requests.begin(step.number));
    }
}

/** Brings files and services to the end of a step. */
export async function solve(step: Step): Promise<void> {
    const title = `Solve step ${step.label}?`;
    const text = `Every block of “${step.title}” is carried out for you. ${keeps()}`;
    const answer = await ask(title, text, [{ value: 'go', label: 'Solve step', first: true }]);
    if (answer && (await saveAll())) {
        await attempt(`step ${step.label} was not solved`, requests.solve(step.number));
    }
}

/** Reads a step; if the one before it is not done, files and services can be brought there too. */
export async function goTo(step: Step): Promise<void> {
    const before = steps.value.filter((other) => other.number < step.number && !other.done);
    read(step.page);
    if (before.length === 0) {
        return;
    }
    const title = `Go to step ${step.label}?`;
    const text =
        `${before.length === 1 ? `Step ${before[0]?.label} is` : 'The steps before it are'} not done. ` +
        `The lab can bring files and services to the beginning of “${step.title}”. ${keeps()}`;
    const answer = await ask(title, text, [
        { value: 'go', label: 'Bring them there', first: true },
        { value: 'read', label: 'Only read' },
    ]);
    if (answer === 'go' && (await saveAll())) {
        await attempt(`the lab did not go to step ${step.label}`, requests.begin(step.number));
    }
}

export function cancelJob(): void {
    void attempt('the job was not cancelled', machine.cancelJob());
}

/** The step that is read while the server is there. */
const here = computed(() => (connection.value === 'open' ? reading.value?.number : undefined));
let told: Promise<unknown> = Promise.resolve();

// The server checks the step that is read, also when the book was rendered again. One request after the other: of two at
// once the earlier may be handled last.
effect(() => {
    const number = here.value;
    void edition.value;
    if (number !== undefined) {
        const tell = () => attempt('your place in the book was not saved', requests.here(number));
        told = told.then(() => (here.peek() === number ? tell() : undefined));
    }
});
