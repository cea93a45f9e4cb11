// The editor and *Copy to editor*: what a learner has written is never lost, and a block does what the runner would.

import assert from 'node:assert/strict';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';

import { isAccessible } from './axe.mjs';
import { Lab, bookOf, closeBrowser, dismissNotices, holdAnswer, openPage, sessionOf, troubles, until } from './lab.mjs';

let lab;
let page;
let book;
/** The socket of the page's messages, the messages about files that have come, and whether they are kept from the page. */
let events;
const heard = [];
let isDeaf = false;

const LIST = 'notes/shopping.txt';
const block = (text) => book.locator('.scenario-block', { hasText: text }).getByRole('button', { name: /^Copy to editor/ });
const editor = () => page.locator('.cm-content');
const notice = (text) => page.locator('.notice', { hasText: text }).last();
const dialog = (name) => page.getByRole('dialog', { name });

/** What the editor shows. */
async function text() {
    return (await editor().locator('.cm-line').allInnerTexts()).map((line) => line.replace(/\n$/, '')).join('\n');
}

async function add(words) {
    await editor().focus();
    await page.keyboard.press('Control+End');
    await page.keyboard.type(words);
    await page.locator('.open-files .current .dirty').waitFor();
}

/** The etags that a file has had on disk, as far as the server has told of them. */
const etags = (path) => heard.filter((message) => message.path === path).map(({ etag }) => etag);

/** Tells the page what is on disk, and waits until it has taken note. */
async function tell(path, etag) {
    const listed = page.waitForResponse((response) => response.url().endsWith('/api/files'));
    events.send(JSON.stringify({ type: 'file', path, etag }));
    events.send('{"type":"files"}');
    await listed;
}

before(async () => {
    lab = await Lab.small();
    const context = await sessionOf(lab);
    await context.routeWebSocket(/\/ws\/events/, (socket) => {
        events = socket;
        socket.connectToServer().onMessage((text) => {
            const message = JSON.parse(text);
            if (message.type === 'file') {
                heard.push(message);
            }
            if (message.type !== 'file' || !isDeaf) {
                socket.send(text);
            }
        });
    });
    page = await openPage(lab, { context });
    book = bookOf(page);
    await page.getByRole('button', { name: 'Got it' }).click();
});

afterEach(async () => {
    isDeaf = false;
    assert.deepEqual(await troubles(page), []);
    await dismissNotices(page);
});

after(async () => {
    await closeBrowser();
    await lab.end();
});

test('a block that changes a file which is not there offers to restore it', async () => {
    await block('cheese').first().click();
    await dialog(`${LIST} does not match the book`).getByText('use the blocks above first').waitFor();
    await isAccessible(page, 'a question');
    await page.keyboard.press('Escape');
    await dialog(/./).waitFor({ state: 'detached' });
});

test('a block writes a file, shows it, and marks its lines', async () => {
    await block('bread').first().click();
    await notice(`${LIST} is changed`).waitFor();
    assert.equal(await lab.read(LIST), 'bread\nmilk\napples\n');
    await until('the editor shows it', async () => (await text()) === 'bread\nmilk\napples\n');
    await page.locator('.cm-changed', { hasText: 'bread' }).waitFor();
    await page.getByRole('navigation', { name: 'Files of the workspace' }).getByRole('button', { name: 'shopping.txt' }).waitFor();
});

test('a block that inserts marks only the line that is new, until somebody writes', async () => {
    await block('cheese').first().click();
    await notice(`${LIST} is changed`).waitFor();
    assert.equal(await lab.read(LIST), 'bread\nmilk\ncheese\napples\n');
    await until('one line is marked', async () => (await page.locator('.cm-changed').allInnerTexts()).join() === 'cheese');
});

test('a block that is pressed twice is reported as already there', async () => {
    await block('cheese').first().click();
    await notice(`Already there: ${LIST} has this block.`).waitFor();
    assert.equal(await lab.read(LIST), 'bread\nmilk\ncheese\napples\n');
});

test('an unsaved file has a mark, and Ctrl+S saves it', async () => {
    await add('pears\n');
    assert.equal(await lab.read(LIST), 'bread\nmilk\ncheese\napples\n');
    await page.keyboard.press('Control+S');
    await page.locator('.open-files .current .dirty').waitFor({ state: 'detached' });
    assert.equal(await lab.read(LIST), 'bread\nmilk\ncheese\napples\npears\n');
});

