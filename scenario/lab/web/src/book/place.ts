// The place in a chapter: the heading is in the address, and the page is scrolled to the same place when the lab is loaded
// again. Which chapter it is, `frame.tsx` says.

import { headings } from '../state.ts';

const KEY = 'lab-place';
const KEEP_AFTER_MS = 150;

/** Whether the page has been scrolled to its place since the lab was loaded. */
let isBack = false;

/** A chapter was loaded: goes to the place of last time, and keeps it from now on. */
export function keepPlace(view: Window, path: string): void {
    const doc = view.document;
    const texts = [...doc.querySelectorAll('main h2')].map((heading) => heading.textContent?.trim() ?? '');
    headings.value = texts.filter((text) => text !== '');
    const name = () => history.replaceState(null, '', `#${path}${view.location.hash}`);
    name();
    if (!isBack) {
        isBack = true;
        const kept = read();
        if (kept?.path === path) {
            view.scrollTo(0, kept.top);
            // Pictures and fonts may change where it is.
            view.addEventListener('load', () => view.scrollTo(0, kept.top), { once: true });
        }
    }
    let timer = 0;
    view.addEventListener('scroll', () => {
        clearTimeout(timer);
        timer = window.setTimeout(() => {
            sessionStorage.setItem(KEY, JSON.stringify({ path, top: view.scrollY }));
        }, KEEP_AFTER_MS);
    });
    view.addEventListener('hashchange', name);
}

function read(): { path: string; top: number } | null {
    try {
        return JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as { path: string; top: number } | null;
    } catch {
        return null;
    }
}
