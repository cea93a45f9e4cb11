// Starts the page: connects, draws once the first message has come, and listens for keys.

import './page.css';

import { effect } from '@preact/signals';
import { render } from 'preact';

import { announce } from './announce.ts';
import { listen } from './events.ts';
import { dialog, open } from './dialogs.ts';
import { openAgain } from './editor/again.ts';
import { listenIn } from './keys.ts';
import { go } from './panes.ts';
import { connection, guide, lab, preflight, prometheus, up } from './state.ts';
import { follow } from './theme.ts';
import { loadAgain, view } from './tools/service.ts';
import { App } from './view/app.tsx';

/** What a page says that no link has opened, where no other window of the lab is open. */
const LOCKED = 'The lab is locked for this window. Press Enter in the terminal of the lab, and open the link that it prints.';

follow();
listenIn(document);
void listen();

let drawn = false;
effect(() => {
    const why = { locked: LOCKED, full: 'There are too many connections. Close a window of the lab; this one then goes on.' };
    const start = document.querySelector('#lab > .start');
    if (start && (connection.value === 'locked' || connection.value === 'full')) {
        start.textContent = why[connection.value];
    }
});
effect(() => {
    const place = document.getElementById('lab');
    if (lab.value && place && !drawn) {
        drawn = true;
        place.textContent = '';
        render(<App first={lab.value.step} />, place);
        void openAgain();
        // A newcomer should see at once what the machine lacks.
        const lacks = preflight.peek().items.some((item) => item.state !== 'present');
        if (guide.peek() && lacks && !dialog.peek()) {
            open({ kind: 'machine' });
        }
    }
});

effect(() => {
    const service = prometheus.peek();
    if (up.value && service) {
        // Its page was loaded when there was nothing to be seen yet.
        loadAgain(service);
        const act = () => {
            view.value = 'targets';
            go(`service:${service.port}`);
        };
        announce('The target is UP. Prometheus reads the numbers of your service.', 'good', { label: 'See it', act });
    }
});
