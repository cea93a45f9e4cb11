// The bar under the book: the state of the step, its buttons, the results of its checks, and the job that runs.

import './step.css';

import { effect, signal } from '@preact/signals';

import type { Check, Job, Step } from '../contract.ts';
import { job, jobRuns, reading, up } from '../state.ts';
import { Elapsed } from './elapsed.tsx';
import { KeptFiles } from './kept.tsx';
import { CheckHelp } from './levels.tsx';
import { Next } from './next.tsx';
import { PlaceView } from './place.tsx';
import { Words } from './words.tsx';
import { cancelJob, check, reset, showDifference, solve } from '../tools/step.ts';

/** Whether the results are shown. *Check* shows them. */
const unfolded = signal(false);
/** The job that was dismissed. */
const dismissed = signal(0);
effect(() => {
    if (job.value === null) {
        // A lab that was started again counts its jobs anew.
        dismissed.value = 0;
    }
});

export function StepBar() {
    const step = reading.value;
    return (
        <section class="step" aria-label="Step">
            {job.value && (jobRuns.value || job.value.id !== dismissed.value) && <JobView job={job.value} />}
            {step && <Buttons step={step} />}
            {step && unfolded.value && <Results step={step} />}
            {step && <Next step={step} />}
        </section>
    );
}

function Buttons({ step }: { step: Step }) {
    const passed = step.checks.filter(({ state }) => state === 'passed').length;
    const running = step.checks.some(({ state }) => state === 'running');
    const allPassed = step.checks.length > 0 && passed === step.checks.length;
    const summary = step.checks.length === 0
        ? 'This step has no checks.'
        : `${passed} of ${step.checks.length} checks passed`;
    return (
        <div class={allPassed ? 'step-bar passed' : 'step-bar'}>
            <button
                type="button"
                class="fold"
                aria-expanded={unfolded.value}
                disabled={step.checks.length === 0}
                onClick={() => (unfolded.value = !unfolded.value)}
            >
                Step {step.label}: {allPassed ? '✓ ' : ''}{summary}{running && ' …'}
                {up.value?.step === step.number && <span class="badge">target UP</span>}
            </button>
            <button
                type="button"
                class="main"
                disabled={running || jobRuns.value}
                onClick={() => {
                    unfolded.value = true;
                    dismissed.value = job.value?.id ?? 0;
                    check(step);
                }}
            >
                {step.checks.length === 0 ? 'Mark as done' : 'Check'}
            </button>
            <button type="button" onClick={() => showDifference(step)}>Why is mine different?</button>
            <button type="button" disabled={jobRuns.value} onClick={() => void reset(step)}>Reset step</button>
            <button type="button" disabled={jobRuns.value} onClick={() => void solve(step)}>Solve step</button>
        </div>
    );
}

const MARKS = { unknown: ['○', 'not known yet'], running: ['…', 'checking'], passed: ['✓', 'passed'], failed: ['✗', 'failed'] } as const;

function Results({ step }: { step: Step }) {
    return (
        <ul class="results" tabIndex={0} aria-live="polite" aria-label="Checks of this step">
            {step.checks.map((one) => (
                <li key={one.id} class={one.state}>
                    <span class="mark" aria-hidden="true">{MARKS[one.state][0]}</span>
                    <div>
                        <Words text={one.title} />
                        <div class="state">{MARKS[one.state][1]}{one.text && <>: <Words text={one.text} /></>}</div>
                        {one.state === 'failed' && <><Failure check={one} /><CheckHelp check={one} /></>}
                    </div>
                </li>
            ))}
        </ul>
    );
}

/** What to do, what was expected and what was found. The hint comes first: what was found may fill the screen. */
export function Failure({ check }: { check: Check }) {
    return (
        <dl class="failure">
            {check.help && <div><dt>hint</dt><dd><Words text={check.help} /></dd></div>}
            {check.expected && <div><dt>expected</dt><dd><Words text={check.expected} /></dd></div>}
            {check.found && <div><dt>found</dt><dd><Words text={check.found} /></dd></div>}
            {check.detail && <div><dt>more</dt><dd class="detail">{check.detail}</dd></div>}
        </dl>
    );
}

const STATES = { running: 'running', passed: '✓ done', failed: '✗ failed', cancelled: 'cancelled' } as const;

function JobView({ job: shown }: { job: Job }) {
    return (
        <div class={`job ${shown.state}`}>
            <div class="job-head">
                <span role="status">
                    {shown.title}: {STATES[shown.state]}
                    {shown.state === 'running' && <Elapsed key={shown.id} of={`job ${shown.id}`} />}
                </span>
                {shown.state === 'running' ? (
                    <button type="button" onClick={cancelJob}>Cancel</button>
                ) : (
                    <button type="button" class="close" aria-label="Dismiss" onClick={() => (dismissed.value = shown.id)}>×</button>
                )}
            </div>
            <KeptFiles paths={shown.kept} />
            {shown.state === 'passed' ? (
                <details>
                    <summary>what was done</summary>
                    <Lines job={shown} />
                </details>
            ) : (
                <Lines job={shown} />
            )}
        </div>
    );
}

const LINE_MARKS = { note: '·', progress: '…', passed: '✓', failed: '✗', more: '' } as const;

function Lines({ job: shown }: { job: Job }) {
    return (
        <ol tabIndex={0} aria-label="What the job says" ref={(list) => list?.lastElementChild?.scrollIntoView({ block: 'nearest' })}>
            {shown.lines.map((line, index) => (
                <li key={index} class={line.mark === 'failed' ? 'failed' : undefined}>
                    <span class="mark">{LINE_MARKS[line.mark]}</span> {line.place ? <PlaceView place={line.place} /> : <span>{line.text}</span>}
                </li>
            ))}
        </ol>
    );
}
