// The files of the workspace: folders, a search in all of them, and what comes back of what was replaced.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';

import { isAccessible } from './axe.mjs';
import { Lab, bookOf, closeBrowser, holdAnswer, inOrder, jobIsDone, openPage, troubles, until } from './lab.mjs';

const test = inOrder();
let lab;
let page;

const LIST = 'notes/shopping.txt';
const dialog = (name) => page.getByRole('dialog', { name });
const tree = () => page.getByRole('navigation', { name: 'Files of the workspace' });
const current = (name) => page.locator('.open-files .current', { hasText: name });
const button = (name) => page.getByRole('button', { name, exact: true });

before(async () => {
    lab = await Lab.small();
    page = await openPage(lab);
    await button('Got it').click();
});

after(async () => {
    await closeBrowser();
    await lab.end();
});

test('a new folder appears in the tree, and a removed one disappears', async () => {
    await button('New folder').click();
    await dialog('New folder').getByRole('textbox').fill('mine/drafts/');
    await page.keyboard.press('Enter');
    await tree().locator('summary', { hasText: 'drafts' }).waitFor();
    await button('New folder').click();
    await isAccessible(page, 'a question for a name');
    await dialog('New folder').getByRole('textbox').fill('mine/drafts');
    await page.keyboard.press('Enter');
    await page.locator('.notice', { hasText: '`mine/drafts` is there already' }).waitFor();
    await lab.remove('mine');
    await tree().locator('summary', { hasText: 'drafts' }).waitFor({ state: 'detached' });
});

test('a search in all files opens the line that is clicked', async () => {
    await lab.write(LIST, 'bread\nmilk\napples\n');
    await lab.write('own/plan.txt', `${'nothing\n'.repeat(60)}Buy MILK today\n`);
    await page.getByRole('tab', { name: /^Editor/ }).focus();
    await page.keyboard.press('Control+Shift+KeyF');
    const search = dialog('Search in all files');
    await search.getByRole('textbox').fill('milk');
    await search.getByText('2 lines in 2 files.').waitFor();
    // Those of the book come first.
    assert.deepEqual(await search.getByRole('heading', { level: 3 }).allInnerTexts(), [LIST, 'own/plan.txt']);
    await isAccessible(page, 'the search');
    await search.getByRole('button', { name: /Buy MILK today/ }).click();
    await page.locator('.open-files .current', { hasText: 'plan.txt' }).waitFor();
    await page.locator('.cm-activeLine', { hasText: 'Buy MILK today' }).waitFor();
    await search.waitFor({ state: 'detached' });
    await button('Search in all files').click();
    await search.getByText('2 lines in 2 files.').waitFor();
    await search.getByRole('textbox').fill('no such text');
    await search.getByText('0 lines in 0 files.').waitFor();
    await page.keyboard.press('Escape');
});

test('Restore mine brings back a file that Reset step has replaced', async () => {
    await lab.remove(LIST);
    await button('Solve step').click();
    await dialog('Solve step 1?').getByRole('button', { name: 'Solve step' }).click();
    await jobIsDone(page, 'Solving step 1, Write notes');
    await lab.write(LIST, 'only honey\n');
    await button('Reset step').click();
    await dialog('Reset step 1?').getByRole('button', { name: 'Reset step' }).click();
    await jobIsDone(page, 'Going to the beginning of step 1, Write notes');
    await assert.rejects(lab.read(LIST));
    await isAccessible(page, 'a job that has replaced a file');
    await button(`Restore mine: ${LIST}`).click();
    await page.locator('.notice', { hasText: `Your ${LIST} is back.` }).waitFor();
    assert.equal(await lab.read(LIST), 'only honey\n');
    await button(`Restore mine: ${LIST}`).waitFor({ state: 'detached' });
});

