// Handoffs by the thousand, against a world that stalls, forgets, dies and says the same twice;
// tests/README.md says how to look at one of them.
#include "handoff/client.hpp"
#include "handoff/scenarios.hpp"
#include "handoff/truth.hpp"
#include "handoff/world.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

using namespace tinfoil;
using namespace tinfoil::handoff_sim;

namespace {

// Where nothing is optimised, as under a sanitizer, a handoff takes ten times as long.
#ifdef __OPTIMIZE__
constexpr std::uint64_t handoffs_usual = 1000;
#else
constexpr std::uint64_t handoffs_usual = 300;
#endif

std::uint64_t number_of(const char* variable, std::uint64_t otherwise)
{
    const char* given = std::getenv(variable);
    return given != nullptr ? std::strtoull(given, nullptr, 10) : otherwise;
}

world::shape shape_of(std::uint64_t seed)
{
    switch (seed % 4) {
    case 0:
        return {{{0, 1}}, {{0, 1}}};
    case 1:
        return {{{0, 1}}, {{0, 2}, {1, 2}}};
    case 2:
        return {{{0, 2}, {1, 2}}, {{0, 1}}};
    default:
        return {{{0, 2}, {1, 2}}, {{0, 3}, {1, 3}, {2, 3}}};
    }
}

/// All handoffs of one scenario together.
struct tally {
    std::uint64_t handoffs = 0, events = 0, bad = 0, unfinished = 0, crashes = 0,
                  records_advanced = 0;
    verdict exact, guessed, dms, gaps;
    std::size_t gap_streams = 0;
    handoff::counters count;
    std::array<std::uint64_t, handoff::proofs> lasting{};
    std::vector<double> seconds_to_commit;
    std::vector<std::uint64_t> held;
    std::uint64_t sends_most = 0;
    std::string first_bad;

