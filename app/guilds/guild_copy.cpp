#include "guilds/guild_copy.hpp"

#include "discord/envelope.hpp"
#include "discord/walker.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace tinfoil::guilds {
namespace {

// What a node of a map takes beside its text, about.
constexpr std::size_t slice_bytes = 96;

// Members of a guild that have a slice of their own, or are not kept: what is large, and counts
// that no event here keeps current.
constexpr std::array<std::string_view, 18> left_out{"roles",
                                                    "channels",
                                                    "threads",
                                                    "members",
                                                    "presences",
                                                    "voice_states",
                                                    "emojis",
                                                    "stickers",
                                                    "stage_instances",
                                                    "guild_scheduled_events",
                                                    "soundboard_sounds",
                                                    "member_count",
                                                    "approximate_member_count",
                                                    "approximate_presence_count",
                                                    "large",
                                                    "lazy",
                                                    "unavailable",
                                                    "guild_id"};

std::optional<discord::snowflake> id_in(std::string_view object, std::string_view key)
{
    return discord::parse_snowflake(discord::find_member(object, key));
}

bool is_kept(std::string_view key)
{
    return std::find(left_out.begin(), left_out.end(), key) == left_out.end();
}

// Of an object, its members for which `keeps(key)`; empty when it is none.
template <class Keeps>
std::string filtered(std::string_view object, Keeps keeps)
{
    std::string made = "{";
    const auto add = [&](std::string_view key, std::string_view raw) {
        if (!keeps(key))
            return true;
        made += made.size() == 1 ? "\"" : ",\"";
        made += key;
        made += "\":";
        made += raw;
        return true;
    };
    if (!discord::each_member(object, add))
        return {};
    return made + "}";
}

std::string without_guild(std::string_view object)
{
    return filtered(object, [](std::string_view key) { return key != "guild_id"; });
}

bool is_archived(std::string_view thread)
{
    return discord::find_value(discord::find_value(thread, "thread_metadata"), "archived") ==
           "true";
}

}  // namespace

bool guild_copy::put(slices& into, std::string_view object)
{
    const auto id = id_in(object, "id");
    if (!id || !*id)
        return false;
    std::string text = without_guild(object);
    const auto [at, is_new] = into.try_emplace(*id);
    if (!is_new && at->second == text)
        return false;
    bytes_ += is_new ? slice_bytes : 0;
    set(at->second, text);
    return true;
}

bool guild_copy::erase(slices& from, std::string_view id)
{
    const auto parsed = discord::parse_snowflake(id);
    const auto at = parsed ? from.find(*parsed) : from.end();
    if (at == from.end())
        return false;
    bytes_ -= at->second.size() + slice_bytes;
    from.erase(at);
    return true;
}

void guild_copy::set(std::string& into, std::string_view text)
{
    bytes_ += text.size();
    bytes_ -= into.size();
    // A string that once was longer would keep its room.
    into = std::string(text);
}

bool guild_copy::replace(slices& into, std::string_view array)
{
    for (const auto& each : into)
        bytes_ -= each.second.size() + slice_bytes;
    into.clear();
    return discord::each_element(array, [&](std::string_view one) { put(into, one); });
}

bool guild_copy::take_guild(std::string_view body)
{
    const std::string kept = filtered(body, is_kept);
    const auto id = id_in(kept, "id");
    if (!id || !*id)
        return false;
    set(guild_, kept);
    return replace(roles_, discord::find_value(body, "roles")) && !roles_.empty();
}

bool guild_copy::take_channels(std::string_view body)
{
    return replace(channels_, body);
}

bool guild_copy::take_threads(std::string_view body)
{
    return replace(threads_, discord::find_value(body, "threads"));
}

bool guild_copy::take_member(std::string_view body)
{
    const std::string kept = without_guild(body);
    if (kept.empty() || discord::find_value(kept, "roles").empty())
        return false;
    set(member_, kept);
    return true;
}

bool guild_copy::from_create(std::string_view data, discord::snowflake self)
{
    if (!self || discord::find_value(data, "unavailable") == "true" || !take_guild(data) ||
        !take_channels(discord::find_value(data, "channels")) || !take_threads(data))
        return false;
    const std::string wanted = to_string(self);
    bool found = false;
    discord::each_element(discord::find_value(data, "members"), [&](std::string_view one) {
        if (!found && discord::find_member(discord::find_value(one, "user"), "id") == wanted)
            found = take_member(one);
    });
    return found;
}

