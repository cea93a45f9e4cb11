// Finds a line of a block's own text in its figure.

/** The line, counted from 1; `null` if the figure does not show it. */
export function lineOf(block: HTMLElement, row: number): Range | null {
    const code = block.querySelector('pre > code');
    // Where a file is changed, these are the lines of the block among those around them.
    const own = code?.querySelectorAll('.scenario-own');
    const line = own?.item(row - 1);
    if (line) {
        const range = line.ownerDocument.createRange();
        range.selectNodeContents(line);
        return range;
    }
    return own?.length === 0 && code ? lineOfText(code, row) : null;
}

/** A line of a text whose elements are not its lines. */
function lineOfText(code: Element, row: number): Range | null {
    const lines = (code.textContent ?? '').split('\n');
    const text = lines[row - 1];
    if (text === undefined) {
        return null;
    }
    const start = lines.slice(0, row - 1).reduce((sum, line) => sum + line.length + 1, 0);
    const range = code.ownerDocument.createRange();
    const nodes = code.ownerDocument.createTreeWalker(code, NodeFilter.SHOW_TEXT);
    let at = 0;
    let began = false;
    for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
        const length = node.nodeValue?.length ?? 0;
        if (!began && start < at + length) {
            range.setStart(node, start - at);
            began = true;
        }
        if (began && start + text.length <= at + length) {
            range.setEnd(node, start + text.length - at);
            return range;
        }
        at += length;
    }
    return null;
}
