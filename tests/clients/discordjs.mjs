import { Client, Events, GatewayIntentBits, SimpleShardingStrategy } from 'discord.js';

import { how, info, same, until } from './expect.mjs';
import { answering, bot, story } from './story.mjs';

const { Guilds, GuildMembers, GuildMessages, MessageContent } = GatewayIntentBits;
const client = new Client({
    intents: [Guilds, GuildMembers, GuildMessages, MessageContent],
    shards: 'auto',
    // It appends the version itself.
    rest: { api: how.api.replace(/\/v10$/, '') },
    ws: {
        // It compresses whenever zlib-sync is there; only its strategy can be told not to.
        buildStrategy: manager => {
            manager.options.compression = how.compression;
            return new SimpleShardingStrategy(manager);
        },
    },
});
const own = new bot();

client.on(Events.Raw, ({ s }, shard) => own.packets.push({ shard, sequence: s }));
client.on(Events.Error, error => own.complaints.push(error.message));
client.on(Events.ShardError, error => own.complaints.push(error.message));
client.on(Events.Warn, warning => own.complaints.push(warning));
client.on(Events.MessageCreate, what =>
    own.messages.push({ id: what.id, channel: what.channelId, text: what.content, own: what.author.id === client.user.id }));
client.on(Events.InteractionCreate, what => {
    const isPerson = what.commandName === 'person';
    const word = isPerson ? what.options.getUser('word').username : what.options.getString('word');
    return answering(own, what.id, what.commandName, word, async () => {
        if (what.commandName !== 'later') {
            const { resource } = await what.reply({ content: word, withResponse: true });
            return same(resource.message.content, word, 'the answer');
        }
        await what.deferReply();
        await what.editReply(word);
        same((await what.fetchReply()).content, word, 'the answer');
        await what.followUp('and more');
    });
});

own.login = async () => {
    await client.login(info.token);
    await until(() => client.isReady(), 'never ready');
    same(client.ws.shards.size, how.shards, 'shards');
};
own.guilds = () =>
    client.guilds.cache.map(each => ({
        id: each.id,
        name: each.name,
        shard: each.shardId,
        channels: each.channels.cache.map(one => one.id),
    }));
own.send = async (channel, text) => (await client.channels.fetch(channel)).send(text);
own.register = async commands => {
    const made = await client.application.commands.set(commands);
    same(made.map(each => each.name), commands.map(each => each.name), 'commands');
};
own.members = async guild => (await client.guilds.cache.get(guild).members.fetch({ time: 5000 })).size;
await story('discord.js', own);
