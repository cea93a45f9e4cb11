// The dialogs: a question, the keys, the machine, the difference, a log. The browser keeps the keyboard inside.

import './dialogs.css';

import { useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

import { machine, describe } from '../api.ts';
import { type Dialog, answer, close, dialog, open as show } from '../dialogs.ts';
import { LIST } from '../keys.ts';
import { job, jobRuns, preflight } from '../state.ts';
import { attempt } from '../tools/attempt.ts';
import { FindInFiles } from '../editor/find.tsx';
import { OpenFile } from '../editor/open.tsx';
import { Difference } from './difference.tsx';
import { BlockMap } from './map.tsx';
import { Running } from './running.tsx';
import { Trust } from './trust.tsx';
import { Settings } from './settings.tsx';

export function Dialogs() {
    const open = dialog.value;
    const element = useRef<HTMLDialogElement>(null);
    // A question may come right after another one.
    const key = open && ('title' in open ? `${open.kind} ${open.title}` : open.kind);
    // At once, not after the page is painted: the next keys are for the dialog, or for what it leads to. What this returns is
    // called when the dialog is out of the page, since nothing outside of it can have the keyboard before.
    useLayoutEffect(() => {
        const [shown, before] = [element.current, document.activeElement];
        shown?.showModal();
        // After Escape the browser has given the keyboard back already, and the learner may have gone on to something else.
        return () => shown?.open && before instanceof HTMLElement && before.focus();
    }, [key]);
    return open && <Modal key={key} open={open} element={element} />;
}

function titleOf(open: Dialog): string {
    switch (open.kind) {
        case 'ask':
        case 'name':
            return open.title;
        case 'keys':
            return 'Keys';
        case 'machine':
            return 'This machine';
        case 'diff':
            return 'Why is mine different?';
        case 'log':
            return `Log of ${open.name}`;
        case 'map':
            return 'Steps and blocks';
        case 'running':
            return 'What the book has running';
        case 'open':
            return 'Open a file';
        case 'trust':
            return 'What this imported book runs';
        case 'settings':
            return 'Settings';
        case 'find':
            return 'Search in all files';
    }
}

function Modal({ open, element }: { open: Dialog; element: RefObject<HTMLDialogElement | null> }) {
    return (
        <dialog
            ref={element}
            class={`dialog dialog-${open.kind}`}
            aria-labelledby="dialog-title"
            // Escape. The browser reports later that the dialog is closed, and keys in between must not be lost.
            onCancel={close}
            onClose={close}
            onClick={(event) => event.target === element.current && close()}
        >
            <div class="inside">
                <div class="dialog-head">
                    <h2 id="dialog-title">{titleOf(open)}</h2>
                    <button type="button" class="close" aria-label="Close" onClick={close}>×</button>
                </div>
                <Body open={open} />
            </div>
        </dialog>
    );
}

function Body({ open }: { open: Dialog }) {
    switch (open.kind) {
        case 'ask':
            return (
                <>
                    <p class="question">{open.text}</p>
                    <div class="choices">
                        {open.choices.map(({ value, label, first }) => (
                            <button
                                type="button"
                                key={value}
                                class={first ? 'main' : undefined}
                                autofocus={first ?? false}
                                onClick={() => answer(value)}
                            >
                                {label}
                            </button>
                        ))}
                        <button type="button" onClick={close}>Cancel</button>
                    </div>
                </>
            );
        case 'name':
            return <Name text={open.text} first={open.first} label={open.label} />;
        case 'keys':
            return <Keys />;
        case 'machine':
            return <Machine />;
        case 'diff':
            return <Difference step={open.step} />;
        case 'log':
            return <Log load={open.load} />;
        case 'map':
            return <BlockMap />;
        case 'running':
            return <Running />;
        case 'open':
            return <OpenFile />;
        case 'trust':
            return <Trust />;
        case 'settings':
            return <Settings />;
        case 'find':
            return <FindInFiles />;
    }
}

function Name({ text, first, label }: { text: string; first: string; label: string }) {
    const name = useSignal(first);
    return (
        <form
            method="dialog"
            onSubmit={(event) => {
                event.preventDefault();
                answer(name.value);
            }}
        >
            <label>
                {text}
                <input
                    type="text"
                    autofocus
                    spellcheck={false}
                    value={name.value}
                    onInput={(event) => (name.value = event.currentTarget.value)}
                />
            </label>
            <div class="choices">
                <button type="submit" class="main">{label}</button>
                <button type="button" onClick={close}>Cancel</button>
            </div>
        </form>
    );
}

function Keys() {
    return (
        <>
            <table class="keys">
                <tbody>
                    {LIST.map(([keys, does]) => (
                        <tr key={keys}>
                            <th scope="row"><kbd>{keys}</kbd></th>
                            <td>{does}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
            <div class="choices">
                <button type="button" onClick={() => show({ kind: 'settings' })}>Settings</button>
            </div>
        </>
    );
}

const PRESENCE = { present: ['✓', 'there'], missing: ['✗', 'missing'], taken: ['✗', 'taken'] } as const;

function Machine() {
    const { items, fixable, looking } = preflight.value;
    const provides = jobRuns.value && job.value?.kind === 'provide';
    return (
        <>
            <ul class="machine" aria-live="polite">
                {items.map((item) => (
                    <li key={item.name} class={item.state}>
                        <span class="mark" aria-hidden="true">{PRESENCE[item.state][0]}</span>
                        <div>
                            <b>{item.name}</b>
                            <span class={item.state === 'present' ? 'heard' : 'state'}> {PRESENCE[item.state][1]}</span>: {item.detail}
                            {item.fix && <p>The lab can: {item.fix}</p>}
                            {item.state !== 'present' && item.help && <p class="help">By hand: {item.help}</p>}
                        </div>
                    </li>
                ))}
            </ul>
            {job.value?.kind === 'provide' && (
                <ol class="lines" aria-live="polite">
                    {job.value.lines.slice(-8).map((line, index) => <li key={index}>{line.mark} {line.text}</li>)}
                </ol>
            )}
            <div class="choices">
                {fixable && (
                    <button
                        type="button"
                        class="main"
                        disabled={jobRuns.value}
                        onClick={() => void attempt('nothing was provided', machine.provide())}
                    >
                        {provides ? 'Providing …' : 'Provide what is missing'}
                    </button>
                )}
                <button
                    type="button"
                    disabled={looking || jobRuns.value}
                    onClick={() => void attempt('the machine was not surveyed', machine.survey())}
                >
                    {looking ? 'Looking …' : 'Look again'}
                </button>
                <button type="button" onClick={close}>Close</button>
            </div>
        </>
    );
}

const LOG_EVERY_MS = 1000;

function Log({ load: read }: { load: () => Promise<string> }) {
    const text = useSignal('');
    const place = useRef<HTMLPreElement>(null);
    useEffect(() => {
        const load = () => {
            const follows = isAtEnd(place.current);
            read().then(
                (log) => {
                    text.value = log || 'It has printed nothing.';
                    if (follows) {
                        requestAnimationFrame(() => place.current?.scrollTo(0, place.current.scrollHeight));
                    }
                },
                (error: unknown) => (text.value = describe(error)),
            );
        };
        load();
        const timer = setInterval(load, LOG_EVERY_MS);
        return () => clearInterval(timer);
    }, []);
    return <pre class="log" ref={place} tabIndex={0}>{text.value}</pre>;
}

function isAtEnd(element: HTMLElement | null): boolean {
    return element === null || element.scrollTop + element.clientHeight >= element.scrollHeight - 20;
}
