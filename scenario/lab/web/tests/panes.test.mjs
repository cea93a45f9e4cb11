// Where things are: editor and terminal at once, the lines between them, each with the room of both; windows of any size.

import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { SIZES, fits } from './fits.mjs';
import { Lab, PROMPT, bookOf, closeBrowser, openPage, sessionOf, shoot, shows, troubles, type, until } from './lab.mjs';

let lab;

before(async () => {
    lab = await Lab.small();
});

after(async () => {
    await closeBrowser();
    await lab.end();
});

const open = async (width, height, options = {}) =>
    openPage(lab, { context: await sessionOf(lab, { viewport: { width, height }, ...options }) });
const box = (page, selector) => page.locator(selector).boundingBox();

test('the editor is above the terminal, and both are seen while a block is used', async () => {
    const page = await open(1280, 720);
    await bookOf(page).getByRole('button', { name: /^Copy to editor/ }).first().click();
    await page.locator('.cm-changed').first().waitFor();
    await type(page, 'cat notes/shopping.txt');
    await shows(page, /^bread\nmilk\napples$/m);
    assert.ok(await page.locator('.cm-content').isVisible());
    const [editor, terminal] = [await box(page, '#panel-editor'), await box(page, '#panel-terminal-1')];
    assert.ok(editor.y + editor.height <= terminal.y && editor.height > 200 && terminal.height > 150, JSON.stringify({ editor, terminal }));
    assert.deepEqual(await troubles(page), []);
    await page.context().close();
});

test('in a wide window editor and terminal are side by side', async () => {
    const page = await open(2560, 1440);
    const [editor, terminal] = [await box(page, '#panel-editor'), await box(page, '#panel-terminal-1')];
    assert.ok(editor.x + editor.width <= terminal.x && Math.abs(editor.y - terminal.y) < 2, JSON.stringify({ editor, terminal }));
    assert.equal(await page.getByRole('separator', { name: 'Width of the editor' }).getAttribute('aria-orientation'), 'vertical');
    await page.context().close();
});

test('the line between editor and terminal is moved by keys and by the pointer, and keeps its place', async () => {
    const page = await open(1280, 720);
    const height = async () => (await box(page, '#panel-editor')).height;
    const first = await height();
    const line = page.getByRole('separator', { name: 'Height of the editor' });
    await line.focus();
    await page.keyboard.press('ArrowUp');
    await until('the editor is lower', async () => (await height()) < first - 5);
    const { x, y, width } = await line.boundingBox();
    await page.mouse.move(x + width / 2, y + 3);
    await page.mouse.down();
    await page.mouse.move(x + width / 2, y - 100);
    await page.mouse.up();
    await until('the editor is lower by the way of the pointer', async () => (await height()) < first - 100);
    const low = await height();
    await page.reload();
    await page.getByText('● connected').waitFor();
    assert.ok(Math.abs((await height()) - low) < 2, `${await height()} and not ${low}`);
    await page.context().close();
});

test('editor and terminals are maximised by a button and by a key, also in a terminal, and shown again when they are used', async () => {
    const page = await open(1280, 720);
    const seen = async () => [await page.locator('#panel-editor').isVisible(), await page.locator('#panel-terminal-1').isVisible()].join();
    const become = (what) => until(`editor and terminal are ${what}`, async () => (await seen()) === what);
    const button = page.getByRole('button', { name: 'Maximise editor and services' });
    await button.click();
    await become('true,false');
    assert.equal(await button.getAttribute('aria-pressed'), 'true');
    await page.getByRole('tab', { name: /^T1/ }).click();
    await become('true,true');
    await shows(page, PROMPT);
    await until('the terminal has the keyboard', () => page.evaluate(() => document.activeElement.closest('.terminal') !== null));
    await page.keyboard.press('Control+Shift+KeyX');
    await become('false,true');
    await page.keyboard.press('Control+Shift+KeyX');
    await become('true,true');
    await page.getByRole('button', { name: 'Maximise terminals' }).click();
    await become('false,true');
    await bookOf(page).getByRole('button', { name: /^Copy to editor/ }).first().click();
    await become('true,true');
    // A key that the lab takes never reaches the shell.
    assert.doesNotMatch(await page.locator('#panel-terminal-1 .xterm-rows').innerText(), /\^X|X$/);
    await page.context().close();
});

