// The lab as its tests see it: the real program on a workspace, a state and a cache of its own, and a page of it in a
// real browser. Tests go one after the other, and so do their files: those that play the real book share the machine's containers and
// ports, and the others measure times.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

import { makeLate } from './late.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');
const PROGRAM = process.env.SCENARIO_LAB || join(ROOT, 'target/debug/scenario-lab');
// Run directly: cargo would wait for other builds.
const XTASK = join(ROOT, 'target/debug/xtask');
const BROWSER = process.env.SCENARIO_BROWSER || '/usr/bin/chromium';
const SHOTS = join(ROOT, 'target/lab/screenshots');

/** How long a condition may take that is bound to come, in milliseconds. */
export const PATIENCE = 30_000;
/** How long the book's commands may take: the first build compiles axum. */
export const LONG = 240_000;

const BOOK = join(ROOT, 'book');
const SMALL_BOOK = join(ROOT, 'scenario/core/tests/fixtures/second-book');

/** A lab that runs. */
export class Lab {
    /** Starts the lab for the real book, with the machine's container engine unless the environment says otherwise. */
    static async start(env = {}, tools = join(ROOT, 'target/tools')) {
        const lab = await Lab.at(BOOK);
        [lab.env, lab.tools] = [env, tools];
        await lab.shareDependencies();
        await lab.launch();
        return lab;
    }

    /** Starts the lab for a copy of the small book, which needs neither containers nor Prometheus. */
    static async small() {
        const lab = await Lab.at('');
        lab.book = join(lab.home, 'book');
        await cp(SMALL_BOOK, lab.book, { recursive: true });
        // A port of its own: if the port of the book is taken, a dialog opens first.
        lab.servicePort = await freePort();
        for (const page of ['step-2-serve.md', 'step-3-change.md'].map((name) => join(lab.book, 'src', name))) {
            await writeFile(page, (await readFile(page, 'utf8')).replaceAll('18765', String(lab.servicePort)));
        }
        // No engine has this name, so the containers of the machine are left alone.
        lab.env = { SCENARIO_ENGINE: 'none' };
        await lab.launch();
        return lab;
    }

    /** Starts the lab for a book that `write` makes in a folder. */
    static async of(write) {
        const lab = await Lab.at('');
        lab.book = join(lab.home, 'book');
        await write(lab.book);
        lab.env = { SCENARIO_ENGINE: 'none' };
        await lab.launch();
        return lab;
    }

    /** Starts it without a book: its link opens the start page. */
    static async choosing() {
        const lab = await Lab.at(null);
        lab.env = { SCENARIO_ENGINE: 'none', XDG_DATA_HOME: join(lab.home, 'data') };
        await lab.launch();
        return lab;
    }

    static async at(book) {
        // The browser starts while the lab does.
        openBrowser().catch(() => {});
        const lab = new Lab();
        lab.home = await mkdtemp(join(tmpdir(), 'lab-'));
        lab.workspace = join(lab.home, 'workspace');
        await mkdir(lab.workspace);
        lab.book = book;
        lab.tools = join(ROOT, 'target/tools');
        return lab;
    }

    /** Starts the program; its port is that of the last time, so that pages come back. */
    async launch() {
        // Not the default port: another suite may take that while this lab is stopped.
        const port = (this.port ??= await freePort());
        const words = ['--no-open', '--tools', this.tools];
        words.push(...(this.book === null ? [] : ['--book', this.book, '--workspace', this.workspace]));
        words.push('--port', String(port), '--front', 'cargo xtask');
        const env = { ...this.environment(), SCENARIO_PAGE: join(ROOT, 'target/lab/page') };
        this.child = spawn(PROGRAM, words, { env, cwd: this.home, stdio: ['pipe', 'pipe', 'pipe'] });
        this.said = '';
        this.child.stderr.on('data', (bytes) => (this.said += bytes));
        this.ended = new Promise((done) => this.child.on('exit', (code, signal) => done(code ?? signal)));
        this.links = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
        this.link = await this.nextLink();
    }

    /** Gives the workspace the app's dependencies as they were compiled elsewhere: to compile them costs half a minute. */
    async shareDependencies() {
        const others = ['target/tmp/world/app/target', 'app/target'].map((path) => join(ROOT, path, 'debug'));
        const other = others.find((path) => existsSync(join(path, '.fingerprint')));
        // Fingerprints first: cargo writes one when its artefact is complete.
        for (const folder of other ? ['.fingerprint', 'build', 'deps'] : []) {
            // The app itself is left out, as its name is the same wherever it is.
            const filter = (path) => !/^(lib)?app-/.test(basename(path));
            const to = join(this.workspace, 'app/target/debug', folder);
            await cp(join(other, folder), to, { recursive: true, preserveTimestamps: true, filter });
        }
    }

