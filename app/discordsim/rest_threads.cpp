// Discord Docs/Threads, and the thread routes of Discord Docs/Channel.
#include "discord/intents.hpp"
#include "discordsim/rest.hpp"

#include <algorithm>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

// "Message Flags": HAS_THREAD.
constexpr std::uint64_t flag_has_thread = 1U << 5;
// "Message Types": THREAD_STARTER_MESSAGE.
constexpr int type_thread_starter = 21;

channel make_thread(const call& got, const channel& parent, discord::snowflake id, int type)
{
    const json::object& body = got.object();
    channel made{id, text_in(body, "name")};
    made.type = type;
    made.parent = parent.id;
    made.slowmode = number_in(body, "rate_limit_per_user").value_or(0);
    thread_part own;
    own.owner = got.all().bot.id;
    own.auto_archive_minutes = number_in(body, "auto_archive_duration").value_or(4320);
    own.created = own.archive_time = got.all().time_text(got.now);
    own.members.push_back(got.all().bot.id);
    if (body.contains("invitable"))
        own.invitable = flag_in(body, "invitable");
    made.thread = std::move(own);
    return made;
}

void announce_new(const call& got, const guild& of, const channel& made)
{
    // Discord Docs/Gateway Events, "Thread Create": `newly_created`.
    json::object event = channel_json(made, of);
    event["newly_created"] = true;
    event["member"] = thread_member_json(made, got.all().bot.id);
    got.announce("THREAD_CREATE", made.id, of.id, std::move(event));
}

// "Additional Context on Threads": the first message of a thread that a message started only
// refers to that one.
void announce_starter(const call& got, channel& in, const guild& of, const written& from)
{
    written made{got.all().new_id(got.now),   in.id, of.id, got.all().bot, "", {},
                 got.all().time_text(got.now)};
    made.type = type_thread_starter;
    made.parts["message_reference"] = {{"type", 0},
                                       {"message_id", to_string(from.id)},
                                       {"channel_id", to_string(from.channel)},
                                       {"guild_id", to_string(of.id)}};
    json::object shown = message_json(from, true);
    shown.erase("referenced_message");
    made.parts["referenced_message"] = std::move(shown);
    got.with.announce_message("MESSAGE_CREATE", got.all().keep(in, std::move(made)));
}

