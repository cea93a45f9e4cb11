// Starts the page: connects, draws once the server has said what there is, and listens for keys.

import './page.css';

import { effect } from '@preact/signals';
import { render } from 'preact';

import { say } from './announce.ts';
import { listen } from './events.ts';
import { dialog, open } from './dialogs.ts';
import { listenIn } from './keys.ts';
import { go } from './panes.ts';
import { guide, lab, preflight, prometheus, up } from './state.ts';
import { follow } from './theme.ts';
import { loadAgain } from './tools/service.ts';
import { App } from './view/app.tsx';

follow();
listenIn(document);
listen();

let drawn = false;
effect(() => {
    const place = document.getElementById('lab');
    if (lab.value && place && !drawn) {
        drawn = true;
        place.textContent = '';
        render(<App first={lab.value.step} />, place);
        // Who is here for the first time should hear at once what the machine lacks.
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
        const act = () => go(`service:${service.port}`);
        say('The target is UP. Prometheus reads the numbers of your service.', 'good', { label: 'See it', act });
    }
});
