// A request of which only the failure is told: what comes of it, the page hears as everybody does.

import { say } from '../announce.ts';
import { describe } from '../api.ts';

/** Waits for a request; if it was not granted, says what was not done and why, and is false. */
export async function attempt(what: string, request: Promise<unknown>): Promise<boolean> {
    try {
        await request;
        return true;
    } catch (error) {
        say(`${what}: ${describe(error)}`, 'bad');
        return false;
    }
}
