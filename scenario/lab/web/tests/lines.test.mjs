// Errors at the line: what a terminal names is a link into the editor, and what the book's command finds after a save is
// marked there, with the line of the page beside it.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';

import { isAccessible } from './axe.mjs';
import { Lab, PROMPT, bookOf, closeBrowser, openPage, shoot, shows, troubles, type, until } from './lab.mjs';

let lab;
let page;
let book;

const PAGE = `# Fruit

\`\`\`rust file=app/src/main.rs
fn main() {
    let apple = "good";
    let pear = "bad";
}
\`\`\`

\`\`\`console
$ true
\`\`\`
`;
/** Finds what is bad, as a compiler would; with more it takes longer. */
const COMMAND = String.raw`grep -q slow src/main.rs && sleep 1000; grep -n bad src/main.rs | sed 's/\([0-9]*\):.*/src\/main.rs:\1:16: error: no bad fruit/'`;

async function write(folder) {
    await mkdir(join(folder, 'src'), { recursive: true });
    await writeFile(join(folder, 'src/SUMMARY.md'), '# Summary\n\n- [Fruit](fruit.md)\n');
    await writeFile(join(folder, 'src/fruit.md'), PAGE);
    const table = `[[preprocessor.scenario.after-save]]\ndir = "app"\nformat = "lines"\ncommand = '''${COMMAND}'''\n`;
    await writeFile(join(folder, 'book.toml'), `[book]\ntitle = "Fruit"\n\n${table}`);
}

const GOOD = '// apples\nfn main() {\n    let apple = "good";\n}\n';

const lint = () => page.locator('.cm-lintRange-error');
const line = () => page.locator('.problems [role=status]');
const block = (text) => book.locator('.scenario-block', { hasText: text });
/** The line of the editor that has the cursor. */
const current = () => page.locator('.cm-activeLine').innerText();

/** What is selected in the page of the book. */
const selected = () => book.locator('body').evaluate(() => getSelection()?.toString() ?? '');

async function save() {
    await page.locator('.cm-content').focus();
    await page.keyboard.press('Control+s');
}

/** Goes with the pointer over a text of the terminal until a link is there; its hint, and how to click it. */
async function over(text) {
    const place = page.locator('#panel-terminal-1 .screen');
    const rows = page.locator('#panel-terminal-1 .xterm-rows > div', { hasText: text });
    const cell = await cellWidth();
    let at = { x: 0, y: 0 };
    await until(`${text} is a link`, async () => {
        // The terminal may still scroll, or be about to be cleared.
        const row = rows.last();
        const [box, shown] = [await row.boundingBox({ timeout: 1000 }).catch(() => null), await row.textContent({ timeout: 1000 }).catch(() => '')];
        if (!box) {
            return false;
        }
        at = { x: box.x + cell * (shown.replaceAll('\u00a0', ' ').indexOf(text) + 2.5), y: box.y + box.height / 2 };
        // A row is asked about again once the pointer comes from another; a notice may be over those further below.
        await page.mouse.move(at.x, at.y + box.height);
        await page.mouse.move(at.x, at.y);
        return until('a hint', () => place.getAttribute('title'), 500).catch(() => false);
    });
    return { hint: await place.getAttribute('title'), click: () => page.mouse.click(at.x, at.y) };
}

/** How wide a character of the terminal is. */
function cellWidth() {
    return page.evaluate(() => {
        const probe = document.createElement('span');
        probe.textContent = 'x'.repeat(100);
        document.querySelector('#panel-terminal-1 .xterm-rows').append(probe);
        const { width } = probe.getBoundingClientRect();
        probe.remove();
        return width / 100;
    });
}

before(async () => {
    lab = await Lab.of(write);
    page = await openPage(lab);
    book = bookOf(page);
    await page.getByRole('button', { name: 'Got it' }).click();
});

afterEach(async () => {
    assert.deepEqual(await troubles(page), []);
});

after(async () => {
    await closeBrowser();
    await lab.end();
});

