// What can be done with a terminal beside typing: find, clear, name it.

import { terminals as requests } from '../api.ts';
import { askName } from '../dialogs.ts';
import { terminals } from '../state.ts';
import { attempt } from '../tools/attempt.ts';
import { searched } from './find.tsx';

export function clear(id: string): void {
    void attempt(`T${id} was not cleared`, requests.clear(id));
}

async function name(id: string): Promise<void> {
    const known = terminals.value.find((terminal) => terminal.id === id)?.name ?? '';
    const name = await askName(`Name of T${id}`, 'It is shown on the tab, in all windows. Without one it is called by its number alone.', known, 'Name it');
    if (name !== null) {
        await attempt(`T${id} was not named`, requests.name(id, name));
    }
}

/** The buttons beside the tabs. */
export function TerminalTools({ id }: { id: string }) {
    return (
        <>
            <button
                type="button"
                class="quiet"
                title="Find in what it has shown (Ctrl+Shift+F)"
                aria-pressed={searched.value === id}
                onClick={() => (searched.value = searched.value === id ? null : id)}
            >
                Find
            </button>
            <button type="button" class="quiet" title="Empty it, and forget what was above (Ctrl+Shift+L)" onClick={() => clear(id)}>Clear</button>
            <button type="button" class="quiet" title="Give it a name" onClick={() => void name(id)}>Name</button>
        </>
    );
}
