// The bar above a page of the book, as mdBook has drawn it: contents, theme, search. Its scripts do not run in the lab, so
// the lab does what they do elsewhere.

import { book } from '../api.ts';
import type { Found } from '../contract.ts';
import { choose, chosen } from '../theme.ts';

const ROOT = '/book/';
/** Where mdBook keeps whether its list of contents is open. */
const CONTENTS = 'mdbook-sidebar';
const WIDE = 1080;
const PAUSE_MS = 150;

/** Makes the bar of a page work. */
export function mountBar(doc: Document): void {
    // A browser shows them in a frame without scripts, but the lab does what they say is missing.
    doc.querySelectorAll('noscript').forEach((one) => one.remove());
    mountContents(doc);
    mountThemes(doc);
    mountSearch(doc);
    doc.addEventListener('keydown', (event) => turn(doc, event));
}

/** An element of mdBook's template. A page of the book may have spoilt it: then that part of the bar does nothing. */
function part<T extends HTMLElement>(doc: Document, id: string): T | null {
    return doc.querySelector<T>(`#mdbook-${id}`);
}

function mountContents(doc: Document): void {
    const box = part<HTMLInputElement>(doc, 'sidebar-toggle-anchor');
    const [toggle, bar] = [part(doc, 'sidebar-toggle'), part(doc, 'sidebar')];
    const list = doc.querySelector('mdbook-sidebar-scrollbox');
    if (!box || !toggle || !bar || !list) {
        return;
    }
    const show = () => {
        bar.inert = !box.checked;
        doc.documentElement.classList.toggle('sidebar-visible', box.checked);
        toggle.setAttribute('aria-expanded', String(box.checked));
        if (box.checked && !list.hasChildNodes()) {
            // If the lab does not answer, it is tried again when the list is opened again.
            fill(doc, list).catch(() => {});
        }
    };
    box.checked = doc.body.clientWidth >= WIDE && localStorage.getItem(CONTENTS) !== 'hidden';
    show();
    box.addEventListener('change', () => {
        localStorage.setItem(CONTENTS, box.checked ? 'visible' : 'hidden');
        show();
    });
    // mdBook uses a label, which cannot have the keyboard.
    toggle.setAttribute('role', 'button');
    toggle.tabIndex = 0;
    toggle.addEventListener('keydown', (event) => {
        if (event.key === 'Enter' || event.key === ' ') {
            event.preventDefault();
            toggle.click();
        }
    });
}

/** The list of chapters, as mdBook has written it for browsers without scripts. */
async function fill(doc: Document, list: Element): Promise<void> {
    const answer = await fetch(`${ROOT}toc.html`);
    const toc = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('ol.chapter');
    if (!answer.ok || !toc || list.hasChildNodes()) {
        return;
    }
    const here = doc.location.pathname.replace(/\/$/, '/index.html');
    for (const link of toc.querySelectorAll('a')) {
        const href = link.getAttribute('href');
        const fold = link.closest('li.chapter-item');
        if (link.classList.contains('chapter-fold-toggle') || href === null) {
            link.setAttribute('role', 'button');
            link.tabIndex = 0;
            link.addEventListener('click', () => fold?.classList.toggle('expanded'));
            continue;
        }
        link.removeAttribute('target');
        link.href = ROOT + href;
        if (new URL(link.href, location.origin).pathname === here) {
            link.classList.add('active');
            link.setAttribute('aria-current', 'page');
            for (let item: Element | null | undefined = fold; item; item = item.parentElement?.closest('li.chapter-item')) {
                item.classList.add('expanded');
            }
        }
    }
    // It becomes part of the frame, where nothing of it can run.
    list.append(doc.importNode(toc, true));
    list.querySelector('.active')?.scrollIntoView({ block: 'center' });
}