test('the after-save command does not run before a command of the book has run', async () => {
    await block('let apple').getByRole('button', { name: /^Copy to editor/ }).click();
    await page.locator('.cm-line', { hasText: 'pear' }).waitFor();
    await save();
    const saved = page.waitForResponse((response) => response.url().includes('/api/file/saved'));
    await page.locator('.cm-content').focus();
    await page.keyboard.press('Control+s');
    assert.equal((await saved).status(), 204);
    assert.equal(await page.locator('.problems').count(), 0);
    await block('$ true').getByRole('button', { name: /^Run/ }).click();
    await block('$ true').getByText('✓ done').waitFor();
});

test('after a save mistakes are marked, with the line of the page beside them', async () => {
    await save();
    await line().getByText('✗ 1 error').waitFor();
    assert.equal(await lint().innerText(), '"bad";');
    await page.locator('.cm-lint-marker-error').waitFor();
    await page.locator('.problems summary').click();
    const item = page.locator('.problems li');
    assert.match(await item.innerText(), /app\/src\/main\.rs:3:16\s+no bad fruit/);
    await shoot(page, 'problems');
    await isAccessible(page, 'the mistakes in a file');
    await item.getByRole('button', { name: 'In the book' }).click();
    await until('the line of the page is selected', async () => /^\s*let pear = "bad";\s*$/.test(await selected()));
    await lint().hover();
    await page.locator('.cm-diagnostic', { hasText: /fruit\.md:6:1/ }).getByRole('button', { name: 'Show it in the book' }).waitFor();
});

test('a window that is opened later shows the marks too', async () => {
    const second = await openPage(lab, { context: page.context() });
    await second.getByRole('button', { name: 'main.rs' }).click();
    await second.locator('.cm-lintRange-error').waitFor();
    await second.close();
});

test('marks stay with their file while another one is shown', async () => {
    await lab.write('fruit.txt', 'one\ntwo\nthree\nfour\n');
    await page.getByRole('button', { name: 'fruit.txt', exact: true }).click();
    await page.locator('.cm-line', { hasText: 'three' }).waitFor();
    assert.equal(await lint().count(), 0);
    await page.locator('.open-files').getByRole('button', { name: 'main.rs', exact: true }).click();
    await page.locator('.cm-line', { hasText: 'pear' }).waitFor();
    assert.equal(await lint().innerText(), '"bad";');
});

test('F8 goes to the mistake, and its marks disappear once it is fixed', async () => {
    await page.locator('.cm-content').focus();
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('F8');
    assert.match(await current(), /pear/);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Home');
    await page.keyboard.press('Shift+End');
    await page.keyboard.type('    let pear = "good";');
    await save();
    await line().getByText('✓ no mistakes found').waitFor();
    assert.equal(await lint().count(), 0);
});

test('the next save stops a command that still runs', async () => {
    await page.locator('.cm-content').focus();
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('// slow, bad\n');
    await save();
    await line().getByText('Looking for mistakes …').waitFor();
    await page.locator('.cm-content').focus();
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.type('// bad\n');
    await save();
    await line().getByText('✗ 1 error').waitFor();
    await page.locator('.cm-line', { hasText: '// bad' }).locator('.cm-lintRange-error').waitFor();
});

test('looking for mistakes can be turned off', async () => {
    await page.keyboard.press('Alt+s');
    const dialog = page.getByRole('dialog', { name: 'Settings' });
    await dialog.waitFor();
    await isAccessible(page, 'the settings');
    await dialog.getByLabel('Look for mistakes after a save').uncheck();
    await page.keyboard.press('Escape');
    let asked = 0;
    page.on('request', (request) => (asked += request.url().includes('/api/file/saved') ? 1 : 0));
    await page.locator('.cm-content').focus();
    await page.keyboard.type('x');
    const put = page.waitForResponse((response) => response.request().method() === 'PUT');
    await save();
    await put;
    await page.locator('.open-files .current .dirty').waitFor({ state: 'detached' });
    assert.equal(asked, 0);
    await page.keyboard.press('Control+z');
    await page.locator('.open-files .current .dirty').waitFor();
    await save();
    await page.locator('.open-files .current .dirty').waitFor({ state: 'detached' });
});

