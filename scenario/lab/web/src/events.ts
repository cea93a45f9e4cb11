// The WebSocket with the messages of the server. When it closes it is opened again, less and less often, until the
// server is back: then its first message has everything.

import type { Message } from './contract.ts';
import { askWindows, hasKey, keyHeader, protocols } from './key.ts';
import { connection, take } from './state.ts';

const RETRY_FIRST_MS = 250;
const RETRY_LAST_MS = 3000;
/** The server says that it is alive every 2 s. */
const SILENT_MS = 6000;
const LOOK_MS = 1000;
/** With this code the server closes a socket that is one too many. */
const TOO_MANY = 4002;

/** A WebSocket to this server. */
export function openSocket(path: string): WebSocket {
    return new WebSocket(`ws://${location.host}${path}`, protocols());
}

/** Why a socket was closed that is one too many, or nothing. */
export function tooMany(event: CloseEvent): string | null {
    return event.code === TOO_MANY ? event.reason : null;
}

/** Listens for as long as the page is open. */
export async function listen(): Promise<void> {
    let wait = RETRY_FIRST_MS;
    let heard = Date.now();
    const connect = () => {
        const socket = openSocket('/ws/events');
        socket.onopen = () => {
            wait = RETRY_FIRST_MS;
        };
        socket.onmessage = (event: MessageEvent<string>) => {
            heard = Date.now();
            if (connection.value === 'silent') {
                connection.value = 'open';
            }
            take(JSON.parse(event.data) as Message);
        };
        socket.onclose = (event) => {
            const isFull = tooMany(event) !== null;
            if (connection.value !== 'stopped') {
                connection.value = isFull ? 'full' : 'lost';
            }
            void (isFull ? Promise.resolve(false) : isLocked()).then((locked) => {
                // Another window may have answered to an attempt after this one, which has connected since.
                if (locked && connection.value !== 'open') {
                    connection.value = 'locked';
                }
            });
            setTimeout(connect, isFull ? RETRY_LAST_MS : wait);
            wait = Math.min(wait * 2, RETRY_LAST_MS);
        };
    };
    setInterval(() => {
        // A server that hangs keeps the connection.
        if (connection.value === 'open' && Date.now() - heard > SILENT_MS) {
            connection.value = 'silent';
        }
    }, LOOK_MS);
    if (!hasKey()) {
        await askWindows();
    }
    connect();
    // A laptop that wakes up should not wait for its turn.
    window.addEventListener('online', () => {
        wait = RETRY_FIRST_MS;
    });
}

/** Whether the server is there and does not know this page, as no other window of the lab does. */
async function isLocked(): Promise<boolean> {
    try {
        const answer = await fetch('/api/files', { method: 'HEAD', headers: keyHeader() });
        return answer.status === 401 && !(await askWindows());
    } catch {
        return false;
    }
}
