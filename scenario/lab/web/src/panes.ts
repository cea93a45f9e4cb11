// Which panes are shown and how much room each has, and where the keyboard goes. What is in a pane is not known here.
//
// A wide window shows the book, and beside it two groups of panes: above (or left, where there is room) the editor and the
// services, below (or right) the terminals. A small window shows one pane at a time, and the book is one of them.

import { computed, effect, signal, untracked } from '@preact/signals';

import { kept } from './settings.ts';
import { lab, reading, services, terminals } from './state.ts';

/** A pane: the book, the editor, a terminal by its id, or a service by its port. */
export type Pane = 'book' | 'editor' | `terminal:${string}` | `service:${number}`;
/** Panes of which one is shown at a time. In a small window all panes are one group. */
export type Group = 'work' | 'terminals';

function matches(query: string) {
    const list = matchMedia(query);
    const now = signal(list.matches);
    list.addEventListener('change', () => (now.value = list.matches));
    return now;
}

/** Whether there is room for one pane only; page.css has the same condition. */
export const small = matches('(max-width: 900px), (max-height: 440px)');
/** Whether there is room for both groups side by side. */
export const broad = matches('(min-width: 1800px)');

/** How much of the width the book has, in percent. */
export const bookSplit = kept('lab-split', 42, 20, 80);
/** How much of the room beside the book the editor's group has, in percent. */
export const workSplit = kept('lab-split-work', 55, 15, 85);

const WORK = 'lab-work';
const FRONT = 'lab-front';

/** The pane that was shown last in a small window; at the first opening the book. */
const front = signal<Pane>((localStorage.getItem(FRONT) as Pane | null) ?? 'book');
/** The pane of the editor's group that was shown last. */
const lastWork = signal<Pane>((localStorage.getItem(WORK) as Pane | null) ?? 'editor');
/** The terminal that was used last; blocks run in it. */
export const lastTerminal = signal('1');
/** The group that has the room of both. */
const maximised = signal<Group | null>(null);

const isTerminal = (pane: Pane) => pane.startsWith('terminal:');
export const groupOf = (pane: Pane): Group => (isTerminal(pane) && !small.value ? 'terminals' : 'work');

/** The panes that have a tab, in order. In a small window the book is one of them. */
export const panes = computed<Pane[]>(() => [
    ...(small.value ? (['book'] as const) : []),
    'editor',
    ...(small.value ? terminalPanes() : []),
    ...servicePanes(),
    ...(small.value ? [] : terminalPanes()),
]);

/** The services that a link, a key or a button has shown. */
const visited = signal<ReadonlySet<Pane>>(new Set());
/** The step that was read last; other pages of the book belong to none. */
const stepRead = signal(0);
effect(() => {
    stepRead.value = reading.value?.number ?? (stepRead.peek() || (lab.value?.step ?? 0));
});

/** Those of the steps up to the one that is read, those that answer, and those that were shown. */
function servicePanes(): Pane[] {
    const panes = services.value.map(({ port, step, up }) => ({ pane: `service:${port}` as Pane, step, up }));
    return panes.filter(({ pane, step, up }) => up || step <= stepRead.value || visited.value.has(pane)).map(({ pane }) => pane);
}

function terminalPanes(): Pane[] {
    return terminals.value.map((terminal): Pane => `terminal:${terminal.id}`);
}

/** The panes of a group, in order. */
export function panesOf(group: Group): Pane[] {
    return panes.value.filter((pane) => groupOf(pane) === group);
}

/** The pane of each group that is shown. In a small window there is one group. */
const shownOf = computed<Record<Group, Pane | null>>(() => {
    const known = (pane: Pane) => panes.value.includes(pane);
    const terminal: Pane = `terminal:${lastTerminal.value}`;
    if (small.value) {
        return { work: known(front.value) ? front.value : 'book', terminals: null };
    }
    return {
        work: known(lastWork.value) ? lastWork.value : 'editor',
        terminals: known(terminal) ? terminal : (terminalPanes()[0] ?? null),
    };
});

/** The pane of a group whose tab is selected. */
export const selected = (group: Group) => shownOf.value[group];
/** The group that has all the room beside the book, if one has. */
export const maximum = computed(() => (small.value ? null : maximised.value));
/** Whether a pane can be seen. */
export function isShown(pane: Pane): boolean {
    const hidden = maximum.value !== null && maximum.value !== groupOf(pane);
    return !hidden && shownOf.value[groupOf(pane)] === pane;
}

