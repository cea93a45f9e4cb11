// The targets and the alerts of Prometheus, asked again and again while they are shown.

import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

import { describe } from '../api.ts';
import type { Service } from '../contract.ts';
import { type Rule, type Target, alerts, seconds, seriesName, targets } from './client.ts';

const EVERY_MS = 1000;
/** How often the time until the next scrape is drawn. */
const TICK_MS = 200;

/** What a question finds, again and again; `error` is why the last one found nothing. */
function usePolled<T>(question: () => Promise<T>, isShown: boolean, port: number): { found: Signal<T | null>; error: Signal<string> } {
    const found = useSignal<T | null>(null);
    const error = useSignal('');
    useEffect(() => {
        let ended = !isShown;
        const look = async () => {
            while (!ended) {
                if (document.visibilityState === 'visible') {
                    try {
                        found.value = await question();
                        error.value = '';
                    } catch (cause) {
                        error.value = describe(cause);
                    }
                }
                await new Promise((done) => setTimeout(done, EVERY_MS));
            }
        };
        void look();
        return () => {
            ended = true;
        };
    }, [isShown, port]);
    return { found, error };
}

const MARKS = { up: '✓ UP', down: '✗ DOWN', unknown: '○ not scraped yet' } as const;

export function Targets({ service, isShown }: { service: Service; isShown: boolean }) {
    const { found, error } = usePolled(() => targets(service), isShown, service.port);
    const now = useSignal(Date.now());
    useEffect(() => {
        const timer = isShown ? setInterval(() => (now.value = Date.now()), TICK_MS) : undefined;
        return () => clearInterval(timer);
    }, [isShown]);
    return (
        <div class="panel-page">
            {error.value && <p class="query-error bad" role="alert">{error.value}</p>}
            {found.value?.length === 0 && <p class="empty">Prometheus has no targets: its configuration names none.</p>}
            {found.value !== null && found.value.length > 0 && (
                <table class="targets">
                    <thead>
                        <tr><th scope="col">Target</th><th scope="col">State</th><th scope="col">Last scrape</th><th scope="col">Next</th></tr>
                    </thead>
                    <tbody>{found.value.map((target) => <TargetRow key={`${target.labels['job']} ${target.scrapeUrl}`} target={target} now={now.value} />)}</tbody>
                </table>
            )}
        </div>
    );
}

function TargetRow({ target, now }: { target: Target; now: number }) {
    const last = Date.parse(target.lastScrape);
    // Until the first scrape Prometheus reports a time in the year 1.
    const wasScraped = last > 0;
    const ago = Math.max(0, (now - last) / 1000);
    const every = seconds(target.scrapeInterval);
    const left = Math.max(0, every - ago);
    const took = target.lastScrapeDuration * 1000;
    return (
        <tr class={target.health}>
            <td>
                <b>{target.labels['job']}</b> <code>{target.scrapeUrl}</code>
                {target.lastError && <p class="bad last-error">{target.lastError}</p>}
            </td>
            <td class="health">{MARKS[target.health]}</td>
            <td>{wasScraped ? `${ago.toFixed(1)} s ago, took ${took < 10 ? took.toFixed(1) : took.toFixed(0)} ms` : 'none yet'}</td>
            <td class="scrape-next">
                {wasScraped && <progress max={every} value={every - left} aria-label={`Time to the next scrape, every ${target.scrapeInterval}`} />}
                {wasScraped ? ` in ${left.toFixed(1)} s` : 'soon'}
            </td>
        </tr>
    );
}

const STATES = { inactive: '✓ inactive', pending: '… pending', firing: '✗ firing' } as const;

export function Alerts({ service, isShown }: { service: Service; isShown: boolean }) {
    const { found, error } = usePolled(() => alerts(service), isShown, service.port);
    return (
        <div class="panel-page">
            {error.value && <p class="query-error bad" role="alert">{error.value}</p>}
            {found.value?.length === 0 && <p class="empty">Prometheus has no alerts yet: no rule file of its configuration has one.</p>}
            {found.value !== null && found.value.length > 0 && (
                <table class="alerts">
                    <thead>
                        <tr><th scope="col">Alert</th><th scope="col">State</th><th scope="col">For</th></tr>
                    </thead>
                    <tbody>{found.value.map((rule) => <AlertRow key={`${rule.name} ${rule.query}`} rule={rule} />)}</tbody>
                </table>
            )}
        </div>
    );
}

function AlertRow({ rule }: { rule: Rule }) {
    const state = rule.state ?? 'inactive';
    return (
        <tr class={state}>
            <td>
                <b>{rule.name}</b> <code>{rule.query}</code>
                {rule.lastError && <p class="bad last-error">{rule.lastError}</p>}
                {(rule.alerts ?? []).map((alert) => (
                    <p key={seriesName(alert.labels)} class="active">
                        {alert.state} since {alert.activeAt ? new Date(alert.activeAt).toLocaleTimeString('en-GB') : '?'}, value {shown(alert.value)}:{' '}
                        <code>{seriesName(alert.labels)}</code>
                    </p>
                ))}
            </td>
            <td class="health">{STATES[state]}</td>
            <td class="number">{rule.duration} s</td>
        </tr>
    );
}

/** Prometheus writes the values of alerts as `0e+00`. */
function shown(value: string): string {
    return Number.isFinite(Number(value)) ? String(Number(value)) : value;
}
