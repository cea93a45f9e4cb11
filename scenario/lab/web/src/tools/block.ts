// What the buttons of a block do. A request names only the block; the server knows from the book what it does.

import { announce } from '../announce.ts';
import { Refusal, blocks, terminals } from '../api.ts';
import type { Applied, Block } from '../contract.ts';
import { ask } from '../dialogs.ts';
import { closeFile, dirtyPaths, isDirty, reload, save, saveAll, showChange } from '../editor/buffers.ts';
import { go, lastTerminal, show } from '../panes.ts';
import { steps } from '../state.ts';
import { attempt, failed } from './attempt.ts';
import { browse } from './service.ts';

type Edit = Block & { kind: 'edit' };

/** Applies an edit to the file and shows it. Asks first if the file is not saved in the editor. */
export async function copyToEditor(block: Edit): Promise<void> {
    if (isDirty(block.file) && !(await settle(block.file))) {
        return;
    }
    try {
        await showApplied(block, await blocks.apply(block.id));
    } catch (error) {
        if (error instanceof Refusal && error.more['restore'] === true) {
            await offerToRestore(block, error);
        } else {
            failed(`${block.file} was not changed`, error);
        }
    }
}

async function settle(path: string, what = 'apply'): Promise<boolean> {
    const text = 'The block changes the file on disk. What you have not saved would not be part of it.';
    const answer = await ask(`${path} is not saved`, text, [
        { value: 'save', label: `Save, then ${what} the block`, first: true },
        { value: 'drop', label: `Drop my changes, then ${what}` },
    ]);
    if (answer === 'drop') {
        if (!(await reload(path))) {
            return false;
        }
        if (isDirty(path)) {
            // It was removed on disk: there is nothing to take instead.
            closeFile(path);
        }
    }
    return answer === 'drop' || (answer === 'save' && (await save(path)));
}

async function showApplied(block: Edit, applied: Applied): Promise<void> {
    await showChange(applied.path, applied.changed);
    const kept = applied.kept ? ` What you had is kept in ${applied.kept}.` : '';
    if (applied.outcome === 'already') {
        announce(`Already there: ${applied.path} has this block.`, 'plain');
    } else {
        const restore = { label: 'Restore mine', act: () => void undo(block) };
        announce(`${applied.path} is changed.${kept}`, 'good', applied.kept ? restore : undefined);
    }
}

async function offerToRestore(block: Edit, refusal: Refusal): Promise<void> {
    const text = `${refusal.message}${refusal.help ? `\n${refusal.help}` : ''}`;
    const answer = await ask(`${block.file} does not match the book`, text, [
        { value: 'restore', label: `Restore ${block.file} to this step`, first: true },
    ]);
    if (answer === 'restore') {
        try {
            await showApplied(block, await blocks.restore(block.id));
        } catch (error) {
            failed(`${block.file} was not restored`, error);
        }
    }
}

/** Runs the commands of a block in the terminal that was used last, or in the one that the book names. */
export async function run(block: Block): Promise<void> {
    if (await areSaved()) {
        await typeIn(block, namesTerminals() ? '' : lastTerminal.value);
    }
}

/** Whether the book has blocks for several terminals; then each block has its own. */
function namesTerminals(): boolean {
    const blocks = steps.value.flatMap((step) => step.blocks);
    return new Set(blocks.map((block) => (block.kind === 'command' ? block.terminal : 'T1'))).size > 1;
}

async function typeIn(block: Block, terminal: string, busy: 'ask' | 'stop' = 'ask'): Promise<void> {
    try {
        const id = await blocks.run(block.id, terminal, busy);
        if (id) {
            show(`terminal:${id}`);
        }
    } catch (error) {
        const more = error instanceof Refusal ? error.more : {};
        if (error instanceof Refusal && typeof more['busy'] === 'object') {
            await elsewhere(block, error);
        } else if (error instanceof Refusal && error.status === 404 && terminal) {
            // The terminal was closed in another window.
            lastTerminal.value = '';
            await typeIn(block, '');
        } else {
            failed('not run', error);
        }
    }
}

/** Commands work on files as they are on disk. */
async function areSaved(): Promise<boolean> {
    const dirty = dirtyPaths();
    if (dirty.length === 0) {
        return true;
    }
    const answer = await ask('Save first?', `${dirty.join(', ')}: not saved. Commands see only what is saved.`, [
        { value: 'save', label: 'Save and run', first: true },
        { value: 'run', label: 'Run without saving' },
    ]);
    return answer === 'run' || (answer === 'save' && (await saveAll()));
}

/** The terminal is busy: stop what runs there, or take another one. */
async function elsewhere(block: Block, refusal: Refusal): Promise<void> {
    const busy = refusal.more['busy'] as { terminal: string; command: string };
    const free = refusal.more['free'] as string | null;
    const text = `It runs: ${busy.command}`;
    const answer = await ask(`T${busy.terminal} is busy`, text, [
        { value: 'other', label: free ? `Run in T${free}` : 'Run in a new terminal', first: true },
        { value: 'stop', label: 'Stop it and run' },
    ]);
    if (answer === 'stop') {
        await typeIn(block, busy.terminal, 'stop');
    } else if (answer === 'other') {
        const id = free ?? (await openTerminal(false));
        if (id) {
            await typeIn(block, id);
        }
    }
}

/** Opens one more terminal; its id. */
export async function openTerminal(goes = true): Promise<string | null> {
    const had = document.activeElement;
    try {
        const id = await terminals.open();
        if (goes) {
            go(`terminal:${id}`, had);
        }
        return id;
    } catch (error) {
        failed('no terminal was opened', error);
        return null;
    }
}

/** Starts what a block keeps running. */
export async function start(block: Block): Promise<void> {
    if (await areSaved()) {
        await attempt('not started', blocks.run(block.id));
    }
}

export function stop(block: Block): Promise<boolean> {
    return attempt('not stopped', blocks.stop(block.id));
}

/** Shows a query in Prometheus. */
export function askPrometheus(block: Block & { kind: 'query' }): void {
    void attempt('the tick was not kept', blocks.asked(block.id));
    browse(block.query);
}

/** Puts the file of a block back as it was before. */
export async function undo(block: Edit): Promise<void> {
    if (isDirty(block.file) && !(await settle(block.file, 'undo'))) {
        return;
    }
    if (await attempt('not undone', blocks.undo(block.id))) {
        announce(`${block.file} is as it was before the block.`, 'good');
    }
}
