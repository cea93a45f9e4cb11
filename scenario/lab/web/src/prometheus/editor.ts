// The line in which a query is written: PromQL with its words, completed from what Prometheus has, and its mistakes.

import { autocompletion, closeBrackets, closeBracketsKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { lintKeymap } from '@codemirror/lint';
import { Prec } from '@codemirror/state';
import { EditorView, keymap, placeholder, tooltips } from '@codemirror/view';
import { effect } from '@preact/signals';
import { PromQLExtension } from '@prometheus-io/codemirror-promql';

import { get } from '../api.ts';
import type { Service } from '../contract.ts';
import { colours } from '../editor/languages.ts';
import { onFocus } from '../panes.ts';
import { ask, text } from './query.ts';

/** Makes the editor in its place; what it returns takes it away again. */
export function openEditor(service: Service, place: HTMLElement): () => void {
    const language = new PromQLExtension().setComplete({
        // The client joins these two and the name of the endpoint to an address.
        remote: { url: '/api/prometheus', apiPrefix: `/${service.port}`, httpMethod: 'GET', fetchFn: (path) => get(String(path)) },
    });
    const view = new EditorView({
        doc: text.peek(),
        parent: place,
        extensions: [
            history(),
            closeBrackets(),
            autocompletion(),
            colours,
            language.asExtension(),
            // The pane would cut them off.
            tooltips({ position: 'fixed', parent: document.body }),
            placeholder('A query, such as up'),
            EditorView.lineWrapping,
            EditorView.contentAttributes.of({ 'aria-label': 'PromQL query. Enter asks it.' }),
            EditorView.updateListener.of((update) => {
                if (update.docChanged) {
                    text.value = update.state.doc.toString();
                }
            }),
            Prec.high(keymap.of([{ key: 'Enter', run: () => (void ask(service), true) }])),
            keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...lintKeymap]),
        ],
    });
    const endText = effect(() => {
        const wanted = text.value;
        if (wanted !== view.state.doc.toString()) {
            view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: wanted }, selection: { anchor: wanted.length } });
        }
    });
    const endFocus = onFocus(`service:${service.port}`, () => view.focus());
    return () => {
        endText();
        endFocus();
        language.destroy();
        view.destroy();
    };
}
