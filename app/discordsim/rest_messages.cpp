// Discord Docs/Message.
#include "discordsim/message_checks.hpp"
#include "discordsim/rest.hpp"

#include <algorithm>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

// Discord Docs/Reference, "Uploading Files": 10 MiB for each file.
constexpr std::size_t file_bytes_max = 10U << 20;
// "Create Message", enforce_nonce: "the past few minutes".
constexpr duration nonce_memory = std::chrono::minutes(3);
constexpr duration bulk_age_max = std::chrono::hours(14 * 24);
// "Message Flags" that whoever posts may set; EPHEMERAL is for interactions alone.
constexpr std::uint64_t flag_without_embeds = 1U << 2;
constexpr std::uint64_t flags_allowed = flag_without_embeds | (1U << 12) | flag_components;
constexpr std::uint64_t flag_crossposted = 1U << 0;
constexpr int type_pin = 6;

// What bodies have besides content goes into the message as it came, with what Discord adds.
void take_parts(const call& got, const json::object& body, written& to)
{
    if (const auto* embeds = list_in(body, "embeds"); embeds != nullptr) {
        json::array made;
        for (const auto& each : *embeds)
            if (each.is_object()) {
                json::object embed = each.get_object();
                embed["type"] = "rich";
                made.push_back(std::move(embed));
            }
        to.parts["embeds"] = std::move(made);
    }
    if (const auto* components = list_in(body, "components"); components != nullptr)
        to.parts["components"] = *components;
    if (const auto* nonce = body.if_contains("nonce"); nonce != nullptr && !nonce->is_null())
        to.parts["nonce"] = *nonce;
    const auto* described = list_in(body, "attachments");
    if (got.files.empty() && described == nullptr)
        return;
    json::array made;
    const auto* earlier = to.parts.if_contains("attachments");
    // "Edit Message": those that are to stay are named by their ids, all others go.
    if (earlier != nullptr && earlier->is_array())
        for (const auto& each : earlier->get_array())
            if (described == nullptr ||
                std::any_of(described->begin(), described->end(), [&](const auto& one) {
                    return one.is_object() &&
                           id_in(one.get_object(), "id") == id_in(each.as_object(), "id");
                }))
                made.push_back(each);
    for (const upload& each : got.files) {
        const std::string id = to_string(got.all().new_id(got.now));
        const std::string url = "https://cdn.discordapp.com/attachments/" + to_string(to.channel) +
                                "/" + id + "/" + each.filename;
        made.push_back(json::object{{"id", id},
                                    {"filename", each.filename},
                                    {"size", each.bytes},
                                    {"url", url},
                                    {"proxy_url", url},
                                    {"content_type", each.content_type}});
    }
    to.parts["attachments"] = std::move(made);
}

// Whether Discord would take the message; if not, the answer says so.
bool fits(const call& got, const json::object& body, std::uint64_t flags, const std::string& where)
{
    form_errors wrong;
    check_message(body, flags, where, wrong);
    if (wrong.any())
        got.reply(wrong.answer(), 400);
    else if (std::any_of(got.files.begin(), got.files.end(),
                         [](const upload& each) { return each.bytes > file_bytes_max; }))
        got.refuse(413, 40005, "Request entity too large");
    return got.to.status == 0;
}

std::uint64_t flags_in(const json::object& body)
{
    return static_cast<std::uint64_t>(number_in(body, "flags").value_or(0));
}

// The message that this body was posted as a moment ago; 0: none.
discord::snowflake posted_before(const call& got, const std::string& nonce)
{
    auto& memory = got.memory;
    while (!memory.nonces_made.empty() &&
           got.now - memory.nonces_made.front().first >= nonce_memory) {
        memory.nonces.erase(memory.nonces_made.front().second);
        memory.nonces_made.pop_front();
    }
    const auto found = memory.nonces.find(nonce);
    return found == memory.nonces.end() ? discord::snowflake{} : found->second;
}

struct spot {
    channel& in;
    guild* of;
};

