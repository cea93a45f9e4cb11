// A learner's whole chapter 4, by clicks and keys: with a real Prometheus, a real container engine and a real browser.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';

import { isAccessible } from './axe.mjs';
import { LONG, Lab, PROMPT, bookOf, closeBrowser, dismissNotices, inOrder, jobIsDone, openPage, screen, sessionOf, shoot, shows, troubles, type, until } from './lab.mjs';

/** The summary of a step all of whose checks have passed, however many there are. */
const ALL_PASSED = /\b(\d+) of \1 checks passed/;

const test = inOrder();
let lab;
let page;
let book;

before(async () => {
    lab = await Lab.start();
    page = await openPage(lab);
    book = bookOf(page);
});

after(async () => {
    await closeBrowser();
    await lab.end();
});

/** The blocks of the page that is shown, in order: how each is used, and where it stands. */
async function blocks() {
    const figures = book.locator('.scenario-block[data-block]:not(details *)');
    const count = await figures.count();
    return Array.from({ length: count }, (_, index) => figures.nth(index));
}

/** The state under a block, once it is neither running nor empty. */
async function settled(figure) {
    const state = figure.locator('.lab-state > p');
    return until('a block has ended', async () => {
        const text = (await state.count()) > 0 ? await state.innerText() : '';
        return /^[✓✗○]/.test(text) && text;
    }, LONG);
}

test('the first open shows chapter 1, a guide, and a live prompt', async () => {
    await book.getByRole('heading', { name: 'Prometheus watches itself', exact: true }).waitFor();
    await page.getByRole('complementary', { name: 'Guide' }).getByRole('button').click();
    await page.getByRole('complementary', { name: 'Guide' }).waitFor({ state: 'detached' });
    await shows(page, PROMPT);
    await type(page, 'echo $((40+2))');
    await shows(page, /^42$/m);
});

test('a service that does not run yet says which step starts it', async () => {
    await page.getByRole('tab', { name: /^Prometheus/ }).click();
    await page.getByText('Prometheus is started by step 1, “Prometheus watches itself”').waitFor();
});

test('going to step 4 brings files and services there', async () => {
    await page.getByRole('combobox', { name: 'Go to step' }).selectOption('4');
    await page.getByRole('button', { name: 'Bring them there' }).click();
    await jobIsDone(page, 'Going to the beginning of step 4, Instrument the service');
    await book.getByRole('heading', { name: 'Instrument the service', exact: true }).waitFor();
    await page.locator('.step-bar').getByText('Step 4:').waitFor();
    await page.getByRole('tab', { name: /^Prometheus :9090 ● runs/ }).waitFor();
    await page.locator('.head .progress', { hasText: /3 of \d+ steps done/ }).waitFor();
});

test('before the chapter is done, its check says what is missing', async () => {
    await page.locator('.step-bar').getByRole('button', { name: 'Check', exact: true }).click();
    const target = page.locator('.results li', { hasText: 'target of job app is up' });
    await until('the target has failed', async () => (await target.getAttribute('class')) === 'failed', LONG);
    const text = await target.innerText();
    assert.match(text, /expected\s+job app: health up/);
    assert.match(text, /found\s.*404 Not Found/);
    assert.match(text, /hint\s+\S/);
    await page.locator('.step-bar .fold').click();
});

/** Uses each block of the page by its button. */
async function useAll() {
    for (const figure of await blocks()) {
        const kind = await figure.getAttribute('data-kind');
        const button = figure.locator('.lab-button').first();
        await button.click();
        if (kind === 'edit') {
            const path = await figure.locator('.scenario-caption code').first().innerText();
            await figure.locator('.lab-tick').waitFor();
            await until(`${path} is shown`, async () => (await page.locator('.open-files .current button').first().getAttribute('title')) === path);
            // A block that only takes lines away has no line to mark.
            const adds = (await figure.locator('ins').count()) > 0 || (await figure.locator('del').count()) === 0;
            if (adds) await page.locator('.cm-changed').first().waitFor();
        } else if (kind === 'promql') {
            await page.getByRole('tab', { name: /^Prometheus/, selected: true }).waitFor();
            const squeezed = (text) => text.split(/\s+/).join(' ').trim();
            const query = squeezed(await figure.locator('code').innerText());
            await until('the query is filled in', async () => squeezed(await page.locator('.promql .cm-content').innerText()) === query);
            // The answers of those that hold at the end of the chapter come with its checks.
        } else {
            const state = await settled(figure);
            assert.match(state, /^✓/, `${await figure.innerText()}\n${await screen(page)}`);
            await figure.locator('.lab-tick').waitFor();
        }
    }
}

