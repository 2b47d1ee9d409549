// What an event costs a client that others wrote, with its own habits: `node peer.mjs CLIENT URL TRANSPORT EVENTS`
// prints CPU microseconds an event, from READY to the last one of a stream. For tests/bench.
import { createServer } from 'node:http';

const [, , name, url, transport, count] = process.argv;
const compression = transport === 'none' ? null : transport;
const last = Number(count);
let begun = null;

// Sequence numbers rise by one, READY being 1.
function heard(sequence) {
    if (sequence === 1) begun = process.cpuUsage();
    if (sequence < last || begun === null) return;
    const { user, system } = process.cpuUsage(begun);
    console.log((user + system) / last);
    process.exit(0);
}

// All that they ask REST for before they connect.
const answers = { url, shards: 1, session_start_limit: { total: 1000, remaining: 1000, reset_after: 1e6, max_concurrency: 1 } };
const rest = createServer((_, answer) => {
    answer.setHeader('content-type', 'application/json');
    answer.end(JSON.stringify(answers));
});
await new Promise(done => rest.listen(0, '127.0.0.1', done));
const api = `http://127.0.0.1:${rest.address().port}/api`;
const intents = 0x1ffff;

const clients = {
    async discordjs_ws() {
        const { REST } = await import('@discordjs/rest');
        const { WebSocketManager, WebSocketShardEvents } = await import('@discordjs/ws');
        const manager = new WebSocketManager({ token: 'x', intents, compression, rest: new REST({ api, version: '10' }).setToken('x') });
        manager.on(WebSocketShardEvents.Dispatch, ({ data }) => heard(data.s));
        await manager.connect();
    },
    async discordjs() {
        const { Client, Events, SimpleShardingStrategy } = await import('discord.js');
        const client = new Client({
            intents,
            rest: { api },
            ws: {
                buildStrategy: manager => {
                    manager.options.compression = compression;
                    return new SimpleShardingStrategy(manager);
                },
            },
        });
        client.on(Events.Raw, ({ s }) => heard(s));
        await client.login('x');
    },
    async eris() {
        const { Client } = await import('eris');
        const client = new Client('Bot x', { intents, maxShards: 1, compress: compression !== null });
        client.getBotGateway = async () => answers;
        client.on('rawWS', ({ op, s }) => op === 0 && heard(s));
        client.on('error', () => {});
        await client.connect();
    },
    async oceanic() {
        const { Client } = await import('oceanic.js');
        const client = new Client({
            auth: 'Bot x',
            rest: { baseURL: `${api}/v10` },
            gateway: { intents, maxShards: 1, concurrency: 1, compress: compression ?? false },
        });
        client.on('packet', ({ s }) => heard(s));
        client.on('error', () => {});
        await client.connect();
    },
};
await clients[name]();