test('a window that becomes small and large again shows what was used last, in the same terminal', async () => {
    const page = await open(1280, 720);
    await type(page, 'echo "kept"');
    await shows(page, /^kept$/m);
    await page.locator('#panel-terminal-1 .screen').evaluate((screen) => (screen.dataset.same = 'yes'));
    await page.getByRole('tab', { name: /^T1/ }).click();
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('tab', { name: 'Book', exact: true }).waitFor();
    assert.ok(await page.locator('#panel-terminal-1').isVisible());
    assert.equal(await page.locator('#panel-editor').isVisible(), false);
    await page.setViewportSize({ width: 1280, height: 720 });
    await page.locator('#panel-editor').waitFor();
    assert.equal(await page.locator('#panel-terminal-1 [data-same=yes]').count(), 1);
    await page.context().close();
});

/** The least height of the book at the first opening with the guide, by the height of the window. */
const ROOM = { 256: 80, 360: 190, 720: 450, 768: 450, 844: 480, 900: 650, 1024: 650, 1080: 800, 1440: 1100 };

for (const [width, height] of SIZES) {
    test(`the first opening of ${width}×${height} shows the book, and nothing is cut off`, async () => {
        for (const colorScheme of ['light', 'dark']) {
            const page = await open(width, height, { colorScheme });
            await bookOf(page).getByRole('heading', { name: 'Write notes', exact: true }).waitFor();
            const frame = await box(page, 'iframe[data-book]');
            assert.ok(frame.height >= ROOM[height], `the book has ${frame.height} pixels`);
            const bar = await box(page, '.step-bar');
            assert.ok(bar.height < 50 || (width < 1440 && bar.height < 70), `the step bar is ${bar.height} high`);
            assert.ok((await box(page, '.head')).height < 45);
            assert.ok((await box(page, '.tabs[data-group=work]')).height < 45);
            await fits(page, 'the first opening');
            await page.context().close();
        }
    });
}

test('in a narrow book the buttons of a block are in one row', async () => {
    for (const width of [320, 390]) {
        const page = await open(width, 844);
        // A block that was used has one more.
        await bookOf(page).getByRole('button', { name: /^Copy to editor/ }).first().click();
        await page.getByRole('tab', { name: 'Editor', selected: true }).waitFor();
        await page.getByRole('tab', { name: 'Book' }).click();
        await bookOf(page).getByRole('button', { name: /^Undo/ }).first().waitFor();
        const apart = await bookOf(page).locator('.scenario-block').evaluateAll((figures) => figures.flatMap((figure) => {
            const middles = [...figure.querySelectorAll('figcaption button')].map((button) => {
                const { top, bottom } = button.getBoundingClientRect();
                return Math.round((top + bottom) / 2);
            });
            return middles.some((middle) => Math.abs(middle - middles[0]) > 4) ? [`${figure.innerText.slice(0, 40)}: ${middles}`] : [];
        }));
        assert.deepEqual(apart, [], `at ${width}`);
        await page.context().close();
    }
});

test('every pane and dialog fits into windows of all sizes', async () => {
    const page = await open(1280, 720);
    await bookOf(page).getByRole('button', { name: /^Copy to editor/ }).first().click();
    await page.locator('.cm-changed').first().waitFor();
    await page.getByRole('button', { name: 'Got it' }).click({ timeout: 1000 }).catch(() => {});
    const resize = async (width, height, isSmall) => {
        await page.setViewportSize({ width, height });
        // The page follows its window a moment later: in a small one, the book is one of the tabs.
        await page.locator('#tab-book').waitFor({ state: isSmall ? 'attached' : 'detached' });
    };
    const atAll = async (what, tab) => {
        for (const [width, height] of SIZES) {
            const isSmall = width <= 900 || height <= 440;
            await resize(width, height, isSmall);
            if (tab && isSmall) await page.getByRole('tab', { name: tab }).click();
            await fits(page, what);
            await shoot(page, `panes-${what}-${width}x${height}`);
        }
        await resize(1280, 720, false);
    };
    await atAll('book', 'Book');
    await atAll('editor', /^Editor/);
    await atAll('terminal', /^T1/);
    for (const [keys, what] of [['Alt+KeyM', 'map'], ['Alt+KeyS', 'settings'], ['Alt+KeyW', 'difference'], ['Control+KeyP', 'open'],
        ['Control+Shift+KeyF', 'search'], ['?', 'keys']]) {
        await page.getByRole('tab', { name: /^Editor/ }).focus();
        await page.keyboard.press(keys);
        await page.getByRole('dialog').waitFor();
        await atAll(what);
        await page.keyboard.press('Escape');
    }
    await page.context().close();
});

