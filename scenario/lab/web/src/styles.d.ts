// Style sheets are imported for esbuild, which puts them into `page.css`; to TypeScript they are nothing.
declare module '*.css';
