// New files, other names, and files that go. What is not saved is saved first, so that nothing is lost unseen.

import { announce } from '../announce.ts';
import { describe, files } from '../api.ts';
import { ask, askName } from '../dialogs.ts';
import { attempt } from '../tools/attempt.ts';
import { closeFile, etagOf, isDirty, move, openFile, save } from './buffers.ts';

/** Makes a file, and the folders of its path. */
export async function newFile(): Promise<void> {
    const path = (await askName('New file', 'Its path in the workspace, such as app/src/main.rs'))?.trim();
    if (!path) {
        return;
    }
    try {
        await files.write(path, '', null);
    } catch (error) {
        announce(`${path} was not made: ${describe(error)}`, 'bad');
        return;
    }
    await openFile(path);
}

/** Makes a folder, and those of its path. */
export async function newFolder(): Promise<void> {
    const path = (await askName('New folder', 'Its path in the workspace, such as app/src'))?.trim().replace(/\/+$/, '');
    if (path) {
        await attempt(`${path} was not made`, files.makeFolder(path));
    }
}

/** Gives an open file another path. */
export async function renameFile(path: string): Promise<void> {
    const to = (await askName(`Rename ${path}`, 'Its new path in the workspace', path, 'Rename it'))?.trim();
    if (!to || to === path || !(await save(path))) {
        return;
    }
    if (isDirty(to)) {
        announce(`${path} was not renamed: ${to} is open, with changes that are not saved`, 'bad');
        return;
    }
    await attempt(`${path} was not renamed`, move(path, to));
}

/** Removes an open file, after a question. */
export async function deleteFile(path: string): Promise<void> {
    const text = 'It is removed from the disk. A file of the book comes back with its block.';
    const answer = await ask(`Delete ${path}?`, text, [{ value: 'delete', label: 'Delete it', first: true }]);
    if (answer === null) {
        return;
    }
    try {
        await files.remove(path, etagOf(path) ?? '');
    } catch (error) {
        announce(`${path} was not deleted: ${describe(error)}`, 'bad');
        return;
    }
    closeFile(path);
}
