// The search in what a terminal has shown. Its library is loaded when it is first used.

import { signal, useSignal } from '@preact/signals';
import type { SearchAddon } from '@xterm/addon-search';
import type { Terminal } from '@xterm/xterm';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

import { announce } from '../announce.ts';
import { dark } from '../theme.ts';

/** The terminal that is searched. */
export const searched = signal<string | null>(null);

/** The terminals that are drawn, by their ids. */
const drawn = new Map<string, { terminal: Terminal; search: SearchAddon | null }>();

/** A terminal is drawn; what it returns is called when it is not any more. */
export function isDrawn(id: string, terminal: Terminal): () => void {
    drawn.set(id, { terminal, search: null });
    return () => {
        drawn.delete(id);
        if (searched.peek() === id) {
            searched.value = null;
        }
    };
}

/** Where `build.mjs` puts that part of the page. */
const PART = '/assets/terminal-search.js';

async function searchOf(id: string): Promise<SearchAddon | null> {
    const known = drawn.get(id);
    if (known && !known.search) {
        const part = (await import(PART)) as typeof import('./search.ts');
        known.search = new part.SearchAddon();
        known.terminal.loadAddon(known.search);
    }
    return known?.search ?? null;
}

/** How what was found is marked: text reads well on each colour. */
function colours() {
    const [found, active] = dark.peek() ? ['#6b5400', '#9a4516'] : ['#ffd33d', '#ffab5e'];
    return {
        matchBackground: found,
        matchOverviewRuler: found,
        activeMatchBackground: active,
        activeMatchColorOverviewRuler: active,
    };
}

/** Below a terminal that is searched. */
export function Find({ id }: { id: string }) {
    const text = useSignal('');
    const count = useSignal('');
    const search = useSignal<SearchAddon | null>(null);
    const input = useRef<HTMLInputElement>(null);
    // At once, so that the next key does not reach the shell.
    useLayoutEffect(() => input.current?.focus(), [id]);
    useEffect(() => {
        let end = () => {};
        searchOf(id).then(
            (found) => {
                search.value = found;
                const listening = found?.onDidChangeResults(({ resultIndex, resultCount }) => {
                    const which = resultIndex < 0 ? 'one' : String(resultIndex + 1);
                    count.value = resultCount === 0 ? 'not found' : `${which} of ${resultCount}`;
                });
                end = () => listening?.dispose();
                // Searches for what was typed while the library was loading.
                find(true);
            },
            () => announce('the search was not loaded: the lab does not answer', 'bad'),
        );
        return () => {
            end();
            search.peek()?.clearDecorations();
        };
    }, [id]);
    const find = (back: boolean) => {
        if (text.value === '') {
            search.value?.clearDecorations();
            count.value = '';
        } else if (back) {
            search.value?.findPrevious(text.value, { decorations: colours() });
        } else {
            search.value?.findNext(text.value, { decorations: colours() });
        }
    };
    const close = () => {
        searched.value = null;
        drawn.get(id)?.terminal.focus();
    };
    const key = (event: KeyboardEvent) => {
        if (event.key === 'Escape') {
            event.stopPropagation();
            close();
        } else if (event.key === 'Enter') {
            event.preventDefault();
            // Enter searches upwards, from the latest output.
            find(!event.shiftKey);
        }
    };
    return (
        <div class="find" role="search" onKeyDown={key}>
            <input
                type="text"
                aria-label={`Find in T${id}`}
                placeholder="Find"
                spellcheck={false}
                ref={input}
                value={text.value}
                onInput={(event) => {
                    text.value = event.currentTarget.value;
                    find(true);
                }}
            />
            <span role="status">{count.value}</span>
            <button type="button" title="Enter" disabled={search.value === null} onClick={() => find(true)}>Up</button>
            <button type="button" title="Shift+Enter" disabled={search.value === null} onClick={() => find(false)}>Down</button>
            <button type="button" class="close" aria-label="Close the search" onClick={close}>×</button>
        </div>
    );
}
