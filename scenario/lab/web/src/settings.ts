// What a person has chosen for this browser: sizes, wrapping, what happens at a save. It is chosen in `view/settings.tsx`.

import { effect, signal } from '@preact/signals';

/** Keeps a number between bounds in the browser. */
export function kept(name: string, usual: number, min: number, max: number) {
    const clamp = (value: number) => Math.round(Math.min(max, Math.max(min, value)) * 10) / 10;
    const value = signal(clamp(Number(localStorage.getItem(name)) || usual));
    effect(() => localStorage.setItem(name, String(value.value)));
    return { value, usual, min, max, set: (to: number) => (value.value = clamp(to)) };
}

function flag(name: string, usual: boolean) {
    const value = signal((localStorage.getItem(name) ?? (usual ? 'yes' : 'no')) === 'yes');
    effect(() => localStorage.setItem(name, value.value ? 'yes' : 'no'));
    return value;
}

/** Sizes of text: in pixels, that of the book in percent. */
export const bookSize = kept('lab-size-book', 100, 70, 200);
export const editorSize = kept('lab-size-editor', 14, 9, 32);
export const terminalSize = kept('lab-size-terminal', 14, 9, 32);

/** Whether lines that are too long go on below. */
export const wrapsBook = flag('lab-wrap-book', false);
export const wrapsEditor = flag('lab-wrap-editor', false);
export const wrapsDifference = flag('lab-wrap-difference', true);

export const closesBrackets = flag('lab-close-brackets', true);
/** Whether Rust files are formatted when they are saved. */
export const formats = flag('lab-format', false);
/** Whether the command that the book names looks for mistakes after a save. */
export const looksForMistakes = flag('lab-look', true);
/** Whether what is selected in a terminal is copied. */
export const copiesSelection = flag('lab-copy-selection', false);
/** Whether terminals are read out. It costs time on every line. */
export const readsOut = flag('lab-read-out', false);
