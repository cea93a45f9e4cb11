// Files of the learner's that were replaced, each with a button that puts it back.

import { restoreMine } from '../tools/mine.ts';

export function KeptFiles({ paths, onBack }: { paths: string[]; onBack?: (path: string) => void }) {
    const back = async (path: string) => (await restoreMine(path)) && onBack?.(path);
    if (paths.length === 0) {
        return null;
    }
    return (
        <ul class="kept">
            {paths.map((path) => (
                <li key={path}>
                    <span>Your <code>{path}</code> was replaced, and is kept.</span>
                    <button type="button" aria-label={`Restore mine: ${path}`} onClick={() => void back(path)}>Restore mine</button>
                </li>
            ))}
        </ul>
    );
}