test('a block asks before it changes a file with unsaved changes', async () => {
    await lab.write(LIST, 'bread\nmilk\napples\n');
    await until('the editor has seen it', async () => !(await text()).includes('cheese'));
    await add('plums\n');
    await block('cheese').first().click();
    await dialog(`${LIST} is not saved`).waitFor();
    await page.keyboard.press('Escape');
    await dialog(/./).waitFor({ state: 'detached' });
    assert.match(await text(), /plums/);
    assert.equal(await lab.read(LIST), 'bread\nmilk\napples\n');

    await block('cheese').first().click();
    await page.getByRole('button', { name: 'Save, then apply the block' }).click();
    await notice(`${LIST} is changed`).waitFor();
    assert.equal(await lab.read(LIST), 'bread\nmilk\ncheese\napples\nplums\n');
});

test('a missing marker is reported, and restoring the file keeps the old one in .scenario/kept', async () => {
    await lab.write(LIST, 'only honey\n');
    await block('cheese').first().click();
    const open = dialog(`${LIST} does not match the book`);
    await open.getByText(/step-1-write\.md:\d+:\d+/).waitFor();
    await open.getByRole('button', { name: `Restore ${LIST} to this step` }).click();
    await notice('What you had is kept in .scenario/kept/').waitFor();
    await isAccessible(page, 'marked lines and a notice');
    assert.equal(await lab.read(LIST), 'bread\nmilk\ncheese\napples\n');
    const kept = join(lab.workspace, '.scenario/kept');
    const [time] = await readdir(kept);
    assert.equal(await readFile(join(kept, time, LIST), 'utf8'), 'only honey\n');
});

test('a file that changes on disk is read again, unless it has unsaved changes', async () => {
    await lab.write(LIST, 'from elsewhere\n');
    await until('the editor has seen it', async () => (await text()) === 'from elsewhere\n');
    await add('mine\n');
    await lab.write(LIST, 'from elsewhere, again\n');
    await page.getByRole('alert').getByText('has changed on disk').waitFor();
    await isAccessible(page, 'a file that has changed on disk');
    assert.equal(await text(), 'from elsewhere\nmine\n');
    await page.getByRole('button', { name: 'Keep mine' }).click();
    await page.getByRole('alert').waitFor({ state: 'detached' });
    assert.equal(await lab.read(LIST), 'from elsewhere\nmine\n');

    await add('more\n');
    await lab.write(LIST, 'the one on disk\n');
    await page.getByRole('button', { name: 'Take the one on disk' }).click();
    await until('it is shown', async () => (await text()) === 'the one on disk\n');
});

test('a file that changes while it is read is shown as it is then', async () => {
    const path = 'notes/late.txt';
    await lab.write(path, 'early\n');
    const entry = page.getByRole('navigation', { name: 'Files of the workspace' }).getByRole('button', { name: 'late.txt' });
    await entry.waitFor();
    // The answer with the old text comes after the message of the change.
    const change = async (route) => {
        const answer = await route.fetch();
        await lab.write(path, 'late\n');
        await until('the page is told', () => etags(path).length > 0);
        await route.fulfill({ response: answer });
    };
    await page.route(/\/api\/file\?path=notes%2Flate/, change, { times: 1 });
    await entry.click();
    await until('the editor shows it', async () => (await text()) === 'late\n');
    await page.getByRole('button', { name: `Close ${path}` }).click();
});

test('a file that is removed on disk does not count as unsaved, and disables no button', async () => {
    const alert = page.getByRole('alert').getByText(`${LIST} was removed on disk`);
    await rm(join(lab.workspace, LIST));
    await alert.waitFor();
    assert.equal(await page.locator('.open-files .dirty').count(), 0);
    const date = book.locator('.scenario-block', { hasText: '$ date' });
    await date.getByRole('button', { name: /^Run/ }).click();
    // What `grep` says of the missing file goes to standard error, and the page shows standard output alone.
    await date.getByText('✓ done').waitFor();
    await page.getByRole('tab', { name: /^Editor/ }).click();
    await page.getByRole('button', { name: 'Write it again' }).click();
    await alert.waitFor({ state: 'detached' });
    assert.equal(await lab.read(LIST), 'the one on disk\n');

    await rm(join(lab.workspace, LIST));
    await alert.waitFor();
    await add('mine\n');
    await block('bread').first().click();
    await page.getByRole('button', { name: 'Save, then apply the block' }).click();
    await notice(`${LIST} is changed. What you had is kept in`).waitFor();
    assert.equal(await lab.read(LIST), 'bread\nmilk\napples\n');
    await alert.waitFor({ state: 'detached' });
});

