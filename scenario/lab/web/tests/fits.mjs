// Whether all of a page can be seen: that nothing sticks out of the window, is cut off or is covered, at all sizes that are
// tested. What scrolls into sight counts as seen. The contents of the book's pages are not looked at.

import assert from 'node:assert/strict';

/** The windows that are tested, from the smallest that are usable to a large screen. */
export const SIZES = [
    [320, 256], [390, 844], [640, 360], [768, 1024], [1024, 768],
    [1280, 720], [1366, 768], [1440, 900], [1920, 1080], [2560, 1440],
];

/** Runs in a page: what of it cannot be seen, and why. */
function unseen() {
    const ALLOWED_PX = 1.5;
    const found = [];
    const nameOf = (element) => {
        const text = (element.getAttribute('aria-label') ?? element.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 40);
        return `${element.tagName.toLowerCase()}${[...element.classList].map((one) => `.${one}`).join('')} “${text}”`;
    };
    const scrolls = (element, axis) => {
        const style = getComputedStyle(element);
        return /auto|scroll/.test(axis === 'x' ? style.overflowX : style.overflowY);
    };
    const clips = (element, axis) => {
        const style = getComputedStyle(element);
        return /hidden|clip/.test(axis === 'x' ? style.overflowX : style.overflowY);
    };
    /** Which part of a box its ancestors show, and whether one of them could be scrolled to show more. */
    const shownPart = (element) => {
        const { left, top, right, bottom } = element.getBoundingClientRect();
        const part = { left, top, right, bottom, x: false, y: false };
        const isFixed = (one) => getComputedStyle(one).position === 'fixed' || one.matches('dialog');
        for (let one = element; one !== null && !isFixed(one); one = one.parentElement) {
            const outer = one.parentElement;
            if (outer === null || outer === document.body) {
                break;
            }
            const box = outer.getBoundingClientRect();
            for (const [axis, start, end] of [['x', 'left', 'right'], ['y', 'top', 'bottom']]) {
                if (scrolls(outer, axis) || clips(outer, axis)) {
                    part[axis] ||= scrolls(outer, axis);
                    part[start] = Math.max(part[start], box[start]);
                    part[end] = Math.min(part[end], box[end]);
                }
            }
        }
        return part;
    };
    const isHeardOnly = (element) => element.closest('.heard, .skip, .xterm-helpers, [inert], .cm-announced') !== null || getComputedStyle(element).clipPath !== 'none';
    const dialog = document.querySelector('dialog[open]');
    const root = dialog ?? document.body;
    const canScroll = (axis) => scrolls(document.body, axis);
    for (const element of root.querySelectorAll('button, select, input, textarea, a[href], h1, h2, h3, p, li, td, th, summary, label, [role=status], [role=tab]')) {
        const box = element.getBoundingClientRect();
        const isEmpty = !element.matches('button, select, input') && element.textContent.trim() === '';
        if (isEmpty || box.width === 0 || box.height === 0 || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || isHeardOnly(element) || element.closest('.cm-editor, .xterm, .uplot')) {
            continue;
        }
        const part = shownPart(element);
        const say = (why) => found.push(`${nameOf(element)} ${why}`);
        if (!part.x && !canScroll('x') && (box.left < -ALLOWED_PX || box.right > innerWidth + ALLOWED_PX)) {
            say(`is outside the window: from ${Math.round(box.left)} to ${Math.round(box.right)} of ${innerWidth}`);
        } else if (!part.y && !canScroll('y') && (box.top < -ALLOWED_PX || box.bottom > innerHeight + ALLOWED_PX)) {
            say(`is outside the window: from ${Math.round(box.top)} to ${Math.round(box.bottom)} of ${innerHeight}`);
        } else if (!part.x && part.right - part.left < box.width - ALLOWED_PX && getComputedStyle(element).textOverflow !== 'ellipsis') {
            say(`is cut off: ${Math.round(part.right - part.left)} of ${Math.round(box.width)} pixels of its width are shown`);
        } else if (!part.y && part.bottom - part.top < box.height - ALLOWED_PX) {
            say(`is cut off: ${Math.round(part.bottom - part.top)} of ${Math.round(box.height)} pixels of its height are shown`);
        } else if (clips(element, 'x') && element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).textOverflow !== 'ellipsis') {
            say(`is cut off: its text needs ${element.scrollWidth} of ${element.clientWidth} pixels`);
        }
        if (element.matches('button, select, input, a[href], summary')) {
            const [x, y] = [(Math.max(part.left, 0) + Math.min(part.right, innerWidth)) / 2, (Math.max(part.top, 0) + Math.min(part.bottom, innerHeight)) / 2];
            const isInSight = part.right - part.left > 2 && part.bottom - part.top > 2 && part.top < innerHeight && part.left < innerWidth;
            const top = isInSight ? document.elementFromPoint(x, y) : null;
            if (top !== null && !element.contains(top) && !top.contains(element) && element.labels?.[0]?.contains(top) !== true && top.closest('.notices') === null) {
                say(`is covered by ${nameOf(top)}`);
            }
        }
    }
    // A scroll bar of the window, or of a pane whose contents should fit into its width.
    for (const [name, element] of [['the window', document.documentElement], ...[...document.querySelectorAll('.head, .editor, .terminal, .query-page, .panel-page, .dialog .inside')].map((one) => [nameOf(one), one])]) {
        if (element.scrollWidth > element.clientWidth + 1 && element.checkVisibility()) {
            found.push(`${name} needs ${element.scrollWidth} of ${element.clientWidth} pixels`);
        }
    }
    return found;
}

/** How long a page may take to follow its window. */
const FOLLOWS_MS = 3000;

/** Fails unless all of a page can be seen, at the latest a moment after its window has another size. */
export async function fits(page, what) {
    const { width, height } = page.viewportSize();
    const end = Date.now() + FOLLOWS_MS;
    let found = await page.evaluate(unseen);
    while (found.length > 0 && Date.now() < end) {
        await page.evaluate(() => new Promise(requestAnimationFrame));
        found = await page.evaluate(unseen);
    }
    assert.deepEqual(found, [], `${what} at ${width}×${height}`);
}
