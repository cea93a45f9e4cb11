// A foreign book: its page tries to type into the terminal, to read and send files, to frame the lab and to take its
// place. The lab shows the page, its own buttons work in it, and nothing else comes of it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { foreignLab } from './foreign.mjs';
import { PROMPT, bookOf, closeBrowser, openPage, sessionOf, shows, until } from './lab.mjs';

let lab;
/** What another server of this computer was asked, and its address. */
let asked;
let other;
let end;

before(async () => {
    ({ lab, asked, other, end } = await foreignLab());
});

after(async () => {
    await closeBrowser();
    await end();
});

/** Whether anything has come of the page: files, marks, requests, windows. */
async function nothingCame(page, windows) {
    const marks = await Promise.all(page.frames().map((frame) => frame.evaluate(() => window.ran ?? null).catch(() => null)));
    assert.deepEqual(marks.filter((mark) => mark !== null), []);
    assert.deepEqual(asked, []);
    for (const file of ['typed', 'checked', 'pwned']) {
        await assert.rejects(lab.read(file), `${file} was written`);
    }
    assert.equal(page.context().pages().length, windows);
    assert.equal(new URL(page.url()).host, `127.0.0.1:${lab.port}`);
}

const click = (page, id) => bookOf(page).locator(`#${id}`).evaluate((one) => one.click());

test('a foreign page gets nothing, whatever it tries and whatever is clicked in it', async () => {
    const page = await openPage(lab);
    const book = bookOf(page);
    await book.locator('.lab-button').first().waitFor();
    await shows(page, PROMPT);
    for (const id of ['address', 'lab', 'send', 'phish', 'ping']) {
        await click(page, id);
    }
    // The lab asks the checks of a page that is read every five seconds: this one has a command.
    await page.waitForTimeout(7000);
    await nothingCame(page, 1);
    assert.equal(await page.getByRole('tab', { name: /^T\d/ }).count(), 1);
    // A file of the learner's is neither shown as a picture nor used as a style.
    const outline = await book.locator('body').evaluate((body) => getComputedStyle(body).outlineWidth);
    assert.notEqual(outline, '7px');
    assert.equal(await book.locator('#file').evaluate((image) => image.naturalWidth), 0);
    assert.equal(await book.locator('.scenario-block[data-block="no-such-block"] .lab-button').count(), 0);
    // A link to elsewhere gets a tab of its own, and not the place of the lab.
    for (const id of ['top', 'parent']) {
        const [tab] = await Promise.all([page.context().waitForEvent('page'), click(page, id)]);
        await tab.waitForURL(`${other}/${id}`);
        assert.equal(await tab.evaluate(() => window.opener), null);
        await tab.close();
    }
    asked.length = 0;
    await nothingCame(page, 1);
    await page.close();
});

test('the lab’s own buttons, keys, contents and search work in a foreign page', async () => {
    const page = await openPage(lab);
    const book = bookOf(page);
    await book.getByRole('button', { name: /^Copy to editor: notes\/shopping\.txt/ }).first().click();
    await page.locator('.open-files .current', { hasText: 'shopping.txt' }).waitFor();
    await book.getByRole('button', { name: 'Toggle Table of Contents' }).press('Enter');
    await book.getByRole('link', { name: /Serve them/ }).first().click();
    await book.getByRole('heading', { name: 'Serve them', exact: true }).waitFor();
    await book.locator('.lab-button').first().waitFor();
    await page.keyboard.press('Alt+KeyB');
    await page.keyboard.press('ArrowRight');
    await book.getByRole('heading', { name: 'Change them', exact: true }).waitFor();
    await book.locator('.lab-button').first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('apples');
    await book.locator('#mdbook-searchresults a').first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/#step-1-write\.html/);
    await page.close();
});

test('a foreign page gets nothing in a tab of its own either, with the cookie of the browser', async () => {
    const context = await sessionOf(lab);
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${lab.port}/book/step-1-write.html`);
    await page.getByRole('heading', { name: 'Write notes', exact: true }).waitFor();
    await nothingCame(page, 1);
    // Not even who has the cookie, as another server of this computer may, gets a file.
    const address = `http://127.0.0.1:${lab.port}/api/file?path=secret.css`;
    assert.equal((await context.request.get(address)).status(), 401);
    await page.close();
});

test('a command of a foreign check runs only after the learner has pressed a button that runs something', async () => {
    const page = await openPage(lab);
    await page.locator('.step-bar').getByRole('button', { name: /^Check/ }).click();
    await until('the check has run', () => lab.read('checked').then(() => true, () => false));
    await page.close();
});
