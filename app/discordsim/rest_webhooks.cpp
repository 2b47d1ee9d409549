// Discord Docs/Webhook, and the same routes with the token of an interaction: Discord
// Docs/Receiving and Responding, "Followup Messages".
#include "discordsim/rest.hpp"

#include <algorithm>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

// "Interaction Response Object": tokens are valid for 15 minutes.
constexpr duration token_life = std::chrono::minutes(15);
// Discord's error 30007.
constexpr std::size_t webhooks_a_channel = 15;
constexpr std::uint64_t flag_loading = 1U << 7;

void announce_change(const call& got, const webhook& what)
{
    got.announce(
        "WEBHOOKS_UPDATE", what.channel, what.guild,
        json::object{{"guild_id", to_string(what.guild)}, {"channel_id", to_string(what.channel)}});
}

// "Create Webhook": what names may not hold.
bool is_name(const call& got, const std::string& name)
{
    std::string lower = name;
    for (char& each : lower)
        each = each >= 'A' && each <= 'Z' ? static_cast<char>(each | 0x20) : each;
    for (const char* refused : {"clyde", "discord"})
        if (lower.find(refused) != std::string::npos) {
            got.invalid("name", "USERNAME_INVALID_CONTAINS",
                        std::string("Username cannot contain \"") + refused + "\"");
            return false;
        }
    return true;
}

void create(const call& got)
{
    guild* of = nullptr;
    const channel* in = got.channel_at(1, &of);
    if (in == nullptr)
        return;
    if (of == nullptr || in->thread)
        return got.refuse(400, 50024, "Cannot execute action on this channel type");
    const std::string name = text_in(got.object(), "name");
    if (!is_name(got, name))
        return;
    const auto& all = got.all().webhooks;
    const auto there = std::count_if(
        all.begin(), all.end(), [&](const auto& each) { return each.second.channel == in->id; });
    if (static_cast<std::size_t>(there) >= webhooks_a_channel)
        return got.refuse(400, 30007, "Maximum number of webhooks reached (15)");
    webhook made{got.all().new_id(got.now), of->id, in->id, name, ""};
    made.token = "webhook" + to_string(made.id) + "x" + std::to_string(got.all().random.next());
    announce_change(got, made);
    got.reply(webhook_json(made, got.all(), false));
    got.all().webhooks.emplace(made.id, std::move(made));
}

void list_of_channel(const call& got)
{
    guild* of = nullptr;
    const channel* in = got.channel_at(1, &of);
    if (in == nullptr)
        return;
    json::array made;
    for (const auto& [id, each] : got.all().webhooks)
        if (each.channel == in->id)
            made.push_back(webhook_json(each, got.all(), false));
    got.reply(made);
}

void list_of_guild(const call& got)
{
    const guild* of = got.guild_at(1);
    if (of == nullptr)
        return;
    json::array made;
    for (const auto& [id, each] : got.all().webhooks)
        if (each.guild == of->id)
            made.push_back(webhook_json(each, got.all(), false));
    got.reply(made);
}

bool has_token(const call& got)
{
    return got.path.size() > 2;
}

// Nothing when there is none with this id and, where the path has one, this token.
webhook* webhook_at(const call& got)
{
    const auto found = got.all().webhooks.find(got.id(1));
    if (found == got.all().webhooks.end()) {
        got.refuse(404, 10015, "Unknown Webhook");
        return nullptr;
    }
    if (has_token(got) && found->second.token != got.path[2]) {
        got.refuse(401, 50027, "Invalid Webhook Token");
        return nullptr;
    }
    return &found->second;
}

void get(const call& got)
{
    if (const webhook* own = webhook_at(got); own != nullptr)
        got.reply(webhook_json(*own, got.all(), has_token(got)));
}

void update(const call& got)
{
    webhook* own = webhook_at(got);
    if (own == nullptr)
        return;
    const json::object& body = got.object();
    if (const std::string name = text_in(body, "name"); !name.empty()) {
        if (!is_name(got, name))
            return;
        own->name = name;
    }
    guild* of = nullptr;
    if (const auto to = id_in(body, "channel_id");
        to && !has_token(got) && got.all().find_channel(to, &of) != nullptr)
        own->channel = to;
    announce_change(got, *own);
    got.reply(webhook_json(*own, got.all(), has_token(got)));
}

void remove(const call& got)
{
    const webhook* own = webhook_at(got);
    if (own == nullptr)
        return;
    announce_change(got, *own);
    got.all().webhooks.erase(got.id(1));
    got.done();
}

/// Where the messages of this path go: of a webhook, or of an interaction.
struct place {
    const webhook* hook = nullptr;
    interaction* called = nullptr;
    guild* of = nullptr;
    channel* in = nullptr;

    explicit operator bool() const { return in != nullptr; }
};

