// What the lab adds to the list of checks at the end of a step: the result of each, and a button that runs them. An
// exercise has its own button and results.

import { render } from 'preact';

import { checkOf, jobRuns, reading, steps } from '../state.ts';
import { check, checkExercise } from '../tools/step.ts';
import { CheckHelp, ExerciseHelp } from '../view/levels.tsx';
import { Failure } from '../view/step.tsx';
import { Words } from '../view/words.tsx';

export function mountChecks(doc: Document): void {
    for (const item of doc.querySelectorAll<HTMLElement>('.scenario-checks li[data-check]')) {
        const place = doc.createElement('div');
        place.className = 'lab-check';
        item.append(place);
        render(<Result id={item.dataset['check'] ?? ''} />, place);
    }
    // In the lab a button takes the place of the command.
    const command = doc.querySelector('.scenario-checks-command');
    if (command) {
        command.textContent = '';
        render(<Button />, command);
    }
    for (const section of doc.querySelectorAll<HTMLElement>('.scenario-exercise[data-exercise]')) {
        section.textContent = '';
        const show = (block: string) => showSolution(doc, block);
        render(<Exercise name={section.dataset['exercise'] ?? ''} show={show} />, section);
    }
}

function Button() {
    const step = reading.value;
    return step && (
        <button type="button" class="lab-button" disabled={jobRuns.value} onClick={() => check(step)}>
            Check step {step.label}
        </button>
    );
}

/** Opens the part of the page that a block of a solution is in, and goes there. */
function showSolution(doc: Document, id: string): void {
    const block = doc.querySelector<HTMLElement>(`.scenario-block[data-block="${CSS.escape(id)}"]`);
    for (let part = block?.closest('details'); part; part = part.parentElement?.closest('details')) {
        part.open = true;
    }
    block?.scrollIntoView({ block: 'center' });
    block?.setAttribute('tabindex', '-1');
    block?.focus({ preventScroll: true });
}

function Exercise({ name, show }: { name: string; show: (block: string) => void }) {
    const step = reading.value;
    const exercise = step?.exercises.find((one) => one.name === name);
    if (!step || !exercise) {
        return null;
    }
    const isAsked = exercise.checks.some(({ state }) => state !== 'unknown');
    const isSolved = exercise.checks.every(({ state }) => state === 'passed');
    return (
        <>
            <p>
                <button type="button" class="lab-button" disabled={jobRuns.value} onClick={() => checkExercise(step, name)}>
                    Check your solution
                </button>
                {isSolved && <span class="lab-solved" role="status">✓ solved</span>}
            </p>
            {isAsked && (
                <ul class="lab-check">
                    {exercise.checks.map((one) => (
                        <li key={one.id}><Words text={one.title} /><Result id={one.id} /></li>
                    ))}
                </ul>
            )}
            <ExerciseHelp step={step} exercise={exercise} show={show} />
        </>
    );
}

function Result({ id }: { id: string }) {
    // Drawn again whenever the steps change.
    void steps.value;
    const found = checkOf(id);
    switch (found?.state) {
        case 'running':
            return <p class="running">… checking</p>;
        case 'passed':
            return <p class="passed">✓ {found.kind === 'up' ? 'The target is UP: ' : ''}{found.text || 'passed'}</p>;
        case 'failed':
            return (
                <div class="failed">
                    <p>✗ {found.text || 'failed'}</p>
                    <Failure check={found} />
                    <CheckHelp check={found} />
                </div>
            );
        default:
            return found?.text ? <p class="running">– {found.text}</p> : null;
    }
}