function mountThemes(doc: Document): void {
    const [toggle, popup] = [part(doc, 'theme-toggle'), part(doc, 'theme-list')];
    if (!toggle || !popup) {
        return;
    }
    const show = (isOpen: boolean) => {
        popup.style.display = isOpen ? 'block' : 'none';
        toggle.setAttribute('aria-expanded', String(isOpen));
        for (const button of popup.querySelectorAll('button')) {
            button.classList.toggle('theme-selected', button.id === `mdbook-theme-${chosen() ?? 'default_theme'}`);
        }
        (isOpen ? popup.querySelector<HTMLElement>('.theme-selected') : null)?.focus();
    };
    toggle.addEventListener('click', () => show(popup.style.display !== 'block'));
    popup.addEventListener('click', (event) => {
        const name = (event.target as Element).closest('button.theme')?.id.replace('mdbook-theme-', '');
        if (name) {
            choose(name === 'default_theme' ? null : name);
            show(false);
            toggle.focus();
        }
    });
    popup.addEventListener('keydown', (event) => {
        const buttons = [...popup.querySelectorAll<HTMLElement>('button')];
        const at = buttons.indexOf(event.target as HTMLElement);
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (step) {
            event.preventDefault();
            event.stopPropagation();
            buttons[(at + step + buttons.length) % buttons.length]?.focus();
        } else if (event.key === 'Escape') {
            show(false);
            toggle.focus();
        }
    });
    doc.addEventListener('click', (event) => {
        if (!(event.target as Element).closest('#mdbook-theme-list, #mdbook-theme-toggle')) {
            show(false);
        }
    });
}

function mountSearch(doc: Document): void {
    const [toggle, wrapper, outer, head, list] =
        ['search-toggle', 'search-wrapper', 'searchresults-outer', 'searchresults-header', 'searchresults'].map((id) => part(doc, id));
    const field = part<HTMLInputElement>(doc, 'searchbar');
    if (!toggle || !wrapper || !outer || !head || !list || !field) {
        return;
    }
    head.setAttribute('role', 'status');
    field.setAttribute('aria-label', 'Search in the book');
    const show = (isOpen: boolean) => {
        wrapper.classList.toggle('hidden', !isOpen);
        toggle.setAttribute('aria-expanded', String(isOpen));
        (isOpen ? field : toggle).focus();
    };
    let timer = 0;
    const search = async () => {
        const text = field.value.trim();
        const found = text === '' ? [] : await book.search(text).catch(() => null);
        if (field.value.trim() !== text) {
            return;
        }
        outer.classList.toggle('hidden', text === '');
        head.textContent = found === null ? 'The lab does not answer.' : count(found.length, text);
        list.replaceChildren(...(found ?? []).map((one) => item(doc, one)));
    };
    toggle.addEventListener('click', () => show(wrapper.classList.contains('hidden')));
    field.addEventListener('input', () => {
        clearTimeout(timer);
        timer = window.setTimeout(() => void search(), PAUSE_MS);
    });
    field.form?.addEventListener('submit', (event) => event.preventDefault());
    wrapper.addEventListener('keydown', (event) => {
        const links = [...list.querySelectorAll<HTMLElement>('a')];
        const at = links.indexOf(event.target as HTMLElement);
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (event.key === 'Escape') {
            show(false);
        } else if (step) {
            event.preventDefault();
            (links[at + step] ?? field).focus();
        } else if (event.key === 'Enter' && event.target === field) {
            event.preventDefault();
            links[0]?.click();
        }
        // Keys that are typed here must not turn pages.
        event.stopPropagation();
    });
    doc.addEventListener('keydown', (event) => {
        if ((event.key === '/' || event.key === 's') && isPlain(event)) {
            event.preventDefault();
            show(true);
        }
    });
}

/** How many sections a search shows at most. */
const FOUND_MAX = 30;

function count(number: number, text: string): string {
    switch (number) {
        case 0: return `Nothing found for “${text}”.`;
        case 1: return `1 section has “${text}”:`;
        default: return `${number === FOUND_MAX ? `The first ${number}` : number} sections have “${text}”:`;
    }
}

function item(doc: Document, { page, title, text }: Found): HTMLElement {
    const [entry, link, teaser] = [doc.createElement('li'), doc.createElement('a'), doc.createElement('span')];
    link.href = ROOT + page;
    link.textContent = title;
    teaser.className = 'teaser';
    teaser.textContent = text;
    entry.append(link, teaser);
    return entry;
}

/** Whether a key is meant for the page: nothing is held with it, and nothing is being written. */
function isPlain(event: KeyboardEvent): boolean {
    const writes = (event.target as Element).closest('input, textarea, select');
    return !writes && !event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.defaultPrevented;
}

/** The arrows turn pages, as they do on the website. */
function turn(doc: Document, event: KeyboardEvent): void {
    const names: Record<string, string> = { ArrowLeft: 'previous', ArrowRight: 'next' };
    const name = names[event.key];
    if (name && isPlain(event)) {
        doc.querySelector<HTMLElement>(`.nav-chapters.${name}, .mobile-nav-chapters.${name}`)?.click();
    }
}