test('a command asks whether to save first', async () => {
    await add('not saved\n');
    await book.locator('.scenario-block', { hasText: '$ date' }).getByRole('button', { name: /^Run/ }).click();
    await dialog('Save first?').getByRole('button', { name: 'Save and run' }).click();
    // The block may have been done before.
    await until('it is saved', async () => (await lab.read(LIST)).includes('not saved'));
    await book.locator('.scenario-block', { hasText: '$ date' }).getByText('✓ done').waitFor();
});

test('several files are open, a new one is made, and closing asks about what is not saved', async () => {
    await page.getByRole('tab', { name: /^Editor/ }).click();
    await page.getByRole('button', { name: 'New file' }).click();
    await dialog('New file').getByRole('textbox').fill('notes/own.yaml');
    await page.keyboard.press('Enter');
    await page.locator('.open-files li', { hasText: 'own.yaml' }).waitFor();
    await add('a: "b"');
    await page.getByRole('button', { name: 'Close notes/own.yaml' }).click();
    await dialog('Close notes/own.yaml?').getByRole('button', { name: 'Save and close' }).click();
    await page.locator('.open-files li', { hasText: 'own.yaml' }).waitFor({ state: 'detached' });
    assert.equal(await lab.read('notes/own.yaml'), 'a: "b"');
    await page.locator('.open-files li', { hasText: 'shopping.txt' }).waitFor();
});

const alert = () => page.getByRole('alert');
const isClean = () => page.locator('.open-files .current .dirty').waitFor({ state: 'detached' });
const api = (path) => (url) => url.href.endsWith(`/api/file?path=${encodeURIComponent(path)}`);

/** Opens a file that is made anew. */
async function openNew(path, words) {
    await lab.write(path, words);
    const [name] = path.split('/').slice(-1);
    await page.getByRole('button', { name, exact: true }).click();
    await page.locator('.open-files .current', { hasText: name }).waitFor();
}

test('a message that comes late says nothing of what was written since', async () => {
    const path = 'notes/told.txt';
    isDeaf = true;
    await openNew(path, 'one\n');
    await add('two\n');
    await lab.write(path, 'other\n');
    const other = await until('the server tells of it', () => etags(path)[0]);
    await tell(path, other);
    await alert().getByText('has changed on disk').waitFor();
    await page.getByRole('button', { name: 'Keep mine' }).click();
    await alert().waitFor({ state: 'detached' });
    await add('three\n');
    assert.equal(await alert().count(), 0);
    await tell(path, other);
    assert.equal(await alert().count(), 0);

    await lab.write(path, 'other\n');
    await tell(path, other);
    await alert().getByText('has changed on disk').waitFor();
    // It is again as it was.
    await lab.write(path, 'one\ntwo\n');
    await tell(path, '"again"');
    await alert().waitFor({ state: 'detached' });
    assert.equal(await text(), 'one\ntwo\nthree\n');
    await page.keyboard.press('Control+S');
    await isClean();
});

test('what is written while a file is read again is kept', async () => {
    const path = 'notes/read.txt';
    await openNew(path, 'one\n');
    const reading = await holdAnswer(page, api(path));
    await lab.write(path, 'on disk\n');
    await reading.given();
    await add('two\n');
    await reading.release();
    await alert().getByText('has changed on disk').waitFor();
    assert.equal(await text(), 'one\ntwo\n');
    await page.getByRole('button', { name: 'Take the one on disk' }).click();
    await until('it is shown', async () => (await text()) === 'on disk\n');
});

