#include "sharding/placement.hpp"
#include "sharding/plan.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::sharding;
using discord::slot;

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
