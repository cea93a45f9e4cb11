// The whole page: a head, the book on the left, and on the right the editor and the services above the terminals. Between
// them are lines that can be moved.

import './app.css';

import { Book } from '../book/frame.tsx';
import { Editor } from '../editor/editor.tsx';
import { type Pane, bookSplit, broad, groupOf, isShown, maximum, selected, small, workSplit } from '../panes.ts';
import { services, terminals } from '../state.ts';
import { Terminal } from '../terminal/terminal.tsx';
import { Dialogs } from './dialogs.tsx';
import { Guide } from './guide.tsx';
import { Head } from './head.tsx';
import { Mistakes } from './mistakes.tsx';
import { Notices } from './notices.tsx';
import { Service } from './service.tsx';
import { Splitter } from './splitter.tsx';
import { StepBar } from './step.tsx';
import { Tabs, panelId, tabId } from './tabs.tsx';
import { TrustLine } from './trust.tsx';

export function App({ first }: { first: number }) {
    const isSmall = small.value;
    const showsBook = !isSmall || selected('work') === 'book';
    return (
        <>
            <a class="skip" href="#tools">Skip to the tools</a>
            <Head />
            <div class={isSmall ? 'columns small' : 'columns'} style={`--split: ${bookSplit.value.value}%`}>
                <main class="book" id="book" aria-label="Book" hidden={!showsBook}>
                    <Mistakes />
                    <TrustLine />
                    <Guide />
                    <Book first={first} />
                    <StepBar />
                    {!isSmall && <Splitter split={bookSplit} label="Width of the book" controls="book" beside />}
                </main>
                <Tools isMain={!showsBook} />
            </div>
            <Dialogs />
        </>
    );
}

/** The panels are next to each other in one element, so that none is made anew when the window becomes small or large. Where they
 * have the window to themselves, they are its main part. */
function Tools({ isMain }: { isMain: boolean }) {
    const isSmall = small.value;
    const look = isSmall ? 'one' : maximum.value ? `only-${maximum.value}` : broad.value ? 'beside' : 'stacked';
    return (
        <section class={`tools ${look}`} id="tools" role={isMain ? 'main' : undefined} aria-label="Tools" style={`--work: ${workSplit.value.value}%`}>
            <Tabs key="tabs-work" group="work" />
            <Panel key="editor" id="editor"><Editor /></Panel>
            {services.value.map((service) => (
                <Panel id={`service:${service.port}`} key={`service:${service.port}`}>
                    <Service service={service} isShown={isShown(`service:${service.port}`)} />
                </Panel>
            ))}
            {!isSmall && maximum.value === null && (
                <Splitter
                    key="splitter"
                    split={workSplit}
                    label={broad.value ? 'Width of the editor' : 'Height of the editor'}
                    controls={panelId(selected('work') ?? 'editor')}
                    beside={broad.value}
                />
            )}
            {!isSmall && <Tabs key="tabs-terminals" group="terminals" />}
            {terminals.value.map(({ id }) => (
                <Panel id={`terminal:${id}`} key={`terminal:${id}`}>
                    <Terminal id={id} isShown={isShown(`terminal:${id}`)} />
                </Panel>
            ))}
            <Notices />
        </section>
    );
}

function Panel({ id, children }: { id: Pane; children: preact.ComponentChildren }) {
    return (
        <div
            class="panel"
            data-group={groupOf(id)}
            role="tabpanel"
            id={panelId(id)}
            aria-labelledby={tabId(id)}
            hidden={!isShown(id)}
        >
            {children}
        </div>
    );
}
