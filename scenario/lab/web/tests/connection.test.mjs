// The connection to the lab: one that hangs, one that has too many windows, another window, a window without a key.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Lab, PROMPT, bookOf, closeBrowser, jobIsDone, openPage, sessionOf, shows } from './lab.mjs';

let lab;
let context;

before(async () => {
    lab = await Lab.small();
    context = await sessionOf(lab);
});

after(async () => {
    await closeBrowser();
    await lab.end();
});

const address = () => `http://127.0.0.1:${lab.port}/`;

test('the page says when the lab hangs, and when it answers again', async () => {
    const page = await openPage(lab, { context });
    lab.child.kill('SIGSTOP');
    await page.getByText('the lab does not answer; waiting for it').waitFor();
    lab.child.kill('SIGCONT');
    await page.getByText('● connected').waitFor();
    await page.close();
});

test('a second window needs no link while one is open, and needs one afterwards', async () => {
    const first = await openPage(lab, { context });
    const second = await context.newPage();
    await second.goto(address());
    await second.getByText('● connected').waitFor();
    await second.reload();
    await second.getByText('● connected').waitFor();
    await first.close();
    await second.close();
    const third = await context.newPage();
    await third.goto(address());
    await third.getByText('The lab is locked for this window').waitFor();
    await third.goto(await lab.freshLink());
    await third.getByText('● connected').waitFor();
    assert.equal(new URL(third.url()).search, '');
    assert.equal(await third.locator('meta[name=lab-key]').count(), 0);
    await third.close();
});

test('a window that gets its key while it asks twice for one stays connected', async () => {
    const other = await openPage(lab, { context });
    const key = await other.evaluate(() => sessionStorage.getItem('lab-key'));
    // A page that is not the lab's answers as a window of the lab would, but only the second question.
    await other.route('**/empty', (route) => route.fulfill({ contentType: 'text/html', body: '' }));
    await other.goto(`${address()}empty`);
    await other.evaluate((key) => {
        let asked = 0;
        window.channel = new BroadcastChannel('lab-key');
        window.channel.onmessage = ({ data }) => 'asks' in data && (asked += 1) === 2 && window.channel.postMessage({ key });
    }, key);
    const page = await context.newPage();
    await page.addInitScript(() => sessionStorage.setItem('lab-key', 'wrong'));
    // The second question waits until the window is connected.
    let looks = 0;
    await page.route('**/api/files', (route) => setTimeout(() => void route.continue(), (looks += 1) === 2 ? 150 : 0));
    await page.goto(address());
    await page.getByText('● connected').waitFor();
    // Nobody answers within half a second.
    await new Promise((done) => setTimeout(done, 700));
    assert.equal(await page.getByText('● connected').count(), 1, await page.locator('.head').innerText());
    await page.close();
    await other.close();
});

test('a window that gets no connection says so, and connects when another one is closed', async () => {
    const first = await openPage(lab, { context });
    await shows(first, PROMPT);
    const other = await openPage(lab, { context });
    await shows(other, PROMPT);
    // As many sockets as there may be, with the two of each window, opened by one that does nothing else. Those of the windows
    // before may still be counted for a moment.
    await other.evaluate(async (count) => {
        const protocols = ['lab', `key.${sessionStorage.getItem('lab-key')}`];
        const open = () => new Promise((done) => {
            const socket = new WebSocket(`ws://${location.host}/ws/events`, protocols);
            socket.onmessage = () => done(socket);
            socket.onclose = () => done(null);
        });
        window.sockets = [];
        while (window.sockets.length < count) {
            const socket = await open();
            if (socket) window.sockets.push(socket);
        }
    }, 60);
    // A window that has its events, and no terminal yet. It is behind the other one, so it may be given no frames.
    await first.getByText('● connected').waitFor();
    await first.evaluate(() => {
        window.keptRequest = window.requestAnimationFrame;
        window.requestAnimationFrame = () => 0;
    });
    await first.getByRole('button', { name: 'One more terminal' }).click();
    await first.getByText('there are 64 connections already; close a window of the lab').waitFor();
    await first.evaluate(() => {
        window.requestAnimationFrame = window.keptRequest;
    });
    const page = await context.newPage();
    await page.goto(await lab.freshLink());
    await page.getByText('There are too many connections').waitFor();
    await other.close();
    await page.getByText('● connected').waitFor();
    await shows(page, PROMPT);
    await shows(first, PROMPT, '2');
    await first.close();
    await page.close();
});

test('all blocks up to one are used although the connection was lost while one of them ran', async () => {
    const page = await openPage(lab, { context });
    let isDeaf = false;
    await page.routeWebSocket(/\/ws\/events/, (socket) => {
        const server = socket.connectToServer();
        server.onMessage((text) => {
            const now = JSON.parse(text).block?.state?.now;
            isDeaf ||= now === 'running' && heard++ === 0;
            if (!isDeaf) {
                socket.send(text);
            } else if (now === 'passed') {
                isDeaf = false;
                socket.close();
            }
        });
    });
    let heard = 0;
    await page.reload();
    await page.getByRole('button', { name: 'Map', exact: true }).click();
    await page.getByRole('button', { name: /^Run up to here: Run: printf/ }).click();
    await page.getByText('5 blocks were used.').waitFor();
    assert.ok(heard > 1, 'one of them ran unheard');
    // What keeps running has passed before it counts as used.
    await page.getByRole('button', { name: 'Map', exact: true }).click();
    await page.getByRole('button', { name: /^Run up to here: Run: sh clock\.sh/ }).click();
    await page.getByText('2 blocks were used.').waitFor();
    await page.close();
});

test('the job of a lab that was started again is shown although the job of that number was dismissed before', async () => {
    const page = await openPage(lab, { context });
    const solve = async () => {
        await page.getByRole('button', { name: 'Solve step' }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'Solve step' }).click();
        await jobIsDone(page, 'Solving step 1, Write notes');
    };
    await bookOf(page).getByRole('heading', { name: 'Write notes' }).waitFor();
    await solve();
    await page.getByRole('button', { name: 'Dismiss' }).last().click();
    await page.locator('.job-head').waitFor({ state: 'detached' });
    await lab.stop();
    await lab.launch();
    await page.getByText('● connected').waitFor();
    await solve();
    await page.close();
});
