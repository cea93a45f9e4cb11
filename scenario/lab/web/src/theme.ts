// Light and dark: one switch, mdBook's own, drives both the book and the lab.

import { signal } from '@preact/signals';

/** Where mdBook keeps what the reader has chosen. */
const CHOICE = 'mdbook-theme';
const DARK = ['coal', 'navy', 'ayu'];
const prefersDark = matchMedia('(prefers-color-scheme: dark)');

export const dark = signal(false);

/** Takes over the theme of the book's page, or what the reader has chosen or prefers. */
export function follow(root?: HTMLElement): void {
    const shown = root && [...root.classList].find((name) => ['light', 'rust', ...DARK].includes(name));
    const theme = shown ?? localStorage.getItem(CHOICE) ?? (prefersDark.matches ? 'navy' : 'light');
    dark.value = theme === 'default_theme' ? prefersDark.matches : DARK.includes(theme);
    document.documentElement.dataset['theme'] = dark.value ? 'dark' : 'light';
}

/** Follows the book's page for as long as it is shown. */
export function watch(root: HTMLElement): void {
    follow(root);
    new MutationObserver(() => follow(root)).observe(root, { attributes: true, attributeFilter: ['class'] });
}

window.addEventListener('storage', (event) => {
    if (event.key === CHOICE) {
        follow();
    }
});