// "Message Reference Structure". False when that is refused.
bool takes_reference(const call& got, const json::object& body, const spot& at, written& to)
{
    const auto* reference = body.if_contains("message_reference");
    if (reference == nullptr || !reference->is_object())
        return true;
    const json::object& given = reference->get_object();
    const auto id = id_in(given, "message_id");
    const written* earlier = got.all().find_message(at.in, at.of, id);
    const auto* fails = given.if_contains("fail_if_not_exists");
    const bool may_miss = fails != nullptr && fails->is_bool() && !fails->get_bool();
    if (earlier == nullptr && may_miss)
        return true;
    // What is old is not remembered, so it may have been there.
    if (earlier == nullptr && !got.all().may_have_forgotten(at.in, id)) {
        got.invalid("message_reference", "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message");
        return false;
    }
    to.answers = id;
    if (earlier != nullptr) {
        // One step deep, or a long talk would be whole in its last message.
        json::object shown = message_json(*earlier, true);
        shown.erase("referenced_message");
        to.parts["referenced_message"] = std::move(shown);
    }
    return true;
}

void create_message(const call& got)
{
    guild* of = nullptr;
    channel* in = got.channel_at(1, &of);
    if (in == nullptr)
        return;
    if (!in->takes_messages())
        return got.refuse(400, 50008, "Cannot send messages in a non-text channel");
    const json::object& body = got.object();
    const std::string nonce = text_in(body, "nonce");
    const std::string key = to_string(in->id) + " " + nonce;
    const bool once = flag_in(body, "enforce_nonce") && !nonce.empty();
    if (const auto before = once ? posted_before(got, key) : discord::snowflake{}; before)
        if (const auto* same = got.all().find_message(*in, of, before); same != nullptr)
            return got.reply(message_json(*same, true));
    auto made = compose(got, body, *in, of != nullptr ? of->id : discord::snowflake{});
    if (!made || !takes_reference(got, body, {*in, of}, *made))
        return;
    if (once) {
        got.memory.nonces[key] = made->id;
        got.memory.nonces_made.emplace_back(got.now, key);
    }
    got.reply(message_json(post(got, *in, of, std::move(*made)), true));
}

void list_messages(const call& got)
{
    guild* of = nullptr;
    channel* in = got.channel_at(1, &of);
    std::size_t most = 0;
    if (in == nullptr || !got.limit(50, 100, most))
        return;
    if (of != nullptr)
        got.all().recall(*in, *of);
    const auto before = got.query_id("before"), after = got.query_id("after"),
               around = got.query_id("around");
    std::vector<const written*> found;
    for (const written& each : in->messages)
        if ((each.flags & flag_ephemeral) == 0 && (!before || each.id < before) &&
            (!after || after < each.id))
            found.push_back(&each);
    if (after && found.size() > most) {
        found.resize(most);
    } else if (around) {
        const auto middle = std::find_if(found.begin(), found.end(),
                                         [&](const auto* each) { return !(each->id < around); });
        const auto half = static_cast<std::ptrdiff_t>(most / 2);
        const auto first = middle - std::min(half, middle - found.begin());
        found = {first, middle + std::min(half + 1, found.end() - middle)};
    } else if (found.size() > most) {
        found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(most));
    }
    json::array all;
    for (auto each = found.rbegin(); each != found.rend(); ++each)
        all.push_back(message_json(**each, true));
    got.reply(all);
}

void get_message(const call& got)
{
    guild* of = nullptr;
    channel* in = got.channel_at(1, &of);
    const written* found = in == nullptr ? nullptr : got.message_at(3, *in, of);
    if (found != nullptr)
        got.reply(message_json(*found, true));
}

void update_message(const call& got)
{
    guild* of = nullptr;
    channel* in = got.channel_at(1, &of);
    written* found = in == nullptr ? nullptr : got.message_at(3, *in, of);
    if (found == nullptr)
        return;
    if (found->author.id != got.all().bot.id && !found->webhook)
        return got.refuse(403, 50005, "Cannot edit a message authored by another user");
    if (edit(got, got.object(), *found))
        got.reply(message_json(*found, true));
}

void delete_message(const call& got)
{
    guild* of = nullptr;
    channel* in = got.channel_at(1, &of);
    if (in == nullptr || got.message_at(3, *in, of) == nullptr)
        return;
    remove_message(got, *in, got.id(3));
    got.done();
}

