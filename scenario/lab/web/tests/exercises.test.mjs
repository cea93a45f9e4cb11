// Exercises: a solution is checked, a mistake gets its hint, and the blocks of the solution are in the closed part alone.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before } from 'node:test';

import { isAccessible } from './axe.mjs';
import { Lab, bookOf, closeBrowser, inOrder, jobIsDone, openPage, troubles, until } from './lab.mjs';

const test = inOrder();
let lab;
let page;
let book;

const LIST = 'notes/shopping.txt';
const EXERCISE = `
## Your turn

Tea is missing. It goes to the end.

<!-- scenario: check file=${LIST} contains=tea exercise=tea -->
<!-- scenario: check command="tail -n 1 ${LIST}" contains=tea exercise=tea mistake="To the end: below the apples." -->

<details><summary>A solution</summary>

~~~text file=${LIST} append exercise=tea
tea
~~~

</details>

~~~text file=${LIST} prepend exercise=tea mistake="To the end: below the apples."
tea
~~~
`;

const card = () => book.locator('.scenario-exercise');
const check = () => card().getByRole('button', { name: 'Check your solution' }).click();

before(async () => {
    lab = await Lab.small();
    const path = join(lab.book, 'src', 'step-1-write.md');
    await writeFile(path, (await readFile(path, 'utf8')) + EXERCISE);
    page = await openPage(lab);
    book = bookOf(page);
    await card().waitFor();
});

after(async () => {
    await closeBrowser();
    await lab.end();
});

test('solving a step does not solve its exercise, and mistakes are not shown', async () => {
    await page.locator('.step-bar').getByRole('button', { name: 'Solve step' }).click();
    await page.getByRole('dialog', { name: 'Solve step 1?' }).getByRole('button', { name: 'Solve step' }).click();
    await jobIsDone(page, 'Solving step 1, Write notes');
    assert.equal(await lab.read(LIST), 'bread\nmilk\ncheese\napples\n');
    assert.equal(await book.locator('.scenario-block', { hasText: 'tea' }).count(), 1);
    await check();
    await card().getByText('contains tea').first().waitFor();
    await card().locator('.failed').nth(1).waitFor();
    assert.doesNotMatch(await card().innerText(), /below the apples/);
});

test('a known mistake shows its hint', async () => {
    await lab.write(LIST, 'tea\nbread\nmilk\ncheese\napples\n');
    await check();
    await card().locator('.passed').waitFor();
    const failed = card().locator('.failed .failure', { hasText: 'hint' });
    await until('the hint is there', async () => /^hint\s+To the end: below the apples\./.test(await failed.innerText()));
});

test('help comes in levels: the hint, the place, the solution', async () => {
    const levels = card().locator('.levels');
    assert.deepEqual(await levels.getByRole('button').allInnerTexts(), ['Where does it go?']);
    await levels.getByRole('button').click();
    await levels.getByText(`The solution changes ${LIST}.`).waitFor();
    await isAccessible(page, 'an exercise with help');
    assert.equal(await book.locator('details').first().evaluate((part) => part.open), false);
    await levels.getByRole('button', { name: 'Show the solution' }).click();
    await book.locator('details[open] .scenario-block:focus', { hasText: 'tea' }).waitFor();
    await book.locator('details summary').click();
});

test('the blocks of the solution are in a closed section, and solve the exercise', async () => {
    await lab.write(LIST, 'bread\nmilk\ncheese\napples\n');
    const solution = book.locator('details');
    const copy = solution.getByRole('button', { name: `Copy to editor: ${LIST}` });
    assert.equal(await copy.isVisible(), false);
    await solution.locator('summary').click();
    await copy.click();
    await until('it is copied', async () => (await lab.read(LIST)) === 'bread\nmilk\ncheese\napples\ntea\n');
    await check();
    await card().getByText('✓ solved').waitFor();
    await solution.locator('.lab-tick').waitFor();
    assert.deepEqual(await troubles(page), []);
});
