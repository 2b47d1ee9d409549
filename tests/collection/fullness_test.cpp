#include "collection/fullness.hpp"
#include "support/catch.hpp"

using namespace tinfoil::collection;

namespace {

bool begin(fullness& it, fullness::shard which, std::size_t bytes = 0)
{
    it.begun(which, bytes);
    return it.is_full(which);
}

std::vector<fullness::shard> finish(fullness& it, fullness::shard which, std::size_t bytes = 0)
{
    std::vector<fullness::shard> caught_up;
    it.finished(which, bytes, caught_up);
    return caught_up;
}

}  // namespace

TEST_CASE("fullness: a shard is full at its bound and has caught up at half of it",
          "[full-collection]")
{
    fullness it({.handlers_each = 10, .bytes_each = 1000, .handlers_all = 1000, .drop = {}});
    for (int i = 0; i < 9; ++i)
        CHECK_FALSE(begin(it, 0, 0));
    CHECK(begin(it, 0, 0));
    CHECK(begin(it, 0, 0));
    CHECK_FALSE(begin(it, 1, 0));
    CHECK(it.full() == 1);
    for (int i = 0; i < 6; ++i)
        CHECK(finish(it, 0).empty());
    CHECK(begin(it, 0, 0));
    CHECK(finish(it, 0).empty());
    CHECK(finish(it, 0) == std::vector<fullness::shard>{0});
    CHECK(finish(it, 0).empty());
    CHECK(it.full() == 0);
}

TEST_CASE("fullness: a few large events fill a shard as many small ones do")
{
    fullness it({.handlers_each = 100, .bytes_each = 1000, .handlers_all = 1000, .drop = {}});
    CHECK_FALSE(begin(it, 0, 600));
    CHECK(begin(it, 0, 600));
    CHECK(finish(it, 0, 600).empty());
    CHECK(finish(it, 0, 600) == std::vector<fullness::shard>{0});
}

TEST_CASE("fullness: the collection as a whole has a bound, which leaves its record room")
{
    constexpr std::uint32_t room = 100;
    fullness it({.handlers_each = 100,
                 .bytes_each = 1000,
                 .handlers_all = fullness::handlers_all_for(room),
                 .drop = {}});
    std::size_t begun = 0;
    std::vector<bool> reads(10, true);
    // Each shard that is told so stops.
    for (int round = 0; round < 100; ++round)
        for (fullness::shard which = 0; which < 10; ++which)
            if (reads[which]) {
                ++begun;
                reads[which] = !begin(it, which, 1);
            }
    CHECK(begun < room);
    CHECK(it.full() == 10);
    // Nobody goes on before half of it is done; then all do.
    std::vector<fullness::shard> caught_up;
    std::size_t done = 0;
    while (caught_up.empty()) {
        it.finished(static_cast<fullness::shard>(done % 10), 1, caught_up);
        ++done;
    }
    CHECK(begun - done < fullness::handlers_all_for(room) / 2);
    CHECK(caught_up.size() == 10);
    CHECK(it.full() == 0);
}

TEST_CASE("fullness: only what an operator named is dropped, only under pressure, and counted")
{
    fullness none({.handlers_each = 2, .bytes_each = 1000, .handlers_all = 1000, .drop = {}});
    (void)begin(none, 0, 0);
    (void)begin(none, 0, 0);
    CHECK_FALSE(none.drops(0, "TYPING_START"));

    fullness it(
        {.handlers_each = 4, .bytes_each = 1000, .handlers_all = 1000, .drop = {"TYPING_START"}});
    CHECK_FALSE(it.drops(0, "TYPING_START"));
    (void)begin(it, 0, 0);
    (void)begin(it, 0, 0);
    CHECK(it.drops(0, "TYPING_START"));
    CHECK_FALSE(it.drops(0, "MESSAGE_CREATE"));
    CHECK_FALSE(it.drops(1, "TYPING_START"));
    CHECK(it.dropped() == 1);
}
