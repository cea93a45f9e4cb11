// What a learner meets between the blocks: where they are, what is next, what runs, and how something is taken back.

import assert from 'node:assert/strict';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before } from 'node:test';

import { isAccessible } from './axe.mjs';
import { Lab, bookOf, closeBrowser, freePort, inOrder, jobIsDone, openPage, sessionOf, shoot, troubles, until } from './lab.mjs';

const test = inOrder();
let lab;
let page;
let book;

const LIST = 'notes/shopping.txt';
const notice = (text) => page.locator('.notice', { hasText: text }).last();
const dialog = (name) => page.getByRole('dialog', { name });
const next = () => page.locator('.next');
const block = (text) => book.locator('.scenario-block', { hasText: text });

before(async () => {
    lab = await Lab.small();
    page = await openPage(lab);
    book = bookOf(page);
    await page.getByRole('button', { name: 'Got it' }).click();
});

after(async () => {
    await closeBrowser();
    await lab.end();
});

const edit = async (path, change) => {
    const file = join(lab.book, path);
    await writeFile(file, change(await readFile(file, 'utf8')));
};

/** Goes to a step. Without those before it done the lab asks, and is to play nothing. */
async function readStep(number, heading) {
    await page.getByRole('combobox', { name: 'Go to step' }).selectOption(String(number));
    if (number > 1) await page.getByRole('button', { name: 'Only read' }).click();
    await book.getByRole('heading', { name: heading, exact: true }).waitFor();
}

test('the map lists steps and blocks, and runs all up to one, in their order', async () => {
    await page.getByRole('button', { name: 'Map', exact: true }).click();
    const map = dialog('Steps and blocks');
    await map.getByText('0 of 11 blocks used, 0 of 3 steps done').waitFor();
    await isAccessible(page, 'the map');
    await map.getByRole('button', { name: /^Run up to here: Run: printf/ }).click();
    await notice('5 blocks were used.').waitFor();
    assert.equal(await lab.read(LIST), 'bread\nmilk\ncheese\napples\n');
    assert.equal(await book.locator('.lab-tick').count(), 5);
});

test('a block that fails on the way stops it, and is shown', async () => {
    const fails = '```console\n$ false\n```\n\n';
    await edit('src/step-1-write.md', (text) => text.replace('Something that keeps running', `${fails}Something that keeps running`));
    // Once it has its button, the map knows it.
    await block('$ false').getByRole('button', { name: /^Run/ }).waitFor();
    await page.keyboard.press('Alt+KeyM');
    await dialog('Steps and blocks').getByRole('button', { name: /^Run up to here: Run: sh clock\.sh/ }).click();
    await notice('Stopped at “Run: false”, block 1 of 3.').waitFor();
    await book.locator('.scenario-block:focus', { hasText: '$ false' }).waitFor();
    await assert.rejects(lab.read('clock.sh'));
    await edit('src/step-1-write.md', (text) => text.replace(fails, ''));
    await block('$ false').waitFor({ state: 'detached' });
    await book.locator('.lab-button').first().waitFor();
});

test('a key goes to the next block that was not used', async () => {
    await page.getByRole('tab', { name: /^Editor/ }).focus();
    await page.keyboard.press('Alt+KeyG');
    await book.locator('.scenario-block:focus', { hasText: 'Counts the seconds' }).waitFor();
});

test('a block that runs shows for how long, and a double click runs it once', async () => {
    const added = '\n\n```console\n$ sleep 1000\n```';
    await edit('src/step-1-write.md', (text) => text.replace('$ date\n```', `$ date\n\`\`\`${added}`));
    const sleeps = block('$ sleep 1000');
    await sleeps.getByRole('button', { name: /^Run/ }).dblclick();
    await sleeps.locator('.elapsed', { hasText: /\d s/ }).waitFor();
    // A second click would be told that the terminal is busy.
    assert.equal(await page.getByRole('dialog').count(), 0);
    await page.locator('#panel-terminal-1 textarea').focus();
    await page.keyboard.press('Control+C');
    await sleeps.locator('.elapsed').waitFor({ state: 'detached' });
    await edit('src/step-1-write.md', (text) => text.replace(added, ''));
    await sleeps.waitFor({ state: 'detached' });
    await book.locator('.lab-button').first().waitFor();
});