// What it does not say stays.
bool guild_copy::update_guild(std::string_view data)
{
    std::set<std::string_view> said;
    std::string kept = filtered(data, [&](std::string_view key) {
        said.insert(key);
        return is_kept(key);
    });
    if (kept.empty() || !id_in(data, "id"))
        return false;
    const std::string rest =
        filtered(guild_, [&](std::string_view key) { return !said.contains(key); });
    if (rest.size() > 2) {
        kept.back() = ',';
        kept += rest.substr(1);
    }
    set(guild_, kept);
    const std::string_view roles = discord::find_value(data, "roles");
    if (!roles.empty())
        (void)replace(roles_, roles);
    return true;
}

bool guild_copy::put_thread(std::string_view thread)
{
    return is_archived(thread) ? erase(threads_, discord::find_member(thread, "id"))
                               : put(threads_, thread);
}

bool guild_copy::drop_threads_in(std::string_view channel)
{
    bool changed = false;
    for (auto at = threads_.begin(); at != threads_.end();) {
        const auto one = at++;
        if (discord::find_member(one->second, "parent_id") == channel)
            changed = erase(threads_, to_string(one->first)) || changed;
    }
    return changed;
}

// Discord Docs/Gateway Events, "Thread List Sync": of these channels, or of all, these are all.
bool guild_copy::sync_threads(std::string_view data)
{
    const std::string_view channels = discord::find_value(data, "channel_ids");
    if (channels.empty())
        return replace(threads_, discord::find_value(data, "threads"));
    discord::each_element(channels, [&](std::string_view raw) {
        if (raw.size() > 2)
            (void)drop_threads_in(raw.substr(1, raw.size() - 2));
    });
    discord::each_element(discord::find_value(data, "threads"),
                          [&](std::string_view one) { put_thread(one); });
    return true;
}

bool guild_copy::apply(std::string_view type, std::string_view data)
{
    if (type == "GUILD_UPDATE")
        return update_guild(data);
    if (type == "GUILD_ROLE_CREATE" || type == "GUILD_ROLE_UPDATE")
        return put(roles_, discord::find_value(data, "role"));
    if (type == "GUILD_ROLE_DELETE")
        return erase(roles_, discord::find_member(data, "role_id"));
    if (type == "CHANNEL_CREATE" || type == "CHANNEL_UPDATE")
        return put(channels_, data);
    if (type == "CHANNEL_DELETE") {
        const auto id = discord::find_member(data, "id");
        const bool had_threads = drop_threads_in(id);
        return erase(channels_, id) || had_threads;
    }
    if (type == "THREAD_CREATE" || type == "THREAD_UPDATE")
        return put_thread(data);
    if (type == "THREAD_DELETE")
        return erase(threads_, discord::find_member(data, "id"));
    if (type == "THREAD_LIST_SYNC")
        return sync_threads(data);
    return type == "GUILD_MEMBER_UPDATE" && take_member(data);
}

std::string guild_copy::json(std::uint64_t revision) const
{
    std::string made;
    made.reserve(bytes_ + 64);
    const auto list = [&](const slices& of) {
        made += '[';
        for (const auto& each : of) {
            made += made.back() == '[' ? "" : ",";
            made += each.second;
        }
        made += ']';
    };
    made += "{\"guild\":";
    made += guild_;
    made.back() = ',';
    made += "\"roles\":";
    list(roles_);
    made += "},\"channels\":";
    list(channels_);
    made += ",\"threads\":";
    list(threads_);
    made += ",\"member\":";
    made += member_;
    made += ",\"revision\":";
    made += std::to_string(revision);
    made += '}';
    return made;
}

bool concerns_guilds(std::string_view type)
{
    if (type.starts_with("CHANNEL_"))
        return type == "CHANNEL_CREATE" || type == "CHANNEL_UPDATE" || type == "CHANNEL_DELETE";
    if (type.starts_with("THREAD_"))
        return type == "THREAD_CREATE" || type == "THREAD_UPDATE" || type == "THREAD_DELETE" ||
               type == "THREAD_LIST_SYNC";
    if (!type.starts_with("GUILD_"))
        return false;
    return type == "GUILD_CREATE" || type == "GUILD_UPDATE" || type == "GUILD_DELETE" ||
           type == "GUILD_MEMBER_UPDATE" || type.starts_with("GUILD_ROLE_");
}

}  // namespace tinfoil::guilds
