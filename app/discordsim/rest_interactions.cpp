// Discord Docs/Receiving and Responding: the first answer to an interaction. What follows it has
// the routes of a webhook, rest_webhooks.cpp.
#include "discord/limits.hpp"
#include "discordsim/message_checks.hpp"
#include "discordsim/rest.hpp"

#include <algorithm>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

// "Interaction Callback Type".
enum answer_type {
    pong = 1,
    message = 4,
    later = 5,
    update_later = 6,
    update = 7,
    choices = 8,
    modal = 9
};
// "Interaction Type".
enum call_type { ping = 1, command = 2, component = 3, autocomplete = 4, modal_submit = 5 };

// "Message Flags".
constexpr std::uint64_t flag_loading = 1U << 7;
// "Message Types": CHAT_INPUT_COMMAND.
constexpr int type_command = 20;

bool fits(std::int64_t type, const interaction& own)
{
    const bool has_source = static_cast<bool>(own.source);
    switch (type) {
    case pong:
        return own.type == ping;
    case message:
    case later:
        return own.type != ping && own.type != autocomplete;
    case update_later:
    case update:
        return has_source;
    case choices:
        return own.type == autocomplete;
    case modal:
        return own.type == command || own.type == component;
    default:
        return false;
    }
}

const json::object& data_of(const json::object& body)
{
    static const json::object nothing;
    const auto* data = body.if_contains("data");
    return data != nullptr && data->is_object() ? data->get_object() : nothing;
}

// "Autocomplete": at most 25 choices, each with name and value.
bool are_choices(const call& got)
{
    const auto* list = list_in(data_of(got.object()), "choices");
    if (list == nullptr) {
        got.invalid("data.choices", "BASE_TYPE_REQUIRED", "This field is required");
        return false;
    }
    if (list->size() > 25) {
        got.invalid("data.choices", "BASE_TYPE_BAD_LENGTH", "Must be between 0 and 25 in length.");
        return false;
    }
    return true;
}

// "Interaction Response Object (Modal)".
bool is_modal(const call& got)
{
    form_errors wrong;
    check_modal(data_of(got.object()), "data", wrong);
    if (wrong.any())
        got.reply(wrong.answer(), 400);
    return !wrong.any();
}

// The message that answers, or waits to be filled. False when it is refused.
bool make_original(const call& got, interaction& own, channel& in, guild* of, bool loading)
{
    const json::object& data = data_of(got.object());
    const std::uint64_t ephemeral =
        static_cast<std::uint64_t>(number_in(data, "flags").value_or(0)) & flag_ephemeral;
    std::optional<written> made;
    if (loading) {
        made = written{got.all().new_id(got.now),   in.id, own.guild, got.all().bot, "", {},
                       got.all().time_text(got.now)};
        made->flags = flag_loading;
    } else {
        made = compose(got, data, in, own.guild, "data");
    }
    if (!made)
        return false;
    made->flags |= ephemeral;
    made->interaction = own.id;
    // Discord Docs/Message, "Message Interaction Metadata Object": who called it.
    made->parts["interaction_metadata"] = {
        {"id", to_string(own.id)},
        {"type", own.type},
        {"user", user_json(own.who)},
        {"authorizing_integration_owners", {{"0", to_string(own.guild)}}}};
    made->type = own.type == command ? type_command : 0;
    own.original = made->id;
    if (loading) {
        const written& kept = got.all().keep(in, std::move(*made));
        if ((kept.flags & flag_ephemeral) == 0)
            got.with.announce_message("MESSAGE_CREATE", kept);
        return true;
    }
    post(got, in, of, std::move(*made), own.id);
    return true;
}

// Of autocomplete people see the choices, of all else that it came.
std::string choices_in(const json::object& data)
{
    std::string all;
    if (const auto* list = list_in(data, "choices"); list != nullptr)
        for (const auto& each : *list)
            if (each.is_object())
                all += (all.empty() ? "" : ", ") + text_in(each.get_object(), "name");
    return all;
}

void settle(const call& got, const interaction& own, const channel& in, const guild* of)
{
    const json::object& data = data_of(got.object());
    written said{};
    said.author = got.all().bot;
    // Of a modal there is its title to see.
    said.content = own.type == autocomplete ? choices_in(data) : text_in(data, "title");
    show(got, of, in, said, own.id);
}

// What the answer does. False when it is refused, and the answer says so.
bool perform(const call& got, std::int64_t type, interaction& own, channel& in, guild* of)
{
    switch (type) {
    case message:
        if (!make_original(got, own, in, of, false))
            return false;
        own.answered = true;
        return true;
    case later:
        own.deferred = true;
        got.with.witness.deferred(own.id, got.now);
        return make_original(got, own, in, of, true);
    case update_later:
        own.deferred = own.deferred_update = true;
        got.with.witness.deferred(own.id, got.now);
        own.original = own.source;
        return true;
    case update: {
        written* source = got.all().find_message(in, of, own.source);
        if (source != nullptr && !edit(got, data_of(got.object()), *source, "data"))
            return false;
        own.original = own.source;
        break;
    }
    case choices:
        if (!are_choices(got))
            return false;
        break;
    case modal:
        if (!is_modal(got))
            return false;
        break;
    default:
        break;
    }
    own.answered = true;
    settle(got, own, in, of);
    return true;
}

// "Interaction Callback Response Object".
void respond(const call& got, std::int64_t type, const interaction& own, channel& in, guild* of)
{
    json::object shown{{"id", to_string(own.id)},
                       {"type", own.type},
                       {"response_message_loading", type == later},
                       {"response_message_ephemeral", false}};
    json::object made{{"resource", {{"type", type}}}};
    if (const written* original =
            own.original ? got.all().find_message(in, of, own.original) : nullptr;
        original != nullptr) {
        shown["response_message_id"] = to_string(original->id);
        shown["response_message_ephemeral"] = (original->flags & flag_ephemeral) != 0;
        made["resource"].as_object()["message"] = message_json(*original, true);
    }
    made["interaction"] = std::move(shown);
    got.reply(made);
}

void callback(const call& got)
{
    const auto found = got.all().interactions.find(got.path[2]);
    // "Interaction Callback": the first answer is due within three seconds.
    if (found == got.all().interactions.end() || found->second.id != got.id(1) ||
        (!found->second.answered && !found->second.deferred &&
         got.now - found->second.at >= discord::limits::interaction_answer))
        return got.refuse(404, 10062, "Unknown interaction");
    interaction& own = found->second;
    const std::int64_t type = number_in(got.object(), "type").value_or(0);
    if (!fits(type, own))
        return got.invalid("type", "BASE_TYPE_CHOICES",
                           "Value must be one of the types that answer this interaction.");
    if (own.answered || own.deferred) {
        if (own.answered)
            static_cast<void>(got.with.witness.answered(own.id, got.now));
        return got.refuse(400, 40060, "Interaction has already been acknowledged.");
    }
    guild* of = nullptr;
    channel* in = got.all().find_channel(own.channel, &of);
    if (in == nullptr)
        return got.refuse(404, 10003, "Unknown Channel");
    if (!perform(got, type, own, *in, of))
        return;
    if (got.query_flag("with_response"))
        respond(got, type, own, *in, of);
    else
        got.done();
}

}  // namespace

std::span<const handling> interaction_handlings()
{
    static constexpr handling all[] = {{"create_interaction_response", callback}};
    return all;
}

}  // namespace tinfoil::discordsim
