// Which pane is shown, how wide the book is, and where the keyboard goes. What is in a pane is not known here.

import { computed, effect, signal } from '@preact/signals';

import { services, terminals } from './state.ts';

/** A pane: the book, the editor, a terminal by its id, or a service by its port. */
export type Pane = 'book' | 'editor' | `terminal:${string}` | `service:${number}`;

const TAB = 'lab-tab';
const SPLIT = 'lab-split';
const SPLIT_MIN = 20;
const SPLIT_MAX = 80;
const narrowScreen = matchMedia('(max-width: 900px)');

/** Whether there is room for one column only. */
export const narrow = signal(narrowScreen.matches);
narrowScreen.addEventListener('change', () => {
    narrow.value = narrowScreen.matches;
});

/** The pane that was chosen last. */
const chosen = signal<Pane>((localStorage.getItem(TAB) as Pane | null) ?? 'terminal:1');
/** The terminal that was used last; blocks run in it. */
export const lastTerminal = signal('1');

/** The panes that have a tab, in order. On a narrow screen the book is one of them. */
export const panes = computed<Pane[]>(() => [
    ...(narrow.value ? (['book'] as const) : []),
    'editor',
    ...terminals.value.map((terminal): Pane => `terminal:${terminal.id}`),
    ...services.value.map((service): Pane => `service:${service.port}`),
]);

/** The pane that is shown beside the book, or in its place on a narrow screen. */
export const shown = computed<Pane>(() => {
    if (panes.value.includes(chosen.value)) {
        return chosen.value;
    }
    return panes.value.find((pane) => pane.startsWith('terminal:')) ?? 'editor';
});

/** How much of the width the book has, in percent. */
export const split = signal(clamp(Number(localStorage.getItem(SPLIT) ?? 42) || 42));

effect(() => localStorage.setItem(TAB, chosen.value));
effect(() => localStorage.setItem(SPLIT, String(split.value)));
effect(() => {
    const id = shown.value.split('terminal:')[1];
    if (id !== undefined) {
        lastTerminal.value = id;
    }
});

function clamp(percent: number): number {
    return Math.round(Math.min(SPLIT_MAX, Math.max(SPLIT_MIN, percent)) * 10) / 10;
}

export function setSplit(percent: number): void {
    split.value = clamp(percent);
}

export const splitBounds = { min: SPLIT_MIN, max: SPLIT_MAX };

/** How panes are given the keyboard. */
const focusers = new Map<Pane, () => void>();

export function onFocus(pane: Pane, focus: () => void): () => void {
    focusers.set(pane, focus);
    return () => {
        if (focusers.get(pane) === focus) {
            focusers.delete(pane);
        }
    };
}

/** Shows a pane; the keyboard stays where it is. */
export function show(pane: Pane): void {
    // On a wide screen the book is always there.
    if (pane !== 'book' || narrow.value) {
        chosen.value = pane;
    }
}

/** Shows a pane and gives it the keyboard. */
export function go(pane: Pane): void {
    show(pane);
    // It may have to be drawn first.
    requestAnimationFrame(() => focusers.get(pane)?.());
}

/** Where the keyboard goes in turn: the book, the tabs, the pane that is shown. */
const STOPS: [string, () => void][] = [
    ['.book', () => go('book')],
    ['.tabs', () => document.querySelector<HTMLElement>('[role=tab][aria-selected=true]')?.focus()],
    ['.panels', () => go(shown.value)],
];

/** Gives the keyboard to the next stop, or to the one before; from elsewhere to the first or the last. */
export function goOn(back: boolean): void {
    const at = STOPS.findIndex(([selector]) => document.activeElement?.closest(selector));
    const from = at === -1 && back ? 0 : at;
    STOPS[(from + (back ? -1 : 1) + STOPS.length) % STOPS.length]?.[1]();
}
