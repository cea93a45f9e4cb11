// The files that are open stay open when the page is loaded again. Each window has its own.

import { effect } from '@preact/signals';

import { Refusal } from '../api.ts';
import { current, display, load, opened } from './buffers.ts';

const KEY = 'lab-open';

interface Kept {
    paths: string[];
    current: string | null;
}

/** Opens the files that were open in this window; those that are gone are left out. */
export async function openAgain(): Promise<void> {
    const kept = read();
    // Those that cannot be read now are tried again when the page is loaded again.
    let missing: string[] = [];
    for (const path of kept.paths) {
        try {
            await load(path);
        } catch (error) {
            const isGone = error instanceof Refusal && error.status === 404;
            missing.push(...(isGone ? [] : [path]));
        }
    }
    // A person may have opened another one meanwhile.
    if (current.value === null) {
        display(opened.value.find(({ path }) => path === kept.current)?.path ?? opened.value.at(-1)?.path ?? '');
    }
    effect(() => {
        const paths = opened.value.map(({ path }) => path);
        missing = missing.filter((path) => !paths.includes(path));
        const now: Kept = { paths: [...paths, ...missing], current: current.value };
        sessionStorage.setItem(KEY, JSON.stringify(now));
    });
}

function read(): Kept {
    const nothing: Kept = { paths: [], current: null };
    try {
        return { ...nothing, ...(JSON.parse(sessionStorage.getItem(KEY) ?? '{}') as Partial<Kept>) };
    } catch {
        return nothing;
    }
}
