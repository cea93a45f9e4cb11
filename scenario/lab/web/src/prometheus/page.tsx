// The query page: what is asked, the graph, the table, and what the book shows.

import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

import type { Service } from '../contract.ts';
import { Words } from '../view/words.tsx';
import { openEditor } from './editor.ts';
import { Graph, colourOf } from './graph.tsx';
import { RANGES, type Result, SERIES_MAX, ask, asking, block, error, history, live, result, seconds, text } from './query.ts';

const LIVE_EVERY_MS = 2000;

export function QueryPage({ service, isShown }: { service: Service; isShown: boolean }) {
    const place = useRef<HTMLDivElement>(null);
    useEffect(() => (place.current ? openEditor(service, place.current) : undefined), [service.port]);
    useEffect(() => {
        if (!isShown || !live.value) {
            return undefined;
        }
        const timer = setInterval(() => document.visibilityState === 'visible' && void ask(service, true), LIVE_EVERY_MS);
        return () => clearInterval(timer);
    }, [service.port, isShown, live.value]);
    return (
        <div class="query-page">
            <div class="query-line">
                <div class="promql" ref={place} />
                <button type="button" class="main" disabled={text.value.trim() === ''} onClick={() => void ask(service)}>
                    {asking.value ? 'Asking …' : 'Ask'}
                </button>
            </div>
            <Choices service={service} />
            {error.value && <p class="query-error bad" role="alert">{error.value}</p>}
            {result.value ? <Found found={result.value} /> : !error.value && <Hint />}
        </div>
    );
}

function Hint() {
    return <p class="empty">Write a query and press Enter, or press <b>Ask</b> at a query of the book. Ctrl+Space lists what there is.</p>;
}

function Choices({ service }: { service: Service }) {
    const again = (query: string) => {
        text.value = query;
        void ask(service);
    };
    return (
        <div class="query-choices">
            <label>
                Range{' '}
                <select
                    value={String(seconds.value)}
                    onChange={(event) => {
                        seconds.value = Number(event.currentTarget.value);
                        void ask(service, true);
                    }}
                >
                    {RANGES.map(([name, value]) => <option key={value} value={String(value)}>{name}</option>)}
                </select>
            </label>
            <label>
                <input type="checkbox" checked={live.value} onChange={(event) => (live.value = event.currentTarget.checked)} /> Live
            </label>
            {history.value.length > 0 && (
                <select
                    class="history"
                    aria-label="Queries of before"
                    value=""
                    onChange={(event) => {
                        const query = event.currentTarget.value;
                        event.currentTarget.value = '';
                        again(query);
                    }}
                >
                    <option value="">History</option>
                    {history.value.map((query) => <option key={query} value={query}>{query}</option>)}
                </select>
            )}
        </div>
    );
}

function Found({ found }: { found: Result }) {
    const pointed = useSignal<number | null>(null);
    const moment = useComputed(() => (pointed.value === null ? undefined : result.value?.graph.moments[pointed.value]));
    const { curves, scrapes } = found.graph;
    const range = RANGES.find(([, value]) => value === seconds.value)?.[0] ?? '';
    const label = `${curves.length} series of ${found.text} over the last ${range}, with ${scrapes.length} scrapes`;
    return (
        <>
            <Book found={found} />
            {curves.length > 0 && <Graph data={found.graph} pointed={pointed} label={label} />}
            {found.count === 0 ? (
                <p class="empty">Nothing found: Prometheus has no sample for this now.</p>
            ) : (
                <Table found={found} index={pointed.value} moment={moment.value} />
            )}
        </>
    );
}

function Table({ found, index, moment }: { found: Result; index: number | null; moment: number | undefined }) {
    const heading = moment === undefined ? 'Value' : `At ${new Date(moment * 1000).toLocaleTimeString('en-GB')}`;
    const { curves } = found.graph;
    return (
        <table class="samples">
            <thead>
                <tr><th scope="col">Series</th><th scope="col">{heading}</th></tr>
            </thead>
            <tbody>
                {found.rows.map((row) => {
                    const at = curves.findIndex(({ name }) => name === row.name);
                    const then = index === null || moment === undefined ? row.value : String(curves[at]?.values[index] ?? '–');
                    return (
                        <tr key={row.name}>
                            <td>
                                {at >= 0 && <span class="swatch" style={`background: ${colourOf(at)}`} />}
                                <code>{row.name}</code>
                            </td>
                            <td class="number">{then}</td>
                        </tr>
                    );
                })}
            </tbody>
            {(found.count > SERIES_MAX || found.graph.cut) && <caption>The first {SERIES_MAX} of {found.count} are shown.</caption>}
        </table>
    );
}

/** What was asked against what the book shows. */
function Book({ found: { compared } }: { found: Result }) {
    if (!block.value || !compared) {
        return null;
    }
    const { same, text: why, expected, found, detail } = compared;
    return (
        <section class={same ? 'compared same' : 'compared'} aria-label="Compared with the book">
            <details open={!same}>
                <summary>
                    <span role="status">{same ? '✓ As the book shows' : '≠ Not yet what the book shows'}</span>
                </summary>
                {detail ? (
                    <pre>{detail}</pre>
                ) : (
                    <dl>
                        <dt>The book</dt><dd>{block.value.shown.map((line) => <code key={line}>{line}</code>)}</dd>
                        {!same && found && <><dt>Expected</dt><dd><Words text={expected} /></dd><dt>Found</dt><dd><Words text={found} /></dd></>}
                        {!same && !found && <><dt>Here</dt><dd><Words text={why} /></dd></>}
                    </dl>
                )}
                {detail && <p class="help">A line with - is the book's, one with + is yours.</p>}
            </details>
        </section>
    );
}
