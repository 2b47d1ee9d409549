#include "discordsim/faults.hpp"

#include "base/duration_text.hpp"
#include "discordsim/permissions.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace tinfoil::discordsim {
namespace {

using namespace std::chrono_literals;

constexpr duration usual_length = 30s;
constexpr duration by_max = 10min, length_max = 24h;
constexpr double stall_exponent = 1.1;

constexpr std::array names{
    fault_name{fault_kind::reconnect, "reconnect", "shard", "asks to reconnect (op 7)"},
    fault_name{fault_kind::invalid_session, "invalid-session", "shard resumable",
               "ends the session (op 9); with resumable=true only the connection"},
    fault_name{fault_kind::close, "close", "shard code",
               "closes with this code, 4000 unless given"},
    fault_name{fault_kind::cut, "cut", "shard", "drops the connection without a close frame"},
    fault_name{fault_kind::request_heartbeat, "request-heartbeat", "shard",
               "asks for a heartbeat (op 1)"},
    fault_name{fault_kind::guild_outage, "guild-outage", "guild for",
               "a guild becomes unavailable, and comes back after `for`"},
    fault_name{fault_kind::guild_joined, "guild-joined", "", "the bot is added to a new guild"},
    fault_name{fault_kind::guild_left, "guild-left", "guild", "the bot is removed from a guild"},
    fault_name{fault_kind::clock_step, "clock-step", "by", "Discord's clock jumps"},
    fault_name{fault_kind::burst, "burst", "guild rate for",
               "people of one guild say so much a second besides"},
    fault_name{fault_kind::repeats, "repeats", "guild rate for deed",
               "people of one guild do so much a second besides that looks the same each time"},
    fault_name{fault_kind::second_snapshot, "second-snapshot", "shard guild",
               "a guild that is there comes again with GUILD_CREATE"},
    fault_name{fault_kind::permission_lost, "permission-lost", "guild permission for",
               "the roles that the bot has in a guild lose a permission, and ADMINISTRATOR"},
    fault_name{fault_kind::no_acks, "no-acks", "shard for chance",
               "heartbeats are not acknowledged"},
    fault_name{fault_kind::no_hello, "no-hello", "for chance", "new connections get no HELLO"},
    fault_name{fault_kind::late_hello, "late-hello", "for chance by", "HELLO comes late"},
    fault_name{fault_kind::no_ready, "no-ready", "shard for chance",
               "IDENTIFY is taken and nothing comes"},
    fault_name{fault_kind::late_ready, "late-ready", "shard for chance by", "READY comes late"},
    fault_name{fault_kind::slow_replay, "slow-replay", "shard for by",
               "so long between two events of a replay"},
    fault_name{fault_kind::early_dispatch, "early-dispatch", "shard for chance",
               "an event comes before READY"},
    fault_name{fault_kind::dead_resume_url, "dead-resume-url", "for",
               "nobody answers at the resume URL"},
    fault_name{fault_kind::delay, "delay", "shard guild for chance by jitter longest",
               "payloads go late from a session to its client, and what follows them too"},
    fault_name{fault_kind::guild_delay, "guild-delay", "shard guild for chance by jitter longest",
               "events go late from a guild to a session, and what follows of that guild too"},
    fault_name{fault_kind::answers_overtake, "answers-overtake", "shard guild for chance",
               "answers to op 8, 31 and 43 overtake what guild-delay holds up"},
    fault_name{fault_kind::shuffle_keys, "shuffle-keys", "shard for",
               "objects have their keys in another order, each time in another"},
    fault_name{fault_kind::twins, "twins", "guild for chance",
               "an event is followed by another with the same content: typing, reactions, changes"},
    fault_name{fault_kind::rest_429, "rest-429", "for chance by scope",
               "REST answers 429 with this scope: user, global or shared"},
    fault_name{fault_kind::rest_status, "rest-status", "for chance code",
               "REST answers with this status, 502 unless given"},
    fault_name{fault_kind::rest_html, "rest-html", "for chance",
               "a proxy answers 503 with HTML in place of REST"},
    fault_name{fault_kind::rest_late, "rest-late", "for chance by", "REST answers late"},
    fault_name{fault_kind::rest_cut, "rest-cut", "for chance",
               "REST's connection ends in the middle of an answer"},
    fault_name{fault_kind::stall, "stall", "shard for direction",
               "nothing gets through: direction=in, out or both, as the client sees it"},
    fault_name{fault_kind::cut_mid_frame, "cut-mid-frame", "shard",
               "drops the connection in the middle of a frame"},
    fault_name{fault_kind::corrupt, "corrupt", "shard",
               "makes compressed data such that nobody can inflate it; strikes nothing else"},
    fault_name{fault_kind::truncate, "truncate", "shard",
               "leaves out the end of a compressed message; strikes nothing else"},
};

error bad(std::string text)
{
    return {errc::invalid_argument, std::move(text)};
}

std::string joined(std::initializer_list<std::string_view> parts)
{
    std::string all;
    for (const std::string_view each : parts)
        all += each;
    return all;
}

bool takes(const fault_name& of, std::string_view parameter)
{
    std::string_view left = of.takes;
    while (!left.empty()) {
        const auto space = std::min(left.find(' '), left.size());
        if (left.substr(0, space) == parameter)
            return true;
        left.remove_prefix(std::min(space + 1, left.size()));
    }
    return false;
}

template <class T>
std::optional<T> number(std::string_view text, T least, T most)
{
    T value{};
    const auto [stopped, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || failed != std::errc{} || stopped != text.data() + text.size() ||
        !(value >= least && value <= most))
        return std::nullopt;
    return value;
}

// A length of time; with a sign in front where it may be below 0.
std::optional<duration> length(std::string_view text)
{
    const bool below = text.starts_with('-');
    const auto found = parse_duration(text.substr(below ? 1 : 0));
    return found && below ? std::optional(-*found) : found;
}

bool set(fault& to, std::string_view key, const std::string& value)
{
    const auto whole = [](const auto& found, auto& into) {
        if (found)
            into = *found;
        return found.has_value();
    };
    if (key == "shard") {
        to.shard = discord::parse_slot(value);
        return to.shard.has_value();
    }
    if (key == "guild")
        return whole(discord::parse_snowflake(value), to.guild);
    if (key == "for")
        return whole(length(value), to.lasts) && to.lasts > duration::zero() &&
               to.lasts <= length_max;
    if (key == "by")
        return whole(length(value), to.by) && to.by <= by_max && to.by >= -by_max &&
               (to.by > duration::zero() || to.what == fault_kind::clock_step);
    if (key == "jitter")
        return whole(length(value), to.jitter) && to.jitter > duration::zero() &&
               to.jitter <= by_max;
    if (key == "longest")
        return whole(length(value), to.longest) && to.longest > duration::zero() &&
               to.longest <= by_max;
    if (key == "chance")
        return whole(number<double>(value, 0, 1), to.chance);
    if (key == "rate")
        return whole(number<double>(value, 0, 1e6), to.rate);
    if (key == "code")
        return to.what == fault_kind::close ? whole(number<int>(value, 1000, 4999), to.code)
                                            : whole(number<int>(value, 400, 599), to.code);
    if (key == "resumable")
        return to.resumable = value == "true", value == "true" || value == "false";
    if (key == "permission")
        return whole(parse_permission(value), to.permission);
    if (key == "scope")
        return to.scope = value, value == "user" || value == "global" || value == "shared";
    if (key == "deed")
        return to.deed = value,
               value == "typing" || value == "reactions" || value == "edits" || value == "any";
    return to.direction = value, value == "in" || value == "out" || value == "both";
}

// Most stalls are short and some are very long, as in the world.
duration drawn_length(const fault& of, random_source& random)
{
    duration made = of.by;
    if (of.longest != duration::zero()) {
        const double tail = std::pow(1 - random.unit(), -1 / stall_exponent);
        const double longest = static_cast<double>(of.longest.count());
        made = duration(static_cast<duration::rep>(
            std::min(longest, static_cast<double>(of.by.count()) * tail)));
    }
    if (of.jitter != duration::zero())
        made += duration(
            static_cast<duration::rep>(static_cast<double>(of.jitter.count()) * random.unit()));
    return made;
}

fault usual(fault_kind what)
{
    fault made;
    made.what = what;
    made.lasts = usual_length;
    made.by = 2s;
    made.rate = 100;
    made.code = what == fault_kind::close ? 4000 : 502;
    made.permission = permission::send_messages;
    made.scope = "user";
    made.direction = "both";
    made.deed = "any";
    return made;
}

std::string_view example_of(std::string_view parameter, fault_kind of)
{
    if (parameter == "shard")
        return "0/2";
    if (parameter == "for")
        return "250ms, 30s or 1h, above 0 and up to 24h";
    if (parameter == "by")
        return of == fault_kind::clock_step ? "-30s or 5m, between -10m and 10m"
                                            : "250ms, 2s or 5m, above 0 and up to 10m";
    if (parameter == "jitter")
        return "50ms, above 0 and up to 10m";
    if (parameter == "longest")
        return "45s, above by and up to 10m";
    if (parameter == "deed")
        return "typing, reactions, edits or any";
    if (parameter == "chance")
        return "0.5, between 0 and 1";
    if (parameter == "rate")
        return "100, between 0 and 1000000";
    if (parameter == "guild")
        return "a guild's id";
    if (parameter == "code")
        return of == fault_kind::close ? "4009, between 1000 and 4999" : "500, between 400 and 599";
    if (parameter == "permission")
        return "SEND_MESSAGES, MANAGE_MESSAGES or KICK_MEMBERS";
    if (parameter == "scope")
        return "user, global or shared";
    return parameter == "direction" ? "in, out or both" : "true or false";
}

}  // namespace

