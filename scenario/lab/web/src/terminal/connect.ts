// Joins an xterm.js terminal to a shell of the server over a WebSocket. The server keeps the screen, so a connection
// that comes back shows what was there; what the terminal has shown is acknowledged, so that a flood cannot pile up.

import type { Terminal } from '@xterm/xterm';

import { openSocket, tooMany } from '../events.ts';

const RETRY_MS = 500;
const RETRY_LATE_MS = 3000;
/** With this code the server closes a socket whose terminal is not there. Another one may get its number. */
const GONE = 4001;

export interface Link {
    type(keys: string): void;
    resize(): void;
    close(): void;
}

/** The pane of a terminal, which is informed. */
export interface Owner {
    /** The shell has ended with this status, or with `null` runs. */
    ended(status: number | null): void;
    /** Whether what is typed reaches the shell, and why it does not, if that is known. */
    connected(isConnected: boolean, why?: string | null): void;
}

export function connect(id: string, terminal: Terminal, owner: Owner): Link {
    const encoder = new TextEncoder();
    let socket: WebSocket;
    let closed = false;
    let isSnapshot = false;

    const send = (what: object) => {
        if (socket.readyState === WebSocket.OPEN) {
            socket.send(JSON.stringify(what));
        }
    };
    const size = () => send({ type: 'size', cols: terminal.cols, rows: terminal.rows });

    const open = () => {
        socket = openSocket(`/ws/terminal/${id}`);
        socket.binaryType = 'arraybuffer';
        // The server lays its screen out for this size before it sends it.
        socket.onopen = size;
        socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
            if (typeof event.data === 'string') {
                const message = JSON.parse(event.data) as { type: 'snapshot' } | { type: 'exit'; status: number };
                if (message.type === 'snapshot') {
                    isSnapshot = true;
                    owner.connected(true);
                    owner.ended(null);
                } else {
                    owner.ended(message.status);
                }
                return;
            }
            const bytes = new Uint8Array(event.data);
            if (isSnapshot) {
                isSnapshot = false;
                terminal.reset();
            }
            terminal.write(bytes, () => send({ type: 'ack', bytes: bytes.length }));
        };
        socket.onclose = (event) => {
            const why = tooMany(event);
            owner.connected(false, why);
            const wait = why === null && event.code !== GONE ? RETRY_MS : RETRY_LATE_MS;
            setTimeout(() => !closed && open(), wait);
        };
    };
    open();

    return {
        type: (keys) => {
            if (socket.readyState === WebSocket.OPEN) {
                // The server closes a socket on a larger message; a long paste goes in pieces.
                const bytes = encoder.encode(keys);
                for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
                    socket.send(bytes.subarray(at, at + PIECE_BYTES));
                }
            }
        },
        resize: size,
        close: () => {
            closed = true;
            socket.close();
        },
    };
}

const PIECE_BYTES = 32 << 10;
