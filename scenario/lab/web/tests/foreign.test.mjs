// A foreign book: its page tries to type into the terminal, to read and send files, to frame the lab and to take its
// place. The lab shows the page, its own buttons work in it, and nothing else comes of it.

import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Lab, PROMPT, bookOf, closeBrowser, openPage, sessionOf, shows, until } from './lab.mjs';

let lab;
let elsewhere;
/** What another server of this computer was asked. */
const asked = [];
const other = () => `http://127.0.0.1:${elsewhere.address().port}`;

/** Each tries to get something, and leaves a mark on the window that has run it, or asks the other server. */
const attempts = (place) => [
    // 1 to 4: scripts of the author, in the page, beside it, in handlers, in an address.
    `<script>
const socket = new WebSocket('ws://' + location.host + '/ws/terminal/1');
socket.onopen = () => { socket.send(JSON.stringify({ type: 'size', cols: 80, rows: 24 })); socket.send(new TextEncoder().encode('touch typed\\n')); };
window.ran = window.top.ran = 'inline';
</script>`,
    '<script src="beside.js"></script><script type="module" src="beside.js"></script>',
    '<img src="nothing" onerror="window.top.ran = \'handler\'"><details open ontoggle="window.top.ran = \'handler\'"><summary>More</summary></details>',
    '<a id="address" href="javascript:window.top.ran=\'address\'">address</a>',
    // 5: a script in a picture, a frame, an object.
    `<img src="picture.svg" alt=""><object data="picture.svg"></object><embed src="picture.svg">
<iframe src="picture.svg"></iframe><iframe srcdoc="<script>top.ran = 'srcdoc'</script>"></iframe>`,
    // 6: the lab in a frame, and links that take its place.
    `<iframe src="/"></iframe><a id="top" target="_top" href="${place}/top">top</a><a id="parent" target="_parent" href="${place}/parent">parent</a>
<a id="lab" href="/">lab</a>`,
    // 7: forms.
    `<form id="form" method="post" action="/api/terminals" enctype="text/plain"><input name="{" value="}"><button id="send">send</button></form>
<form method="post" action="${place}/form"><button id="phish">Password</button></form>`,
    // 8: an address that the page goes to by itself, and another root for its links.
    `<meta http-equiv="refresh" content="0; url=${place}/refresh"><base href="${place}/base/">`,
    // 9: what a browser fetches by itself.
    `<img src="${place}/image" alt=""><link rel="stylesheet" href="${place}/style"><link rel="prefetch" href="${place}/prefetch">
<link rel="preload" as="fetch" href="${place}/preload"><style>main { background: url(${place}/background) } @import '${place}/import';</style>
<video src="${place}/video" autoplay></video><audio src="${place}/audio"></audio><a id="ping" ping="${place}/ping" href="#here">ping</a>`,
    // 10: files of the learner, as a picture and as a style.
    '<img id="file" src="/api/file?path=secret.css" alt=""><link rel="stylesheet" href="/api/file?path=secret.css">',
    // And what stands in the way of the lab's own script, and what looks like its blocks.
    '<img name="querySelectorAllOfMine" alt=""><figure class="scenario-block" data-block="no-such-block"><figcaption>Run</figcaption><pre>x</pre></figure>',
];

before(async () => {
    elsewhere = createServer((request, response) => {
        asked.push(request.url);
        response.setHeader('access-control-allow-origin', '*').end('');
    });
    await new Promise((done) => elsewhere.listen(0, '127.0.0.1', done));
    lab = await Lab.small();
    const source = join(lab.book, 'src/step-1-write.md');
    await lab.write('secret.css', 'body { outline: 7px solid red; }');
    await writeFile(join(lab.book, 'src/beside.js'), 'window.top.ran = "beside";');
    // They take the place of mdBook's own, are in its template, or are named in book.toml.
    await writeFile(join(lab.book, 'src/book.js'), 'window.top.ran = "in place of another";');
    await mkdir(join(lab.book, 'theme'), { recursive: true });
    await writeFile(join(lab.book, 'theme/head.hbs'), '<script>window.top.ran = "template";</script>');
    await writeFile(join(lab.book, 'named.js'), 'window.top.ran = "named";');
    const toml = await readFile(join(lab.book, 'book.toml'), 'utf8');
    await writeFile(join(lab.book, 'book.toml'), `${toml}\n[output.html]\nadditional-js = ["named.js"]\n`);
    const picture = '<svg xmlns="http://www.w3.org/2000/svg" onload="top.ran = 1"><script>top.ran = "picture"</script></svg>';
    await writeFile(join(lab.book, 'src/picture.svg'), picture);
    const check = '<!-- scenario: check command="touch checked" -->';
    await writeFile(source, `${await readFile(source, 'utf8')}\n\n${attempts(other()).join('\n\n')}\n\n${check}\n`);
    await lab.stop();
    await lab.launch();
});

