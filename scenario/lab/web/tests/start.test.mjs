// The start page: by keyboard, at all sizes, in light and dark; a folder that is typed in, and the lab that it leads to.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before } from 'node:test';

import { isAccessible } from './axe.mjs';
import { SIZES, fits } from './fits.mjs';
import { Lab, PATIENCE, bookOf, closeBrowser, inOrder, openBrowser, shoot, troubles } from './lab.mjs';

const test = inOrder();
let lab;
let page;

before(async () => {
    lab = await Lab.choosing();
    const cup = join(lab.home, 'course', 'cup');
    await mkdir(cup, { recursive: true });
    await writeFile(join(cup, 'index.json'), '{"title": "A cup", "details": {"steps": [{"title": "Fill it", "text": "a.md"}]}}');
    await writeFile(join(cup, 'a.md'), 'Say it:\n\n`echo tea`{{execute}}\n');
    page = await (await (await openBrowser()).newContext({ viewport: { width: 1280, height: 720 } })).newPage();
    page.setDefaultTimeout(PATIENCE);
    await page.addInitScript(() => (window.troubles = []));
    await page.goto(lab.link);
});

after(async () => {
    await closeBrowser();
    await lab.end();
});

const folder = () => page.getByRole('textbox', { name: 'A book, or a scenario of Katacoda or Killercoda' });

test('the start page offers the books and examples, at every size, in light and dark', async () => {
    await page.getByRole('button', { name: /^Write a book that runs/ }).waitFor();
    for (const title of ['Scrapebook', 'Instrument a Flask service', 'Branches and conflicts in git', 'A database of books']) {
        await page.getByRole('region', { name: 'Books and examples' }).getByRole('button', { name: title }).waitFor();
    }
    for (const [width, height] of SIZES) {
        await page.setViewportSize({ width, height });
        await fits(page, 'the start page');
        await shoot(page, `start-${width}x${height}`);
    }
    await isAccessible(page, 'the start page');
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 1280, height: 720 });
    await shoot(page, 'start-dark');
});

test('a folder above a scenario leads to it, by keyboard alone', async () => {
    await folder().focus();
    await page.keyboard.type(join(lab.home, 'course'));
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('there is neither a book nor a scenario in').waitFor();
    await page.getByRole('region', { name: 'Scenarios found there' }).getByRole('button').focus();
    await shoot(page, 'start-found');
    await page.keyboard.press('Enter');
    await page.getByText('● connected').waitFor();
    await bookOf(page).getByRole('heading', { name: 'Fill it' }).waitFor();
    await page.getByRole('complementary', { name: 'Imported book' }).waitFor();
    assert.doesNotMatch(page.url(), /token/);
    assert.deepEqual(await troubles(page), []);
});
