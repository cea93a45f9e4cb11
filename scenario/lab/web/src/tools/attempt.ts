// A request of which only a failure is shown. What it changes comes as a message, as to every page.

import { effect } from '@preact/signals';

import { announce, dismissTrust } from '../announce.ts';
import { Refusal, describe } from '../api.ts';
import { untrusted } from '../state.ts';

/** Waits for a request. If it was refused, shows what was not done and why, and returns false. */
export async function attempt(what: string, request: Promise<unknown>): Promise<boolean> {
    try {
        await request;
        return true;
    } catch (error) {
        failed(what, error);
        return false;
    }
}

/** Shows what was not done and why. */
export function failed(what: string, error: unknown): void {
    const asksForTrust = error instanceof Refusal && error.more['untrusted'] === true;
    announce(`${what}: ${describe(error)}`, 'bad', undefined, asksForTrust);
}

effect(() => {
    if (untrusted.value === null) {
        dismissTrust();
    }
});
