// The settings of this browser, in a dialog.

import './settings.css';

import type { Signal } from '@preact/signals';

import {
    bookSize,
    closesBrackets,
    copiesSelection,
    editorSize,
    formats,
    type kept,
    looksForMistakes,
    readsOut,
    terminalSize,
    wrapsBook,
    wrapsDifference,
    wrapsEditor,
} from '../settings.ts';

export function Settings() {
    return (
        <div class="settings">
            <fieldset>
                <legend>Size of text</legend>
                <Size size={bookSize} step={10} label="Book (%)" />
                <Size size={editorSize} step={1} label="Editor (px)" />
                <Size size={terminalSize} step={1} label="Terminals (px)" />
            </fieldset>
            <fieldset>
                <legend>Wrap long lines</legend>
                <Flag value={wrapsBook} label="Code in the book" />
                <Flag value={wrapsEditor} label="Editor" />
                <Flag value={wrapsDifference} label="Why is mine different?" />
            </fieldset>
            <fieldset>
                <legend>Editor</legend>
                <Flag value={closesBrackets} label="Close brackets and quotes" />
                <Flag value={formats} label="Format Rust files when they are saved (rustfmt)" />
                <Flag value={looksForMistakes} label="Look for mistakes after a save, where the book says how" />
                <p class="help">Both begin once you have had something of the book run.</p>
            </fieldset>
            <fieldset>
                <legend>Terminals</legend>
                <Flag value={copiesSelection} label="Copy what is selected" />
                <Flag value={readsOut} label="Let a screen reader read them out" />
            </fieldset>
        </div>
    );
}

function Size({ size, step, label }: { size: ReturnType<typeof kept>; step: number; label: string }) {
    const { value, usual, min, max, set } = size;
    return (
        <label class="size">
            <span>{label}</span>
            <input
                type="number"
                min={min}
                max={max}
                step={step}
                value={value.value}
                onChange={(event) => {
                    set(Number(event.currentTarget.value) || usual);
                    event.currentTarget.value = String(value.value);
                }}
            />
        </label>
    );
}

function Flag({ value, label }: { value: Signal<boolean>; label: string }) {
    return (
        <label class="flag">
            <input type="checkbox" checked={value.value} onChange={(event) => (value.value = event.currentTarget.checked)} />
            <span>{label}</span>
        </label>
    );
}
