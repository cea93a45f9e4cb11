// Steps: their checks, solved and begun anew, compared with the book; background blocks; a book that is being written.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before } from 'node:test';

import { isAccessible } from './axe.mjs';
import { Lab, bookOf, closeBrowser, holdAnswer, inOrder, jobIsDone, openPage, troubles, until } from './lab.mjs';

const test = inOrder();
let lab;
let page;
let book;

const bar = () => page.locator('.step-bar');
const result = (text) => page.locator('.results li', { hasText: text });

async function edit(name, change) {
    const path = join(lab.book, 'src', name);
    await writeFile(path, change(await readFile(path, 'utf8')));
}

const heading = (name) => book.getByRole('heading', { name, exact: true });

async function goTo(number, title) {
    await page.getByRole('combobox', { name: 'Go to step' }).selectOption(String(number));
    await isRead(number, title);
}

/** Waits for a page of the book. Keys count in it once the lab has added its part, which the bar shows. */
async function isRead(number, title) {
    await heading(title).waitFor();
    await bar().getByText(`Step ${number}:`).waitFor();
}

/** Applies an edit; its tick comes when the file is changed. */
async function copy(block) {
    await block.getByRole('button', { name: /^Copy to editor/ }).click();
    await block.locator('.lab-tick').waitFor();
}

before(async () => {
    lab = await Lab.small();
    page = await openPage(lab);
    book = bookOf(page);
});

after(async () => {
    await closeBrowser();
    await lab.end();
});

test('a step without checks is marked as done', async () => {
    await bar().getByRole('button', { name: 'Mark as done' }).click();
    await page.getByText('1 of 3 steps done').waitFor();
});

test('a place that is asked for while another page is loading is shown', async () => {
    const showBlock = async (step, text) => {
        await page.keyboard.press('Alt+KeyM');
        const part = page.getByRole('dialog').locator('.map > li').nth(step - 1);
        if (!(await part.locator('details').evaluate((one) => one.open))) await part.locator('summary').click();
        await part.locator('button.row', { hasText: text }).first().click();
        await page.getByRole('dialog').waitFor({ state: 'detached' });
    };
    await page.locator('#tab-editor').focus();

    // The page that is left is wanted after all.
    let late = await holdAnswer(page, '**/book/step-2*');
    await book.locator('.mobile-nav-chapters.next').click();
    await late.given();
    await showBlock(1, 'shopping');
    await late.release();
    await book.locator('.scenario-block:focus', { hasText: 'bread' }).waitFor();
    assert.equal(await heading('Write notes').count(), 1);

    // One chapter further, twice.
    late = await holdAnswer(page, '**/book/step-2*');
    await page.keyboard.press('Alt+KeyN');
    await late.given();
    await page.keyboard.press('Alt+KeyN');
    await isRead(3, 'Change them');

    // The book is rendered again in the meantime.
    late = await holdAnswer(page, '**/book/step-1*');
    await showBlock(1, 'clock.sh');
    await late.given();
    const again = page.waitForRequest('**/book/step-*');
    await edit('step-2-serve.md', (text) => `${text}\n`);
    await again;
    await late.release();
    await book.locator('.scenario-block:focus', { hasText: 'Counts the seconds' }).waitFor();
});

test('of two pages that are read one after the other, the lab hears in this order', async () => {
    const heard = [];
    page.on('request', (request) => heard.push(...(request.url().match(/\d+(?=\/here$)/) ?? [])));
    const second = await holdAnswer(page, '**/api/steps/2/here', 'POST');
    await page.keyboard.press('Alt+KeyN');
    await second.given();
    await isRead(2, 'Serve them');
    await page.keyboard.press('Alt+KeyN');
    await isRead(3, 'Change them');
    // That the first is read may be told late as well.
    assert.equal(heard.at(-1), '2');
    await second.release();
    await until('it hears of the third', () => heard.slice(-2).join() === '2,3');
    page.removeAllListeners('request');
    await goTo(1, 'Write notes');
});

test('a background block is started, shows its state and its log, and is stopped', async () => {
    await copy(book.locator('.scenario-block', { hasText: 'Counts the seconds' }));
    const clock = book.locator('.scenario-block', { hasText: 'sh clock.sh' });
    await clock.getByRole('button', { name: 'Run: sh clock.sh' }).click();
    await clock.getByText('✓ `clock` runs').waitFor();
    await clock.getByRole('button', { name: 'Log of clock' }).click();
    await page.getByRole('dialog').getByText('tick 3').waitFor();
    await page.keyboard.press('Escape');

    // An answer that comes late is older than what is shown.
    const late = await holdAnswer(page, '**/api/running');
    await page.getByRole('button', { name: /^Running/ }).click();
    await late.given();
    await page.route('**/api/running', (route) => route.fulfill({ json: { parts: [], minutes: 0 } }));
    await page.getByRole('dialog').getByText('Nothing yet').waitFor();
    await late.release();
    assert.equal(await page.getByRole('dialog').getByText('Nothing yet').count(), 1);
    await page.unroute('**/api/running');
    await page.keyboard.press('Escape');
    await clock.getByRole('button', { name: 'Stop clock' }).click();
    await clock.getByRole('button', { name: 'Run: sh clock.sh' }).waitFor();
});