// "Start Thread from Message": it has the message's id.
void start_from_message(const call& got)
{
    guild* of = nullptr;
    channel* in = got.channel_at(1, &of);
    written* from = in == nullptr ? nullptr : got.message_at(3, *in, of);
    if (from == nullptr)
        return;
    if (of == nullptr || in->thread)
        return got.refuse(400, 50024, "Cannot execute action on this channel type");
    if (from->thread)
        return got.refuse(400, 160'004, "A thread has already been created for this message");
    from->thread = from->id;
    from->flags |= flag_has_thread;
    got.with.announce_message("MESSAGE_UPDATE", *from);
    const int type = in->type == channel_type::announcement ? channel_type::announcement_thread
                                                            : channel_type::public_thread;
    const written source = *from;
    channel& made = got.all().add_thread(*of, make_thread(got, *in, source.id, type));
    announce_new(got, *of, made);
    got.reply(channel_json(made, *of), 201);
    announce_starter(got, made, *of, source);
}

// "Start Thread without Message", and "Start Thread in Forum or Media Channel", which posts.
void start(const call& got)
{
    guild* of = nullptr;
    channel* in = got.channel_at(1, &of);
    if (in == nullptr)
        return;
    if (of == nullptr || in->thread || in->type == channel_type::category)
        return got.refuse(400, 50024, "Cannot execute action on this channel type");
    const bool is_forum = in->type == channel_type::forum || in->type == channel_type::media;
    // "Start Thread without Message": "type currently defaults to PRIVATE_THREAD".
    const auto type =
        is_forum ? channel_type::public_thread : number_in(got.object(), "type").value_or(12);
    if (type < channel_type::announcement_thread || type > channel_type::private_thread)
        return got.invalid("type", "BASE_TYPE_CHOICES", "Value must be one of {10, 11, 12}.");
    channel made = make_thread(got, *in, got.all().new_id(got.now), static_cast<int>(type));
    std::optional<written> first;
    if (is_forum) {
        const auto* message = got.object().if_contains("message");
        if (message == nullptr || !message->is_object())
            return got.invalid("message", "BASE_TYPE_REQUIRED", "This field is required");
        first = compose(got, message->get_object(), made, of->id, "message");
        if (!first)
            return;
        first->id = made.id;
    }
    channel& kept = got.all().add_thread(*of, std::move(made));
    announce_new(got, *of, kept);
    json::object answered = channel_json(kept, *of);
    if (first)
        answered["message"] = message_json(post(got, kept, of, std::move(*first)), true);
    got.reply(answered, 201);
}

channel* thread_at(const call& got, guild** of)
{
    channel* found = got.channel_at(1, of);
    if (found == nullptr || found->thread)
        return found;
    got.refuse(400, 50024, "Cannot execute action on this channel type");
    return nullptr;
}

// Whom the path names.
discord::snowflake who_at(const call& got)
{
    return got.path.back() == "@me" ? got.all().bot.id : got.id(got.path.size() - 1);
}

// Discord Docs/Gateway Events, "Thread Members Update".
void change_member(const call& got, bool joins)
{
    guild* of = nullptr;
    channel* in = thread_at(got, &of);
    if (in == nullptr)
        return;
    if (in->thread->archived)
        return got.refuse(400, 50083, "Thread is archived");
    const auto who = who_at(got);
    if (who != got.all().bot.id && of->find_person(who) == nullptr)
        return got.refuse(404, 10013, "Unknown User");
    auto& members = in->thread->members;
    const bool was = std::find(members.begin(), members.end(), who) != members.end();
    got.done();
    if (was == joins)
        return;
    if (joins)
        members.push_back(who);
    else
        std::erase(members, who);
    json::object event{{"id", to_string(in->id)},
                       {"guild_id", to_string(of->id)},
                       {"member_count", members.size()}};
    if (joins)
        event["added_members"] = json::array{thread_member_json(*in, who)};
    else
        event["removed_member_ids"] = json::array{to_string(who)};
    // Discord Docs/Gateway, "List of Intents": with GUILDS alone it tells of the bot only.
    const std::uint64_t intents =
        who == got.all().bot.id ? discord::intent_guilds : discord::intent_guild_members;
    got.with.announce({"THREAD_MEMBERS_UPDATE", in->id, of->id, intents, std::move(event)});
}

void add_member(const call& got)
{
    change_member(got, true);
}

void remove_member(const call& got)
{
    change_member(got, false);
}

void list_members(const call& got)
{
    guild* of = nullptr;
    const channel* in = thread_at(got, &of);
    if (in == nullptr)
        return;
    json::array all;
    for (const auto& each : in->thread->members)
        all.push_back(thread_member_json(*in, each));
    got.reply(all);
}

void get_member(const call& got)
{
    guild* of = nullptr;
    const channel* in = thread_at(got, &of);
    if (in == nullptr)
        return;
    const auto& members = in->thread->members;
    if (std::find(members.begin(), members.end(), who_at(got)) == members.end())
        return got.refuse(404, 10007, "Unknown Member");
    got.reply(thread_member_json(*in, who_at(got)));
}

template <class Filter>
json::object threads_json(const call& got, const guild& of, Filter wanted)
{
    json::array threads, members;
    for (const channel& each : of.threads) {
        if (!wanted(each))
            continue;
        threads.push_back(channel_json(each, of));
        const auto& all = each.thread->members;
        if (std::find(all.begin(), all.end(), got.all().bot.id) != all.end())
            members.push_back(thread_member_json(each, got.all().bot.id));
    }
    return {{"threads", std::move(threads)}, {"members", std::move(members)}};
}

void list_active(const call& got)
{
    if (const guild* of = got.guild_at(1); of != nullptr)
        got.reply(
            threads_json(got, *of, [](const channel& each) { return !each.thread->archived; }));
}

void list_archived(const call& got)
{
    guild* of = nullptr;
    const channel* in = got.channel_at(1, &of);
    if (in == nullptr)
        return;
    if (of == nullptr)
        return got.refuse(400, 50024, "Cannot execute action on this channel type");
    const bool is_private = got.path.back() == "private";
    json::object made = threads_json(got, *of, [&](const channel& each) {
        return each.thread->archived && each.parent == in->id &&
               (each.type == channel_type::private_thread) == is_private;
    });
    made["has_more"] = false;
    got.reply(made);
}

}  // namespace

std::span<const handling> thread_handlings()
{
    static constexpr handling all[] = {{"create_thread_from_message", start_from_message},
                                       {"create_thread", start},
                                       {"join_thread", add_member},
                                       {"leave_thread", remove_member},
                                       {"add_thread_member", add_member},
                                       {"delete_thread_member", remove_member},
                                       {"list_thread_members", list_members},
                                       {"get_thread_member", get_member},
                                       {"get_active_guild_threads", list_active},
                                       {"list_public_archived_threads", list_archived},
                                       {"list_private_archived_threads", list_archived},
                                       {"list_my_private_archived_threads", list_archived}};
    return all;
}

}  // namespace tinfoil::discordsim