place place_at(const call& got)
{
    place made;
    if (got.id(1) == got.all().application) {
        const auto found = got.all().interactions.find(got.path[2]);
        // Before the first answer there is nothing to follow.
        if (found == got.all().interactions.end() ||
            (!found->second.answered && !found->second.deferred)) {
            got.refuse(404, 10015, "Unknown Webhook");
            return {};
        }
        if (got.now - found->second.at >= token_life) {
            got.refuse(401, 50027, "Invalid Webhook Token");
            return {};
        }
        made.called = &found->second;
    } else if (made.hook = webhook_at(got); made.hook == nullptr) {
        return {};
    }
    const auto thread = got.query_id("thread_id");
    const auto own = made.called != nullptr ? made.called->channel : made.hook->channel;
    made.in = got.all().find_channel(thread ? thread : own, &made.of);
    if (made.in == nullptr || (thread && thread != own && made.in->parent != own)) {
        got.refuse(404, 10003, "Unknown Channel");
        return {};
    }
    return made;
}

// A deferred answer gets what it waits for. Discord Docs/Receiving and Responding, "Followup
// Messages".
void complete(const call& got, const place& at, written& waiting)
{
    const json::object& body = got.object();
    const std::uint64_t flags = std::exchange(waiting.flags, waiting.flags & ~flag_loading);
    if (!edit(got, body, waiting))
        return void(waiting.flags = flags);
    at.called->answered = true;
    show(got, at.of, *at.in, waiting, at.called->id);
    got.reply(message_json(waiting, true));
}

bool waits(const place& at)
{
    return at.called != nullptr && at.called->deferred && !at.called->answered;
}

void execute(const call& got)
{
    const place at = place_at(got);
    if (!at)
        return;
    if (waits(at) && !at.called->deferred_update)
        if (written* waiting = got.all().find_message(*at.in, at.of, at.called->original);
            waiting != nullptr)
            return complete(got, at, *waiting);
    const auto guild_id = at.of != nullptr ? at.of->id : discord::snowflake{};
    auto made = compose(got, got.object(), *at.in, guild_id);
    if (!made)
        return;
    if (at.hook != nullptr) {
        const std::string name = text_in(got.object(), "username");
        made->webhook = at.hook->id;
        made->author = {at.hook->id, name.empty() ? at.hook->name : name, true};
    } else {
        made->webhook = got.all().application;
        made->interaction = at.called->id;
        made->flags |= static_cast<std::uint64_t>(number_in(got.object(), "flags").value_or(0)) &
                       flag_ephemeral;
    }
    const written& kept = post(got, *at.in, at.of, std::move(*made));
    // "Execute Webhook": without `wait` there is nothing to read.
    if (at.hook != nullptr && !got.query_flag("wait"))
        return got.done();
    got.reply(message_json(kept, true));
}

written* message_of(const call& got, const place& at)
{
    const bool is_original = got.path[4] == "@original";
    const auto which = is_original && at.called != nullptr ? at.called->original : got.id(4);
    written* found = which ? got.all().find_message(*at.in, at.of, which) : nullptr;
    const bool is_own =
        found != nullptr && (at.hook != nullptr ? found->webhook == at.hook->id
                                                : found->interaction == at.called->id ||
                                                      found->id == at.called->original);
    if (!is_own)
        got.refuse(404, 10008, "Unknown Message");
    return is_own ? found : nullptr;
}

void get_message(const call& got)
{
    const place at = place_at(got);
    const written* found = at ? message_of(got, at) : nullptr;
    if (found != nullptr)
        got.reply(message_json(*found, true));
}

void update_message(const call& got)
{
    const place at = place_at(got);
    written* found = at ? message_of(got, at) : nullptr;
    if (found == nullptr)
        return;
    if (waits(at) && found->id == at.called->original)
        return complete(got, at, *found);
    if (edit(got, got.object(), *found))
        got.reply(message_json(*found, true));
}

void delete_message(const call& got)
{
    const place at = place_at(got);
    const written* found = at ? message_of(got, at) : nullptr;
    if (found == nullptr)
        return;
    remove_message(got, *at.in, found->id);
    got.done();
}

}  // namespace

std::span<const handling> webhook_handlings()
{
    static constexpr handling all[] = {{"create_webhook", create},
                                       {"list_channel_webhooks", list_of_channel},
                                       {"get_guild_webhooks", list_of_guild},
                                       {"get_webhook", get},
                                       {"get_webhook_by_token", get},
                                       {"update_webhook", update},
                                       {"update_webhook_by_token", update},
                                       {"delete_webhook", remove},
                                       {"delete_webhook_by_token", remove},
                                       {"execute_webhook", execute},
                                       {"get_webhook_message", get_message},
                                       {"get_original_webhook_message", get_message},
                                       {"update_webhook_message", update_message},
                                       {"update_original_webhook_message", update_message},
                                       {"delete_webhook_message", delete_message},
                                       {"delete_original_webhook_message", delete_message}};
    return all;
}

}  // namespace tinfoil::discordsim