test('solving a step carries out all of it, and its checks pass', async () => {
    await goTo(2, 'Serve them');
    await bar().getByRole('button', { name: 'Solve step' }).click();
    await page.getByRole('dialog', { name: 'Solve step 2?' }).getByRole('button', { name: 'Solve step' }).click();
    await jobIsDone(page, 'Solving step 2, Serve them');
    await bar().getByText('2 of 2 checks passed').waitFor();
    await page.getByText('2 of 3 steps done').waitFor();
    await page.getByRole('tab', { name: /^App :\d+ ● runs/ }).click();
    await page.getByRole('button', { name: 'Visit /shopping.txt' }).click();
    await page.frameLocator('iframe[title=App]').getByText('cheese').waitFor();
});

test('a check that fails shows what was expected and found, and a hint', async () => {
    await goTo(3, 'Change them');
    await bar().getByRole('button', { name: 'Check', exact: true }).click();
    const tomorrow = result('contains <p>Tomorrow:');
    await until('it has failed', async () => (await tomorrow.getAttribute('class')) === 'failed');
    const text = await tomorrow.innerText();
    assert.match(text, /expected\s.*Tomorrow/s);
    assert.match(text, /found\s.*Today/s);
    assert.match(text, /hint\s+the first block of this step that was not used yet is the one for notes\/index\.html/);
    await book.locator('.scenario-checks .lab-check .failed').first().waitFor();
});

test('help with a failed check comes in levels: the block, the whole step', async () => {
    for (const levels of [page.locator('.results .levels'), book.locator('.scenario-checks .levels')]) {
        assert.equal(await levels.count(), 1, 'only the first check that fails has them');
    }
    const levels = page.locator('.results .levels');
    assert.deepEqual(await levels.getByRole('button').allInnerTexts(), ['Show the block']);
    await levels.getByRole('button').click();
    await book.locator('.scenario-block:focus', { hasText: 'notes/index.html' }).waitFor();
    await isAccessible(page, 'checks that fail, with help');
    await levels.getByRole('button', { name: 'Solve the step' }).click();
    await page.getByRole('dialog', { name: 'Solve step 3?' }).waitFor();
    await page.keyboard.press('Escape');
});

test('checks turn green by themselves while the learner works', async () => {
    for (const block of await book.locator('.scenario-block', { has: page.getByRole('button', { name: /^Copy to editor/ }) }).all()) {
        await copy(block);
    }
    await bar().getByText('3 of 3 checks passed').waitFor();
    await page.getByText('3 of 3 steps done').waitFor();
    await book.locator('.scenario-checks .lab-check .passed').nth(2).waitFor();
});

test('why is mine different? shows both side by side', async () => {
    await bar().getByRole('button', { name: 'Why is mine different?' }).click();
    await page.getByRole('dialog').getByText('Your files are those of the book at the end of step 3.').waitFor();
    await page.keyboard.press('Escape');

    await lab.write('notes/shopping.txt', 'bread\nMILK\ncheese\napples\ntea\n');
    await bar().getByRole('button', { name: 'Why is mine different?' }).click();
    const dialog = page.getByRole('dialog', { name: 'Why is mine different?' });
    await dialog.getByText('1 of your files differs from the book’s at the end of step 3').waitFor();
    await dialog.locator('.cm-merge-a .cm-changedLine', { hasText: 'MILK' }).waitFor();
    await dialog.locator('.cm-merge-b .cm-changedLine', { hasText: 'milk' }).waitFor();
    await page.keyboard.press('Escape');
});

test('resetting a step restores its beginning and keeps the learner’s files', async () => {
    await bar().getByRole('button', { name: 'Reset step' }).click();
    await page.getByRole('dialog', { name: 'Reset step 3?' }).getByRole('button', { name: 'Reset step' }).click();
    await jobIsDone(page, 'Going to the beginning of step 3, Change them');
    assert.equal(await lab.read('notes/shopping.txt'), 'bread\nmilk\ncheese\napples\n');
    await page.getByText('2 of 3 steps done').waitFor();
    await bar().getByText('1 of 3 checks passed').waitFor();
    await page.locator('.job summary').click();
    await page.locator('.job ol').getByText(/kept/).first().waitFor();
});

test('a change of the book is shown at once, at the same place of the same page', async () => {
    await edit('step-3-change.md', (text) => `${text}\n${'A line.\n\n'.repeat(60)}The end.\n`);
    const end = book.getByText('The end.', { exact: true });
    await end.waitFor();
    // What the lab adds to a page makes it longer.
    await book.locator('.scenario-block .lab-button').first().waitFor();
    const frame = () => page.frames().find((one) => one.url().includes('/book/'));
    await until('its style is there', () => frame().evaluate(() => Boolean(document.querySelector('link[href="/assets/book.css"]')?.sheet)));
    await end.scrollIntoViewIfNeeded();
    assert.ok((await frame().evaluate(() => scrollY)) > 500);
    // Where it is on the screen: when something above grows, the browser scrolls, and keeps the text in its place.
    const place = (one) => one.evaluate((element) => element.getBoundingClientRect().top);
    const before = await place(end);
    await edit('step-3-change.md', (text) => text.replace('The end.', 'The very end.'));
    const later = book.getByText('The very end.', { exact: true });
    await until(`it is where it was, at ${before}`, async () => Math.abs((await place(later)) - before) < 50)
        .catch(async (error) => assert.fail(`${error.message}; it is at ${await place(later)}`));
    await book.locator('.scenario-block .lab-button').first().waitFor();
});

