#include "discordsim/crowd.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

namespace tinfoil::discordsim {
namespace {

// In a hundred events of a usual large bot.
constexpr std::array shares{std::pair{deed::changes_presence, 40},
                            std::pair{deed::talks, 30},
                            std::pair{deed::types, 9},
                            std::pair{deed::reacts, 7},
                            std::pair{deed::changes_member, 6},
                            std::pair{deed::changes_voice, 4},
                            std::pair{deed::edits, 2},
                            std::pair{deed::removes_message, 1},
                            std::pair{deed::removes_reaction, 1}};

constexpr std::array<deed, 100> hundred()
{
    std::array<deed, 100> all{};
    std::size_t at = 0;
    for (const auto& [what, share] : shares)
        for (int i = 0; i < share; ++i)
            all[at++] = what;
    return all;
}
constexpr auto deeds = hundred();

constexpr double day_ms = 86'400'000;
constexpr double busiest_ms = 20.0 / 24 * day_ms;  // Eight in the evening.

constexpr double pace_least = 0.05;

constexpr double burst_factor = 20;
constexpr duration burst_lasts = std::chrono::minutes(1);
// Of all guilds together, and of each.
constexpr double bursts_every_s = 30, bursts_of_one_every_s = 7200;

}  // namespace

double crowd::pace(const world& of, instant now)
{
    double pace = 1;
    if (habits_.day_curve > 0) {
        const double of_day = std::fmod(static_cast<double>(of.wall_ms(now)), day_ms);
        pace += habits_.day_curve * std::cos((of_day - busiest_ms) / day_ms * 2 * std::numbers::pi);
        pace = std::max(pace, pace_least);
    }
    if (!habits_.bursts || of.guilds.empty())
        return pace;
    look(of);
    renew_bursts(of, now);
    return pace * (1 + more_ / up_to_.back());
}

void crowd::look(const world& of)
{
    if (std::exchange(looked_at_, of.guilds_changed()) == of.guilds_changed())
        return;
    up_to_.clear();
    double sum = 0;
    for (const guild& each : of.guilds)
        up_to_.push_back(sum += each.busyness);
    sum_bursts(of);
}

void crowd::sum_bursts(const world& of)
{
    more_ = 0;
    std::erase_if(bursts_, [&](burst& each) {
        const auto place = std::lower_bound(
            of.guilds.begin(), of.guilds.end(), each.id,
            [](const guild& one, discord::snowflake than) { return one.id < than; });
        if (place == of.guilds.end() || place->id != each.id)
            return true;
        each.guild = static_cast<std::size_t>(place - of.guilds.begin());
        more_ += (burst_factor - 1) * place->busyness;
        return false;
    });
}

void crowd::renew_bursts(const world& of, instant now)
{
    const auto ended = std::erase_if(bursts_, [&](const burst& each) { return now >= each.until; });
    const double every_s =
        std::min(bursts_every_s, bursts_of_one_every_s / static_cast<double>(of.guilds.size()));
    const auto pause = [&] {
        return duration(static_cast<duration::rep>(every_s * 1e9 * (0.5 + hours_.unit())));
    };
    bool begun = false;
    // What a stall or the time before the start would have brought is not made up for.
    if (next_burst_ + burst_lasts < now)
        next_burst_ = now + pause();
    for (; next_burst_ <= now; next_burst_ += pause()) {
        const std::size_t which = hours_.below(of.guilds.size());
        bursts_.push_back({which, of.guilds[which].id, now + burst_lasts});
        begun = true;
    }
    if (ended > 0 || begun)
        sum_bursts(of);
}

std::size_t crowd::next_guild(const world& of, random_source& from)
{
    TINFOIL_ASSERT(!of.guilds.empty());
    if (habits_.zipf <= 0 && bursts_.empty())
        return from.below(of.guilds.size());
    look(of);
    double drawn = from.unit() * (up_to_.back() + more_);
    if (drawn < up_to_.back())
        return static_cast<std::size_t>(std::upper_bound(up_to_.begin(), up_to_.end(), drawn) -
                                        up_to_.begin());
    drawn -= up_to_.back();
    for (const burst& each : bursts_) {
        const double own = (burst_factor - 1) * of.guilds[each.guild].busyness;
        if (drawn < own)
            return each.guild;
        drawn -= own;
    }
    return of.guilds.size() - 1;
}

deed crowd::next_deed()
{
    return habits_.mix ? deeds[random.below(deeds.size())] : deed::talks;
}

}  // namespace tinfoil::discordsim