    environment() {
        const { home } = this;
        return { ...process.env, XDG_CACHE_HOME: join(home, 'cache'), SCENARIO_STATE: join(home, 'state'), ...this.env };
    }

    /** The next link that the program prints. */
    async nextLink() {
        const timer = setTimeout(() => this.child.kill(), PATIENCE);
        try {
            for (;;) {
                const { value, done } = await this.links.next();
                if (done) {
                    throw new Error(`the lab did not start:\n${this.said}`);
                }
                const link = /http:\/\/\S+token=\S+/.exec(value);
                if (link) {
                    return link[0];
                }
            }
        } finally {
            clearTimeout(timer);
        }
    }

    /** A link that nobody has used, by pressing Enter. */
    freshLink() {
        this.child.stdin.write('\n');
        return this.nextLink();
    }

    /** Asks the program to stop, and waits until it has. */
    async stop(signal = 'SIGINT') {
        this.child.kill(signal);
        return this.ended;
    }

    /** Stops the lab, ends all that it has started, and removes all that it has written. */
    async end() {
        await this.stop();
        const env = this.environment();
        const down = spawn(XTASK, ['--workspace', this.workspace, 'down'], { cwd: ROOT, env, stdio: 'pipe' });
        let said = '';
        down.stderr.on('data', (bytes) => (said += bytes));
        const status = await new Promise((done) => down.on('exit', done));
        if (status !== 0) {
            throw new Error(`what the lab has started was not ended:\n${said}`);
        }
        await rm(this.home, { recursive: true, force: true });
    }

    read(path) {
        return readFile(join(this.workspace, path), 'utf8');
    }

    /** Removes a file or a folder of the workspace. */
    remove(path) {
        return rm(join(this.workspace, path), { recursive: true });
    }

    async write(path, text) {
        await mkdir(dirname(join(this.workspace, path)), { recursive: true });
        await writeFile(join(this.workspace, path), text);
    }
}

let browser;

/** A browser that is started once for all tests of a file. */
export function openBrowser() {
    browser ??= chromium.launch({
        executablePath: BROWSER,
        // Chromium refuses its sandbox to root, as which CI runs in a container.
        args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    });
    return browser;
}

export async function closeBrowser() {
    await (await browser)?.close();
    browser = undefined;
}

/** A browser session of its own, which a link of its own has let in. */
export async function sessionOf(lab, options = {}) {
    const session = await (await openBrowser()).newContext({
        viewport: { width: 1400, height: 900 },
        permissions: ['clipboard-read', 'clipboard-write'],
        ...options,
    });
    // Collects the policy violations and errors of all frames.
    await session.addInitScript(() => {
        window.troubles = [];
        document.addEventListener('securitypolicyviolation', (event) => {
            window.troubles.push(`policy: ${event.violatedDirective} ${event.blockedURI}`);
        });
        window.addEventListener('error', (event) => window.troubles.push(event.error?.stack ?? event.message));
        window.addEventListener('unhandledrejection', (event) => window.troubles.push(`promise: ${event.reason?.stack ?? event.reason}`));
    });
    await makeLate(session);
    lab.link = await lab.freshLink();
    // The session shares its cookies with requests that no page makes.
    const answer = await session.request.get(lab.link);
    assert.equal(answer.status(), 200, await answer.text());
    return session;
}

/** A page of the lab that a link of its own has opened, in a session of its own unless one is given. */
export async function openPage(lab, { context } = {}) {
    const page = await (context ?? (await sessionOf(lab))).newPage();
    page.setDefaultTimeout(PATIENCE);
    await page.goto(await lab.freshLink());
    await page.getByText('● connected').waitFor();
    return page;
}

/** Tests that go on from one another: after one has failed, those behind it are not tried. */
export function inOrder() {
    let failed = '';
    return (name, act) => test(name, { timeout: 2 * LONG }, async (context) => {
        if (failed) {
            context.skip(`“${failed}” has failed`);
            return;
        }
        failed = name;
        await act();
        failed = '';
    });
}

/** What went wrong in the page and in the book, by frame. What is framed from elsewhere is not ours. */
export async function troubles(page) {
    const frames = page.frames().filter((frame) => frame.url().startsWith('http://127.0.0.1:'));
    const found = await Promise.all(frames.map((frame) => frame.evaluate(() => window.troubles)));
    return found.flat();
}

/** The book's frame. */
export function bookOf(page) {
    return page.frameLocator('iframe[data-book]');
}

/**
 * A port that nobody listens on; the system gives none of these to clients, and the tests in Rust take higher ones. It is this
 * process's until its end, since another file's tests may run beside: the port that is as far above as there are ports stands for it.
 */
