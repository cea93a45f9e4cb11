// What is on disk: files are read so that none is older than the last message about it. What that means for a file that is open
// is decided in `buffers.ts`.

import { type Read, Refusal, files } from '../api.ts';

/** How many messages have come. */
let heard = 0;

/** The last change on disk of each file of which a message has told, and which message that was. */
const told = new Map<string, { number: number; etag: string | null }>();

/** How often a file is read that changes all the time; the next message about it shows the text after that. */
const READS_MAX = 5;

/** Takes note of a message. */
export function hear(path: string, etag: string | null): void {
    heard += 1;
    told.set(path, { number: heard, etag });
}

/** Messages may have been missed: those that have come say nothing any more. */
export function forget(): void {
    told.clear();
}

/** What the last message about a file has told; `undefined` if there was none. */
export function etagTold(path: string): string | null | undefined {
    return told.get(path)?.etag;
}

/** Reads a file. The message that it has changed can come before the answer with the text of before: then once more. */
export async function readNow(path: string): Promise<Read> {
    for (let reads = 1; ; reads += 1) {
        const before = told.get(path)?.number;
        const found = await files.read(path);
        const now = told.get(path);
        if (now?.number === before || now?.etag === found.etag || reads === READS_MAX) {
            return found;
        }
    }
}

/** Reads a file; `null` if nothing is there. */
export async function readIfThere(path: string): Promise<Read | null> {
    try {
        return await readNow(path);
    } catch (error) {
        if (error instanceof Refusal && error.status === 404) {
            return null;
        }
        throw error;
    }
}
