// What to know at the first open, in three lines.

import { machine } from '../api.ts';
import { guide } from '../state.ts';
import { attempt } from '../tools/attempt.ts';

export function Guide() {
    return guide.value && (
        <aside class="guide" aria-label="Guide">
            <ol>
                <li>Read. <b>Copy to editor</b> and <b>Run</b> do what a block says.</li>
                <li><b>Check</b>, below, shows what is still missing.</li>
                <li>All of it stays on this computer. <kbd>?</kbd> lists the keys.</li>
            </ol>
            <button type="button" onClick={dismiss}>Got it</button>
        </aside>
    );
}

function dismiss(): void {
    void attempt('the guide was not closed', machine.dismissGuide());
}
