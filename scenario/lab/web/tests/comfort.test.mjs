// Comfort: sizes, wrapping, brackets, formatting, terminals with names that are searched and cleared, and messages that
// cover nothing that was just marked.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';

import { isAccessible } from './axe.mjs';
import { Lab, PROMPT, bookOf, closeBrowser, openPage, screen, shoot, shows, troubles, type, until } from './lab.mjs';

let lab;
let page;
let book;

const LONG = `// ${'long '.repeat(60)}end`;
const PAGE = `# Comfort

\`\`\`rust file=src/main.rs
${LONG}
fn main() {
    let a  = 1;
}
\`\`\`

\`\`\`rust file=src/main.rs insert-after="let a  = 1;"
    let b = 2;
\`\`\`

\`\`\`rust file=src/main.rs append
// ${'the last line '.repeat(12)}
\`\`\`

\`\`\`console
$ true
\`\`\`
`;

async function write(folder) {
    await mkdir(join(folder, 'src'), { recursive: true });
    await writeFile(join(folder, 'src/SUMMARY.md'), '# Summary\n\n- [Comfort](comfort.md)\n');
    await writeFile(join(folder, 'src/comfort.md'), PAGE);
    await writeFile(join(folder, 'book.toml'), '[book]\ntitle = "Comfort"\n');
}

const content = () => page.locator('.cm-content');
const block = (text) => book.locator('.scenario-block', { hasText: text }).first();
const settings = () => page.getByRole('dialog', { name: 'Settings' });
const size = (locator) => locator.evaluate((element) => parseFloat(getComputedStyle(element).fontSize));
const isWiderInBook = () => block('let a').evaluate((element) =>
    [...element.querySelectorAll('pre, pre > code')].some(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth));
const isWider = (locator) => locator.evaluate((element) => element.scrollWidth > element.clientWidth);

/** Changes the settings. */
async function choose(change) {
    await page.getByRole('button', { name: 'Settings' }).click();
    await change(settings());
    await page.keyboard.press('Escape');
}

/** Opens a file that is made anew with a text. */
async function openNew(path, text) {
    await lab.write(path, text);
    await page.keyboard.press('Control+p');
    await page.getByRole('dialog', { name: 'Open a file' }).getByRole('combobox').fill(path);
    await page.keyboard.press('Enter');
    await page.locator('.open-files .current', { hasText: path.split('/').at(-1) }).waitFor();
}

/** What the editor shows. */
async function text() {
    return (await content().locator('.cm-line').allInnerTexts()).map((line) => line.replace(/\n$/, '')).join('\n');
}

before(async () => {
    lab = await Lab.of(write);
    page = await openPage(lab);
    book = bookOf(page);
    await page.getByRole('button', { name: 'Got it' }).click();
    await block('let a').getByRole('button', { name: /^Copy to editor/ }).click();
    await page.locator('.cm-line', { hasText: 'let a' }).waitFor();
});

afterEach(async () => {
    assert.deepEqual(await troubles(page), []);
    for (const dismiss of await page.getByRole('button', { name: 'Dismiss' }).all()) {
        await dismiss.click({ timeout: 1000 }).catch(() => {});
    }
});

after(async () => {
    await closeBrowser();
    await lab.end();
});

test('book, editor and terminals have sizes of their own, which are kept', async () => {
    const terminal = page.locator('#panel-terminal-1 .xterm-rows');
    const parts = [book.locator('main p, main h1').first(), page.locator('.cm-scroller'), terminal];
    const before = await Promise.all(parts.map(size));
    await choose(async (dialog) => {
        for (const [name, value] of [['Book (%)', '150'], ['Editor (px)', '20'], ['Terminals (px)', '99']]) {
            await dialog.getByLabel(name).fill(value);
            await dialog.getByLabel(name).press('Tab');
        }
        assert.equal(await dialog.getByLabel('Terminals (px)').inputValue(), '32', 'the largest that there is');
        await shoot(page, 'settings');
    });
    const wanted = [before[0] * 1.5, 20, 32];
    const have = async () => (await Promise.all(parts.map(size))).map((one) => Math.round(one * 10));
    await until('all have their sizes', async () => (await have()).join() === wanted.map((one) => Math.round(one * 10)).join());
    await page.reload();
    await page.getByText('● connected').waitFor();
    await page.locator('.cm-line', { hasText: 'let a' }).waitFor();
    await until('they are kept', async () => (await have()).join() === wanted.map((one) => Math.round(one * 10)).join());
    // The shell knows of its new size.
    await type(page, 'clear; tput cols');
    await until('it has few columns', async () => Number(/^(\d+)$/m.exec(await screen(page))?.[1]) < 60);
    await choose(async (dialog) => {
        for (const [name, value] of [['Book (%)', '100'], ['Editor (px)', '14'], ['Terminals (px)', '']]) {
            await dialog.getByLabel(name).fill(value);
            await dialog.getByLabel(name).press('Tab');
        }
        assert.equal(await dialog.getByLabel('Terminals (px)').inputValue(), '14', 'the usual one');
    });
    await until('they are as before', async () => (await Promise.all(parts.map(size))).join() === before.join());
});

