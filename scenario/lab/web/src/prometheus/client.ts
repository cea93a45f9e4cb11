// Questions to Prometheus, through the lab's server: Prometheus answers no page of another origin.

import { get } from '../api.ts';
import type { Service } from '../contract.ts';

export type Labels = Record<string, string>;
/** A moment in seconds since 1970, and a value as Prometheus writes it. */
export type Sample = [number, string];

interface Histogram {
    count: string;
    sum: string;
}

export type Answer =
    | { resultType: 'vector'; result: { metric: Labels; value?: Sample; histogram?: [number, Histogram] }[] }
    | { resultType: 'matrix'; result: { metric: Labels; values?: Sample[]; histograms?: [number, Histogram][] }[] }
    | { resultType: 'scalar'; result: Sample }
    | { resultType: 'string'; result: Sample };

export interface Target {
    labels: Labels;
    scrapeUrl: string;
    lastError: string;
    lastScrape: string;
    lastScrapeDuration: number;
    health: 'up' | 'down' | 'unknown';
    scrapeInterval: string;
}

export interface Rule {
    name: string;
    query: string;
    duration: number;
    state?: 'inactive' | 'pending' | 'firing';
    lastError?: string;
    alerts?: { labels: Labels; state: string; activeAt?: string; value: string }[];
}

/** Where the lab takes questions for a Prometheus. */
export function placeOf(service: Service): string {
    return `/api/prometheus/${service.port}`;
}

async function ask<T>(service: Service, question: string, parameters: Record<string, string>): Promise<T> {
    const response = await get(`${placeOf(service)}/${question}?${new URLSearchParams(parameters)}`);
    return ((await response.json()) as { data: T }).data;
}

export const query = (service: Service, text: string) => ask<Answer>(service, 'query', { query: text });

export async function range(service: Service, text: string, start: number, end: number, step: number) {
    const parameters = { query: text, start: start.toFixed(3), end: end.toFixed(3), step: String(step) };
    const answer = await ask<Answer>(service, 'query_range', parameters);
    return answer.resultType === 'matrix' ? answer.result : [];
}

export async function targets(service: Service): Promise<Target[]> {
    const { activeTargets } = await ask<{ activeTargets: Target[] }>(service, 'targets', { state: 'active' });
    return activeTargets.sort((a, b) => `${a.labels['job']} ${a.scrapeUrl}`.localeCompare(`${b.labels['job']} ${b.scrapeUrl}`));
}

export async function alerts(service: Service): Promise<Rule[]> {
    const { groups } = await ask<{ groups: { rules: Rule[] }[] }>(service, 'rules', { type: 'alert' });
    return groups.flatMap(({ rules }) => rules);
}

/** A series as PromQL writes it. Names that only version 3 has, such as `http.status`, are quoted, and that of the metric is in the braces. */
export function seriesName(labels: Labels): string {
    const { __name__: name = '', ...others } = labels;
    const isPlain = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
    const pairs = Object.entries(others).map(([key, value]) => `${/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(key) ? key : JSON.stringify(key)}=${JSON.stringify(value)}`);
    const parts = isPlain || name === '' ? pairs : [JSON.stringify(name), ...pairs];
    return parts.length > 0 || name === '' ? `${isPlain ? name : ''}{${parts.join(', ')}}` : name;
}

/** A duration as Prometheus writes it, such as `1m30s`, in seconds. */
export function seconds(text: string): number {
    const units: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000 };
    return [...text.matchAll(/(\d+)(ms|[smhdwy])/g)].reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ''] ?? 0), 0);
}
