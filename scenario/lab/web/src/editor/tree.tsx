// The files of the workspace as a tree. Folders are opened and closed by the browser's own means.

import { effect, signal } from '@preact/signals';

import { announce } from '../announce.ts';
import { files, describe } from '../api.ts';
import type { FileEntry } from '../contract.ts';
import { connection, listing } from '../state.ts';
import { current, openFile } from './buffers.ts';

export const listed = signal<FileEntry[]>([]);
const folders = signal<string[]>([]);
const truncated = signal(false);

effect(() => {
    if (listing.value > 0 && connection.value === 'open') {
        listFiles();
    }
});

/** How often it was asked for the files: an answer to an older request may come after that to the last one. */
let asked = 0;

/** Asks for the files again. */
export function listFiles(): void {
    asked += 1;
    const mine = asked;
    files.list().then(
        (found) => {
            if (mine === asked) {
                listed.value = found.files;
                folders.value = found.folders;
                truncated.value = found.truncated;
            }
        },
        (error: unknown) => announce(`the files were not listed: ${describe(error)}`, 'bad'),
    );
}

/** Whether a path has all words of a text, in any order. */
export function matches(path: string, text: string): boolean {
    const low = path.toLowerCase();
    return text.toLowerCase().split(/\s+/).every((word) => low.includes(word));
}

/** What the files that are shown have in their paths. */
const filter = signal('');
/** With fewer files there is nothing to look for. */
const FILTERED_FROM = 8;

interface Folder {
    folders: Map<string, Folder>;
    files: FileEntry[];
}

function folded(all: FileEntry[], empty: string[]): Folder {
    const root: Folder = { folders: new Map(), files: [] };
    const at = (parts: string[]) => {
        let folder = root;
        for (const part of parts) {
            const inside = folder.folders.get(part) ?? { folders: new Map(), files: [] };
            folder.folders.set(part, inside);
            folder = inside;
        }
        return folder;
    };
    for (const path of empty) {
        at(path.split('/'));
    }
    for (const file of all) {
        at(file.path.split('/').slice(0, -1)).files.push(file);
    }
    return root;
}

/** The tree, or a hint if there are no files. */
export function Tree() {
    const found = listed.value.filter(({ path }) => matches(path, filter.value));
    return (
        <>
            {listed.value.length >= FILTERED_FROM && (
                <input
                    type="text"
                    class="filter"
                    placeholder="Filter"
                    aria-label="Filter the files"
                    spellcheck={false}
                    value={filter.value}
                    onInput={(event) => (filter.value = event.currentTarget.value)}
                />
            )}
            {listed.value.length === 0 ? (
                <p class="empty">No files yet. <b>Copy to editor</b> at a block of the book makes the first one.</p>
            ) : (
                found.length === 0 && <p class="empty">No file has this in its path.</p>
            )}
            <Level folder={folded(found, filter.value.trim() ? [] : folders.value)} />
            {truncated.value && (
                <p class="empty">There are more files than are listed here. Those of the book are; <kbd>Ctrl+P</kbd> opens any by its path.</p>
            )}
        </>
    );
}

function Level({ folder }: { folder: Folder }) {
    return (
        <ul>
            {[...folder.folders].map(([name, inside]) => (
                <li key={`${name}/`}>
                    <details open>
                        <summary>{name}</summary>
                        <Level folder={inside} />
                    </details>
                </li>
            ))}
            {folder.files.map((file) => (
                <li key={file.path}>
                    <button
                        type="button"
                        class={file.book ? 'file' : 'file own'}
                        title={file.book ? file.path : `${file.path}: the book does not write this file`}
                        aria-current={current.value === file.path ? 'true' : undefined}
                        onClick={() => void openFile(file.path)}
                    >
                        {file.path.split('/').at(-1)}
                    </button>
                </li>
            ))}
        </ul>
    );
}
