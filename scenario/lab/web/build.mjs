// Builds the page into the folder that is named: two scripts and the part of one that is loaded when it is used, three style
// sheets, and the HTML of the lab and of the start page, which differ in a few words.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
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
const html = await readFile('src/index.html', 'utf8');
const without = ' The book alone can be read without: <a href="/book/">open the book</a>.';
for (const [file, words] of Object.entries({
    'index.html': { name: 'page', title: 'Lab', opening: 'Opening the lab …', without },
    'start.html': { name: 'start', title: 'Choose a book', opening: 'Looking for books …', without: '' },
})) {
    await writeFile(join(fresh, file), html.replaceAll(/\{\{(\w+)\}\}/g, (_, word) => words[word]));
}
await rm(into, { recursive: true, force: true });
await rename(fresh, into);
