// The WebSocket with the messages of the server. When it closes it is opened again, less and less often, until the
// server is back: then its first message has everything.

import type { Message } from './contract.ts';
import { connection, take } from './state.ts';

const RETRY_FIRST_MS = 250;
const RETRY_LAST_MS = 3000;

/** An address on this server. */
export function socketAddress(path: string): string {
    return `ws://${location.host}${path}`;
}

/** Listens for as long as the page is open. */
export function listen(): void {
    let wait = RETRY_FIRST_MS;
    const connect = () => {
        const socket = new WebSocket(socketAddress('/ws/events'));
        socket.onopen = () => {
            wait = RETRY_FIRST_MS;
        };
        socket.onmessage = (event: MessageEvent<string>) => take(JSON.parse(event.data) as Message);
        socket.onclose = () => {
            if (connection.value !== 'stopped') {
                connection.value = 'lost';
            }
            void isLocked().then((locked) => {
                connection.value = locked ? 'locked' : connection.value;
            });
            setTimeout(connect, wait);
            wait = Math.min(wait * 2, RETRY_LAST_MS);
        };
    };
    connect();
    // A laptop that wakes up should not wait for its turn.
    window.addEventListener('online', () => {
        wait = RETRY_FIRST_MS;
    });
}

/** Whether the server is there and does not know this browser: its key was removed. */
async function isLocked(): Promise<boolean> {
    try {
        return (await fetch('/api/files', { method: 'HEAD' })).status === 401;
    } catch {
        return false;
    }
}
