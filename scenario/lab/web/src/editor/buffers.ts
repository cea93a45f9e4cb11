// The open files: what the learner has written and not saved yet is never overwritten. One buffer a file, one
// editor for all of them.

import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, indentOnInput, indentUnit } from '@codemirror/language';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension, StateEffect, type Text, type TransactionSpec } from '@codemirror/state';
import { EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from '@codemirror/view';
import { effect, signal, untracked } from '@preact/signals';

import { announce } from '../announce.ts';
import { Refusal, files, describe } from '../api.ts';
import { onFocus, show } from '../panes.ts';
import { changedFile, connection, problems } from '../state.ts';
import { attempt, failed } from '../tools/attempt.ts';
import { comfort, followComfort } from './comfort.ts';
import { etagTold, forget, hear, readIfThere, readNow } from './disk.ts';
import { colours, languageOf } from './languages.ts';
import { type Lines, marks, setMarks } from './marks.ts';
import { formatted, marked, offsetOf, problemMarks, wasChanged, wasSaved } from './problem.ts';

/** An open file. */
interface Buffer {
    path: string;
    state: EditorState;
    /** The text on disk, as far as is known; of a file that was removed, the last one. */
    saved: Text;
    /** What is on disk; `null` if nothing is there. */
    etag: string | null;
    /** What is done with the file last. */
    turn: Promise<unknown>;
}

/** What the editor shows of an open file. */
export interface Open {
    path: string;
    dirty: boolean;
    /** It was removed on disk, or has changed there while it was not saved here. */
    conflict: 'changed' | 'removed' | null;
}

export const opened = signal<Open[]>([]);
export const current = signal<string | null>(null);

const buffers = new Map<string, Buffer>();

const view = new EditorView({ state: EditorState.create() });

/** The editor's own element; it is made once, and shows one file after the other. */
export const element = view.dom;

function extensions(path: string): Extension[] {
    return [
        lineNumbers(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        history(),
        drawSelection(),
        indentOnInput(),
        indentUnit.of('    '),
        bracketMatching(),
        highlightSelectionMatches(),
        marks,
        problemMarks,
        comfort(),
        colours,
        languageOf(path),
        EditorView.contentAttributes.of({ 'aria-label': `${path}, editor`, tabindex: '0' }),
        keymap.of([
            { key: 'Mod-s', run: () => (void save(path), true) },
            // Esc, then Tab leaves the editor, as everywhere in CodeMirror; F6 does too.
            indentWithTab,
            ...searchKeymap,
            ...historyKeymap,
            ...defaultKeymap,
        ]),
        EditorView.updateListener.of((update) => {
            const buffer = buffers.get(path);
            if (buffer) {
                buffer.state = update.state;
                change(buffer, { dirty: isUnsaved(buffer) });
            }
        }),
    ];
}

/** Whether a file is open still: it can be closed while an answer is awaited. */
function isOpen(buffer: Buffer): boolean {
    return buffers.get(buffer.path) === buffer;
}

function isUnsaved(buffer: Buffer): boolean {
    return !buffer.state.doc.eq(buffer.saved);
}

function change(buffer: Buffer, what: Partial<Open>): void {
    const known = opened.value.find((open) => open.path === buffer.path);
    const changes = known && Object.entries(what).some(([key, value]) => known[key as keyof Open] !== value);
    if (changes && isOpen(buffer)) {
        opened.value = opened.value.map((open) => (open === known ? { ...open, ...what } : open));
    }
}

/** Changes the state of a file. */
function tell(buffer: Buffer, change: TransactionSpec): void {
    if (current.value === buffer.path && isOpen(buffer)) {
        view.dispatch(change);
    } else {
        buffer.state = buffer.state.update(change).state;
    }
}

/** Does one thing after the other with a file, so that none finds another half done. */
function inTurn<T>(buffer: Buffer, act: () => Promise<T>): Promise<T> {
    const turn = buffer.turn.then(act);
    buffer.turn = turn.catch(() => {});
    return turn;
}

export function isDirty(path: string): boolean {
    return opened.value.some((open) => open.path === path && open.dirty);
}

/** What is on disk of an open file, as far as is known. */
export function etagOf(path: string): string | null {
    return buffers.get(path)?.etag ?? null;
}

export function dirtyPaths(): string[] {
    return opened.value.filter((open) => open.dirty).map((open) => open.path);
}

/** Grows when a person asks for a file: one that was asked for before, and whose answer comes late, is not shown. */
let asked = 0;

/** Shows a file that is open, as a person wants. */
export function choose(path: string): void {
    asked += 1;
    display(path);
}

/** Shows a file that is open. */
export function display(path: string): void {
    const buffer = buffers.get(path);
    if (buffer && current.value !== path) {
        view.setState(buffer.state);
        current.value = path;
    }
}

/** Reads a file if it is not open, and adds it to those that are. */
export async function load(path: string): Promise<void> {
    if (buffers.has(path)) {
        return;
    }
    const { text, etag } = await readNow(path);
    if (!buffers.has(path)) {
        const state = EditorState.create({ doc: text, extensions: extensions(path) });
        const shown = state.update(marked(state, path)).state;
        buffers.set(path, { path, state: shown, saved: state.doc, etag, turn: Promise.resolve() });
        opened.value = [...opened.value, { path, dirty: false, conflict: null }];
    }
}

/** Opens a file and shows it, unless another was asked for meanwhile; false if it cannot be read, which is announced. */
export async function openFile(path: string): Promise<boolean> {
    asked += 1;
    const mine = asked;
    if (!(await attempt(`${path} was not opened`, load(path)))) {
        return false;
    }
    if (mine === asked) {
        display(path);
    }
    return true;
}

/** Closes a file, without saving it. */
export function closeFile(path: string): void {
    const index = opened.value.findIndex((open) => open.path === path);
    opened.value = opened.value.filter((open) => open.path !== path);
    buffers.delete(path);
    if (current.value === path) {
        current.value = null;
        const next = opened.value[index] ?? opened.value.at(-1);
        view.setState(EditorState.create());
        if (next) {
            display(next.path);
        }
    }
}

/** Gives an open file another path; what is written meanwhile stays. */
export async function move(path: string, to: string): Promise<void> {
    const buffer = buffers.get(path);
    if (buffer) {
        await inTurn(buffer, async () => {
            await files.rename(path, to, buffer.etag ?? '');
            if (isOpen(buffer)) {
                rename(buffer, to);
            }
        });
    }
}

function rename(buffer: Buffer, to: string): void {
    const { path } = buffer;
    // It was removed on disk.
    closeFile(to);
    buffers.delete(path);
    buffers.set(to, buffer);
    buffer.path = to;
    const isShown = current.value === path;
    opened.value = opened.value.map((open) => (open.path === path ? { ...open, path: to } : open));
    current.value = isShown ? to : current.value;
    tell(buffer, { effects: StateEffect.reconfigure.of(extensions(to)) });
    tell(buffer, marked(buffer.state, to));
}

/** Saves a file; false if it was not, because it has changed on disk or the lab does not answer. */
export async function save(path: string, over = false): Promise<boolean> {
    const buffer = buffers.get(path);
    return !buffer || inTurn(buffer, () => write(buffer, over));
}

async function write(buffer: Buffer, over: boolean): Promise<boolean> {
    const { path, etag: known } = buffer;
    const before = buffer.state.doc;
    const better = over ? null : await formatted(path, before.toString());
    if (better !== null && buffer.state.doc.eq(before)) {
        replace(buffer, better, null);
    }
    const doc = buffer.state.doc;
    try {
        const etag = over ? ((await readIfThere(path))?.etag ?? null) : known;
        buffer.etag = await files.write(path, doc.toString(), etag);
        buffer.saved = doc;
        change(buffer, { dirty: isUnsaved(buffer), conflict: null });
        wasSaved(path);
        return true;
    } catch (error) {
        if (error instanceof Refusal && error.status === 412) {
            await compare(buffer).catch(() => {});
            if (buffer.etag === null && known !== null && isOpen(buffer)) {
                // It was removed meanwhile: nothing is overwritten by writing it again.
                return write(buffer, false);
            }
            if (buffer.etag !== null && !isUnsaved(buffer)) {
                return true;
            }
        }
        announce(`${path} was not saved: ${describe(error)}`, 'bad');
        return false;
    }
}

/** Saves all that is not saved; false as soon as one file was not. */
export async function saveAll(): Promise<boolean> {
    for (const path of dirtyPaths()) {
        if (!(await save(path))) {
            return false;
        }
    }
    return true;
}

/** Takes a file as it is on disk, if it is there; what was not saved here is gone, and can be undone. False if it cannot be read. */
export async function reload(path: string): Promise<boolean> {
    const buffer = buffers.get(path);
    return !buffer || attempt(`${path} was not read again`, inTurn(buffer, () => compare(buffer, null, true)));
}

/** Compares a file with what is on disk now, and decides what a change there means: text that is not saved stays, unless it is to go. */
async function compare(buffer: Buffer, lines: Lines | null = null, drops = false): Promise<void> {
    const found = await readIfThere(buffer.path);
    if (found === null) {
        // A file that is gone does not count as unsaved. Saving it writes it again.
        buffer.etag = null;
        change(buffer, { conflict: 'removed' });
    } else if (drops || !isUnsaved(buffer) || buffer.state.doc.toString() === found.text) {
        replace(buffer, found.text, lines);
        buffer.etag = found.etag;
        buffer.saved = buffer.state.doc;
        change(buffer, { dirty: false, conflict: null });
    } else {
        change(buffer, { conflict: found.etag === buffer.etag ? null : 'changed' });
    }
}

/** Looks at a file after a message about it, or after some may have been missed. A message can be older than what was saved since. */
function look(buffer: Buffer): void {
    const hasConflict = () => opened.peek().some(({ path, conflict }) => path === buffer.path && conflict);
    const isNews = () => etagTold(buffer.path) !== buffer.etag || hasConflict();
    inTurn(buffer, async () => isNews() && compare(buffer)).catch((error: unknown) => {
        // If the lab does not answer, the page says so, and looks again once it does.
        if (error instanceof Refusal) {
            failed(`${buffer.path} was not read again`, error);
        }
    });
}

/** Changes only what differs, so that cursor and history stay. */
function replace(buffer: Buffer, text: string, lines: Lines | null): void {
    const old = buffer.state.doc.toString();
    if (old === text && lines === null) {
        return;
    }
    let start = 0;
    while (start < old.length && start < text.length && old[start] === text[start]) {
        start += 1;
    }
    let end = 0;
    const room = Math.min(old.length, text.length) - start;
    while (end < room && old[old.length - 1 - end] === text[text.length - 1 - end]) {
        end += 1;
    }
    const changes = { from: start, to: old.length - end, insert: text.slice(start, text.length - end) };
    const spec = { ...(old === text ? {} : { changes }), effects: lines ? [setMarks.of(lines)] : [] };
    tell(buffer, spec);
}

/** Shows a file that a block has changed, and the lines that are new. */
export async function showChange(path: string, lines: Lines): Promise<void> {
    show('editor');
    const wasOpen = buffers.has(path);
    await openFile(path);
    const buffer = buffers.get(path);
    if (buffer && wasOpen) {
        await attempt(`${path} was not read again`, inTurn(buffer, () => compare(buffer, lines)));
    } else if (buffer) {
        tell(buffer, { effects: setMarks.of(lines) });
    }
    wasChanged(path);
    const first = lines[0]?.[0];
    if (first !== undefined && current.value === path && first <= view.state.doc.lines) {
        const at = view.state.doc.line(first).from;
        view.dispatch({ effects: EditorView.scrollIntoView(at, { y: 'center' }) });
    }
}

/** Shows a line of a file, counted from 1, and selects it, or puts the cursor at a column of it. */
export async function showLine(path: string, number: number, column: number | null = null): Promise<void> {
    show('editor');
    if ((await openFile(path)) && current.value === path && number <= view.state.doc.lines) {
        const { from, to } = view.state.doc.line(number);
        const effects = EditorView.scrollIntoView(from, { y: 'center' });
        const at = column === null ? null : offsetOf(view.state.doc, number, column);
        view.dispatch({ selection: at === null ? { anchor: from, head: to } : { anchor: at }, effects });
        view.focus();
    }
}

onFocus('editor', () => view.focus());

// What they do with open files must not make them run again: hence `untracked`.

// Another program, another window or a block has changed a file.
effect(() => {
    const changed = changedFile.value;
    const buffer = changed && buffers.get(changed.path);
    if (changed) {
        hear(changed.path, changed.etag);
    }
    if (buffer) {
        untracked(() => look(buffer));
    }
});

// Files may have changed while the lab was not reachable.
effect(() => {
    if (connection.value === 'open') {
        forget();
        untracked(() => buffers.forEach(look));
    }
});

followComfort((effects) => buffers.forEach((buffer) => tell(buffer, { effects })));

// While the command runs, the marks of its last run stay.
effect(() => {
    if (problems.value.state !== 'running') {
        untracked(() => buffers.forEach((buffer) => tell(buffer, marked(buffer.state, buffer.path))));
    }
});

window.addEventListener('beforeunload', (event) => {
    if (dirtyPaths().length > 0) {
        event.preventDefault();
    }
});
