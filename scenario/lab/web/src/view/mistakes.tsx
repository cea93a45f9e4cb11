// What is wrong with the book on disk, while the pages are those of its last version without mistakes.

import type { Mistake } from '../contract.ts';
import { bookError } from '../state.ts';
import { read } from '../tools/step.ts';
import { Words } from './words.tsx';

export function Mistakes() {
    const error = bookError.value;
    if (!error) {
        return null;
    }
    const { message, mistakes, count } = error;
    const what = count === 0 ? 'cannot be shown' : count === 1 ? 'has a mistake' : `has ${count} mistakes`;
    return (
        <div class="book-error" role="alert" tabIndex={0}>
            <b>The book on disk {what}. The pages show its last version without mistakes.</b>
            {message !== null && <pre>{message}</pre>}
            {mistakes.map((mistake, index) => <Place key={index} mistake={mistake} />)}
            {count > mistakes.length && <p>… and {count - mistakes.length} more</p>}
        </div>
    );
}

/** A mistake, with a button that shows the part of the book that it is in. */
function Place({ mistake }: { mistake: Mistake }) {
    const { page, block } = mistake;
    const place = `${mistake.path}:${mistake.line}:${mistake.column}`;
    return (
        <div class="mistake">
            <p>
                {page === null ? place : (
                    <button type="button" title="Show this part of the book" onClick={() => read(page, block)}>{place}</button>
                )}
                {' '}<Words text={mistake.message} /> <span class="code">[{mistake.code}]</span>
            </p>
            <pre>{mistake.excerpt}</pre>
            {mistake.help.map((help, index) => <p key={index}>help: <Words text={help} /></p>)}
        </div>
    );
}
