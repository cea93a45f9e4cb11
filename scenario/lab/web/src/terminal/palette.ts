// The colours of terminals, for a light and a dark page. All sixteen read well on their background.

import type { ITheme } from '@xterm/xterm';

const LIGHT: ITheme = {
    background: '#ffffff',
    foreground: '#24292f',
    cursor: '#24292f',
    cursorAccent: '#ffffff',
    selectionBackground: '#b6d7ff',
    black: '#24292f',
    red: '#b3261e',
    green: '#116329',
    yellow: '#7d5a00',
    blue: '#0550ae',
    magenta: '#8250df',
    cyan: '#1b6d79',
    white: '#57606a',
    brightBlack: '#57606a',
    brightRed: '#a40e26',
    brightGreen: '#1a7f37',
    brightYellow: '#633c01',
    brightBlue: '#0969da',
    brightMagenta: '#6639ba',
    brightCyan: '#1b7c83',
    brightWhite: '#24292f',
};

const DARK: ITheme = {
    background: '#12161d',
    foreground: '#d7dde6',
    cursor: '#d7dde6',
    cursorAccent: '#12161d',
    selectionBackground: '#30507d',
    black: '#5c6673',
    red: '#ff7b72',
    green: '#5fd07a',
    yellow: '#e3b341',
    blue: '#79b8ff',
    magenta: '#d2a8ff',
    cyan: '#56d4dd',
    white: '#d7dde6',
    brightBlack: '#8b949e',
    brightRed: '#ffa198',
    brightGreen: '#7ee787',
    brightYellow: '#f2cc60',
    brightBlue: '#a5d6ff',
    brightMagenta: '#e2c5ff',
    brightCyan: '#8ce9f0',
    brightWhite: '#ffffff',
};

export function palette(dark: boolean): ITheme {
    return dark ? DARK : LIGHT;
}
