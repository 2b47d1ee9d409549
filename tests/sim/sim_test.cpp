// Hosts, collections and Discord, in a world that breaks in every way; tests/README.md says how to
// look at one seed.
#include "sim/faults.hpp"
#include "sim/shrinking.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>

using namespace tinfoil;
using namespace tinfoil::sim;
using namespace std::chrono_literals;

namespace {

// With fewer seeds a rare pair of state and input may well be missing.
constexpr std::uint64_t seeds_for_coverage = 300;
constexpr std::uint64_t seeds_usual = 6;
constexpr int faults_least = 20;

world::settings settings_of(std::uint64_t seed)
{
    random_source random(seed * 2 + 1);
    world::settings made;
    made.seed = seed;
    made.shards = 4 + static_cast<std::uint32_t>(random.below(4));
    made.collections = 1 + static_cast<std::uint32_t>(random.below(3));
    auto& discord = made.discord;
    discord.seed = random.next();
    discord.guilds = 3 + static_cast<int>(random.below(4));
    discord.acts_per_second = 0.1 + random.unit() * 0.4;
    discord.max_concurrency = 1 << random.below(3);
    discord.recommended_shards = static_cast<int>(made.shards);
    discord.gateway_url = "wss://resume";
    discord.wall_ms = 1'750'000'000'000;
    if (random.below(4) == 0)
        discord.replay_events = 10 + random.below(100);
    if (random.below(8) == 0)
        discord.session_starts = static_cast<int>(made.shards + random.below(12));
    made.ledger.breaker_per_shard = 3 + random.below(8);
    return made;
}

/// What broke in one run of that seed; nothing if every promise was kept.
struct ran {
    std::string broke;
    std::vector<std::pair<int, std::string>> story;
};
ran run(std::uint64_t seed, coverage& seen, const std::set<int>& left_out = {})
{
    const auto how = settings_of(seed);
    world it(how);
    it.with.tight = it.with.chance(25);
    faults breaks(it, left_out);
    const auto so_far = [&] { return it.net.discord().so_far(); };
    // A turn that was recorded counts, also one that its shard could not use any more.
    const auto is_exhausted = [&] {
        return it.host() != nullptr && it.host()->starts_left() == 0 &&
               it.with.state.identified.size() >=
                   static_cast<std::size_t>(how.discord.session_starts);
    };
    it.run_for(5s);
    // Some seeds fault little in an hour and go on until they have.
    do {
        breaks.spread_over(1h);
        it.run_for(1h);
    } while (breaks.so_far() < faults_least && it.with.held.what_broke().empty());
    breaks.end();
    // An operator looks at those that the breaker or the reserve holds back.
    for (int look = 0; look < 3; ++look) {
        it.run_for(2min);
        it.release_starts();
    }
    it.run_for(3min);
    // What was asked for while Discord answered counts twice, until the ledger has asked again.
    if (!it.all_active() && !is_exhausted() && it.host() != nullptr &&
        it.host()->starts_left() == 0)
        it.run_for(sharding::identify_ledger::refresh_short + 1min);
    it.net.hush();
    it.run_for(1min);
    if (!it.all_active() && !is_exhausted())
        it.with.held.broken("long after the last fault a shard is not there");
    if (it.all_active())
        it.with.held.everything_was_handled();
    // Then a stop and a start in order, which cost nothing.
    const std::uint64_t identifies = so_far().identifies;
    const bool was_active = it.all_active();
    it.stop_host(false);
    it.run_for(30s);
    if (was_active && so_far().identifies != identifies)
        it.with.held.broken("a stop and a start in order cost an IDENTIFY");
    if (was_active && !it.all_active())
        it.with.held.broken("half a minute after a stop and a start a shard is not there");
    seen.add(it.with.seen);
    return {it.with.held.what_broke(), breaks.story()};
}

// What is left of a seed that breaks something when all is left out that it does not need for it.
std::string shrunk(std::uint64_t seed)
{
    coverage aside;
    std::vector<int> all;
    for (const auto& [number, what] : run(seed, aside).story)
        all.push_back(number);
    const auto left = least_of(all, [&](const std::vector<int>& some) {
        return !run(seed, aside, all_but(all, some)).broke.empty();
    });
    const ran last = run(seed, aside, all_but(all, left));
    std::string told = "seed " + std::to_string(seed) + " breaks something with " +
                       std::to_string(left.size()) + " of " + std::to_string(all.size()) +
                       " faults:\n";
    for (const auto& [number, what] : last.story)
        told += "  " + what + "\n";
    return told + "  " + last.broke + "\n";
}

std::uint64_t number_of(const char* variable, std::uint64_t otherwise)
{
    const char* given = std::getenv(variable);
    return given != nullptr ? std::strtoull(given, nullptr, 10) : otherwise;
}

std::vector<std::uint64_t> seeds()
{
    if (const std::uint64_t only = number_of("TINFOIL_SEED", 0); only != 0)
        return {only};
    std::vector<std::uint64_t> all;
    std::ifstream found(TINFOIL_SIM_SEEDS);
    for (std::string line; std::getline(found, line);)
        if (const std::uint64_t seed = std::strtoull(line.c_str(), nullptr, 10); seed != 0)
            all.push_back(seed);
    for (std::uint64_t seed = 1; seed <= number_of("TINFOIL_SEEDS", seeds_usual); ++seed)
        all.push_back(seed);
    return all;
}

}  // namespace

TEST_CASE("fleet: keeps every promise whatever breaks", "[simulation][thread-15][thread-16]")
{
    coverage seen;
    const auto check = [&](std::uint64_t seed) {
        const std::string broke = run(seed, seen).broke;
        INFO("seed " << seed << ": to see it again: scripts/simulate --seed " << seed);
        if (!broke.empty())
            std::fputs((seen.print() + shrunk(seed)).c_str(), stdout);
        REQUIRE(broke == "");
    };
    std::uint64_t newest = 0, count = 0;
    for (const std::uint64_t seed : seeds()) {
        check(seed);
        newest = std::max(newest, seed);
        ++count;
    }
    // Real minutes, in which seeds go on from there.
    const auto begun = std::chrono::steady_clock::now();
    const auto minutes = std::chrono::minutes(number_of("TINFOIL_MINUTES", 0));
    for (; std::chrono::steady_clock::now() - begun < minutes; ++count)
        check(++newest);
    if (minutes.count() != 0)
        std::printf("%llu seeds, up to %llu\n", static_cast<unsigned long long>(count),
                    static_cast<unsigned long long>(newest));
    if (std::getenv("TINFOIL_COVERAGE") != nullptr)
        std::fputs(seen.print().c_str(), stdout);
    if (number_of("TINFOIL_SEEDS", 0) >= seeds_for_coverage)
        CHECK(seen.gaps() == "");
}
