// What to know at the first open, in three lines, and what is wrong with the book where something is.

import { machine } from '../api.ts';
import { bookError, guide } from '../state.ts';
import { attempt } from '../tools/attempt.ts';

export function Guide() {
    return (
        <>
            {bookError.value && (
                <div class="book-error" role="alert">
                    <b>The book on disk has a mistake; this is the last one without.</b>
                    <pre>{bookError.value}</pre>
                </div>
            )}
            {guide.value && (
                <aside class="guide" aria-label="Guide">
                    <ol>
                        <li>Read. <b>Copy to editor</b> and <b>Run</b> do what a block says.</li>
                        <li><b>Check</b>, below, tells what is still missing.</li>
                        <li>All of it stays on this computer. <kbd>?</kbd> lists the keys.</li>
                    </ol>
                    <button type="button" onClick={dismiss}>Got it</button>
                </aside>
            )}
        </>
    );
}

function dismiss(): void {
    void attempt('the guide was not put away', machine.dismissGuide());
}
