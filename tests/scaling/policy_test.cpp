#include "scaling/policy.hpp"
#include "support/catch.hpp"

#include <functional>

using namespace tinfoil;
using namespace tinfoil::scaling;
using namespace std::chrono_literals;

TEST_CASE("scaler settings: the defaults are good, and names are read back")
{
    CHECK(check(policy{}));
    for (const mode each : {mode::automatic, mode::advise, mode::off})
        CHECK(parse_mode(name(each)) == each);
    for (const plan_changes each :
         {plan_changes::after_shadow, plan_changes::yes, plan_changes::no})
        CHECK(parse_plan_changes(name(each)) == each);
    CHECK_FALSE(parse_mode("Auto"));
}

TEST_CASE("scaler settings: what would flap or never end is refused, naming the setting")
{
    const std::vector<std::pair<std::string, std::function<void(policy&)>>> wrong = {
        {"split_at", [](policy& of) { of.split_at = 4; }},
        {"split_at", [](policy& of) { of.split_at = 91; }},
        {"merge_at", [](policy& of) { of.merge_at = 21; }},
        {"merge_guilds", [](policy& of) { of.merge_guilds = 2'000; }},
        {"split_guilds", [](policy& of) { of.split_guilds = 2'501; }},
        {"room", [](policy& of) { of.room = 40; }},
        {"shrink_at", [](policy& of) { of.shrink_at = 60; }},
        {"collections_max", [](policy& of) { of.collections_min = 2; }},
        {"shards_max", [](policy& of) { of.shards_min = 20'000; }},
        {"move_to", [](policy& of) { of.move_to = 8; }},
        {"moves_at_once", [](policy& of) { of.moves_at_once = 0; }},
        {"reserve", [](policy& of) { of.reserve = 101; }},
        {"sustain", [](policy& of) { of.sustain = 9s; }},
        {"cool_down", [](policy& of) { of.cool_down = 59s; }},
        {"interval", [](policy& of) { of.interval = 31s; }},
        {"time_constant", [](policy& of) { of.time_constant = 4s; }},
    };
    for (const auto& [key, spoil] : wrong) {
        INFO(key);
        policy of;
        spoil(of);
        const auto checked = check(of);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().code == errc::invalid_argument);
        CHECK(checked.error().detail.rfind("scaler." + key + " is ", 0) == 0);
    }
}
