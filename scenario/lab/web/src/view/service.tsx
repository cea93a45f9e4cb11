// The pane of a service: its own pages in a frame, or what to do until it runs.

import './service.css';

import { useRef } from 'preact/hooks';

import type { Service as Known } from '../contract.ts';
import { PrometheusPane } from '../prometheus/pane.tsx';
import { addressOf, loadAgain, loads, placeOf, visit } from '../tools/service.ts';
import { Off } from './off.tsx';

export function Service({ service, isShown }: { service: Known; isShown: boolean }) {
    // Nothing is loaded before the pane is shown: the service counts its requests.
    const wasShown = useRef(false);
    wasShown.current ||= isShown;
    if (!service.up) {
        return <Off service={service} isShown={isShown} />;
    }
    if (service.query === null) {
        return <Pages service={service} wasShown={wasShown.current} />;
    }
    return (
        <PrometheusPane service={service} isShown={isShown}>
            <Pages service={service} wasShown={wasShown.current} />
        </PrometheusPane>
    );
}

/** The pages that a service has itself. */
function Pages({ service, wasShown }: { service: Known; wasShown: boolean }) {
    const place = placeOf(service);
    if (place === null) {
        return <Choose service={service} />;
    }
    return (
        <div class="service">
            <Place service={service} place={place} />
            {service.query !== null && place !== service.paths[0] && <Hint />}
            {!service.frames ? (
                <p class="empty">{service.name} does not let itself be shown inside another page; open it in a new tab.</p>
            ) : (
                wasShown && (
                    <iframe
                        key={loads.value[service.port] ?? 0}
                        src={addressOf(service, place)}
                        title={service.name}
                        // It may do everything but navigate the window of the lab.
                        sandbox="allow-scripts allow-same-origin allow-forms allow-popups allow-downloads"
                    />
                )
            )}
        </div>
    );
}

/** Where the frame is, and the ways to elsewhere. */
function Place({ service, place }: { service: Known; place: string }) {
    const paths = [...new Set([...service.paths, place])];
    return (
        <div class="place">
            {paths.length > 1 ? (
                <select
                    aria-label={`Page of ${service.name}`}
                    value={place}
                    onChange={(event) => visit(service, event.currentTarget.value)}
                >
                    {paths.map((path) => <option key={path} value={path}>localhost:{service.port}{path}</option>)}
                </select>
            ) : (
                <span class="address" title={place}>localhost:{service.port}{place}</span>
            )}
            <button type="button" onClick={() => loadAgain(service)}>Load again</button>
            <a href={addressOf(service, place)} target="_blank" rel="noopener noreferrer">Open in a new tab</a>
        </div>
    );
}

/** Prometheus's graphs keep settings in the browser, which some browsers forbid to a page inside another one. */
function Hint() {
    return (
        <p class="hint">
            Does it stay empty? Then this browser lets no page inside another one keep its settings: open it in a new tab.
        </p>
    );
}

/** Each visit is a request, and the service may count it. */
function Choose({ service }: { service: Known }) {
    return (
        <div class="empty">
            <p>{service.name} answers on port {service.port}. A visit is a request, and counts like any other.</p>
            <p class="choices">
                {service.paths.map((path) => (
                    <button type="button" key={path} onClick={() => visit(service, path)}>Visit {path}</button>
                ))}
            </p>
        </div>
    );
}