std::span<const fault_name> fault_names()
{
    return names;
}

std::string_view name(fault_kind of)
{
    return std::find_if(names.begin(), names.end(),
                        [&](const auto& each) { return each.what == of; })
        ->name;
}

result<fault> parse_fault(std::string_view name, const std::map<std::string, std::string>& with)
{
    const auto found = std::find_if(names.begin(), names.end(),
                                    [&](const auto& each) { return each.name == name; });
    if (found == names.end()) {
        std::string all;
        for (const auto& each : names)
            all += (all.empty() ? "" : ", ") + std::string(each.name);
        return bad("there is no fault \"" + std::string(name) + "\"; there are " + all);
    }
    const auto impossible = [&](std::string_view key, std::string_view value) {
        return bad(joined({"the fault ", name, ": ", key, "=", value,
                           " is not possible; write for example ", example_of(key, found->what)}));
    };
    fault made = usual(found->what);
    for (const auto& [key, value] : with) {
        if (!takes(*found, key))
            return bad(joined({"the fault ", name, " takes no \"", key, "\"; it takes ",
                               found->takes.empty() ? "nothing" : found->takes}));
        if (!set(made, key, value))
            return impossible(key, value);
    }
    if (made.longest != duration::zero() && made.longest <= made.by)
        return impossible("longest", with.at("longest"));
    return made;
}

