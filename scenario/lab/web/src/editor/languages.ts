// Which language a file is in, by its name, and how its words are coloured.

import { rust } from '@codemirror/lang-rust';
import { yaml } from '@codemirror/lang-yaml';
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language';
import { dockerFile } from '@codemirror/legacy-modes/mode/dockerfile';
import { toml } from '@codemirror/legacy-modes/mode/toml';
import type { Extension } from '@codemirror/state';
import { tags } from '@lezer/highlight';

/** What makes an editor know the language of a file; nothing for a file that is only text. */
export function languageOf(path: string): Extension {
    const name = path.split('/').at(-1) ?? path;
    if (/\.rs$/.test(name)) {
        return rust();
    }
    if (/\.ya?ml$/.test(name)) {
        return yaml();
    }
    if (/\.toml$/.test(name) || name === 'Cargo.lock') {
        return StreamLanguage.define(toml);
    }
    if (/^(Dockerfile|Containerfile)(\..*)?$/.test(name) || /\.dockerfile$/.test(name)) {
        return StreamLanguage.define(dockerFile);
    }
    return [];
}

/** The colours are variables of the style sheet, so that light and dark are one. */
export const colours: Extension = syntaxHighlighting(
    HighlightStyle.define([
        { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: 'var(--code-keyword)' },
        { tag: [tags.string, tags.character, tags.regexp], color: 'var(--code-string)' },
        { tag: [tags.number, tags.bool, tags.atom], color: 'var(--code-number)' },
        { tag: [tags.comment, tags.docComment], color: 'var(--code-comment)', fontStyle: 'italic' },
        { tag: [tags.typeName, tags.className, tags.namespace], color: 'var(--code-type)' },
        {
            tag: [tags.macroName, tags.function(tags.variableName), tags.propertyName, tags.definition(tags.propertyName)],
            color: 'var(--code-name)',
        },
        { tag: [tags.attributeName, tags.meta], color: 'var(--code-meta)' },
        { tag: tags.heading, fontWeight: 'bold' },
    ]),
);
