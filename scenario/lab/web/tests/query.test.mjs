// The pages of Prometheus that are the lab's own: queries, targets, alerts. A real Prometheus scrapes itself and a port
// that nobody listens on.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before } from 'node:test';

import { isAccessible } from './axe.mjs';
import { SIZES, fits } from './fits.mjs';
import { Lab, bookOf, closeBrowser, freePort, holdAnswer, inOrder, openPage, sessionOf, shoot, troubles, until } from './lab.mjs';

const test = inOrder();
let lab;
let page;
let book;
let port;

before(async () => {
    port = await freePort();
    lab = await Lab.of((folder) => writeBook(folder, port));
    page = await openPage(lab);
    book = bookOf(page);
});

after(async () => {
    await closeBrowser();
    await lab.end();
});

/** A book that starts Prometheus at a port of its own, and asks it. */
async function writeBook(folder, port) {
    await mkdir(join(folder, 'src'), { recursive: true });
    await writeFile(join(folder, 'book.toml'), '[book]\ntitle = "Targets"\n\n[preprocessor.scenario]\n');
    await writeFile(join(folder, 'src/SUMMARY.md'), '- [Targets](targets.md)\n');
    const config = `global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files: [alerts.yml]
scrape_configs:
  - job_name: prometheus
    static_configs: [{targets: ["localhost:${port}"]}]
  - job_name: gone
    static_configs: [{targets: ["localhost:9"]}]
`;
    const rules = 'groups:\n- name: all\n  rules:\n  - alert: Gone\n    expr: up == 0\n  - alert: Never\n    expr: up > 1\n    for: 1m\n';
    const file = (path, text) => `\`\`\`yaml file=${path}\n${text}\`\`\`\n\n`;
    const start = `$ prometheus --config.file=prometheus.yml --web.listen-address=127.0.0.1:${port}\n`;
    await writeFile(join(folder, 'src/targets.md'), `# Targets\n\n${file('prometheus.yml', config)}${file('alerts.yml', rules)}`
        + `\`\`\`console background=prometheus ready=http://localhost:${port}/-/ready within=30s\n${start}\`\`\`\n\n`
        + '```promql within=15s\nup\n# => up{instance="localhost:9", job="gone"} 0\n# => up{[..]} 1\n```\n\n'
        + '```promql expect="value > 5" within=15s\nsum(up)\n```\n');
}

const tab = () => page.getByRole('tab', { name: /^Prometheus/ });
const view = (name) => page.getByRole('navigation', { name: 'Pages of Prometheus' }).getByRole('button', { name });
const samples = () => page.locator('.samples tbody tr');

test('Prometheus is started by the buttons of the book', async () => {
    for (const file of ['prometheus.yml', 'alerts.yml']) {
        await book.getByRole('button', { name: `Copy to editor: ${file}` }).click();
        await page.locator('.notice', { hasText: `${file} is changed` }).waitFor();
    }
    await book.getByRole('button', { name: /^Run: prometheus/ }).click();
    await page.getByRole('tab', { name: /^Prometheus .* runs$/ }).waitFor();
});

test('Ask at a block fills the query in and asks it: a table, a graph, and what the book shows', async () => {
    await until('both targets were scraped', async () => {
        await book.getByRole('button', { name: 'Ask Prometheus: up', exact: true }).click();
        return samples().nth(1).waitFor({ timeout: 3000 }).then(() => true, () => false);
    });
    assert.equal(await samples().count(), 2);
    assert.equal(await page.locator('.promql .cm-content').innerText(), 'up');
    await page.locator('.samples tr', { hasText: 'up{instance="localhost:9", job="gone"}' }).locator('.number', { hasText: /^0$/ }).waitFor();
    await page.getByRole('img', { name: /^2 series of up over the last 1 min, with [1-9]\d* scrapes$/ }).waitFor();
    await page.locator('.compared.same').getByText('✓ As the book shows').waitFor();
    await isAccessible(page, 'a query with table and graph');
});

test('a difference from the book is shown', async () => {
    await book.getByRole('button', { name: 'Ask Prometheus: sum(up)' }).click();
    const compared = page.locator('.compared:not(.same)');
    await compared.getByText('≠ Not yet what the book shows').waitFor();
    await compared.getByText('value > 5').first().waitFor();
});

test('the graph is updated by itself', async () => {
    const marks = async () => Number(/(\d+) scrapes/.exec(await page.locator('.graph').getAttribute('aria-label'))[1]);
    const first = await marks();
    await until('more scrapes are marked', async () => (await marks()) > first);
});

