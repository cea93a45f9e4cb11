// The files that are open stay open when the page is loaded again. Each window has its own.

import { effect } from '@preact/signals';

import { choose, current, openFile, opened } from './buffers.ts';

const KEY = 'lab-open';

interface Kept {
    paths: string[];
    current: string | null;
}

/** Opens the files that were open in this window; those that are gone are left out. */
export async function openAgain(): Promise<void> {
    const kept = read();
    for (const path of kept.paths) {
        await openFile(path, true);
    }
    if (kept.current !== null) {
        choose(kept.current);
    }
    effect(() => {
        const now: Kept = { paths: opened.value.map(({ path }) => path), current: current.value };
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
