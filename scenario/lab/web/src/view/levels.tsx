// Help in levels, each after the one before: a check that fails says what it misses, then comes the place, then the
// solution. Only the first check of a step that fails has these buttons: the others often fail with it.

import { signal } from '@preact/signals';

import type { Check, Exercise, Step } from '../contract.ts';
import { jobRuns, steps } from '../state.ts';
import { read, showDifference, solve } from '../tools/step.ts';
import { usable } from '../tools/walk.ts';
import { Words } from './words.tsx';

/** What a button gives away: a sentence in its place, or something that it does. */
interface Level {
    label: string;
    text?: string;
    act?: () => void;
}

/** How many levels were asked for, by what they are help for. */
const asked = signal<Record<string, number>>({});

function Levels({ of, levels }: { of: string; levels: Level[] }) {
    const given = asked.value[of] ?? 0;
    const give = (index: number, level: Level) => {
        asked.value = { ...asked.peek(), [of]: Math.max(given, index + 1) };
        level.act?.();
    };
    return (
        <p class="levels">
            {levels.slice(0, given + 1).map((level, index) =>
                level.text && index < given ? (
                    <Words key={level.label} text={level.text} />
                ) : (
                    <button type="button" class="lab-button" key={level.label} disabled={jobRuns.value} onClick={() => give(index, level)}>
                        {level.label}
                    </button>
                ),
            )}
        </p>
    );
}

/** Help for a check of a step: its first block that was not used, then the whole step. */
export function CheckHelp({ check }: { check: Check }) {
    const step = steps.value.find(({ checks }) => checks.find(({ state }) => state === 'failed')?.id === check.id);
    if (!step) {
        return null;
    }
    const block = usable(step).find(({ used, kind }) => !used && kind !== 'query');
    const where: Level = block
        ? { label: 'Show the block', act: () => read(step.page, block.id) }
        : { label: 'Compare the files', act: () => showDifference(step) };
    return <Levels of={check.id} levels={[where, { label: 'Solve the step', act: () => void solve(step) }]} />;
}

/** Help for an exercise whose checks fail: what its solution changes, then the solution. */
export function ExerciseHelp({ step, exercise, show }: { step: Step; exercise: Exercise; show: (block: string) => void }) {
    const [first] = exercise.blocks;
    if (!first || !exercise.checks.some(({ state }) => state === 'failed')) {
        return null;
    }
    const levels: Level[] = [
        { label: 'Where does it go?', text: placeOf(exercise) },
        { label: 'Show the solution', act: () => show(first.id) },
    ];
    return <Levels of={`exercise ${step.number} ${exercise.name}`} levels={levels} />;
}

/** What the blocks of a solution touch. */
function placeOf({ blocks }: Exercise): string {
    const files = [...new Set(blocks.flatMap((block) => (block.kind === 'edit' ? [`\`${block.file}\``] : [])))];
    const commands = blocks.filter(({ kind }) => kind === 'command' || kind === 'background').length;
    const runs = commands > 0 ? `runs ${commands === 1 ? 'a command' : 'commands'}` : '';
    const changes = files.length > 0 ? `changes ${files.join(', ')}` : '';
    return `The solution ${[changes, runs].filter((part) => part !== '').join(' and ') || 'asks a query'}.`;
}
