// The buttons of the head that lead to the map of blocks and to what runs.

import './learn.css';

import { open } from '../dialogs.ts';
import { services } from '../state.ts';

export function Ways() {
    const up = services.value.filter((service) => service.up).length;
    return (
        <>
            <button type="button" class="quiet" title="Steps and blocks" onClick={() => open({ kind: 'map' })}>Map</button>
            <button type="button" class="quiet" title="What the book has running" onClick={() => open({ kind: 'running' })}>
                Running{up > 0 && ` ${up}`}
            </button>
        </>
    );
}