void standing_faults::add(fault what, instant now)
{
    std::erase_if(all_, [&](const standing& each) { return now >= each.until; });
    const instant until = now + what.lasts;
    all_.push_back({std::move(what), until});
}

bool standing_faults::lasts(fault_kind what, instant now) const
{
    return std::any_of(all_.begin(), all_.end(), [&](const standing& each) {
        return each.what.what == what && now < each.until;
    });
}

bool standing_faults::any(instant now) const
{
    return std::any_of(all_.begin(), all_.end(),
                       [&](const standing& each) { return now < each.until; });
}

bool standing_faults::standing::strikes(fault_kind which, instant now, random_source& random,
                                        std::optional<discord::slot> shard,
                                        discord::snowflake guild) const
{
    if (what.what != which || now >= until || (what.shard && what.shard != shard) ||
        (what.guild && what.guild != guild))
        return false;
    return what.chance >= 1 || random.unit() < what.chance;
}

const fault* standing_faults::strikes(fault_kind what, instant now, random_source& random,
                                      std::optional<discord::slot> shard, discord::snowflake guild)
{
    for (const standing& each : all_)
        if (each.strikes(what, now, random, shard, guild))
            return &each.what;
    return nullptr;
}

duration standing_faults::length(fault_kind what, instant now, random_source& random,
                                 discord::slot shard, discord::snowflake guild)
{
    duration sum{};
    for (const standing& each : all_)
        if (each.strikes(what, now, random, shard, guild))
            sum += drawn_length(each.what, random);
    return sum;
}

}  // namespace tinfoil::discordsim