test('each block of chapter 4 is copied or run by its button', async () => {
    await useAll();
    assert.match(await lab.read('app/src/metrics.rs'), /pub async fn expose/);
});

test('the target turns UP where the reader looks', async () => {
    await page.locator('.step-bar').getByRole('button', { name: 'Check', exact: true }).click();
    await page.getByText(ALL_PASSED).waitFor({ timeout: LONG });
    await page.locator('.step-bar .badge', { hasText: 'target UP' }).waitFor();
    await page.getByRole('tab', { name: /target UP/ }).click();
    // The last block of the chapter was a query.
    await page.getByRole('navigation', { name: 'Pages of Prometheus' }).getByRole('button', { name: 'Targets' }).click();
    await page.locator('.celebration').waitFor();
    await page.locator('.targets .up', { hasText: 'localhost:8000' }).waitFor();
    await page.locator('.head .progress', { hasText: /4 of \d+ steps done/ }).waitFor();
    await page.locator('.celebration').evaluate((one) => Promise.all(one.getAnimations().map(({ finished }) => finished)));
    await page.locator('.step-bar.passed').waitFor();
    await dismissNotices(page);
    await shoot(page, 'light');
});

test('the app is framed too', async () => {
    await page.getByRole('tab', { name: /^app :8000/ }).click();
    await isAccessible(page, 'a service whose page is chosen');
    await page.getByRole('button', { name: 'Visit /metrics' }).click();
    await page.frameLocator('iframe[title=app]').getByText('app_request_latency_seconds_bucket').first().waitFor();
});

test('no policy was violated and no script failed', async () => {
    assert.deepEqual(await troubles(page), []);
});

test('the next chapter goes on from there, and its queries are asked', async () => {
    await page.getByRole('tab', { name: /^app :8000/ }).focus();
    await page.keyboard.press('Alt+KeyN');
    await page.locator('.step-bar').getByText('Step 5:').waitFor();
    await useAll();
    await page.getByText(ALL_PASSED).waitFor({ timeout: LONG });
    await page.getByText(/5 of \d+ steps done/).waitFor();
});

test('a container that has ended is started again where it is missed', async () => {
    await type(page, 'docker kill app-metrics');
    await page.getByRole('tab', { name: /^app :8000 ○/ }).click();
    await page.getByText('Nothing answers on port 8000 any more').waitFor();
    await isAccessible(page, 'a container that has ended');
    await page.getByRole('button', { name: 'Start it again: app-metrics' }).click();
    await page.getByRole('tab', { name: /^app :8000 ● runs/ }).waitFor();
    await page.getByRole('button', { name: /^Running/ }).click();
    const part = page.getByRole('dialog').getByRole('listitem').filter({ hasText: 'app-metrics' });
    await part.getByText('runs and answers on port 8000').waitFor();
    await part.getByRole('button', { name: /^Log/ }).click();
    await page.getByRole('dialog', { name: 'Log of app-metrics' }).locator('.log').waitFor();
    await page.keyboard.press('Escape');
});

test('dark and narrow windows show the same step', async () => {
    const dark = await openPage(lab, { context: await sessionOf(lab, { colorScheme: 'dark' }) });
    await dark.getByRole('combobox', { name: 'Go to step' }).selectOption('4');
    await bookOf(dark).getByRole('heading', { name: 'Count every request' }).scrollIntoViewIfNeeded();
    await dark.getByRole('tab', { name: /^Editor/ }).click();
    await dark.getByRole('button', { name: 'metrics.rs', exact: true }).click();
    await dark.locator('.cm-line', { hasText: 'use axum::middleware::Next;' }).waitFor();
    await shoot(dark, 'dark');
    assert.deepEqual(await troubles(dark), []);

    const narrow = await openPage(lab, { context: await sessionOf(lab, { viewport: { width: 600, height: 900 } }) });
    await narrow.getByRole('tab', { name: 'Book', exact: true }).click();
    await narrow.getByRole('combobox', { name: 'Go to step' }).selectOption('4');
    await bookOf(narrow).getByRole('button', { name: 'Copy to editor: app/src/metrics.rs' }).first().scrollIntoViewIfNeeded();
    await shoot(narrow, 'narrow');
    assert.deepEqual(await troubles(narrow), []);
});
