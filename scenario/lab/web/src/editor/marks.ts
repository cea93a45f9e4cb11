// Marks the lines that a block has just changed, until the learner edits the text or the next block changes it.

import { type EditorState, type Extension, RangeSet, StateEffect, StateField } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, GutterMarker, gutterLineClass } from '@codemirror/view';

/** Ranges of lines, counted from 1, both ends included. */
export type Lines = [number, number][];

/** Replaces the marks. */
export const setMarks = StateEffect.define<Lines>();

const line = Decoration.line({ class: 'cm-changed' });
const gutter = new (class extends GutterMarker {
    override elementClass = 'cm-changed-gutter';
})();

/** The starts of all lines in ranges that the document has. */
function starts(state: EditorState, ranges: Lines): number[] {
    const last = state.doc.lines;
    const numbers = ranges.flatMap(([from, to]) => {
        const end = Math.min(to, last);
        return Array.from({ length: Math.max(0, end - from + 1) }, (_, index) => from + index);
    });
    return numbers.filter((number) => number >= 1).map((number) => state.doc.line(number).from);
}

const field = StateField.define<DecorationSet>({
    create: () => Decoration.none,
    update(marks, transaction) {
        const set = transaction.effects.find((effect) => effect.is(setMarks));
        if (set?.is(setMarks)) {
            return Decoration.set(starts(transaction.state, set.value).map((from) => line.range(from)), true);
        }
        return transaction.docChanged ? Decoration.none : marks;
    },
    provide: (marks) => EditorView.decorations.from(marks),
});

const gutters = gutterLineClass.compute([field], (state) => {
    const found: number[] = [];
    state.field(field).between(0, state.doc.length, (from) => {
        found.push(from);
    });
    return RangeSet.of(found.map((from) => gutter.range(from)));
});

export const marks: Extension = [field, gutters];