void bulk_delete_messages(const call& got)
{
    guild* of = nullptr;
    channel* in = got.channel_at(1, &of);
    if (in == nullptr)
        return;
    const auto ids = ids_in(got.object(), "messages");
    // "Bulk Delete Messages": 2 to 100, none older than two weeks.
    if (ids.size() < 2 || ids.size() > 100)
        return got.refuse(400, 50016,
                          "Provided too few or too many messages to delete. Must provide at least "
                          "2 and fewer than 100 messages to delete");
    const auto oldest = got.all().wall_ms(got.now) -
                        std::chrono::duration_cast<std::chrono::milliseconds>(bulk_age_max).count();
    json::array gone;
    for (const auto& each : ids) {
        if (static_cast<std::int64_t>(each.created_ms()) < oldest)
            return got.refuse(400, 50034, "A message provided was too old to bulk delete");
    }
    for (const auto& each : ids)
        if (got.all().find_message(*in, of, each) != nullptr) {
            std::erase_if(in->messages, [&](const written& one) { return one.id == each; });
            gone.push_back(json::value(to_string(each)));
        }
    got.done();
    if (gone.empty())
        return;
    json::object event{{"ids", std::move(gone)}, {"channel_id", to_string(in->id)}};
    if (of != nullptr)
        event["guild_id"] = to_string(of->id);
    got.announce("MESSAGE_DELETE_BULK", ids.front(), of != nullptr ? of->id : discord::snowflake{},
                 std::move(event));
}

void crosspost_message(const call& got)
{
    guild* of = nullptr;
    channel* in = got.channel_at(1, &of);
    written* found = in == nullptr ? nullptr : got.message_at(3, *in, of);
    if (found == nullptr)
        return;
    if (in->type != channel_type::announcement)
        return got.refuse(400, 50024, "Cannot execute action on this channel type");
    if ((found->flags & flag_crossposted) != 0)
        return got.refuse(400, 40033, "This message has already been crossposted");
    found->flags |= flag_crossposted;
    got.with.announce_message("MESSAGE_UPDATE", *found);
    got.reply(message_json(*found, true));
}

void set_pinned(const call& got, bool pinned)
{
    guild* of = nullptr;
    channel* in = got.channel_at(1, &of);
    // The older path has one part less.
    written* found = in == nullptr ? nullptr : got.message_at(got.path.size() - 1, *in, of);
    if (found == nullptr)
        return;
    got.done();
    if (found->pinned == pinned)
        return;
    found->pinned = pinned;
    const written changed = *found;
    if (pinned)
        in->last_pin = got.all().time_text(got.now);
    json::object event{{"channel_id", to_string(in->id)},
                       {"last_pin_timestamp",
                        in->last_pin.empty() ? json::value(nullptr) : json::value(in->last_pin)}};
    if (of != nullptr)
        event["guild_id"] = to_string(of->id);
    got.with.announce_message("MESSAGE_UPDATE", changed);
    got.announce("CHANNEL_PINS_UPDATE", in->id, changed.guild, std::move(event));
    if (!pinned)
        return;
    written notice{
        got.all().new_id(got.now),   in->id, changed.guild, got.all().bot, "", changed.id,
        got.all().time_text(got.now)};
    notice.type = type_pin;
    got.with.announce_message("MESSAGE_CREATE", got.all().keep(*in, std::move(notice)));
}

void create_pin(const call& got)
{
    set_pinned(got, true);
}

void delete_pin(const call& got)
{
    set_pinned(got, false);
}

std::vector<const written*> pins_of(const channel& in)
{
    std::vector<const written*> found;
    for (auto each = in.messages.rbegin(); each != in.messages.rend(); ++each)
        if (each->pinned)
            found.push_back(&*each);
    return found;
}

void list_pins(const call& got)
{
    guild* of = nullptr;
    const channel* in = got.channel_at(1, &of);
    if (in == nullptr)
        return;
    json::array all;
    for (const written* each : pins_of(*in))
        all.push_back(
            json::object{{"pinned_at", in->last_pin}, {"message", message_json(*each, true)}});
    got.reply(json::object{{"items", std::move(all)}, {"has_more", false}});
}

void deprecated_list_pins(const call& got)
{
    guild* of = nullptr;
    const channel* in = got.channel_at(1, &of);
    if (in == nullptr)
        return;
    json::array all;
    for (const written* each : pins_of(*in))
        all.push_back(message_json(*each, true));
    got.reply(all);
}

}  // namespace

