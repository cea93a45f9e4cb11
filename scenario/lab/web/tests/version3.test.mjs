// The pages of Prometheus with the answers of version 3: names in UTF-8, bounds as `1.0`, and fields that version 2 does not have. No
// such version is needed: its answers are written here as its API documents them and its source (3.14) builds them.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Lab, bookOf, closeBrowser, freePort, openPage, troubles, until } from './lab.mjs';

let lab;
let page;
let port;
let server;
/** The pages of it that were shown in a frame; the lab itself looks for the older ones too. */
const visited = [];

const SERIES = { __name__: 'http.server.duration_bucket', job: 'shop', instance: 'localhost:9', le: '1.0', 'service.name': 'tea' };
const scraped = () => new Date(Date.now() - 1000).toISOString();

/** What version 3 answers. */
function answerTo({ pathname, searchParams }) {
    const now = Date.now() / 1000;
    const asked = searchParams.get('query') ?? '';
    switch (pathname.replace('/api/v1/', '')) {
        case 'query':
            return asked.startsWith('up[')
                ? { resultType: 'matrix', result: [{ metric: { __name__: 'up', job: 'shop', instance: 'localhost:9' }, values: [[now - 20, '1'], [now - 10, '1']] }] }
                : { resultType: 'vector', result: [{ metric: SERIES, value: [now, '7'] }] };
        case 'query_range':
            return { resultType: 'matrix', result: [{ metric: SERIES, values: [[Number(searchParams.get('start')), '6'], [Number(searchParams.get('end')), '7']] }] };
        case 'targets':
            return {
                activeTargets: [{
                    discoveredLabels: { __address__: 'localhost:9', job: 'shop' },
                    labels: { instance: 'localhost:9', job: 'shop' },
                    scrapePool: 'shop',
                    scrapeUrl: 'http://localhost:9/metrics',
                    globalUrl: 'http://localhost:9/metrics',
                    lastError: 'received unsupported Content-Type "text/html" and no fallback_scrape_protocol specified for target',
                    lastScrape: scraped(),
                    lastScrapeDuration: 0.0021,
                    health: 'down',
                    scrapeInterval: '1m30s',
                    scrapeTimeout: '10s',
                }],
                droppedTargets: [],
                droppedTargetCounts: { shop: 0 },
            };
        case 'rules':
            return {
                groups: [{
                    name: 'all', file: 'alerts.yml', interval: 15, limit: 0, evaluationTime: 0.0004, lastEvaluation: scraped(),
                    rules: [{
                        state: 'firing', name: 'Slow', query: '{"http.server.duration_bucket"} > 5', duration: 90, keepFiringFor: 60, labels: {}, annotations: {},
                        alerts: [{ labels: { alertname: 'Slow', 'service.name': 'tea' }, annotations: {}, state: 'firing', activeAt: scraped(), keepFiringSince: scraped(), value: '7e+00' }],
                        health: 'ok', evaluationTime: 0.0002, lastEvaluation: scraped(), type: 'alerting',
                    }],
                }],
                groupNextToken: '',
            };
        default:
            return pathname.endsWith('/metadata') ? {} : [];
    }
}

before(async () => {
    port = await freePort();
    server = createServer((request, response) => {
        const url = new URL(request.url, `http://localhost:${port}`);
        if (url.pathname.startsWith('/api/v1/')) {
            const infos = ['PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "x" (1:6)'];
            response.setHeader('content-type', 'application/json').end(JSON.stringify({ status: 'success', data: answerTo(url), infos }));
            return;
        }
        if (request.headers['sec-fetch-dest'] === 'iframe') {
            visited.push(request.url);
        }
        // The older pages are gone, and `/graph` has moved.
        const status = url.pathname.startsWith('/classic') ? 404 : url.pathname === '/graph' ? 302 : 200;
        response.writeHead(status, status === 302 ? { location: `/query${url.search}` } : { 'content-type': 'text/html' }).end(`<p>the page ${url.pathname}</p>`);
    });
    await new Promise((done) => server.listen(port, '127.0.0.1', done));
    lab = await Lab.of(async (folder) => {
        await mkdir(join(folder, 'src'), { recursive: true });
        await writeFile(join(folder, 'book.toml'), '[book]\ntitle = "Version 3"\n\n[preprocessor.scenario]\n');
        await writeFile(join(folder, 'src/SUMMARY.md'), '- [Version 3](three.md)\n');
        await writeFile(join(folder, 'src/three.md'), `# Version 3\n\n\`\`\`console background=prometheus ready=http://localhost:${port}/-/ready within=5s\n$ sleep 1000\n\`\`\`\n\n`
            + '```promql within=15s\n{"http.server.duration_bucket", le="1.0"}\n# => {[..]} 7\n```\n');
    });
    page = await openPage(lab);
});

after(async () => {
    await closeBrowser();
    await lab.end();
    await new Promise((done) => server.close(done) && server.closeAllConnections());
});

const view = (name) => page.getByRole('navigation', { name: 'Pages of Prometheus' }).getByRole('button', { name });

test('an answer of Prometheus 3 is shown: names in UTF-8 are quoted, and bounds are as it stores them', async () => {
    await page.keyboard.press('Escape');
    await bookOf(page).getByRole('button', { name: /^Ask Prometheus/ }).click();
    const row = page.locator('.samples tbody tr');
    await row.first().waitFor();
    assert.match(await row.innerText(), /^\{"http\.server\.duration_bucket", job="shop", instance="localhost:9", le="1\.0", "service\.name"="tea"\}\s+7$/);
    await page.getByRole('img', { name: /^1 series of .* over the last 1 min, with 2 scrapes$/ }).waitFor();
    await page.locator('.compared.same').getByText('✓ As the book shows').waitFor();
    assert.equal(await page.locator('.cm-lintRange-error').count(), 0, 'a quoted name is not a mistake');
});

test('the targets and alerts of Prometheus 3 are shown', async () => {
    await view('Targets').click();
    const down = page.locator('.targets .down');
    await down.getByText('received unsupported Content-Type').waitFor();
    await until('the time is counted down', async () => /in 8\d\.\d s/.test(await down.locator('.scrape-next').innerText()));
    await view('Alerts').click();
    await page.locator('.alerts .firing', { hasText: 'Slow' }).getByText('{alertname="Slow", "service.name"="tea"}').waitFor();
    await page.locator('.alerts .firing').getByText('90 s', { exact: true }).waitFor();
});

test('the pages of Prometheus 3 itself are one click away, and not those that it has no more', async () => {
    await view("Prometheus's own page").click();
    await page.frameLocator('iframe[title=Prometheus]').getByText('the page /targets').waitFor();
    assert.deepEqual(visited, ['/targets']);
    assert.deepEqual(await troubles(page), []);
});
