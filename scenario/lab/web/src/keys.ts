// The keys of the lab. In a terminal only those that leave it are the lab's; all others are the shell's.
//
// Letters are taken by their place on the keyboard, so that they work in every layout.

import type { Service } from './contract.ts';
import { dialog, open } from './dialogs.ts';
import { go, goOn, lastTerminal, maximiseHere } from './panes.ts';
import { prometheus, reading, services } from './state.ts';
import { check, readNext, showDifference } from './tools/step.ts';
import { goToNextBlock } from './tools/walk.ts';

interface Shortcut {
    keys: string;
    does: string;
    code: string;
    act: () => void;
}

function goToService(service: Service | null | undefined): void {
    if (service) {
        go(`service:${service.port}`);
    }
}

const withAlt: Shortcut[] = [
    { keys: 'Alt+B', does: 'go to the book', code: 'KeyB', act: () => go('book') },
    { keys: 'Alt+E', does: 'go to the editor', code: 'KeyE', act: () => go('editor') },
    { keys: 'Alt+T', does: 'go to the terminal', code: 'KeyT', act: () => go(`terminal:${lastTerminal.value}`) },
    { keys: 'Alt+P', does: 'go to Prometheus', code: 'KeyP', act: () => goToService(prometheus.value) },
    { keys: 'Alt+A', does: 'go to the app', code: 'KeyA', act: () => goToService(services.value.find(({ query }) => query === null)) },
    { keys: 'Alt+C', does: 'check the step', code: 'KeyC', act: () => reading.value && check(reading.value) },
    { keys: 'Alt+N', does: 'read the next chapter', code: 'KeyN', act: () => readNext() },
    { keys: 'Alt+G', does: 'go to the next block that was not used', code: 'KeyG', act: () => goToNextBlock() },
    { keys: 'Alt+M', does: 'the map of steps and blocks', code: 'KeyM', act: () => open({ kind: 'map' }) },
    { keys: 'Alt+S', does: 'settings: sizes, wrapping, formatting', code: 'KeyS', act: () => open({ kind: 'settings' }) },
    { keys: 'Alt+W', does: 'why is mine different?', code: 'KeyW', act: () => reading.value && showDifference(reading.value) },
];

/** What is listed under `?`: the keys, and what they do. */
export const LIST: [string, string][] = [
    ['F6, Ctrl+Shift+M', 'go on: book, tabs and editor or service, tabs and terminal; also out of a terminal'],
    ['Shift+F6', 'the same backwards'],
    ['Ctrl+Shift+X', 'maximise what has the keyboard, editor or terminal; again: show both'],
    ...withAlt.map(({ keys, does }): [string, string] => [keys, `${does} (not in a terminal)`]),
    ['Ctrl+P', 'open a file by its path (not in a terminal)'],
    ['Ctrl+Shift+F', 'search in all files (not in a terminal)'],
    ['?', 'this list (not while you write)'],
    ['Ctrl+S', 'in the editor: save'],
    ['Ctrl+F', 'in the editor: find and replace'],
    ['F8, Shift+F8', 'in the editor: the next mistake, the one before'],
    ['Esc, then Tab', 'in the editor: leave it'],
    ['Ctrl+Shift+C, Ctrl+Shift+V', 'in a terminal: copy, paste'],
    ['Ctrl+Shift+F, Ctrl+Shift+L', 'in a terminal: find in what it has shown, clear it'],
    ['← → Home End', 'on the tabs, and on the lines between book, editor and terminal; there ↑ ↓ too'],
];

/** Whether a key is the lab's also in a terminal. */
export function isLeaving(event: KeyboardEvent): boolean {
    return isMaximising(event) || event.key === 'F6' || (event.ctrlKey && event.shiftKey && event.code === 'KeyM');
}

function isMaximising(event: KeyboardEvent): boolean {
    return event.ctrlKey && event.shiftKey && !event.altKey && event.code === 'KeyX';
}

/** Listens in a document: the page's own, and the book's. */
export function listenIn(target: Document): void {
    target.addEventListener('keydown', (event) => handle(event, target), { capture: true });
}

function handle(event: KeyboardEvent, target: Document): void {
    if (dialog.value || event.isComposing) {
        return;
    }
    const element = target.activeElement;
    const act = action(event, element);
    if (act) {
        event.preventDefault();
        event.stopPropagation();
        act();
    }
}

function action(event: KeyboardEvent, element: Element | null): (() => void) | null {
    if (isMaximising(event)) {
        return maximiseHere;
    }
    if (isLeaving(event)) {
        return () => goOn(event.shiftKey && event.key === 'F6');
    }
    if (element?.closest('.terminal')) {
        return null;
    }
    const onlyAlt = event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    const found = onlyAlt ? withAlt.find(({ code }) => code === event.code) : undefined;
    if (found) {
        return found.act;
    }
    if (event.ctrlKey && !event.altKey && !event.metaKey && !event.shiftKey && event.code === 'KeyP') {
        return () => open({ kind: 'open' });
    }
    if (event.ctrlKey && event.shiftKey && !event.altKey && !event.metaKey && event.code === 'KeyF') {
        return () => open({ kind: 'find' });
    }
    const writes = element?.matches('input, textarea, select, [contenteditable=true]');
    const plain = !event.ctrlKey && !event.altKey && !event.metaKey;
    return event.key === '?' && plain && !writes ? () => open({ kind: 'keys' }) : null;
}
