// A search in all files of the workspace, as they are on disk. A line that was found opens in the editor.

import { signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

import { describe, files } from '../api.ts';
import type { FoundLine, FoundLines } from '../contract.ts';
import { answerNothing } from '../dialogs.ts';
import { dirtyPaths, showLine } from './buffers.ts';

const PAUSE_MS = 200;
const CUTS = {
    lines: 'There may be more lines: only the first 200 are listed.',
    time: 'There may be more lines: not all files were read within 2 s.',
    files: 'There may be more lines: the workspace has more files than are listed.',
} as const;

/** What was searched for last. */
const typed = signal('');

export function FindInFiles() {
    const found = useSignal<FoundLines | null>(null);
    const failed = useSignal('');
    useEffect(() => {
        const text = typed.value.trim();
        let isLast = true;
        const ask = () =>
            files.search(text).then(
                (lines) => isLast && ([found.value, failed.value] = [lines, '']),
                (error: unknown) => isLast && ([found.value, failed.value] = [null, describe(error)]),
            );
        const timer = setTimeout(() => (text ? void ask() : (found.value = null)), PAUSE_MS);
        return () => {
            isLast = false;
            clearTimeout(timer);
        };
    }, [typed.value]);
    const dirty = dirtyPaths();
    return (
        <>
            <label>
                A text, in capitals or not
                <input
                    type="text"
                    autofocus
                    spellcheck={false}
                    value={typed.value}
                    onFocus={(event) => event.currentTarget.select()}
                    onInput={(event) => (typed.value = event.currentTarget.value)}
                />
            </label>
            {dirty.length > 0 && <p class="help">Searched as they are on disk, without what is not saved: {dirty.join(', ')}</p>}
            {failed.value && <p>{failed.value}</p>}
            {found.value && <Found found={found.value} />}
        </>
    );
}

function Found({ found }: { found: FoundLines }) {
    const paths = [...new Set(found.lines.map(({ path }) => path))];
    const of = (path: string) => found.lines.filter((line) => line.path === path);
    return (
        <div class="find">
            <p class="help" role="status">
                {count(found.lines.length, 'line')} in {count(paths.length, 'file')}. {found.cut && CUTS[found.cut]}
            </p>
            {paths.map((path) => (
                <section key={path} aria-label={path}>
                    <h3>{path}</h3>
                    <ul>{of(path).map((line) => <li key={line.line}><Line line={line} /></li>)}</ul>
                </section>
            ))}
        </div>
    );
}

function count(number: number, what: string): string {
    return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function Line({ line }: { line: FoundLine }) {
    const go = () => {
        answerNothing();
        void showLine(line.path, line.line);
    };
    return (
        <button type="button" onClick={go}>
            <span class="number">{line.line}</span> {line.text}
        </button>
    );
}