    [[nodiscard]] double part(double of) const
    {
        if (seconds_to_commit.empty())
            return 0;
        auto sorted = seconds_to_commit;
        std::sort(sorted.begin(), sorted.end());
        return sorted[std::min(sorted.size() - 1,
                               static_cast<std::size_t>(static_cast<double>(sorted.size()) * of))];
    }
};

std::string broken_in(const scenario& how, const world& around, const client& by,
                      const judgement& judged)
{
    if (!by.breaches().empty())
        return by.breaches().front();
    if (around.most_sends_in_a_minute() > handoff::parameters{}.sends_max)
        return "more sends in a minute than allowed";
    if (how.kept == promise::nothing)
        return {};
    verdict all = judged.exact;
    all.add(judged.guessed);
    if (all.harms_what_is_promised())
        return "what is promised: " + all.print();
    const bool only_ephemeral = how.kept == promise::lasting && !judged.exact.lost.contains('P') &&
                                !judged.exact.repeated.contains('P');
    if (!judged.exact.is_clean() && !only_ephemeral)
        return "a proven stream: " + judged.exact.print();
    if (judged.needless_gaps > 0)
        return "a gap although the older session was not lost";
    return {};
}

void run(const scenario& how, std::uint64_t seed, tally& into)
{
    world around(how, shape_of(seed), seed * 7919);
    client by(around);
    around.run(by, around.now() + handoff_sim::seconds(how.emit_for + 340));
    by.end();
    const judgement judged = judge(around, by);
    ++into.handoffs;
    into.events += around.emitted();
    into.crashes += static_cast<std::uint64_t>(by.crashes());
    into.records_advanced += by.records_advanced();
    into.exact.add(judged.exact);
    into.guessed.add(judged.guessed);
    into.dms.add(judged.dms);
    into.gaps.add(judged.gaps);
    into.gap_streams += judged.gap_streams;
    into.sends_most = std::max<std::uint64_t>(into.sends_most, around.most_sends_in_a_minute());
    if (by.closed_at() && by.opened_at())
        into.seconds_to_commit.push_back(in_seconds(*by.closed_at() - *by.opened_at()));
    else
        ++into.unfinished;
    if (by.ended()) {
        into.held.push_back(by.ended()->count.held_peak);
        for (std::size_t i = 0; i < handoff::proofs; ++i)
            into.lasting[i] += by.ended()->lasting[i];
    }
    into.count.add(by.late());
    const std::string broken = broken_in(how, around, by, judged);
    if (broken.empty())
        return;
    ++into.bad;
    if (into.first_bad.size() < 400)
        into.first_bad += "\n    seed " + std::to_string(seed) + ": " + broken;
}

void print(const scenario& how, const tally& of)
{
    auto held = of.held;
    std::sort(held.begin(), held.end());
    std::printf("%-12s %5llu handoffs %9llu events  bad %llu  not committed %llu  crashes %llu\n",
                std::string(how.name).c_str(), static_cast<unsigned long long>(of.handoffs),
                static_cast<unsigned long long>(of.events), static_cast<unsigned long long>(of.bad),
                static_cast<unsigned long long>(of.unfinished),
                static_cast<unsigned long long>(of.crashes));
    std::printf(
        "    commit after %.1f / %.1f / %.1f / %.1f s; held at most %llu; sends a minute %llu\n",
        of.part(.5), of.part(.9), of.part(.99), of.part(1),
        held.empty() ? 0ULL : static_cast<unsigned long long>(held.back()),
        static_cast<unsigned long long>(of.sends_most));
    std::printf(
        "    proven: %s | guessed: %s | DMs by time: %s | %zu with a gap: %s | expired %llu\n",
        of.exact.print().c_str(), of.guessed.print().c_str(), of.dms.print().c_str(),
        of.gap_streams, of.gaps.print().c_str(),
        static_cast<unsigned long long>(of.exact.expired + of.guessed.expired));
    std::printf("   ");
    for (std::size_t i = 0; i < handoff::proofs; ++i)
        if (of.lasting[i] != 0)
            std::printf(" %s %llu", std::string(name(static_cast<handoff::proof>(i))).c_str(),
                        static_cast<unsigned long long>(of.lasting[i]));
    for (const auto& [name, value] : of.count.list())
        if (value != 0 && !name.ends_with("_events") && !name.ends_with("_peak"))
            std::printf(" %s=%llu", std::string(name).c_str(),
                        static_cast<unsigned long long>(value));
    std::printf("\n");
    if (!of.first_bad.empty())
        std::printf("    %s\n", of.first_bad.c_str());
}

std::uint64_t all_shares()
{
    std::uint64_t sum = 0;
    for (const scenario& each : scenarios())
        sum += static_cast<std::uint64_t>(each.share);
    return sum;
}

// What shows only in many handoffs together.
void check_sums(const scenario& how, const tally& sum)
{
    const auto handoffs = static_cast<double>(sum.handoffs);
    if (how.crash > 0)
        CHECK(sum.records_advanced > sum.handoffs);
    verdict all = sum.exact;
    all.add(sum.guessed);
    if (how.kept == promise::everything)
        CHECK(sum.part(.5) < how.seconds_median_max);
    const bool may_end_early = how.newer_dies + how.newer_lost + how.older_lost + how.crash +
                                   how.journal_fails + how.cancels >
                               0;
    if (how.kept == promise::everything && !may_end_early)
        CHECK(sum.unfinished == 0);
    // A1 and A2 are not what fails here.
    if (how.kept == promise::everything && how.swap == 0)
        CHECK(sum.count.answers_contradicted == 0);
    if (how.answers_overtake == 0)
        return;
    // Where answers overtake events it is noticed, nothing is counted any more, and hardly a
    // message is lost: the guild's newest is known to be owed.
    CHECK(sum.count.answers_contradicted > 0);
    CHECK(sum.count.by_time > 0);
    CHECK(static_cast<double>(all.lost['U']) < .03 * handoffs);
}

}  // namespace

TEST_CASE("handoff: keeps every promise, whatever happens", "[simulation]")
{
    const std::uint64_t wanted = number_of("TINFOIL_HANDOFFS", handoffs_usual);
    const std::uint64_t only = number_of("TINFOIL_SEED", 0);
    const char* chosen = std::getenv("TINFOIL_SCENARIO");
    const bool tells = std::getenv("TINFOIL_COVERAGE") != nullptr;
    for (const scenario& how : scenarios()) {
        if (chosen != nullptr && how.name != chosen)
            continue;
        const std::uint64_t share = static_cast<std::uint64_t>(how.share);
        const std::uint64_t count =
            chosen != nullptr
                ? wanted
                : std::max<std::uint64_t>(1, (wanted * share + all_shares() - 1) / all_shares());
        tally sum;
        for (std::uint64_t seed = only == 0 ? 1 : only; seed <= (only == 0 ? count : only); ++seed)
            run(how, seed, sum);
        if (tells || sum.bad != 0)
            print(how, sum);
        INFO(how.name << ", " << sum.first_bad);
        CHECK(sum.bad == 0);
        if (sum.handoffs >= 20)
            check_sums(how, sum);
    }
}
