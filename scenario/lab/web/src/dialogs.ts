// Which dialog is open, one at a time. How each looks is in `view/dialogs.tsx`.

import { batch, effect, signal } from '@preact/signals';

export interface Choice<T extends string = string> {
    value: T;
    label: string;
    /** The one that Enter takes. */
    first?: boolean;
}

export type Dialog =
    | { kind: 'ask'; title: string; text: string; choices: Choice[]; answer: (value: string | null) => void }
    | { kind: 'name'; title: string; text: string; first: string; label: string; answer: (value: string | null) => void }
    | { kind: 'keys' }
    | { kind: 'machine' }
    | { kind: 'diff'; step: number }
    | { kind: 'map' }
    | { kind: 'running' }
    | { kind: 'open' }
    | { kind: 'trust' }
    | { kind: 'settings' }
    | { kind: 'find' }
    | { kind: 'log'; name: string; load: () => Promise<string> };

export const dialog = signal<Dialog | null>(null);

/** Closes what is open; a question is answered by nothing. */
export function close(): void {
    const open = dialog.value;
    dialog.value = null;
    if (open?.kind === 'ask' || open?.kind === 'name') {
        open.answer(null);
    }
}

export function open(next: Dialog): void {
    batch(() => {
        close();
        dialog.value = next;
    });
}

/**
 * Questions that wait until what is open is closed: the next key is meant for that. Only the buttons of what runs ask something
 * themselves.
 */
const questions = signal<Dialog[]>([]);
effect(() => {
    const [next, ...later] = questions.value;
    if (next && (dialog.value === null || dialog.value.kind === 'running')) {
        questions.value = later;
        open(next);
    }
});

/** Asks the learner; nothing if the question is closed. */
export function ask<T extends string>(title: string, text: string, choices: Choice<T>[]): Promise<T | null> {
    return new Promise((resolve) => {
        const answer = (value: string | null) => resolve(value as T | null);
        questions.value = [...questions.peek(), { kind: 'ask', title, text, choices, answer }];
    });
}

/** Asks for a name. */
export function askName(title: string, text: string, first = '', label = 'Make it'): Promise<string | null> {
    return new Promise((answer) => {
        questions.value = [...questions.peek(), { kind: 'name', title, text, first, label, answer }];
    });
}

/** Closes a dialog that has done its work. */
export function answerNothing(): void {
    dialog.value = null;
}

/** Answers the question that is open. */
export function answer(value: string): void {
    const open = dialog.value;
    if (open?.kind === 'ask' || open?.kind === 'name') {
        dialog.value = null;
        open.answer(value);
    }
}
