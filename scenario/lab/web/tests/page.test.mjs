// The page itself: by keyboard alone, narrow, dark, enlarged, for a screen reader.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { isAccessible } from './axe.mjs';
import { Lab, PROMPT, bookOf, closeBrowser, openPage, painted, sessionOf, shows, troubles, until } from './lab.mjs';

let lab;
let context;

before(async () => {
    lab = await Lab.small();
    const page = await openPage(lab);
    context = page.context();
    await page.close();
});

after(async () => {
    await closeBrowser();
    await lab.end();
});

/** What has the keyboard: its name, or its text. */
const focused = (page) => page.evaluate(() => {
    let element = document.activeElement;
    while (element?.contentDocument) {
        element = element.contentDocument.activeElement;
    }
    return element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? element?.tagName;
});

test('a block is applied, a command run and a step checked by keyboard alone', async () => {
    const page = await openPage(lab, { context });
    await bookOf(page).locator('.lab-button').first().waitFor();
    await page.keyboard.press('Alt+KeyB');
    await until('the book has the keyboard', async () => (await page.evaluate(() => document.activeElement.title)) === 'The book');
    const tabTo = async (name) => {
        for (let presses = 0; presses < 60; presses += 1) {
            if (name.test(await focused(page))) {
                return;
            }
            await page.keyboard.press('Tab');
        }
        throw new Error(`Tab never came to ${name}, but to ${await focused(page)}`);
    };
    await tabTo(/^Copy to editor: notes\/shopping\.txt/);
    await page.keyboard.press('Enter');
    await page.locator('.open-files .current', { hasText: 'shopping.txt' }).waitFor();

    await page.keyboard.press('Alt+KeyE');
    await until('the editor has the keyboard', async () => /editor$/.test(await focused(page)));
    const comesTo = (what, look) => until(`${what} has the keyboard`, async () => look.test(await focused(page)));
    await page.keyboard.press('Shift+F6');
    await comesTo('the tab of the editor', /^Editor/);
    await page.keyboard.press('Shift+F6');
    await until('the book has the keyboard', async () => (await page.evaluate(() => document.activeElement.title)) === 'The book');
    await page.keyboard.press('F6');
    await comesTo('the tab of the editor', /^Editor/);
    // A service of a later step has no tab before something shows it.
    await page.keyboard.press('ArrowRight');
    await page.getByRole('tab', { name: /^Editor/, selected: true }).waitFor();
    await page.keyboard.press('Alt+KeyA');
    await page.getByRole('tab', { name: /^App/, selected: true }).waitFor();
    await page.getByRole('tab', { name: /^App/ }).focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('F6');
    await comesTo('the editor', /editor$/);
    await page.keyboard.press('F6');
    await comesTo('the tab of the terminal', /^T1/);
    await page.keyboard.press('F6');
    await until('the terminal has the keyboard', async () => /^Terminal T1/.test(await focused(page)));
    await shows(page, PROMPT);
    await page.keyboard.type('cat notes/shopping.txt\n');
    await shows(page, /^bread\nmilk\napples$/m);
    // Tab is the shell's here.
    await page.keyboard.type('cat notes/sh\t');
    await shows(page, /cat notes\/shopping\.txt$/m);
    await page.keyboard.press('Control+U');
    await page.keyboard.press('Control+Shift+KeyM');
    await until('the terminal is left', async () => !/^Terminal T1/.test(await focused(page)));
    assert.deepEqual(await troubles(page), []);
    await page.close();
});

test('? lists the keys, in the page and in the book, and Esc closes the list', async () => {
    const page = await openPage(lab, { context });
    await bookOf(page).locator('.lab-button').first().waitFor();
    for (const place of ['#tab-editor', 'iframe[data-book]']) {
        await page.locator(place).focus();
        await page.keyboard.press('?');
        const keys = page.getByRole('dialog', { name: 'Keys' });
        await keys.getByText('F6, Ctrl+Shift+M').waitFor();
        await isAccessible(page, 'the keys');
        await page.keyboard.press('Escape');
    }
    await page.close();
});