test('the difference takes the book’s version of one file, and Restore mine brings the learner’s back', async () => {
    await button('Why is mine different?').click();
    const difference = dialog('Why is mine different?');
    await difference.getByText('1 of your files differs').waitFor();
    await difference.getByRole('combobox').selectOption({ label: LIST });
    await difference.getByRole('button', { name: 'Take the book’s' }).click();
    await difference.getByText(`Your ${LIST} was replaced, and is kept.`).waitFor();
    await until('it is not compared any more', async () => !(await difference.getByRole('combobox').innerText()).includes(LIST));
    // The second click of a double one is not meant for the next file.
    await difference.getByRole('button', { name: 'Take the book’s' }).hover();
    await page.mouse.down({ clickCount: 2 });
    await page.mouse.up({ clickCount: 2 });
    await isAccessible(page, 'the difference');
    assert.equal(await lab.read(LIST), 'bread\nmilk\ncheese\napples\n');
    await assert.rejects(lab.read('clock.sh'));
    await difference.getByRole('button', { name: `Restore mine: ${LIST}` }).click();
    await difference.getByText('1 of your files differs').waitFor();
    assert.equal(await lab.read(LIST), 'only honey\n');

    // What was found before the file was put back comes late.
    const late = await holdAnswer(page, '**/diff');
    await difference.getByRole('button', { name: 'Take the book’s' }).click();
    await late.given();
    const again = page.waitForResponse('**/diff');
    await difference.getByRole('button', { name: `Restore mine: ${LIST}` }).click();
    await again;
    await late.release();
    assert.match(await difference.locator('.which').innerText(), /^1 of your files differs/);
    await page.keyboard.press('Escape');
});

test('a file with unsaved changes is not replaced', async () => {
    await bookOf(page).locator('.lab-button').first().waitFor();
    await tree().getByRole('button', { name: 'shopping.txt' }).click();
    await current('shopping.txt').waitFor();
    await page.locator('.cm-content').focus();
    await page.keyboard.type('x');
    await button('Why is mine different?').click();
    const difference = dialog('Why is mine different?');
    await difference.getByText(`Not saved, and so not compared: ${LIST}`).waitFor();
    await difference.getByRole('combobox').selectOption({ label: LIST });
    assert.equal(await difference.getByRole('button', { name: 'Take the book’s' }).isDisabled(), true);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+KeyZ');
    assert.deepEqual(await troubles(page), []);
});

test('a list of the files that comes late does not hide a file that is newer', async () => {
    const listing = await holdAnswer(page, (url) => url.pathname === '/api/files');
    await lab.write('late/one.txt', '');
    await listing.given();
    await lab.write('late/two.txt', '');
    await tree().getByRole('button', { name: 'two.txt' }).waitFor();
    const answered = page.waitForResponse((response) => response.url().endsWith('/api/files'));
    await listing.release();
    await answered;
    await current('shopping.txt').getByRole('button', { name: 'shopping.txt', exact: true }).click();
    assert.equal(await tree().getByRole('button', { name: 'two.txt' }).count(), 1);
});

test('a file that comes late does not take the editor from one that was chosen since', async () => {
    const isOne = (url) => url.href.endsWith(`/api/file?path=${encodeURIComponent('late/one.txt')}`);
    const reading = await holdAnswer(page, isOne);
    await tree().getByRole('button', { name: 'one.txt' }).click();
    await reading.given();
    await tree().getByRole('button', { name: 'two.txt' }).click();
    await current('two.txt').waitFor();
    await page.locator('.cm-content').focus();
    await page.keyboard.type('typed ');
    await reading.release();
    await page.locator('.open-files').getByRole('button', { name: 'one.txt', exact: true }).waitFor();
    await page.keyboard.type('here');
    assert.equal(await page.locator('.cm-content').innerText(), 'typed here');
    await page.keyboard.press('Control+s');
    await page.locator('.open-files .dirty').waitFor({ state: 'detached' });

    // One that cannot be read when the page is loaded is not forgotten.
    await page.route(isOne, (route) => route.abort(), { times: 1 });
    await page.reload();
    await current('two.txt').waitFor();
    assert.equal(await page.locator('.open-files').getByRole('button', { name: 'one.txt', exact: true }).count(), 0);
    await page.reload();
    await page.locator('.open-files').getByRole('button', { name: 'one.txt', exact: true }).waitFor();
    assert.deepEqual(await troubles(page), []);
});
