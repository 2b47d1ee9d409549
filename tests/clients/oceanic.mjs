import { Client } from 'oceanic.js';

import { how, info, same, until } from './expect.mjs';
import { answering, bot, story } from './story.mjs';

// "zlib-stream/pako" is the compression and the library for it.
const [compress, compressLibrary] = how.compression?.split('/') ?? [false];
const client = new Client({
    auth: `Bot ${info.token}`,
    rest: { baseURL: how.api },
    gateway: {
        intents: ['GUILDS', 'GUILD_MEMBERS', 'GUILD_MESSAGES', 'MESSAGE_CONTENT'],
        maxShards: 'auto',
        compress,
        compressLibrary,
    },
});
const own = new bot();

client.on('packet', ({ s }, shard) => own.packets.push({ shard, sequence: s }));
// Its word for a lost connection, which is what the test is about, is an error too.
client.on('error', error => /reset by peer/.test(error.message ?? error) || own.complaints.push(error.message ?? error));
client.on('warn', warning => own.complaints.push(String(warning)));
client.on('messageCreate', what =>
    own.messages.push({ id: what.id, channel: what.channelID, text: what.content, own: what.author.id === client.user.id }));
client.on('interactionCreate', what => {
    const isPerson = what.data.name === 'person';
    const word = isPerson ? what.data.options.getUser('word').username : what.data.options.getString('word');
    return answering(own, what.id, what.data.name, word, async () => {
        if (what.data.name !== 'later') return what.createMessage({ content: word });
        await what.defer();
        same((await what.editOriginal({ content: word })).content, word, 'the answer');
        same((await what.getOriginal()).content, word, 'the answer');
        await what.createFollowup({ content: 'and more' });
    });
});

own.login = async () => {
    let ready = false;
    client.once('ready', () => (ready = true));
    await client.connect();
    await until(() => ready, 'never ready');
    same(client.shards.size, how.shards, 'shards');
};
own.guilds = () =>
    client.guilds.map(each => ({
        id: each.id,
        name: each.name,
        shard: each.shard.id,
        channels: each.channels.map(one => one.id),
    }));
own.send = (channel, content) => client.rest.channels.createMessage(channel, { content });
own.register = async commands => {
    const made = await client.application.bulkEditGlobalCommands(commands);
    same(made.map(each => each.name), commands.map(each => each.name), 'commands');
};
own.members = async guild => (await client.guilds.get(guild).fetchMembers({ timeout: 5000 })).length;
await story('oceanic.js', own);
