// Simulated days: the scaler on whole load curves, in virtual time, with every promise judged at
// every look. `scripts/simulate --days` makes the table of share/doc/scaler.md of this.
#include "scaling/days.hpp"
#include "support/catch.hpp"

#include <cstdio>
#include <cstdlib>

using namespace tinfoil;
using namespace tinfoil::scaling;
using scaling_test::day;
using scaling_test::sabotage;

namespace {

std::uint64_t seeds(std::uint64_t usual)
{
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread, and nobody sets variables.
    const char* asked = std::getenv("TINFOIL_DAYS");
    return asked != nullptr ? std::strtoull(asked, nullptr, 10) : usual;
}

void add(day& to, const day& one)
{
    const auto most = [](auto& which, auto value) { which = std::max(which, value); };
    to.moves += one.moves;
    to.splits += one.splits;
    to.merges += one.merges;
    to.added += one.added;
    to.retired += one.retired;
    to.failed += one.failed;
    to.identifies += one.identifies;
    to.refusals += one.refusals;
    to.shards_least =
        to.shards_least == 0 ? one.shards_least : std::min(to.shards_least, one.shards_least);
    to.collections_least = to.collections_least == 0
                               ? one.collections_least
                               : std::min(to.collections_least, one.collections_least);
    most(to.shards_most, one.shards_most);
    most(to.collections_most, one.collections_most);
    most(to.hourly_most, one.hourly_most);
    most(to.uneven_longest_s, one.uneven_longest_s);
    most(to.guilds_most, one.guilds_most);
    most(to.hottest, one.hottest);
}

// A row of the table.
void print(const curve& of, std::uint64_t days, const day& sum)
{
    // NOLINTNEXTLINE(concurrency-mt-unsafe)
    if (std::getenv("TINFOIL_COVERAGE") == nullptr)
        return;
    std::printf(
        "| %s | %d | %d-%d | %d-%d | %d | %d | %d | %d | %d | %d | %d | %d | %d s | %d %% |\n",
        of.name.c_str(), int(days), sum.shards_least, sum.shards_most, sum.collections_least,
        sum.collections_most, sum.moves, sum.splits, sum.merges, sum.added, sum.retired, sum.failed,
        sum.identifies, sum.hourly_most, int(sum.uneven_longest_s), int(sum.hottest * 100 + .5));
}

day play_all(const std::string& name, std::uint64_t usual)
{
    day sum;
    const std::uint64_t count = std::max<std::uint64_t>(1, seeds(usual));
    curve of;
    for (std::uint64_t seed = 1; seed <= count; ++seed) {
        of = made_up_curve(name, seed).value();
        const day one = scaling_test::play(of, seed, name == "steady");
        for (const std::string& each : one.broken)
            FAIL_CHECK(name << ", seed " << seed << ", " << each);
        add(sum, one);
    }
    print(of, count, sum);
    return sum;
}

}  // namespace

TEST_CASE("scaler days: steady load, and hardly anything is done", "[simulation][days]")
{
    const day sum = play_all("steady", 3);
    CHECK(sum.splits == 0);
    CHECK(sum.merges == 0);
}

TEST_CASE("scaler days: nights and evenings", "[simulation][days]")
{
    const day sum = play_all("day", 3);
    CHECK(sum.splits > 0);
    CHECK(sum.merges > 0);
    CHECK(sum.added > 0);
    CHECK(sum.retired > 0);
}

TEST_CASE("scaler days: one guild is raided", "[simulation][days]")
{
    CHECK(play_all("raid", 3).moves > 0);
}

TEST_CASE("scaler days: one giant guild is recognised", "[simulation][days]")
{
    const day sum = play_all("giant", 3);
    CHECK(sum.refusals > 0);
}

TEST_CASE("scaler days: growth from 100 guilds to 10,000", "[simulation][days]")
{
    const day sum = play_all("growth", 2);
    CHECK(sum.splits >= 5);
    CHECK(sum.shards_most >= 5);
}

TEST_CASE("scaler days: growth with few session starts never spends the reserve",
          "[simulation][days]")
{
    CHECK(play_all("starts", 2).splits > 0);
}

TEST_CASE("scaler days: collections die and slow down", "[simulation][days]")
{
    const day sum = play_all("deaths", 3);
    CHECK(sum.failed > 0);
    CHECK(sum.moves > 0);
}

TEST_CASE("scaler days: 100,000 guilds", "[simulation][days]")
{
    CHECK(play_all("many", 1).moves > 0);
}

TEST_CASE("scaler days: a promise that is broken is noticed", "[simulation][days]")
{
    const curve of = made_up_curve("day", 1).value();
    for (const sabotage each :
         {sabotage::owner, sabotage::second_owner, sabotage::reserve, sabotage::guilds,
          sabotage::spread, sabotage::flapping, sabotage::hourly, sabotage::overlap}) {
        INFO(int(each));
        CHECK_FALSE(scaling_test::play(of, 1, each == sabotage::hourly, each).broken.empty());
    }
}
