// Holds back what goes between a page and the lab, as a busy machine does: what comes by messages then comes long after what
// comes by answers, or long before. What assumes an order of the two fails. `SCENARIO_LATE` says what is late, and for how
// long at most, in milliseconds: `messages:400`, `answers:400` or `requests:400`. The tests do without it unless that is set.

const [KIND, MS] = (process.env.SCENARIO_LATE ?? '').split(':');
const KINDS = ['messages', 'answers', 'requests'];
if (KIND && !(KINDS.includes(KIND) && Number(MS) > 0)) {
    throw new Error(`SCENARIO_LATE: expected ${KINDS.join(', ')} with a number of milliseconds, such as messages:400, found ${KIND}:${MS}`);
}

/** A time that differs from one to the next. */
const late = () => new Promise((done) => setTimeout(done, Math.random() * Number(MS)));

/** Messages stay in their order, also with the end of the connection. */
function holdMessages(socket) {
    const server = socket.connectToServer();
    let before = Promise.resolve();
    const inTurn = (act) => {
        before = Promise.all([before, late()]).then(act).catch(() => {});
    };
    server.onMessage((text) => inTurn(() => socket.send(text)));
    server.onClose((code, reason) => inTurn(() => socket.close({ code, reason })));
}

/** Makes all pages of a browser session late. */
export async function makeLate(session) {
    if (KIND === 'messages') {
        await session.routeWebSocket(/\/ws\/events/, holdMessages);
    } else if (KIND) {
        await session.route('**/api/**', async (route) => {
            // What a stranger's page tries is left alone.
            if (!route.request().headers()['x-lab-key']) {
                return route.fallback();
            }
            const response = KIND === 'answers' ? await route.fetch({ maxRedirects: 0 }).catch(() => null) : undefined;
            await late();
            // The page may be gone meanwhile.
            const end = response === null ? route.abort() : response ? route.fulfill({ response }) : route.continue();
            return end.catch(() => {});
        });
    }
}
