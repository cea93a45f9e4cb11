// The book in its frame: which page is shown, and what the lab adds to that page. The pages themselves are mdBook's,
// the same as everywhere; without the lab they are readable alone.
//
// Nothing of a page runs: its frame allows no scripts, and neither does the policy of its answer. What works in it are the
// listeners of this page, which reaches into the frame because both are of one origin.

import { effect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

import { listenIn } from '../keys.ts';
import { onFocus } from '../panes.ts';
import { coming, edition, lab, page, steps } from '../state.ts';
import { addCopyButtons, fill } from '../../../../mdbook/src/scenario.js';
import { dress } from '../theme.ts';
import { visitAddress } from '../tools/service.ts';
import { onRead } from '../tools/step.ts';
import { mountBar } from './bar.ts';
import { mountBlocks } from './block.tsx';
import { mountChecks } from './checks.tsx';
import { colour } from './code.ts';
import { comfort } from './comfort.ts';
import { lineOf } from './line.ts';
import { keepPlace } from './place.ts';

const ROOT = '/book/';

/** The first page: where this window was, or where the learner was last. */
function beginning(first: number): string {
    const named = decodeURIComponent(location.hash.slice(1));
    const isPage = /^[^:?#]+\.html(#.*)?$/.test(named) && !named.startsWith('/') && !named.includes('..');
    return isPage ? named : (steps.value.find(({ number }) => number === first)?.page ?? lab.value?.page ?? 'index.html');
}

export function Book({ first }: { first: number }) {
    const frame = useRef<HTMLIFrameElement>(null);
    useEffect(() => {
        const element = frame.current;
        if (!element) {
            return undefined;
        }
        onRead((path, block, row) => {
            wanted = block === null ? null : { path, block, row };
            // A browser shows a page of its own, of which nothing is known, where the lab did not answer.
            if (path !== (coming.peek() ?? page.peek()) || element.contentDocument === null) {
                turnTo(element, path);
            } else if (coming.peek() === null) {
                showWanted(element, path);
            }
        });
        const end = [onFocus('book', () => focusBook(element)), reloadOnNewEdition(element)];
        turnTo(element, beginning(first));
        return () => end.forEach((one) => one());
    }, []);
    return (
        <iframe
            ref={frame}
            data-book
            title="The book"
            sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
            onLoad={() => frame.current && arrive(frame.current)}
        />
    );
}

/** The document that is left for the page that is coming: that it is loaded completely now does not count. */
let left: Document | null = null;

/** A page is on its way. */
function leave(doc: Document | null, path: string): void {
    left = doc;
    coming.value = path;
}

/** Loads a page, instead of another one that is on its way. */
function turnTo(frame: HTMLIFrameElement, address: string): void {
    leave(frame.contentDocument, address.replace(/#.*/, ''));
    frame.src = ROOT + address;
}

/** Loads the page again when the book was rendered again; its place stays. */
function reloadOnNewEdition(frame: HTMLIFrameElement): () => void {
    let shown = edition.peek();
    return effect(() => {
        if (edition.value === shown) {
            return;
        }
        shown = edition.value;
        const path = coming.peek() ?? page.peek();
        if (frame.contentDocument && path === page.peek()) {
            leave(frame.contentDocument, path);
            frame.contentWindow?.location.reload();
        } else {
            // To reload would bring back the page that is left.
            turnTo(frame, path);
        }
    });
}

function focusBook(frame: HTMLIFrameElement): void {
    frame.focus();
    // The arrow keys scroll this element.
    frame.contentDocument?.querySelector<HTMLElement>('main')?.focus({ preventScroll: true });
}

/** The block that is to be shown once its page is loaded, and which line of its text, counted from 1. */
let wanted: { path: string; block: string; row: number | null } | null = null;

/** Shows the block that is wanted of a page, and gives it the keyboard; a line of it is selected. */
function showWanted({ contentDocument: doc, contentWindow: view }: HTMLIFrameElement, path: string): void {
    if (wanted?.path !== path) {
        return;
    }
    const { block: id, row } = wanted;
    wanted = null;
    const block = doc?.querySelector<HTMLElement>(`[data-block="${CSS.escape(id)}"]`);
    block?.setAttribute('tabindex', '-1');
    block?.focus();
    const line = block && row !== null ? lineOf(block, row) : null;
    if (line && view) {
        view.getSelection()?.removeAllRanges();
        view.getSelection()?.addRange(line);
        const { top, bottom } = line.getBoundingClientRect();
        view.scrollBy({ top: (top + bottom - view.innerHeight) / 2 });
    }
}

/** A page of the book was loaded. */
function arrive(frame: HTMLIFrameElement): void {
    const { contentDocument: doc, contentWindow: view } = frame;
    frame.classList.remove('turning');
    if (!doc || !view?.location.pathname.startsWith(ROOT)) {
        return;
    }
    // The frame is hidden until the next page has its theme.
    view.addEventListener('pagehide', () => frame.classList.add('turning'));
    const path = pathOf(view.location.pathname);
    page.value = path;
    document.title = `${doc.title} – Lab`;

    const style = doc.createElement('link');
    style.rel = 'stylesheet';
    style.href = '/assets/book.css';
    style.addEventListener('load', keepPlace(view, path), { once: true });
    doc.head.append(style);
    doc.documentElement.classList.add('in-lab');
    doc.querySelector('main')?.setAttribute('tabindex', '-1');

    dress(doc.documentElement);
    comfort(doc.documentElement);
    fill(doc);
    colour(doc);
    addCopyButtons(doc);
    mountBar(doc);
    listenIn(doc);
    doc.addEventListener('click', (event) => follow(event));
    mountBlocks(doc);
    mountChecks(doc);
    if (doc !== left) {
        left = null;
        coming.value = null;
        showWanted(frame, path);
        wanted = null;
    }
}

/** Whether a link to a page of the book leads to another page, in the frame. */
function isTurned(link: HTMLAnchorElement, event: MouseEvent): boolean {
    const isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || link.target !== '';
    return link.pathname.endsWith('.html') && pathOf(link.pathname) !== page.peek() && !isElsewhere;
}

/** The path of a page below the book. */
function pathOf(pathname: string): string {
    return decodeURIComponent(pathname.slice(ROOT.length)) || 'index.html';
}

/** A link was followed. One out of the book: to what runs here, its pane; to anywhere else, a new tab. */
function follow(event: MouseEvent): void {
    const link = (event.target as Element | null)?.closest<HTMLAnchorElement>('a[href]');
    if (!link || event.defaultPrevented) {
        return;
    }
    if (link.origin === location.origin) {
        // The lab itself is not a page of the book.
        if (!link.pathname.startsWith(ROOT)) {
            event.preventDefault();
        } else if (isTurned(link, event)) {
            leave(link.ownerDocument, pathOf(link.pathname));
        }
        return;
    }
    // An address with a script would get an empty tab.
    if (!['http:', 'https:', 'mailto:'].includes(link.protocol) || visitAddress(new URL(link.href))) {
        event.preventDefault();
    } else {
        link.target = '_blank';
        link.rel = 'noopener noreferrer';
    }
}
