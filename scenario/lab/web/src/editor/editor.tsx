// The editor's pane: the files of the workspace, the open ones, and the text of one.

import './editor.css';

import { useEffect, useRef } from 'preact/hooks';

import { ask, open as askFor } from '../dialogs.ts';
import { type Open, choose, closeFile, current, element, isDirty, opened, reload, save } from './buffers.ts';
import { deleteFile, newFile, newFolder, renameFile } from './change.ts';
import { Problems } from './problems.tsx';
import { Tree } from './tree.tsx';

export function Editor() {
    return (
        <div class="editor">
            <nav class="files" aria-label="Files of the workspace">
                <div class="files-head">
                    <button type="button" title="Ctrl+P" onClick={() => askFor({ kind: 'open' })}>Open</button>
                    <button type="button" title="Ctrl+Shift+F" aria-label="Search in all files" onClick={() => askFor({ kind: 'find' })}>Search</button>
                    <button type="button" onClick={() => void newFile()}>New file</button>
                    <button type="button" onClick={() => void newFolder()}>New folder</button>
                </div>
                <Tree />
            </nav>
            <div class="text">
                {opened.value.length > 0 && <OpenFiles />}
                <Conflict />
                <Text />
                <Problems />
                {current.value === null && (
                    <p class="empty">
                        Open a file of the list, or press <b>Copy to editor</b> at a block of the book.
                    </p>
                )}
            </div>
        </div>
    );
}

function OpenFiles() {
    const open = opened.value.find((one) => one.path === current.value);
    return (
        <div class="open-files">
            <ul aria-label="Open files">
                {opened.value.map((one) => (
                    <li key={one.path} class={one.path === current.value ? 'open current' : 'open'}>
                        <button
                            type="button"
                            title={one.path}
                            aria-current={one.path === current.value ? 'true' : undefined}
                            onClick={() => choose(one.path)}
                        >
                            {one.path.split('/').at(-1)}
                            {one.dirty && <span class="dirty" title="not saved"> ●<span class="heard"> not saved</span></span>}
                        </button>
                        <button type="button" class="close" aria-label={`Close ${one.path}`} onClick={() => void close(one)}>
                            ×
                        </button>
                    </li>
                ))}
            </ul>
            {open && open.conflict !== 'removed' && (
                <>
                    <button type="button" class="quiet" onClick={() => void renameFile(open.path)}>Rename</button>
                    <button type="button" class="quiet" onClick={() => void deleteFile(open.path)}>Delete</button>
                </>
            )}
            {open && (
                <button
                    type="button"
                    class="save"
                    title="Ctrl+S"
                    disabled={!open.dirty || open.conflict !== null}
                    onClick={() => void save(open.path)}
                >
                    Save
                </button>
            )}
        </div>
    );
}

/** The text: CodeMirror has made its element, and it stays the same one. */
function Text() {
    const place = useRef<HTMLDivElement>(null);
    useEffect(() => place.current?.append(element), []);
    return <div class="code" ref={place} hidden={current.value === null} />;
}

function Conflict() {
    const open = opened.value.find((one) => one.path === current.value);
    if (!open?.conflict) {
        return null;
    }
    const { path } = open;
    if (open.conflict === 'removed') {
        return (
            <div class="conflict" role="alert">
                <span>{path} was removed on disk.</span>
                <button type="button" onClick={() => void save(path, true)}>Write it again</button>
                <button type="button" onClick={() => void close(open)}>Close it</button>
            </div>
        );
    }
    return (
        <div class="conflict" role="alert">
            <span>{path} has changed on disk, and you have changes that are not saved.</span>
            <button type="button" onClick={() => void reload(path)}>Take the one on disk</button>
            <button type="button" onClick={() => void save(path, true)}>Keep mine</button>
        </div>
    );
}

async function close(open: Open): Promise<void> {
    if (open.dirty) {
        const answer = await ask(`Close ${open.path}?`, 'It has changes that are not saved.', [
            { value: 'save', label: 'Save and close', first: true },
            { value: 'drop', label: 'Close without saving' },
        ]);
        // More may have been written while it was saved.
        if (answer === null || (answer === 'save' && (!(await save(open.path)) || isDirty(open.path)))) {
            return;
        }
    }
    closeFile(open.path);
}
