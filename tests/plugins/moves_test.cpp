// A plugin whose shard moves, on a stage: tests/plugins_for_tests/mover.cpp.
#include "support/catch.hpp"

#include <tinfoil/testing.hpp>

namespace tinfoil::testing {
namespace {

const char* const file = TINFOIL_TEST_PLUGINS "/mover.so";

std::string counted(const stage& at, int count)
{
    return "info: guild " + std::to_string(at.guild()) + " has " + std::to_string(count);
}

}  // namespace

TEST_CASE("stage: what a plugin knows goes along with the shard, and is forgotten here")
{
    stage here(file);
    here.say("one");
    here.say("two");
    const std::string part = here.shard_leaves();
    CHECK(part == "{\"" + std::to_string(here.guild()) + "\":2}");
    here.say("one again");
    CHECK(here.logged().back() == counted(here, 1));

    stage there(file);
    there.shard_arrives("{\"" + std::to_string(there.guild()) + "\":2}");
    there.say("three");
    CHECK(there.logged().back() == counted(there, 3));
}

TEST_CASE("stage: a gap is of one guild or of the whole shard")
{
    stage here(file);
    const std::string own = std::to_string(here.guild());
    here.say("one");
    here.gap(here.guild() + 1);
    here.say("two");
    CHECK(here.logged().back() == counted(here, 2));
    here.gap(here.guild());
    here.say("one again");
    CHECK(here.logged().back() == counted(here, 1));
    here.gap();
    CHECK(here.logged().back() == "info: gap of 0 in 0/1");
    here.say("one again");
    CHECK(here.logged().back() == counted(here, 1));
}

TEST_CASE("stage: hooks that fail, and a plugin without any")
{
    stage throws(file, {{"on_leaving", "throw"}});
    CHECK_THROWS_WITH(throws.shard_leaves(),
                      "nothing of it goes along with shard 0/1: on_shard_leaving() threw: as it "
                      "was asked to");
    CHECK_THROWS_WITH(throws.shard_arrives("throw"),
                      "what came along with shard 0/1 is lost: on_shard_arrived() threw: as it was "
                      "asked to");
    stage large(file, {{"on_leaving", "large"}});
    CHECK_THROWS_WITH(large.shard_leaves(),
                      "nothing of it goes along with shard 0/1: on_shard_leaving() gave 8388609 "
                      "bytes; 8 MiB may go along with a shard");
    stage without(TINFOIL_TEST_PLUGINS "/neighbour.so");
    CHECK(without.shard_leaves().empty());
    CHECK_THROWS_WITH(without.shard_arrives("x"),
                      "what came along with shard 0/1 is lost: it has no on_shard_arrived()");
}

}  // namespace tinfoil::testing