test('many tabs stay in one row, and the one that is selected is in sight', async () => {
    const other = await Lab.of(async (folder) => {
        await mkdir(join(folder, 'src'), { recursive: true });
        await writeFile(join(folder, 'book.toml'), '[book]\ntitle = "Many"\n');
        await writeFile(join(folder, 'src/SUMMARY.md'), '- [Many](many.md)\n');
        const block = (index) => `\`\`\`console background=service-${index} ready=http://localhost:${18700 + index}/ within=5s\n$ sleep 1000\n\`\`\`\n`;
        await writeFile(join(folder, 'src/many.md'), `# Many\n\n${Array.from({ length: 9 }, (_, index) => block(index)).join('\n')}`);
    });
    try {
        const page = await openPage(other, { context: await sessionOf(other, { viewport: { width: 1280, height: 720 } }) });
        const last = page.getByRole('tablist').first().getByRole('tab').last();
        const isInSight = () => last.evaluate((tab) => {
            const [own, row] = [tab, tab.parentElement].map((one) => one.getBoundingClientRect());
            return own.left >= row.left - 1 && own.right <= row.right + 1;
        });
        for (const [width, height] of SIZES) {
            await page.setViewportSize({ width, height });
            await page.getByRole('tab', { name: /^Editor/ }).click();
            assert.ok((await box(page, '.tabs[data-group=work]')).height < 50, `the tabs have one row at ${width}×${height}`);
            await page.keyboard.press('End');
            await until('the last tab is selected', async () => (await last.getAttribute('aria-selected')) === 'true');
            await until(`the last tab is in sight at ${width}×${height}`, isInSight);
            await fits(page, 'many tabs');
        }
        await page.setViewportSize({ width: 1280, height: 720 });
        await until('the last tab is in sight when the room changes', isInSight);
        await shoot(page, 'panes-many-tabs');
        await page.context().close();
    } finally {
        await other.end();
    }
});

// The last one: the lab goes on where a step was read.
test('a service of a later step gets its tab from a link of the page, and keeps it', async () => {
    const page = await open(1280, 720);
    const tabs = page.getByRole('tablist', { name: 'Editor and services' }).getByRole('tab');
    const link = `<http://localhost:${lab.servicePort}/>`;
    const path = join(lab.book, 'src/step-1-write.md');
    // Until the page is loaded, nothing of the lab works in it: a click has to wait for that.
    await page.route('**/slow.png', (route) => setTimeout(() => void route.abort(), 1000));
    await writeFile(path, `${await readFile(path, 'utf8')}\n${link}\n\n![](slow.png)\n`);
    await bookOf(page).getByRole('link', { name: `http://localhost:${lab.servicePort}/` }).waitFor();
    assert.deepEqual(await tabs.allInnerTexts(), ['Editor']);
    await bookOf(page).getByRole('link', { name: `http://localhost:${lab.servicePort}/` }).click();
    await page.getByRole('tab', { name: /^App/, selected: true }).waitFor();
    await page.getByText(`Nothing answers on port ${lab.servicePort}`).waitFor();
    await page.getByRole('tab', { name: /^Editor/ }).click();
    assert.equal(await tabs.count(), 2);
    await page.context().close();
    // A reader of the step that starts it needs no link.
    const other = await open(1280, 720);
    await other.getByRole('combobox', { name: 'Go to step' }).selectOption('2');
    await other.getByRole('button', { name: 'Only read' }).click();
    await other.getByRole('tab', { name: /^App/ }).waitFor();
    await other.context().close();
});