test('saves of a file run one after the other, and a message in between is not a conflict', async () => {
    const path = 'notes/twice.txt';
    await openNew(path, '');
    const saving = await holdAnswer(page, api(path), 'PUT');
    await add('one\n');
    await page.keyboard.press('Control+S');
    await saving.given();
    await tell(path, await until('the server tells of it', () => etags(path)[0]));
    assert.equal(await alert().count(), 0);
    await add('two\n');
    await page.keyboard.press('Control+S');
    await page.keyboard.press('Control+S');
    await saving.release();
    await isClean();
    assert.equal(await lab.read(path), 'one\ntwo\n');
    assert.equal(await page.locator('.notice.bad').count(), 0);
});

test('saving a file during a reconnect causes no conflict', async () => {
    const path = 'notes/again.txt';
    await openNew(path, '');
    const reading = await holdAnswer(page, api(path));
    await events.close();
    await reading.given();
    await add('one\n');
    await page.keyboard.press('Control+S');
    await add('two\n');
    await reading.release();
    await until('it is saved', async () => (await lab.read(path)).includes('one'));
    await tell(path, '"old"');
    assert.equal(await alert().count(), 0);
    await page.keyboard.press('Control+S');
    await isClean();
    // What cannot be shown any more is told.
    const tooLarge = { status: 413, json: { error: 'it is too large' } };
    await page.route(api(path), (route) => (route.request().method() === 'GET' ? route.fulfill(tooLarge) : route.fallback()));
    await events.close();
    await notice(`${path} was not read again: it is too large`).waitFor();
});

test('what is written while a file is renamed, or saved to be closed, is kept', async () => {
    const [path, to] = ['notes/name.txt', 'notes/other-name.txt'];
    await openNew(path, 'one\n');
    await add('two\n');
    const saving = await holdAnswer(page, api(path), 'PUT');
    await page.getByRole('button', { name: `Close ${path}` }).click();
    await dialog(`Close ${path}?`).getByRole('button', { name: 'Save and close' }).click();
    await saving.given();
    await add('three\n');
    const saved = page.waitForResponse((response) => response.request().method() === 'PUT');
    await saving.release();
    await saved;
    assert.equal(await text(), 'one\ntwo\nthree\n');

    const renaming = await holdAnswer(page, /\/api\/file\/rename/, 'POST');
    await page.getByRole('button', { name: 'Rename', exact: true }).click();
    await dialog(`Rename ${path}`).getByRole('textbox').fill(to);
    await page.keyboard.press('Enter');
    await renaming.given();
    await add('four\n');
    await page.keyboard.press('Control+S');
    await renaming.release();
    await page.locator('.open-files .current', { hasText: 'other-name.txt' }).waitFor();
    await isClean();
    assert.equal(await lab.read(to), 'one\ntwo\nthree\nfour\n');
    await assert.rejects(lab.read(path));
    await page.keyboard.press('Control+z');
    await until('the history is there', async () => (await text()) === 'one\ntwo\nthree\nfour');
    await page.keyboard.press('Control+S');
    await isClean();
});

test('changes are not dropped for a block if the lab does not answer', async () => {
    await page.locator('.open-files').getByRole('button', { name: 'shopping.txt', exact: true }).click();
    await add('mine\n');
    await page.route(api(LIST), (route) => route.abort(), { times: 1 });
    await block('bread').first().click();
    await dialog(`${LIST} is not saved`).getByRole('button', { name: 'Drop my changes, then apply' }).click();
    await notice(`${LIST} was not read again`).waitFor();
    assert.match(await text(), /mine/);
    await editor().focus();
    await page.keyboard.press('Control+S');
    await isClean();
});

test('two windows that write one file do not overwrite each other', async () => {
    const second = await openPage(lab, { context: page.context() });
    await second.getByRole('tab', { name: /^Editor/ }).click();
    await second.getByRole('button', { name: 'shopping.txt' }).click();
    await second.locator('.open-files .current', { hasText: 'shopping.txt' }).waitFor();
    await second.locator('.cm-content').focus();
    await second.keyboard.type('second ');
    await page.locator('.open-files').getByRole('button', { name: 'shopping.txt', exact: true }).click();
    await add('first\n');
    await page.keyboard.press('Control+S');
    await second.getByRole('alert').getByText('has changed on disk').waitFor();
    await second.getByRole('button', { name: 'Take the one on disk' }).click();
    await until('it has', async () => (await second.locator('.cm-content').innerText()).includes('first'));
    await second.close();
});
