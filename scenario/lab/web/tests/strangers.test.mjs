// Who is not the learner: another site in the same browser, and another browser with a link that was used.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

import { Lab, closeBrowser, openBrowser, openPage } from './lab.mjs';

let lab;
let context;

before(async () => {
    lab = await Lab.small();
    const page = await openPage(lab);
    context = page.context();
    await page.close();
});

after(async () => {
    await closeBrowser();
    await lab.end();
});

test('another site can neither open, frame, read, change nor listen to the lab', async (self) => {
    const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<p>elsewhere</p>'));
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    // However it ends: a server that listens keeps the program running.
    self.after(() => server.close() && server.closeAllConnections());
    const page = await context.newPage();
    // The same host on another port gets the cookie: only the origin is another.
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const tried = await page.evaluate(async (origin) => {
        const outcome = (promise) => promise.then((value) => value, (error) => String(error));
        const socket = (path) => new Promise((done) => {
            const one = new WebSocket(`${origin.replace('http', 'ws')}${path}`);
            one.onopen = () => done('open');
            one.onerror = () => done('refused');
        });
        const script = new Promise((done) => {
            const one = document.createElement('script');
            one.src = `${origin}/assets/page.js`;
            one.onload = () => done('loaded');
            one.onerror = () => done('refused');
            document.head.append(one);
        });
        const frame = document.createElement('iframe');
        frame.src = `${origin}/`;
        const framed = new Promise((done) => (frame.onload = done));
        document.body.append(frame);
        await framed;
        return {
            read: await outcome(fetch(`${origin}/api/files`, { credentials: 'include' })),
            write: await outcome(fetch(`${origin}/api/file?path=x`, { method: 'PUT', body: 'x', mode: 'no-cors', credentials: 'include' }).then((r) => r.type)),
            run: await outcome(fetch(`${origin}/api/terminals`, { method: 'POST', body: '{}', mode: 'no-cors', credentials: 'include' }).then((r) => r.type)),
            events: await socket('/ws/events'),
            terminal: await socket('/ws/terminal/1'),
            script: await script,
            canRead: (() => {
                try {
                    return frame.contentDocument?.body.innerText ?? 'nothing';
                } catch {
                    return 'nothing';
                }
            })(),
        };
    }, `http://127.0.0.1:${lab.port}`);
    assert.match(tried.read, /TypeError/);
    assert.equal(tried.events, 'refused');
    assert.equal(tried.terminal, 'refused');
    assert.equal(tried.script, 'refused');
    assert.equal(tried.canRead, 'nothing');
    await assert.rejects(lab.read('x'), 'a file was written from elsewhere');
    const frame = page.frames().find((one) => one !== page.mainFrame());
    assert.equal(await frame.locator('.head').count(), 0, 'the lab was shown in a frame of another site');
    const [opened] = await Promise.all([
        context.waitForEvent('page'),
        page.evaluate((address) => void window.open(address), `http://127.0.0.1:${lab.port}/book/step-1-write.html`),
    ]);
    await opened.getByText('this request is of another site').waitFor();
    await opened.close();
    const terminals = await openPage(lab, { context });
    assert.equal(await terminals.getByRole('tab', { name: /^T\d/ }).count(), 1);
    await terminals.close();
    await page.close();
});

test('a link works once, and does not stay in the address', async () => {
    const page = await openPage(lab);
    assert.equal(new URL(page.url()).search, '');
    const [cookie] = (await page.context().cookies()).filter(({ name }) => name === `lab_${lab.port}`);
    assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, 'Strict']);
    const stranger = await openBrowser().then((browser) => browser.newContext());
    const late = await stranger.newPage();
    await late.goto(lab.link);
    await late.getByText('This link does not work any more').waitFor();
    await late.close();
    await page.close();
});