test('the contents of the book are asked for again if the lab has not answered', async () => {
    await page.route(/\/book\/toc\.html$/, (route) => route.abort(), { times: 1 });
    const toggle = book.locator('#mdbook-sidebar-toggle');
    const failed = page.waitForEvent('requestfailed');
    await toggle.click();
    await failed;
    await toggle.click();
    await toggle.click();
    await book.getByRole('link', { name: 'Comfort' }).first().waitFor();
    await toggle.click();
});

test('long lines wrap where the setting is on', async () => {
    const editor = page.locator('.cm-scroller');
    assert.equal(await isWider(editor), true);
    await until('the book has a long line', isWiderInBook);
    await choose(async (dialog) => {
        await dialog.getByLabel('Code in the book').check();
        await dialog.getByLabel('Editor', { exact: true }).check();
        await dialog.getByLabel('Why is mine different?').uncheck();
    });
    await until('both are wrapped', async () => !(await isWider(editor)) && !(await isWiderInBook()));
    await lab.write('src/main.rs', `${LONG} and more\n`);
    await page.keyboard.press('Alt+w');
    const side = page.locator('.merge .cm-scroller, .merge .cm-mergeView').first();
    await side.waitFor();
    assert.equal(await page.locator('.merge .cm-lineWrapping').count(), 0);
    await page.keyboard.press('Escape');
    await choose((dialog) => dialog.getByLabel('Editor', { exact: true }).uncheck());
    await until('the editor is not wrapped', () => isWider(editor));
});

test('brackets and quotes are closed, and typed over, unless that is turned off', async () => {
    await openNew('notes/a.rs', '\n');
    await content().focus();
    await page.keyboard.type('f(["a');
    assert.equal((await text()).trim(), 'f(["a"])');
    await page.keyboard.type('"])');
    assert.equal((await text()).trim(), 'f(["a"])');
    await choose((dialog) => dialog.getByLabel('Close brackets and quotes').uncheck());
    await content().focus();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('g(');
    assert.equal((await text()).trim(), 'g(');
    await choose((dialog) => dialog.getByLabel('Close brackets and quotes').check());
});

test('a file is formatted when it is saved if the setting is on, it parses, and the blocks of the book still fit', async () => {
    await block('$ true').getByRole('button', { name: /^Run/ }).click();
    await page.getByRole('dialog', { name: 'Save first?' }).getByRole('button', { name: 'Save and run' }).click();
    await block('$ true').getByText('✓ done').waitFor();
    await openNew('notes/b.rs', 'fn  main( ) { f(1,2) }\n');
    const saved = async (typed) => {
        await content().focus();
        await page.keyboard.press('Control+End');
        await page.keyboard.type(typed);
        await page.locator('.open-files .current .dirty').waitFor();
        await page.keyboard.press('Control+s');
        await page.locator('.open-files .current .dirty').waitFor({ state: 'detached' });
    };
    await saved('// one');
    assert.equal(await lab.read('notes/b.rs'), 'fn  main( ) { f(1,2) }\n// one', 'nobody has chosen it');
    await choose((dialog) => dialog.getByLabel(/^Format Rust files/).check());
    await saved(', two');
    assert.equal(await lab.read('notes/b.rs'), 'fn main() {\n    f(1, 2)\n}\n// one, two\n');
    assert.equal(await text(), 'fn main() {\n    f(1, 2)\n}\n// one, two\n');
    await saved('fn  g( {');
    assert.match(await lab.read('notes/b.rs'), /fn {2}g\( \{/, 'it does not parse');
    const own = `${LONG}\nfn main() {\n    let a  = 1;\n}\n`;
    await openNew('src/main.rs', own);
    await until('it is there', async () => (await text()).includes('let a  = 1;'));
    await saved('\n');
    await page.locator('.notice', { hasText: 'src/main.rs was not formatted: the block at' }).waitFor();
    assert.match(await lab.read('src/main.rs'), /let a {2}= 1;/);
    await choose((dialog) => dialog.getByLabel(/^Format Rust files/).uncheck());
});

test('the output of a terminal can be searched', async () => {
    await type(page, 'clear; seq 1000 2000');
    await shows(page, /^2000$/m);
    await page.keyboard.press('Control+Shift+f');
    const find = page.getByRole('textbox', { name: 'Find in T1' });
    await until('it has the keyboard', () => find.evaluate((element) => element === document.activeElement));
    await find.pressSequentially('1234');
    await page.locator('.find [role=status]', { hasText: '1 of 1' }).waitFor();
    await isAccessible(page, 'the search in a terminal');
    await shows(page, /^1234$/m);
    await find.fill('199');
    await page.locator('.find [role=status]', { hasText: /^10 of 10|\d+ of 1\d/ }).waitFor();
    await page.keyboard.press('Enter');
    await find.fill('no such line');
    await page.locator('.find [role=status]', { hasText: 'not found' }).waitFor();
    await shoot(page, 'find');
    await page.keyboard.press('Escape');
    await find.waitFor({ state: 'detached' });
    await until('the terminal has the keyboard', () => page.evaluate(() => document.activeElement?.closest('#panel-terminal-1') !== null));
});

test('a terminal is cleared, with what was above its screen, and keeps its name in all windows', async () => {
    await page.locator('#panel-terminal-1 textarea').focus();
    await page.keyboard.press('Control+Shift+l');
    const isEmpty = async (one) => !(await screen(one)).includes('\n') && PROMPT.test(await screen(one));
    await until('it is empty', () => isEmpty(page));
    await page.getByRole('button', { name: 'Name', exact: true }).click();
    await page.getByRole('dialog', { name: 'Name of T1' }).getByRole('textbox').fill('the server');
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: /^T1 the server/ }).waitFor();
    const second = await openPage(lab, { context: page.context() });
    await second.getByRole('tab', { name: /^T1 the server/ }).waitFor();
    await until('it is empty there too', () => isEmpty(second));
    await second.close();
});

