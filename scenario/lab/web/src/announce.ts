// Short messages: shown for a while in a corner, and read by screen readers. What needs an answer is a dialog.

import { signal } from '@preact/signals';

export interface Notice {
    id: number;
    text: string;
    kind: 'good' | 'bad' | 'plain';
    action?: { label: string; act: () => void };
    /** It says what the learner has to agree to first. */
    asksForTrust?: boolean;
}

/** Good news can be short: what has changed is seen as well. */
const SHOWN_MS = { good: 3500, plain: 6000 };
const SHOWN_AT_ONCE_MAX = 4;

export const notices = signal<Notice[]>([]);
let next = 1;

/** Shows a message. A bad one stays until it is dismissed. */
export function announce(text: string, kind: Notice['kind'] = 'plain', action?: Notice['action'], asksForTrust = false): void {
    const notice: Notice = { id: next++, text, kind, asksForTrust, ...(action ? { action } : {}) };
    const others = notices.peek().filter((other) => other.text !== text);
    notices.value = [...others, notice].slice(-SHOWN_AT_ONCE_MAX);
    if (kind !== 'bad') {
        // One with a button stays longer.
        setTimeout(() => dismiss(notice.id), SHOWN_MS[kind] * (action ? 3 : 1));
    }
}

export function dismiss(id: number): void {
    notices.value = notices.peek().filter((notice) => notice.id !== id);
}

/** The learner has agreed: what asked for that is out of date. */
export function dismissTrust(): void {
    notices.value = notices.peek().filter((notice) => !notice.asksForTrust);
}
