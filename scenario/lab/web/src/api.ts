// Requests to the server. One that is refused becomes a `Refusal` with what happened and what to do next.

import type { Applied, Choices, Compared, Difference, FileList, Formatted, Found, FoundLines, Listing, NamedLine, Running } from './contract.ts';
import { keyHeader } from './key.ts';

/** Why a request was refused. */
export class Refusal extends Error {
    readonly status: number;
    readonly help: string;
    /** What the page needs to go on, such as which terminal is free. */
    readonly more: Record<string, unknown>;

    constructor(status: number, body: Record<string, unknown>) {
        super(typeof body['error'] === 'string' ? body['error'] : `the lab answered with status ${status}`);
        this.status = status;
        this.help = typeof body['help'] === 'string' ? body['help'] : '';
        this.more = body;
    }
}

/** What happened, and what to do next, in one sentence or two. */
export function describe(error: unknown): string {
    if (error instanceof Refusal) {
        return error.help ? `${error.message}; ${error.help}` : error.message;
    }
    return 'the lab does not answer; is it still running in its terminal?';
}

async function request(method: string, path: string, headers: Record<string, string> = {}, body?: string): Promise<Response> {
    const response = await fetch(path, { method, headers: { ...headers, ...keyHeader() }, body: body ?? null });
    if (response.ok) {
        return response;
    }
    const answer: unknown = await response.json().catch(() => ({}));
    throw new Refusal(response.status, answer as Record<string, unknown>);
}

/** Asks for what has its own form; `path` names all of it. */
export function get(path: string): Promise<Response> {
    return request('GET', path);
}

function post(path: string, body: object = {}): Promise<Response> {
    return request('POST', path, { 'content-type': 'application/json' }, JSON.stringify(body));
}

export const blocks = {
    apply: async (id: string): Promise<Applied> => (await post(`/api/blocks/${id}/apply`)).json(),
    restore: async (id: string): Promise<Applied> => (await post(`/api/blocks/${id}/restore`)).json(),
    /** Runs the commands; returns in which terminal, unless it is a background block. */
    run: async (id: string, terminal?: string, busy: 'ask' | 'stop' = 'ask'): Promise<string | null> => {
        const response = await post(`/api/blocks/${id}/run`, terminal ? { terminal, busy } : { busy });
        const text = await response.text();
        return text ? (JSON.parse(text) as { terminal: string }).terminal : null;
    },
    stop: (id: string) => post(`/api/blocks/${id}/stop`),
    compare: async (id: string): Promise<Compared> => (await request('GET', `/api/blocks/${id}/compare`)).json(),
    log: async (id: string) => (await request('GET', `/api/blocks/${id}/log`)).text(),
    /** Puts the file back as it was before the block. */
    undo: (id: string) => post(`/api/blocks/${id}/undo`),
    /** The learner has asked the question of a query block. */
    asked: (id: string) => post(`/api/blocks/${id}/asked`),
};

/** What the book has running. */
export const running = {
    list: async (): Promise<Running> => (await request('GET', '/api/running')).json(),
    log: async (id: string) => (await request('GET', `/api/running/${id}/log`)).text(),
    start: (id: string) => post(`/api/running/${id}/start`),
};

export const steps = {
    here: (number: number) => post(`/api/steps/${number}/here`),
    check: (number: number) => post(`/api/steps/${number}/check`),
    checkExercise: (number: number, name: string) => post(`/api/steps/${number}/exercises/${name}/check`),
    begin: (number: number) => post(`/api/steps/${number}/begin`),
    solve: (number: number) => post(`/api/steps/${number}/solve`),
    diff: async (number: number): Promise<Difference[]> => (await request('GET', `/api/steps/${number}/diff`)).json(),
    /** Takes a file as the book has it at the end of the step. */
    take: async (number: number, path: string): Promise<Applied> =>
        (await post(`/api/steps/${number}/take?path=${encodeURIComponent(path)}`)).json(),
};

export const terminals = {
    open: async () => ((await (await post('/api/terminals')).json()) as { id: string }).id,
    close: (id: string) => request('DELETE', `/api/terminals/${id}`, { 'content-type': 'application/json' }),
    restart: (id: string) => post(`/api/terminals/${id}/restart`),
    clear: (id: string) => post(`/api/terminals/${id}/clear`),
    name: (id: string, name: string) => post(`/api/terminals/${id}/name`, { name }),
    /** The lines of files that a line of the terminal names. */
    lines: async (id: string, text: string): Promise<NamedLine[]> => (await post(`/api/terminals/${id}/lines`, { text })).json(),
};

export const machine = {
    survey: () => post('/api/preflight/look'),
    provide: () => post('/api/preflight/provide'),
    cancelJob: () => post('/api/job/cancel'),
    dismissGuide: () => post('/api/guide/dismiss'),
};

/** What an imported book runs, and the learner's agreement to exactly that. */
export const trust = {
    list: async (): Promise<Listing> => (await request('GET', '/api/trust')).json(),
    agree: (digest: string) => post('/api/trust', { digest }),
};

/** The start page: what there is to choose from, and the lab of a choice. */
export const start = {
    list: async (): Promise<Choices> => (await request('GET', '/api/start')).json(),
    /** The link to the lab of a book; a scenario is imported first. */
    open: async (path: string) => ((await (await post('/api/start/open', { path })).json()) as { link: string }).link,
};

export const book = {
    search: async (text: string): Promise<Found[]> => (await request('GET', `/api/search?text=${encodeURIComponent(text)}`)).json(),
};

export interface Read {
    text: string;
    etag: string;
}

const place = (path: string) => `/api/file?path=${encodeURIComponent(path)}`;
const etagOf = (response: Response) => response.headers.get('etag') ?? '';

export const files = {
    list: async (): Promise<FileList> => (await request('GET', '/api/files')).json(),
    read: async (path: string): Promise<Read> => {
        const response = await request('GET', place(path));
        return { text: await response.text(), etag: etagOf(response) };
    },
    /** Writes a file that is as it was when it was read, or with `null` one that is not there; the new etag. */
    write: async (path: string, text: string, etag: string | null): Promise<string> => {
        const condition: Record<string, string> = etag === null ? { 'if-none-match': '*' } : { 'if-match': etag };
        const headers = { 'content-type': 'text/plain; charset=utf-8', ...condition };
        return etagOf(await request('PUT', place(path), headers, text));
    },
    /** Has the book's command look for mistakes; they come as a message. */
    saved: (path: string) => post(`/api/file/saved?path=${encodeURIComponent(path)}`),
    format: async (path: string, text: string): Promise<Formatted> =>
        (await post(`/api/file/format?path=${encodeURIComponent(path)}`, { text })).json(),
    /** Removes a file that is as it was when it was read. */
    remove: (path: string, etag: string) =>
        request('DELETE', place(path), { 'content-type': 'application/json', 'if-match': etag }),
    rename: (path: string, to: string, etag: string) =>
        request(
            'POST',
            `/api/file/rename?path=${encodeURIComponent(path)}&to=${encodeURIComponent(to)}`,
            { 'content-type': 'application/json', 'if-match': etag },
            '{}',
        ),
    makeFolder: (path: string) => post(`/api/folder?path=${encodeURIComponent(path)}`),
    /** The lines that have a text. */
    search: async (text: string): Promise<FoundLines> =>
        (await request('GET', `/api/files/search?text=${encodeURIComponent(text)}`)).json(),
    /** Puts back the learner's file that a job or *Take the book's* has replaced. */
    putBack: (path: string) => post(`/api/file/mine?path=${encodeURIComponent(path)}`),
};
