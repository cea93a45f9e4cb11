// What a person has chosen for the editor: wrapping, and brackets that close. Its size is a variable of the style sheet.

import { closeBrackets, closeBracketsKeymap } from '@codemirror/autocomplete';
import { Compartment, type Extension, type StateEffect } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';
import { effect, untracked } from '@preact/signals';

import { closesBrackets, editorSize, wrapsEditor } from '../settings.ts';

const place = new Compartment();

/** What is chosen now. */
function chosen(): Extension {
    return [
        wrapsEditor.value ? EditorView.lineWrapping : [],
        closesBrackets.value ? [closeBrackets(), keymap.of(closeBracketsKeymap)] : [],
    ];
}

/** What makes an editor follow what is chosen, together with `followComfort`. */
export const comfort = (): Extension => place.of(chosen());

/** Tells all editors what is chosen, now and after each change. */
export function followComfort(tell: (change: StateEffect<unknown>) => void): void {
    effect(() => {
        const change = place.reconfigure(chosen());
        untracked(() => tell(change));
    });
}

effect(() => document.documentElement.style.setProperty('--editor-size', `${editorSize.value.value}px`));