std::optional<written> compose(const call& got, const json::object& body, const channel& in,
                               discord::snowflake guild, const std::string& where)
{
    const std::uint64_t flags = flags_in(body) & flags_allowed;
    if (!fits(got, body, flags, where))
        return std::nullopt;
    if (!shows_anything(body) && got.files.empty()) {
        got.refuse(400, 50006, "Cannot send an empty message");
        return std::nullopt;
    }
    world& all = got.all();
    written made{all.new_id(got.now),   in.id, guild, all.bot, text_in(body, "content"), {},
                 all.time_text(got.now)};
    made.flags = flags;
    made.mentioned = all.mentioned_in(made.content, all.find_guild(guild));
    take_parts(got, body, made);
    return made;
}

void show(const call& got, const guild* of, const channel& in, const written& what,
          discord::snowflake settles)
{
    const auto took = settles ? got.with.witness.answered(settles, got.now) : std::nullopt;
    happening seen;
    seen.what = settles ? happening::kind::answered : happening::kind::said;
    seen.guild = of != nullptr ? of->name : "direct message";
    seen.channel = in.name;
    seen.who = what.author.name;
    seen.text = what.content;
    seen.id = settles ? settles : what.id;
    seen.place = in.id;
    if (took)
        seen.after_ms = static_cast<int>(*took / std::chrono::milliseconds(1));
    got.todo.emplace_back(told{std::move(seen)});
}

written& post(const call& got, channel& in, guild* of, written what, discord::snowflake settles)
{
    if (!settles)
        settles = what.answers;
    show(got, of, in, what, settles);
    if (in.thread)
        ++in.thread->messages;
    written& kept = got.all().keep(in, std::move(what));
    if ((kept.flags & flag_ephemeral) == 0)
        got.with.announce_message("MESSAGE_CREATE", kept);
    return kept;
}

bool edit(const call& got, const json::object& body, written& what, const std::string& where)
{
    written next = what;
    // "Edit Message": embeds are hidden and shown again; components once, and for good.
    const std::uint64_t wanted = flags_in(body);
    next.flags |= wanted & flag_components;
    if (body.contains("flags"))
        next.flags = (next.flags & ~flag_without_embeds) | (wanted & flag_without_embeds);
    if (!fits(got, body, next.flags, where))
        return false;
    if (body.contains("content"))
        next.content = text_in(body, "content");
    next.mentioned = got.all().mentioned_in(next.content, got.all().find_guild(what.guild));
    take_parts(got, body, next);
    json::object shown = next.parts;
    shown["content"] = next.content;
    if (!shows_anything(shown)) {
        got.refuse(400, 50006, "Cannot send an empty message");
        return false;
    }
    next.edited = got.all().time_text(got.now);
    what = std::move(next);
    if ((what.flags & flag_ephemeral) == 0)
        got.with.announce_message("MESSAGE_UPDATE", what);
    return true;
}

void remove_message(const call& got, channel& in, discord::snowflake which)
{
    guild* of = nullptr;
    static_cast<void>(got.all().find_channel(in.id, &of));
    std::erase_if(in.messages, [&](const written& each) { return each.id == which; });
    json::object event{{"id", to_string(which)}, {"channel_id", to_string(in.id)}};
    if (of != nullptr)
        event["guild_id"] = to_string(of->id);
    got.announce("MESSAGE_DELETE", which, of != nullptr ? of->id : discord::snowflake{},
                 std::move(event));
}

std::span<const handling> message_handlings()
{
    static constexpr handling all[] = {{"create_message", create_message},
                                       {"list_messages", list_messages},
                                       {"get_message", get_message},
                                       {"update_message", update_message},
                                       {"delete_message", delete_message},
                                       {"bulk_delete_messages", bulk_delete_messages},
                                       {"crosspost_message", crosspost_message},
                                       {"create_pin", create_pin},
                                       {"delete_pin", delete_pin},
                                       {"list_pins", list_pins},
                                       {"deprecated_create_pin", create_pin},
                                       {"deprecated_delete_pin", delete_pin},
                                       {"deprecated_list_pins", deprecated_list_pins}};
    return all;
}

}  // namespace tinfoil::discordsim
