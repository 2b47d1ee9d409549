// Discord Docs/Channel, but for threads and messages.
#include "discordsim/rest.hpp"

#include <algorithm>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

json::object described(const call& got, const channel& what, const guild* of)
{
    return of != nullptr ? channel_json(what, *of) : direct_channel_json(what, got.all());
}

void get_channel(const call& got)
{
    guild* of = nullptr;
    if (const channel* in = got.channel_at(1, &of); in != nullptr)
        got.reply(described(got, *in, of));
}

void update_thread_fields(const call& got, channel& what)
{
    const json::object& body = got.object();
    thread_part& own = *what.thread;
    if (body.contains("archived")) {
        own.archived = flag_in(body, "archived");
        own.archive_time = got.all().time_text(got.now);
    }
    if (body.contains("locked"))
        own.locked = flag_in(body, "locked");
    if (body.contains("invitable"))
        own.invitable = flag_in(body, "invitable");
    own.auto_archive_minutes =
        number_in(body, "auto_archive_duration").value_or(own.auto_archive_minutes);
}

void update_channel(const call& got)
{
    guild* of = nullptr;
    channel* in = got.channel_at(1, &of);
    if (in == nullptr)
        return;
    if (of == nullptr)
        return got.refuse(403, 50003, "Cannot execute action on a DM channel");
    const json::object& body = got.object();
    if (in->thread) {
        // Discord Docs/Threads, "Editing & Deleting Threads": archived ones take nothing else.
        if (in->thread->archived && !(body.contains("archived") && !flag_in(body, "archived")))
            return got.refuse(400, 50083, "Thread is archived");
        update_thread_fields(got, *in);
    }
    update_channel_fields(body, *in);
    const json::object made = channel_json(*in, *of);
    got.announce(in->thread ? "THREAD_UPDATE" : "CHANNEL_UPDATE", in->id, of->id, made);
    got.reply(made);
}

void delete_channel(const call& got)
{
    guild* of = nullptr;
    const channel* in = got.channel_at(1, &of);
    if (in == nullptr)
        return;
    const json::object made = described(got, *in, of);
    got.reply(made);
    // "Delete/Close Channel": a direct message is only closed, and comes back with its id.
    if (of == nullptr)
        return;
    const auto id = in->id;
    if (in->thread)
        got.announce("THREAD_DELETE", id, of->id,
                     json::object{{"id", to_string(id)},
                                  {"guild_id", to_string(of->id)},
                                  {"parent_id", to_string(in->parent)},
                                  {"type", in->type}});
    else
        got.announce("CHANNEL_DELETE", id, of->id, made);
    std::vector<discord::snowflake> children;
    for (const channel& each : of->channels)
        if (each.parent == id)
            children.push_back(each.id);
    got.all().remove_channel(*of, id);
    // "Delete/Close Channel": a category leaves its channels without a parent.
    for (channel& each : of->channels)
        if (std::find(children.begin(), children.end(), each.id) != children.end())
            got.announce("CHANNEL_UPDATE", each.id, of->id, channel_json(each, *of));
}

void announce_channel(const call& got, const guild& of, const channel& what)
{
    got.announce("CHANNEL_UPDATE", what.id, of.id, channel_json(what, of));
}

void set_overwrite(const call& got)
{
    guild* of = nullptr;
    channel* in = got.channel_at(1, &of);
    if (in == nullptr)
        return;
    if (of == nullptr || in->thread)
        return got.refuse(400, 50024, "Cannot execute action on this channel type");
    const json::object& body = got.object();
    const overwrite made{got.id(3), number_in(body, "type").value_or(0),
                         static_cast<std::uint64_t>(number_in(body, "allow").value_or(0)),
                         static_cast<std::uint64_t>(number_in(body, "deny").value_or(0))};
    if (made.type == 0 && of->find_role(made.id) == nullptr)
        return got.refuse(404, 10009, "Unknown permission overwrite");
    std::erase_if(in->overwrites, [&](const overwrite& each) { return each.id == made.id; });
    in->overwrites.push_back(made);
    announce_channel(got, *of, *in);
    got.done();
}

void delete_overwrite(const call& got)
{
    guild* of = nullptr;
    channel* in = got.channel_at(1, &of);
    if (in == nullptr)
        return;
    if (of == nullptr || std::erase_if(in->overwrites, [&](const overwrite& each) {
                             return each.id == got.id(3);
                         }) == 0)
        return got.refuse(404, 10009, "Unknown Overwrite");
    announce_channel(got, *of, *in);
    got.done();
}

// Discord Docs/Gateway Events, "Typing Start".
void type_in(const call& got)
{
    guild* of = nullptr;
    const channel* in = got.channel_at(1, &of);
    if (in == nullptr)
        return;
    json::object event{{"channel_id", to_string(in->id)},
                       {"user_id", to_string(got.all().bot.id)},
                       {"timestamp", got.all().wall_ms(got.now) / 1000}};
    if (of != nullptr) {
        event["guild_id"] = to_string(of->id);
        event["member"] = member_json(own_member(got.all(), *of), *of);
    }
    got.announce("TYPING_START", in->id, of != nullptr ? of->id : discord::snowflake{},
                 std::move(event));
    got.done();
}

}  // namespace

void update_channel_fields(const json::object& body, channel& to)
{
    if (body.contains("name") && !text_in(body, "name").empty())
        to.name = text_in(body, "name");
    if (body.contains("topic"))
        to.topic = text_in(body, "topic");
    if (body.contains("nsfw"))
        to.nsfw = flag_in(body, "nsfw");
    if (body.contains("parent_id"))
        to.parent = id_in(body, "parent_id");
    to.position = number_in(body, "position").value_or(to.position);
    to.slowmode = number_in(body, "rate_limit_per_user").value_or(to.slowmode);
    to.bitrate = number_in(body, "bitrate").value_or(to.bitrate);
    to.user_limit = number_in(body, "user_limit").value_or(to.user_limit);
    if (const auto flags = number_in(body, "flags"))
        to.flags = static_cast<std::uint64_t>(*flags);
    const auto* overwrites = list_in(body, "permission_overwrites");
    if (overwrites == nullptr)
        return;
    to.overwrites.clear();
    for (const auto& each : *overwrites)
        if (each.is_object())
            to.overwrites.push_back(
                {id_in(each.get_object(), "id"), number_in(each.get_object(), "type").value_or(0),
                 static_cast<std::uint64_t>(number_in(each.get_object(), "allow").value_or(0)),
                 static_cast<std::uint64_t>(number_in(each.get_object(), "deny").value_or(0))});
}

std::span<const handling> channel_handlings()
{
    static constexpr handling all[] = {{"get_channel", get_channel},
                                       {"update_channel", update_channel},
                                       {"delete_channel", delete_channel},
                                       {"set_channel_permission_overwrite", set_overwrite},
                                       {"delete_channel_permission_overwrite", delete_overwrite},
                                       {"trigger_typing_indicator", type_in}};
    return all;
}

}  // namespace tinfoil::discordsim