effect(() => localStorage.setItem(WORK, lastWork.value));
effect(() => {
    if (small.value) {
        localStorage.setItem(FRONT, front.value);
    }
});
effect(() => {
    const pane = shownOf.value[small.value ? 'work' : 'terminals'];
    if (pane && isTerminal(pane)) {
        lastTerminal.value = pane.slice('terminal:'.length);
    }
});

/** Gives a group the room of both, or both their own again. */
export function maximise(group: Group): void {
    maximised.value = maximised.value === group ? null : group;
}

/** Does so for the group that has the keyboard. */
export function maximiseHere(): void {
    const group = document.activeElement?.closest<HTMLElement>('[data-group]')?.dataset['group'] as Group | undefined;
    if (group && !small.value) {
        maximise(group);
    }
}

/** How panes are given the keyboard. */
const focusers = new Map<Pane, () => void>();
/** The pane that is to have the keyboard once it is drawn, and what had it when that was asked for. */
let next: { pane: Pane; had: Element | null } | null = null;

export function onFocus(pane: Pane, focus: () => void): () => void {
    focusers.set(pane, focus);
    giveKeyboard(pane);
    return () => {
        if (focusers.get(pane) === focus) {
            focusers.delete(pane);
        }
    };
}

/** A terminal that is to be shown and is not listed yet: the answer that names it may come before the message that lists it. */
const awaited = signal<{ pane: Pane; shown: () => void } | null>(null);
effect(() => {
    if (awaited.value && terminalPanes().includes(awaited.value.pane)) {
        const { pane, shown } = awaited.value;
        untracked(() => reveal(pane, shown));
    }
});

/** Shows a pane, a terminal once it is listed. What was to be shown before is not awaited any more. */
function reveal(pane: Pane, shown: () => void): void {
    awaited.value = null;
    next = null;
    if (isTerminal(pane) && !terminalPanes().includes(pane)) {
        awaited.value = { pane, shown };
        return;
    }
    front.value = pane;
    if (isTerminal(pane)) {
        lastTerminal.value = pane.slice('terminal:'.length);
    } else if (pane !== 'book') {
        lastWork.value = pane;
        visited.value = new Set([...visited.peek(), pane]);
    }
    if (pane !== 'book' && maximised.value !== null && maximised.value !== groupOf(pane)) {
        maximised.value = null;
    }
    shown();
}

/** Shows a pane; the keyboard stays where it is. */
export function show(pane: Pane): void {
    reveal(pane, () => {});
}

/** Shows a pane and gives it the keyboard, unless something else has taken it since it was asked for; `had` had it then. */
export function go(pane: Pane, had = document.activeElement): void {
    reveal(pane, () => requestAnimationFrame(() => {
        next = { pane, had };
        giveKeyboard(pane);
    }));
}

/** Gives the keyboard to the pane that is to have it, once that is drawn. */
function giveKeyboard(pane: Pane): void {
    const focus = focusers.get(pane);
    if (next?.pane === pane && focus) {
        const { had } = next;
        next = null;
        if (document.activeElement === had || document.activeElement === document.body) {
            focus();
        }
    }
}

/** Where the keyboard goes in turn: the book, then of each group the tabs and the pane that is shown. */
function stops(): [string, () => void][] {
    const ofGroup = (group: Group): [string, () => void][] => {
        const pane = selected(group);
        const tabs = `.tabs[data-group=${group}]`;
        const toTabs: [string, () => void] = [tabs, () => document.querySelector<HTMLElement>(`${tabs} [aria-selected=true]`)?.focus()];
        const toPane: [string, () => void] = [`.panel[data-group=${group}]`, () => pane && go(pane)];
        return pane && isShown(pane) && pane !== 'book' ? [toTabs, toPane] : [toTabs];
    };
    const book: [string, () => void] = ['.book', () => go('book')];
    return [book, ...ofGroup('work'), ...(small.value ? [] : ofGroup('terminals'))];
}

/** Gives the keyboard to the next stop, or to the one before; from elsewhere to the first or the last. */
export function goOn(back: boolean): void {
    const all = stops();
    const at = all.findIndex(([selector]) => document.activeElement?.closest(selector));
    const from = at === -1 && back ? 0 : at;
    all[(from + (back ? -1 : 1) + all.length) % all.length]?.[1]();
}