test('a selection in a terminal is copied if the setting is on', async () => {
    await type(page, 'clear; echo abcdef');
    await shows(page, /^abcdef$/m);
    const row = page.locator('#panel-terminal-1 .xterm-rows > div', { hasText: /^abcdef/ }).last();
    const select = async () => {
        const box = await row.boundingBox();
        await page.mouse.dblclick(box.x + 20, box.y + box.height / 2);
    };
    await page.evaluate(() => navigator.clipboard.writeText('before'));
    const copied = () => page.evaluate(() => navigator.clipboard.readText());
    await select();
    assert.equal(await copied(), 'before');
    await choose((dialog) => dialog.getByLabel('Copy what is selected').check());
    await select();
    await until('it is copied', async () => (await copied()) === 'abcdef');
    await choose((dialog) => dialog.getByLabel('Copy what is selected').uncheck());
});

/** The messages that lie on a line that was just marked. */
async function overlaps() {
    return page.evaluate(() => {
        const rects = (selector) => [...document.querySelectorAll(selector)].map((element) => element.getBoundingClientRect());
        const code = document.querySelector('.cm-scroller').getBoundingClientRect();
        const seen = rects('.cm-changed').filter((line) => line.bottom > code.top && line.top < code.bottom);
        const lies = (notice, line) => notice.left < code.right && notice.right > code.left && notice.top < Math.min(line.bottom, code.bottom) && notice.bottom > line.top;
        return { marked: seen.length, lies: rects('.notice').filter((notice) => seen.some((line) => lies(notice, line))).length };
    });
}

test('a message never covers a line that was just marked, in windows of any shape', async () => {
    const long = `${LONG}\nfn main() {\n    let a  = 1;\n}\n${'// more\n'.repeat(100)}`;
    for (const [width, height, maximised] of [[1440, 900, false], [1440, 900, true], [2560, 1440, false], [390, 844, false], [640, 360, false], [320, 256, false]]) {
        await page.setViewportSize({ width, height });
        await lab.write('src/main.rs', long);
        const small = width <= 900 || height <= 440;
        if (small) {
            await page.getByRole('tab', { name: 'Book' }).click();
        } else if (maximised) {
            await page.getByRole('button', { name: 'Maximise editor and services' }).click();
        }
        await block('the last line').getByRole('button', { name: /^Copy to editor/ }).click();
        await page.locator('.notice', { hasText: 'src/main.rs is changed' }).waitFor();
        await until(`the marked line is in sight at ${width}x${height}`, async () => (await overlaps()).marked === 1);
        assert.equal((await overlaps()).lies, 0, `${width}x${height}`);
        await shoot(page, `notice-${width}${maximised ? '-maximised' : ''}`);
        // It may disappear by itself meanwhile.
        await page.getByRole('button', { name: 'Dismiss' }).first().click({ timeout: 1000 }).catch(() => {});
        await page.locator('.notice').first().waitFor({ state: 'detached' });
        if (maximised) {
            await page.getByRole('button', { name: 'Maximise editor and services' }).click();
        }
    }
    await page.setViewportSize({ width: 1400, height: 900 });
});
