// Gives each block a copy button that takes what the reader is meant to take: commands without prompt and
// output, an edit without the lines around it. mdBook's own button takes all, and cannot be reached by keyboard.
(() => {
    'use strict';
    if (window.scenarioBlocks) {
        return;
    }
    window.scenarioBlocks = true;

    const labels = { console: 'Copy the commands', promql: 'Copy the query' };

    function text(figure) {
        const own = Array.from(figure.querySelectorAll('.scenario-own'), part => part.textContent);
        return own.join(figure.dataset.kind === 'console' ? '\n' : '');
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
        const name = figure.querySelector('.scenario-caption > code')?.textContent;
        button.setAttribute('aria-label', labels[figure.dataset.kind] ?? `Copy the block for ${name}`);
        let timer;
        button.addEventListener('click', async () => {
            let message = 'Copied';
            try {
                await copy(text(figure));
            } catch {
                message = 'Not copied';
            }
            button.textContent = message;
            clearTimeout(timer);
            timer = setTimeout(() => { button.textContent = 'Copy'; }, 2000);
            // The same words once more are heard only if they were gone in between.
            status.textContent = '';
            setTimeout(() => { status.textContent = message; }, 50);
        });
        figure.querySelector('figcaption').append(button);
    }

    document.addEventListener('DOMContentLoaded', () => {
        const status = document.createElement('div');
        status.className = 'scenario-heard';
        status.setAttribute('role', 'status');
        document.body.append(status);
        for (const figure of document.querySelectorAll('.scenario-block')) {
            figure.querySelector('pre > .buttons')?.remove();
            addButton(figure, status);
        }
    });
})();
