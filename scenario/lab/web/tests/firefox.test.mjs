// The same in Firefox: a learner's chapter by buttons and keys, and a foreign book that gets nothing.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Firefox, KEYS } from './bidi.mjs';
import { foreignLab } from './foreign.mjs';
import { closeBrowser, until } from './lab.mjs';

const PROGRAM = (process.env.PATH ?? '').split(':').map((folder) => join(folder, 'firefox')).find(existsSync);
const skip = !PROGRAM && !process.env.SCENARIO_NO_SKIP && 'skipped: there is no `firefox` on PATH';

let firefox;
let foreign;
let lab;
let tab;

before(async () => {
    if (skip) return;
    assert.ok(PROGRAM, 'there is no `firefox` on PATH, which this test drives');
    foreign = await foreignLab();
    lab = foreign.lab;
    firefox = await Firefox.start(PROGRAM);
    tab = await firefox.open(await lab.freshLink());
});

after(async () => {
    await closeBrowser();
    await firefox?.end();
    await foreign?.end();
});

/** Runs in the page: the middle of the first element with this name, in the book or beside it, once it can be clicked there. */
const PLACE = `(selector, name) => {
    const frame = document.querySelector('iframe[data-book]');
    const here = [...document.querySelectorAll(selector)].map((one) => [one, { x: 0, y: 0 }]);
    const inBook = [...(frame?.contentDocument?.querySelectorAll(selector) ?? [])].map((one) => [one, frame.getBoundingClientRect()]);
    const isNamed = ([one]) => (one.getAttribute('aria-label') ?? one.textContent).trim().startsWith(name) && !one.disabled;
    const [element, frameAt] = [...here, ...inBook].filter(isNamed).find(([one]) => one.getClientRects().length > 0) ?? [];
    element?.scrollIntoView({ block: 'center', behavior: 'instant' });
    const box = element?.getBoundingClientRect();
    const [x, y] = box ? [box.x + box.width / 2, box.y + box.height / 2] : [0, 0];
    return element?.contains(element.ownerDocument.elementFromPoint(x, y)) && [frameAt.x + x, frameAt.y + y];
}`;
const press = (name) => tab.click(`“${name}” is there`, PLACE, 'button, a, label, [role=tab]', name);
const bookSays = (text) => tab.see(`the book shows “${text}”`, `(text) => document.querySelector('iframe[data-book]')?.contentDocument?.body?.innerText.includes(text)`, text);
const pageSays = (text) => tab.see(`the page shows “${text}”`, '(text) => document.body.innerText.includes(text)', text);
const choose = (selector, value) => tab.run(
    `(selector, value) => {
        const select = document.querySelector(selector);
        select.value = value;
        select.dispatchEvent(new Event('change', { bubbles: true }));
    }`,
    selector,
    value,
);

test('a foreign book gets nothing, whatever it tries and whatever is clicked in it', { skip }, async () => {
    await pageSays('● connected');
    await bookSays('Write notes');
    for (const name of ['address', 'lab', 'send', 'Password', 'ping']) {
        await press(name);
    }
    // The lab asks the checks of a page that is read every five seconds: this one has a command.
    await new Promise((done) => setTimeout(done, 7000));
    assert.equal(await tab.run('() => window.ran ?? null'), null);
    assert.equal(await tab.run('() => location.host'), `127.0.0.1:${lab.port}`);
    assert.deepEqual(foreign.asked, []);
    for (const file of ['typed', 'checked', 'pwned']) {
        await assert.rejects(lab.read(file), `${file} was written`);
    }
    assert.equal(await firefox.tabs(), 2);
});

test('a chapter is done by its buttons, and the search and the keys of the book work', { skip }, async () => {
    await press('Got it');
    await tab.see('the guide is gone', `() => !document.querySelector('.guide')`);
    await press('Copy to editor: notes/shopping.txt');
    await tab.see('the editor shows it', `() => document.querySelector('.cm-content')?.innerText.includes('bread')`);
    await press('Run: grep');
    await bookSays('✓ done');
    await press('Check');
    await until('the check has run', () => lab.read('checked').then(() => true, () => false));
    await press('T1');
    await tab.see('the terminal has the keyboard, and a shell', `() => document.activeElement?.closest('#panel-terminal-1') && !document.querySelector('#panel-terminal-1 .offline')`);
    await tab.press(`cat notes/shopping.txt${KEYS.Enter}`);
    await tab.see('the terminal shows it', `() => /\\nmilk\\n/.test(document.querySelector('#panel-terminal-1 .xterm-rows').innerText)`);
    // Out of the terminal; what comes after it is the book.
    await tab.press(KEYS.F6);
    await tab.see('the book has the keyboard', `() => document.activeElement.matches('iframe[data-book]')`);
    await tab.press('/');
    await tab.see('the search is open', `() => document.querySelector('iframe[data-book]').contentDocument.activeElement?.id === 'mdbook-searchbar'`);
    await tab.press('Tomorrow');
    await tab.see('it has found something', `() => document.querySelector('iframe[data-book]').contentDocument.querySelector('#mdbook-searchresults a') !== null`);
    await tab.press(KEYS.Enter);
    await tab.see('it leads there', `() => location.hash.includes('step-3-change.html')`);
    await bookSays('Change them');
    await press('Solve step');
    await pageSays('Solve step 3?');
    await tab.click('the answer is there', PLACE, '.choices .main', 'Solve step');
    await pageSays('Solving step 3, Change them: ✓ done');
    await pageSays('3 of 3 checks passed');
    await choose('select[aria-label="Go to step"]', '2');
    await bookSays('Serve them');
    await press('App');
    await press('Visit /');
    await tab.see('the app is framed', `() => document.querySelector('iframe[title=App]') !== null`);
});