after(async () => {
    await closeBrowser();
    await lab.end();
    await new Promise((done) => elsewhere.close(done));
});

/** Whether anything has come of the page: files, marks, requests, windows. */
async function nothingCame(page, windows) {
    const marks = await Promise.all(page.frames().map((frame) => frame.evaluate(() => window.ran ?? null).catch(() => null)));
    assert.deepEqual(marks.filter((mark) => mark !== null), []);
    assert.deepEqual(asked, []);
    for (const file of ['typed', 'checked', 'pwned']) {
        await assert.rejects(lab.read(file), `${file} was written`);
    }
    assert.equal(page.context().pages().length, windows);
    assert.equal(new URL(page.url()).host, `127.0.0.1:${lab.port}`);
}

const click = (page, id) => bookOf(page).locator(`#${id}`).evaluate((one) => one.click());

test('a page of it gets nothing, whatever it tries and whatever is clicked in it', async () => {
    const page = await openPage(lab);
    const book = bookOf(page);
    await book.locator('.lab-button').first().waitFor();
    await shows(page, PROMPT);
    for (const id of ['address', 'lab', 'send', 'phish', 'ping']) {
        await click(page, id);
    }
    // The lab asks the checks of a page that is read every five seconds: this one has a command.
    await page.waitForTimeout(7000);
    await nothingCame(page, 1);
    assert.equal(await page.getByRole('tab', { name: /^T\d/ }).count(), 1);
    // A file of the learner's is neither shown as a picture nor used as a style.
    const outline = await book.locator('body').evaluate((body) => getComputedStyle(body).outlineWidth);
    assert.notEqual(outline, '7px');
    assert.equal(await book.locator('#file').evaluate((image) => image.naturalWidth), 0);
    assert.equal(await book.locator('.scenario-block[data-block="no-such-block"] .lab-button').count(), 0);
    // A link to elsewhere gets a tab of its own, and not the place of the lab.
    for (const id of ['top', 'parent']) {
        const [tab] = await Promise.all([page.context().waitForEvent('page'), click(page, id)]);
        await tab.waitForURL(`${other()}/${id}`);
        assert.equal(await tab.evaluate(() => window.opener), null);
        await tab.close();
    }
    asked.length = 0;
    await nothingCame(page, 1);
    await page.close();
});

test('the lab’s own buttons, keys, contents and search work in it', async () => {
    const page = await openPage(lab);
    const book = bookOf(page);
    await book.getByRole('button', { name: /^Copy to editor: notes\/shopping\.txt/ }).first().click();
    await page.locator('.open-files .current', { hasText: 'shopping.txt' }).waitFor();
    await book.getByRole('button', { name: 'Toggle Table of Contents' }).press('Enter');
    await book.getByRole('link', { name: /Serve them/ }).first().click();
    await book.getByRole('heading', { name: 'Serve them', exact: true }).waitFor();
    await book.locator('.lab-button').first().waitFor();
    await page.keyboard.press('Alt+KeyB');
    await page.keyboard.press('ArrowRight');
    await book.getByRole('heading', { name: 'Change them', exact: true }).waitFor();
    await book.locator('.lab-button').first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('apples');
    await book.locator('#mdbook-searchresults a').first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/#step-1-write\.html/);
    await page.close();
});

test('nor does it in a tab of its own, with the cookie of the browser', async () => {
    const context = await sessionOf(lab);
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${lab.port}/book/step-1-write.html`);
    await page.getByRole('heading', { name: 'Write notes', exact: true }).waitFor();
    await nothingCame(page, 1);
    // Not even who has the cookie, as another server of this computer may, gets a file.
    const address = `http://127.0.0.1:${lab.port}/api/file?path=secret.css`;
    assert.equal((await context.request.get(address)).status(), 401);
    await page.close();
});

test('a command of it runs once the learner has pressed a button that runs something', async () => {
    const page = await openPage(lab);
    await page.locator('.step-bar').getByRole('button', { name: /^Check/ }).click();
    await until('the check has run', () => lab.read('checked').then(() => true, () => false));
    await page.close();
});
