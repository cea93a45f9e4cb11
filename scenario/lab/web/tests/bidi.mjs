// Firefox, driven by WebDriver BiDi (a standard of the W3C) over a WebSocket: as much of both as the tests
// need. Playwright drives only a Firefox of its own.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { PATIENCE, until } from './lab.mjs';

/** The keys of WebDriver that are not characters. */
export const KEYS = { Enter: '\uE007', F6: '\uE036' };
const TEXT = 1;
const CONTINUED = 0;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/** A WebSocket of the client's: Node.js 20 has none. */
class Socket {
    static open(address, take) {
        const { hostname, port, pathname } = new URL(address);
        const socket = new Socket();
        [socket.take, socket.rest, socket.text] = [take, Buffer.alloc(0), []];
        socket.stream = connect(Number(port), hostname);
        const key = randomBytes(16).toString('base64');
        socket.stream.write(`GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`
            + `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`);
        return new Promise((done, fail) => {
            let isOpen = false;
            socket.stream.on('error', fail);
            socket.stream.on('data', (bytes) => {
                socket.rest = Buffer.concat([socket.rest, bytes]);
                const end = isOpen ? -1 : socket.rest.indexOf('\r\n\r\n');
                if (end !== -1) {
                    const [status] = socket.rest.toString('latin1').split('\r\n');
                    socket.rest = socket.rest.subarray(end + 4);
                    isOpen = status.includes(' 101 ');
                    isOpen ? done(socket) : fail(new Error(status));
                }
                while (isOpen && socket.readFrame());
            });
        });
    }

    /** Reads a frame; false if it is not there yet. */
    readFrame() {
        const { rest } = this;
        const short = rest.length < 2 ? 0 : rest[1] & 127;
        const head = { 126: 4, 127: 10 }[short] ?? 2;
        if (rest.length < head) {
            return false;
        }
        const length = head === 2 ? short : head === 4 ? rest.readUInt16BE(2) : Number(rest.readBigUInt64BE(2));
        if (rest.length < head + length) {
            return false;
        }
        const [kind, isLast, payload] = [rest[0] & 15, (rest[0] & 128) !== 0, rest.subarray(head, head + length)];
        this.rest = rest.subarray(head + length);
        if (kind === PING) {
            this.write(PONG, payload);
        } else if (kind === TEXT || kind === CONTINUED) {
            this.text.push(payload);
            if (isLast) {
                this.take(Buffer.concat(this.text.splice(0)).toString());
            }
        }
        return true;
    }

    write(kind, payload) {
        const [length, mask] = [payload.length, randomBytes(4)];
        const head = length < 126 ? Buffer.from([128 | kind, 128 | length]) : Buffer.alloc(length < 65536 ? 4 : 10);
        if (head.length === 4) {
            head.writeUInt8(128 | kind, 0);
            head.writeUInt8(128 | 126, 1);
            head.writeUInt16BE(length, 2);
        } else if (head.length === 10) {
            head.writeUInt8(128 | kind, 0);
            head.writeUInt8(128 | 127, 1);
            head.writeBigUInt64BE(BigInt(length), 2);
        }
        this.stream.write(Buffer.concat([head, mask, payload.map((byte, at) => byte ^ mask[at % 4])]));
    }

    send(text) {
        this.write(TEXT, Buffer.from(text));
    }

    close() {
        this.write(CLOSE, Buffer.alloc(0));
        this.stream.end();
    }
}

/** A Firefox with a profile of its own. */
export class Firefox {
    static async start(program) {
        const firefox = new Firefox();
        [firefox.next, firefox.asked] = [1, new Map()];
        firefox.profile = await mkdtemp(join(tmpdir(), 'firefox-'));
        const words = ['--headless', '--no-remote', '--remote-debugging-port', '0', '--profile', firefox.profile, 'about:blank'];
        firefox.child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HOME: firefox.profile } });
        firefox.ended = new Promise((done) => firefox.child.on('exit', done));
        let said = '';
        firefox.child.stderr.on('data', (bytes) => (said += bytes));
        const address = await until('Firefox listens', () => /WebDriver BiDi listening on (ws:\S+)/.exec(said)?.[1], 2 * PATIENCE)
            .catch((error) => Promise.reject(new Error(`${error.message}:\n${said}`)));
        firefox.socket = await Socket.open(`${address}/session`, (text) => firefox.take(JSON.parse(text)));
        const { capabilities } = await firefox.ask('session.new', { capabilities: {} });
        firefox.version = capabilities.browserVersion;
        return firefox;
    }

    take({ id, type, result, error, message }) {
        const asked = this.asked.get(id);
        this.asked.delete(id);
        if (asked) {
            type === 'error' ? asked.fail(new Error(`${error}: ${message}`)) : asked.done(result);
        }
    }

    ask(method, params) {
        const id = this.next++;
        const answer = new Promise((done, fail) => this.asked.set(id, { done, fail }));
        this.socket.send(JSON.stringify({ id, method, params }));
        return answer;
    }

    /** A new tab with a page. */
    async open(address) {
        const { context } = await this.ask('browsingContext.create', { type: 'tab' });
        await this.ask('browsingContext.setViewport', { context, viewport: { width: 1400, height: 900 } });
        await this.ask('browsingContext.navigate', { context, url: address, wait: 'complete' });
        return new Tab(this, context);
    }

    /** How many tabs there are. */
    async tabs() {
        return (await this.ask('browsingContext.getTree', {})).contexts.length;
    }

    async end() {
        this.socket.close();
        this.child.kill();
        await this.ended;
        await rm(this.profile, { recursive: true, force: true, maxRetries: 5 });
    }
}

/** A tab: what is run in it is run in its outer page, which sees into the frame of the book. */
class Tab {
    constructor(firefox, context) {
        [this.firefox, this.context] = [firefox, context];
    }

    /** Calls a function in the page; its result goes through JSON. */
    async run(act, ...values) {
        const text = `(...values) => Promise.resolve((${act})(...values)).then((value) => JSON.stringify(value ?? null))`;
        const { type, result, exceptionDetails } = await this.firefox.ask('script.callFunction', {
            functionDeclaration: text,
            arguments: values.map((value) => ({ type: 'string', value: String(value) })),
            target: { context: this.context },
            awaitPromise: true,
        });
        if (type === 'exception') {
            throw new Error(exceptionDetails.text);
        }
        return JSON.parse(result.value);
    }

    /** Waits until a function in the page returns something true. */
    see(what, act, ...values) {
        return until(what, () => this.run(act, ...values));
    }

    /** Clicks what a function in the page returns as [x, y], once it does and does not move from one frame to the next. */
    async click(what, place, ...values) {
        const still = `async (...values) => {
            const place = ${place};
            const before = place(...values);
            await new Promise((frame) => requestAnimationFrame(() => requestAnimationFrame(frame)));
            const now = place(...values);
            return String(before) === String(now) && now;
        }`;
        const [x, y] = await this.see(what, still, ...values);
        const pointer = { type: 'pointer', id: 'mouse', actions: [
            { type: 'pointerMove', x: Math.round(x), y: Math.round(y) },
            { type: 'pointerDown', button: 0 },
            { type: 'pointerUp', button: 0 },
        ] };
        await this.firefox.ask('input.performActions', { context: this.context, actions: [pointer] });
    }

    /** Presses keys one after the other. */
    async press(keys) {
        const actions = [...keys].flatMap((value) => [{ type: 'keyDown', value }, { type: 'keyUp', value }]);
        await this.firefox.ask('input.performActions', { context: this.context, actions: [{ type: 'key', id: 'keys', actions }] });
    }
}
