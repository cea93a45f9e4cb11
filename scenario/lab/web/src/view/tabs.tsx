// The tabs: the editor, the terminals, what runs; on a narrow screen the book as well.

import './tabs.css';

import type { Pane } from '../panes.ts';
import { go, panes, show, shown } from '../panes.ts';
import { terminals as requests } from '../api.ts';
import { ask } from '../dialogs.ts';
import { opened } from '../editor/buffers.ts';
import { services, terminals, up } from '../state.ts';
import { attempt } from '../tools/attempt.ts';
import { openTerminal } from '../tools/block.ts';

export const tabId = (pane: string) => `tab-${pane.replace(':', '-')}`;
export const panelId = (pane: string) => (pane === 'book' ? 'book' : `panel-${pane.replace(':', '-')}`);

export function Tabs() {
    const key = (event: KeyboardEvent) => {
        const all = panes.value;
        const at = all.indexOf(shown.value);
        const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 }[event.key];
        const pane = next !== undefined && all[(next + all.length) % all.length];
        if (pane) {
            event.preventDefault();
            show(pane);
            document.getElementById(tabId(pane))?.focus();
        } else if (event.key === 'Delete' && shown.value.startsWith('terminal:')) {
            void closeTerminal(shown.value.slice('terminal:'.length));
        }
    };
    return (
        <div class="tabs">
            <div role="tablist" aria-label="Tools" onKeyDown={key}>
                {panes.value.map((pane) => <Tab key={pane} pane={pane} />)}
            </div>
            <button type="button" class="quiet" title="One more terminal" onClick={() => void openTerminal()}>
                + Terminal
            </button>
            {shown.value.startsWith('terminal:') && (
                <button
                    type="button"
                    class="quiet end"
                    title="Ends its shell and what runs in it"
                    onClick={() => void closeTerminal(shown.value.slice('terminal:'.length))}
                >
                    Close T{shown.value.slice('terminal:'.length)}
                </button>
            )}
        </div>
    );
}

function Tab({ pane }: { pane: Pane }) {
    const selected = shown.value === pane;
    return (
        <button
            type="button"
            role="tab"
            id={tabId(pane)}
            aria-selected={selected}
            aria-controls={panelId(pane)}
            tabIndex={selected ? 0 : -1}
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
                T{name}{state !== 'free' && <span class="busy"> {terminal?.alive ? '●' : '○'}<span class="heard"> {state}</span></span>}
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