test('a typed query is completed, its mistakes are marked, and errors of Prometheus are shown', async () => {
    const editor = page.locator('.promql .cm-content');
    await editor.fill('');
    await editor.pressSequentially('prometheus_build', { delay: 30 });
    await page.locator('.cm-tooltip-autocomplete li', { hasText: 'prometheus_build_info' }).waitFor();
    // The list takes keys only when it has been there for a moment.
    await until('the name is completed', async () => {
        await page.keyboard.press('Control+Space');
        await page.locator('.cm-tooltip-autocomplete li', { hasText: 'prometheus_build_info' }).click();
        return (await editor.innerText()) === 'prometheus_build_info';
    });
    await editor.fill('rate(up[5m)');
    await page.locator('.cm-lintRange-error').first().waitFor();
    await page.locator('.query-line').getByRole('button', { name: 'Ask' }).click();
    await page.locator('.query-error', { hasText: 'parse error' }).waitFor();
    await isAccessible(page, 'a query with an error');
    assert.equal(await page.locator('.samples').count(), 0, 'what was found before is not the answer to this');
});

test('the history keeps queries, also after a reload', async () => {
    await page.reload();
    await page.getByText('● connected').waitFor();
    await tab().click();
    await view('Query').click();
    await page.getByRole('combobox', { name: 'Queries of before' }).selectOption('sum(up)');
    await until('it is asked', async () => (await samples().count()) === 1 && (await samples().innerText()).includes('1'));
    assert.equal(await page.locator('.promql .cm-content').innerText(), 'sum(up)');
});

test('a range that is chosen while a query is asked is the one of the graph', async () => {
    await page.getByRole('checkbox', { name: 'Live' }).uncheck();
    const late = await holdAnswer(page, /\/query_range/);
    await page.getByRole('combobox', { name: 'Queries of before' }).selectOption('up');
    await late.given();
    const ranges = [];
    page.on('request', (request) => {
        const { pathname, searchParams: asked } = new URL(request.url());
        if (pathname.endsWith('/query_range')) ranges.push(Math.round(asked.get('end') - asked.get('start')));
    });
    await page.getByRole('combobox', { name: 'Range' }).selectOption('5 min');
    await late.release();
    await until('five minutes were asked for', () => ranges.includes(300));
    await page.getByRole('img', { name: /^2 series of up over the last 5 min/ }).waitFor();
    page.removeAllListeners('request');
    await page.getByRole('checkbox', { name: 'Live' }).check();
});

test('targets show their state, their last error, and the time to the next scrape', async () => {
    await view('Targets').click();
    const up = page.locator('.targets .up');
    await up.locator('.health', { hasText: '✓ UP' }).waitFor();
    const down = page.locator('.targets .down');
    await down.getByText(/connection refused/).waitFor();
    const next = async () => /in (\d\.\d) s/.exec(await up.locator('.scrape-next').innerText())?.[1];
    const seen = new Set();
    await until('the time is counted down', async () => seen.add(await next()) && seen.size > 3);
    await shoot(page, 'targets');
    await isAccessible(page, 'the targets');
});

test('alerts show their state and the series that they found', async () => {
    await view('Alerts').click();
    const firing = page.locator('.alerts .firing', { hasText: 'Gone' });
    await firing.getByText(/job="gone"/).waitFor();
    await firing.getByText('✗ firing').waitFor();
    await firing.getByText(/firing since [\d:]+, value 0:/).waitFor();
    await page.locator('.alerts .inactive', { hasText: 'Never' }).getByText('60 s').waitFor();
    await isAccessible(page, 'the alerts');
});

test('the pages of Prometheus itself are one click away', async () => {
    await view("Prometheus's own page").click();
    const state = page.frameLocator('iframe[title=Prometheus]').getByText(/^(UP|up)$/).first();
    // That page is loaded once, and a scrape may just have timed out on a busy machine.
    await until('the page shows the target', async () => {
        const isThere = await state.waitFor({ timeout: 3000 }).then(() => true, () => false);
        return isThere || page.getByRole('button', { name: 'Load again' }).click().then(() => false);
    });
});

test('queries, targets and alerts fit into windows of any size, light and dark', async () => {
    const other = await openPage(lab, { context: await sessionOf(lab) });
    await bookOf(other).getByRole('button', { name: 'Ask Prometheus: up', exact: true }).click();
    for (const [name, row] of [['Query', '.samples'], ['Targets', '.targets .down'], ['Alerts', '.alerts .firing']]) {
        await other.getByRole('navigation', { name: 'Pages of Prometheus' }).getByRole('button', { name }).click();
        await other.locator(row).waitFor();
        for (const colorScheme of ['light', 'dark']) {
            await other.emulateMedia({ colorScheme });
            await other.locator(`html[data-theme=${colorScheme}]`).waitFor();
            for (const [width, height] of SIZES) {
                await other.setViewportSize({ width, height });
                await shoot(other, `${name.toLowerCase()}-${width}x${height}-${colorScheme}`);
                await fits(other, `${name}, ${colorScheme},`);
            }
        }
    }
    assert.deepEqual(await troubles(other), []);
    await other.context().close();
});

test('no policy was violated and no script failed', async () => {
    assert.deepEqual(await troubles(page), []);
});
