// A sentence of the runner's, with what is in backticks as code.

export function Words({ text }: { text: string }) {
    // Every second piece was between two backticks. The last one may not have been closed.
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
