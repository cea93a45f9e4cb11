// One terminal's pane. It is joined to its shell when it is shown for the first time, and stays joined.

import '@xterm/xterm/css/xterm.css';
import './terminal.css';

import { effect, useSignal } from '@preact/signals';
import { FitAddon } from '@xterm/addon-fit';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal as Xterm } from '@xterm/xterm';
import { useEffect, useRef } from 'preact/hooks';

import { terminals } from '../api.ts';
import { isLeaving } from '../keys.ts';
import { onFocus, small } from '../panes.ts';
import { copiesSelection, readsOut, terminalSize } from '../settings.ts';
import { dark } from '../theme.ts';
import { attempt } from '../tools/attempt.ts';
import { type Link, type Owner, connect } from './connect.ts';
import { Find, isDrawn, searched } from './find.tsx';
import { linesOf } from './links.ts';
import { palette } from './palette.ts';
import { TerminalTools, clear } from './tools.tsx';

export function Terminal({ id, isShown }: { id: string; isShown: boolean }) {
    const place = useRef<HTMLDivElement>(null);
    const wasShown = useRef(false);
    wasShown.current ||= isShown;
    const ended = useSignal<number | null>(null);
    const isConnected = useSignal(false);
    const why = useSignal<string | null>(null);

    useEffect(() => {
        if (wasShown.current && place.current) {
            return open(id, place.current, {
                ended: (status) => {
                    ended.value = status;
                },
                connected: (now, reason = null) => {
                    isConnected.value = now;
                    why.value = reason;
                },
            });
        }
        return undefined;
    }, [id, wasShown.current]);

    return (
        <div class="terminal">
            {small.value && <div class="tools-row"><TerminalTools id={id} /></div>}
            <div class="screen" ref={place} />
            {searched.value === id && <Find id={id} />}
            {!isConnected.value && (
                <div class="offline" role="status">
                    Not connected{why.value && `, because ${why.value}`}: what you type is lost.
                </div>
            )}
            {ended.value !== null && (
                <div class="ended" role="status">
                    <span>The shell has ended with status {ended.value}.</span>
                    <button type="button" onClick={() => void attempt(`T${id} was not started`, terminals.restart(id))}>Start a new one</button>
                </div>
            )}
        </div>
    );
}

/** Makes the terminal in its place; what it returns takes it away again. */
function open(id: string, place: HTMLElement, owner: Owner): () => void {
    const terminal = new Xterm({
        theme: palette(dark.peek()),
        fontFamily: 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace',
        fontSize: terminalSize.value.peek(),
        // With less, the lower parts of letters are cut off in some fonts.
        lineHeight: 1.15,
        scrollback: 5000,
        // A blinking cursor makes the browser draw all the time, which delays echoes.
        cursorBlink: false,
        screenReaderMode: readsOut.peek(),
        macOptionIsMeta: true,
        // The search marks what it has found by decorations, which xterm.js counts as proposed.
        allowProposedApi: true,
    });
    const fit = new FitAddon();
    terminal.loadAddon(fit);
    terminal.loadAddon(new WebLinksAddon((_, address) => window.open(address, '_blank', 'noopener')));
    terminal.registerLinkProvider(linesOf(terminal, id, place));
    terminal.open(place);
    fit.fit();
    terminal.textarea?.setAttribute('aria-label', `Terminal T${id}. F6 leaves it.`);

    const link: Link = connect(id, terminal, owner);
    terminal.onData((keys) => link.type(keys));
    terminal.onBinary((keys) => link.type(keys));
    terminal.onResize(() => link.resize());
    // Several windows may show it in several sizes: the one that is used counts.
    terminal.textarea?.addEventListener('focus', () => link.resize());
    terminal.attachCustomKeyEventHandler((event) => isTheShells(event, id, terminal));
    place.addEventListener('mouseup', () => {
        if (copiesSelection.peek() && terminal.hasSelection()) {
            void navigator.clipboard.writeText(terminal.getSelection());
        }
    });

    const observer = new ResizeObserver(() => {
        // A pane that is not shown has no size to fit into.
        if (place.clientWidth > 0 && place.clientHeight > 0) {
            fit.fit();
        }
    });
    observer.observe(place);
    const endTheme = effect(() => {
        terminal.options.theme = palette(dark.value);
    });
    const endReading = effect(() => {
        terminal.options.screenReaderMode = readsOut.value;
    });
    const endSize = effect(() => {
        terminal.options.fontSize = terminalSize.value.value;
        if (place.clientWidth > 0 && place.clientHeight > 0) {
            fit.fit();
        }
    });
    const endDrawn = isDrawn(id, terminal);
    const endFocus = onFocus(`terminal:${id}`, () => terminal.focus());

    return () => {
        [endTheme, endReading, endSize, endDrawn, endFocus].forEach((end) => end());
        observer.disconnect();
        link.close();
        terminal.dispose();
    };
}

/** All keys are the shell's but those that leave, copy, paste, find and clear. */
function isTheShells(event: KeyboardEvent, id: string, terminal: Xterm): boolean {
    if (isLeaving(event)) {
        return false;
    }
    const isPlain = event.ctrlKey && event.shiftKey && !event.altKey && !event.metaKey;
    if (isPlain && event.code === 'KeyC') {
        // Without this, browsers open their own tools.
        event.preventDefault();
        if (event.type === 'keydown' && terminal.hasSelection()) {
            void navigator.clipboard.writeText(terminal.getSelection());
        }
        return false;
    }
    if (isPlain && (event.code === 'KeyF' || event.code === 'KeyL')) {
        event.preventDefault();
        if (event.type === 'keydown' && event.code === 'KeyF') {
            searched.value = id;
        } else if (event.type === 'keydown') {
            clear(id);
        }
        return false;
    }
    // The browser pastes by itself.
    return !(isPlain && event.code === 'KeyV');
}