test('a line of a file in a terminal is a link into the editor, from the folder of the shell', async () => {
    await lab.write('app/src/main.rs', GOOD);
    await page.locator('.cm-line', { hasText: '// apples' }).waitFor();
    await type(page, 'cd app && clear');
    await type(page, 'echo " --> src/main.rs:3:9"');
    const link = await over('src/main.rs:3:9');
    assert.match(link.hint, /^Open app\/src\/main\.rs:3 in the editor/);
    await page.locator('.cm-content').focus();
    await page.keyboard.press('Control+Home');
    await link.click();
    await until('the line is there', async () => /let apple/.test(await current()));
    await page.getByRole('button', { name: 'Close app/src/main.rs' }).click();
    await (await over('src/main.rs:3:9')).click();
    await page.locator('.cm-line', { hasText: 'let apple' }).waitFor();
});

test('the forms of Python and Node, absolute paths and wrapped lines are links too', async () => {
    const root = join(lab.workspace, 'app');
    await type(page, 'clear; tput cols');
    const columns = Number(/^(\d+)$/m.exec(await shows(page, /^\d+$/m))[1]);
    for (const [printed, shown] of [
        ['  File \\"src/main.rs\\", line 2, in f', 'src/main.rs", line 2'],
        [`    at f (file://${root}/src/main.rs:3:9)`, 'main.rs:3:9'],
        // Its name is wrapped, and the pointer is on its last row.
        [`${'x'.repeat(columns - 9)} ./src/main.rs:4`, '.rs:4'],
    ]) {
        await type(page, `clear; echo "${printed}"`);
        await shows(page, PROMPT);
        const link = await over(shown);
        assert.match(link.hint, /^Open app\/src\/main\.rs:[234] /);
    }
});

test('text that names no file of the workspace is not a link', async () => {
    await type(page, 'clear; echo "see no-file.rs:3, /etc/passwd:1 and localhost:8000"; echo src/main.rs:2');
    const answers = [];
    // The answer about the other line may come late.
    const isAboutIt = (response) => response.url().endsWith('/lines') && response.request().postData().includes('no-file');
    page.on('response', async (response) => isAboutIt(response) && answers.push(await response.json()));
    await over('src/main.rs:2');
    const row = page.locator('#panel-terminal-1 .xterm-rows > div', { hasText: 'see no-file' }).last();
    const box = await row.boundingBox();
    const before = answers.length;
    await until('the line was asked about', async () => {
        await page.mouse.move(box.x + 60, box.y + 3);
        await page.mouse.move(box.x + 62, box.y + 4);
        return answers.length > before;
    });
    assert.deepEqual(answers.at(-1), []);
    assert.equal(await page.locator('#panel-terminal-1 .screen').getAttribute('title'), null);
});

test('a link to a line that the book has names its place there', async () => {
    await lab.write('app/src/main.rs', 'fn main() {\n    let apple = "good";\n    let pear = "bad";\n}\n');
    await type(page, 'clear; echo src/main.rs:2:5');
    const link = await over('src/main.rs:2:5');
    assert.match(link.hint, /; the book has it: .*fruit\.md:5:1$/);
    await link.click();
    const notice = page.locator('.notice', { hasText: /main\.rs:2 comes from .*fruit\.md:5:1/ });
    await notice.getByRole('button', { name: 'Show it in the book' }).click();
    await until('it is selected', async () => /^\s*let apple = "good";\s*$/.test(await selected()));
});

test('in a small window a link shows its line in an open file, whose editor was hidden', async () => {
    await lab.write('app/src/main.rs', Array.from({ length: 300 }, (_, index) => `// line ${index + 1}\n`).join(''));
    await page.keyboard.press('Control+p');
    await page.getByRole('dialog', { name: 'Open a file' }).getByRole('combobox').fill('app/src/main.rs');
    await page.keyboard.press('Enter');
    await page.locator('.cm-line', { hasText: /^\/\/ line 1$/ }).waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('tab', { name: /^T1/ }).click();
    await type(page, `cd ${lab.workspace}; clear; echo app/src/main.rs:150:1`);
    await (await over('app/src/main.rs:150:1')).click();
    await until('the line is there', async () => (await current()) === '// line 150');
    const isInSight = () => page.locator('.cm-activeLine').evaluate((line) => {
        const [own, room] = [line, line.closest('.cm-scroller')].map((one) => one.getBoundingClientRect());
        return own.top >= room.top && own.bottom <= room.bottom;
    });
    await until('it is in sight', isInSight);
    await page.setViewportSize({ width: 1400, height: 900 });
});
