// Style sheets, and the script that pages of books have, which is written without types.
declare module '*.css';
declare module '*/scenario.js' {
    export function fill(document: Document): void;
    export function addCopyButtons(document: Document): void;
}
