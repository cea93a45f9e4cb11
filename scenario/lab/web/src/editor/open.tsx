// Opens a file by a part of its path, or by its whole path where it is not in the list.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

import { answerNothing } from '../dialogs.ts';
import { show } from '../panes.ts';
import { openFile } from './buffers.ts';
import { listed, listFiles, matches } from './tree.tsx';

const SHOWN_MAX = 12;

export function OpenFile() {
    const typed = useSignal('');
    const at = useSignal(0);
    useEffect(() => listFiles(), []);
    const found = listed.value.filter(({ path }) => matches(path, typed.value)).slice(0, SHOWN_MAX);
    const chosen = found[Math.min(at.value, found.length - 1)]?.path ?? typed.value.trim();
    const take = (path: string) => {
        answerNothing();
        show('editor');
        void openFile(path);
    };
    const key = (event: KeyboardEvent) => {
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (step && found.length > 0) {
            event.preventDefault();
            at.value = (at.value + step + found.length) % found.length;
        }
    };
    return (
        <form
            method="dialog"
            class="open-file"
            onSubmit={(event) => {
                event.preventDefault();
                if (chosen) {
                    take(chosen);
                }
            }}
        >
            <label>
                A part of its path, or all of it
                <input
                    type="text"
                    autofocus
                    spellcheck={false}
                    role="combobox"
                    aria-expanded="true"
                    aria-controls="open-file-list"
                    aria-activedescendant={found.length > 0 ? `open-file-${Math.min(at.value, found.length - 1)}` : undefined}
                    value={typed.value}
                    onKeyDown={key}
                    onInput={(event) => {
                        typed.value = event.currentTarget.value;
                        at.value = 0;
                    }}
                />
            </label>
            <ul id="open-file-list" role="listbox" aria-label="Files">
                {found.map(({ path }, index) => (
                    <li key={path} id={`open-file-${index}`} role="option" aria-selected={path === chosen} onClick={() => take(path)}>
                        {path}
                    </li>
                ))}
            </ul>
            {found.length === 0 && typed.value.trim() !== '' && <p class="help">Not in the list. Enter opens this path.</p>}
        </form>
    );
}
