// All steps with their blocks: what was used, what is next, and how to get there.

import { close } from '../dialogs.ts';
import type { Block, Step } from '../contract.ts';
import { jobRuns, reading, steps } from '../state.ts';
import { read } from '../tools/step.ts';
import { goToNextBlock, nameOf, runUpTo, upTo, usable, walk } from '../tools/walk.ts';

export function BlockMap() {
    const all = steps.value.flatMap(usable);
    const used = all.filter((block) => block.used).length;
    return (
        <>
            <div class="map-head">
                <span>{used} of {all.length} blocks used, {steps.value.filter(({ done }) => done).length} of {steps.value.length} steps done</span>
                <button type="button" class="main" disabled={used === all.length} onClick={() => leave(goToNextBlock)}>
                    Go to the next block
                </button>
            </div>
            <ol class="map">
                {steps.value.map((step) => <StepRow key={step.number} step={step} />)}
            </ol>
        </>
    );
}

/** Closes the dialog first, which gives the keyboard back to where it was. */
function leave(act: () => void): void {
    close();
    requestAnimationFrame(act);
}

function StepRow({ step }: { step: Step }) {
    const blocks = usable(step);
    const used = blocks.filter((block) => block.used).length;
    const next = blocks.find((block) => !block.used);
    const isHere = reading.value?.number === step.number;
    return (
        <li>
            <details open={isHere}>
                <summary>
                    <span class="title">{step.label}. {step.title}</span>
                    <span class="count">{used} of {blocks.length}{step.done && <span class="good"> ✓<span class="heard"> done</span></span>}</span>
                </summary>
                <p>
                    <button type="button" onClick={() => leave(() => read(step.page))}>Read {isHere ? 'on' : 'this step'}</button>
                </p>
                <ul>
                    {blocks.map((block) => <Row key={block.id} step={step} block={block} isNext={block === next} />)}
                </ul>
            </details>
        </li>
    );
}

function Row({ step, block, isNext }: { step: Step; block: Block; isNext: boolean }) {
    const isHere = reading.value?.number === step.number;
    const way = isHere ? upTo(step, block).length : 0;
    const mark = block.used ? '✓' : block.state?.now === 'failed' ? '✗' : '○';
    return (
        <li class={isNext ? 'next-block' : undefined}>
            <span class={block.used ? 'mark good' : 'mark'} aria-hidden="true">{mark}</span>
            <button type="button" class="row" onClick={() => leave(() => read(step.page, block.id))}>
                <span class="heard">{block.used ? 'used: ' : 'not used: '}</span>{nameOf(block)}
            </button>
            {way > 0 && (
                <button
                    type="button"
                    class="quiet"
                    disabled={jobRuns.value || walk.value !== null}
                    title={`Uses ${way === 1 ? 'this block' : `the ${way} blocks up to here that were not used`}`}
                    aria-label={`Run up to here: ${nameOf(block)}`}
                    onClick={() => leave(() => void runUpTo(step, block))}
                >
                    Run up to here
                </button>
            )}
        </li>
    );
}
