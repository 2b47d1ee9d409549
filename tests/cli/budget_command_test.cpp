#include "cli/budget_command.hpp"
#include "host/budget.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <boost/json.hpp>

using namespace tinfoil;
using namespace tinfoil::cli;
using namespace std::chrono_literals;

TEST_CASE("budget: one screen says what is left, who spent it and who waits")
{
    host::budget_report of;
    of.starts.is_known = true;
    of.starts.total = 1000;
    of.starts.remaining = 150;
    of.starts.reserve = 200;
    of.starts.max_concurrency = 16;
    of.starts.remaining_at_discord = 151;
    of.starts.spent_elsewhere = 3;
    of.starts.answered_ago = 61s;
    of.starts.reset_after = 3h;
    of.starts.repeated = 7;
    of.starts.repeated_most = 100;
    of.starts.suspended = "the \x1b token";
    using sharding::hold;
    of.starts.waiting = {{{3, 16}, sharding::reason::session_lost, hold::breaker, duration(40s)},
                         {{0, 16}, sharding::reason::cold_start, hold::reserve, duration(3h)}};
    of.spent = {{{3, 16}, "cold_start", 9'000}, {{3, 16}, "session_lost", 4'000}};
    of.plan = sharding::quote{2, sharding::quote::verdict::needs_operator, 148, 0s};
    CHECK(budget_screen(boost::json::parse(host::budget_json(of)), false) ==
          "starts    150 of 1000 left, all again in 3 h 0 m\n"
          "reserve   200, which only an operator may spend\n"
          "buckets   16\n"
          "Discord   said 151 left, 1 m 1 s ago; 3 were spent by something else\n"
          "spent     2 in the last 24 hours: cold start 1, session lost 1\n"
          "breaker   closed for all; 7 of 100 repeated IDENTIFYs in an hour; 1 shard held back\n"
          "suspended the \\u{1b} token\n"
          "plan      2 IDENTIFYs leave 148 and take 0 s; that eats into the reserve, so only an "
          "operator may order it\n"
          "\n"
          "waits  because       identifies\n"
          "3/16   session lost  in about 40 s: it looks like a loop\n"
          "0/16   cold start    in about 3 h 0 m: what is left is the reserve\n"
          "\n"
          "more than once  times  last\n"
          "3/16                2  4 s ago\n"
          "\n"
          "spent by  because       when\n"
          "3/16      session lost  4 s ago\n"
          "3/16      cold start    9 s ago\n");
}

TEST_CASE("budget: an answer of another kind is no crash")
{
    for (const char* text : {"[]", "1", "{}", R"({"waiting":1,"spent":[],"plan":{},"total":"x"})",
                             R"({"waiting":[1,{"in_ms":"x"}],"total":1e99})"})
        CHECK(budget_screen(boost::json::parse(text), false).find("starts    ") == 0);
}

TEST_CASE("budget: without a host the state file knows what was spent since Discord's last word",
          "[thread-2]")
{
    const support::temporary_folder folder;
    constexpr std::int64_t noon = 1'750'000'000'000, hour = 3'600'000;
    CHECK_FALSE(host::remembered_budget(folder.path(), noon, {}, 20));
    {
        const auto store = *state::store::open(folder.path());
        const auto none = host::remembered_budget(folder.path(), noon, 5, 20);
        REQUIRE(none);
        CHECK_FALSE(none->starts.is_known);
        CHECK(none->plan->is == sharding::quote::verdict::unknown);
        REQUIRE(store->record_identify({1, 2}, "cold_start", noon - 30 * hour));
        REQUIRE(store->record_identify({0, 2}, "cold_start", noon - 2 * hour));
        REQUIRE(store->record_identify({1, 2}, "operator", noon));
        const boost::json::object facts{
            {"gateway", R"({"url":"wss://g","shards":2,"session_start_limit":{"total":1000,)"
                        R"("remaining":990,"reset_after":14400000,"max_concurrency":1}})"},
            {"wall_ms", noon - hour}};
        REQUIRE(store->set_own_value("last_facts", boost::json::serialize(facts)));
    }
    const auto now = host::remembered_budget(folder.path(), noon + hour, 5, 20);
    REQUIRE(now);
    CHECK_FALSE(now->from_host);
    CHECK(now->starts.total == 1000);
    CHECK(now->starts.remaining == 989);
    CHECK(now->starts.reserve == 200);
    CHECK(now->starts.reset_after == duration(2h));
    CHECK(now->spent.size() == 2);
    CHECK(now->spent.back().why == "operator");
    CHECK(now->plan->leaves == 984);
    // Another day: what was recorded before it does not count.
    const auto next = host::remembered_budget(folder.path(), noon + 4 * hour, {}, 0);
    CHECK(next->starts.remaining == 1000);
    CHECK(next->starts.reset_after == duration(23h));
}
