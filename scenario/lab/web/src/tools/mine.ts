// The learner's own files that the lab has replaced, and the book's in their place.

import { announce } from '../announce.ts';
import { files, steps } from '../api.ts';
import { attempt, failed } from './attempt.ts';

/** Puts back what the learner had; false if it could not be. */
export async function restoreMine(path: string): Promise<boolean> {
    const isBack = await attempt(`your ${path} was not put back`, files.putBack(path));
    if (isBack) {
        announce(`Your ${path} is back.`, 'good');
    }
    return isBack;
}

/** Takes a file as the book has it at the end of a step: where the learner's is kept; `null` if it is not. */
export async function takeBooks(step: number, path: string): Promise<string | null> {
    try {
        const { kept } = await steps.take(step, path);
        announce(`${path} is the book’s now.`, 'good');
        return kept;
    } catch (error) {
        failed(`${path} was not changed`, error);
        return null;
    }
}
