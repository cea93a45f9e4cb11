// What the lab adds to a block of a page: its button, a tick once it was used, and its state.

import { render } from 'preact';

import { blocks } from '../api.ts';
import type { Block } from '../contract.ts';
import { open } from '../dialogs.ts';
import { show } from '../panes.ts';
import { blockOf, checkOf, jobRuns, prometheus, steps } from '../state.ts';
import { askPrometheus, copyToEditor, run, start, stop, undo } from '../tools/block.ts';
import { Elapsed } from '../view/elapsed.tsx';
import { PlaceView } from '../view/place.tsx';

/** Adds to each block that the plan knows a place for its buttons, and one for its state. */
export function mountBlocks(doc: Document): void {
    for (const figure of doc.querySelectorAll<HTMLElement>('.scenario-block[data-block]')) {
        const id = figure.dataset['block'] ?? '';
        const caption = figure.querySelector('figcaption');
        const copy = figure.querySelector('.scenario-copy');
        if (caption) {
            const [tools, buttons] = [doc.createElement('span'), doc.createElement('span')];
            tools.className = 'lab-tools';
            buttons.className = 'lab-buttons';
            // One beside the other, however narrow the caption is.
            tools.append(buttons, ...(copy ? [copy] : []));
            caption.append(tools);
            render(<Buttons id={id} />, buttons);
            const state = doc.createElement('div');
            state.className = 'lab-state';
            state.setAttribute('role', 'status');
            figure.append(state);
            render(<State id={id} />, state);
        }
    }
}

/** A block by its id; nothing on a page that is older than the plan. */
function known(id: string): Block | undefined {
    // Drawn again whenever the steps change.
    void steps.value;
    return blockOf(id);
}

function Buttons({ id }: { id: string }) {
    const block = known(id);
    if (!block) {
        return null;
    }
    return (
        <>
            {block.used && <span class="lab-tick" title="You have used this block">✓<span class="scenario-heard"> used</span></span>}
            <Main block={block} />
        </>
    );
}

function Main({ block }: { block: Block }) {
    switch (block.kind) {
        case 'edit':
            return (
                <>
                    {block.used && <Undo block={block} />}
                    <Button label="Copy to editor" name={`Copy to editor: ${block.file}`} act={() => copyToEditor(block)} />
                </>
            );
        case 'command':
            return (
                <Button
                    label={block.state?.now === 'running' ? 'Running' : 'Run'}
                    name={`Run: ${block.commands[0] ?? ''}`}
                    act={() => run(block)}
                />
            );
        case 'background':
            return <Background block={block} />;
        case 'query':
            return (
                <Button
                    label="Ask"
                    name={`Ask Prometheus: ${block.query}`}
                    disabled={!prometheus.value}
                    act={() => askPrometheus(block)}
                />
            );
        case 'ignored':
            return null;
    }
}

/** What a click does; the second one of a double click does nothing, as it would be refused. */
function once(act: () => unknown): (event: MouseEvent) => void {
    return (event) => event.detail < 2 && act();
}

function Undo({ block }: { block: Block & { kind: 'edit' } }) {
    return (
        <button type="button" class="lab-link" aria-label={`Undo this block: ${block.file}`} onClick={once(() => undo(block))}>
            Undo
        </button>
    );
}

function Background({ block }: { block: Block & { kind: 'background' } }) {
    const runs = block.state?.now === 'passed' || block.state?.now === 'running';
    return (
        <>
            {block.state && (
                <Button
                    label="Log"
                    name={`Log of ${block.name}`}
                    act={() => open({ kind: 'log', name: block.name, load: () => blocks.log(block.id) })}
                />
            )}
            {runs ? (
                <Button label="Stop" name={`Stop ${block.name}`} disabled={jobRuns.value} act={() => stop(block)} />
            ) : (
                <Button label="Run" name={`Run: ${block.commands[0] ?? ''}`} disabled={jobRuns.value} act={() => start(block)} />
            )}
        </>
    );
}

function Button({ label, name, act, disabled = false }: { label: string; name: string; act: () => void; disabled?: boolean }) {
    return (
        <button type="button" class="lab-button" aria-label={name} title={name} disabled={disabled} onClick={once(act)}>
            {label}
        </button>
    );
}

const MARKS = { running: '…', passed: '✓', failed: '✗', stopped: '○' } as const;

function State({ id }: { id: string }) {
    const block = known(id);
    if (!block) {
        return null;
    }
    if (block.kind === 'query') {
        return <Asked check={block.check} />;
    }
    const terminal = block.state?.now === 'running' ? block.state.terminal : null;
    return (
        block.state && (
            <>
                <p class={block.state.now}>
                    {MARKS[block.state.now]} {block.state.text}
                    {block.state.now === 'running' && <Elapsed of={`block ${id}`} />}
                    {terminal && (
                        <button type="button" class="lab-link" onClick={() => show(`terminal:${terminal}`)}>show it</button>
                    )}
                </p>
                {block.state.detail && <pre class="lab-detail">{block.state.detail}</pre>}
                {block.state.places.map((place, index) => <p key={index}><PlaceView place={place} look="lab-link" /></p>)}
            </>
        )
    );
}

/** A query is a check as well. */
function Asked({ check: id }: { check: string }) {
    const check = checkOf(id);
    if (!check || check.state === 'unknown') {
        return null;
    }
    if (check.state === 'failed') {
        return <p class="failed">✗ {check.text}; expected {check.expected}, found {check.found}</p>;
    }
    return <p class={check.state === 'running' ? 'running' : 'passed'}>{check.state === 'running' ? '… asking' : `✓ ${check.text}`}</p>;
}
