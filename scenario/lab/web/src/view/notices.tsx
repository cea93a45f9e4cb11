// Short messages in a corner. The region is always there, as screen readers want it.

import './notices.css';

import { dismiss, notices } from '../announce.ts';

export function Notices() {
    return (
        <div class="notices" role="status" aria-live="polite">
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
