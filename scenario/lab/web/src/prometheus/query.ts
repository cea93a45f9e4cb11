// What is asked and what came of it: the text, the range, the answer, and the queries of before. How it is drawn is in
// `page.tsx`.

import { batch, computed, effect, signal } from '@preact/signals';

import { blocks as blockRequests, describe } from '../api.ts';
import type { Block, Compared, Service } from '../contract.ts';
import { reading, steps } from '../state.ts';
import { type Answer, type Labels, type Sample, query, range, seriesName } from './client.ts';

const HISTORY = 'lab-queries';
const HISTORY_MAX = 50;
/** How many series are drawn and listed. */
export const SERIES_MAX = 50;
/** How many moments of a range are asked for. */
const MOMENTS = 240;
/** How long a range may be for its scrapes to be told apart, in seconds. */
const SCRAPES_RANGE_MAX = 900;

/** The ranges of the graph, in seconds. */
export const RANGES: [string, number][] = [['1 min', 60], ['5 min', 300], ['15 min', 900], ['1 h', 3600], ['6 h', 21_600], ['1 day', 86_400]];

export interface Row {
    name: string;
    value: string;
}

/** A curve: one value for each moment, `null` where there is none. */
export interface Curve {
    name: string;
    values: (number | null)[];
}

export interface Graph {
    moments: number[];
    curves: Curve[];
    /** The moments of scrapes, and whether each has succeeded. */
    scrapes: [number, boolean][];
    /** Whether there are more series than are drawn. */
    cut: boolean;
}

export interface Result {
    text: string;
    type: string;
    rows: Row[];
    /** How many there are; only the first are in `rows`. */
    count: number;
    graph: Graph;
    /** What the book shows of it, if it is a query of the book's. */
    compared: Compared | null;
}

export const text = signal('');
export const seconds = signal(60);
/** Whether it is asked again and again. */
export const live = signal(true);
export const result = signal<Result | null>(null);
export const error = signal('');
export const asking = signal(false);
export const history = signal<string[]>(remembered());

function remembered(): string[] {
    try {
        const kept: unknown = JSON.parse(localStorage.getItem(HISTORY) ?? '[]');
        return Array.isArray(kept) ? kept.filter((one) => typeof one === 'string').slice(0, HISTORY_MAX) : [];
    } catch {
        return [];
    }
}
effect(() => localStorage.setItem(HISTORY, JSON.stringify(history.value)));

const squeezed = (query: string) => query.split(/\s+/).join(' ').trim();

type QueryBlock = Block & { kind: 'query' };

/** The block of the book that asks what was asked last; one of the step that is read comes first. */
export const block = computed<QueryBlock | null>(() => {
    const asked = result.value && squeezed(result.value.text);
    const all = [...(reading.value ? [reading.value] : []), ...steps.value].flatMap((step) => step.blocks);
    const found = all.find((one) => one.kind === 'query' && squeezed(one.query) === asked);
    return (found as QueryBlock | undefined) ?? null;
});

/** Which question is the latest: an answer to an earlier one comes too late. */
let latest = 0;

/** Asks what is in the editor; by the learner or again by the clock. */
export async function ask(service: Service, again = false): Promise<void> {
    const asked = again ? (result.peek()?.text ?? '') : text.peek().trim();
    // A repeated query does not replace one that the learner has just asked.
    if (!asked || (again && asking.peek())) {
        return;
    }
    const mine = ++latest;
    const length = seconds.peek();
    if (!again) {
        history.value = [asked, ...history.peek().filter((one) => one !== asked)].slice(0, HISTORY_MAX);
        asking.value = true;
    }
    let outcome: Result | null = null;
    let failed = '';
    try {
        outcome = await answerTo(service, asked);
    } catch (cause) {
        failed = describe(cause);
    }
    if (mine === latest) {
        batch(() => {
            asking.value = false;
            error.value = failed;
            // An older result does not answer the new query.
            result.value = outcome ?? (again ? result.peek() : null);
        });
        // Another range was chosen in the meantime.
        if (length !== seconds.peek()) {
            await ask(service, true);
        }
    }
}

