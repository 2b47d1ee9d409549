#include "sharding/identify_queue.hpp"
#include "sharding/placement.hpp"
#include "sharding/plan.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::sharding;
using namespace std::chrono_literals;
using discord::slot;

namespace {

struct player {
    identify_queue queue;
    instant now{};
    std::string feed(const identify_queue_input& what)
    {
        std::vector<identify_queue_action> todo;
        queue.on(what, now, todo);
        std::string seen;
        for (const auto& each : todo)
            seen += std::holds_alternative<permit>(each)
                        ? to_string(std::get<permit>(each).slot) + " "
                        : "exhausted ";
        return seen;
    }
};

}  // namespace

TEST_CASE("plan: covers every key exactly once, or is none")
{
    CHECK(check_plan(even_plan(16)));
    CHECK(parse_plan("0/2 1/4 3/4"));
    CHECK(to_string(*parse_plan("0/2 1/4 3/4")) == "0/2 1/4 3/4");
    CHECK_FALSE(parse_plan("0/2 1/4"));      // 3/4 is missing
    CHECK_FALSE(parse_plan("0/2 1/2 3/4"));  // 1/2 has it already
    CHECK_FALSE(parse_plan("0/2  1/2"));
    CHECK_FALSE(parse_plan(""));
}

TEST_CASE("placement: every slot once, equal shares, the same every time")
{
    const auto placed = place(even_plan(10), 3);
    REQUIRE(placed.size() == 3);
    CHECK(placed[0] == std::vector<slot>{{0, 10}, {3, 10}, {6, 10}, {9, 10}});
    CHECK(placed[1].size() == 3);
    CHECK(placed[2].size() == 3);
    // A half weighs as much as two quarters.
    const auto uneven = place(*parse_plan("0/2 1/4 3/4"), 2);
    CHECK(uneven[0] == std::vector<slot>{{0, 2}});
    CHECK(uneven[1] == std::vector<slot>{{1, 4}, {3, 4}});
}

// Discord Docs/Gateway, "Max Concurrency"
TEST_CASE("identify queue: one bucket gives a turn five seconds after proof, others do not wait")
{
    player it;
    it.feed(budget{1000, 1000, 24h, 2});
    CHECK(it.feed(requested{{0, 4}}) == "0/4 ");
    CHECK(it.feed(requested{{2, 4}}) == "");
    CHECK(it.feed(requested{{1, 4}}) == "1/4 ");
    it.now += 3s;
    CHECK(it.feed(ended{{0, 4}, true}) == "");
    CHECK(it.queue.deadline() == it.now + 5s);
    it.now += 5s - 1ns;
    CHECK(it.feed(elapsed{}) == "");
    it.now += 1ns;
    CHECK(it.feed(elapsed{}) == "2/4 ");
}

TEST_CASE("identify queue: what was not proven received may still be on its way")
{
    player it;
    it.feed(budget{1000, 1000, 24h, 1});
    CHECK(it.feed(requested{{0, 2}}) == "0/2 ");
    it.feed(requested{{1, 2}});
    it.feed(ended{{0, 2}, false});
    CHECK(it.queue.deadline() == it.now + 6s);
}

TEST_CASE("identify queue: who leaves gets no turn, and a turn left counts as used")
{
    player it;
    it.feed(budget{1000, 1000, 24h, 1});
    CHECK(it.feed(requested{{0, 2}}) == "0/2 ");
    it.feed(requested{{1, 2}});
    it.feed(left{{1, 2}});
    it.feed(left{{0, 2}});
    it.feed(requested{{1, 2}});
    it.now += 5s;
    CHECK(it.feed(elapsed{}) == "");
    it.now += 1s;
    CHECK(it.feed(elapsed{}) == "1/2 ");
}

TEST_CASE("identify queue: what an earlier process used counts for six seconds, whatever the "
          "buckets are")
{
    player it;
    it.feed(used_before{{1, 4}});
    CHECK(it.feed(requested{{3, 4}}) == "");
    CHECK(it.feed(requested{{2, 4}}) == "");
    CHECK(it.feed(budget{1000, 1000, 24h, 2}) == "2/4 ");
    CHECK(it.queue.deadline() == it.now + 6s);
    it.now += 6s;
    CHECK(it.feed(elapsed{}) == "3/4 ");
}

TEST_CASE("identify queue: a turn that nobody could use is given back")
{
    player it;
    it.feed(budget{2, 1, 1h, 1});
    CHECK(it.feed(requested{{0, 2}}) == "0/2 ");
    CHECK(it.feed(unused{{0, 2}}) == "");
    CHECK(it.feed(requested{{1, 2}}) == "1/2 ");
}

// Discord Docs/Gateway, "Session Start Limit Object"
TEST_CASE("identify queue: never more than the day has left")
{
    player it;
    it.feed(budget{2, 1, 1h, 1});
    CHECK(it.feed(requested{{0, 2}}) == "0/2 ");
    it.feed(ended{{0, 2}, true});
    it.now += 10s;
    CHECK(it.feed(requested{{1, 2}}) == "exhausted ");
    CHECK(it.feed(elapsed{}) == "");
    it.now = it.queue.deadline();
    CHECK(it.now == instant{} + 1h);
    CHECK(it.feed(elapsed{}) == "1/2 ");
}
