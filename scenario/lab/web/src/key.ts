// The secret of this page: the server has put it into the page that a link has opened, and wants it with each request.
//
// A browser sends the lab's cookie to every port of this computer. What a page keeps for itself goes to the lab alone.
// Another window of the lab gets it from one that is open.

const PLACE = 'lab-key';
const ANSWER_MS = 500;
const windows = new BroadcastChannel(PLACE);

let key = take();

function take(): string {
    const meta = document.querySelector<HTMLMetaElement>(`meta[name=${PLACE}]`);
    meta?.remove();
    if (location.search) {
        // The link works once, so it is removed from the address.
        history.replaceState(null, '', location.pathname + location.hash);
    }
    if (meta) {
        sessionStorage.setItem(PLACE, meta.content);
    }
    return meta?.content ?? sessionStorage.getItem(PLACE) ?? '';
}

windows.addEventListener('message', ({ data }: MessageEvent<{ asks: true } | { key: string }>) => {
    if ('asks' in data && key) {
        windows.postMessage({ key });
    }
});

/** Asks the other windows of the lab for a secret that this one does not have; true if one has answered. */
export function askWindows(): Promise<boolean> {
    return new Promise((done) => {
        const end = (found: boolean) => {
            windows.removeEventListener('message', listen);
            clearTimeout(timer);
            done(found);
        };
        const listen = ({ data }: MessageEvent<{ asks: true } | { key: string }>) => {
            if ('key' in data && data.key !== key) {
                key = data.key;
                sessionStorage.setItem(PLACE, key);
                end(true);
            }
        };
        const timer = setTimeout(() => end(false), ANSWER_MS);
        windows.addEventListener('message', listen);
        windows.postMessage({ asks: true });
    });
}

export function hasKey(): boolean {
    return key !== '';
}

/** The header of a request that has the secret. */
export function keyHeader(): Record<string, string> {
    return { 'x-lab-key': key };
}

/** What the server wants to be offered on a WebSocket, whose headers a page cannot choose. */
export function protocols(): string[] {
    return ['lab', `key.${key}`];
}
