#include "sandbox/wishes.hpp"

#include "base/duration_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>

namespace tinfoil::sandbox {
namespace {

using namespace std::chrono_literals;

constexpr double rate_max = 1'000'000;
constexpr double zipf_max = 3;
constexpr double usual_day_curve = 0.6;
constexpr int guilds_a_recommended_shard = 1000;

// Discord Docs/Application, "Application Flags": those of bots that few use.
constexpr std::uint64_t flag_presences = 1U << 13, flag_members = 1U << 15, flag_content = 1U << 19;

constexpr std::array counts{
    count_wish{"guilds", &wishes::guilds, 50'000, "How many guilds there are (default: 3)"},
    count_wish{"people", &wishes::people, 1'000,
               "How many people a guild has on average (default: 5)"},
    count_wish{"shards", &wishes::shards, 100'000,
               "How many it recommends to bots (default: one for each 1000 guilds)"},
    count_wish{"max_concurrency", &wishes::max_concurrency, 10'000,
               "How many may IDENTIFY within five seconds (default: 1)"},
    count_wish{"session_starts", &wishes::session_starts, 1'000'000,
               "How many may IDENTIFY within a day (default: 1000)"},
    count_wish{"shard_multiple", &wishes::shard_multiple, 10'000,
               "A large bot's: its number of shards has to be a multiple of it (default: 1)"},
    count_wish{"guilds_per_shard", &wishes::guilds_per_shard, 50'000,
               "How many guilds a shard may have (default: 2500)"},
    count_wish{"replay_events", &wishes::replay_events, 10'000'000,
               "How many events a session keeps for RESUME (default: 50000)"}};

error bad(std::string text)
{
    return {errc::invalid_argument, std::move(text)};
}

error of_flag(std::string_view flag, const error& why)
{
    return bad(fmt::format("--{}: {}", flag, why.detail));
}

result<duration> parse_between(std::string_view text, duration least, duration most,
                               std::string_view possible)
{
    const auto length = parse_duration(text);
    if (!length || *length < least || *length > most)
        return bad(fmt::format("\"{}\" is no such time; write {}", text, possible));
    return *length;
}

template <class T>
const T& first_of(const T& one, const T& other)
{
    return one ? one : other;
}

// The crowd that a rate brings, and how it lives.
result<void> apply_life(const wishes& all, discordsim::settings& to)
{
    const std::pair<bool, const char*> of_crowds[] = {
        {all.mix, "mix"}, {all.day_curve, "day-curve"}, {all.bursts, "bursts"}};
    for (const auto& [is_wanted, flag] : of_crowds)
        if (is_wanted && !all.rate)
            return bad(fmt::format("--{}: there is no crowd without --rate; add for example "
                                   "--rate 200/s",
                                   flag));
    if (all.zipf)
        if (const auto checked = check_zipf(*all.zipf); !checked)
            return of_flag("zipf", checked.error());
    to.life = {all.mix, all.zipf.value_or(0), all.day_curve ? usual_day_curve : 0, all.bursts};
    if (all.rate) {
        const auto rate = parse_rate(*all.rate);
        if (!rate)
            return of_flag("rate", rate.error());
        set_rate(to, *rate);
    }
    return {};
}

result<void> apply_rules(const wishes& all, discordsim::settings& to)
{
    if (all.session_timeout) {
        const auto length = parse_session_timeout(*all.session_timeout);
        if (!length)
            return of_flag("session-timeout", length.error());
        to.session_lifetime = *length;
    }
    if (all.heartbeat_interval) {
        const auto length = parse_heartbeat_interval(*all.heartbeat_interval);
        if (!length)
            return of_flag("heartbeat-interval", length.error());
        to.heartbeat_interval = *length;
    }
    if (all.privileged) {
        const auto flags = parse_privileged(*all.privileged);
        if (!flags)
            return of_flag("privileged", flags.error());
        to.flags = *flags;
    } else if (all.mix) {
        to.flags |= flag_presences;
    }
    return {};
}

}  // namespace

std::span<const count_wish> count_wishes()
{
    return counts;
}

wishes joined(const wishes& first, const wishes& second)
{
    wishes made;
    for (const count_wish& each : counts)
        made.*each.to = first_of(first.*each.to, second.*each.to);
    made.rate = first_of(first.rate, second.rate);
    made.session_timeout = first_of(first.session_timeout, second.session_timeout);
    made.heartbeat_interval = first_of(first.heartbeat_interval, second.heartbeat_interval);
    made.privileged = first_of(first.privileged, second.privileged);
    made.zipf = first_of(first.zipf, second.zipf);
    made.mix = first.mix || second.mix;
    made.day_curve = first.day_curve || second.day_curve;
    made.bursts = first.bursts || second.bursts;
    return made;
}

result<double> parse_rate(std::string_view text)
{
    const std::string_view digits = text.ends_with("/s") ? text.substr(0, text.size() - 2) : text;
    double rate = 0;
    const auto [stopped, failed] =
        std::from_chars(digits.data(), digits.data() + digits.size(), rate);
    if (digits.empty() || failed != std::errc{} || stopped != digits.data() + digits.size() ||
        !(rate >= 0 && rate <= rate_max))
        return bad(fmt::format("\"{}\" is no number of events a second; write for example 200/s or "
                               "2000/s, at most {:.0f}/s, 0/s for silence",
                               text, rate_max));
    return rate;
}

result<duration> parse_session_timeout(std::string_view text)
{
    return parse_between(text, 1s, 24h, "for example 30s or 3m, up to 24h");
}

result<duration> parse_heartbeat_interval(std::string_view text)
{
    return parse_between(text, 1s, 10min, "for example 5s or 45s, from 1s to 10m");
}

result<std::uint64_t> parse_privileged(std::string_view text)
{
    std::uint64_t flags = 0;
    if (text == "none")
        return flags;
    for (std::string_view left = text;;) {
        const std::string_view name = left.substr(0, left.find(','));
        if (name == "members")
            flags |= flag_members;
        else if (name == "presences")
            flags |= flag_presences;
        else if (name == "content")
            flags |= flag_content;
        else
            return bad(fmt::format("\"{}\" is no list of privileged intents; write none, or some "
                                   "of members,presences,content",
                                   text));
        if (name.size() == left.size())
            return flags;
        left.remove_prefix(name.size() + 1);
    }
}

result<double> check_zipf(double exponent)
{
    if (!(exponent > 0 && exponent <= zipf_max))
        return bad(fmt::format("{} is no exponent above 0 and up to {}; 1.1 is usual", exponent,
                               zipf_max));
    return exponent;
}

result<void> apply(const wishes& all, discordsim::settings& to)
{
    to.guilds = all.guilds.value_or(to.guilds);
    to.people_per_guild = all.people.value_or(to.people_per_guild);
    to.max_concurrency = all.max_concurrency.value_or(to.max_concurrency);
    to.session_starts = all.session_starts.value_or(to.session_starts);
    to.shard_multiple = all.shard_multiple.value_or(to.shard_multiple);
    to.guilds_per_shard_max = all.guilds_per_shard.value_or(to.guilds_per_shard_max);
    if (all.replay_events)
        to.replay_events = static_cast<std::size_t>(*all.replay_events);
    // As Discord recommends: a shard for each thousand guilds, of a large bot a multiple.
    const int multiple = to.shard_multiple;
    const int needed =
        std::max(1, (to.guilds + guilds_a_recommended_shard - 1) / guilds_a_recommended_shard);
    to.recommended_shards = all.shards.value_or((needed + multiple - 1) / multiple * multiple);
    if (to.recommended_shards % multiple != 0)
        return bad(fmt::format("--shards: {} is no multiple of --shard-multiple {}",
                               to.recommended_shards, multiple));
    if (to.guilds > 0LL + to.recommended_shards * 1LL * to.guilds_per_shard_max)
        return bad(fmt::format("--shards: {} can't serve {} guilds, at most {} each",
                               to.recommended_shards, to.guilds, to.guilds_per_shard_max));
    if (auto fine = apply_rules(all, to); !fine)
        return fine;
    return apply_life(all, to);
}

}  // namespace tinfoil::sandbox
