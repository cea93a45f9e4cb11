// The graph of a query: its curves, and a mark at the bottom for each scrape.

import 'uplot/dist/uPlot.min.css';

import type { Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

import { dark } from '../theme.ts';
import type { Graph as Data } from './query.ts';

const HEIGHT_MIN = 110;
/** Distinguishable with colour blindness, on light and on dark backgrounds. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#b8860b', '#4b9cd3', '#8b5a2b', '#7a7a7a'];
const MARK_HEIGHT = 6;
/** The least distance between marks, in pixels; marks that are closer are left out. */
const MARKS_APART = 3;

export const colourOf = (index: number) => COLOURS[index % COLOURS.length] ?? '#7a7a7a';

/** `pointed` becomes the index of the moment under the pointer. */
export function Graph({ data, pointed, label }: { data: Data; pointed: Signal<number | null>; label: string }) {
    const place = useRef<HTMLDivElement>(null);
    const plot = useRef<uPlot | null>(null);
    const shown = useRef(data);
    shown.current = data;
    // The plot is made anew when its curves or the theme change.
    const look = `${data.curves.map(({ name }) => name).join('\n')} ${dark.value}`;

    useEffect(() => {
        const element = place.current;
        if (!element) {
            return undefined;
        }
        const size = () => ({ width: Math.max(60, element.clientWidth), height: Math.max(HEIGHT_MIN, element.clientHeight) });
        const made = new uPlot({ ...options(shown, pointed), ...size() }, dataOf(data), element);
        plot.current = made;
        const observer = new ResizeObserver(() => made.setSize(size()));
        observer.observe(element);
        return () => {
            observer.disconnect();
            made.destroy();
        };
    }, [look]);
    useEffect(() => plot.current?.setData(dataOf(data)), [data]);

    return <div class="graph" ref={place} role="img" aria-label={label} />;
}

function dataOf({ moments, curves }: Data): uPlot.AlignedData {
    return [moments, ...curves.map(({ values }) => values)];
}

function options(shown: { current: Data }, pointed: Signal<number | null>): Omit<uPlot.Options, 'width' | 'height'> {
    const style = getComputedStyle(document.documentElement);
    const [soft, line, bad] = ['--soft', '--line', '--bad'].map((name) => style.getPropertyValue(name).trim()) as [string, string, string];
    const axis = { stroke: soft, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: '12px system-ui, sans-serif' };
    const time = (moment: number) => new Date(moment * 1000).toLocaleTimeString('en-GB');
    return {
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false } },
        series: [{}, ...shown.current.curves.map((_, index) => ({ stroke: colourOf(index), width: 1.5, points: { show: false } }))],
        axes: [
            { ...axis, space: 70, values: (_, moments) => moments.map(time) },
            { ...axis, size: 62, values: (_, numbers) => numbers.map((number) => short(number)) },
        ],
        hooks: {
            draw: [(plot) => markScrapes(plot, shown.current.scrapes, soft, bad)],
            setCursor: [(plot) => (pointed.value = plot.cursor.idx ?? null)],
        },
    };
}

/** A number as an axis has room for it. */
function short(number: number): string {
    const text = String(Number(number.toPrecision(6)));
    return text.length > 8 ? number.toExponential(2) : text;
}

/** A scrape that has failed has a longer mark, in red. */
function markScrapes(plot: uPlot, scrapes: [number, boolean][], good: string, bad: string): void {
    const { ctx, bbox } = plot;
    const end = bbox.top + bbox.height;
    const unit = devicePixelRatio;
    ctx.save();
    const last = new Map<boolean, number>();
    for (const [moment, succeeded] of [...scrapes].sort(([a], [b]) => a - b)) {
        const x = Math.round(plot.valToPos(moment, 'x', true));
        const isApart = x - (last.get(succeeded) ?? -Infinity) >= MARKS_APART * unit;
        if (isApart && x >= bbox.left && x <= bbox.left + bbox.width) {
            last.set(succeeded, x);
            ctx.fillStyle = succeeded ? good : bad;
            const height = (succeeded ? MARK_HEIGHT : 2 * MARK_HEIGHT) * unit;
            ctx.fillRect(x, end - height, unit, height);
        }
    }
    ctx.restore();
}
