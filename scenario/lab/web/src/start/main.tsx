// The start page: choose a book, go on at the last place, or open a folder. The lab that is opened is another server.

import '../page.css';
import './start.css';

import { signal } from '@preact/signals';
import { render } from 'preact';

import { Refusal, describe, start } from '../api.ts';
import type { Choice, Choices } from '../contract.ts';
import { follow } from '../theme.ts';

const choices = signal<Choices | null>(null);
/** What is being opened. */
const opening = signal('');
const trouble = signal('');
/** Scenarios below a folder that is none itself. */
const found = signal<Choice[]>([]);
const typed = signal('');

async function open(path: string): Promise<void> {
    [opening.value, trouble.value, found.value] = [path, '', []];
    try {
        location.assign(await start.open(path));
    } catch (error) {
        opening.value = '';
        trouble.value = describe(error);
        const below = error instanceof Refusal ? error.more['found'] : [];
        found.value = Array.isArray(below) ? below.map((one) => ({ path: String(one), title: String(one) })) : [];
    }
}

function Books({ title, books }: { title: string; books: Choice[] }) {
    return books.length > 0 && (
        <section aria-label={title}>
            <h2>{title}</h2>
            <ul>
                {books.map((book) => (
                    <li key={book.path}>
                        <button type="button" disabled={opening.value !== ''} onClick={() => void open(book.path)}>
                            {book.title}
                            {book.title !== book.path && <small>{book.path}</small>}
                        </button>
                    </li>
                ))}
            </ul>
        </section>
    );
}

function Folder({ place }: { place: string }) {
    return (
        <section aria-label="Open a folder">
            <h2>Open a folder</h2>
            <form
                onSubmit={(event) => {
                    event.preventDefault();
                    void open(typed.value);
                }}
            >
                <label>
                    A book, or a scenario of Katacoda or Killercoda
                    <input
                        type="text"
                        spellcheck={false}
                        placeholder="~/scenarios/first"
                        value={typed.value}
                        onInput={(event) => (typed.value = event.currentTarget.value)}
                    />
                </label>
                <button type="submit" disabled={opening.value !== '' || typed.value.trim() === ''}>Open</button>
            </form>
            <p><small>A scenario is imported as a book into {place}. Nothing of it runs before you have read what that is, and agree.</small></p>
        </section>
    );
}

function Page() {
    const { last, books, imported, place } = choices.value ?? { last: null, books: [], imported: [], place: '' };
    return (
        <main class="choose">
            <h1>Choose a book</h1>
            {last && (
                <button type="button" class="main last" autofocus disabled={opening.value !== ''} onClick={() => void open(last.path)}>
                    Go on with {last.title} at step {last.step}
                    <small>{last.path}</small>
                </button>
            )}
            <p role="status">{opening.value && `Opening ${opening.value} …`}</p>
            <p role="alert">{trouble.value}</p>
            <Books title="Scenarios found there" books={found.value} />
            <Books title="Books and examples" books={books} />
            <Books title="Imported" books={imported} />
            <Folder place={place} />
        </main>
    );
}

follow();
const root = document.getElementById('lab');
start.list().then(
    (list) => {
        choices.value = list;
        if (root) {
            root.textContent = '';
            render(<Page />, root);
        }
    },
    (error: unknown) => {
        if (root) {
            root.textContent = describe(error);
        }
    },
);
