// Builds the page into the folder that is named: two scripts and the part of one that is loaded when it is used, three style
// sheets, and the HTML that asks for them.
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const into = process.argv[2];
if (!into) {
    console.error('usage: npm run build -- DIR');
    process.exit(2);
}

// Beside the old page first: a lab that is serving it never sees half of a new one.
const fresh = `${into}.new`;
await rm(fresh, { recursive: true, force: true });
await mkdir(fresh, { recursive: true });
await build({
    entryPoints: {
        page: 'src/main.tsx',
        start: 'src/start/main.tsx',
        book: 'src/book/book.css',
        'terminal-search': 'src/terminal/search.ts',
    },
    outdir: fresh,
    bundle: true,
    minify: !process.env.DEV,
    legalComments: 'eof',
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'warning',
});
await copyFile('src/index.html', join(fresh, 'index.html'));
await copyFile('src/start/start.html', join(fresh, 'start.html'));
await rm(into, { recursive: true, force: true });
await rename(fresh, into);
