// A line of a file of the book that a program has complained about, with buttons that go there.

import type { Place } from '../contract.ts';
import { showLine } from '../editor/buffers.ts';
import { read } from '../tools/step.ts';

/** The buttons; those inside the book have a look of their own. */
export function PlaceView({ place, look }: { place: Place; look?: string }) {
    const { file, line, origin, page, block, row } = place;
    const at = `${file}:${line}`;
    return (
        <span class="place">
            <button type="button" class={look} title="Show this line in the editor" onClick={() => void showLine(file, line)}>{at}</button>
            {' comes from '}
            {page === null ? origin : (
                <button type="button" class={look} title="Show this line of the book" onClick={() => read(page, block, row)}>{origin}</button>
            )}
        </span>
    );
}
