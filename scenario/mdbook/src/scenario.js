// What the pages with blocks do by script. `page.rs` puts it into each of them; the lab calls it for the page in its frame,
// where no script of a page runs.

// Makes text of the attributes `data-text`. This comes first, before the code is coloured.
export function fill(document) {
    function words(text) {
        return text.split(/“([^”]*)”/).map((part, index) => {
            if (index % 2 === 0) {
                return part;
            }
            const code = document.createElement('code');
            code.textContent = part;
            return code;
        });
    }

    for (const place of document.querySelectorAll('.scenario-block [data-text], .scenario-checks [data-text]')) {
        const text = place.dataset.text;
        delete place.dataset.text;
        place.append(...(place.closest('pre') ? [text] : words(text)));
    }
}

// Gives each block a copy button that takes what the reader is meant to take: commands without prompt and output, an edit
// without the lines around it. mdBook's own button takes all, and cannot be reached by keyboard.
export function addCopyButtons(document) {
    const labels = { console: 'Copy the commands', promql: 'Copy the query' };

    function text(figure) {
        const code = figure.querySelector('pre');
        if (figure.dataset.kind === 'console') {
            return Array.from(code.querySelectorAll('kbd'), line => line.textContent).join('\n');
        }
        if (!code.querySelector('.scenario-lines')) {
            return code.textContent;
        }
        return Array.from(code.querySelectorAll('.scenario-own'), part => part.textContent).join('');
    }

    async function copy(text) {
        if (navigator.clipboard && window.isSecureContext) {
            return navigator.clipboard.writeText(text);
        }
        // Over plain HTTP there is only the old way.
        const area = document.createElement('textarea');
        const focused = document.activeElement;
        area.value = text;
        area.className = 'scenario-heard';
        document.body.append(area);
        area.select();
        const copied = document.execCommand('copy');
        area.remove();
        focused?.focus();
        if (!copied) {
            throw new Error('the browser does not allow it');
        }
    }

    function addButton(figure, status) {
        const button = document.createElement('button');
        button.type = 'button';
        button.className = 'scenario-copy';
        button.textContent = 'Copy';
        const bar = figure.querySelector('figcaption');
        const caption = document.createElement('span');
        caption.className = 'scenario-caption';
        caption.append(...bar.childNodes);
        const name = caption.querySelector('code')?.textContent;
        button.setAttribute('aria-label', labels[figure.dataset.kind] ?? `Copy the block for ${name}`);
        let timer;
        button.addEventListener('click', async () => {
            let message = 'Copied';
            try {
                await copy(text(figure));
            } catch {
                message = 'Copy failed';
            }
            button.textContent = message;
            clearTimeout(timer);
            timer = setTimeout(() => { button.textContent = 'Copy'; }, 2000);
            // The same words once more are heard only if they were gone in between.
            status.textContent = '';
            setTimeout(() => { status.textContent = message; }, 50);
        });
        bar.append(caption, button);
    }

    const status = document.createElement('div');
    status.className = 'scenario-heard';
    status.setAttribute('role', 'status');
    document.body.append(status);
    for (const figure of document.querySelectorAll('.scenario-block')) {
        figure.querySelector('pre > .buttons')?.remove();
        addButton(figure, status);
    }
}
