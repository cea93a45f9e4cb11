// The place in a chapter: the heading is in the address, and the page is scrolled to the same place when the lab is loaded
// again. `frame.tsx` decides which chapter is shown.

import { headings } from '../state.ts';

const KEY = 'lab-place';
const KEEP_AFTER_MS = 150;

/** Whether the page has been scrolled to its place since the lab was loaded. */
let isBack = false;

/**
 * A chapter was loaded: keeps its place from now on. What it returns goes to the place of last time, once the page has all
 * that the lab adds to it.
 */
export function keepPlace(view: Window, path: string): () => void {
    const doc = view.document;
    const texts = [...doc.querySelectorAll('main h2')].map((heading) => heading.textContent?.trim() ?? '');
    headings.value = texts.filter((text) => text !== '');
    const name = () => history.replaceState(null, '', `#${path}${view.location.hash}`);
    name();
    const kept = isBack ? null : read();
    isBack = true;
    let timer = 0;
    view.addEventListener('scroll', () => {
        clearTimeout(timer);
        // Later the frame may have another page.
        const place = JSON.stringify({ path, top: view.scrollY });
        timer = window.setTimeout(() => sessionStorage.setItem(KEY, place), KEEP_AFTER_MS);
    });
    view.addEventListener('hashchange', name);
    return () => {
        if (kept?.path === path) {
            view.scrollTo(0, kept.top);
        }
    };
}

function read(): { path: string; top: number } | null {
    try {
        return JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as { path: string; top: number } | null;
    } catch {
        return null;
    }
}