test('a key right after Escape counts', async () => {
    const page = await openPage(lab, { context });
    const [keys, map] = ['Keys', 'Steps and blocks'].map((name) => page.getByRole('dialog', { name }));
    for (const [key, code, next] of [['?', 'Slash', keys], ['m', 'KeyM', map]]) {
        await page.locator('#tab-editor').focus();
        await page.keyboard.press('?');
        await keys.waitFor();
        // It comes as soon as the browser has told the page of Escape, and before it tells that the dialog is closed.
        await page.evaluate(([key, code]) => {
            const shown = document.querySelector('dialog');
            shown.addEventListener('cancel', () => document.body.dispatchEvent(new KeyboardEvent('keydown', { key, code, altKey: key === 'm', bubbles: true })));
            window.first = shown;
        }, [key, code]);
        await page.keyboard.press('Escape');
        await page.waitForFunction(() => !window.first.isConnected);
        await next.waitFor({ timeout: 5000 });
        await page.keyboard.press('Escape');
        await page.locator('dialog').waitFor({ state: 'detached' });
    }
    await page.close();
});

test('a dialog that closes gives the keyboard back, and does not take it from what has it by then', async () => {
    const page = await openPage(lab, { context });
    const settings = page.getByRole('button', { name: 'Settings' });
    const dialog = page.getByRole('dialog', { name: 'Settings' });
    const isActive = (element) => element === document.activeElement;
    for (const end of [() => page.keyboard.press('Escape'), () => dialog.getByRole('button', { name: 'Close' }).click()]) {
        await settings.click();
        await dialog.waitFor();
        await end();
        await page.locator('dialog').waitFor({ state: 'detached' });
        assert.ok(await settings.evaluate(isActive));
    }
    await settings.click();
    await dialog.waitFor();
    // The browser has closed it, and the page hears of that later.
    await page.evaluate(() => {
        document.querySelector('dialog').close();
        document.querySelector('#tab-editor').focus();
    });
    await page.locator('dialog').waitFor({ state: 'detached' });
    await painted(page);
    assert.ok(await page.locator('#tab-editor').evaluate(isActive));
    await page.close();
});

test('keys typed at once go into the dialog that they open, and what a dialog leads to keeps the keyboard', async () => {
    const page = await openPage(lab, { context });
    await bookOf(page).getByRole('button', { name: /^Copy to editor: notes\/shopping/ }).first().click();
    await page.locator('.open-files .current', { hasText: 'shopping.txt' }).waitFor();
    const editor = page.locator('.cm-content');
    await editor.focus();
    const text = await editor.innerText();
    await page.keyboard.press('Control+KeyP');
    await page.keyboard.type('shop');
    const path = page.getByRole('dialog', { name: 'Open a file' }).getByRole('combobox');
    await path.waitFor();
    assert.deepEqual([await path.inputValue(), await editor.innerText()], ['shop', text]);
    await page.keyboard.press('Escape');

    await shows(page, PROMPT);
    await page.locator('#panel-terminal-1 textarea').focus();
    await page.keyboard.press('Control+Shift+KeyF');
    await page.keyboard.type('milk');
    const find = page.getByRole('textbox', { name: 'Find in T1' });
    await find.waitFor();
    assert.equal(await find.inputValue(), 'milk');

    await page.getByRole('button', { name: 'Map', exact: true }).click();
    await page.getByRole('dialog', { name: 'Steps and blocks' }).locator('button.row', { hasText: /shopping/ }).first().click();
    await bookOf(page).locator('.scenario-block:focus').waitFor();
    await painted(page);
    assert.equal(await page.evaluate(() => document.activeElement.title), 'The book');
    await page.close();
});