test('a mistake in the book is shown with its place, and the last good page stays', async () => {
    const wrong = (text) => text.replace('replace="Today"', 'replace="Yesterday"');
    await edit('step-3-change.md', wrong);
    const alert = page.getByRole('alert');
    await alert.getByText('The book on disk has a mistake. The pages show its last version without mistakes.').waitFor();
    await alert.getByText('marker not found in').waitFor();
    await alert.locator('pre', { hasText: 'replace="Yesterday"' }).waitFor();
    await book.getByText('The very end.', { exact: true }).waitFor();
    // A page that is opened later still shows it, and links there from another chapter.
    const later = await openPage(lab);
    await later.getByRole('combobox', { name: 'Go to step' }).selectOption('1');
    await bookOf(later).getByRole('heading', { name: 'Write notes', exact: true }).waitFor();
    await later.getByRole('alert').getByRole('button', { name: /step-3-change\.md:\d+:\d+$/ }).click();
    await bookOf(later).locator('.scenario-block:focus', { hasText: 'Tomorrow' }).waitFor();
    await later.close();
    // On the same page it leads to the block.
    await page.bringToFront();
    await alert.getByRole('button', { name: /step-3-change\.md:\d+:\d+$/ }).click();
    await book.locator('.scenario-block:focus').waitFor();
    await edit('step-3-change.md', (text) => text.replace('replace="Yesterday"', 'replace="Today"'));
    await alert.waitFor({ state: 'detached' });
});

test('a failure that names a line of the book links there, and to the line in the editor', async () => {
    const filler = 'A line.\n\n'.repeat(60);
    const block = '```console\n$ printf \'notes/shopping.txt:%s: too much\\n\' 3 4; false\n```\n';
    await edit('step-3-change.md', (text) => text.replace('# Change them\n', `# Change them\n\n${block}\n${filler}`));
    const complains = book.locator('.scenario-block', { hasText: 'too much' });
    await complains.getByRole('button', { name: /^Run/ }).click();
    await complains.getByText('✗').waitFor();
    // A line of a changed file, on another page, among those around it.
    await complains.getByRole('button', { name: /step-1-write\.md:14:\d+$/ }).click();
    await book.getByRole('heading', { name: 'Write notes', exact: true }).waitFor();
    const selected = () => page.frames().find((frame) => frame.url().includes('/book/')).evaluate(() => {
        const selection = getSelection();
        if (selection.rangeCount === 0) {
            return { text: '', isSeen: false };
        }
        const { top, bottom } = selection.getRangeAt(0).getBoundingClientRect();
        return { text: selection.toString().trim(), isSeen: top > 0 && bottom < innerHeight };
    });
    await until('the line is selected', async () => (await selected()).text === 'cheese');
    assert.deepEqual(await selected(), { text: 'cheese', isSeen: true });
    // A line of a whole file, whose text the page has coloured.
    await page.getByRole('combobox', { name: 'Go to step' }).selectOption('3');
    await complains.getByRole('button', { name: /step-1-write\.md:8:1$/ }).click();
    await book.getByRole('heading', { name: 'Write notes', exact: true }).waitFor();
    await until('the line is selected', async () => (await selected()).text === 'apples');
    await page.getByRole('combobox', { name: 'Go to step' }).selectOption('3');
    await complains.getByRole('button', { name: 'notes/shopping.txt:3', exact: true }).click();
    const editor = page.getByRole('textbox', { name: 'notes/shopping.txt, editor' });
    await until('the line is there', async () => (await editor.locator('.cm-activeLine').innerText()).trim() === 'cheese');
});

test('the next start continues where the learner was', async () => {
    await goTo(3, 'Change them');
    await lab.stop();
    // The browser shows a page of its own for the one that is asked for.
    const asked = page.waitForEvent('requestfailed', (request) => request.url().includes('/book/step-2'));
    await book.locator('.mobile-nav-chapters.previous').click();
    await asked;
    await lab.launch();
    await isRead(2, 'Serve them');
    const told = page.waitForResponse('**/api/steps/3/here');
    await goTo(3, 'Change them');
    await told;
    const later = await openPage(lab);
    await bookOf(later).getByRole('heading', { name: 'Change them', exact: true }).waitFor();
    await later.getByText('2 of 3 steps done').waitFor();
    assert.equal(await later.getByRole('complementary', { name: 'Guide' }).count(), 1);
    assert.deepEqual(await troubles(later), []);
});

test('no policy was violated and no script failed', async () => {
    assert.deepEqual(await troubles(page), []);
});
