// A sentence of the runner's: what stands in backticks is code.

export function Words({ text }: { text: string }) {
    // Every second piece stood between two of them; a last one that was not closed is shown as it is.
    const pieces = text.split('`');
    const isClosed = (index: number) => index % 2 === 1 && index < pieces.length - 1;
    return (
        <span>
            {pieces.map((piece, index) =>
                isClosed(index) ? <code key={index}>{piece}</code> : index % 2 === 1 ? `\`${piece}` : piece,
            )}
        </span>
    );
}
