// What every script here needs: where the sandbox is, checks that end, and the sandbox's hooks for tests.
// usage: node CLIENT.mjs INFO_FILE plain|tls SHARDS COMPRESSION
import { readFileSync } from 'node:fs';

const [infoFile, safety, shards, compression] = process.argv.slice(2);
export const info = JSON.parse(readFileSync(infoFile, 'utf8'));
export const how = {
    tls: safety === 'tls',
    shards: Number(shards),
    /// The name of a compression, or null.
    compression: compression === 'none' ? null : compression,
    api: safety === 'tls' ? info.api : info.plain.api,
};
/// The hooks are asked without TLS, so that a client's trouble with certificates is the client's alone.
export const hooks = new URL('/sandbox/', info.plain.api).href;

const patience = 12_000;
let title = '';
let failures = 0;

export function begin(client) {
    const shape = `${how.shards} shard${how.shards === 1 ? '' : 's'}, ${how.compression ?? 'no compression'}`;
    title = `${client} (${safety}, ${shape})`;
}

/// Waits until condition() is truthy and returns that; says what() when it never is.
export async function until(condition, what) {
    const end = Date.now() + patience;
    for (;;) {
        const got = await condition();
        if (got) return got;
        if (Date.now() >= end) throw new Error(typeof what === 'function' ? what() : what);
        await new Promise(done => setTimeout(done, 10));
    }
}

export function same(got, wanted, what) {
    const [have, want] = [JSON.stringify(got), JSON.stringify(wanted)];
    if (have !== want) throw new Error(`${what}: ${have} and not ${want}`);
}

/// One line of the account. A check that never comes back fails as well.
export async function check(rule, body) {
    let timer;
    const late = new Promise((_, fail) => {
        timer = setTimeout(() => fail(new Error('no answer')), patience + 3000);
    });
    try {
        await Promise.race([body(), late]);
        console.log(`ok ${title}: ${rule}`);
        return true;
    } catch (failed) {
        ++failures;
        const causes = [];
        for (let each = failed; each; each = each.cause) causes.push(String(each.message ?? each));
        console.log(`FAILED ${title}: ${rule}: ${causes.join(': ').replace(/\s+/g, ' ')}`);
        return false;
    } finally {
        clearTimeout(timer);
    }
}

/// Ends the process, whatever a client keeps open.
export function finish() {
    process.exit(failures === 0 ? 0 : 1);
}

async function post(hook, body) {
    const headers = { 'content-type': 'application/json' };
    const got = await fetch(hooks + hook, { method: 'POST', headers, body: JSON.stringify(body) });
    return got.status === 200 ? got.json() : null;
}

export const counts = async () => (await fetch(hooks + 'counts')).json();
/// A person says the text: the message. Null when the sandbox can't be told; then people speak on their own.
export const say = (guild, channel, text) => post('say', { guild, channel, text, as: 'alice' });
/// A person calls the command: its interaction's id, or null as above.
export const call = (guild, channel, command, options) =>
    post('call', { command, guild, channel, options, as: 'alice' });
