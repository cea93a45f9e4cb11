// Size and wrapping of the book's pages, as they were chosen.

import { effect } from '@preact/signals';

import { bookSize, wrapsBook } from '../settings.ts';

/** What mdBook's styles have as the size of the root. */
const ROOT_PERCENT = 62.5;

let root: HTMLElement | null = null;

function dressed(): void {
    const [size, wraps] = [bookSize.value.value, wrapsBook.value];
    root?.classList.toggle('wrap-code', wraps);
    root?.style.setProperty('font-size', `${(ROOT_PERCENT * size) / 100}%`);
}

effect(dressed);

/** Gives a page of the book what was chosen, from now on. */
export function comfort(page: HTMLElement): void {
    root = page;
    dressed();
}
