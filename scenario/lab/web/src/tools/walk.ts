// The blocks of a step in their order: which is next, and all up to one, used one after the other as by their buttons.

import { effect, signal } from '@preact/signals';

import { announce } from '../announce.ts';
import { blocks } from '../api.ts';
import type { Block, Step } from '../contract.ts';
import { saveAll } from '../editor/buffers.ts';
import { lastTerminal, show } from '../panes.ts';
import { blockOf, connection, reading, steps } from '../state.ts';
import { failed } from './attempt.ts';
import { read } from './step.ts';

/** The blocks that are being used: which, and how many there are. */
export const walk = signal<{ at: number; total: number; name: string } | null>(null);
let isStopped = false;

/** What a block is called in a list. */
export function nameOf(block: Block): string {
    switch (block.kind) {
        case 'edit':
            return `Copy to editor: ${block.file}`;
        case 'command':
        case 'background':
            return `Run: ${block.commands[0]?.split('\n')[0] ?? ''}`;
        case 'query':
            return `Ask: ${block.query}`;
        case 'ignored':
            return '';
    }
}

/** The blocks of a step that can be used. */
export function usable(step: Step): Block[] {
    return step.blocks.filter(({ kind }) => kind !== 'ignored');
}

/** The first block that was not used: of the step that is read, else of the first that is not done. */
function next(): [Step, Block] | null {
    const here = reading.value;
    const after = steps.value.filter((step) => step !== here && !step.done);
    for (const step of here ? [here, ...after] : after) {
        const block = usable(step).find(({ used }) => !used);
        if (block) {
            return [step, block];
        }
    }
    return null;
}

export function goToNextBlock(): void {
    const found = next();
    if (found) {
        read(found[0].page, found[1].id);
    } else {
        announce('All blocks of this book were used.', 'plain');
    }
}

/** Which blocks of a step are used on the way to one. Queries are left to the reader. */
export function upTo(step: Step, block: Block): Block[] {
    const all = usable(step);
    const way = all.slice(0, all.findIndex(({ id }) => id === block.id) + 1);
    return way.filter(({ used, kind }) => !used && kind !== 'query');
}

/** Uses all blocks of a step up to one that were not used; stops at the first that fails. */
export async function runUpTo(step: Step, block: Block): Promise<void> {
    const way = upTo(step, block);
    if (walk.value !== null || way.length === 0 || !(await saveAll())) {
        return;
    }
    isStopped = false;
    try {
        for (const [index, one] of way.entries()) {
            walk.value = { at: index + 1, total: way.length, name: nameOf(one) };
            const isDone = !isStopped && (await use(one));
            if (!isDone) {
                read(step.page, one.id);
                announce(`Stopped at “${nameOf(one)}”, block ${index + 1} of ${way.length}.`, 'bad');
                return;
            }
        }
        announce(way.length === 1 ? 'The block was used.' : `${way.length} blocks were used.`, 'good');
    } finally {
        walk.value = null;
    }
}

/** Stops before the next block. */
export function stopWalk(): void {
    isStopped = true;
}

async function use(block: Block): Promise<boolean> {
    try {
        if (block.kind === 'edit') {
            await blocks.apply(block.id);
            return true;
        }
        const wait = endOf(block.id);
        try {
            const terminal = await blocks.run(block.id, block.kind === 'command' ? lastTerminal.value : undefined);
            wait.isTaken.value = true;
            if (terminal) {
                show(`terminal:${terminal}`);
            }
            return await wait.ended;
        } finally {
            wait.lookNoMore();
        }
    } catch (error) {
        failed('not run', error);
        return false;
    }
}

/** The end of a block that is about to run: whether it has passed. The lab has taken it once it has answered. */
function endOf(id: string) {
    const isTaken = signal(false);
    let lookNoMore = () => {};
    const ended = new Promise<boolean>((resolve) => {
        let began = false;
        let wasLost = false;
        lookNoMore = effect(() => {
            // Read so that the effect follows the steps, which have the state of the block.
            void steps.value;
            const block = blockOf(id);
            const now = block?.state?.now;
            const isConnected = connection.value === 'open';
            wasLost ||= connection.value === 'lost' || connection.value === 'stopped';
            // That it began was not heard if the connection was lost. The message that comes first then has the state.
            began ||= now === 'running' || (wasLost && isConnected && isTaken.value);
            if (began && now !== 'running') {
                resolve(now === 'passed');
            }
        });
    });
    return { ended, isTaken, lookNoMore: () => lookNoMore() };
}
