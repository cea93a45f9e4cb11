// What was found in the files that were saved, in a line below the text that opens to a list.

import './problems.css';

import type { FileProblem } from '../contract.ts';
import { problems } from '../state.ts';
import { showLine } from './buffers.ts';
import { showPlace } from './problem.ts';

export function Problems() {
    const { state, command, text, list } = problems.value;
    if (state === 'never') {
        return null;
    }
    const errors = list.filter(({ severity }) => severity === 'error').length;
    const kind = state === 'running' ? 'plain' : state === 'failed' || errors > 0 ? 'bad' : list.length > 0 ? 'plain' : 'good';
    const shown = state === 'running' ? 'Looking for mistakes …' : state === 'failed' ? `Not known whether there are mistakes: ${text}` : text;
    const line = <span class={kind} role="status" title={command}>{kind === 'bad' ? '✗ ' : kind === 'good' ? '✓ ' : ''}{shown}</span>;
    if (list.length === 0) {
        return <div class="problems">{line}</div>;
    }
    return (
        <details class="problems">
            <summary>{line}</summary>
            <ul aria-label="Mistakes">
                {list.map((problem, index) => <Problem key={index} problem={problem} />)}
            </ul>
        </details>
    );
}

function Problem({ problem }: { problem: FileProblem }) {
    const { path, line, column, severity, message, detail, place } = problem;
    return (
        <li class={severity}>
            <button type="button" title={detail} onClick={() => void showLine(path, line, column)}>
                <b>{path}:{line}:{column}</b> {severity === 'warning' && 'warning: '}{message}
            </button>
            {place !== null && place.page !== null && (
                <button type="button" class="quiet" title={place.origin} onClick={() => showPlace(place)}>In the book</button>
            )}
        </li>
    );
}