test('Undo takes a block back, and removes its tick', async () => {
    await lab.write(LIST, 'bread\nmilk\napples\n');
    const cheese = block('cheese').first();
    const applied = page.waitForResponse('**/apply');
    await cheese.getByRole('button', { name: /^Copy to editor/ }).click();
    await applied;
    assert.equal(await lab.read(LIST), 'bread\nmilk\ncheese\napples\n');
    await cheese.getByRole('button', { name: /^Undo this block/ }).dblclick();
    await notice(`${LIST} is as it was before the block.`).waitFor();
    assert.equal(await lab.read(LIST), 'bread\nmilk\napples\n');
    await cheese.locator('.lab-tick').waitFor({ state: 'detached' });
    await until('the editor shows it', async () => !(await page.locator('.cm-content').innerText()).includes('cheese'));
    assert.equal(await page.locator('.notice', { hasText: 'not undone' }).count(), 0);
});

test('Restore mine brings back a file that was replaced by a restored one', async () => {
    await lab.write(LIST, 'only honey\n');
    const cheese = block('cheese').first();
    await cheese.getByRole('button', { name: /^Copy to editor/ }).click();
    await page.getByRole('button', { name: `Restore ${LIST} to this step` }).click();
    await notice('What you had is kept').getByRole('button', { name: 'Restore mine' }).click();
    await until('it is back', async () => (await lab.read(LIST)) === 'only honey\n');
});

test('a file is opened by a part of its path, or by its path where it is not listed', async () => {
    await lab.write('target/deep/out.txt', 'not listed\n');
    await page.getByRole('tab', { name: /^Editor/ }).focus();
    await page.keyboard.press('Control+KeyP');
    await dialog('Open a file').getByRole('combobox').fill('shop');
    await dialog('Open a file').getByRole('option', { name: LIST }).waitFor();
    await isAccessible(page, 'a file that is opened by its path');
    await page.keyboard.press('Enter');
    await page.locator('.open-files .current', { hasText: 'shopping.txt' }).waitFor();
    await page.getByRole('button', { name: 'Open', exact: true }).click();
    await dialog('Open a file').getByRole('combobox').fill('target/deep/out.txt');
    await dialog('Open a file').getByText('Enter opens this path').waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.cm-line', { hasText: 'not listed' }).waitFor();
    await lab.write('target/deep/out.txt', 'changed by another program\n');
    await page.locator('.cm-line', { hasText: 'changed by another program' }).waitFor();
});

test('a file is renamed and deleted', async () => {
    await page.getByRole('button', { name: 'Rename', exact: true }).click();
    await dialog('Rename target/deep/out.txt').getByRole('textbox').fill('mine/kept.txt');
    await page.getByRole('button', { name: 'Rename it' }).click();
    await page.locator('.open-files .current', { hasText: 'kept.txt' }).waitFor();
    assert.equal(await lab.read('mine/kept.txt'), 'changed by another program\n');
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await dialog('Delete mine/kept.txt?').getByRole('button', { name: 'Delete it' }).click();
    await page.getByRole('button', { name: 'Close mine/kept.txt' }).waitFor({ state: 'detached' });
    await assert.rejects(lab.read('mine/kept.txt'));
});

