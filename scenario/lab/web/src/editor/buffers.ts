// The open files: what the learner has written and not saved yet is never overwritten. One buffer a file, one
// editor for all of them.

import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, indentOnInput, indentUnit } from '@codemirror/language';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension, type Text, type TransactionSpec } from '@codemirror/state';
import { EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from '@codemirror/view';
import { effect, signal } from '@preact/signals';

import { announce } from '../announce.ts';
import { type Read, Refusal, files, describe } from '../api.ts';
import { onFocus, show } from '../panes.ts';
import { changedFile, connection, problems } from '../state.ts';
import { comfort, followComfort } from './comfort.ts';
import { colours, languageOf } from './languages.ts';
import { type Lines, marks, setMarks } from './marks.ts';
import { formatted, marked, offsetOf, problemMarks, wasChanged, wasSaved } from './problem.ts';

/** An open file. */
interface Buffer {
    state: EditorState;
    /** The text on disk, as far as is known; of a file that was removed, the last one. */
    saved: Text;
    /** What is on disk; `null` if nothing is there. */
    etag: string | null;
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
                change(path, { dirty: !update.state.doc.eq(buffer.saved) });
            }
        }),
    ];
}

function change(path: string, what: Partial<Open>): void {
    const known = opened.value.find((open) => open.path === path);
    const changes = known && Object.entries(what).some(([key, value]) => known[key as keyof Open] !== value);
    if (changes) {
        opened.value = opened.value.map((open) => (open.path === path ? { ...open, ...what } : open));
    }
}

/** Changes the state of an open file. */
function tell(path: string, buffer: Buffer, change: TransactionSpec): void {
    if (current.value === path) {
        view.dispatch(change);
    } else {
        buffer.state = buffer.state.update(change).state;
    }
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

/** Shows a file that is open. */
export function choose(path: string): void {
    const buffer = buffers.get(path);
    if (buffer && current.value !== path) {
        current.value = path;
        view.setState(buffer.state);
    }
}

/** Opens a file, or shows it if it is open; false if it cannot be read, which is announced unless it should be quiet. */
export async function openFile(path: string, quiet = false): Promise<boolean> {
    if (!buffers.has(path)) {
        try {
            const { text, etag } = await readNow(path);
            if (!buffers.has(path)) {
                const state = EditorState.create({ doc: text, extensions: extensions(path) });
                buffers.set(path, { state: state.update(marked(state, path)).state, saved: state.doc, etag });
                opened.value = [...opened.value, { path, dirty: false, conflict: null }];
            }
        } catch (error) {
            if (!quiet) {
                announce(`${path} was not opened: ${describe(error)}`, 'bad');
            }
            return false;
        }
    }
    choose(path);
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
            choose(next.path);
        }
    }
}

/** Saves a file; false if it was not, because it has changed on disk or the lab does not answer. */
export async function save(path: string, over = false): Promise<boolean> {
    const buffer = buffers.get(path);
    if (!buffer) {
        return true;
    }
    const before = buffer.state.doc;
    const better = over ? null : await formatted(path, before.toString());
    if (better !== null && buffer.state.doc.eq(before)) {
        replace(path, buffer, better, null);
    }
    const doc = buffer.state.doc;
    try {
        const etag = over ? await etagOnDisk(path) : buffer.etag;
        buffer.etag = await files.write(path, doc.toString(), etag);
        buffer.saved = doc;
        change(path, { dirty: !buffer.state.doc.eq(doc), conflict: null });
        wasSaved(path);
        return true;
    } catch (error) {
        if (error instanceof Refusal && error.status === 412) {
            const etag = await etagOnDisk(path);
            if (etag === null && buffer.etag !== null) {
                // It was removed meanwhile: nothing is overwritten by writing it again.
                buffer.etag = null;
                return save(path);
            }
            change(path, { conflict: etag === null ? 'removed' : 'changed' });
        }
        announce(`${path} was not saved: ${describe(error)}`, 'bad');
        return false;
    }
}

/** The last change on disk of each file of which a message has told, and how many there were. */
const told = new Map<string, { count: number; etag: string | null }>();

/** How often a file is read that changes all the time; the next message about it shows the text after that. */
const READS_MAX = 5;

/** Reads a file. The message that it has changed can come before the answer with the text of before: then once more. */
async function readNow(path: string): Promise<Read> {
    for (let reads = 1; ; reads += 1) {
        const before = told.get(path)?.count;
        const found = await files.read(path);
        const now = told.get(path);
        if (now?.count === before || now?.etag === found.etag || reads === READS_MAX) {
            return found;
        }
    }
}

async function etagOnDisk(path: string): Promise<string | null> {
    try {
        return (await readNow(path)).etag;
    } catch (error) {
        if (error instanceof Refusal && error.status === 404) {
            return null;
        }
        throw error;
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

/** Takes the file as it is on disk, if it is there; what was not saved here is gone, and can be undone. */
export async function reload(path: string, lines: Lines | null = null): Promise<void> {
    const buffer = buffers.get(path);
    if (!buffer) {
        return;
    }
    try {
        const { text, etag } = await readNow(path);
        replace(path, buffer, text, lines);
        buffer.etag = etag;
        buffer.saved = buffer.state.doc;
        change(path, { dirty: false, conflict: null });
    } catch (error) {
        if (error instanceof Refusal && error.status === 404) {
            markAsRemoved(path, buffer);
        } else {
            announce(`${path} was not read again: ${describe(error)}`, 'bad');
        }
    }
}

/** Changes only what differs, so that cursor and history stay. */
function replace(path: string, buffer: Buffer, text: string, lines: Lines | null): void {
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
    tell(path, buffer, spec);
}

/** Shows a file that a block has changed, and the lines that are new. */
export async function showChange(path: string, lines: Lines): Promise<void> {
    show('editor');
    if (buffers.has(path)) {
        choose(path);
        await reload(path, lines);
    } else if (await openFile(path)) {
        view.dispatch({ effects: setMarks.of(lines) });
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

// Another program, another window or a block has changed a file that is open.
effect(() => {
    const changed = changedFile.value;
    if (changed) {
        const { path, etag } = changed;
        told.set(path, { count: (told.get(path)?.count ?? 0) + 1, etag });
        onDisk(path, etag);
    }
});

// Files may have changed while the lab was not reachable.
effect(() => {
    if (connection.value === 'open') {
        for (const path of buffers.keys()) {
            void etagOnDisk(path).then((etag) => onDisk(path, etag));
        }
    }
});

followComfort((effects) => buffers.forEach((buffer, path) => tell(path, buffer, { effects })));

// While the command runs, the marks of its last run stay.
effect(() => {
    if (problems.value.state !== 'running') {
        buffers.forEach((buffer, path) => tell(path, buffer, marked(buffer.state, path)));
    }
});

/** Handles what is on disk now. */
function onDisk(path: string, etag: string | null): void {
    const buffer = buffers.get(path);
    if (!buffer || buffer.etag === etag) {
        return;
    }
    if (etag === null) {
        markAsRemoved(path, buffer);
    } else if (isDirty(path)) {
        change(path, { conflict: 'changed' });
    } else {
        void reload(path);
    }
}

/** A file that is gone does not count as unsaved. Saving it writes it again. */
function markAsRemoved(path: string, buffer: Buffer): void {
    buffer.etag = null;
    change(path, { conflict: 'removed' });
}

window.addEventListener('beforeunload', (event) => {
    if (dirtyPaths().length > 0) {
        event.preventDefault();
    }
});
