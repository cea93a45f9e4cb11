// For how long something has been running, as far as this page has seen it.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** When each of what runs was seen first, in milliseconds. */
const since = new Map<string, number>();

const SHOWN_AFTER_S = 2;

/** The seconds since `of` was first drawn. It is silent: a screen reader would read every second. */
export function Elapsed({ of }: { of: string }) {
    const seconds = useSignal(0);
    useEffect(() => {
        const start = since.get(of) ?? Date.now();
        since.set(of, start);
        const count = () => {
            seconds.value = Math.floor((Date.now() - start) / 1000);
        };
        count();
        const timer = setInterval(count, 1000);
        return () => {
            clearInterval(timer);
            since.delete(of);
        };
    }, [of]);
    return seconds.value < SHOWN_AFTER_S ? null : <span class="elapsed" aria-hidden="true"> {inWords(seconds.value)}</span>;
}

export function inWords(seconds: number): string {
    const minutes = Math.floor(seconds / 60);
    return minutes === 0 ? `${seconds} s` : `${minutes} min ${seconds % 60} s`;
}