async function answerTo(service: Service, asked: string): Promise<Result> {
    const end = Date.now() / 1000;
    const start = end - seconds.peek();
    const step = Math.max(0.1, seconds.peek() / MOMENTS);
    const [now, curves, ups, compared] = await Promise.all([
        query(service, asked),
        // A result that is not one number for each moment, such as a range vector, has no curve.
        range(service, asked, start, end, step).catch(() => []),
        scrapesOf(service, end),
        comparedTo(asked),
    ]);
    const all = rowsOf(now);
    const moments = Array.from({ length: Math.floor((end - start) / step + 1e-6) + 1 }, (_, index) => start + index * step);
    const drawn = curves.slice(0, SERIES_MAX).map(({ metric, values = [] }) => ({ name: seriesName(metric), values: placed(values, start, step, moments.length) }));
    const scrapes = scrapesFor(curves.map(({ metric }) => metric), ups).filter(([at]) => at >= start);
    const graph = { moments, curves: drawn, scrapes, cut: curves.length > SERIES_MAX };
    return { text: asked, type: now.resultType, rows: all.slice(0, SERIES_MAX), count: all.length, graph, compared };
}

function rowsOf(answer: Answer): Row[] {
    if (answer.resultType === 'scalar' || answer.resultType === 'string') {
        return [{ name: answer.resultType, value: answer.result[1] }];
    }
    return answer.result.map((one) => ({ name: seriesName(one.metric), value: valueOf(one) }));
}

function valueOf(one: { value?: Sample; histogram?: [number, { count: string; sum: string }]; values?: Sample[] }): string {
    if (one.histogram) {
        return `count ${one.histogram[1].count}, sum ${one.histogram[1].sum}`;
    }
    return one.value?.[1] ?? (one.values ? `${one.values.length} samples` : '');
}

/** The values of a series at their moments. */
function placed(values: Sample[], start: number, step: number, count: number): (number | null)[] {
    const row = new Array<number | null>(count).fill(null);
    for (const [at, value] of values) {
        const number = Number(value);
        row[Math.round((at - start) / step)] = Number.isFinite(number) ? number : null;
    }
    return row.slice(0, count);
}

interface Up {
    metric: Labels;
    values?: Sample[];
}

/** When the targets were scraped: each scrape leaves one sample of `up` with the moment of its beginning. */
async function scrapesOf(service: Service, end: number): Promise<Up[]> {
    if (seconds.peek() > SCRAPES_RANGE_MAX) {
        return [];
    }
    const range = Math.ceil(Date.now() / 1000 - end + seconds.peek());
    const answer = await query(service, `up[${range}s]`).catch(() => null);
    return answer?.resultType === 'matrix' ? answer.result : [];
}

/** The scrapes of the targets that the series come from; of all targets where a series does not say. */
function scrapesFor(series: Labels[], ups: Up[]): [number, boolean][] {
    const isFrom = (labels: Labels, target: Labels) => labels['job'] === target['job'] && labels['instance'] === target['instance'];
    const say = series.length > 0 && series.every((labels) => labels['job'] && labels['instance']);
    const read = say ? ups.filter(({ metric }) => series.some((labels) => isFrom(labels, metric))) : ups;
    return read.flatMap(({ values = [] }) => values.map(([at, value]): [number, boolean] => [at, value === '1']));
}

/** The server compares, as it does for a check. */
async function comparedTo(asked: string): Promise<Compared | null> {
    const all = steps.peek().flatMap((step) => step.blocks);
    const here = reading.peek()?.blocks ?? [];
    const found = [...here, ...all].find((one) => one.kind === 'query' && squeezed(one.query) === squeezed(asked));
    return found ? blockRequests.compare(found.id).catch(() => null) : null;
}
