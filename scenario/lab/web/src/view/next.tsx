// What comes after a step all of whose checks pass: the next one; after the last, the end of the course.

import type { Step } from '../contract.ts';
import { open } from '../dialogs.ts';
import { headings, lab, steps } from '../state.ts';
import { goTo } from '../tools/step.ts';
import { stopWalk, walk } from '../tools/walk.ts';
import { Elapsed } from './elapsed.tsx';
import { useRunning } from './running.tsx';

const PARTS_MAX = 4;

export function Next({ step }: { step: Step }) {
    if (walk.value !== null) {
        return <Walk {...walk.value} />;
    }
    const passed = step.checks.length > 0 ? step.checks.every(({ state }) => state === 'passed') : step.done;
    if (!passed) {
        return null;
    }
    const next = steps.value.find(({ number }) => number === step.number + 1);
    return next ? (
        <div class="next">
            <p>
                <b>✓ Step {step.label} is done.</b>
                {headings.value.length > 0 && <span class="learnt"> In it: {learnt(headings.value)}</span>}
            </p>
            <button type="button" class="main" onClick={() => void goTo(next)}>Next: {next.title}</button>
        </div>
    ) : (
        <End />
    );
}

/** The first parts of a chapter: all of a long one would take the book's room. */
function learnt(parts: string[]): string {
    return parts.slice(0, PARTS_MAX).join(' · ') + (parts.length > PARTS_MAX ? ' …' : '');
}

/** The end of the course. */
function End() {
    const found = useRunning();
    const left = steps.value.filter(({ done }) => !done);
    const names = (found?.parts ?? []).filter(({ state }) => state === 'running').map(({ name }) => name);
    return (
        <div class="next end">
            <div>
                <p>
                    <b>✓ {left.length === 0 ? `You have finished “${lab.value?.title}”.` : 'This was the last step.'}</b>{' '}
                    {steps.value.length - left.length} of {steps.value.length} steps are done
                    {found && found.minutes > 0 && `; the lab was open for ${duration(found.minutes)}`}.
                </p>
                {left.length > 0 && <p>Not done: {left.map((step) => `${step.label}. ${step.title}`).join(', ')}.</p>}
                <p>
                    {names.length > 0 ? `Still running: ${names.join(', ')}.` : 'Nothing of the book is running.'}{' '}
                    <code>{lab.value?.front} down</code> in a terminal ends it all and removes its containers and images; your files stay.
                </p>
            </div>
            <button type="button" onClick={() => open({ kind: 'running' })}>What runs</button>
            {left[0] && <button type="button" class="main" onClick={() => left[0] && void goTo(left[0])}>Go to step {left[0].label}</button>}
        </div>
    );
}

function duration(minutes: number): string {
    const hours = Math.floor(minutes / 60);
    return hours === 0 ? `${minutes} min` : `${hours} h ${minutes % 60} min`;
}

/** All blocks up to one are being used. */
function Walk({ at, total, name }: { at: number; total: number; name: string }) {
    return (
        <div class="next">
            <p role="status">Block {at} of {total}: {name}<Elapsed key={at} of={`walk ${at}`} /></p>
            <button type="button" onClick={stopWalk}>Stop after this block</button>
        </div>
    );
}
