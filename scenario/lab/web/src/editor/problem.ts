// Mistakes in files, as marks in the editor. The book names the command that finds them; the server runs it after a save.

import { type Diagnostic, linter, lintGutter, nextDiagnostic, previousDiagnostic, setDiagnostics } from '@codemirror/lint';
import type { EditorState, Extension, Text, TransactionSpec } from '@codemirror/state';
import { keymap } from '@codemirror/view';

import { announce } from '../announce.ts';
import { describe, files } from '../api.ts';
import type { FileProblem, Place } from '../contract.ts';
import { formats, looksForMistakes } from '../settings.ts';
import { problems } from '../state.ts';
import { read } from '../tools/step.ts';

/** What an editor needs to show them. */
export const problemMarks: Extension = [
    linter(null),
    lintGutter(),
    keymap.of([
        { key: 'F8', run: nextDiagnostic },
        { key: 'Shift-F8', run: previousDiagnostic },
    ]),
];

/** A place in a text: columns are characters, counted from 1, and not the units that the editor counts. */
export function offsetOf(doc: Text, line: number, column: number): number {
    const { from, text, length } = doc.line(Math.min(Math.max(line, 1), doc.lines));
    const units = [...text].slice(0, Math.max(0, column - 1)).join('').length;
    return from + Math.min(units, length);
}

/** Shows a line of the book, if one of its pages has it. */
export function showPlace(place: Place): void {
    if (place.page !== null) {
        read(place.page, place.block, place.row);
    }
}

function mark(doc: Text, problem: FileProblem): Diagnostic {
    const begin = offsetOf(doc, problem.line, problem.column);
    const end = offsetOf(doc, problem.end_line, problem.end_column);
    const { place } = problem;
    const line = doc.lineAt(begin);
    // One without an end is marked to the end of its line; the line may have become shorter.
    const from = begin < line.to ? begin : line.from + line.text.search(/\S|$/);
    const to = end > from ? end : line.to;
    const isShown = place !== null && place.page !== null;
    return {
        from,
        to,
        severity: problem.severity,
        message: place ? `${problem.message}\nThe book has this line: ${place.origin}` : problem.message,
        ...(isShown ? { actions: [{ name: 'Show it in the book', apply: () => showPlace(place) }] } : {}),
    };
}

/** Makes a file show what was found in it. */
export function marked(state: EditorState, path: string): TransactionSpec {
    const own = problems.peek().list.filter((problem) => problem.path === path && problem.line <= state.doc.lines);
    return setDiagnostics(state, own.map((problem) => mark(state.doc, problem)));
}

/** A file was saved: has it looked at. */
export function wasSaved(path: string): void {
    if (looksForMistakes.peek()) {
        // If the lab does not answer, saving has failed too and has said so.
        files.saved(path).catch(() => {});
    }
}

/** A block has changed a file: what was found before may be gone, or elsewhere. Nothing is looked for where nothing was. */
export function wasChanged(path: string): void {
    if (problems.peek().list.length > 0) {
        wasSaved(path);
    }
}

/** The text of a file as it is to be saved; `null` if it stays as it is. */
export async function formatted(path: string, text: string): Promise<string | null> {
    if (!formats.peek() || !path.endsWith('.rs')) {
        return null;
    }
    try {
        const { text: better, why } = await files.format(path, text);
        if (why) {
            announce(`${path} was not formatted: ${why}`);
        }
        return better;
    } catch (error) {
        announce(`${path} was not formatted: ${describe(error)}`);
        return null;
    }
}
