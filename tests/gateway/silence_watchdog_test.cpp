#include "base/random.hpp"
#include "gateway/silence_watchdog.hpp"
#include "support/catch.hpp"

#include <cmath>

using namespace tinfoil;
using namespace tinfoil::gateway;
using namespace std::chrono_literals;

namespace {

struct watched {
    silence_watchdog it;
    random_source random{3};
    instant now = instant{} + 1h;
    std::vector<std::pair<instant, std::string>> found;

    /// Events come at this rate a minute, at random, and are looked at each second.
    void run_for(duration how_long, double a_minute, std::string_view type = "MESSAGE_CREATE",
                 bool live = true)
    {
        const instant until = now + how_long;
        for (; now < until; now += 1s) {
            double chance = a_minute / 60;
            for (; chance >= 1; chance -= 1)
                it.event(type);
            if (random.unit() < chance)
                it.event(type);
            if (auto told = it.look(now, live))
                found.emplace_back(now, *told);
        }
    }
};

}  // namespace

TEST_CASE("silence watchdog: a shard that falls silent is found, after minutes if it was busy",
          "[thread-13]")
{
    watched busy;
    busy.run_for(1h, 600);
    REQUIRE(busy.found.empty());
    instant began = busy.now;
    busy.run_for(1h, 0);
    REQUIRE(busy.found.size() == 1);
    CHECK(busy.found[0].first - began <= 5min);
    CHECK(busy.found[0].second.find("no events for") == 0);

    watched quiet;
    quiet.run_for(3h, 5);
    began = quiet.now;
    quiet.run_for(1h, 0);
    REQUIRE(quiet.found.size() == 1);
    CHECK(quiet.found[0].first - began >= 15min);
    CHECK(quiet.found[0].first - began <= 30min);
}

TEST_CASE("silence watchdog: interactions that stop are found behind a flood of messages",
          "[thread-13]")
{
    watched it;
    for (int i = 0; i < 180; ++i) {
        it.run_for(30s, 300);
        it.run_for(30s, 20, "INTERACTION_CREATE");
    }
    REQUIRE(it.found.empty());
    it.run_for(40min, 300);
    REQUIRE(it.found.size() == 1);
    CHECK(it.found[0].second.find("no INTERACTION_CREATE") == 0);
}

TEST_CASE("silence watchdog: at most once an hour, and what stays quiet becomes the habit",
          "[thread-13]")
{
    watched it;
    it.run_for(2h, 100);
    it.run_for(24h, 0);
    REQUIRE(it.found.size() >= 2);
    for (std::size_t i = 1; i < it.found.size(); ++i)
        CHECK(it.found[i].first - it.found[i - 1].first >= silence_watchdog::between_findings);
    CHECK(it.found.size() <= 4);
}

TEST_CASE("silence watchdog: days and nights are no silence")
{
    watched it;
    for (int hour = 0; hour < 72; ++hour)
        it.run_for(1h, 5 + 95 * (0.5 + 0.5 * std::cos(hour * 3.14159 / 12)));
    CHECK(it.found.empty());
}

TEST_CASE("silence watchdog: neither a new shard nor one that is not read is judged")
{
    watched it;
    it.run_for(5min, 600);
    it.run_for(5h, 0);
    // Ten minutes, half of them silent, are its habit; that it fell further is found, once or
    // twice.
    CHECK(it.found.size() <= 2);
    watched paused;
    paused.run_for(1h, 600);
    paused.run_for(5h, 0, "MESSAGE_CREATE", false);
    CHECK(paused.found.empty());
    paused.run_for(1h, 600);
    CHECK(paused.found.empty());
    watched rare;
    rare.run_for(24h, 0.05);
    rare.run_for(12h, 0);
    CHECK(rare.found.empty());
}
