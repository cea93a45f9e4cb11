// What the book has running: processes and containers, each with its state, its log, and its start where it has ended.

import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

import { running as requests, describe } from '../api.ts';
import type { Part, Running as Found } from '../contract.ts';
import { open } from '../dialogs.ts';
import { blockOf, jobRuns } from '../state.ts';
import { attempt } from '../tools/attempt.ts';
import { run, start } from '../tools/block.ts';

const LOOK_EVERY_MS = 2000;

/** The last answer, so that a second view does not begin with nothing. */
export const running = signal<Found | null>(null);
const failed = signal('');

let looks = 0;
/** Which look has what is shown: an answer that comes late is older. */
let shown = 0;

async function look(): Promise<void> {
    const mine = ++looks;
    const [list, cause] = await requests.list().then(
        (found) => [found, ''] as const,
        (error: unknown) => [running.peek(), describe(error)] as const,
    );
    if (mine > shown) {
        shown = mine;
        running.value = list;
        failed.value = cause;
    }
}

/** Asks now and again while the component is shown. */
export function useRunning(): Found | null {
    useEffect(() => {
        void look();
        const timer = setInterval(() => void look(), LOOK_EVERY_MS);
        return () => clearInterval(timer);
    }, []);
    return running.value;
}

export function Running() {
    const found = useRunning();
    if (failed.value || found === null) {
        return <p>{failed.value || 'Looking …'}</p>;
    }
    if (found.parts.length === 0) {
        return <p>Nothing yet: the steps that you have done start nothing that keeps running.</p>;
    }
    return (
        <ul class="running">
            {found.parts.map((part) => (
                <li key={part.id + part.name}>
                    <State part={part} />
                    <div>
                        <b>{part.name}</b> <span class="help">{part.kind}, step {part.step}</span>
                        <p>{part.text}</p>
                    </div>
                    <PartButtons part={part} />
                </li>
            ))}
        </ul>
    );
}

const STATES = { running: ['●', 'runs'], ended: ['○', 'has ended'], absent: ['○', 'is not there'] } as const;

function State({ part }: { part: Part }) {
    const [mark, word] = STATES[part.state];
    return <span class={part.state === 'running' ? 'mark good' : 'mark off'}>{mark}<span class="heard"> {word}</span></span>;
}

/** *Log*, and *Start it again* where it does not run. */
export function PartButtons({ part }: { part: Part }) {
    return (
        <span class="choices">
            {part.state !== 'absent' && (
                <button type="button" aria-label={`Log of ${part.name}`} onClick={() => open({ kind: 'log', name: part.name, load: () => requests.log(part.id) })}>
                    Log
                </button>
            )}
            {part.state !== 'running' && (
                <button
                    type="button"
                    class="main"
                    aria-label={`Start it again: ${part.name}`}
                    disabled={jobRuns.value}
                    onClick={() => void again(part)}
                >
                    Start it again
                </button>
            )}
        </span>
    );
}

async function again(part: Part): Promise<void> {
    const block = blockOf(part.block);
    if (part.kind === 'process') {
        await (block ? start(block) : attempt('not started', requests.start(part.id)));
    } else if (part.state === 'ended') {
        await attempt(`${part.name} was not started`, requests.start(part.id));
    } else if (block) {
        await run(block);
    }
    await look();
}
