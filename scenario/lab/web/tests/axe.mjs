// What axe-core finds wrong with a page of the lab for people who cannot see it or use a mouse: in light and in dark, in the
// lab's own page and in what the lab and the blocks add to the book. What mdBook's theme does elsewhere is not ours.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

import { until } from './lab.mjs';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** What is ours in the book. */
const OURS = '.lab-buttons, .lab-state, .lab-check, .scenario-block, .scenario-checks, .scenario-exercise';

/** Without these styles of ours a word of a block's code has the colours that mdBook gives it. */
const PLAIN = '.scenario-block * { opacity: 1 !important; } .scenario-block :is(ins, del, .scenario-own) { background: none !important; }';

/** Runs in a page: each rule that is broken, with what breaks it. In code of the book too little contrast is ours if it comes of our styles. */
async function violations([ours, plain]) {
    const include = ours === null ? [document] : [...document.querySelectorAll(ours)];
    if (include.length === 0) {
        return [];
    }
    const broken = async (options) => {
        // mdBook's boxes of code scroll sideways, and the browser brings the keyboard to them.
        const rules = { 'scrollable-region-focusable': { enabled: ours === null } };
        const { violations: found } = await window.axe.run({ include }, { iframes: false, resultTypes: ['violations'], rules, ...options });
        return found.flatMap(({ id, nodes }) => nodes.map((node) => {
            const [place] = node.target;
            const isOfCode = ours !== null && id === 'color-contrast' && document.querySelector(place)?.closest('pre code') !== null;
            return { key: `${id} ${place}`, text: `${place}: ${id}: ${node.any[0]?.message ?? ''}`, isOfCode };
        }));
    };
    const found = await broken({});
    if (!found.some(({ isOfCode }) => isOfCode)) {
        return found.map(({ text }) => text);
    }
    document.head.append(Object.assign(document.createElement('style'), { textContent: plain }));
    const others = new Set((await broken({ runOnly: ['color-contrast'] })).map(({ key }) => key));
    return found.filter(({ key, isOfCode }) => !isOfCode || !others.has(key)).map(({ text }) => text);
}

/** The book's frame as HTML: its root, the styles that hold now, and its body. */
function partsOf(book) {
    return book.evaluate(() => {
        const sheets = [...document.styleSheets].filter((sheet) => !sheet.disabled && (!sheet.media.mediaText || matchMedia(sheet.media.mediaText).matches));
        const rulesOf = (sheet) => {
            try {
                return [...sheet.cssRules].map((rule) => rule.cssText);
            } catch {
                // It could not be loaded.
                return [];
            }
        };
        const rules = sheets.flatMap(rulesOf);
        return [document.documentElement.cloneNode(false).outerHTML, rules.join('\n'), document.body.outerHTML];
    });
}

/** A copy of the book in a page of its own: in its frame nothing that waits goes on. */
async function copyOf([root, styles, body], page) {
    const copy = await page.context().newPage();
    await copy.setContent(root.replace('</html>', `<head><title>${await page.title()}</title><style>${styles}</style></head>${body}</html>`));
    return copy;
}

/** The books in which nothing was found: what is the same to the letter is not looked at again. */
const good = new Set();

/** That axe-core finds nothing in what is shown now, light and dark. */
export async function isAccessible(page, what) {
    const check = async (where, ours, name) => {
        await where.evaluate(`if (!window.axe) { ${AXE}; }`);
        assert.deepEqual(await where.evaluate(violations, [ours, PLAIN]), [], name);
    };
    for (const colorScheme of ['dark', 'light']) {
        await page.emulateMedia({ colorScheme });
        await until(`it is ${colorScheme}`, () => page.evaluate((wanted) => document.documentElement.dataset.theme === wanted, colorScheme));
        await check(page, null, `${what}, ${colorScheme}`);
        const book = page.frames().find((frame) => frame.url().includes('/book/'));
        const parts = book ? await partsOf(book) : [];
        const key = JSON.stringify([page.viewportSize(), colorScheme, ...parts]);
        if (book && !good.has(key)) {
            const copy = await copyOf(parts, page);
            await check(copy, OURS, `${what}, the book, ${colorScheme}`);
            await copy.close();
            good.add(key);
        }
    }
}
