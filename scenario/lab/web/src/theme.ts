// Light and dark: one choice, kept where mdBook keeps it, drives both the book and the lab. The book's own script for it
// does not run here.

import { signal } from '@preact/signals';

/** Where mdBook keeps what the reader has chosen. */
const CHOICE = 'mdbook-theme';
const LIGHT = ['light', 'rust'];
const DARK = ['coal', 'navy', 'ayu'];
const prefersDark = matchMedia('(prefers-color-scheme: dark)');

export const dark = signal(false);

/** The theme that the reader has chosen; `null` if it is that of the system. */
export function chosen(): string | null {
    const name = localStorage.getItem(CHOICE);
    return name !== null && [...LIGHT, ...DARK].includes(name) ? name : null;
}

/** Chooses a theme, or with `null` that of the system. */
export function choose(name: string | null): void {
    if (name === null) {
        localStorage.removeItem(CHOICE);
    } else {
        localStorage.setItem(CHOICE, name);
    }
    follow();
}

/** The root of the book's page, and the theme that it has without a choice. */
let page: { root: HTMLElement; light: string } | null = null;

/** Gives a page of the book the theme. */
export function dress(root: HTMLElement): void {
    page = { root, light: LIGHT.find((name) => root.classList.contains(name)) ?? 'light' };
    follow();
}

/** Takes over what the reader has chosen or prefers. */
export function follow(): void {
    const theme = chosen() ?? (prefersDark.matches ? 'navy' : (page?.light ?? 'light'));
    dark.value = DARK.includes(theme);
    document.documentElement.dataset['theme'] = dark.value ? 'dark' : 'light';
    if (page) {
        page.root.classList.remove(...LIGHT, ...DARK);
        page.root.classList.add(theme, 'js');
        const sheets = { 'ayu-highlight': theme === 'ayu', 'tomorrow-night': dark.value && theme !== 'ayu', highlight: !dark.value };
        for (const [name, isOn] of Object.entries(sheets)) {
            const sheet = page.root.querySelector<HTMLLinkElement>(`#mdbook-${name}-css`);
            if (sheet) {
                sheet.disabled = !isOn;
            }
        }
    }
}

prefersDark.addEventListener('change', follow);
window.addEventListener('storage', (event) => {
    if (event.key === CHOICE) {
        follow();
    }
});
