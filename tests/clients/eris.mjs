import { Agent } from 'node:https';

import { Client } from 'eris';

import { how, info, same, until } from './expect.mjs';
import { answering, bot, story } from './story.mjs';

const { hostname, pathname, port } = new URL(how.api);
const client = new Client(`Bot ${info.token}`, {
    intents: ['guilds', 'guildMembers', 'guildMessages', 'messageContent'],
    maxShards: 'auto',
    compress: how.compression !== null,
    // It knows a host but no port, and only https; its agent knows the port.
    rest: { domain: hostname, baseURL: pathname, agent: new Agent({ port, keepAlive: true }) },
});
const own = new bot();

client.on('rawWS', ({ op, s }, shard) => op === 0 && own.packets.push({ shard, sequence: s }));
// Its word for a lost connection, which is what the test is about, is an error too.
client.on('error', error => /reset by peer/.test(error.message) || own.complaints.push(error.message));
client.on('warn', warning => own.complaints.push(String(warning)));
client.on('messageCreate', what =>
    own.messages.push({ id: what.id, channel: what.channel.id, text: what.content, own: what.author.id === client.user.id }));
client.on('interactionCreate', what => {
    const { name } = what.data;
    const options = name === 'person' ? what.data.options[0].options : what.data.options;
    const value = options?.find(each => each.name === 'word')?.value;
    const word = name === 'person' ? what.data.resolved.users.get(value).username : value;
    return answering(own, what.id, name, word, async () => {
        if (name !== 'later') return what.createMessage(word);
        await what.defer();
        same((await what.editOriginalMessage(word)).content, word, 'the answer');
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
own.send = (channel, text) => client.createMessage(channel, text);
own.register = async commands => {
    const made = await client.bulkEditCommands(commands);
    same(made.map(each => each.name), commands.map(each => each.name), 'commands');
};
own.members = async guild => (await client.guilds.get(guild).fetchMembers({ timeout: 5000 })).length;
await story('eris', own);
