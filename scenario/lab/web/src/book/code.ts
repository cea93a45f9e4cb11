// Colours the code on a page of the book, with the classes that mdBook's styles know. mdBook's own script does not run
// here, so the highlighters of the editor are used.

import { rustLanguage } from '@codemirror/lang-rust';
import { yamlLanguage } from '@codemirror/lang-yaml';
import { type Language, StreamLanguage } from '@codemirror/language';
import { dockerFile } from '@codemirror/legacy-modes/mode/dockerfile';
import { python } from '@codemirror/legacy-modes/mode/python';
import { shell } from '@codemirror/legacy-modes/mode/shell';
import { toml } from '@codemirror/legacy-modes/mode/toml';
import { highlightTree, tagHighlighter, tags } from '@lezer/highlight';

const script = StreamLanguage.define(shell);
const LANGUAGES: Record<string, Language> = {
    rust: rustLanguage,
    yaml: yamlLanguage,
    yml: yamlLanguage,
    toml: StreamLanguage.define(toml),
    dockerfile: StreamLanguage.define(dockerFile),
    python: StreamLanguage.define(python),
    bash: script,
    sh: script,
    shell: script,
};

const COLOURS = tagHighlighter([
    { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], class: 'hljs-keyword' },
    { tag: [tags.string, tags.character, tags.regexp], class: 'hljs-string' },
    { tag: [tags.number], class: 'hljs-number' },
    { tag: [tags.bool, tags.atom], class: 'hljs-literal' },
    { tag: [tags.comment, tags.docComment], class: 'hljs-comment' },
    { tag: [tags.typeName, tags.className, tags.namespace], class: 'hljs-type' },
    { tag: [tags.function(tags.definition(tags.variableName))], class: 'hljs-title' },
    { tag: [tags.macroName, tags.standard(tags.variableName)], class: 'hljs-built_in' },
    { tag: [tags.propertyName, tags.definition(tags.propertyName)], class: 'hljs-attr' },
    { tag: [tags.attributeName, tags.meta], class: 'hljs-meta' },
    { tag: tags.heading, class: 'hljs-section' },
]);

/** Code that is longer is left as it is. */
const CHARS_MAX = 100_000;

/** Colours all code of a page. */
export function colour(doc: Document): void {
    for (const code of doc.querySelectorAll<HTMLElement>('code')) {
        if (code.parentElement?.classList.contains('header')) {
            continue;
        }
        const name = [...code.classList].find((one) => one.startsWith('language-'))?.slice('language-'.length);
        const language = LANGUAGES[name?.toLowerCase() ?? ''];
        const text = code.textContent ?? '';
        if (language && text.length <= CHARS_MAX) {
            mark(code, language, text);
        }
        // It gives code its background, whatever the language.
        code.classList.add('hljs');
        if (code.querySelector('.boring')) {
            code.classList.add('hide-boring');
        }
    }
}

interface Token {
    from: number;
    to: number;
    name: string;
}

function mark(code: HTMLElement, language: Language, text: string): void {
    const tokens: Token[] = [];
    highlightTree(language.parser.parse(text), COLOURS, (from, to, name) => tokens.push({ from, to, name }));
    const walker = code.ownerDocument.createTreeWalker(code, NodeFilter.SHOW_TEXT);
    const nodes: Text[] = [];
    while (walker.nextNode()) {
        nodes.push(walker.currentNode as Text);
    }
    let at = 0;
    for (const node of nodes) {
        const end = at + node.data.length;
        const own = tokens.filter(({ from, to }) => from < end && to > at);
        if (own.length > 0) {
            node.replaceWith(...pieces(node, at, own));
        }
        at = end;
    }
}

/** A text that begins at a place of the code, cut where its tokens are. */
function pieces(node: Text, start: number, tokens: Token[]): (Node | string)[] {
    const parts: (Node | string)[] = [];
    let at = 0;
    for (const { from, to, name } of tokens) {
        const [first, last] = [Math.max(from - start, at), Math.min(to - start, node.data.length)];
        const span = node.ownerDocument.createElement('span');
        span.className = name;
        span.textContent = node.data.slice(first, last);
        parts.push(node.data.slice(at, first), span);
        at = last;
    }
    parts.push(node.data.slice(at));
    return parts.filter((part) => part !== '');
}
