// Terminals: real shells that outlive the page, whatever is typed into them and however much comes out.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';

import { isAccessible } from './axe.mjs';
import { Lab, PROMPT, bookOf, closeBrowser, holdAnswer, openBrowser, openPage, screen, sessionOf, shows, troubles, type, until } from './lab.mjs';

let lab;
let page;

before(async () => {
    lab = await Lab.small();
    page = await openPage(lab);
    await page.getByRole('tab', { name: /^T1/ }).click();
    await shows(page, PROMPT);
});

afterEach(async () => {
    assert.deepEqual(await troubles(page), []);
    await type(page, 'clear');
    await shows(page, /^\S*[$#]$/);
});

after(async () => {
    await closeBrowser();
    await lab.end();
});

test('Cyrillic and wide letters are typed, shown and understood', async () => {
    await type(page, 'echo "Привет, 世界: $(printf %s Ёж | wc -m)"');
    await shows(page, 'Привет, 世界: 2');
});

test('a paste of several lines arrives as it is', async () => {
    await page.evaluate(() => navigator.clipboard.writeText('echo one\necho two'));
    await page.locator('#panel-terminal-1 textarea').focus();
    await page.keyboard.press('Control+Shift+V');
    await shows(page, 'echo two');
    await page.keyboard.press('Enter');
    await shows(page, /^one\ntwo$/m);
});

test('a selection is copied', async () => {
    await type(page, "printf 'to-%s\\n' be-copied");
    await shows(page, 'to-be-copied');
    const box = await page.locator('#panel-terminal-1 .xterm-rows > div', { hasText: /^to-be-copied/ }).boundingBox();
    await page.mouse.dblclick(box.x + 20, box.y + box.height / 2);
    await page.keyboard.press('Control+Shift+C');
    await until('it is in the clipboard', async () => (await page.evaluate(() => navigator.clipboard.readText())).includes('copied'));
});

test('a full-screen program has the screen, and gives it back', async () => {
    await type(page, 'seq 200 | less');
    await shows(page, /^1$/m);
    await page.keyboard.press('G');
    await shows(page, /^200$/m);
    await page.keyboard.type('q');
    await shows(page, PROMPT);
    assert.match(await screen(page), /seq 200 \| less/);
});

test('after a reload there is the same shell with the same screen', async () => {
    await type(page, 'token=kept; echo before $token');
    await shows(page, 'before kept');
    await page.reload();
    await shows(page, 'before kept');
    await type(page, 'echo again $token');
    await shows(page, 'again kept');
});

test('a second window sees the same shell', async () => {
    const second = await openPage(lab, { context: page.context() });
    await type(page, 'echo from the first');
    await shows(second, /^from the first$/m);
    await type(second, 'echo from the second');
    await shows(page, /^from the second$/m);
    await second.close();
});

test('a narrow window cuts no line, in no window', async () => {
    await type(page, `printf '%s\\n' "$(printf 'A%.0s' {1..60})MIDDLE$(printf 'B%.0s' {1..25})END"`);
    const line = new RegExp(`A{60}MIDDLEB{25}END`);
    // Where it is wrapped, its rows are one below the other.
    const whole = async (window) => line.test((await screen(window)).replaceAll('\n', ''));
    await until('it is there', () => whole(page));
    const narrow = await openPage(lab, { context: await sessionOf(lab, { viewport: { width: 390, height: 844 } }) });
    await narrow.getByRole('tab', { name: /^T1/ }).click();
    await until('it is there, wrapped', () => whole(narrow));
    await narrow.context().close();
    await page.reload();
    await until('it is there again', () => whole(page));
});

test('a terminal that is not connected says that it takes no keys', async () => {
    const second = await openPage(lab, { context: page.context() });
    let isBlocked = true;
    await second.routeWebSocket(/\/ws\/terminal\//, (socket) => (isBlocked ? socket.close() : socket.connectToServer()));
    await second.reload();
    await second.getByText('Not connected: what you type is lost.').waitFor();
    isBlocked = false;
    await type(second, 'echo nothing is lost');
    await shows(second, /^nothing is lost$/m);
    await second.close();
});

test('a full-screen program is there again after a reload', async () => {
    await type(page, 'seq 300 | less');
    await shows(page, /^1$/m);
    await page.reload();
    await shows(page, /^1$/m);
    await page.locator('#panel-terminal-1 textarea').focus();
    await page.keyboard.press('G');
    await shows(page, /^300$/m);
    await page.keyboard.type('q');
    await shows(page, 'seq 300 | less');
});

test('a million lines do not freeze the page', async () => {
    const longest = await longestTask(page, async () => {
        await type(page, 'seq 1 1000000; echo fin');
        await shows(page, /^1000000\nfin$/m);
    });
    console.log(`the longest task of the page took ${longest.toFixed(0)} ms of processor time`);
    assert.ok(longest < 250, `a task took ${longest} ms of processor time`);
});

/**
 * The longest time for which the page could not react, in milliseconds of processor time: a clock would also count what
 * else the machine does. Chromium traces each task of a page's main thread.
 */
async function longestTask(page, act) {
    const browser = await openBrowser();
    await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline'] });
    await act();
    const { traceEvents } = JSON.parse(await browser.stopTracing());
    const mains = traceEvents.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain');
    const ids = new Set(mains.map(({ pid, tid }) => `${pid}:${tid}`));
    const tasks = traceEvents.filter(({ pid, tid, tdur }) => tdur && ids.has(`${pid}:${tid}`));
    assert.ok(tasks.length > 100, `${tasks.length} tasks were traced`);
    return Math.max(...tasks.map(({ tdur }) => tdur)) / 1000;
}

test('a flood without an end is stopped by Ctrl+C, and memory does not grow', async () => {
    const memory = () => page.evaluate(() => performance.memory.usedJSHeapSize);
    await type(page, 'yes a flood of words');
    await shows(page, /^a flood of words$/m);
    const early = await memory();
    await new Promise((done) => setTimeout(done, 3000));
    const late = await memory();
    assert.ok(late < early + (100 << 20), `from ${early} to ${late} bytes`);
    const pressed = Date.now();
    await page.keyboard.press('Control+C');
    await shows(page, PROMPT);
    assert.ok(Date.now() - pressed < 3000, `it took ${Date.now() - pressed} ms`);
});

test('a shell that exits says so and can be restarted', async () => {
    await type(page, 'exit 7');
    await page.getByText('The shell has ended with status 7.').waitFor();
    await isAccessible(page, 'a shell that has ended');
    await page.getByRole('button', { name: 'Start a new one' }).click();
    await page.getByText('The shell has ended').waitFor({ state: 'detached' });
    await type(page, 'echo alive $((6*7))');
    await shows(page, 'alive 42');
});

test('a busy terminal is noticed, and a block runs in another one or stops what runs', async () => {
    // What the block prints is compared, so its file must be there.
    await mkdir(join(lab.workspace, 'notes'));
    await writeFile(join(lab.workspace, 'notes/shopping.txt'), 'bread\n');
    const date = bookOf(page).locator('.scenario-block', { hasText: '$ date' });
    await type(page, 'sleep 1000');
    await page.getByRole('tab', { name: /^T1 ● busy: sleep 1000/ }).waitFor();
    await date.getByRole('button', { name: /^Run/ }).click();
    await page.getByRole('dialog', { name: 'T1 is busy' }).getByText('It runs: sleep 1000').waitFor();
    await page.getByRole('button', { name: 'Run in a new terminal' }).click();
    await date.getByText('✓ done').waitFor();
    await shows(page, 'notes/shopping.txt', '2');

    // A question that comes late takes no key that is meant for another one.
    await page.getByRole('tab', { name: /^T1/ }).click();
    const busy = await holdAnswer(page, '**/run', 'POST');
    await date.getByRole('button', { name: /^Run/ }).click();
    assert.equal(await busy.given(), 409);
    await page.getByRole('button', { name: 'New file' }).click();
    await page.keyboard.type('own');
    await busy.release();
    await page.keyboard.type('/late.txt\n');
    await page.locator('.open-files .current', { hasText: 'late.txt' }).waitFor();
    await page.getByRole('dialog', { name: 'T1 is busy' }).getByRole('button', { name: 'Cancel' }).click();
    await until('the file is made', () => lab.read('own/late.txt').then(() => true, () => false));

    await date.getByRole('button', { name: /^Run/ }).click();
    await page.getByRole('button', { name: 'Stop it and run' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await shows(page, '^C');
    // The block's state may still be that of the other terminal.
    await shows(page, /^notes\/shopping\.txt has .*\n.*\bdate\n.+\n\S*[$#]$/m);

    await page.getByRole('tab', { name: 'T2', exact: true }).click();
    await page.getByRole('button', { name: 'Close T2' }).click();
    await page.getByRole('tab', { name: /^T2/ }).waitFor({ state: 'detached' });
    await page.getByRole('tab', { name: /^T1/ }).click();
});

test('a terminal is shown and has the keyboard although it is listed late', async () => {
    const second = await openPage(lab, { context: page.context() });
    let release;
    let released;
    const holdBack = () => (released = new Promise((done) => (release = done)));
    holdBack();
    await second.routeWebSocket(/\/ws\/events/, (socket) => {
        const server = socket.connectToServer();
        // The others come at once, as they may be about something else.
        server.onMessage(async (text) => {
            if (JSON.parse(text).type === 'terminals') {
                await released;
            }
            socket.send(text);
        });
    });
    await second.reload();
    await type(second, 'sleep 1000');
    const date = bookOf(second).locator('.scenario-block', { hasText: '$ date' });
    // This window is not told, the other one is.
    await page.getByRole('tab', { name: /^T1 ● busy: sleep 1000/ }).waitFor();
    await date.getByRole('button', { name: /^Run/ }).click();
    await second.getByRole('button', { name: 'Run in a new terminal' }).click();
    await date.getByText('✓ done').waitFor();
    release();
    await shows(second, 'notes/shopping.txt', '2');
    await second.getByRole('tab', { name: /^T2/, selected: true }).waitFor();

    await second.getByRole('button', { name: 'One more terminal' }).click();
    await second.getByRole('tab', { name: /^T3/, selected: true }).waitFor();
    await until('T3 has the keyboard', () => second.locator('#panel-terminal-3 textarea').evaluate((area) => area === document.activeElement));

    // What has taken the keyboard in between keeps it.
    holdBack();
    await second.getByRole('button', { name: 'One more terminal' }).click();
    await page.getByRole('tab', { name: 'T4' }).waitFor();
    const editor = second.getByRole('tab', { name: 'Editor' });
    await editor.focus();
    release();
    await shows(second, PROMPT, '4');
    assert.ok(await editor.evaluate((tab) => tab === document.activeElement));

    for (const id of ['4', '3', '2']) {
        // While its shell starts or a command runs, its name says so, and to close it asks.
        await second.getByRole('tab', { name: `T${id}`, exact: true }).click();
        await second.getByRole('button', { name: `Close T${id}` }).click();
        await second.getByRole('tab', { name: `T${id}` }).waitFor({ state: 'detached' });
    }
    await second.close();
    await page.locator('#panel-terminal-1 textarea').focus();
    await page.keyboard.press('Control+C');
});

test('the server stops and starts, and the page comes back by itself', async () => {
    await lab.stop();
    await page.getByText('the lab has stopped; `cargo xtask serve` starts it again').waitFor();
    await isAccessible(page, 'a lab that has stopped');
    await lab.launch();
    await page.getByText('● connected').waitFor();
    await type(page, 'echo a new shell');
    await shows(page, /^a new shell$/m);
});
