// The whole page: a head, the book on the left, tools on the right, and between them a line that can be moved.

import './app.css';

import { type Signal, useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';

import { Book } from '../book/frame.tsx';
import { Editor } from '../editor/editor.tsx';
import { narrow, setSplit, shown, split, splitBounds } from '../panes.ts';
import { services, terminals } from '../state.ts';
import { Terminal } from '../terminal/terminal.tsx';
import { Dialogs } from './dialogs.tsx';
import { Guide } from './guide.tsx';
import { Head } from './head.tsx';
import { Mistakes } from './mistakes.tsx';
import { Notices } from './notices.tsx';
import { Service } from './service.tsx';
import { StepBar } from './step.tsx';
import { Tabs, panelId, tabId } from './tabs.tsx';

export function App({ first }: { first: number }) {
    const dragged = useSignal(false);
    const hidesBook = narrow.value && shown.value !== 'book';
    const hidesTools = narrow.value && shown.value === 'book';
    const style = narrow.value ? undefined : `--split: ${split.value}%`;
    return (
        <>
            <a class="skip" href="#tools">Skip to the tools</a>
            <Head />
            <div class={dragged.value ? 'columns dragged' : 'columns'} style={style}>
                <main class="book" id="book" aria-label="Book" hidden={hidesBook}>
                    <Mistakes />
                    <Guide />
                    <Book first={first} />
                    <StepBar />
                </main>
                {!narrow.value && <Splitter dragged={dragged} />}
                <section class="tools" id="tools" aria-label="Tools">
                    <Tabs />
                    <div class="panels" hidden={hidesTools}>
                        <Panel id="editor"><Editor /></Panel>
                        {terminals.value.map(({ id }) => (
                            <Panel id={`terminal:${id}`} key={`terminal:${id}`}>
                                <Terminal id={id} isShown={shown.value === `terminal:${id}`} />
                            </Panel>
                        ))}
                        {services.value.map((service) => (
                            <Panel id={`service:${service.port}`} key={`service:${service.port}`}>
                                <Service service={service} isShown={shown.value === `service:${service.port}`} />
                            </Panel>
                        ))}
                    </div>
                </section>
            </div>
            <Notices />
            <Dialogs />
        </>
    );
}

function Panel({ id, children }: { id: string; children: preact.ComponentChildren }) {
    return (
        <div class="panel" role="tabpanel" id={panelId(id)} aria-labelledby={tabId(id)} hidden={shown.value !== id}>
            {children}
        </div>
    );
}

const STEP_PERCENT = 2;

function Splitter({ dragged }: { dragged: Signal<boolean> }) {
    const line = useRef<HTMLDivElement>(null);
    const move = (event: PointerEvent) => {
        const columns = line.current?.parentElement?.getBoundingClientRect();
        if (dragged.value && columns) {
            setSplit(((event.clientX - columns.left) / columns.width) * 100);
        }
    };
    const key = (event: KeyboardEvent) => {
        const places: Record<string, number> = {
            ArrowLeft: split.value - STEP_PERCENT,
            ArrowRight: split.value + STEP_PERCENT,
            Home: splitBounds.min,
            End: splitBounds.max,
        };
        const place = places[event.key];
        if (place !== undefined) {
            event.preventDefault();
            setSplit(place);
        }
    };
    const end = () => {
        dragged.value = false;
    };
    return (
        <div
            ref={line}
            class="splitter"
            role="separator"
            tabIndex={0}
            aria-label="Width of the book"
            aria-orientation="vertical"
            aria-controls="book"
            aria-valuenow={Math.round(split.value)}
            aria-valuemin={splitBounds.min}
            aria-valuemax={splitBounds.max}
            onKeyDown={key}
            onPointerDown={(event) => {
                line.current?.setPointerCapture(event.pointerId);
                dragged.value = true;
            }}
            onPointerMove={move}
            onPointerUp={end}
            onPointerCancel={end}
        />
    );
}
