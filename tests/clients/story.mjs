// What a bot does, checked with any client.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { begin, call, check, counts, finish, hooks, how, info, same, say, until } from './expect.mjs';

/// What a client is for the story: the scripts fill in the functions and collect what arrives.
export class bot {
    messages = [];    // { id, channel, text, own }
    packets = [];     // { shard, sequence }: all dispatches, in their order
    answers = [];     // { id, command, word }: interactions whose answer Discord took
    complaints = [];  // errors and warnings of the client itself
}

export const commands = ['answer', 'later'].map(name => ({
    type: 1,
    name,
    description: `The command ${name}`,
    options: [{ type: 3, name: 'word', description: 'A word', required: true }],
}));
// Below a subcommand, with somebody who has to come along.
commands.push({
    type: 1,
    name: 'person',
    description: 'The command person',
    options: [
        {
            type: 1,
            name: 'named',
            description: 'By name',
            options: [{ type: 6, name: 'word', description: 'Somebody', required: true }],
        },
    ],
});

// What went wrong, and in which function of the client.
const where = thrown => String(thrown.stack ?? thrown).split('\n', 2).join('');

/// Runs answer(), and keeps either that it was taken or why it was not.
export async function answering(client, id, command, word, answer) {
    try {
        await answer();
        client.answers.push({ id, command, word });
    } catch (failed) {
        client.complaints.push(`the answer to /${command}: ${where(failed)}`);
    }
}

const shardOf = guild => Number((BigInt(guild) >> 22n) % BigInt(how.shards));
// A guild for each shard, and its first channel.
const places = [...Array(how.shards).keys()].map(shard => {
    const guild = info.guilds.find(each => shardOf(each.id) === shard);
    return { shard, guild: guild.id, channel: guild.channels[0].id };
});
const byId = (a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1);

async function guilds(client) {
    const wanted = info.guilds
        .map(each => ({
            id: each.id,
            name: each.name,
            shard: shardOf(each.id),
            channels: each.channels.map(one => one.id).sort(),
        }))
        .sort(byId);
    await until(async () => (await client.guilds()).length === wanted.length, 'not all guilds came');
    const got = await client.guilds();
    for (const each of got) each.channels.sort();
    same(got.sort(byId), wanted, 'guilds');
}

async function hears(client) {
    for (const { guild, channel, shard } of places) {
        const text = `words for shard ${shard} – with ünïcödé 🌧`;
        const told = await say(guild, channel, text);
        const is = each => (told ? each.id === told.id && each.text === text : !each.own && each.text !== '');
        await until(() => client.messages.some(is), 'the message did not arrive with its content');
    }
}

async function sends(client) {
    for (const { channel, shard } of places) {
        const text = `from shard ${shard}`;
        const { id } = await client.send(channel, text);
        const event = await until(() => client.messages.find(each => each.id === id), 'it did not come back');
        same(event, { id, channel, text, own: true }, 'the event');
    }
}

async function answers(client, typed, person) {
    const [command] = typed.split(' ');
    for (const { guild, channel, shard } of places) {
        const before = (await counts()).commands_answered;
        const word = person ?? `word${shard}`;
        const told = await call(guild, channel, typed, { word });
        const is = each => each.command === command && each.word && (!told || (each.id === told.id && each.word === word));
        await until(
            () => client.answers.some(is),
            () => `no answer was taken; ${client.complaints.at(-1) ?? 'the call did not arrive'}`);
        await until(async () => told === null || (await counts()).commands_answered > before, 'the sandbox saw no answer');
    }
    same((await counts()).answered_twice, 0, 'answered twice');
}

async function resumes(client) {
    const before = await counts();
    const texts = places.map(({ shard }) => `said while shard ${shard} was away`);
    const said = places.flatMap(({ guild, channel }, i) => [guild, channel, texts[i]]);
    // Blocks our loop, and so the client: it can't be back before the words are said.
    const script = fileURLToPath(new URL('while_cut.mjs', import.meta.url));
    const told = execFileSync(process.execPath, [script, hooks, ...said], { encoding: 'utf8' }).trim() === 'true';
    let now;
    await until(
        async () => (now = await counts()).resumes === before.resumes + how.shards,
        () => `${now.resumes - before.resumes} of ${how.shards} resumed, ${now.resumes_refused - before.resumes_refused} refused`);
    same(now.identifies, before.identifies, 'identifies');
    if (now.events_replayed === before.events_replayed) throw new Error('nothing was replayed');
    for (const text of told ? texts : [])
        await until(() => client.messages.some(each => each.text === text), `"${text}" is missing`);
    for (const { channel, shard } of places) {
        const { id } = await client.send(channel, 'back');
        await until(() => client.messages.some(each => each.id === id), 'no events after the resume');
        const numbers = client.packets.filter(each => each.shard === shard).map(each => each.sequence);
        same(numbers, numbers.map((_, i) => i + 1), 'the sequence numbers');
    }
}

async function members(client) {
    for (const { guild } of places) {
        const got = await client.members(guild);
        if (!(got > 5)) throw new Error(`${got} members and not five people and the bot`);
    }
}

export async function story(name, client) {
    begin(name);
    // What a client can't digest is thrown out of its event handlers.
    process.on('uncaughtException', thrown => client.complaints.push(where(thrown)));
    if (!(await check('logs in and is ready', () => client.login()))) finish();
    await check('has every guild with its channels, each on its shard', () => guilds(client));
    await check('hears what a person says', () => hears(client));
    await check('sends a message and hears it', () => sends(client));
    await check('registers commands', () => client.register(commands));
    await check('answers a command', () => answers(client, 'answer'));
    await check('answers a command later', () => answers(client, 'later'));
    // Who calls is alice, and so is there.
    await check('answers a subcommand that names a person', () => answers(client, 'person named', 'alice'));
    await check('resumes after a cut without missing an event', () => resumes(client));
    if (client.members) await check('gets the members of a guild', () => members(client));
    await check('has nothing to complain about', async () => same([...new Set(client.complaints)], [], 'it said'));
    finish();
}
