// The head: the step, the progress, the connection, and buttons for what is not always shown.

import './head.css';

import { open } from '../dialogs.ts';
import { connection, lab, outdated, preflight, reading, steps } from '../state.ts';
import { goTo } from '../tools/step.ts';
import { Ways } from './ways.tsx';

export function Head() {
    const done = steps.value.filter((step) => step.done).length;
    const total = steps.value.length;
    return (
        <header class="head">
            <h1>{lab.value?.title ?? 'Lab'}</h1>
            <nav aria-label="Steps">
                <Steps />
            </nav>
            <span class="progress">
                <progress max={total || 1} value={done} aria-label="Steps done" />
                <span>{done} of {total} steps done</span>
            </span>
            <span class="space" />
            <Ways />
            <Machine />
            <button type="button" class="quiet choose" title="Settings (Alt+S)" onClick={() => open({ kind: 'settings' })}>Settings</button>
            <button type="button" class="quiet" onClick={() => open({ kind: 'keys' })} aria-label="Keys and help">?</button>
            <Connection />
        </header>
    );
}

function Steps() {
    const here = reading.value?.number ?? 0;
    const choose = (event: Event) => {
        const select = event.currentTarget as HTMLSelectElement;
        const step = steps.value.find((one) => String(one.number) === select.value);
        // It keeps the step that is read: the reader may still cancel.
        select.value = String(here);
        if (step) {
            void goTo(step);
        }
    };
    return (
        <select aria-label="Go to step" value={String(here)} onChange={choose}>
            {here === 0 && <option value="0">Go to step …</option>}
            {steps.value.map((step) => (
                <option key={step.number} value={String(step.number)}>
                    {step.label}. {step.title}{step.done ? ' ✓' : ''}
                </option>
            ))}
        </select>
    );
}

function Machine() {
    const lacks = preflight.value.items.filter((item) => item.state !== 'present').length;
    const [words, mark] = lacks ? ['This machine lacks ', String(lacks)] : ['Machine ', '✓'];
    return (
        <button
            type="button"
            class={lacks ? 'quiet lacks' : 'quiet'}
            aria-label={words + mark}
            title={words + mark}
            onClick={() => open({ kind: 'machine' })}
        >
            <span class="word">{words}</span>{mark}
        </button>
    );
}

function Connection() {
    const front = lab.value?.front ?? 'scenario';
    if (outdated.value) {
        return (
            <span class="connection bad" role="status">
                The lab has a newer page. <button type="button" onClick={() => location.reload()}>Load it</button>
            </span>
        );
    }
    const texts = {
        opening: ['plain', 'opening'],
        open: ['good', 'connected'],
        silent: ['bad', 'the lab does not answer; waiting for it'],
        full: ['bad', 'too many connections; close a window of the lab'],
        lost: ['bad', 'the lab does not answer; trying again'],
        stopped: ['bad', `the lab has stopped; \`${front} serve\` starts it again, and this page comes back`],
        locked: ['bad', 'locked; press Enter in the terminal of the lab, and open the link'],
    } as const;
    const [kind, words] = texts[connection.value];
    const isGood = kind === 'good';
    return <span class={`connection ${kind}`} role="status">{isGood ? '●' : '○'}<span class={isGood ? 'word' : undefined}> {words}</span></span>;
}
