// The tabs of a group of panes. In a small window there is one group, and the book belongs to it.

import './tabs.css';

import { useEffect, useRef } from 'preact/hooks';

import { type Group, type Pane, go, maximise, maximum, panesOf, selected, show, small } from '../panes.ts';
import { terminals as requests } from '../api.ts';
import { ask } from '../dialogs.ts';
import { opened } from '../editor/buffers.ts';
import { services, terminals, up } from '../state.ts';
import { attempt } from '../tools/attempt.ts';
import { TerminalTools } from '../terminal/tools.tsx';
import { openTerminal } from '../tools/block.ts';

export const tabId = (pane: string) => `tab-${pane.replace(':', '-')}`;
export const panelId = (pane: string) => (pane === 'book' ? 'book' : `panel-${pane.replace(':', '-')}`);

const NAMES: Record<Group, string> = { work: 'Editor and services', terminals: 'Terminals' };

export function Tabs({ group }: { group: Group }) {
    const here = selected(group);
    const terminal = here?.startsWith('terminal:') ? here.slice('terminal:'.length) : null;
    const key = (event: KeyboardEvent) => {
        const all = panesOf(group);
        const at = here ? all.indexOf(here) : 0;
        const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 }[event.key];
        const pane = next !== undefined && all[(next + all.length) % all.length];
        if (pane) {
            event.preventDefault();
            show(pane);
            document.getElementById(tabId(pane))?.focus();
        } else if (event.key === 'Delete' && terminal !== null) {
            void closeTerminal(terminal);
        }
    };
    const hasTerminals = small.value || group === 'terminals';
    return (
        <div class="tabs" data-group={group}>
            <div role="tablist" aria-label={small.value ? 'Tools' : NAMES[group]} onKeyDown={key}>
                {panesOf(group).map((pane) => <Tab key={pane} pane={pane} isSelected={pane === here} />)}
            </div>
            {hasTerminals && (
                <button type="button" class="quiet" title="One more terminal" aria-label="One more terminal" onClick={() => void openTerminal()}>
                    +<span class="word"> Terminal</span>
                </button>
            )}
            <span class="end">
                {terminal !== null && !small.value && <TerminalTools id={terminal} />}
                {terminal !== null && (
                    <button type="button" class="quiet" title="Ends its shell and what runs in it" onClick={() => void closeTerminal(terminal)}>
                        Close T{terminal}
                    </button>
                )}
                {!small.value && <Maximise group={group} />}
            </span>
        </div>
    );
}

function Maximise({ group }: { group: Group }) {
    const isLarge = maximum.value === group;
    const what = group === 'work' ? 'editor and services' : 'terminals';
    return (
        <button
            type="button"
            class="quiet maximise"
            aria-pressed={isLarge}
            aria-label={`Maximise ${what}`}
            title={isLarge ? 'Show both again (Ctrl+Shift+X)' : `Maximise ${what} (Ctrl+Shift+X)`}
            onClick={() => maximise(group)}
        >
            <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
                <path d={isLarge ? 'M2 5h9v9H2zM5 5V2h9v9h-3' : 'M2 2h12v12H2zM2 5h12'} fill="none" stroke="currentColor" stroke-width="1.5" />
            </svg>
        </button>
    );
}

function Tab({ pane, isSelected }: { pane: Pane; isSelected: boolean }) {
    const element = useRef<HTMLButtonElement>(null);
    useEffect(() => {
        const [tab, row] = [element.current, element.current?.parentElement];
        if (!isSelected || !tab || !row) {
            return undefined;
        }
        // The row may be longer than there is room for. It is called at once, and when the room changes.
        const observer = new ResizeObserver(() => tab.scrollIntoView({ block: 'nearest', inline: 'nearest' }));
        observer.observe(row);
        return () => observer.disconnect();
    }, [isSelected]);
    return (
        <button
            ref={element}
            type="button"
            role="tab"
            id={tabId(pane)}
            aria-selected={isSelected}
            aria-controls={panelId(pane)}
            tabIndex={isSelected ? 0 : -1}
            onClick={() => go(pane)}
        >
            <Label pane={pane} />
        </button>
    );
}

function Label({ pane }: { pane: Pane }) {
    if (pane === 'book') {
        return <>Book</>;
    }
    if (pane === 'editor') {
        const dirty = opened.value.some((open) => open.dirty);
        return <>Editor{dirty && <span class="dirty"> ●<span class="heard"> not saved</span></span>}</>;
    }
    const [kind, name] = pane.split(':');
    if (kind === 'terminal') {
        const terminal = terminals.value.find(({ id }) => id === name);
        const state = !terminal?.alive ? 'has ended' : terminal.busy ? `busy: ${terminal.busy}` : 'free';
        return (
            <span title={`Terminal ${name}, ${state}`}>
                T{name}{terminal?.name && <span class="name"> {terminal.name}</span>}{state !== 'free' && <span class="busy"> {terminal?.alive ? '●' : '○'}<span class="heard"> {state}</span></span>}
            </span>
        );
    }
    const service = services.value.find(({ port }) => String(port) === name);
    const isUp = up.value !== null && service?.query != null;
    return (
        <>
            {service?.name} <span class="port">:{name}</span>
            <span class={service?.up ? 'good' : 'off'}> {service?.up ? '●' : '○'}</span>
            <span class="heard"> {service?.up ? 'runs' : 'does not run yet'}</span>
            {isUp && <span class="badge">target UP</span>}
        </>
    );
}

async function closeTerminal(id: string): Promise<void> {
    const busy = terminals.value.find((terminal) => terminal.id === id)?.busy;
    if (busy) {
        const choices = [{ value: 'end', label: 'End it', first: true }];
        const answer = await ask(`Close T${id}?`, `It runs ${busy}, which ends with it.`, choices);
        if (answer === null) {
            return;
        }
    }
    await attempt(`T${id} was not closed`, requests.close(id));
}
