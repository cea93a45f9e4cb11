// Which page of a service its pane shows, and of Prometheus which of the lab's own pages.

import { effect, signal } from '@preact/signals';

import { announce } from '../announce.ts';
import type { Service } from '../contract.ts';
import { go, show } from '../panes.ts';
import { ask, text } from '../prometheus/query.ts';
import { prometheus, services } from '../state.ts';

/** The path that each service's pane shows, by its port. */
export const places = signal<Record<number, string>>({});
/** The pages of the pane of Prometheus: three of the lab's own, and those that it has itself. */
export type View = 'query' | 'targets' | 'alerts' | 'own';
/** The one that is shown. */
export const view = signal<View>('targets');
/** Grows when a pane should load its page again, by port. */
export const loads = signal<Record<number, number>>({});

/**
 * The path that is shown. Prometheus begins at its targets; another service begins with none, as it may count its
 * requests, and only those that the learner wants should be among them.
 */
export function placeOf(service: Service): string | null {
    return places.value[service.port] ?? (service.query === null ? null : (service.paths[0] ?? '/'));
}

/** Never 127.0.0.1: cookies are not separated by port, and the lab's own must not reach the service. */
export function addressOf(service: Service, place: string): string {
    return `http://localhost:${service.port}${place}`;
}

export function visit(service: Service, place: string): void {
    places.value = { ...places.peek(), [service.port]: place };
    loadAgain(service);
}

// A service that was started again has not had any request yet.
effect(() => {
    const gone = services.value.filter(({ up, port }) => !up && places.peek()[port] !== undefined);
    if (gone.length > 0) {
        const left = Object.entries(places.peek()).filter(([port]) => !gone.some((one) => String(one.port) === port));
        places.value = Object.fromEntries(left);
    }
});

export function loadAgain(service: Service): void {
    const now = loads.peek();
    loads.value = { ...now, [service.port]: (now[service.port] ?? 0) + 1 };
}

/** Asks a query in Prometheus's pane. */
export function browse(query: string): void {
    const service = prometheus.value;
    if (!service) {
        announce('this book starts no Prometheus', 'bad');
        return;
    }
    text.value = query;
    view.value = 'query';
    show(`service:${service.port}`);
    if (service.up) {
        void ask(service);
    }
}

/** Older Prometheus packages, such as Debian's, have their pages below this. */
const CLASSIC = '/classic';

/** The path at which a service has a page that the book links to. */
function pageOf(service: Service, path: string): string {
    const first = service.paths[0] ?? '';
    const at = service.query === null ? -1 : first.indexOf(`${CLASSIC}/`);
    if (at === -1) {
        return path;
    }
    const prefix = first.slice(0, at);
    const isPage = path.startsWith(`${prefix}/`) && !/^\/(classic|api|metrics|static|-)(\/|$)/.test(path.slice(prefix.length));
    // What version 3 calls `query` is the older `graph`.
    const name = path.slice(prefix.length).replace(/^\/query$/, '/graph');
    return isPage ? `${prefix}${CLASSIC}${name}` : path;
}

/** Shows an address in the pane of its service; false if no service has it. */
export function visitAddress(address: URL): boolean {
    const isHere = ['localhost', '127.0.0.1'].includes(address.hostname);
    const service = isHere && services.value.find((one) => String(one.port) === address.port);
    if (!service) {
        return false;
    }
    view.value = 'own';
    visit(service, pageOf(service, address.pathname) + address.search + address.hash);
    go(`service:${service.port}`);
    return true;
}
