// An imported book: it is shown, nothing of it runs, and the list of all that it runs is read before the button to agree.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before } from 'node:test';

import { isAccessible } from './axe.mjs';
import { fits } from './fits.mjs';
import { Lab, bookOf, closeBrowser, holdAnswer, inOrder, openPage, shoot, shows, troubles, until } from './lab.mjs';

const test = inOrder();
let lab;
let page;

const PAGE = 'src/step-1.md';
const FILES = {
    'book.toml': '[book]\ntitle = "Tea"\n\n[preprocessor.scenario]\ncommand = "mdbook-scenario"\nimported = true\n',
    'src/SUMMARY.md': '# Summary\n\n- [Make tea](step-1.md)\n',
    [PAGE]: '# Make tea\n\n```text file=cup.txt\nhot water\n```\n\n```console\n$ echo ran > ran.txt; echo tea\n```\n\n<!-- scenario: check command="grep hot cup.txt" -->\n',
};

before(async () => {
    lab = await Lab.of(async (book) => {
        await mkdir(join(book, 'src'), { recursive: true });
        for (const [path, text] of Object.entries(FILES)) await writeFile(join(book, path), text);
    });
    page = await openPage(lab);
});

after(async () => {
    await closeBrowser();
    await lab.end();
});

const line = () => page.getByRole('complementary', { name: 'Imported book' });
const list = () => page.getByRole('dialog', { name: 'What this imported book runs' });
const run = () => bookOf(page).getByRole('button', { name: /^Run/ });

test('the book is shown, and its buttons are refused', async () => {
    await bookOf(page).getByRole('heading', { name: 'Make tea' }).waitFor();
    await line().getByText('Nothing of it runs before you agree: 1 command, 1 file, 1 check.').waitFor();
    await isAccessible(page, 'an imported book');
    await run().click();
    await page.getByText('not run: this book was imported, and you have not agreed yet to what it runs').waitFor();
    assert.equal(existsSync(join(lab.workspace, 'ran.txt')), false);
});

test('the list is read and agreed to by keyboard alone, and then the book runs', async () => {
    await line().getByRole('button', { name: 'Read what it runs' }).focus();
    await page.keyboard.press('Enter');
    const items = list().getByRole('list', { name: 'All that the book runs' }).getByRole('listitem');
    await items.first().waitFor();
    const texts = await items.allInnerTexts();
    assert.match(texts[0], /^write `cup\.txt` .*src\/step-1\.md:3:1\s+hot water/);
    assert.match(texts[1], /^Runs .*src\/step-1\.md:8:3\s+echo ran > ran\.txt; echo tea/);
    assert.match(texts[2], /^Asks .*\s+grep hot cup\.txt/);
    await isAccessible(page, 'all that an imported book runs');
    for (const [name, colorScheme, width, height] of [
        ['trust-light', 'light', 1280, 720],
        ['trust-dark', 'dark', 1280, 720],
        ['trust-320x256', 'light', 320, 256],
    ]) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height });
        await shoot(page, name);
        await fits(page, name);
    }
    await page.setViewportSize({ width: 1400, height: 900 });
    await list().getByRole('button', { name: 'I have read it: let the book run' }).focus();
    await page.keyboard.press('Enter');
    await line().waitFor({ state: 'detached' });
    await page.getByText('you have not agreed yet').waitFor({ state: 'detached' });
    await run().click();
    await shows(page, 'tea');
    await until('the file', () => existsSync(join(lab.workspace, 'ran.txt')));
});

test('a change on disk needs a new agreement', async () => {
    const path = join(lab.book, PAGE);
    await writeFile(path, (await readFile(path, 'utf8')).replace('echo tea', 'echo coffee'));
    await line().waitFor();
    await run().click();
    await page.getByText('not run: this book was imported').last().waitFor();
    assert.doesNotMatch(await shows(page, 'tea'), /coffee/);
    assert.deepEqual(await troubles(page), []);
});

test('answers that come late change neither the list nor another dialog', async () => {
    const settings = page.getByRole('dialog', { name: 'Settings' });
    const agree = list().getByRole('button', { name: 'I have read it: let the book run' });
    const first = await holdAnswer(page, '**/api/trust');
    await line().getByRole('button', { name: 'Read what it runs' }).click();
    await first.given();
    const path = join(lab.book, PAGE);
    await writeFile(path, (await readFile(path, 'utf8')).replace('echo coffee', 'echo cocoa'));
    await list().getByText('echo cocoa').waitFor();
    await first.release();
    assert.ok(await agree.isEnabled(), 'the list is that of the book as it is now');

    const agreed = await holdAnswer(page, '**/api/trust', 'POST');
    await agree.click();
    await agreed.given();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Settings' }).click();
    await settings.waitFor();
    await agreed.release();
    assert.equal(await settings.count(), 1);
    assert.deepEqual(await troubles(page), []);
});
