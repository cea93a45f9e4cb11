// What the machine lacks: said at the first open, with what the lab can do about it, and looked at again.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';

import { isAccessible } from './axe.mjs';
import { Lab, closeBrowser, inOrder, jobIsDone, openPage, troubles } from './lab.mjs';

const test = inOrder();
let lab;
let page;
let stranger;
let tools;

before(async () => {
    stranger = createServer((_, response) => response.end('a stranger'));
    await new Promise((done) => stranger.listen(8000, '127.0.0.1', done));
    lab = await Lab.start({ SCENARIO_ENGINE: 'none', SCENARIO_PROMETHEUS: '/nowhere/prometheus' });
    page = await openPage(lab);
});

after(async () => {
    stranger.close();
    await closeBrowser();
    await lab.end();
    if (tools) await rm(tools, { recursive: true, force: true });
});

const dialog = () => page.getByRole('dialog', { name: 'This machine' });
/** How many things are missing, as the list has them: `promtool` may be there without its server. */
let lacks;
const item = (name) => dialog().locator('li', { has: page.getByText(name, { exact: true }) });

test('the list opens by itself the first time, and says what to do', async () => {
    await dialog().waitFor();
    await isAccessible(page, 'what the machine lacks');
    const { x, width } = await dialog().boundingBox();
    assert.ok(Math.abs(x + width / 2 - 700) < 20, 'it is in the middle');
    assert.match(await item('Rust').innerText(), /✓\s+Rust\s+there\s*: cargo \d/);
    assert.match(await item('Prometheus').innerText(), /✗\s+Prometheus missing: .*\/nowhere\/prometheus.*\n+By hand: /s);
    assert.match(await item('container engine').innerText(), /✗\s+container engine missing: .*\n+By hand: /s);
    assert.match(await item('port 8000').innerText(), /✗\s+port 8000 taken: held by .*node.*\n+By hand: stop that program/s);
    assert.match(await item('port 9090').innerText(), /✓\s+port 9090\s+there\s*: free/);
    const lines = await dialog().getByRole('listitem').allInnerTexts();
    lacks = lines.filter((line) => line.includes('✗')).length;
    assert.ok(lacks >= 3, lines.join('\n'));
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: `This machine lacks ${lacks}` }).waitFor();
});

test('looking again finds what was installed meanwhile', async () => {
    await new Promise((done) => stranger.close(done));
    await page.getByRole('button', { name: `This machine lacks ${lacks}` }).click();
    await dialog().getByRole('button', { name: 'Look again' }).click();
    await item('port 8000').getByText('free').waitFor();
    await dialog().getByRole('button', { name: 'Close' }).last().click();
    await page.getByRole('button', { name: `This machine lacks ${lacks - 1}` }).waitFor();
});

test('a block that needs a missing program says so', async () => {
    const start = page.frameLocator('iframe[data-book]').locator('.scenario-block', { hasText: 'prometheus --config.file' });
    await start.getByRole('button', { name: /^Run/ }).click();
    await page.locator('.job.failed').getByText('lacks').first().waitFor();
    assert.deepEqual(await troubles(page), []);
});

test('a button fixes what the lab can fix', async () => {
    await page.close();
    await lab.end();
    tools = await mkdtemp(join(tmpdir(), 'tools-'));
    lab = await Lab.start({}, tools);
    page = await openPage(lab);
    const inPath = (await page.getByRole('button', { name: 'Machine ✓' }).count()) > 0;
    assert.ok(!inPath, 'there is a Prometheus on PATH, so that nothing is to be provided; take it from there for this test');
    await item('Prometheus').getByText('The lab can: ').waitFor();
    await dialog().getByRole('button', { name: 'Provide what is missing' }).click();
    await jobIsDone(page, 'Providing what this machine lacks');
    assert.match(await item('Prometheus').innerText(), /✓\s+Prometheus\s+there\s*: /);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Machine ✓' }).waitFor();
});
