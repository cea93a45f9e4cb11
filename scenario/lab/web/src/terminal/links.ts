// Lines of files that a terminal shows, as links into the editor. What a line names is found out by the server: it knows the
// folder of the shell, and which files there are.

import type { IBufferCellPosition, IBufferLine, ILink, ILinkProvider, Terminal } from '@xterm/xterm';

import { announce } from '../announce.ts';
import { terminals } from '../api.ts';
import type { NamedLine } from '../contract.ts';
import { showLine } from '../editor/buffers.ts';
import { showPlace } from '../editor/problem.ts';

/** What a line has at least that names a line of a file; all else is not asked about. */
const MAY_NAME = /:\d|", line \d/;
/** The server looks no further. */
const CHARS_MAX = 4096;

/** A line as it was printed, however many rows it has, and where each UTF-16 unit of it is. */
interface Printed {
    text: string;
    cells: IBufferCellPosition[];
}

/** The line that has a row, counted from 1. */
function printedAt(terminal: Terminal, row: number): Printed | null {
    const { active } = terminal.buffer;
    let first = row - 1;
    while (first > 0 && active.getLine(first)?.isWrapped) {
        first -= 1;
    }
    let text = '';
    const cells: IBufferCellPosition[] = [];
    for (let at = first; text.length < CHARS_MAX; at += 1) {
        const line: IBufferLine | undefined = active.getLine(at);
        if (!line || (at > first && !line.isWrapped)) {
            break;
        }
        for (let column = 0; column < line.length; column += 1) {
            const cell = line.getCell(column);
            // A wide character has a second cell without one.
            if (cell && cell.getWidth() > 0) {
                const chars = cell.getChars() || ' ';
                text += chars;
                cells.push(...Array.from({ length: chars.length }, () => ({ x: column + 1, y: at + 1 })));
            }
        }
    }
    return MAY_NAME.test(text) ? { text: text.trimEnd(), cells } : null;
}

/** The links of a terminal, which has an id and an element that shows a hint. */
export function linesOf(terminal: Terminal, id: string, place: HTMLElement): ILinkProvider {
    const link = (named: NamedLine, { text, cells }: Printed): ILink[] => {
        const [start, end] = [cells[named.start], cells[named.end - 1]];
        if (!start || !end) {
            return [];
        }
        const from = named.place ? `; the book has it: ${named.place.origin}` : '';
        return [{
            range: { start, end },
            text: text.slice(named.start, named.end),
            activate: () => follow(named),
            hover: () => (place.title = `Open ${named.path}:${named.line} in the editor${from}`),
            leave: () => place.removeAttribute('title'),
        }];
    };
    return {
        provideLinks: (row, show) => {
            const printed = printedAt(terminal, row);
            if (printed === null) {
                show(undefined);
                return;
            }
            terminals.lines(id, printed.text).then(
                (found) => show(found.flatMap((named) => link(named, printed))),
                () => show(undefined),
            );
        },
    };
}

/** Opens the line, and says where the book has it. */
function follow({ path, line, column, place }: NamedLine): void {
    void showLine(path, line, column).then(() => {
        if (place !== null && place.page !== null) {
            announce(`${path}:${line} comes from ${place.origin}`, 'plain', { label: 'Show it in the book', act: () => showPlace(place) });
        }
    });
}