test('the line between book and tools is moved by keys and by the pointer, and keeps its place', async () => {
    const page = await openPage(lab, { context });
    const line = page.getByRole('separator', { name: 'Width of the book' });
    const width = async () => (await page.getByRole('main').boundingBox()).width;
    await line.focus();
    await page.keyboard.press('Home');
    const least = await width();
    await page.keyboard.press('ArrowRight');
    assert.ok((await width()) > least);
    const { x, y, height } = await line.boundingBox();
    await page.mouse.move(x + 3, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(700, y + height / 2, { steps: 5 });
    await page.mouse.up();
    const wide = await width();
    assert.ok(Math.abs(wide - 700) < 10, `${wide}`);
    await page.reload();
    await page.getByText('● connected').waitFor();
    assert.ok(Math.abs((await width()) - wide) < 2);
    await page.close();
});

test('the page has landmarks and a live region', async () => {
    const page = await openPage(lab, { context });
    await page.getByRole('banner').waitFor();
    await isAccessible(page, 'the first page');
    await page.getByRole('main', { name: 'Book' }).waitFor();
    await page.getByRole('navigation', { name: 'Steps' }).waitFor();
    await page.getByRole('region', { name: 'Tools' }).waitFor();
    await page.getByRole('region', { name: 'Step', exact: true }).waitFor();
    await page.getByRole('tablist', { name: 'Editor and services' }).waitFor();
    await page.getByRole('tablist', { name: 'Terminals' }).waitFor();
    assert.equal(await page.locator('.notices').getAttribute('aria-live'), 'polite');
    const unnamed = await page.evaluate(() => [...document.querySelectorAll('button, select, input, iframe')]
        .filter((one) => !(one.getAttribute('aria-label') ?? one.title ?? '').trim() && !one.textContent.trim() && !one.closest('label'))
        .map((one) => one.outerHTML));
    assert.deepEqual(unnamed, []);
    await page.close();
});

test('a narrow screen has one column, with the book among the tabs', async () => {
    const page = await openPage(lab, { context: await freshContext({ viewport: { width: 600, height: 900 } }) });
    // The first opening shows it.
    await page.getByRole('tab', { name: 'Book', exact: true, selected: true }).waitFor();
    await bookOf(page).getByRole('heading', { name: 'Write notes', exact: true }).waitFor();
    assert.equal(await page.locator('.panel:visible').count(), 0);
    await isAccessible(page, 'the book on a narrow screen');
    await bookOf(page).getByRole('button', { name: /^Copy to editor/ }).first().click();
    await page.getByRole('tab', { name: /^Editor/, selected: true }).waitFor();
    await page.locator('.cm-content').waitFor();
    assert.equal(await page.getByRole('main', { name: 'Book' }).isVisible(), false);
    await fits(page);
    await isAccessible(page, 'the editor on a narrow screen');
    assert.deepEqual(await troubles(page), []);
    await page.close();
});

test('nothing is cut off at a zoom of 200 %', async () => {
    // A window of 1280 by 800 that is enlarged twice has this much room.
    const page = await openPage(lab, { context: await freshContext({ viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }) });
    await page.locator('.step-bar .main').waitFor();
    await fits(page);
    await bookOf(page).getByRole('heading', { name: 'Write notes', exact: true }).waitFor();
    const room = (await page.locator('iframe[data-book]').boundingBox()).height;
    assert.ok(room > 120, `the book has ${room} pixels left`);
    await page.close();
});

test('light and dark follow the theme of the book, at once', async () => {
    const dark = await openPage(lab, { context: await freshContext({ colorScheme: 'dark' }) });
    const theme = () => dark.evaluate(() => document.documentElement.dataset.theme);
    await until('dark', async () => (await theme()) === 'dark');
    await bookOf(dark).locator('.scenario-block .lab-button').first().waitFor();
    await bookOf(dark).locator('#mdbook-theme-toggle').click();
    await bookOf(dark).locator('#mdbook-theme-light').click();
    await until('light', async () => (await theme()) === 'light');
    await dark.reload();
    await until('light', async () => (await theme()) === 'light');
    await dark.close();
});

test('text has enough contrast in light and dark', async () => {
    for (const colorScheme of ['light', 'dark']) {
        const page = await openPage(lab, { context: await freshContext({ colorScheme }) });
        await page.locator('.step-bar').waitFor();
        const low = await page.evaluate(contrasts, '#lab *');
        assert.deepEqual(low, [], colorScheme);
        await page.close();
    }
});

test('what the lab adds to the book has enough contrast in each theme', async () => {
    const page = await openPage(lab, { context: await freshContext() });
    // It is counted, and should not be: that fails, and the next one passes.
    await lab.write('notes/shopping.txt', 'caviar\n');
    for (const [command, state] of [['grep', 'failed'], ['printf', 'passed']]) {
        await bookOf(page).getByRole('button', { name: new RegExp(`^Run: ${command}`) }).click();
        await bookOf(page).locator(`.lab-state > .${state}`).first().waitFor();
    }
    await bookOf(page).locator('.lab-tick').first().waitFor();
    const book = page.frames().find((frame) => frame.url().includes('/book/'));
    for (const theme of ['light', 'rust', 'coal', 'navy', 'ayu']) {
        await book.evaluate((name) => (document.documentElement.className = `${name} in-lab js`), theme);
        assert.deepEqual(await book.evaluate(contrasts, '.lab-buttons *, .lab-state *'), [], theme);
    }
    await page.close();
});

/** Runs in the page: all texts of which the contrast is below 4.5 (WCAG 2, AA). */
function contrasts(selector) {
    const parse = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
        .reduce((sum, c, index) => sum + c * [0.2126, 0.7152, 0.0722][index], 0);
    const behind = (element) => {
        for (let one = element; one; one = one.parentElement) {
            const colour = parse(getComputedStyle(one).backgroundColor);
            if (colour.length === 3 || colour[3] > 0.99) {
                return colour;
            }
        }
        return [255, 255, 255];
    };
    const texts = [...document.querySelectorAll(selector)].filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
    const shown = texts.filter((one) => one.checkVisibility() && !one.closest('.xterm, .heard, .scenario-heard, :disabled'));
    return shown.flatMap((one) => {
        const [a, b] = [light(parse(getComputedStyle(one).color)), light(behind(one))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        return ratio < 4.5 ? [`${ratio.toFixed(2)} ${one.outerHTML.slice(0, 100)}`] : [];
    });
}

test('the page is painted within a second, and a keystroke is on screen within 30 ms', async () => {
    const paints = [];
    const floors = [];
    const echoes = [];
    for (let round = 0; round < 5; round += 1) {
        const page = await openPage(lab, { context });
        await page.locator('.step-bar').waitFor();
        paints.push(await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime));
        await page.getByRole('tab', { name: /^T1/ }).click();
        await shows(page, PROMPT);
        await until('the terminal has the keyboard', async () => /^Terminal T1/.test(await focused(page)));
        await page.evaluate(echoByItself);
        await page.locator('#own-echo').focus();
        floors.push(await typed(page, '#own-echo'));
        await page.locator('#panel-terminal-1 textarea').focus();
        echoes.push(await typed(page, '#panel-terminal-1 .xterm-rows'));
        await page.keyboard.press('Control+U');
        await page.close();
    }
    const [paint, floor, echo] = [paints, floors, echoes].map(median);
    console.log(`medians of five windows: first paint ${paint.toFixed(0)} ms, keystroke to screen ${echo.toFixed(1)} ms,`
        + ` ${(echo / floor).toFixed(2)} times what a letter takes that the page writes itself (${floor.toFixed(1)} ms)`);
    assert.ok(paint <= 1000, `first paint: ${paints}`);
    assert.ok(echo <= 30, `medians of twenty keys in five windows: ${echoes}`);
});

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Types twenty letters; the median of the times from a key until the frame is done in which the element has changed. */
async function typed(page, element) {
    await page.evaluate((selector) => {
        window.echoes = [];
        let pressed = 0;
        window.addEventListener('keydown', () => (pressed = performance.now()), { capture: true });
        new MutationObserver(() => {
            const from = pressed;
            pressed = 0;
            // The element changes as the frame is made; a message is taken in after it.
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => from > 0 && window.echoes.push(performance.now() - from);
            port2.postMessage(null);
        }).observe(document.querySelector(selector), { childList: true, subtree: true, characterData: true });
    }, element);
    for (const [index, letter] of [...'abcdefghijklmnopqrst'].entries()) {
        const seen = await page.evaluate(() => window.echoes.length);
        // Nobody types in step with the frames of the screen: the keys come evenly spread over a frame.
        await new Promise((done) => setTimeout(done, 20 + ((index * 0.618) % 1) * 17));
        await page.keyboard.press(letter);
        // Polls by time: by default Playwright asks for animation frames, which would cause some.
        await page.waitForFunction((seen) => window.echoes.length > seen, seen, { polling: 20 });
    }
    return median(await page.evaluate(() => window.echoes));
}

/** Runs in the page: an element that shows each key by itself, in the next frame, as the terminal does. */
function echoByItself() {
    const element = document.createElement('div');
    element.id = 'own-echo';
    element.tabIndex = 0;
    element.addEventListener('keydown', (event) => requestAnimationFrame(() => (element.textContent += event.key)));
    document.body.append(element);
}

const freshContext = (options) => sessionOf(lab, options);

/** Nothing sticks out of the window. */
async function fits(page) {
    const [room, needed] = await page.evaluate(() => [document.documentElement.clientWidth, document.documentElement.scrollWidth]);
    assert.ok(needed <= room, `${needed} pixels are needed, ${room} are there`);
}
