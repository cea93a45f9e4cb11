// Short messages, placed where they cover no line of the editor that was just marked. The region is always
// there, as screen readers want it.

import './notices.css';

import { dismiss, notices } from '../announce.ts';
import { isShown, maximum, selected, small } from '../panes.ts';

/** In a corner of the window, over the terminals, or in a row of their own. */
function place(): 'corner' | 'terminals' | 'row' {
    if (small.value) {
        return selected('work')?.startsWith('terminal:') ? 'corner' : 'row';
    }
    return !isShown('editor') ? 'corner' : maximum.value === null ? 'terminals' : 'row';
}

export function Notices() {
    return (
        <div class={`notices in-${place()}`} role="status" aria-live="polite">
            {notices.value.map((notice) => (
                <div key={notice.id} class={`notice ${notice.kind}`}>
                    <span>{notice.text}</span>
                    {notice.action && (
                        <button type="button" onClick={notice.action.act}>{notice.action.label}</button>
                    )}
                    <button type="button" class="close" aria-label="Dismiss" onClick={() => dismiss(notice.id)}>×</button>
                </div>
            ))}
        </div>
    );
}
