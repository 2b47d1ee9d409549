// The simulated people: what they say and call, and when.
#include "discord/intents.hpp"
#include "discordsim/calls.hpp"
#include "discordsim/lines.hpp"
#include "discordsim/permissions.hpp"
#include "discordsim/simulator.hpp"

#include <algorithm>
#include <array>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

constexpr std::size_t interactions_max = 10'000;
constexpr std::size_t people_max = 200;

std::string text(const json::object& from, const char* key)
{
    const auto* found = from.if_contains(key);
    return found != nullptr && found->is_string() ? std::string(found->get_string())
                                                  : std::string();
}

}  // namespace

void simulator::schedule(instant now)
{
    if (hushed_ || settings_.acts_per_second <= 0)
        return void(next_act_ = never);
    // Between half and one and a half of the mean, so that it looks alive.
    const double mean = 1e9 / settings_.acts_per_second;
    next_act_ = now + duration(static_cast<duration::rep>(mean * (0.5 + world_.random.unit())));
}

void simulator::act(instant now, actions& todo)
{
    schedule(now);
    if (world_.guilds.empty())
        return;
    random_source& random = world_.random;
    guild& where = world_.guilds[crowd_.next_guild(world_, random)];
    if (outages_.contains(where.id))
        return;
    const channel* const found = where.text_channel(random.next());
    if (found == nullptr)
        return;
    const channel& in = *found;
    const std::uint64_t what = random.below(100);
    if (where.people.empty() || (what < 8 && where.people.size() < people_max)) {
        welcome(where, world_.join(where, now), now, todo);
        return;
    }
    const person who = where.people[random.below(where.people.size())];
    const session* bot = ready_session(where.id);
    // Nobody calls commands of a bot that is offline, or that has none.
    const json::array commands =
        bot != nullptr && what < 55 ? world_.callable(where.id) : json::array();
    if (!commands.empty()) {
        const json::object command = commands[random.below(commands.size())].as_object();
        // The old way: some write "!name" for a command, to a bot that reads what they write.
        const bool reads = (bot->intents & discord::intent_message_content) != 0 &&
                           text(command, "name") == "ping";
        if (reads && random.below(2) == 0)
            return say({where, in}, who, {"!ping", true}, now, todo), void();
        if (try_out({where, in}, who, command, now, todo))
            return;
    }
    say({where, in}, who, {std::string(lines[random.below(lines.size())]), false}, now, todo);
}

person simulator::welcome(const guild& in, person who, instant now, actions& todo)
{
    todo.emplace_back(
        told{{happening::kind::joined, in.name,
              in.channels.empty() ? std::string() : in.channels.front().name, who.name, "", -1,
              who.id, in.channels.empty() ? discord::snowflake{} : in.channels.front().id}});
    json::object member = member_json(who, world_.time_text(now));
    member["guild_id"] = to_string(in.id);
    announce({"GUILD_MEMBER_ADD", who.id, in.id}, discord::intent_guild_members, member, todo);
    return who;
}

written simulator::say(const place& at, const person& who, utterance what, instant now,
                       actions& todo)
{
    const auto& [where, in] = at;
    written made{world_.new_id(now),   in.id, where.id, who, std::move(what.text), {},
                 world_.time_text(now)};
    made.mentioned = world_.mentioned_in(made.content, &where);
    if (what.is_command)
        witness_.given(made.id, witness::kind::message, now);
    todo.emplace_back(told{
        {happening::kind::said, where.name, in.name, who.name, made.content, -1, made.id, in.id}});
    announce_message(made, todo);
    guild* of = nullptr;
    if (channel* kept_in = world_.find_channel(in.id, &of); kept_in != nullptr)
        world_.keep(*kept_in, made);
    return made;
}

// False when there is nothing that could be filled in, as no channel of the type that is needed.
bool simulator::try_out(const place& at, const person& who, const json::object& command,
                        instant now, actions& todo)
{
    guild* of = nullptr;
    channel* in = world_.find_channel(at.in.id, &of);
    if (in == nullptr || of == nullptr)
        return false;
    const call_place where{world_, *of, *in, who, now};
    auto filled = fill_in(where, command, make_up_call(where, command, world_.random));
    if (!filled)
        return false;
    use(at, who, std::move(*filled), now, todo);
    return true;
}

discord::snowflake simulator::use(const place& at, const person& who, filled_call what, instant now,
                                  actions& todo)
{
    const auto& [where, in] = at;
    interaction made;
    const discord::snowflake id = world_.new_id(now);
    made.id = id;
    made.guild = where.id;
    made.channel = in.id;
    made.token = "token" + to_string(made.id) + "x" + std::to_string(world_.random.next());
    made.at = now;
    made.who = who;
    // Discord Docs/Receiving and Responding, "Interaction Type".
    made.type = what.completes ? 4 : 2;
    json::object member = member_json(who, where);
    member["permissions"] = std::to_string(permissions_of(where, {who.id, who.in.roles}, &in));
    // Discord Docs/Receiving and Responding, "Interaction Object".
    json::object event{
        {"id", to_string(made.id)},
        {"application_id", to_string(world_.application)},
        {"type", made.type},
        {"token", made.token},
        {"version", 1},
        {"guild_id", to_string(where.id)},
        {"channel_id", to_string(in.id)},
        {"channel", channel_json(in, where)},
        {"member", std::move(member)},
        {"locale", "en-US"},
        {"guild_locale", "en-US"},
        {"guild", {{"id", to_string(where.id)}, {"locale", "en-US"}, {"features", json::array()}}},
        {"app_permissions",
         std::to_string(permissions_of(where, {world_.bot.id, where.own.roles}, &in))},
        {"entitlements", json::array()},
        {"authorizing_integration_owners", {{"0", to_string(where.id)}}},
        {"context", 0},
        {"attachment_size_limit", 10'485'760},
        {"data", std::move(what.data)}};
    // While something is broken on purpose a late answer is nobody's breach.
    witness_.given(made.id,
                   is_excused(where.id, now) ? witness::kind::message : witness::kind::interaction,
                   now);
    todo.emplace_back(
        told{{happening::kind::called, where.name, in.name, who.name, what.shown, -1, id, in.id}});
    auto& all = world_.interactions;
    if (all.size() >= interactions_max)
        all.erase(all.begin());
    all.emplace(made.token, std::move(made));
    announce({"INTERACTION_CREATE", id, where.id}, 0, event, todo);
    return id;
}

}  // namespace tinfoil::discordsim
