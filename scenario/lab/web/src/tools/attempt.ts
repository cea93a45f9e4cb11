// A request of which only a failure is shown. What it changes comes as a message, as to every page.

import { announce } from '../announce.ts';
import { describe } from '../api.ts';

/** Waits for a request. If it was refused, shows what was not done and why, and returns false. */
export async function attempt(what: string, request: Promise<unknown>): Promise<boolean> {
    try {
        await request;
        return true;
    } catch (error) {
        announce(`${what}: ${describe(error)}`, 'bad');
        return false;
    }
}
