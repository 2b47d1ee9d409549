#include "cli/shards_tree.hpp"
#include "sharding/algebra.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace tinfoil;
using namespace tinfoil::cli;

namespace {

// A line each, `*` behind what is no shard.
std::string drawn(std::string_view plan)
{
    const auto slots = sharding::parse_slots(plan);
    REQUIRE(slots);
    std::string made;
    for (const branch& each : tree_of(*slots)) {
        if (each.place)
            CHECK((*slots)[*each.place] == each.which);
        made += each.drawing + to_string(each.which) + (each.place ? "\n" : "*\n");
    }
    return made;
}

}  // namespace

TEST_CASE("shards tree: slots of one size are a plain list")
{
    CHECK(drawn("0/3 1/3 2/3") == "0/3\n1/3\n2/3\n");
    CHECK(tree_of({}).empty());
}

TEST_CASE("shards tree: parts stand below what was split, also when they were split again")
{
    CHECK(drawn("0/4 2/4 3/4 1/8 5/16 13/16") == "0/4\n"
                                                 "1/4*\n"
                                                 "├ 1/8\n"
                                                 "└ 5/8*\n"
                                                 "  ├ 5/16\n"
                                                 "  └ 13/16\n"
                                                 "2/4\n"
                                                 "3/4\n");
    CHECK(drawn("0/2 1/8 3/8 5/16 13/16 7/8") == "0/2\n"
                                                 "1/2*\n"
                                                 "├ 1/8\n"
                                                 "├ 3/8\n"
                                                 "├ 5/8*\n"
                                                 "│ ├ 5/16\n"
                                                 "│ └ 13/16\n"
                                                 "└ 7/8\n");
}

TEST_CASE("shards tree: parts of unlike sizes hang below the largest slot that they share")
{
    CHECK(drawn("0/4 2/4 1/6 3/6 5/6") == "0/2*\n├ 0/4\n└ 2/4\n1/2*\n├ 1/6\n├ 3/6\n└ 5/6\n");
}

TEST_CASE("shards tree: one part alone stands for itself, and every slot is drawn once")
{
    CHECK(drawn("0/2 1/4") == "0/2\n1/4\n");
    std::vector<discord::slot> plan;
    for (std::uint32_t id = 0; id < 64; ++id)
        if (id % 16 == 3)
            plan.push_back({id, 64});
        else if (id < 16)
            plan.push_back({id, 16});
    std::vector<std::size_t> places;
    for (const branch& each : tree_of(plan))
        if (each.place)
            places.push_back(*each.place);
    std::sort(places.begin(), places.end());
    REQUIRE(places.size() == plan.size());
    for (std::size_t at = 0; at < places.size(); ++at)
        CHECK(places[at] == at);
}