export async function freePort() {
    const COUNT = 3000;
    for (;;) {
        const port = 12000 + Math.floor(Math.random() * COUNT);
        const claim = createServer().unref();
        const isOurs = await new Promise((done) => claim.on('listening', () => done(true)).on('error', () => done(false)).listen(port + COUNT, '127.0.0.1'));
        const listens = isOurs && await new Promise((done) => {
            const socket = connect(port, '127.0.0.1');
            socket.on('connect', () => done(true) || socket.destroy()).on('error', () => done(false));
        });
        if (isOurs && !listens) {
            return port;
        }
    }
}

/** Types a line into a terminal, as a person would: once it is connected. */
export async function type(page, line, id = '1') {
    await page.locator(`#panel-terminal-${id} textarea`).focus();
    await page.locator(`#panel-terminal-${id} .offline`).waitFor({ state: 'detached' });
    await page.keyboard.type(line);
    await page.keyboard.press('Enter');
}

/** Waits until a terminal shows a text; what it shows then. */
export function shows(page, text, id = '1', patience = PATIENCE) {
    let last = '';
    const look = async () => {
        last = await screen(page, id);
        return (typeof text === 'string' ? last.includes(text) : text.test(last)) && last;
    };
    return until(`T${id} shows ${text}`, look, patience).catch((error) => {
        throw new Error(`${error.message}; it shows:\n${last}`);
    });
}

/** A prompt at the end of what a terminal shows. */
export const PROMPT = /[$#]$/;

/** What a terminal shows: the lines on its screen, without the spaces around them. */
export async function screen(page, id = '1') {
    const rows = page.locator(`#panel-terminal-${id} .xterm-rows`);
    const text = (await rows.innerText()).replaceAll('\u00a0', ' ');
    return text.split('\n').map((line) => line.trimEnd()).join('\n').trim();
}

/** Waits until a condition holds, and says at last what it found. */
export async function until(what, look, patience = PATIENCE) {
    const end = Date.now() + patience;
    let found;
    for (;;) {
        found = await look();
        if (found) {
            return found;
        }
        if (Date.now() > end) {
            throw new Error(`not within ${patience / 1000} s: ${what}`);
        }
        await new Promise((done) => setTimeout(done, 50));
    }
}

/** Dismisses all notices; some go by themselves meanwhile. */
export async function dismissNotices(page) {
    const dismiss = page.locator('.notice').getByRole('button', { name: 'Dismiss' }).first();
    while ((await dismiss.count()) > 0) {
        await dismiss.click({ timeout: 1000 }).catch(() => {});
    }
}

/**
 * Holds the answer to the next request for a path: `given` waits until the lab has answered, with which status; `release` lets the
 * page have the answer, and waits until it has drawn what comes of it.
 */
export async function holdAnswer(page, path, method = 'GET') {
    let status = null;
    let had = false;
    let release;
    const released = new Promise((done) => (release = done));
    const hold = async (route) => {
        if (status !== null || route.request().method() !== method) {
            return route.fallback();
        }
        status = 0;
        const response = await route.fetch();
        status = response.status();
        await released;
        // The page may have turned to something else.
        await route.fulfill({ response }).catch(() => {});
        had = true;
    };
    // It stays: the browser may lose a request that is sent while a route is taken away.
    await page.route(path, hold);
    return {
        given: () => until(`the lab has answered ${method}`, () => status),
        release: async () => {
            release();
            await until('the page has the answer', () => had);
            await painted(page);
        },
    };
}

/** Waits until all is done that the page does after it has painted what it draws now. */
export const painted = (page) => page.evaluate(() => new Promise((done) => {
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50)));
}));

/** Waits until the job that runs has ended, and well. */
export async function jobIsDone(page, title) {
    const head = page.locator('.job-head [role=status]', { hasText: title });
    await until(`${title} has ended`, async () => !(await head.innerText()).includes(': running'), LONG);
    assert.equal(await head.innerText(), `${title}: ✓ done`, await page.locator('.job ol').innerText());
}

/**
 * Keeps a picture of the page to look at, if `SCENARIO_SHOTS` is set, since a large one takes half a second: as PNG, and as WebP, which
 * is small enough for README.
 */
export async function shoot(page, name) {
    if (!process.env.SCENARIO_SHOTS) {
        return;
    }
    await mkdir(SHOTS, { recursive: true });
    await page.screenshot({ path: join(SHOTS, `${name}.png`), animations: 'disabled' });
    const protocol = await page.context().newCDPSession(page);
    const { data } = await protocol.send('Page.captureScreenshot', { format: 'webp', quality: 60 });
    await writeFile(join(SHOTS, `${name}.webp`), data, 'base64');
}
