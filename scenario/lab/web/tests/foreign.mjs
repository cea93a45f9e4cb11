// The book of somebody who wants the learner's terminal: each of its attempts leaves a mark if it gets anything.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';

import { Lab } from './lab.mjs';

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

/** A lab that shows such a book, what another server of this computer was asked by it, and the address of that. */
export async function foreignLab() {
    const asked = [];
    const elsewhere = createServer((request, response) => {
        asked.push(request.url);
        response.setHeader('access-control-allow-origin', '*').end('');
    });
    await new Promise((done) => elsewhere.listen(0, '127.0.0.1', done));
    const other = `http://127.0.0.1:${elsewhere.address().port}`;
    const lab = await Lab.small();
    await lab.stop();
    await lab.write('secret.css', 'body { outline: 7px solid red; }');
    const write = (path, text) => writeFile(join(lab.book, path), text);
    const extend = async (path, text) => write(path, `${await readFile(join(lab.book, path), 'utf8')}\n\n${text}\n`);
    await write('src/beside.js', 'window.top.ran = "beside";');
    // They take the place of mdBook's own, are in its template, or are named in book.toml.
    await write('src/book.js', 'window.top.ran = "in place of another";');
    await mkdir(join(lab.book, 'theme'), { recursive: true });
    await write('theme/head.hbs', '<script>window.top.ran = "template";</script>');
    await write('named.js', 'window.top.ran = "named";');
    await extend('book.toml', '[output.html]\nadditional-js = ["named.js"]');
    await write('src/picture.svg', '<svg xmlns="http://www.w3.org/2000/svg" onload="top.ran = 1"><script>top.ran = "picture"</script></svg>');
    await extend('src/step-1-write.md', [...attempts(other), '<!-- scenario: check command="touch checked" -->'].join('\n\n'));
    await lab.launch();
    const end = async () => {
        await lab.end();
        await new Promise((done) => elsewhere.close(done));
    };
    return { lab, asked, other, end };
}
