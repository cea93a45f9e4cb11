// The learner's files beside the book's at the end of a step: only those that differ, one at a time.

import { defaultHighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { MergeView } from '@codemirror/merge';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

import { steps as requests, describe } from '../api.ts';
import type { Difference as Found } from '../contract.ts';
import { dirtyPaths, isDirty } from '../editor/buffers.ts';
import { colours, languageOf } from '../editor/languages.ts';
import { wrapsDifference } from '../settings.ts';
import { jobRuns } from '../state.ts';
import { takeBooks } from '../tools/mine.ts';
import { KeptFiles } from './kept.tsx';

export function Difference({ step }: { step: number }) {
    const found = useSignal<Found[] | null>(null);
    const failed = useSignal('');
    const at = useSignal(0);
    /** Files of the learner's for which the book's were taken here. */
    const replaced = useSignal<string[]>([]);
    /** Which comparison is the latest: an earlier one does not know what was done since. */
    const latest = useRef(0);
    const compare = () => {
        const mine = ++latest.current;
        const isLatest = () => mine === latest.current;
        requests.diff(step).then(
            (differences) => isLatest() && show(differences),
            (error: unknown) => isLatest() && (failed.value = describe(error)),
        );
    };
    const show = (differences: Found[]) => {
        // Missing files come last: they explain least.
        found.value = differences.sort((a, b) => Number(a.mine === null) - Number(b.mine === null));
        at.value = Math.min(at.value, Math.max(0, differences.length - 1));
        failed.value = '';
    };
    useEffect(compare, [step]);
    const take = async (path: string) => {
        if (await takeBooks(step, path)) {
            replaced.value = [...replaced.value.filter((other) => other !== path), path];
        }
        compare();
    };
    const isBack = (path: string) => {
        replaced.value = replaced.value.filter((other) => other !== path);
        compare();
    };
    if (failed.value || found.value === null) {
        return <p>{failed.value || 'Comparing …'}</p>;
    }
    const dirty = dirtyPaths();
    const notSaved = dirty.length > 0 && <p class="help">Not saved, and so not compared: {dirty.join(', ')}</p>;
    const difference = found.value[at.value];
    if (!difference) {
        return (
            <>
                {notSaved}
                <p>Your files are those of the book at the end of step {step}.</p>
                <KeptFiles paths={replaced.value} onBack={isBack} />
            </>
        );
    }
    return (
        <>
            {notSaved}
            <label class="which">
                {summary(found.value)} at the end of step {step}:{' '}
                <select value={String(at.value)} onChange={(event) => (at.value = Number(event.currentTarget.value))}>
                    {found.value.map(({ path, mine }, index) => (
                        <option key={path} value={String(index)}>{path}{mine === null ? ' (not there yet)' : ''}</option>
                    ))}
                </select>
            </label>
            <KeptFiles paths={replaced.value} onBack={isBack} />
            <div class="sides">
                <span aria-hidden="true">yours</span>
                <span aria-hidden="true">the book’s</span>
                {difference.book !== null && (
                    <button
                        type="button"
                        disabled={jobRuns.value || isDirty(difference.path)}
                        title={isDirty(difference.path) ? 'Save yours first, so that it can be kept' : 'Yours is kept'}
                        // The second click of a double one comes when the next file is there.
                        onClick={(event) => event.detail < 2 && void take(difference.path)}
                    >
                        Take the book’s
                    </button>
                )}
            </div>
            <Sides key={`${difference.path} ${difference.mine}`} difference={difference} />
        </>
    );
}

/** How many files differ, and how many are not there. */
function summary(found: Found[]): string {
    const missing = found.filter(({ mine }) => mine === null).length;
    const differ = found.length - missing;
    const parts = [
        differ > 0 ? `${differ} of your files ${differ === 1 ? 'differs' : 'differ'} from the book’s` : '',
        missing > 0 ? `${missing} of the book’s files ${missing === 1 ? 'is' : 'are'} not there yet` : '',
    ];
    return parts.filter((part) => part !== '').join(', ');
}

function Sides({ difference }: { difference: Found }) {
    const place = useRef<HTMLDivElement>(null);
    useEffect(() => {
        const side = (name: string): Extension => [
            lineNumbers(),
            EditorState.readOnly.of(true),
            wrapsDifference.value ? EditorView.lineWrapping : [],
            EditorView.contentAttributes.of({ 'aria-label': `${difference.path}, ${name}`, tabindex: '0' }),
            colours,
            syntaxHighlighting(defaultHighlightStyle, { fallback: true }),
            languageOf(difference.path),
        ];
        const view = new MergeView({
            a: { doc: difference.mine ?? '', extensions: side('yours') },
            b: { doc: difference.book ?? '', extensions: side('the book’s') },
            collapseUnchanged: { margin: 3, minSize: 6 },
            gutter: true,
            ...(place.current ? { parent: place.current } : {}),
        });
        return () => view.destroy();
    }, []);
    return <div class="merge" ref={place} />;
}
