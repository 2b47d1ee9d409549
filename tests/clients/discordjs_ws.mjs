import { REST } from '@discordjs/rest';
import { WebSocketManager, WebSocketShardEvents } from '@discordjs/ws';

import { how, info, same, until } from './expect.mjs';
import { answering, bot, story } from './story.mjs';

const rest = new REST({ api: how.api.replace(/\/v10$/, ''), version: '10' }).setToken(info.token);
const manager = new WebSocketManager({
    token: info.token,
    intents: (1 << 0) | (1 << 1) | (1 << 9) | (1 << 15),
    compression: how.compression,
    rest,
});
const own = new bot();
const guilds = new Map();
const ready = new Map();
const chunks = [];
const compressions = new Set();

async function interaction({ id, token, application_id: application, data }) {
    const options = data.name === 'person' ? data.options[0].options : data.options;
    const value = options?.find(each => each.name === 'word')?.value;
    const word = data.name === 'person' ? data.resolved.users[value].username : value;
    const callback = body => rest.post(`/interactions/${id}/${token}/callback`, { body, auth: false });
    await answering(own, id, data.name, word, async () => {
        if (data.name !== 'later') return callback({ type: 4, data: { content: word } });
        await callback({ type: 5 });
        await rest.patch(`/webhooks/${application}/${token}/messages/@original`, { body: { content: word }, auth: false });
    });
}

// It only tells this way whether it compresses, and goes on without when it can't.
manager.on(WebSocketShardEvents.Debug, ({ message }) => {
    const [, used] = message.match(/^\s*compression: (\S+)$/m) ?? [];
    if (used) compressions.add(used);
});
manager.on(WebSocketShardEvents.Error, ({ error }) => own.complaints.push(error.message));
manager.on(WebSocketShardEvents.Dispatch, ({ data: { t: type, s: sequence, d: data }, shardId: shard }) => {
    own.packets.push({ shard, sequence });
    if (type === 'READY') ready.set(shard, data);
    if (type === 'GUILD_CREATE') guilds.set(data.id, { shard, ...data });
    if (type === 'GUILD_MEMBERS_CHUNK') chunks.push(data);
    if (type === 'INTERACTION_CREATE') interaction(data);
    if (type === 'MESSAGE_CREATE')
        own.messages.push({
            id: data.id,
            channel: data.channel_id,
            text: data.content,
            own: data.author.id === ready.get(shard).user.id,
        });
});

own.login = async () => {
    await manager.connect();
    await until(() => ready.size === how.shards, () => `${ready.size} of ${how.shards} shards are ready`);
    same([...compressions], [how.compression ?? 'none'], 'compression');
    for (const [shard, data] of ready) same(data.shard, [shard, how.shards], 'the shard of READY');
};
own.guilds = () =>
    [...guilds.values()].map(({ id, name, shard, channels }) => ({ id, name, shard, channels: channels.map(one => one.id) }));
own.send = (channel, content) => rest.post(`/channels/${channel}/messages`, { body: { content } });
own.register = async commands => {
    const made = await rest.put(`/applications/${ready.get(0).application.id}/commands`, { body: commands });
    same(made.map(each => each.name), commands.map(each => each.name), 'commands');
};
own.members = async guild => {
    const { shard } = guilds.get(guild);
    await manager.send(shard, { op: 8, d: { guild_id: guild, query: '', limit: 0, nonce: guild } });
    const got = await until(() => chunks.find(each => each.nonce === guild), 'no GUILD_MEMBERS_CHUNK came');
    same([got.guild_id, got.chunk_index, got.chunk_count], [guild, 0, 1], 'the chunk');
    return got.members.length;
};
await story('@discordjs/ws', own);
