// The pane of Prometheus: the lab's own pages for queries, targets and alerts, and one click away those of Prometheus itself.

import './prometheus.css';

import type { ComponentChildren } from 'preact';

import type { Service } from '../contract.ts';
import { up } from '../state.ts';
import { type View, addressOf, placeOf, view } from '../tools/service.ts';
import { QueryPage } from './page.tsx';
import { Alerts, Targets } from './targets.tsx';

const VIEWS: [View, string][] = [['query', 'Query'], ['targets', 'Targets'], ['alerts', 'Alerts'], ['own', "Prometheus's own page"]];

/** `children` are its own pages. */
export function PrometheusPane({ service, isShown, children }: { service: Service; isShown: boolean; children: ComponentChildren }) {
    return (
        <div class="prometheus">
            <nav class="views" aria-label="Pages of Prometheus">
                {VIEWS.map(([name, title]) => (
                    <button type="button" key={name} aria-current={view.value === name ? 'page' : undefined} onClick={() => (view.value = name)}>
                        {title}
                    </button>
                ))}
                <a class="end" href={addressOf(service, placeOf(service) ?? '/')} target="_blank" rel="noopener noreferrer">Open in a new tab</a>
            </nav>
            {view.value === 'targets' && up.value && (
                <p class="celebration" role="status">
                    <b>✓ The target is UP.</b> Prometheus reads the numbers of your service.
                </p>
            )}
            {view.value === 'query' && <QueryPage service={service} isShown={isShown} />}
            {view.value === 'targets' && <Targets service={service} isShown={isShown} />}
            {view.value === 'alerts' && <Alerts service={service} isShown={isShown} />}
            {view.value === 'own' && children}
        </div>
    );
}