test('a reload keeps the open files, the place in the chapter, and the heading', async () => {
    await edit('src/step-2-serve.md', (text) => `${text}\n## A heading\n\n${'A line.\n\n'.repeat(80)}[up](#a-heading)\n`);
    await readStep(2, 'Serve them');
    await book.getByRole('link', { name: 'up' }).click();
    await page.waitForURL(/#step-2-serve\.html#a-heading$/);
    const frame = () => page.frames().find((one) => one.url().includes('/book/'));
    await frame().evaluate(() => scrollBy(0, 333));
    const top = await frame().evaluate(() => scrollY);
    const kept = () => page.evaluate(() => JSON.parse(sessionStorage.getItem('lab-place'))?.top);
    await until('the place is kept', async () => (await kept()) === top);
    const open = page.locator('.open-files .open');
    const files = await open.allInnerTexts();
    assert.ok(files.length > 0);
    await page.reload();
    await book.getByRole('heading', { name: 'Serve them', exact: true }).waitFor();
    // Something above may grow by a line after the page was scrolled. Without its place the page would show the heading,
    // 333 pixels away.
    await until('it is scrolled there', async () => Math.abs((await frame().evaluate(() => scrollY)) - top) < 50);
    assert.match(page.url(), /#step-2-serve\.html#a-heading$/);
    await until('the files are open', async () => String(await open.allInnerTexts()) === String(files));
});

test('a chapter that is renamed while it is read shows a page with links to the others, and the title follows the book', async () => {
    await rename(join(lab.book, 'src/step-2-serve.md'), join(lab.book, 'src/step-2-publish.md'));
    await edit('src/SUMMARY.md', (text) => text.replace('step-2-serve.md', 'step-2-publish.md'));
    await book.getByRole('heading', { name: 'This page is not in the book' }).waitFor();
    await book.getByRole('link', { name: '2. Serve them' }).click();
    await book.getByRole('heading', { name: 'Serve them', exact: true }).waitFor();
    await edit('book.toml', (text) => text.replace(/title = ".*"/, 'title = "Another title"'));
    await page.getByRole('heading', { name: 'Another title' }).waitFor();
});

test('a step that has passed leads to the next, with what was in it', async () => {
    await page.getByRole('button', { name: 'Solve step' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Solve step' }).click();
    await jobIsDone(page, 'Solving step 2, Serve them');
    await next().getByText('In it: A heading').waitFor();
    await shoot(page, 'learn-next');
    await isAccessible(page, 'a step that has passed');
    await next().getByRole('button', { name: 'Next: Change them' }).click();
    await book.getByRole('heading', { name: 'Change them', exact: true }).waitFor();
});

test('what the book has running is listed, and a service that has ended is started again on its tab', async () => {
    const server = page.getByRole('tab', { name: /^App/ });
    await page.getByRole('button', { name: /^Running/ }).click();
    const list = dialog('What the book has running').getByRole('listitem');
    await list.filter({ hasText: 'server' }).getByText('runs and answers on port').waitFor();
    await isAccessible(page, 'what runs');
    await list.filter({ hasText: 'server' }).getByRole('button', { name: /^Log/ }).click();
    await dialog('Log of server').getByText('GET /').first().waitFor();
    await isAccessible(page, 'a log');
    await page.keyboard.press('Escape');
    // The learner's own terminal ends it.
    await page.getByRole('tab', { name: /^T1/ }).click();
    await page.locator('#panel-terminal-1 textarea').focus();
    // Only that of this workspace: another lab may run the same program.
    await page.keyboard.type(`for p in $(pgrep -f '[h]ttp.server ${lab.servicePort}'); do [ $(readlink /proc/$p/cwd) = $PWD ] && kill -9 $p; done\n`);
    await server.click();
    await page.getByText(`Nothing answers on port ${lab.servicePort} any more`).waitFor();
    await shoot(page, 'learn-off');
    await isAccessible(page, 'a service that does not run');
    await page.getByRole('button', { name: /^Start it again/ }).click();
    await page.getByRole('tab', { name: `App :${lab.servicePort} ● runs` }).waitFor();
});

test('a step that has passed is open again when a check no longer passes', async () => {
    await page.getByRole('button', { name: 'Solve step' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Solve step' }).click();
    await jobIsDone(page, 'Solving step 3, Change them');
    await page.locator('.step-bar.passed').waitFor();
    await lab.write('notes/index.html', 'nothing\n');
    await page.locator('.step-bar.passed').waitFor({ state: 'detached' });
    await page.locator('.step-bar .fold').click();
    await page.locator('.results').getByText('not known yet: no longer passes').waitFor();
    await page.locator('.step-bar .fold').click();
});

test('the end of the course says that it is finished, what still runs, and how to clean up', async () => {
    await page.getByRole('button', { name: 'Solve step' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Solve step' }).click();
    await page.locator('.step-bar.passed').waitFor();
    await next().getByText('You have finished “Another title”.').waitFor();
    await next().getByText('3 of 3 steps are done').waitFor();
    await next().getByText('Still running: clock, server').waitFor();
    await next().getByText('cargo xtask down').waitFor();
    await shoot(page, 'learn-end');
    await isAccessible(page, 'the end of the course');
    assert.deepEqual(await troubles(page), []);
});

test('the new views fit a narrow window, light and dark', async () => {
    for (const colorScheme of ['light', 'dark']) {
        const context = await sessionOf(lab, { colorScheme, viewport: { width: 390, height: 844 } });
        const narrow = await openPage(lab, { context });
        await narrow.getByRole('tab', { name: 'Book', exact: true }).click();
        const cut = await narrow.locator('.next').evaluate((one) => one.scrollWidth - one.clientWidth);
        assert.ok(cut <= 0, `${cut} pixels of the end of the course are cut off`);
        await shoot(narrow, `learn-narrow-end-${colorScheme}`);
        for (const [button, name] of [['Map', 'map'], [/^Running/, 'running']]) {
            await narrow.getByRole('button', { name: button }).first().click();
            await narrow.getByRole('dialog').waitFor();
            await shoot(narrow, `learn-narrow-${name}-${colorScheme}`);
            const wide = await narrow.evaluate(() => document.documentElement.scrollWidth - innerWidth);
            assert.ok(wide <= 0, `${wide} pixels too wide`);
            await narrow.keyboard.press('Escape');
        }
        await context.close();
        const large = await openPage(lab, { context: await sessionOf(lab, { colorScheme, viewport: { width: 1440, height: 900 } }) });
        await large.locator('.next').waitFor();
        await large.getByRole('button', { name: 'Map', exact: true }).click();
        await large.getByRole('dialog').waitFor();
        await shoot(large, `learn-map-${colorScheme}`);
        await large.keyboard.press('Escape');
        await large.getByRole('button', { name: /^Running/ }).click();
        await large.locator('.running').waitFor();
        await shoot(large, `learn-running-${colorScheme}`);
        await large.keyboard.press('Escape');
        await shoot(large, `learn-end-${colorScheme}`);
        await large.context().close();
    }
});

test('a link to a page of Prometheus leads to the page that its version has', async () => {
    // Debian's 2.42 has only the older pages.
    const port = await freePort();
    const program = [
        'import http.server',
        'class Page(http.server.BaseHTTPRequestHandler):',
        '    def do_GET(self):',
        "        found = self.path.startswith('/classic/') or self.path == '/-/ready'",
        '        self.send_response(200 if found else 404)',
        '        self.end_headers()',
        `http.server.HTTPServer(('127.0.0.1', ${port}), Page).serve_forever()`,
    ];
    const links = ['targets', 'query'].map((name) => `<http://localhost:${port}/${name}>`).join(' ');
    const start = `\`\`\`console background=prometheus ready=http://localhost:${port}/-/ready within=20s\n$ python3 prometheus.py\n\`\`\``;
    await edit('src/step-1-write.md', (text) =>
        `${text}\n\`\`\`python file=prometheus.py\n${program.join('\n')}\n\`\`\`\n\n${start}\n\n${links}\n`);
    await readStep(1, 'Write notes');
    await block('import http.server').first().getByRole('button', { name: /^Copy to editor/ }).click();
    await notice('prometheus.py is changed').waitFor();
    await block('python3 prometheus.py').getByRole('button', { name: /^Run/ }).click();
    await page.getByRole('tab', { name: /^Prometheus .* runs/ }).waitFor();
    const frame = page.locator('iframe[title=Prometheus]');
    for (const [name, shown] of [['targets', 'targets'], ['query', 'graph']]) {
        await book.getByRole('link', { name: `http://localhost:${port}/${name}` }).click();
        await until(`${name} is shown`, async () => (await frame.getAttribute('src')) === `http://localhost:${port}/classic/${shown}`);
    }
});
