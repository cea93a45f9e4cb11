// An imported book: that nothing of it runs yet, and the list of all that it runs, with the button to agree.

import './trust.css';

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

import { describe, trust } from '../api.ts';
import type { Listing } from '../contract.ts';
import { close, dialog, open } from '../dialogs.ts';
import { lab, untrusted } from '../state.ts';
import { attempt } from '../tools/attempt.ts';

/** The line above a book to which the learner has not agreed. */
export function TrustLine() {
    return untrusted.value && (
        <aside class="trust" aria-label="Imported book">
            <p>This book was imported. Nothing of it runs before you agree: {untrusted.value.counts}.</p>
            <button type="button" class="main" onClick={() => open({ kind: 'trust' })}>Read what it runs</button>
        </aside>
    );
}

const NAMES: Record<string, string> = { command: 'Runs', file: 'Changes a file', check: 'Asks' };

/** All that it runs. */
export function Trust() {
    const list = useSignal<Listing | null>(null);
    const failed = useSignal('');
    const wanted = untrusted.value?.digest ?? '';
    useEffect(() => {
        // The book may change while this is open.
        let isLast = true;
        trust.list().then(
            (listing) => isLast && (list.value = listing),
            (error: unknown) => isLast && (failed.value = describe(error)),
        );
        return () => {
            isLast = false;
        };
    }, [wanted]);
    const listing = list.value;
    if (!listing) {
        return <p>{failed.value || 'Reading …'}</p>;
    }
    const more = listing.more > 0 && `${listing.more} more are not listed here. `;
    return (
        <>
            <p>
                It is somebody else's: it can do whatever you can do on this computer. All of it is listed here, in the order of the
                book. Agree only if you know what it does.
            </p>
            <ol class="runs" tabIndex={0} aria-label="All that the book runs">
                {listing.listed.map((run, index) => (
                    <li key={index}>
                        <b>{run.title || NAMES[run.kind]}</b> <span class="place">{run.position}</span>
                        <pre>{run.text}{run.more > 0 && `\n… ${run.more} more bytes`}</pre>
                    </li>
                ))}
            </ol>
            {more && <p>{more}<code>{lab.value?.front} plan --json</code> has all.</p>}
            <div class="choices">
                <button type="button" class="main" disabled={wanted !== listing.digest} onClick={() => void agree(listing.digest)}>
                    I have read it: let the book run
                </button>
                <button type="button" onClick={close}>Not yet</button>
            </div>
        </>
    );
}

async function agree(digest: string): Promise<void> {
    if ((await attempt('nothing was agreed to', trust.agree(digest))) && dialog.peek()?.kind === 'trust') {
        close();
    }
}
