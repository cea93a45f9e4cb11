// A part of the page of its own, which is loaded when a terminal is searched for the first time.

export { SearchAddon } from '@xterm/addon-search';
