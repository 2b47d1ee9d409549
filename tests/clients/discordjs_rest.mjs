import { DiscordAPIError, REST } from '@discordjs/rest';

import { begin, check, counts, finish, how, info, same } from './expect.mjs';
import { commands } from './story.mjs';

const options = { api: how.api.replace(/\/v10$/, ''), version: '10', rejectOnRateLimit: null };
const rest = new REST(options).setToken(info.token);
const [guild] = info.guilds;
const [channel, , quiet] = guild.channels;
const messages = `/channels/${channel.id}/messages`;

// What a request that Discord refuses has to fail with.
async function refused(request, status, code) {
    const failed = await request.then(() => null, error => error);
    if (!(failed instanceof DiscordAPIError)) throw new Error(`it failed with: ${failed?.message ?? 'nothing'}`);
    same([failed.status, failed.code], [status, code], 'status and code');
}

begin('@discordjs/rest');
let me;
await check('learns who it is and where the gateway is', async () => {
    me = await rest.get('/users/@me');
    same(me.bot, true, 'bot');
    const { url, session_start_limit: limit } = await rest.get('/gateway/bot');
    same(url, how.tls ? info.gateway : info.plain.gateway, 'the url');
    if (!(limit.remaining > 0)) throw new Error('no session starts are left');
});
await check('reads a guild and its channels', async () => {
    same((await rest.get(`/guilds/${guild.id}`)).name, guild.name, 'the name');
    const got = await rest.get(`/guilds/${guild.id}/channels`);
    same(got.map(each => each.id).sort(), guild.channels.map(each => each.id).sort(), 'channels');
});
await check('registers commands and reads them', async () => {
    const path = `/applications/${me.id}/commands`;
    const made = await rest.put(path, { body: commands });
    same(await rest.get(path), made, 'commands');
    same(made.map(each => each.name), commands.map(each => each.name), 'names');
});
await check('sends, reads, edits and deletes a message', async () => {
    const sent = await rest.post(messages, { body: { content: 'first' } });
    same((await rest.get(`${messages}/${sent.id}`)).content, 'first', 'read');
    const edited = await rest.patch(`${messages}/${sent.id}`, { body: { content: 'second' } });
    same([edited.id, edited.content], [sent.id, 'second'], 'edited');
    await rest.delete(`${messages}/${sent.id}`);
    await refused(rest.get(`${messages}/${sent.id}`), 404, 10008);
});
await check('sends a file with a message', async () => {
    const files = [{ name: 'a.txt', data: 'some text', contentType: 'text/plain' }];
    const sent = await rest.post(messages, { body: { content: 'see' }, files });
    same([sent.content, sent.attachments.map(each => each.filename)], ['see', ['a.txt']], 'the message');
});
await check('reads why a request was refused', async () => {
    await refused(rest.get('/channels/1'), 404, 10003);
    await refused(rest.post(messages, { body: { content: '' } }), 400, 50006);
    await refused(rest.post(messages, { body: { content: 'x'.repeat(2001) } }), 400, 50035);
    await refused(new REST(options).setToken('wrong').get('/users/@me'), 401, 0);
});
await check('keeps the limits that it is told', async () => {
    const before = await counts();
    const sent = [...Array(7).keys()].map(i => rest.post(`/channels/${quiet.id}/messages`, { body: { content: `${i}` } }));
    same((await Promise.all(sent)).map(each => each.content), ['0', '1', '2', '3', '4', '5', '6'], 'in their order');
    same((await counts()).too_many_requests, before.too_many_requests, '429s');
});
finish();
